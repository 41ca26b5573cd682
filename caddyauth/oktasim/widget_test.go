package oktasim_test

import (
	"net/http"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Okta's Sign-In Widget was written by others, and is what most applications
// sign in with. Both of its living generations do so here, unmodified, in a
// page of another origin than the org, by mouse and keyboard.
func TestSignInWidget(t *testing.T) {
	app := serveWidget(t)
	browser := rig.Chromium(t)
	for _, generation := range []string{"2", "3"} {
		t.Run("generation "+generation, func(t *testing.T) {
			for _, test := range widgetTests {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					test.run(visit(t, browser, generation, app, &oktasim.Server{Policy: test.policy}))
				})
			}
		})
	}
}

// widgetTests are the ways through the widget, and the policy of each.
var widgetTests = []struct {
	name   string
	policy oktasim.Policy
	run    func(*visitor)
}{
	{"password on the first page", oktasim.Policy{}, widgetPassword},
	{"password on the second page", oktasim.Policy{Password: oktasim.SecondPage}, widgetPasswordLater},
	{"code by e-mail", oktasim.Policy{Factors: []string{"email"}}, widgetEmail},
	{"link by e-mail", oktasim.Policy{Authenticate: [][]string{{"email"}, {"password"}}}, widgetMagicLink},
	{"cancel", oktasim.Policy{Password: oktasim.SecondPage}, widgetCancel},
	{"locked out", oktasim.Policy{Password: oktasim.SecondPage, Lockout: 2, LockAccount: oktasim.LockTold}, widgetLockedOut},
	{"recovery", oktasim.Policy{Recover: []string{"email"}}, widgetRecovery},
	{"registration", oktasim.Policy{Registration: &oktasim.Registration{Enroll: map[string]string{"password": oktasim.Required, "email": oktasim.Required, "phone": oktasim.Optional}}}, widgetRegistration},
	{"phone", set("phone"), widgetPhone},
	{"security question", set("security_question"), widgetQuestion},
	{"Google Authenticator", set("google_otp"), widgetGoogle},
	{"WebAuthn", set("webauthn"), widgetWebAuthn},
	{"Okta Verify", oktasim.Policy{Enroll: map[string]string{"okta_verify": oktasim.Required, "phone": oktasim.Optional}}, widgetOktaVerify},
}

// set is a policy under which a user who lacks an authenticator sets it up.
func set(name string) oktasim.Policy {
	return oktasim.Policy{Enroll: map[string]string{name: oktasim.Required}}
}

// asked is a policy under which a user needs an authenticator after the password.
func asked(name string) oktasim.Policy { return oktasim.Policy{Factors: []string{name}} }

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

// Somebody follows the link in the mail, in a browser of their own; the widget
// asks every now and then, and goes on.
//
// What the widget learns by asking is never the last step here: the third
// generation redeems a code that comes that way, and then fails because its
// verifier was used ("Could not load transaction data from storage").
func widgetMagicLink(v *visitor) {
	v.open()
	v.submit(user, ada)
	v.choose("okta_email")
	v.sees("We sent an email to a***a@example.com.")
	_, link := v.mail(ada)
	request, _ := http.NewRequest(http.MethodPost, link, nil) // the page of the link asks, and this is yes
	if response, page := v.do(request); response.StatusCode != http.StatusOK {
		v.Fatalf("the link: %d %.300s", response.StatusCode, page)
	}
	v.sees("Verify with your password")
	v.submit(passcode, adaPassword)
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
	v.sees("Your account is locked because of too many authentication attempts.")
	v.submit(passcode, adaPassword)
	v.sees("Your account is locked")
}
