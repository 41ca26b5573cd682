package oktasim

import (
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// The pages of a hosted sign-in draw whatever step the sign-in is at, as a
// client of the IDX conversation would. They run no script: what only a script
// can answer, such as a passkey, is not on them.

const signInPath = "/signin"

// hostedTurn finds the sign-in of a page; nil: it is over.
func (s *Server) hostedTurn(c *call) *turn {
	tx := s.live(s.states[c.form.Get("stateToken")])
	if tx == nil || !tx.hosted {
		return nil
	}
	return &turn{Server: s, call: c, tx: tx}
}

// signInAt shows where a sign-in is. Where it waits for another device, the
// page comes back by itself, and this asks whether that has answered.
func (s *Server) signInAt(c *call) reply {
	t := s.hostedTurn(c)
	if t == nil {
		return visitOver()
	}
	t.settle()
	if forms := t.pageForms(t.render()); len(forms) > 0 && forms[0].Refresh > 0 {
		return t.signInPage(t.post(forms[0]))
	}
	return t.signInPage(nil)
}

// signInWith takes a form of the page.
func (s *Server) signInWith(c *call) reply {
	// A page elsewhere must not answer for the user.
	if err := http.NewCrossOriginProtection().Check(c.request); err != nil {
		return page(http.StatusForbidden, "Refused", verifiedPage, "This request came from another site's page.")
	}
	t := s.hostedTurn(c)
	if t == nil {
		return visitOver()
	}
	forms := t.pageForms(t.render())
	i := slices.IndexFunc(forms, func(f pageForm) bool { return f.Key == c.form.Get("form") })
	if i < 0 {
		return t.signInPage(notNow()) // the page is of an earlier step
	}
	return t.signInPage(t.post(forms[i]))
}

// post sends a form of the page the way a client would: as JSON.
func (t *turn) post(f pageForm) *rejection {
	posted := *t.call
	posted.body = encode(f.body(t.call.form))
	asked := t.call
	t.call = &posted
	defer func() { t.call = asked }()
	if wrong := t.read(&t.given); wrong != nil {
		return wrong
	}
	return t.advance(f.path)
}

func (t *turn) signInPage(wrong *rejection) reply {
	if t.tx.code != "" {
		return t.leave()
	}
	status, a := t.outcome(wrong)
	t.call.localise(&a)
	forms := t.pageForms(a)
	data := map[string]any{
		"App": t.tx.client.Label, "User": t.tx.identifier, "StateToken": t.tx.stateHandle, "Forms": forms,
		"Messages": []message{}, "Shown": shown(a), "Leave": "", "Address": "",
	}
	if a.Messages != nil {
		data["Messages"] = a.Messages.Value
	}
	if t.tx.terminal != nil {
		data["Leave"] = t.hostedAddress(leavePath)
	}
	if len(forms) > 0 && forms[0].Refresh > 0 {
		data["Address"] = t.hostedAddress(signInPath)
	}
	out := page(status, "Sign in to "+t.tx.client.Label, signInPage, data)
	// The answer to the last form is a redirect to the application.
	out.header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' "+originOf(t.tx.request.redirectURI)+"; base-uri 'none'; frame-ancestors 'none'")
	return out
}

// A pageShows is what the user has to see to answer.
type pageShows struct {
	QRCode struct {
		Href template.URL `json:"href"` // a picture that the org made
	} `json:"qrcode"`
	SharedSecret     string `json:"sharedSecret"`
	CorrectAnswer    string `json:"correctAnswer"`
	EnrolledQuestion struct {
		Question string `json:"question"`
	} `json:"enrolledQuestion"`
}

func shown(a answer) pageShows {
	var out pageShows
	for _, current := range a.current() {
		if current.ContextualData != nil {
			_ = json.Unmarshal(encode(current.ContextualData), &out) // of another shape: nothing to see
		}
	}
	return out
}

// current are the authenticators that an answer is about.
func (a answer) current() []authenticatorIs {
	var out []authenticatorIs
	for _, of := range []*single[authenticatorIs]{a.CurrentAuthenticatorEnrollment, a.CurrentAuthenticator} {
		if of != nil {
			out = append(out, of.Value)
		}
	}
	return out
}

// pageHeadings are those of forms that have a page to themselves.
var pageHeadings = map[string]string{
	"identify":                            "Sign in",
	"identify-recovery":                   "Reset your password",
	"enroll-profile":                      "Sign up",
	"reenroll-authenticator":              "Your password has expired",
	"reset-authenticator":                 "Choose a new password",
	"challenge-poll":                      "Answer on your phone",
	"enroll-poll":                         "Set it up on your phone",
	"device-challenge-poll":               "Looking for Okta Verify",
	"challenge-authenticator":             "Verify that it is you",
	"enroll-authenticator":                "Set up",
	"select-authenticator-authenticate":   "Verify with",
	"select-authenticator-enroll":         "Set up",
	"select-authenticator-unlock-account": "Unlock your account",
}

// pageButtons are the words on the buttons of forms that ask for nothing.
var pageButtons = map[string]string{
	"select-enroll-profile": "Sign up",
	"select-identify":       "Sign in instead",
	"unlock-account":        "Unlock account",
	"skip":                  "Set up later",
	"launch-authenticator":  "Sign in with Okta FastPass",
	"cancel":                "Start again",
	"cancel-polling":        "Go on without it",
	"recover":               "Forgot password?",
	"resend":                "Send again",
	"poll":                  "I have confirmed it",
	"challenge-poll":        "Check now",
	"enroll-poll":           "Check now",
	"device-challenge-poll": "Check now",
	"identify":              "Sign in",
	"identify-recovery":     "Next",
}

// titleOf is the name of a field that has no label, for people: "Method type".
func titleOf(name string) string {
	var out strings.Builder
	for i, r := range name {
		switch {
		case i == 0:
			r = unicode.ToUpper(r)
		case unicode.IsUpper(r):
			out.WriteByte(' ')
			r = unicode.ToLower(r)
		}
		out.WriteRune(r)
	}
	return out.String()
}
