// Package assertion makes the gate's own statement of who a user is: a JWT that
// the application can verify, so that it need not trust the network between the
// two, or whoever else can reach it.
//
// It owns the keys that sign (one for each secret of the keyring, derived, so
// that replicas with the same keyring sign alike and nothing more is to be kept or
// rotated), the key set that applications fetch, and what a statement always says.
//
// It never decides who the user is or which of their claims are told, and no
// token of Okta's comes near it.
package assertion
