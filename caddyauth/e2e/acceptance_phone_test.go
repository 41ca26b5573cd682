package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var phoneScenarios = []scenario{
	{"6.2.1 enroll in SMS while signing in", enrollPhone, enrollInSMS},
	{"6.2.2 2FA with SMS", withPhone, passwordAndSMS},
	{"6.2.3 enroll with an invalid phone number", enrollPhone, enrollInvalidPhone},
	{"6.2.4 2FA with a wrong SMS code", withPhone, wrongTextedCode},
}

var (
	enrollPhone = oktasim.Policy{Factors: []string{"email"}, Enroll: map[string]string{"phone": oktasim.Required}}
	withPhone   = oktasim.Policy{Factors: []string{"phone", "email"}}
)

func enrollInSMS(she *visitor) {
	she.toEnrollment()
	she.setsUpPhone(ada)
	she.arrives("Ada Lovelace", ada)
}

func passwordAndSMS(she *visitor) {
	she.toTextedCode()
	she.typesTextedCode(ada)
	she.arrives("Ada Lovelace", ada)
}

func enrollInvalidPhone(she *visitor) {
	she.toEnrollment()
	she.presses("Phone")
	she.chooses("SMS")
	she.fillsIn("Phone number", "123")
	she.presses("Get a code")
	she.isTold("Invalid Phone Number.")
	she.shows("Set up your phone")
	she.chooses("SMS")
	she.fillsIn("Phone number", "+1 555 555 0142")
	she.presses("Get a code")
	she.typesTextedCode(ada)
	she.arrives("Ada Lovelace", ada)
}

func wrongTextedCode(she *visitor) {
	she.toTextedCode()
	she.fillsIn("Enter code", otherThan(she.texted(ada)))
	she.presses("Verify")
	she.isTold("Invalid code. Try again.")
	she.typesTextedCode(ada)
	she.arrives("Ada Lovelace", ada)
}

// toEnrollment signs in with password and e-mail, up to the list of what to set
// up.
func (she *visitor) toEnrollment() {
	she.Helper()
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses("Email")
	she.typesMailedCode()
	she.shows("Set up security methods")
	she.at(she.link)
}

// toTextedCode signs in, with a phone that was set up before, up to the code in
// its text message.
func (she *visitor) toTextedCode() {
	she.Helper()
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "phone", Profile: map[string]string{"phoneNumber": "+15555550142"}})
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses("Phone - SMS") // phone and method, in one list
	she.shows("Check your phone")
	she.at(she.link)
}
