package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var rootScenarios = []scenario{
	{"0.1.1 root view without session", selfService, rootWithoutSession},
	{"0.1.2 root view with session", oktasim.Policy{}, rootWithSession},
	{"0.1.3 log out", oktasim.Policy{}, logOut},
}

// selfService lets people sign up, and reset a password that they forgot.
var selfService = oktasim.Policy{Recover: []string{"email"}, Registration: &oktasim.Registration{}}

// Nobody sees the application without a session: its root is the page that leads
// to everything one can do without. There is nothing to sign out of.
func rootWithoutSession(she *visitor) {
	she.visit("/")
	she.shows("Sign in")
	she.offers("Sign in", "Sign up", "Forgot your password?")
	she.visit("/.okta/signout")
	she.shows("You are signed out")
	she.presses("Sign in again")
	she.shows("Sign in")
}

func rootWithSession(she *visitor) {
	she.follows(deep)
	she.signsIn()
	she.arrives("Ada Lovelace", ada)
	she.offers("Sign out")
	she.visit("/")
	she.sees("Hello, Ada Lovelace.")
}

func logOut(she *visitor) {
	she.follows(deep)
	she.signsIn()
	she.arrives("Ada Lovelace", ada)
	she.presses("Sign out") // the application's link: a question
	she.shows("Sign out?")
	she.presses("Sign out")
	she.shows("You are signed out")
	she.visit("/")
	she.shows("Sign in")
	if got := she.profile("X-Forwarded-Email"); got != "" {
		she.Errorf("the root view still shows the profile of %q", got)
	}
}

// signsIn is what Ada does on a first page that asks for her password too.
func (she *visitor) signsIn() {
	she.Helper()
	she.shows("Sign in")
	she.fillsIn("Username", ada)
	she.fillsIn("Password", adaPassword)
	she.presses("Sign in")
}
