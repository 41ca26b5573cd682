package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var widgetScenarios = []scenario{
	{"7.1.1 Google as identity provider", socials, withGoogle},
	{"7.1.2 Facebook as identity provider", socials, withFacebook},
	{"8.1.1 password chosen from a list", oktasim.Policy{Authenticate: [][]string{{"password", "email"}}}, passwordFromList},
}

var socials = oktasim.Policy{IDPs: []oktasim.IDP{{Name: "Google", Type: "GOOGLE"}, {Name: "Facebook", Type: "FACEBOOK"}}}

func withGoogle(she *visitor) {
	she.follows(withoutFragment)
	she.presses("Sign in with Google")
	she.shows("Google")
	she.signsInThere("Sign in")
	she.arrives("Ada Lovelace", ada)
}

func withFacebook(she *visitor) {
	she.follows(withoutFragment)
	she.presses("Sign in with Facebook")
	she.shows("Facebook")
	she.signsInThere("Sign in")
	she.arrives("Ada Lovelace", ada)
}

func passwordFromList(she *visitor) {
	she.follows(deep)
	she.fillsIn("Username", ada)
	she.presses("Next")
	she.shows("Verify it’s you")
	she.presses("Password")
	she.shows("Enter your password")
	she.fillsIn("Password", adaPassword)
	she.presses("Sign in")
	she.arrives("Ada Lovelace", ada)
}
