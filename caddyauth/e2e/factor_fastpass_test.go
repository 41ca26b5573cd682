package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var fastPassTrials = []trial{
	{name: "Okta FastPass: the device says who it is", org: oktasim.Policy{Authenticate: [][]string{{"password", "okta_verify"}}, Settings: oktasim.Settings{FastPassButton: true}}, run: fastPass},
	{name: "Okta FastPass first, and without it", org: oktasim.Policy{Settings: oktasim.Settings{FastPassFirst: true}}, run: withoutFastPass},
	{name: "Okta FastPass by loopback, where nobody listens", org: oktasim.Policy{Settings: oktasim.Settings{FastPassFirst: true, FastPass: oktasim.Loopback}}, run: nobodyListens},
}

func fastPass(she *guest) {
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "okta_verify"})
	she.follows(deep)
	she.presses("Sign in with Okta FastPass")
	she.shows("Checking this device")
	she.offers("Open Okta Verify", "Get the app", "Continue without it")
	she.atHome()
	she.taps(true)
	she.comes("Legacy application")
	she.arrives("Ada Lovelace", ada)
}

func withoutFastPass(she *guest) {
	she.follows(deep)
	she.shows("Checking this device")
	she.presses("Continue without it")
	she.signsIn()
	she.arrives("Ada Lovelace", ada)
}

func nobodyListens(she *guest) {
	she.expect = []string{"localhost:2000", "localhost:651", "NavigationEntryMarkedSkippable"} // she touches nothing
	she.follows(deep)
	if she.script {
		she.comes("Sign in") // by itself
	} else {
		she.presses("Continue without it")
	}
	she.signsIn()
	she.arrives("Ada Lovelace", ada)
}
