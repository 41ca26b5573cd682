package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var recoveryScenarios = []scenario{
	{"3.1.1 Mary resets her password", recoverable, resetPassword},
	{"3.1.2 Mary resets her password with the wrong email", recoverable, resetUnknownUser},
}

// recoverable tells who names an unknown user, as 3.1.2 has it.
var recoverable = oktasim.Policy{Recover: []string{"email"}, RevealUsers: true}

const newPassword = "An0ther battery, correct horse"

func resetPassword(she *visitor) {
	she.follows(deep)
	she.presses("Forgot your password?")
	she.fillsIn("Username", ada)
	she.presses("Next")
	she.provesForRecovery()
	she.arrives("Ada Lovelace", ada)
}

func resetUnknownUser(she *visitor) {
	she.follows(deep)
	she.presses("Forgot your password?")
	she.fillsIn("Username", "mary@unknown.example")
	she.presses("Next")
	she.isTold("There is no account with the Username mary@unknown.example.")
	she.shows("Reset your password")
	she.fillsIn("Username", ada)
	she.presses("Next")
	she.provesForRecovery()
	she.arrives("Ada Lovelace", ada)
}

// provesForRecovery types the code from the e-mail, and a new password.
func (she *visitor) provesForRecovery() {
	she.Helper()
	she.shows("Reset your password")
	she.presses("Email")
	she.shows("Check your e-mail")
	she.fillsIn("Enter code", she.mailed(ada))
	she.presses("Verify")
	she.shows("Choose a new password")
	she.choosesPassword("New password", newPassword)
}

// choosesPassword fills in a form for a new password.
func (she *visitor) choosesPassword(label, password string) {
	she.Helper()
	she.fillsIn(label, password)
	she.fillsIn("Repeat the password", password)
	she.presses("Save the password")
}
