package oktasim

import (
	"net/http"
	"strings"
)

// RSA SecurID, and what Okta calls on-prem MFA: a server of the company's own
// judges the codes, and may ask for the next one.

var (
	rsaAuthenticator    = securID("rsa_token", "RSA SecurID", "rsa")
	onPremAuthenticator = securID("onprem_mfa", "Custom On-prem", "opm")
)

func securID(name, label, prefix string) *authenticator {
	return &authenticator{
		name:       name,
		key:        name,
		kind:       "security_key",
		label:      label,
		amr:        "otp",
		enrollment: prefix,
		methods:    []method{{name: "otp"}},
		profile:    func(*User, *Enrollment) object { return object{"provider": label} },
		start:      shareSecret,
		finish:     func(_ *turn, a *answer) { a.EnrollmentAuthenticator = nil }, // its set-up is shown once
		ask:        askSecurID,
		check:      checkTOTP,
		enroll:     enrollSecurID,
		display:    (*Server).totpCode,
	}
}

func askSecurID(t *turn) []field {
	at := t.tx.attempt
	if at.purpose != enroll {
		return []field{{Name: "passcode", Label: "Enter code"}}
	}
	return []field{
		{Name: "id", Required: new(true), Value: at.of.id(), Mutable: new(false)},
		{Name: "methodType", Required: new(true), Value: "otp", Mutable: new(false)},
		{Name: "clientData", Label: "User Name", Required: new(true), Value: t.tx.user.Login},
		{Name: "passcode", Label: "Passcode", Required: new(true)},
	}
}

// nextToken is the memory of a set-up that has had its first code.
type nextToken struct{}

// nextTokenWords are the server's, which Okta passes on.
const nextTokenWords = "PIN accepted. Wait for the token to change, then enter the new passcode"

// enrollSecurID wants the name at the company's server and two codes, one
// after the other.
func enrollSecurID(t *turn) *rejection {
	name, wrong := t.credential("clientData")
	if wrong != nil {
		return wrong
	}
	if wrong := checkTOTP(t); wrong != nil {
		return wrong
	}
	at := t.tx.attempt
	if _, second := at.memory.(nextToken); !second {
		at.memory = nextToken{}
		return reject(http.StatusUnauthorized, say(msgNextToken, nextTokenWords))
	}
	at.enrollment.Profile = map[string]string{"userName": strings.TrimSpace(name)}
	return nil
}
