package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var choiceTrials = []trial{
	{name: "choosing among many, and another way after all", org: oktasim.Policy{Password: oktasim.SecondPage, Factors: everyFactor}, run: choosing},
	{name: "set-up skipped", org: oktasim.Policy{Enroll: map[string]string{"phone": oktasim.Optional, "google_otp": oktasim.Optional}}, run: skipping},
	{name: "set-up put off in a grace period", org: graceful, run: graceThenSetUp},
}

var everyFactor = []string{"email", "phone", "security_question", "google_otp", "okta_verify", "webauthn", "yubikey_token", "symantec_vip", "rsa_token", "custom_otp", "tac"}

// Two phones are told apart by their numbers; whoever has chosen wrongly chooses
// again, from what is left.
func choosing(she *guest) {
	she.hasSetUp(
		&oktasim.Enrollment{Authenticator: "phone", Nickname: "Home", Profile: map[string]string{"phoneNumber": "+15555550142"}},
		&oktasim.Enrollment{Authenticator: "phone", Nickname: "Office", Profile: map[string]string{"phoneNumber": "+15555550199"}},
		&oktasim.Enrollment{Authenticator: "security_question", Profile: map[string]string{"questionKey": "custom", "question": "What is my first engine?"}, Data: map[string]string{"answer": "The Difference Engine"}},
		&oktasim.Enrollment{Authenticator: "google_otp"},
		&oktasim.Enrollment{Authenticator: "okta_verify"},
		&oktasim.Enrollment{Authenticator: "yubikey_token"},
		&oktasim.Enrollment{Authenticator: "symantec_vip"},
		&oktasim.Enrollment{Authenticator: "custom_otp"},
	)
	she.follows(deep)
	she.fillsIn("Username", ada)
	she.presses("Next")
	she.fillsIn("Password", adaPassword)
	she.presses("Sign in")
	she.shows("Verify it’s you")
	she.offers("Email", "Security Question", "Google Authenticator", "YubiKey Authenticator", "Symantec VIP", "Custom OTP")
	she.sees("0142")
	she.sees("0199")
	she.presses("Google Authenticator")
	she.shows("Enter a code")
	she.atHome()
	she.sees("Verify with something else")
	she.presses("Security Question")
	she.shows("Answer your security question")
	she.sees("What is my first engine?")
	she.fillsIn("Answer", "The Analytical Engine")
	she.presses("Verify")
	she.isTold("That is not the answer on record. Try again.")
	she.presses("Email")
	she.typesMailedCode()
	she.arrives("Ada Lovelace", ada)
}

func skipping(she *guest) {
	she.follows(deep)
	she.signsIn()
	she.shows("Set up security methods")
	she.atHome()
	she.presses("Phone")
	she.shows("Set up your phone")
	she.presses("Google Authenticator") // rather that one
	she.shows("Set up Google Authenticator")
	she.presses("Skip for now")
	she.arrives("Ada Lovelace", ada)
}

var graceful = oktasim.Policy{
	Enroll: map[string]string{"google_otp": oktasim.Required}, Grace: map[string]oktasim.Grace{"google_otp": {Skips: 1}},
}

func graceThenSetUp(she *guest) {
	she.follows(deep)
	she.signsIn()
	she.shows("Set up security methods")
	she.atHome()
	she.presses("Skip for now")
	she.arrives("Ada Lovelace", ada)
	she.leaves()
	she.follows(deep) // the grace is used up
	she.signsIn()
	she.setsUpGoogle(she.reads)
	she.arrives("Ada Lovelace", ada)
}
