// Package identity is about the headers that tell the upstream who the user
// is: it removes those that the client sent, and writes ours.
//
// It owns the names that applications take an identity from (presets.go), the
// rule by which two spellings are one name (fold.go), and the way from a claim
// to a header value. It decides nothing about access and knows no session: it
// is given headers and claims.
//
// Two things it never does: it never sends a value that an application could
// read as something else than the claim said, it leaves the header out and
// reports why; and it never expands a claim's value, whatever it looks like.
package identity
