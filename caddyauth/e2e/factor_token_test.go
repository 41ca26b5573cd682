package e2e

import (
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var tokenTrials = []trial{
	{name: "YubiKey: set up, then sign in with it", org: mustSetUp("yubikey_token"), run: yubiKey},
	{name: "RSA SecurID: set up, then sign in with it", org: mustSetUp("rsa_token"), run: rsa},
	{name: "on-prem MFA: set up, then sign in with it", org: mustSetUp("onprem_mfa"), run: onPrem},
	{name: "Symantec VIP: set up, then sign in with it", org: mustSetUp("symantec_vip"), run: symantec},
	{name: "custom OTP", org: oktasim.Policy{Factors: []string{"custom_otp", "email"}}, run: customOTP},
	{name: "temporary access code", org: oktasim.Policy{Factors: []string{"tac", "email"}}, run: accessCode},
}

func mustSetUp(authenticator string) oktasim.Policy {
	return oktasim.Policy{Enroll: map[string]string{authenticator: oktasim.Required}}
}

func yubiKey(she *guest) {
	she.toSetUp("YubiKey Authenticator")
	she.shows("Set up your YubiKey")
	she.fillsIn("Insert then tap your YubiKey", she.displayed("YubiKey Authenticator"))
	she.presses("Set up")
	she.arrives("Ada Lovelace", ada)

	she.returns("yubikey_token", "YubiKey Authenticator")
	she.shows("Use your YubiKey")
	she.fillsIn("Insert then tap your YubiKey", "cccccccccccccccccccccccccccccccccccccccccccc")
	she.presses("Verify")
	she.isTold("Invalid code. Try again.")
	she.fillsIn("Insert then tap your YubiKey", she.displayed("YubiKey Authenticator"))
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)
}

func rsa(she *guest)    { she.usesSecurID("rsa_token", "RSA SecurID") }
func onPrem(she *guest) { she.usesSecurID("onprem_mfa", "Custom On-prem") }

// usesSecurID sets such a token up, for which its server wants two codes.
func (she *guest) usesSecurID(authenticator, label string) {
	she.Helper()
	she.toSetUp(label)
	she.shows("Set up " + label)
	she.fillsIn("User Name", "ada")
	she.fillsIn("Passcode", she.displayed(label))
	she.presses("Set up")
	she.isTold("PIN accepted. Wait for the token to change, then enter the new passcode")
	she.later("30s")
	she.fillsIn("Passcode", she.displayed(label))
	she.presses("Set up")
	she.arrives("Ada Lovelace", ada)

	she.later("30s")
	she.returns(authenticator, label)
	she.shows("Enter a code")
	she.sees(label + " shows it.")
	she.typesDisplayed(label, "Enter code")
}

func symantec(she *guest) {
	const label = "Symantec VIP"
	she.toSetUp(label)
	she.shows("Set up Symantec VIP")
	id, first, second := she.symantecShows()
	she.fillsIn("Enter credential ID", id)
	she.fillsIn("Security code 1", first)
	she.fillsIn("Security code 2", second)
	she.presses("Set up")
	she.arrives("Ada Lovelace", ada)

	she.later("1m")
	she.returns("symantec_vip", label)
	she.shows("Enter a code")
	_, first, _ = she.symantecShows()
	she.fillsIn("Enter security code", first)
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)
}

func customOTP(she *guest) {
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "custom_otp"})
	she.follows(deep)
	she.signsIn()
	she.presses("Custom OTP")
	she.shows("Enter a code")
	she.typesDisplayed("Custom OTP", "Enter code")
}

func accessCode(she *guest) {
	const code = "Zx81-help-desk"
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "tac", Data: map[string]string{"code": code, "once": "true"}})
	she.follows(deep)
	she.signsIn()
	she.presses("Temporary Access Code")
	she.shows("Enter your temporary access code")
	she.atHome()
	she.fillsIn("Enter code", "not that")
	she.presses("Verify")
	she.isTold("Invalid code. Try again.")
	she.fillsIn("Enter code", code)
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)
}

// toSetUp signs in, up to the page that sets an authenticator up.
func (she *guest) toSetUp(label string) {
	she.Helper()
	she.follows(deep)
	she.signsIn()
	she.shows("Set up security methods")
	she.atHome()
	she.presses(label)
	she.atHome()
}

// returns signs in again, up to the page of a factor.
func (she *guest) returns(authenticator, label string) {
	she.Helper()
	she.leaves()
	she.policy(oktasim.Policy{Factors: []string{authenticator, "email"}})
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses(label)
	she.atHome()
}

// typesDisplayed first mistypes, then types the code that a token shows.
func (she *guest) typesDisplayed(label, field string) {
	she.Helper()
	she.fillsIn(field, otherThan(she.displayed(label)))
	she.presses("Verify")
	she.isTold("Invalid code. Try again.")
	she.fillsIn(field, she.displayed(label))
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)
}

// symantecShows is the credential's ID, and two codes that follow one another.
func (she *guest) symantecShows() (id, first, second string) {
	she.Helper()
	words := strings.FieldsFunc(she.displayed("Symantec VIP"), func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) != 4 {
		she.Fatalf("Symantec VIP shows %q", words)
	}
	noteMailed(she.T, words[1])
	return words[0], words[1], words[3]
}
