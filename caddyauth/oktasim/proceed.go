package oktasim

import (
	"encoding/json"
	"slices"
)

// idxPaths are the paths below /idp/idx/ that are counted and can be made to
// fail.
var idxPaths = []string{
	"introspect", "identify", "identify/select", "challenge", "challenge/answer", "challenge/resend", "challenge/poll", "challenge/send",
	"credential/enroll", "enroll", "enroll/new", "enroll/update", "authenticators/poll", "authenticators/poll/cancel",
	"authenticators/okta-verify/launch", "authenticators/webauthn/launch", "authenticators/webauthn/enrollresidentkey",
	"authenticators/nfc/launch", "authenticators/sso_extension", "challenge/answer/webauthn-autofillui", "skip", "recover", "unlock-account", "poll",
	"consent", "device/activate", "keep-me-signed-in", "request-activation", "cancel",
}

// A posted is what the client sends to go on. Which parts are there depends on
// the form.
type posted struct {
	StateHandle    string          `json:"stateHandle"`
	Identifier     string          `json:"identifier"`
	Credentials    json.RawMessage `json:"credentials"`
	RememberMe     bool            `json:"rememberMe"`
	Authenticator  selection       `json:"authenticator"`
	UserProfile    object          `json:"userProfile"`
	Consent        *bool           `json:"consent"`
	OptedScopes    map[string]bool `json:"optedScopes"`
	KeepMeSignedIn *bool           `json:"keepMeSignedIn"`
}

// A selection is the authenticator that was chosen from a list, with what its
// option asked for.
type selection struct {
	ID            string `json:"id"`
	MethodType    string `json:"methodType"`
	EnrollmentID  string `json:"enrollmentId"`
	PhoneNumber   string `json:"phoneNumber"`
	Channel       string `json:"channel"`
	AutoChallenge *bool  `json:"autoChallenge"`
}

// proceed takes a form of the IDX conversation: it finds the transaction of
// the form's state handle, and does what the current step offers under this
// path. What is not offered is refused.
func (s *Server) proceed(c *call) reply {
	t := &turn{Server: s, call: c}
	if err := json.Unmarshal(c.body, &t.given); err != nil {
		return c.ion(malformed().status, answer{Messages: listOf(say(msgMalformed))})
	}
	t.tx = s.live(s.states[t.given.StateHandle])
	if t.tx == nil {
		return sessionExpired(c)
	}
	return t.show(t.advance(c.request.PathValue("path")))
}

// advance does what the current step offers under a path, and goes on to the
// next one.
func (t *turn) advance(path string) *rejection {
	t.seeCookie(t.tx, t.call.request)
	t.render()
	t.tx.notices = nil
	do := t.offers[path]
	switch {
	case do != nil:
	case t.tx.terminal != nil, slices.Contains(pollPaths, path):
		// Somebody else went on, or ended it, while this tab waited.
		do = again
	default:
		return notNow()
	}
	wrong := do(t)
	t.settle()
	if t.tx.policy.RotateHandles && wrong == nil {
		t.rotateHandle(t.tx)
	}
	return wrong
}

// pollPaths are asked where things stand, so any step answers them.
var pollPaths = []string{"poll", "challenge/poll", "authenticators/poll"}

// read decodes the whole posted body into a shape of the handler's own.
func (t *turn) read(into any) *rejection {
	if err := json.Unmarshal(t.call.body, into); err != nil {
		return malformed()
	}
	return nil
}

// again is the handler of a form that only asks where things stand.
func again(*turn) *rejection { return nil }

// cancel begins again at the first step, with a new state handle.
func cancel(t *turn) *rejection {
	t.restart(t.tx)
	return nil
}
