package oktasim

import (
	"net/http"
	"net/url"
	"regexp"
)

// NFC is a card that is held to the phone, and then a PIN.
var nfcAuthenticator = &authenticator{
	name:       "nfc_pin",
	key:        "nfc_pin",
	kind:       "proximity",
	label:      "NFC",
	amr:        "sc",
	enrollment: "npc",
	methods:    []method{{name: "nfc_pin"}},
	start: func(t *turn) *rejection {
		t.tx.attempt.memory = t.prompt(prompt{Asks: "Hold your NFC card to the phone.", Yes: "Hold it", No: "Cancel"})
		return nil
	},
	ask: func(t *turn) []field {
		pin := field{Name: "passcode", Label: "NFC", Secret: true}
		if t.tx.attempt.purpose == enroll {
			pin.Required, pin.MinLength, pin.MaxLength = new(true), pinLength, pinLength
		}
		return []field{pin}
	},
	describe:  describeNFC,
	remediate: remediateNFC,
	finish: func(t *turn, a *answer) {
		if t.cardHeld() {
			asAuthenticator(t, a) // for the PIN
		}
		if t.tx.identifier == "" {
			a.Remediation.Value = a.Remediation.Value[:1] // whose other ways?
		}
	},
	launch: launchCard,
	check: func(t *turn) *rejection {
		given, wrong := t.passcode()
		if wrong == nil && given != pinOf(t.tx.attempt.enrollment) {
			wrong = rejectField(http.StatusUnauthorized, "passcode", say(msgPinIncorrect))
		}
		return wrong
	},
	enroll: func(t *turn) *rejection {
		given, wrong := t.passcode()
		if wrong == nil && !pinShape.MatchString(given) {
			wrong = rejectField(http.StatusBadRequest, "passcode", say(msgEnrollFailed))
		}
		if wrong == nil {
			t.tx.attempt.enrollment.note("pin", given)
		}
		return wrong
	},
	display: func(_ *Server, e *Enrollment) string {
		if e.ID == "" {
			return ""
		}
		return pinOf(e)
	},
}

const pinLength = 6

var pinShape = regexp.MustCompile(`^[0-9]{6}$`)

// pinOf is the PIN of a card; one from a seed without any has this one.
func pinOf(e *Enrollment) string {
	if pin := e.Data["pin"]; pin != "" {
		return pin
	}
	return "123456"
}

// cardHeld says whether it is time for the PIN: the card was held to the phone,
// and it is known whose it is.
func (t *turn) cardHeld() bool {
	return promptOf(t.tx.attempt).answer == approved && t.tx.identifier != ""
}

func describeNFC(t *turn, current *authenticatorIs) {
	at := t.tx.attempt
	p := promptOf(at)
	switch {
	case at.purpose == enroll && t.cardHeld():
		current.Settings = object{"minLength": pinLength, "maxLength": pinLength}
	case at.purpose == enroll:
		current.Methods = []methodIs{{Type: "nfc"}}
		current.ContextualData = object{
			"setupNfcUrl": "com-okta-authenticator:/actions/enroll?" + url.Values{"authenticator_key": {"nfc"}, "nonce": {p.ID}}.Encode(),
			"challenge":   objectOf(object{"challengeRequest": p.ID}),
		}
		current.Extra = object{"cancel": t.form("cancel-polling", "authenticators/poll/cancel", giveUp)}
	case !t.cardHeld():
		current.ContextualData = object{"challenge": objectOf(object{
			"challengeMethod": "CUSTOM_URI", "href": "com-okta-authenticator:/deviceChallenge?challengeRequest=" + p.ID, "downloadHref": t.phoneAddress(),
		})}
	}
}

func remediateNFC(t *turn) []form {
	at := t.tx.attempt
	if t.cardHeld() {
		return []form{t.answerForm(credentials(at.of.ask(t)...))}
	}
	poll := t.form("challenge-poll", "authenticators/poll", pollCard)
	poll.RelatesTo = []string{"$.currentAuthenticatorEnrollment"}
	if at.purpose == enroll {
		poll = t.form("enroll-poll", "authenticators/poll", pollCard)
	}
	poll.Refresh = devicePoll
	return []form{poll}
}

// pollCard is the handler of a form that asks whether the card was held to the
// phone: the PIN is asked for then.
func pollCard(t *turn) *rejection {
	switch p := promptOf(t.tx.attempt); {
	case p.answer == approved && t.tx.identifier == "":
		if wrong := t.named(p.by); wrong != nil {
			return wrong
		}
		t.tx.attempt.enrollment = t.tx.attempt.of.owns(t.tx.user)[0]
	case p.answer == denied:
		if t.tx.attempt = nil; t.tx.identifier == "" {
			t.tx.user = nil
		}
		return reject(http.StatusForbidden, say(msgPushRejected))
	case p.answer == waiting && t.Now().After(p.expires):
		t.end(http.StatusNotFound, say(msgTimedOut))
	}
	return nil
}

// launchCard offers, beside the username, to hold a card to the phone: it says
// whose it is.
func launchCard(t *turn, a *answer) {
	if !t.tx.policy.Settings.NFCButton {
		return
	}
	of := t.authenticator("nfc_pin")
	launch := t.form("launch-nfc-authenticator", "authenticators/nfc/launch", func(t *turn) *rejection {
		t.tx.user = &User{phantom: true} // until the card says who
		return t.attempt(authenticate, of, &Enrollment{Authenticator: of.name}, selection{})
	})
	if a.CurrentAuthenticator == nil { // else the password is
		a.CurrentAuthenticator = objectOf(of.is())
		launch.RelatesTo = []string{"$.currentAuthenticator"}
	}
	a.offer(launch)
	if a.Extra == nil {
		a.Extra = object{}
	}
	a.Extra["authenticatorChallenge"] = objectOf(object{"challengeMethod": "CUSTOM_URI", "href": "com-okta-authenticator:/deviceChallenge"})
}
