package oktasim_test

import (
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/chromedp/cdproto/webauthn"
)

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
	v.policy(asked("phone"))

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
	// The widget keeps the question as a rule, and not always on a busy machine.
	v.submit("credentials.question", "Which engine?", "credentials.answer", "analytical")
	v.isIn(ada)

	v.policy(asked("security_question"))
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

	v.policy(asked("google_otp"))
	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.choose("google_otp")
	v.sees("Verify with Google Authenticator")
	v.submit(passcode, v.totp(secret))
	v.isIn(ada)
}

// The management port stands for the phone, which scans and approves.
func widgetOktaVerify(v *visitor) {
	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.sees("Set up security methods")
	v.choose("okta_verify")
	v.sees("scan the QR code below")
	v.api("POST", "/push/"+ada, `{"approve":true}`)
	v.sees("Optional Phone")
	v.submit() // nothing optional
	v.isIn(ada)

	v.policy(oktasim.Policy{Authenticate: [][]string{{"okta_verify"}, {"password"}}})
	v.open()
	v.submit(user, ada)
	v.choose("okta_verify-push")
	v.sees("Push notification sent")
	v.api("POST", "/push/"+ada, `{"approve":false}`)
	v.sees("You have chosen to reject this login.")
	v.submit()
	v.sees("Push notification sent")
	v.api("POST", "/push/"+ada, `{"approve":true}`)
	v.sees("Verify with your password")
	v.submit(passcode, adaPassword)
	v.isIn(ada)
}

func widgetWebAuthn(v *visitor) {
	v.carries(webauthn.AuthenticatorTransportUsb)
	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.sees("Set up security methods")
	v.choose("webauthn")
	v.sees("You will be prompted to register")
	v.click("Set up")
	v.isIn(ada)

	v.policy(asked("webauthn"))
	v.open()
	v.submit(user, ada, passcode, adaPassword)
	v.choose("webauthn") // and the browser asks for the key by itself
	v.isIn(ada)
}
