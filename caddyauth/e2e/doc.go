// Package e2e tests the product as its users and its attackers meet it: the
// built server as a process, a simulated Okta org, an application behind it
// that records every byte, and browsers made of sockets.
//
// The harness, all of it in test files:
//
//   - [StartOrg] runs a simulated org and speaks to its management port;
//   - [StartEcho] runs an application that records what it receives, exactly as
//     it came over the wire, and answers with it;
//   - [StartSite] runs the built caddy with a Caddyfile, collects its log at
//     level DEBUG, and fails the test when the process panics, the race detector
//     speaks, or a password, code, token or cookie is in the log;
//   - [NewBrowser] is a browser without script: a cookie jar that keeps the
//     rules of __Host- and Secure, navigation headers, forms by their marks;
//   - [Site.Raw] sends bytes that no browser would.
//
// The server is built once in a run, with -race when CADDY_OKTA_RACE is set. A
// test that cannot run here is skipped, and fails instead when
// CADDY_OKTA_NO_SKIP is set.
//
// A test against an attack or a fault bears the id of what it proves in its name,
// all its ids in a line "Rows:" of its comment, and docs/security-tests.md says
// what they are: S for rules of the flow and the session, F for faults, ToB for
// the ten findings of Trail of Bits about another product of this kind, and the
// published advisories of others.
//
// A test asserts what a user or an attacker would see. It never reads the
// state of the process under test, and it never sleeps: it polls with a
// deadline (Eventually of internal/rig).
package e2e
