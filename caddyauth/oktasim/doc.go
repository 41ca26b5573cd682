// Package oktasim is a simulated Okta org: the Identity Engine's interaction
// code flow, served from memory, for demonstrations and tests.
//
// It owns an org's side of the wire: discovery and keys, /v1/interact, the IDX
// conversation under /idp/idx, hosted sign-in, tokens, and the pages of a
// simulated mailbox, phone and identity provider. A [Server] is an http.Handler whose zero value
// works; [Server.Manage] is a second handler with which a test looks inside and
// changes policy, users and faults.
//
// # Steps
//
// A sign-in is a transaction: facts about what has happened, and the [Policy]
// that it began with. Where it is follows from these: flow, in step.go, lists
// all steps in their order, and the first that is due is the current one. No
// step names the next. A form is made together with the handler of what is
// posted to it, so that what an answer offers is what the next call accepts,
// and nothing else. Each step and each authenticator is a file of its own, with
// one value and one entry in a list: step.go or authenticators.go.
//
// It misbehaves on purpose: a little by default (see [Oddness]), so that no
// client learns by heart what only it does, and as badly as it is told to (see
// [Fault] and [Limits]).
//
// It never leaves the machine unless it is told to (Server.Exposed): requests
// for a host that is not loopback are refused, redirect URIs and browser
// origins must be loopback or registered, nothing is stored, keys are new at
// every start, and every page and answer says that it is a simulator. Its
// demonstration secrets are public. It must never be linked into a production
// binary.
//
// It shares no Go types with the packages that talk to a real org: a mistake
// made in both would pass every test. For the same reason it is exercised by
// clients that were written by others.
package oktasim
