package caddyauth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// signOutPage asks for confirmation: a GET changes nothing, so a link or an
// image on another site signs nobody out.
func (g *Gate) signOutPage(e *engine, w http.ResponseWriter, r, asked *http.Request) error {
	user, err := g.whoIs(e, r)
	if err != nil {
		return g.fault(w, r, err)
	}
	page := &signin.Page{Template: "message", Status: http.StatusOK,
		Title: "You are signed out", Links: []signin.Link{{URL: "/", Label: "Sign in again"}}}
	if user != nil {
		page = &signin.Page{Template: "signout", Status: http.StatusOK,
			Title: "Sign out?", User: display(user.Session),
			Form: &signin.Form{
				Action: g.Prefix + "signout", Label: "Sign out", Style: "primary",
				Hidden: []signin.Hidden{
					{Name: "/token", Value: g.signOutToken(e, user.Session)},
					{Name: signin.ReturnInput, Value: g.afterSignOut(asked.URL.Query().Get("return_to"))},
				},
			},
			Links: []signin.Link{{URL: "/", Label: "Stay signed in"}}}
	}
	return g.page(w, r, page)
}

// signOut takes the post of that page. Okta being down keeps nobody signed in.
func (g *Gate) signOut(e *engine, w http.ResponseWriter, r, asked *http.Request) error {
	form, refused := g.readPost(w, r, asked)
	if refused != nil {
		return g.page(w, r, refused)
	}
	user, err := g.whoIs(e, r)
	if err != nil {
		return g.fault(w, r, err)
	}
	target := g.afterSignOut(form.Get(signin.ReturnInput))
	if user == nil {
		return redirect(w, target)
	}
	if subtle.ConstantTimeCompare([]byte(form.Get("/token")), []byte(g.signOutToken(e, user.Session))) != 1 {
		return redirect(w, g.Prefix+"signout") // a page of an earlier session: ask again
	}
	return g.leaveSession(e, w, r, user.Session, target)
}

// claimedSignOut serves the path of the application's own that signs out. A link or
// a form of this site signs out at once; whoever comes from elsewhere is asked.
func (g *Gate) claimedSignOut(w http.ResponseWriter, v *request) error {
	r := v.now
	if v.note(verdict{outcome: outcomeOwn, why: "the path is sign_out_path"}) {
		return nil
	}
	e, err := g.getEngine(r.Context())
	if err != nil {
		return g.fault(w, r, err)
	}
	user, err := g.whoIs(e, r)
	switch {
	case err != nil:
		return g.fault(w, r, err)
	case user != nil && g.meant(r):
		return g.leaveSession(e, w, r, user.Session, g.Prefix+"signout")
	}
	return redirect(w, g.Prefix+"signout")
}

// meant tells whether this site's own page, or the user at the address bar, asked
// for what the request asks for. A browser that says nothing of where a request
// comes from leaves it open.
func (g *Gate) meant(r *http.Request) bool {
	from := r.Header.Get("Sec-Fetch-Site")
	switch r.Method {
	case http.MethodGet:
		return isNavigation(r) && (from == "same-origin" || from == "none")
	case http.MethodPost:
		return g.site.checkOrigin(r) == nil && (from == "same-origin" || r.Header.Get("Origin") != "")
	}
	return false
}

// leaveSession ends the session and goes on, over Okta where that has a session of
// the browser's too.
func (g *Gate) leaveSession(e *engine, w http.ResponseWriter, r *http.Request, s *session.Session, target string) error {
	if err := g.endSession(e, w, r, s); err != nil {
		return g.fault(w, r, err)
	}
	g.cookies.signIn.Clear(w.Header(), r)
	g.cookies.tries.Clear(w.Header(), r)
	if g.OktaSignOut && s.AtOkta && s.IDToken != "" {
		back := g.site.origin + g.Prefix + "signout"
		ctx, cancel := context.WithTimeout(r.Context(), revokePatience)
		address, err := g.org.SignOutAddress(ctx, s.IDToken, back)
		cancel()
		if err == nil {
			caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true) // the address has the ID token in it
			return redirect(w, address)
		}
		g.logger.Warn("the session is over here, but the one at Okta could not be ended", append(g.who(r), "error", err)...)
	}
	return redirect(w, target)
}

// endSession ends the session of user, whose request this is: here, in every other
// process, and at Okta as far as tokens go.
func (g *Gate) endSession(e *engine, w http.ResponseWriter, r *http.Request, user *session.Session) error {
	var failed error
	for _, token := range g.cookies.session.Read(r) {
		if err := e.store.Delete(r.Context(), g.sessionHost(r), token); err != nil {
			failed = &storeError{err}
		}
	}
	// The mark ends it wherever the store does not answer, or keeps nothing.
	g.revokeMark(r.Context(), session.MarkSession(e.keyring, user, g.limits))
	g.cookies.session.Clear(w.Header(), r)
	if len(g.ClearSiteData) > 0 {
		w.Header().Set("Clear-Site-Data", `"`+strings.Join(g.ClearSiteData, `", "`)+`"`)
	}
	g.revocations.told.first(user.ID) // a copy of the cookie has no other token
	g.revoke(r.UserAgent(), g.latest(user))
	g.logSignOut(r, user)
	if failed != nil {
		g.logger.Warn("the session is over, but its record could not be removed", append(g.who(r), "error", failed)...)
	}
	return nil
}

