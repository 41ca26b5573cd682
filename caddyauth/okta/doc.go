// Package okta says to an Okta org what there is to say over the wire:
// /interact, /idp/idx/introspect, the remediations, /token, /userinfo, /revoke,
// and the ID token's checks. It is the only package that calls Okta.
//
// It owns the org's addresses: every call goes to the origin of the configured
// issuer, whatever an answer of the org's says (an address elsewhere is an
// error, never a request). It follows no redirect, keeps no cookie jar, reads at
// most 1 MiB of an answer, and puts a secret only into a request body.
//
// It never decides what a user sees, holds no sign-in in memory and knows no
// browser cookie: package signin does that. okta-idx-golang is used for what it
// does soundly, the /interact call, and in interact.go alone.
package okta
