package oktasim_test

import (
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Okta's Sign-In Widget was written by others, and is what most applications
// sign in with. Both of its living generations do so here, unmodified, in a
// page of another origin than the org, by mouse and keyboard.
func TestSignInWidget(t *testing.T) {
	app := serveWidget(t)
	browser := startChromium(t)
	for _, generation := range []string{"2", "3"} {
		t.Run("generation "+generation, func(t *testing.T) {
			for _, test := range []struct {
				name   string
				policy oktasim.Policy
				run    browserTest
			}{
				{"password on the first page", oktasim.Policy{}, widgetPassword},
				{"password on the second page", oktasim.Policy{Password: oktasim.SecondPage}, widgetPasswordLater},
				{"code by e-mail", oktasim.Policy{Factors: []string{"email"}}, widgetEmail},
				{"phone", oktasim.Policy{Enroll: map[string]string{"phone": oktasim.Required}}, widgetPhone},
				{"security question", oktasim.Policy{Enroll: map[string]string{"security_question": oktasim.Required}}, widgetQuestion},
				{"Google Authenticator", oktasim.Policy{Enroll: map[string]string{"google_otp": oktasim.Required}}, widgetGoogle},
				{"cancel", oktasim.Policy{Password: oktasim.SecondPage}, widgetCancel},
				{"locked out", oktasim.Policy{Password: oktasim.SecondPage, Lockout: 2}, widgetLockedOut},
			} {
				t.Run(test.name, func(t *testing.T) {
					test.run(visit(t, browser, generation, app.URL, &oktasim.Server{Policy: test.policy}))
				})
			}
		})
	}
}

const (
	grace         = "grace@example.com"
	gracePassword = "navy-compiler-1952"

	user     = "identifier"
	passcode = "credentials.passcode"
)

func widgetPassword(v *visitor) {
	v.open()
	v.sees("Sign In")
	v.submit(user, ada, passcode, "wrong")
	v.sees("Unable to sign in")
	v.submit(passcode, adaPassword)
	v.isIn(ada)
}

func widgetPasswordLater(v *visitor) {
	v.open()
	v.submit(user, ada)
	v.sees("Verify with your password")
	v.submit(passcode, "wrong")
	v.sees("Unable to sign in")
	v.submit(passcode, adaPassword)
	v.isIn(ada)
}

func widgetEmail(v *visitor) {
	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.choose("okta_email")
	v.sees("We sent an email to a***a@example.com.")
	v.click("Enter a verification code instead")
	v.submit(passcode, "wrong")
	v.sees("Invalid code. Try again.")
	code, _ := v.mail(ada)
	v.submit(passcode, code)
	v.isIn(ada)
}

// What follows is set up while signing in, and asked for at the next sign-in.

func widgetPhone(v *visitor) {
	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.sees("Set up security methods")
	v.choose("phone_number")
	v.sees("Set up phone authentication")
	v.submit("authenticator.phoneNumber", "555")
	v.sees("Invalid Phone Number.")
	v.submit("authenticator.phoneNumber", "4155550199")
	v.sees("A code was sent to your phone.")
	code, number := v.phone(ada)
	expect(v.T, "number", number, "+14155550199")
	v.submit(passcode, code)
	v.isIn(ada)
	v.policy(oktasim.Policy{Factors: []string{"phone"}})

	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.choose("phone_number")
	v.sees("Send a code via SMS to")
	v.submit()
	v.sees("Enter the code below to verify.")
	v.submit(passcode, "000")
	v.sees("Invalid code. Try again.")
	code, _ = v.phone(ada)
	v.submit(passcode, code)
	v.isIn(ada)
}

func widgetQuestion(v *visitor) {
	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.sees("Set up security methods")
	v.choose("security_question")
	v.click("Create my own security question")
	v.submit("credentials.question", "Which engine?", "credentials.answer", "no")
	v.sees("The security question answer must be at least 4 characters in length")
	v.submit("credentials.answer", "analytical")
	v.isIn(ada)

	v.policy(oktasim.Policy{Factors: []string{"security_question"}})
	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.choose("security_question")
	v.submit("credentials.answer", "difference")
	v.sees("That is not the answer on record. Try again.")
	v.submit("credentials.answer", "analytical")
	v.isIn(ada)
}

func widgetGoogle(v *visitor) {
	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.sees("Set up security methods")
	v.choose("google_otp")
	v.sees("Scan QR code")
	v.click("Can't scan?")
	secret := v.reads(`[A-Z2-7]{16}`)
	v.click("Next")
	v.submit(passcode, "123456")
	v.sees("Invalid code. Try again.")
	v.submit(passcode, v.totp(secret))
	v.isIn(ada)

	v.policy(oktasim.Policy{Factors: []string{"google_otp"}})
	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.choose("google_otp")
	v.sees("Verify with Google Authenticator")
	v.submit(passcode, v.totp(secret))
	v.isIn(ada)
}

func widgetCancel(v *visitor) {
	v.open()
	v.submit(user, ada)
	v.sees("Verify with your password")
	v.click("cancel")
	v.submit(user, grace)
	v.sees("Verify with your password")
	v.submit(passcode, gracePassword)
	v.isIn(grace)
}

func widgetLockedOut(v *visitor) {
	v.open()
	v.submit(user, ada)
	v.submit(passcode, "wrong")
	v.sees("Unable to sign in")
	v.submit(passcode, "wrong")
	v.sees("suspended")
}
