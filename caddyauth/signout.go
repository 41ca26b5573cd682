package caddyauth

import (
	"context"
	"crypto/subtle"
	"net/http"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// signOutPage asks for confirmation: a GET changes nothing, so a link or an
// image on another site signs nobody out.
func (g *Gate) signOutPage(e *engine, w http.ResponseWriter, r, asked *http.Request) error {
	user, _, err := g.whoIs(e, r)
	if err != nil {
		return g.fault(r, err)
	}
	page := &signin.Page{Template: "message", Status: http.StatusOK,
		Title: "You are signed out", Links: []signin.Link{{URL: "/", Label: "Sign in again"}}}
	if user != nil {
		page = &signin.Page{Template: "signout", Status: http.StatusOK,
			Title: "Sign out?", User: display(user),
			Form: &signin.Form{
				Action: g.Prefix + "signout", Label: "Sign out", Style: "primary",
				Hidden: []signin.Hidden{
					{Name: "/token", Value: g.signOutToken(e, user)},
					{Name: signin.ReturnInput, Value: g.afterSignOut(asked.URL.Query().Get("return_to"))},
				},
			},
			Links: []signin.Link{{URL: "/", Label: "Stay signed in"}}}
	}
	return g.page(w, r, page)
}

// signOut ends the session here, then the refresh token at Okta. Okta being
// down keeps nobody signed in.
func (g *Gate) signOut(e *engine, w http.ResponseWriter, r, asked *http.Request) error {
	form, refused := g.readPost(w, r, asked)
	if refused != nil {
		return g.page(w, r, refused)
	}
	user, _, err := g.whoIs(e, r)
	if err != nil {
		return g.fault(r, err)
	}
	target := g.afterSignOut(form.Get(signin.ReturnInput))
	if user == nil {
		return redirect(w, target)
	}
	if subtle.ConstantTimeCompare([]byte(form.Get("/token")), []byte(g.signOutToken(e, user))) != 1 {
		return redirect(w, g.Prefix+"signout") // a page of an earlier session: ask again
	}
	if err := g.endSession(e, w, r, user); err != nil {
		return g.fault(r, err)
	}
	g.cookies.signIn.Clear(w.Header(), r)
	g.cookies.tries.Clear(w.Header(), r)
	return redirect(w, target)
}

// endSession ends the session of user, whose request this is.
func (g *Gate) endSession(e *engine, w http.ResponseWriter, r *http.Request, user *session.Session) error {
	for _, token := range g.cookies.session.Read(r) {
		if err := e.store.Delete(r.Context(), g.site.host(r), token); err != nil {
			return err
		}
	}
	g.cookies.session.Clear(w.Header(), r)
	g.revoke(r, g.latest(user))
	g.logSignOut(r, user)
	return nil
}

// revoke ends the refresh token at Okta; the session is over either way.
func (g *Gate) revoke(r *http.Request, s *session.Session) {
	if s.RefreshToken == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 5*time.Second)
	defer cancel()
	if err := g.org.Revoke(ctx, okta.Device{UserAgent: r.UserAgent()}, s.RefreshToken); err != nil {
		g.logger.Warn("the session is over, but its refresh token could not be revoked at Okta", "error", err, "user", display(s))
	}
}

func (g *Gate) signOutToken(e *engine, s *session.Session) string {
	return e.keyring.Hash("sign-out", s.ID)
}

// afterSignOut is where to go then: an address of this origin, or our own page
// that says so.
func (g *Gate) afterSignOut(s string) string {
	if to, ok := signin.SafeReturn(s); ok {
		return to
	}
	return g.Prefix + "signout"
}

// display is the name that a person would know the user by.
func display(s *session.Session) string {
	if s.Login != "" {
		return s.Login
	}
	return s.Subject
}
