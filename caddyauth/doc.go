// Package caddyauth is the Caddy module http.handlers.okta_auth: it puts an
// application behind Okta sign-in without sending the browser to Okta.
//
// # The life of a request
//
// [Gate.ServeHTTP] is the one place that decides. Every request goes through
// the same steps, in this order:
//
//  1. A path of our own, below the prefix (/.okta/)? It is served and never
//     goes on: sign-in posts, sign-out, the pages' assets.
//  2. Identity headers are taken out of what the client sent, on every path and
//     method.
//  3. A request that the block's matcher does not cover goes on. Our own cookies
//     never do.
//  4. A path that an application could read as another one is refused, where
//     rules or public paths depend on it.
//  5. A public path goes on, as nobody's.
//  6. Who is this? The session is looked up, held against its limits and against
//     what ended early, and refreshed when that is due.
//  7. Nobody, and it is a navigation: the sign-in page is shown here, at the
//     address that was asked for. Nobody, and it is anything else: 401 with a
//     small JSON problem. Nobody, and the path is optional: it goes on.
//  8. Somebody: may they? If no rule says so, 403: who they are, what was missing,
//     whom to ask, how to switch account.
//  9. The identity headers and placeholders are set, and the request goes on to
//     the application.
//
// Steps return to the decider; they never call one another. What follows from a
// session alone (headers, what rules say of the user) is its passport, made once, or
// every few minutes where an assertion is among the headers.
//
// # Who imports whom
//
// Arrows never turn back, and one test holds them:
//
//	cmd -> caddyauth -> {signin, session, policy, identity, assertion, okta}
//	signin -> {okta, idx, seal, templates}     session -> seal     okta -> idx
//	session/redisstore -> {session, seal}      assertion -> seal
//
// Only this package and cmd import Caddy, only okta/interact.go imports
// okta-idx-golang, only session/redisstore imports go-redis, only okta calls
// Okta, only cmd/oktasim, cmd/demo and tests import oktasim, and only tests import
// internal/rig. Caddy has a package of this name too; it is never imported.
package caddyauth
