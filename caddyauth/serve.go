package caddyauth

import (
	"context"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// decidedVar marks a request that a gate before this one has let through, with
// the passport of its user: the first gate of a site that covers a
// request decides. It is set when the decision has been made and not before: a
// fault on the way must not pass for one in handle_errors.
const decidedVar = "okta_auth.decided"

// ServeHTTP decides what happens to a request; see the package's documentation
// for the story.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	v := g.newRequest(r)
	if path, ours := strings.CutPrefix(v.url.Path, g.Prefix); ours {
		if v.note(verdict{outcome: outcomeOwn, why: "the path is below the prefix " + g.Prefix}) {
			return nil
		}
		return g.serveOwn(w, r, v.asked(), path)
	}
	g.scrub(r)
	if before, decided := caddyhttp.GetVar(r.Context(), decidedVar).(*passport); decided {
		return g.pass(w, r, next, before, nil)
	}
	if !g.covers(v) {
		v.note(verdict{outcome: outcomePass, why: "the matcher of okta_auth does not match"})
		return g.ignore(w, r, next)
	}
	if why := g.ambiguous(v); why != "" {
		v.note(verdict{outcome: outcomeBad, why: why})
		return g.refuseAddress(w, v, why)
	}
	if g.Public.match(v) {
		return g.passAnonymous(w, v, next, outcomePublic)
	}
	optional := g.Optional.match(v)
	if optional && !g.cookies.session.Present(r) {
		return g.passAnonymous(w, v, next, outcomeOptional)
	}
	engine, err := g.getEngine(r.Context())
	if err != nil {
		return g.fault(r, err)
	}
	user, setCookie, err := g.admit(engine, r, optional)
	switch {
	case err != nil:
		return g.fault(r, err)
	case user == nil && optional:
		return g.passAnonymous(w, v, next, outcomeOptional)
	case user == nil:
		return g.turnAway(engine, w, v)
	}
	p := g.passport(user)
	decision := g.decide(v, p.judgement)
	switch {
	case decision.Allowed:
		v.note(verdict{outcome: outcomeAllow, rule: decision.Rule, user: p})
		return g.pass(w, r, next, p, setCookie)
	case optional:
		return g.passAnonymous(w, v, next, outcomeOptional)
	}
	v.note(verdict{outcome: outcomeDeny, rule: decision.Rule, user: p})
	return g.deny(engine, w, v, p, decision, setCookie)
}

// turnAway answers a request that nobody is signed in for.
func (g *Gate) turnAway(e *engine, w http.ResponseWriter, v *request) error {
	r := v.now
	if g.API.match(v) || !isNavigation(r) && !isFrame(r) {
		v.note(verdict{outcome: outcomeRefuse, why: "nobody is signed in, and it is not a person's browser that goes to a page"})
		return g.refuse(w, r)
	}
	if v.note(verdict{outcome: outcomeSignIn, why: "nobody is signed in"}) {
		return nil
	}
	if isFrame(r) {
		return g.frame(w, r, v.asked())
	}
	return g.signIn(e, w, r, v.asked())
}

// pass lets the request go on, with what tells the application who the user is
// and nothing else of that kind; a nil passport is nobody's.
func (g *Gate) pass(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler, p *passport, setCookie func(http.Header)) error {
	caddyhttp.SetVar(r.Context(), decidedVar, p)
	g.stripCookies(r)
	if p != nil {
		p.introduce(r.Header)
		p.present(r)
	}
	return next.ServeHTTP(g.guard(w, setCookie), r)
}

// passAnonymous lets a request go on that nobody need be signed in for, as
// nobody's. Headers that name another address than the one that was judged would
// make it that address to some applications.
func (g *Gate) passAnonymous(w http.ResponseWriter, v *request, next caddyhttp.Handler, kind string) error {
	v.note(verdict{outcome: kind, why: "nobody need be signed in here"})
	g.overrides.Scrub(v.now.Header)
	return g.pass(w, v.now, next, nil, nil)
}

// ignore lets a request go on that this gate does not cover; another may.
func (g *Gate) ignore(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	g.stripCookies(r)
	return next.ServeHTTP(g.guard(w, nil), r)
}

// scrub takes out of the request what only we may say: identity headers, under
// every spelling that an application may read as one. The application's proof
// that a request came through here goes with every one that does.
func (g *Gate) scrub(r *http.Request) {
	g.scrubber.Scrub(r.Header)
	scrubTrailer(r, g.scrubber)
	if g.cookieScrubber != nil {
		g.cookieScrubber.Scrub(r.Header)
	}
	if g.ProxySecret != nil {
		r.Header[g.ProxySecret.Name] = []string{g.ProxySecret.Value}
	}
}

// stripCookies keeps our cookies from the application: a session cookie in its
// log would be somebody's session.
func (g *Gate) stripCookies(r *http.Request) {
	session.Strip(r.Header, g.cookies.list...)
}

// whoIs returns the session that the request brings and its token, or nil. Every candidate is
// tried, so that a cookie that another site of the domain planted cannot hide
// the real one.
func (g *Gate) whoIs(e *engine, r *http.Request) (user *session.Session, token string, err error) {
	for _, token := range g.cookies.session.Read(r) {
		s, err := e.store.Load(r.Context(), g.site.host(r), token)
		if err != nil {
			return nil, "", err
		}
		if s != nil {
			return s, token, nil
		}
	}
	return nil, "", nil
}

// hasClaims tells whether the session was made for as many claims as are used
// now. A claim that the user lacks is kept as null; one that was never asked
// for must not make a header silently missing.
func (g *Gate) hasClaims(s *session.Session) bool {
	for _, name := range g.claimsKept() {
		if _, kept := s.Claims[name]; !kept {
			return false
		}
	}
	access, id := g.headers.Tokens()
	return (!access || s.AccessToken != "") && (!id || s.IDToken != "")
}

// admit returns the user of the request, brought up to date, and what sets the
// new cookie.
func (g *Gate) admit(e *engine, r *http.Request, public bool) (*session.Session, func(http.Header), error) {
	found, token, err := g.whoIs(e, r)
	if err != nil || found == nil {
		return nil, nil, err
	}
	user, setCookie := g.renew(e, r, found, token, public)
	if user == nil && r.Context().Err() != nil {
		// The client has gone: nothing was found out about its session.
		return nil, nil, r.Context().Err()
	}
	if user != nil {
		setCookie = g.arrived(r, setCookie)
	}
	return user, setCookie, nil
}

// renew brings a session up to date: its tokens when they are about to expire,
// its time of last use when that is due. It returns nil where the session has
// ended, and what sets the new cookie.
func (g *Gate) renew(e *engine, r *http.Request, s *session.Session, token string, public bool) (*session.Session, func(http.Header)) {
	current := g.refreshed(e, r, s, public)
	if current == nil {
		return nil, nil
	}
	if now := g.now(); g.limits.DueTouch(s, now) {
		current = current.Clone()
		current.UsedAt = now
	}
	if current == s {
		return s, nil
	}
	token, err := e.store.Save(context.WithoutCancel(r.Context()), g.site.host(r), token, current)
	if err != nil {
		g.logger.Error("renewing a session failed", append(g.who(r), "error", err, "user", display(s))...)
		return current, nil
	}
	return current, func(h http.Header) { g.cookies.session.Write(h, r, token, 0) }
}
