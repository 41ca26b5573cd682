// Package policy says which paths need no sign-in.
//
// It owns what a public path is, and when a request's path is plain enough to
// be judged at all. Where a proxy and the application behind it read one path
// differently, the reading that opens the door wins; so a path that anybody
// could read differently is never public (fail closed).
//
// It looks at the path and at nothing else that a client sends: no query, no
// header, no User-Agent. It serves nothing and knows no user.
package policy
