package oktasim

import "strings"

var googleAuthenticator = &authenticator{
	name:       "google_otp",
	key:        "google_otp",
	kind:       "app",
	label:      "Google Authenticator",
	amr:        "otp",
	enrollment: "uft",
	methods:    []method{{name: "otp"}},
	start:      shareSecret,
	ask:        askOTP,
	describe: func(t *turn, current *authenticatorIs) {
		if at := t.tx.attempt; at.purpose == enroll {
			secret := at.enrollment.Data["secret"]
			current.ContextualData = object{"qrcode": qrCode(totpAddress(t.hostName(), t.tx.user.Login, secret)), "sharedSecret": secret}
		}
	},
	finish:  asAuthenticator,
	check:   checkTOTP,
	enroll:  checkTOTP,
	display: (*Server).totpCode,
}

// hostName is the org's name, as apps show it beside a code.
func (t *turn) hostName() string {
	_, host, _ := strings.Cut(t.call.base, "://")
	return host
}

// shareSecret makes the secret of a new enrollment.
func shareSecret(t *turn) *rejection {
	if at := t.tx.attempt; at.purpose == enroll && at.enrollment.Data == nil {
		at.enrollment.note("secret", newSecret())
	}
	return nil
}

func askOTP(*turn) []field {
	return []field{{Name: "passcode", Label: "Enter code", Required: new(true), Visible: new(true)}}
}

func checkTOTP(t *turn) *rejection {
	given, wrong := t.passcode()
	if wrong != nil {
		return wrong
	}
	if !t.rightTOTP(t.tx.attempt.enrollment, given) {
		return wrongCode()
	}
	return nil
}

// asAuthenticator shows what is being proven as the org's authenticator, not
// as the user's enrollment: so Okta does for apps and security keys.
func asAuthenticator(t *turn, a *answer) {
	of := a.CurrentAuthenticatorEnrollment
	if of == nil {
		return
	}
	of.Value.ID, of.Value.Profile = t.tx.attempt.of.id(), nil
	a.CurrentAuthenticator, a.CurrentAuthenticatorEnrollment = of, nil
	for i, f := range a.Remediation.Value {
		if len(f.RelatesTo) == 1 && f.RelatesTo[0] == "$.currentAuthenticatorEnrollment" {
			a.Remediation.Value[i].RelatesTo = []string{"$.currentAuthenticator"}
		}
	}
}
