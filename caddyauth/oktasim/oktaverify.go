package oktasim

import (
	"net/http"
	"slices"
)

var oktaVerifyAuthenticator = &authenticator{
	name:       "okta_verify",
	key:        "okta_verify",
	kind:       "app",
	label:      "Okta Verify",
	amr:        "swk",
	enrollment: "pfd",
	methods: []method{
		{name: "signed_nonce", label: "Use Okta FastPass"},
		{name: "push", label: "Get a push notification"},
		{name: "totp", label: "Enter a code", amr: "otp"},
	},
	whole:   true,
	usual:   usualMethod,
	profile: deviceProfile,
	choice: func(t *turn, p purpose) []field {
		if p != enroll {
			return nil
		}
		return []field{{Name: "channel", Type: "string", Required: new(false), Options: channelOptions(t.tx.policy.Settings.channels())}}
	},
	needs: askAutoChallenge,
	start: startOktaVerify,
	ask: func(*turn) []field {
		return []field{{Name: "totp", Label: "Enter code", Required: new(true), Visible: new(true)}}
	},
	describe:  describeOktaVerify,
	remediate: remediateOktaVerify,
	finish:    finishPush,
	check:     checkOktaVerify,
	enroll:    enrollOktaVerify,
	display:   (*Server).totpCode,
	launch:    launchFastPass,
}

// usualMethod is a push, for a user who once ticked that it be sent without
// asking.
func usualMethod(e *Enrollment) string {
	if e.Data["auto_challenge"] == "true" {
		return "push"
	}
	return ""
}

// askAutoChallenge offers that tick box, where the org has it.
func askAutoChallenge(t *turn) []field {
	at := t.tx.attempt
	if !t.tx.policy.Settings.AutoChallenge || at.purpose != authenticate || at.given.AutoChallenge != nil ||
		at.enrollment.Data["auto_challenge"] == "true" || at.method != "" && at.method != "push" {
		return nil
	}
	var out []field
	if at.method == "push" {
		out = append(out, field{Name: "methodType", Required: new(true), Options: []option{{Label: "Get a push notification", Value: "push"}}})
	}
	return append(out, autoChallenge(false))
}

// autoChallenge is the tick box. That it is not required Okta says in a text.
func autoChallenge(value bool) field {
	return field{
		Name: "autoChallenge", Type: "boolean", Label: "Send push automatically", Value: value,
		Visible: new(true), Mutable: new(true), Extra: object{"required": "false"},
	}
}

func startOktaVerify(t *turn) *rejection {
	at := t.tx.attempt
	if given := at.given.AutoChallenge; given != nil && at.purpose == authenticate {
		at.enrollment.note("auto_challenge", map[bool]string{true: "true", false: "false"}[*given])
	}
	switch {
	case at.purpose == enroll:
		return startChannel(t)
	case at.method == "push":
		return push(t)
	case at.method == "signed_nonce":
		return startFastPass(t)
	}
	return nil
}

func describeOktaVerify(t *turn, current *authenticatorIs) {
	at := t.tx.attempt
	switch {
	case at.purpose == enroll:
		describeChannel(t, current)
	case at.method == "signed_nonce":
		describeFastPass(t, current)
	case at.method == "push":
		p := promptOf(at)
		if p.Number != "" {
			current.ContextualData = object{"correctAnswer": p.Number}
		}
		if current.Resend = t.pushAgain(); p.answer == waiting {
			current.Resend = t.resend()
		}
	}
}

func remediateOktaVerify(t *turn) []form {
	at := t.tx.attempt
	switch {
	case at.purpose == enroll:
		return remediateChannel(t)
	case at.method == "push":
		poll := t.form("challenge-poll", "challenge/poll", pollPush)
		if t.tx.policy.Settings.AutoChallenge {
			poll.Value = slices.Insert(poll.Value, 0, autoChallenge(at.enrollment.Data["auto_challenge"] == "true"))
		}
		return t.awaitPush(poll)
	case at.method == "signed_nonce" && t.tx.policy.Settings.FastPass == AppleSSO:
		return t.ssoForms(promptOf(at), pollPrompt, giveUp)
	case at.method == "signed_nonce":
		poll := t.form("challenge-poll", "authenticators/poll", pollPrompt)
		poll.Refresh = devicePoll
		poll.RelatesTo = []string{"$.currentAuthenticator"}
		return []form{poll}
	}
	return []form{t.answerForm(credentials(at.of.ask(t)...))}
}

// pollPush is pollPrompt, with the tick box beside it.
func pollPush(t *turn) *rejection {
	var given struct {
		AutoChallenge *bool `json:"autoChallenge"`
	}
	if wrong := t.read(&given); wrong != nil {
		return wrong
	}
	if given.AutoChallenge != nil {
		t.tx.attempt.enrollment.note("auto_challenge", map[bool]string{true: "true", false: "false"}[*given.AutoChallenge])
	}
	return pollPrompt(t)
}

func checkOktaVerify(t *turn) *rejection {
	at := t.tx.attempt
	if at.method != "totp" {
		return checkPrompt(t)
	}
	given, wrong := t.credential("totp")
	if wrong != nil {
		return wrong
	}
	if !t.rightTOTP(at.enrollment, given) {
		return rejectField(http.StatusUnauthorized, "totp", say(msgPasscodeInvalid))
	}
	if key := t.complained(); key != "" {
		return reject(http.StatusForbidden, say(key))
	}
	return nil
}

// note keeps something of the authenticator's own with an enrollment.
func (e *Enrollment) note(name, value string) {
	if e.Data == nil {
		e.Data = map[string]string{}
	}
	e.Data[name] = value
}
