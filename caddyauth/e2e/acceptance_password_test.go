package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var passwordScenarios = []scenario{
	{"1.1.2 Mary does not know her username", oktasim.Policy{RevealUsers: true}, unknownUsername},
	{"1.1.3 Mary does not know her password", oktasim.Policy{}, unknownPassword},
	{"1.1.8 Mary follows the link for a forgotten password", selfService, forgottenPassword},
}

func unknownUsername(she *visitor) {
	she.follows(deep)
	she.fillsIn("Username", "wrong_email@example.com")
	she.fillsIn("Password", "Her passw0rd all the same")
	she.presses("Sign in")
	she.isTold("There is no account with the Username wrong_email@example.com.")
	she.signsIn()
	she.arrives("Ada Lovelace", ada)
}

func unknownPassword(she *visitor) {
	she.follows(deep)
	she.fillsIn("Username", ada)
	she.fillsIn("Password", "Not her passw0rd")
	she.presses("Sign in")
	she.isTold("Authentication failed")
	she.fillsIn("Password", adaPassword)
	she.presses("Sign in")
	she.arrives("Ada Lovelace", ada)
}

func forgottenPassword(she *visitor) {
	she.follows(deep)
	she.presses("Forgot your password?")
	she.shows("Reset your password")
	she.fillsIn("Username", ada)
	she.at(she.link)
	she.presses("Back to sign in") // it has come to her mind
	she.signsIn()
	she.arrives("Ada Lovelace", ada)
}
