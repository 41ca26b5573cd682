// Package seal keeps values that a browser carries for us: sealed so that
// nobody else can read, change or make one.
//
// It owns the keyring: which secrets there are, how each purpose gets a key of
// its own (also one outside of this package), what a sealed value looks like, and rotation (the first secret
// seals, every secret opens). A sealed value opens only where it was meant: it
// is bound to a purpose, a cookie name and a host.
//
// It never stores a secret, never prints one, and knows neither cookies nor
// sessions. Whether a value that opens is still wanted (expired, revoked) is
// for the caller to say: a seal has no age.
package seal
