package oktasim

import (
	"net/http"
	"slices"
)

// Okta FastPass: the device itself signs. The browser finds Okta Verify on
// the machine by one of several ways; here the user's phone answers instead.

// How the browser finds Okta Verify.
const (
	Loopback      = "loopback"
	CustomURI     = "custom_uri"
	AppLink       = "app_link"
	UniversalLink = "universal_link"
	AppleSSO      = "apple_sso_extension" // the browser does not: Apple's extension answers for it
	ChromeDTC     = "chrome_dtc"          // Chrome's device trust connector, which knows the device only
)

var challengeMethods = map[string]string{
	Loopback: "LOOPBACK", CustomURI: "CUSTOM_URI", AppLink: "APP_LINK", UniversalLink: "UNIVERSAL_LINK", AppleSSO: "APPLE_SSO_EXTENSION", ChromeDTC: "CHROME_DTC",
}

// probePoll is how often a client should ask while the device is being found.
const probePoll = 2000

// fastPassOf is what a user can sign with; nil: nothing.
func fastPassOf(u *User) *Enrollment {
	for _, e := range u.Enrollments {
		if e.Authenticator == "okta_verify" && (len(e.Methods) == 0 || slices.Contains(e.Methods, "signed_nonce")) {
			return e
		}
	}
	return nil
}

func startFastPass(t *turn) *rejection {
	t.tx.attempt.memory = t.fastPassPrompt()
	return nil
}

func (t *turn) fastPassPrompt() *prompt {
	return t.prompt(prompt{Asks: "Sign in to " + t.tx.client.Label + " with Okta FastPass?", Yes: "Confirm", No: "Cancel"})
}

// deviceChallenge is what the browser needs to find Okta Verify.
func (t *turn) deviceChallenge(p *prompt) object {
	way := t.tx.policy.Settings.FastPass
	if way == "" {
		way = CustomURI
	}
	out := object{"challengeMethod": challengeMethods[way]}
	switch way {
	case Loopback:
		out["challengeRequest"] = p.ID
		out["domain"] = "http://localhost"
		out["ports"] = []string{"2000", "6511", "6512", "6513"}
		out["probeTimeoutMillis"] = 100
	case CustomURI:
		out["href"] = "com-okta-authenticator:/deviceChallenge?challengeRequest=" + p.ID
		out["downloadHref"] = t.call.base + "/phone"
	case AppleSSO: // is told by the form
	case ChromeDTC:
		out["href"] = dtcAddress(t, p)
	default:
		out["href"] = t.call.base + "/phone"
	}
	return out
}

func describeFastPass(t *turn, current *authenticatorIs) {
	current.ContextualData = object{"challenge": objectOf(t.deviceChallenge(promptOf(t.tx.attempt)))}
	current.Extra = object{"cancel": t.form("cancel-polling", "authenticators/poll/cancel", giveUp)}
	if t.tx.policy.Settings.FastPass == AppleSSO {
		current.Extra = object{"methods": nil}
	}
}

// giveUp goes back to the list.
func giveUp(t *turn) *rejection {
	t.tx.attempt = nil
	return nil
}

// launchFastPass offers, beside the username, to let the device say who it is.
func launchFastPass(t *turn, a *answer) {
	if !t.tx.policy.Settings.FastPassButton {
		return
	}
	launch := t.form("launch-authenticator", "authenticators/okta-verify/launch", func(t *turn) *rejection {
		t.tx.probe = t.fastPassPrompt()
		return nil
	})
	launch.RelatesTo = []string{"authenticatorChallenge"}
	a.offer(launch)
	if a.Extra == nil {
		a.Extra = object{}
	}
	a.Extra["authenticatorChallenge"] = objectOf(object{"challengeMethod": "CUSTOM_URI", "href": "com-okta-authenticator:/deviceChallenge"})
}

const deviceProbe = "device-challenge-poll"

// probeStep asks the device who its user is, before anybody is asked.
var probeStep = &step{
	due: func(t *turn) bool {
		return t.tx.user == nil && (t.tx.probe != nil || t.tx.policy.Settings.FastPassFirst && !t.skipped(deviceProbe))
	},
	enter: func(t *turn) bool {
		if t.tx.probe == nil {
			t.tx.probe = t.fastPassPrompt()
		}
		return false
	},
	show: func(t *turn, a *answer) {
		if t.tx.policy.Settings.FastPass == AppleSSO {
			forms := t.ssoForms(t.tx.probe, pollProbe, cancelProbe)
			if !t.tx.probe.tried {
				challenge := field{Name: "challengeRequest", Required: new(true), Value: t.tx.probe.ID, Visible: new(false)}
				forms[0].Value = slices.Insert(forms[0].Value, 0, challenge)
			}
			a.offer(forms...)
			return
		}
		poll := t.form(deviceProbe, "authenticators/poll", pollProbe)
		poll.Refresh = probePoll
		poll.Extra = object{"relatesTo": "authenticatorChallenge"}
		a.offer(poll)
		challenge := t.deviceChallenge(t.tx.probe)
		challenge["cancel"] = t.form("cancel-polling", "authenticators/poll/cancel", cancelProbe)
		a.Extra = object{"authenticatorChallenge": objectOf(challenge)}
	},
}

// cancelProbe goes on without the device. Why is for the org's own log; what
// clients send is taken as it is: OV_UNREACHABLE_BY_LOOPBACK,
// OV_RETURNED_ERROR, USER_CANCELED.
func cancelProbe(t *turn) *rejection {
	t.tx.probe = nil
	t.tx.skipped = append(t.tx.skipped, deviceProbe)
	return nil
}

func pollProbe(t *turn) *rejection {
	p := t.tx.probe
	switch {
	case p.answer == denied, t.Now().After(p.expires) && p.answer == waiting:
		return cancelProbe(t)
	case p.answer == waiting:
		return nil
	}
	if wrong := t.named(p.by); wrong != nil {
		return wrong
	}
	t.tx.probe = nil
	t.tx.attempt = &attempt{of: t.authenticator("okta_verify"), method: "signed_nonce", started: true, enrollment: fastPassOf(t.tx.user), memory: p}
	if wrong := answerAttempt(t); wrong != nil {
		t.end(http.StatusForbidden, wrong.complaints[0].message)
	}
	return nil
}
