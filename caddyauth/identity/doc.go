// Package identity is what the upstream gets to know of the user: it removes the
// headers and cookies that the client sent under such names, and makes ours.
//
// It owns the names that applications take an identity from (presetnames.go),
// what each application expects (presetrows.go), the rules by which two
// spellings are one name (fold.go, cookies.go), and the way from a claim to a
// header: template.go and scanner.go read the value as configured, functions.go
// and encode.go shape what the claim holds, render.go lets it pass or reports
// why not. It decides nothing about access and knows no session: it is given
// headers, claims and tokens.
//
// Three things it never does: it never sends a value that an application could
// read as something else than the claim said, it leaves the header out and
// reports why; it never expands a claim's value, whatever it looks like; and no
// value, password or token is in a problem that it reports.
package identity
