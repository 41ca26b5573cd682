// Package signin is the conversation with somebody who is not signed in: it
// begins a sign-in at Okta, shows its current step, passes on what is posted,
// and ends with checked tokens or with a page.
//
// A request comes in as a [Visit], a decision goes out as an [Outcome]; the
// package writes no cookie and makes no session: the caller does. It never
// assumes that its origin is the application's: it is told the address to
// return to. What it must remember between two requests travels sealed with the
// browser ([Transaction]), so that any replica can serve any step; the last
// answers of Okta's are kept in memory only to save a call.
package signin
