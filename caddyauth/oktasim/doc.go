// Package oktasim is a simulated Okta org: the Identity Engine's interaction
// code flow, served from memory, for demonstrations and tests.
//
// It owns an org's side of the wire: discovery and keys, /v1/interact, the IDX
// conversation under /idp/idx, tokens, and a mailbox page where the mail it
// "sends" can be read. A [Server] is an http.Handler whose zero value works;
// [Server.Manage] is a second handler with which a test looks inside and
// changes policy, users and faults. Each authenticator is one file and one
// entry in the list in authenticator.go.
//
// It never leaves the machine: requests for a host that is not loopback are
// refused, redirect URIs and browser origins must be loopback too, nothing is
// stored, keys are new at every start, and every page and answer says that it
// is a simulator. Its demonstration secrets are public. It must never be linked
// into a production binary.
//
// It shares no Go types with the packages that talk to a real org: a mistake
// made in both would pass every test. For the same reason it is exercised by
// clients that were written by others.
package oktasim
