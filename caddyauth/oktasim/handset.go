package oktasim

import (
	"net/http"
	"slices"
	"time"
)

// A Ring is what a user's phone received.
type Ring struct {
	Kind   string `json:"kind"` // "sms", "voice" or "push"
	Code   string `json:"code,omitempty"`
	Number string `json:"number,omitempty"` // that a push shows, or to which a message went

	at time.Time
}

// keptRings bounds what is kept for one user.
const keptRings = 50

// ring sends something to a user's phone.
func (s *Server) ring(login string, r Ring) {
	key := loginKey(login)
	r.at = s.Now()
	received := append([]Ring{r}, s.rings[key]...)
	s.rings[key] = received[:min(len(received), keptRings)]
}

// phone returns what a user's phone received, newest first, never nil.
func (s *Server) phone(login string) []Ring { return append([]Ring{}, s.rings[loginKey(login)]...) }

const handsetPage = "handset.html"

// addHandset adds the page of each user's phone: what it received, what waits
// for an answer on it, and the codes that its apps and tokens show.
func addHandset(s *Server, mux *http.ServeMux) {
	mux.Handle("GET /phone", s.forPeople(s.showHandset))
	mux.Handle("GET /phone/{login}", s.forPeople(s.showHandset))
	mux.Handle("POST /phone/{login}", s.endpoint("", s.answerHandset))
}

// A handset is one user's phone, as its page shows it.
type handset struct {
	User    User
	Prompts []*prompt
	Rings   []Ring
	Shown   []shownCode
}

// A shownCode is a code that an app or a token displays.
type shownCode struct{ Label, Code string }

// showHandset shows one user's phone, or everybody's.
func (s *Server) showHandset(c *call) reply {
	login := c.request.PathValue("login")
	var all []handset
	for _, u := range s.users() {
		if login == "" || loginKey(login) == loginKey(u.Login) {
			all = append(all, handset{u, s.prompts(u.Login), s.phone(u.Login), s.shownCodes(&u)})
		}
	}
	status := http.StatusOK
	if len(all) == 0 {
		status = http.StatusNotFound
	}
	return page(status, "Phone", handsetPage, all)
}

// answerHandset takes what was tapped, and shows the phone again.
func (s *Server) answerHandset(c *call) reply {
	// A page elsewhere must not tap for the user.
	if err := http.NewCrossOriginProtection().Check(c.request); err != nil {
		return page(http.StatusForbidden, "Refused", verifiedPage, "This request came from another site's page.")
	}
	waiting := s.prompts(c.request.PathValue("login"))
	i := slices.IndexFunc(waiting, func(p *prompt) bool { return p.ID == c.form.Get("prompt") })
	if i >= 0 {
		waiting[i].tap(c.request.PathValue("login"), c.form.Get("answer"))
	}
	return s.showHandset(c)
}

// shownCodes are the codes of what the user has set up, where there are any.
func (s *Server) shownCodes(u *User) []shownCode {
	var out []shownCode
	show := func(a *authenticator, e *Enrollment) {
		if a.display != nil {
			if code := a.display(s, e); code != "" {
				out = append(out, shownCode{a.label, code})
			}
		}
	}
	for _, a := range s.authenticators {
		for _, e := range a.owns(u) {
			show(a, e)
		}
	}
	for _, tx := range s.transactions { // and of what is being set up
		if at := tx.attempt; at != nil && at.purpose == enroll && at.started && loginKey(tx.user.Login) == loginKey(u.Login) {
			show(at.of, at.enrollment)
		}
	}
	return out
}
