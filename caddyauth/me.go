package caddyauth

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// profile is what a user may know of their own session.
type profile struct {
	User    string    `json:"user"`
	Subject string    `json:"sub"`
	Email   string    `json:"email,omitempty"`
	Name    string    `json:"name,omitempty"`
	Groups  []string  `json:"groups,omitempty"`
	Since   time.Time `json:"signed_in_at"`
	Ends    time.Time `json:"ends_at"`
	// Session names it in the log and for an administrator.
	Session string `json:"session"`
	SignOut string `json:"sign_out"`
}

// me tells who is signed in and until when: as JSON, or as a page with the ways out.
func (g *Gate) me(e *engine, w http.ResponseWriter, r, asked *http.Request) error {
	found, err := g.whoIs(e, r)
	if err != nil {
		return g.fault(w, r, err)
	}
	var user *session.Session
	if found != nil { // and still good: nobody is told of a session that is over
		var saved bool
		if user, saved = g.refreshed(e, r, *found, false); user != nil && !saved {
			if setCookie := g.save(e, r, *found, user); setCookie != nil {
				setCookie(w.Header())
			}
		}
	}
	switch {
	case user == nil && isNavigation(r):
		return g.signIn(e, w, r, asked)
	case user == nil:
		return g.refuse(w, r)
	}
	me := g.profile(e, user)
	if isNavigation(r) {
		return g.mePage(e, w, r, user, me)
	}
	signin.SecurityHeaders(w.Header(), "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	return json.NewEncoder(w).Encode(me)
}

func (g *Gate) profile(e *engine, s *session.Session) profile {
	me := profile{
		User: display(s), Subject: s.Subject, Email: s.Email, Since: s.CreatedAt, Ends: g.limits.Ends(s),
		Session: session.Handle(e.keyring, s.ID), SignOut: g.site.origin + g.Prefix + "signout",
	}
	me.Name, _ = s.Claims["name"].(string)
	switch groups := s.Claims["groups"].(type) {
	case string:
		me.Groups = []string{groups}
	case []any:
		for _, group := range groups {
			if name, ok := group.(string); ok && name != "" {
				me.Groups = append(me.Groups, name)
			}
		}
	}
	slices.Sort(me.Groups)
	return me
}

func (g *Gate) mePage(e *engine, w http.ResponseWriter, r *http.Request, s *session.Session, me profile) error {
	words := g.renderer.Words().For(r.Header.Get("Accept-Language"))
	facts := signin.Part{Kind: "facts"}
	add := func(term, text string) {
		if text != "" {
			facts.Items = append(facts.Items, signin.Item{Term: words.Say(term), Text: text})
		}
	}
	add("Name", me.Name)
	add("E-mail", me.Email)
	add("Signed in at", me.Since.Format(time.RFC1123))
	add("Until, at the latest", me.Ends.Format(time.RFC1123))
	add("Groups", strings.Join(me.Groups, ", ")) // there can be hundreds
	token := signin.Hidden{Name: "/token", Value: g.signOutToken(e, s)}
	return g.page(w, r, &signin.Page{
		Template: "message", Status: http.StatusOK, Title: "You are signed in", User: me.User,
		Parts: []signin.Part{facts},
		Form: &signin.Form{Action: g.Prefix + "signout", Label: "Sign out", Style: "primary",
			Hidden: []signin.Hidden{token, {Name: signin.ReturnInput, Value: g.Prefix + "signout"}}},
		Others: []signin.Form{{Action: g.Prefix + "signout", Label: "Use another account", Style: "secondary",
			Hidden: []signin.Hidden{token, {Name: signin.ReturnInput, Value: g.Prefix + "signin"}}}},
		Links: []signin.Link{{URL: "/", Label: "Go on"}},
	})
}