const (
	// revokeLimit is how long Okta may take to revoke a token.
	revokeLimit = 10 * time.Second
	// revokePatience is how long the user waits for it: their session is over here
	// already.
	revokePatience = time.Second
)

// revoke ends the refresh token of a session at Okta. The session is over either
// way; an Okta that is slow is not waited for.
func (g *Gate) revoke(userAgent string, s *session.Session) {
	if s.RefreshToken == "" {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(context.Background(), revokeLimit)
		defer cancel()
		if err := g.org.Revoke(ctx, okta.Device{UserAgent: userAgent}, s.RefreshToken); err != nil {
			g.logger.Warn("the session is over, but its refresh token could not be revoked at Okta", "error", err, "user", display(s))
		}
	}()
	timer := time.NewTimer(revokePatience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

func (g *Gate) signOutToken(e *engine, s *session.Session) string {
	return e.keyring.Hash("sign-out", s.ID)
}

// afterSignOut is where to go then: an address of this origin, one that the config
// names, or our own page that says so.
func (g *Gate) afterSignOut(s string) string {
	if to, ok := signin.SafeReturn(s); ok {
		return to
	}
	if u, err := url.Parse(s); err == nil {
		for _, allowed := range g.SignOutReturn {
			if s == allowed || !hasPath(allowed) && u.User == nil && okta.Origin(u) == allowed && s == u.String() {
				return s
			}
		}
	}
	return g.Prefix + "signout"
}

// prepareSignOut checks what has to do with it.
func (g *Gate) prepareSignOut(caddy.Context) error {
	for _, address := range g.SignOutReturn {
		if err := checkSignOutReturn(address); err != nil {
			return err
		}
	}
	for _, what := range g.ClearSiteData {
		if err := checkClearSiteData(what); err != nil {
			return err
		}
	}
	if p := g.SignOutPath; p != "" {
		if err := checkSignOutPath(p); err != nil {
			return err
		}
		if strings.HasPrefix(p, g.Prefix) {
			return fmt.Errorf("sign_out_path %q is one of our own, below the prefix %s: write the application's, like /logout", p, g.Prefix)
		}
	}
	if h := g.SignOutHeader; h != "" {
		if err := checkSignOutHeader(h); err != nil {
			return err
		}
	}
	if g.OktaSignOut && g.site.origin == "" {
		return errors.New("okta_sign_out needs to know where browsers come back to: add public_url https://app.example.com")
	}
	if g.Revocation != "" && g.Revocation != revocationShared && g.Revocation != revocationProcess {
		return fmt.Errorf("revocation %q: there are shared and process", g.Revocation)
	}
	return nil
}

func checkSignOutReturn(address string) error {
	u, err := url.Parse(address)
	if err == nil && u.Scheme == "http" && u.Host != "" && !okta.IsLoopback(u.Hostname()) {
		return fmt.Errorf("sign_out_return %q is plain http: use https (http is accepted on loopback only)", address)
	}
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, "*{}") || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Fragment != "" ||
		!hasPath(address) && okta.Origin(u) != address || u.String() != address {
		return fmt.Errorf("sign_out_return %q is not an address: write an origin, https://www.example.com, or one with its path", address)
	}
	return nil
}

func checkClearSiteData(what string) error {
	if !slices.Contains([]string{"cache", "cookies", "storage"}, what) {
		return fmt.Errorf("clear_site_data %q: there are cache, cookies and storage", what)
	}
	return nil
}

// checkSignOutPath refuses the root too, which is where people come in.
func checkSignOutPath(path string) error {
	if pattern, err := policy.ParsePublic(path); err != nil || strings.HasSuffix(pattern.String(), "*") || path == "/" {
		return fmt.Errorf("sign_out_path %q is not a path that an application signs out at: write it like /logout", path)
	}
	return nil
}

func checkSignOutHeader(name string) error {
	if strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return fmt.Errorf("sign_out_header %q is not a header's name: write it like X-Signed-Out", name)
	}
	return nil
}

// hasPath tells an address with a path from an origin.
func hasPath(address string) bool {
	_, rest, _ := strings.Cut(address, "://")
	return strings.Contains(rest, "/")
}

// cookieAge is how long the browser keeps the session's cookie: until it is closed,
// unless the user asked for more and gets it.
func (g *Gate) cookieAge(s *session.Session) time.Duration {
	if g.limits.Remember == 0 || !s.Remember {
		return 0
	}
	return max(time.Second, g.limits.Ends(s).Sub(g.now()))
}

// display is the name that a person would know the user by.
func display(s *session.Session) string {
	if s.Login != "" {
		return s.Login
	}
	return s.Subject
}
