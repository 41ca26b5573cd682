// Package okta says to an Okta org what there is to say over the wire:
// /interact, /idp/idx/introspect, the remediations, /token, /userinfo, /revoke,
// and the ID token's checks. It is the only package that calls Okta.
//
// It owns the org's addresses: every call goes to the origin of the configured
// issuer, whatever an answer of the org's says (an address elsewhere is an
// error, never a request). It follows no redirect, keeps no cookie jar, reads at
// most 1 MiB of an answer, puts a secret only into a request body or the
// Authorization header, and keeps what it sent out of its errors.
//
// Discovery and keys are asked for when first needed and kept for a day; callers
// at the same time share one call. A key that is not known is looked for at once,
// but a search in vain is not repeated for ten seconds.
//
// It never decides what a user sees, holds no sign-in in memory and knows no
// browser cookie: package signin does that. okta-idx-golang is used for what it
// does soundly, the /interact call, and in interact.go alone.
package okta
