// Package policy says who may pass, and which paths need no sign-in.
//
// It owns the conditions that a rule can ask of a user (condition.go and the
// files of its kinds), the rules and how they decide (rules.go), what a public
// path is (public.go), when a path is plain enough to be judged by it (plain.go),
// and which paths should not pass at all (refuse.go).
//
// Everything fails closed. A condition that cannot be evaluated is Unknown, and
// Unknown denies. Where a proxy and the application behind it read one path
// differently, the reading that opens the door wins; so a path that anybody could
// read differently is never public, and whether a rule's matcher covers it is
// Unknown.
//
// Of a request it looks at the path and at nothing else that a client sends: no
// query, no header, no User-Agent; whether a rule applies to it is the caller's
// to say. Of a user it knows the claims that the session keeps. It serves
// nothing, logs nothing and keeps nothing; all it makes is immutable.
package policy
