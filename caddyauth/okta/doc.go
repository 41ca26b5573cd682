// Package okta says to an Okta org what there is to say over the wire:
// /interact, /idp/idx/introspect, the remediations, /token, /userinfo, /revoke,
// and checks what the org has signed: ID tokens, and the requests of Universal
// Logout. It is the only package that calls Okta.
//
// It owns the org's addresses: every call goes to the origin of the configured
// issuer, whatever an answer of the org's says (an address elsewhere is an
// error, never a request). Only the metadata and keys of a custom domain that is
// configured for Universal Logout come from that domain. It follows no redirect,
// keeps no cookie jar, reads at most 1 MiB of an answer, puts a secret only into
// a request body or the Authorization header, and keeps what it sent out of its
// errors.
//
// Discovery and keys are asked for when first needed and kept for a day; callers
// at the same time share one call. A key that is not known is looked for at once,
// but a search in vain is not repeated for ten seconds. The client secret may
// change at any time: where Okta does not take one of two, the other goes once.
//
// It never decides what a user sees, holds no sign-in in memory and knows no
// browser cookie: package signin does that. okta-idx-golang is used for what it
// does soundly, the /interact call, and in interact.go alone.
package okta
