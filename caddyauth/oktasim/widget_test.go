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
	v.click("okta_email")
	v.sees("We sent an email to a***a@example.com.")
	v.click("Enter a verification code instead")
	v.submit(passcode, "wrong")
	v.sees("Invalid code. Try again.")
	code, _ := v.mail(ada)
	v.submit(passcode, code)
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
