package oktasim

import "net/http"

// A custom one-time password is a token of another maker that administrators
// hand out: users do not set it up.
var customOTPAuthenticator = &authenticator{
	name:       "custom_otp",
	key:        "custom_otp",
	kind:       "security_key",
	label:      "Custom OTP",
	amr:        "otp",
	enrollment: "cot",
	methods:    []method{{name: "otp"}},
	start: func(t *turn) *rejection {
		if t.tx.attempt.purpose == enroll {
			return reject(http.StatusForbidden, say(msgAdminEnrolls))
		}
		return nil
	},
	ask:     askOTP,
	check:   checkTOTP,
	enroll:  func(*turn) *rejection { return notNow() }, // listed, and refused when it starts
	display: (*Server).totpCode,
}
