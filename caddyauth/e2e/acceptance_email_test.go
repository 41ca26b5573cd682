package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var emailScenarios = []scenario{
	{"6.1.2 2FA with password and email", withEmail, passwordAndEmail},
	{"6.1.3 2FA with a wrong email code", withEmail, wrongEmailCode},
}

var withEmail = oktasim.Policy{Factors: []string{"email"}}

func passwordAndEmail(she *visitor) {
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses("Email")
	she.typesMailedCode()
	she.arrives("Ada Lovelace", ada)
}

func wrongEmailCode(she *visitor) {
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses("Email")
	she.shows("Check your e-mail")
	she.fillsIn("Enter code", otherThan(she.mailed(ada)))
	she.presses("Verify")
	she.isTold("Invalid code. Try again.")
	she.typesMailedCode()
	she.arrives("Ada Lovelace", ada)
}

func (she *visitor) typesMailedCode() {
	she.Helper()
	she.shows("Check your e-mail")
	she.fillsIn("Enter code", she.mailed(ada))
	she.presses("Verify")
}
