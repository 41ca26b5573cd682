package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var registrationScenarios = []scenario{
	{"4.1.1 sign up with password and email, skip SMS", signUpPolicy("phone", oktasim.Optional), signUpWithoutPhone},
	{"4.1.2 sign up with password, email and SMS", signUpPolicy("phone", oktasim.Required), signUpWithPhone},
	{"4.1.3 sign up with an invalid email", signUpPolicy("phone", oktasim.Optional), signUpWithInvalidEmail},
	{"4.1.4 sign up with an invalid phone number", signUpPolicy("phone", oktasim.Optional), signUpWithInvalidPhone},
}

// Mary does not have an account yet.
const (
	mary         = "mary.acme@example.com"
	maryPassword = "A 1st passphrase of hers"
)

// signUpPolicy lets people sign up with a password, a proven e-mail address, and
// something that is required or optional.
func signUpPolicy(authenticator, how string) oktasim.Policy {
	return oktasim.Policy{Registration: &oktasim.Registration{
		Enroll: map[string]string{"password": oktasim.Required, "email": oktasim.Required, authenticator: how},
	}}
}

func signUpWithoutPhone(she *visitor) {
	she.signsUp()
	she.setsUpEmail()
	she.shows("Set up security methods")
	she.presses("Skip for now")
	she.arrives("Mary Acme", mary)
}

func signUpWithPhone(she *visitor) {
	she.signsUp()
	she.setsUpEmail()
	she.shows("Set up security methods")
	she.setsUpPhone(mary)
	she.arrives("Mary Acme", mary)
}

// Okta's one message is two: its sample joins them with a comma. The address is
// one that browsers, which look first, let pass.
func signUpWithInvalidEmail(she *visitor) {
	she.follows(deep)
	she.presses("Sign up")
	she.fillsIn("First name", "Mary")
	she.fillsIn("Last name", "Acme")
	she.fillsIn("Email", "mary..acme@example.com")
	she.presses("Sign up")
	she.shows("Create your account")
	she.isTold("'Email' must be in the form of an email address")
	she.isTold("Provided value for property 'Email' does not match required pattern")
	she.finds("First name", "Mary")
	she.fillsIn("Email", mary)
	she.presses("Sign up")
	she.setsUpPassword()
	she.setsUpEmail()
	she.presses("Skip for now")
	she.arrives("Mary Acme", mary)
}

func signUpWithInvalidPhone(she *visitor) {
	she.signsUp()
	she.setsUpEmail()
	she.presses("Phone")
	she.shows("Set up your phone")
	she.chooses("SMS")
	she.fillsIn("Phone number", "+1234")
	she.presses("Get a code")
	she.isTold("Unable to initiate factor enrollment: Invalid Phone Number.")
	she.shows("Set up your phone")
	she.chooses("SMS")
	she.fillsIn("Phone number", "+1 555 555 0142")
	she.presses("Get a code")
	she.typesTextedCode(mary)
	she.arrives("Mary Acme", mary)
}

// signsUp is what Mary does up to the list of what to set up.
func (she *visitor) signsUp() {
	she.Helper()
	she.follows(deep)
	she.presses("Sign up")
	she.shows("Create your account")
	she.fillsIn("First name", "Mary")
	she.fillsIn("Last name", "Acme")
	she.fillsIn("Email", mary)
	she.presses("Sign up")
	she.setsUpPassword()
	she.at(she.link)
}

func (she *visitor) setsUpPassword() {
	she.Helper()
	she.shows("Set up security methods")
	she.presses("Password")
	she.shows("Choose a password")
	she.choosesPassword("Enter password", maryPassword)
}

func (she *visitor) setsUpEmail() {
	she.Helper()
	she.shows("Set up security methods")
	she.presses("Email")
	she.shows("Check your e-mail")
	she.fillsIn("Enter code", she.mailed(mary))
	she.presses("Verify")
}

// setsUpPhone takes a phone from the list, with the code in a text message.
func (she *visitor) setsUpPhone(login string) {
	she.Helper()
	she.presses("Phone")
	she.shows("Set up your phone")
	she.chooses("SMS")
	she.fillsIn("Phone number", "+1 555 555 0142")
	she.presses("Get a code")
	she.typesTextedCode(login)
}

func (she *visitor) typesTextedCode(login string) {
	she.Helper()
	she.shows("Check your phone")
	she.fillsIn("Enter code", she.texted(login))
	she.presses("Verify")
}
