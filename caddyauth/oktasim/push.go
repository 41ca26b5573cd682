package oktasim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
)

// A push is a question on the user's phone that an app shows.

var customAppAuthenticator = &authenticator{
	name:       "custom_app",
	key:        "custom_app",
	kind:       "app",
	label:      "Custom Push",
	amr:        "swk",
	enrollment: "pfd",
	methods:    []method{{name: "push", label: "Get a push notification"}},
	profile:    deviceProfile,
	start:      push,
	remediate:  func(t *turn) []form { return t.awaitPush(t.form("challenge-poll", "challenge/poll", pollPrompt)) },
	describe:   func(t *turn, current *authenticatorIs) { current.Resend = t.pushAgain() },
	extra:      object{"logoUri": "/app.svg"}, // relative to the org, as Okta's are
	finish:     finishPush,
	check:      checkPrompt,
	routes: func(s *Server, mux *http.ServeMux) {
		mux.HandleFunc("GET /app.svg", func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, pageFiles, "pages/app.svg")
		})
	},
}

func deviceProfile(_ *User, e *Enrollment) object {
	name := e.Profile["deviceName"]
	if name == "" {
		name = "Phone"
	}
	return object{"deviceName": name}
}

// push asks on the phone whether it is its owner who signs in.
func push(t *turn) *rejection {
	p := t.prompt(prompt{Asks: "Are you signing in to " + t.tx.client.Label + "?", Yes: "Yes, it is me", No: "No, it is not me"})
	if t.tx.policy.Settings.NumberChallenge {
		p.Numbers = threeNumbers()
		p.Number = p.Numbers[0]
		slices.Sort(p.Numbers)
	}
	t.tx.attempt.memory = p
	if !t.unreachable() {
		t.ring(t.tx.user.Login, Ring{Kind: "push", Number: p.Number})
	}
	return nil
}

// awaitPush is the form that polls or, once the owner has said no, the one
// that sends another push.
func (t *turn) awaitPush(poll form) []form {
	at := t.tx.attempt
	if promptOf(at).answer != denied {
		poll.Refresh = devicePoll
		poll.RelatesTo = []string{"$.currentAuthenticator"}
		return []form{poll}
	}
	again := []field{
		{Name: "id", Required: new(true), Value: at.of.id(), Mutable: new(false)},
		{Name: "methodType", Required: new(false), Value: at.method, Mutable: new(false)},
	}
	if len(at.of.owns(t.tx.user)) > 1 {
		again = append(again, field{Name: "enrollmentId", Required: new(true), Value: at.enrollment.ID, Mutable: new(false)})
	}
	resend := t.form("resend", "challenge", choose, field{Name: "authenticator", Type: "object", Label: at.of.label, Value: nest(again...)})
	resend.RelatesTo = []string{"$.currentAuthenticator"}
	return []form{resend}
}

// pushAgain is the action that sends another push once the owner has said no.
func (t *turn) pushAgain() *form {
	at := t.tx.attempt
	if promptOf(at).answer != denied {
		return nil
	}
	again := object{"id": at.of.id(), "methodType": at.method}
	if len(at.of.owns(t.tx.user)) > 1 {
		again["enrollmentId"] = at.enrollment.ID
	}
	return new(t.form("resend", "challenge", choose, field{Name: "authenticator", Required: new(true), Value: again, Visible: new(false), Mutable: new(false)}))
}

// finishPush says that the owner has said no, for as long as that stands.
func finishPush(t *turn, a *answer) {
	asAuthenticator(t, a)
	a.EnrollmentAuthenticator = nil // its set-up is shown once
	if p := promptOf(t.tx.attempt); p != nil && p.tried {
		a.Remediation.Value, a.CurrentAuthenticator = a.Remediation.Value[:1], nil // there is one thing to do
		return
	}
	if p := promptOf(t.tx.attempt); p != nil && p.answer == denied {
		a.say(say(cmp.Or(p.why, msgPushRejected)))
	}
	if at := t.tx.attempt; at.of.name == "okta_verify" && at.purpose == authenticate && (!at.started || at.method == "totp") {
		current := &a.CurrentAuthenticator.Value
		if current.Extra == nil {
			current.Extra = object{}
		}
		current.Extra["send"] = t.form("send", "challenge/send", sendApp)
	}
}

// sendApp tells the user where to get the app.
func sendApp(t *turn) *rejection {
	if !t.unreachable() {
		t.deliver(t.tx.user.Login, Mail{Subject: "Get Okta Verify", Link: t.phoneAddress()})
	}
	return nil
}

func checkPrompt(t *turn) *rejection {
	if p := promptOf(t.tx.attempt); p == nil || p.answer != approved {
		return notNow()
	}
	return nil
}

// postPush answers the newest question on a user's phone in the owner's
// place; with a number challenge, rightly.
func (s *Server) postPush(r *http.Request) (any, error) {
	var given struct {
		Approve *bool `json:"approve"`
	}
	if err := readStrict(r.Body, &given, pushShape); err != nil {
		return nil, err
	}
	if given.Approve == nil {
		return nil, fmt.Errorf("approve is missing; expected %s", pushShape)
	}
	login := r.PathValue("login")
	asked := s.prompts(login)
	if len(asked) == 0 {
		return nil, fmt.Errorf("nothing waits for an answer on the phone of %q", login)
	}
	switch p := asked[0]; {
	case !*given.Approve:
		p.settle(login, denied)
	default:
		p.settle(login, approved)
	}
	return given, nil
}

const pushShape = `{"approve":true|false}`
