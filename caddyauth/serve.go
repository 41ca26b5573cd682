package caddyauth

import (
	"context"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
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
	g.takeOver(r)
	v := g.newRequest(r)
	if path, ours := strings.CutPrefix(v.url.Path, g.Prefix); ours {
		if v.note(verdict{outcome: outcomeOwn, why: "the path is below the prefix " + g.Prefix}) {
			return nil
		}
		return g.serveOwn(w, r, v.asked(), path)
	}
	if g.SignOutPath != "" && v.url.Path == g.SignOutPath {
		if v.note(verdict{outcome: outcomeOwn, why: "the path is sign_out_path"}) {
			return nil
		}
		return g.claimedSignOut(w, v)
	}
	g.scrub(r)
	if before, decided := caddyhttp.GetVar(r.Context(), decidedVar).(*passport); decided {
		return g.goOn(g.guard(w, nil), r, next, before)
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
		return g.passAnonymous(w, v, next, verdict{outcome: outcomePublic})
	}
	optional := g.Optional.match(v)
	if optional && !g.cookies.session.Present(r) {
		return g.passAnonymous(w, v, next, verdict{outcome: outcomeOptional})
	}
	engine, err := g.getEngine(r.Context())
	if err != nil {
		return g.fault(w, r, err)
	}
	user, setCookie, err := g.admit(engine, v, optional)
	switch {
	case err != nil:
		return g.fault(w, r, err)
	case user == nil && optional:
		return g.passAnonymous(w, v, next, verdict{outcome: outcomeOptional})
	case user == nil:
		return g.turnAway(engine, w, v)
	}
	p := g.passport(engine, user)
	decision := g.decide(v, p.judgement)
	switch {
	case decision.Allowed:
		v.note(verdict{outcome: outcomeAllow, rule: decision.Rule, user: p})
		return g.pass(w, v, next, p, setCookie)
	case optional:
		return g.passAnonymous(w, v, next, verdict{outcome: outcomeOptional, rule: decision.Rule, user: p})
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

// pass lets the request of a user go on, with what tells the application who they
// are and nothing else of that kind. Where rules go by the request, it is the
// request that they judged.
func (g *Gate) pass(w http.ResponseWriter, v *request, next caddyhttp.Handler, p *passport, setCookie func(http.Header)) error {
	r := v.now
	if isStream(r) {
		var over func()
		r, over = g.watch(v, p)
		defer over()
	}
	if g.goByRequest() {
		g.overrides.Scrub(r.Header)
	}
	guarded := g.guard(w, setCookie)
	g.guardUser(guarded, r, p)
	p.present(r)
	return g.goOn(guarded, r, next, p)
}

// goOn hands a request to what stands behind the gate; a nil passport is nobody's.
func (g *Gate) goOn(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler, p *passport) error {
	caddyhttp.SetVar(r.Context(), decidedVar, p)
	g.stripCookies(r)
	p.introduce(r.Header)
	return next.ServeHTTP(w, r)
}

// passAnonymous lets a request go on that nobody need be signed in for, as
// nobody's. Headers that name another address than the one that was judged would
// make it that address to some applications.
func (g *Gate) passAnonymous(w http.ResponseWriter, v *request, next caddyhttp.Handler, found verdict) error {
	found.why = "nobody need be signed in here"
	v.note(found)
	g.overrides.Scrub(v.now.Header)
	guarded := g.guard(w, nil)
	guarded.signOutHeader = g.SignOutHeader
	return g.goOn(guarded, v.now, next, nil)
}

// ignore lets a request go on that this gate does not cover; another may.
func (g *Gate) ignore(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	guarded := g.guard(w, nil)
	guarded.cookies = g.cookies.list // the others may have to see to theirs
	g.handOn(r, guarded)
	g.overrides.Scrub(r.Header) // or it becomes a request that is covered
	session.Strip(r.Header, g.cookies.list...)
	return next.ServeHTTP(guarded, r)
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

// stripCookies keeps our cookies from the application, and those of the site's other
// gates: a session cookie in its log would be somebody's session. Browsers send the
// cookies of a host to all that is on it.
func (g *Gate) stripCookies(r *http.Request) {
	session.Strip(r.Header, g.siteCookies()...)
}

// whoIs returns the session that the request brings, or nil. Every candidate is
// tried, so that a cookie that another site of the domain planted cannot hide
// the real one.
func (g *Gate) whoIs(e *engine, r *http.Request) (*bearer, error) {
	host := g.sessionHost(r)
	for _, token := range g.cookies.session.Read(r) {
		s, err := e.store.Load(r.Context(), host, token)
		if err != nil {
			return nil, &storeError{err}
		}
		if s != nil {
			return &bearer{s, host, token}, nil
		}
	}
	return nil, nil
}

// hasClaims tells whether the session was made for as many claims as are used
// now. A claim that the user lacks is kept as null; one that was never asked
// for must not make a header silently missing.
func (g *Gate) hasClaims(s *session.Session) bool {
	for _, name := range g.claimsUsed() {
		if _, kept := s.Claims[name]; !kept || name == "groups" && !g.hasGroups(s) {
			return false
		}
	}
	access, id := g.headers.Tokens()
	return (!access || s.AccessToken != "") && (!id || s.IDToken != "")
}

// admit returns the user of the request, brought up to date, and what sets the
// new cookie.
func (g *Gate) admit(e *engine, v *request, optional bool) (*session.Session, func(http.Header), error) {
	r := v.now
	found, err := g.whoIs(e, r)
	if err != nil || found == nil {
		return nil, nil, err
	}
	user, setCookie := g.renew(e, v, *found, optional)
	if user == nil && r.Context().Err() != nil {
		// The client has gone: nothing was found out about its session.
		return nil, nil, r.Context().Err()
	}
	if user != nil {
		setCookie = g.arrived(r, setCookie)
	}
	return user, setCookie, nil
}

// renew brings a session up to date: what Okta says of the user when that is due,
// its time of last use when that is. It returns nil where the session has ended,
// and what sets the new cookie.
func (g *Gate) renew(e *engine, v *request, s bearer, optional bool) (*session.Session, func(http.Header)) {
	r := v.now
	current, saved := g.refreshed(e, r, s, optional)
	if current == nil {
		return nil, nil
	}
	if now := g.now(); g.limits.DueTouch(s.Session, now) && !g.IdleExclude.match(v) {
		current, saved = current.Clone(), false
		current.UsedAt = now
	}
	if saved {
		return current, nil
	}
	return current, g.save(e, r, s, current)
}

// save puts a session that has changed in the place of the one that was found, and
// gives what sets the new cookie; nil: none is needed.
func (g *Gate) save(e *engine, r *http.Request, found bearer, current *session.Session) func(http.Header) {
	token, err := e.store.Save(context.WithoutCancel(r.Context()), found.host, found.token, current)
	switch {
	case err != nil:
		g.logger.Error("renewing a session failed", append(g.who(r), "error", err, "user", display(current))...)
		return nil
	case token == found.token:
		return nil
	}
	return func(h http.Header) { g.cookies.session.Write(h, r, token, g.cookieAge(current)) }
}

// noticeKey tells the operator of a session that another key has sealed.
func (g *Gate) noticeKey(ours *seal.Keyring, theirs string) {
	g.metrics.unknownKey()
	if !g.kept.unknownKey.due(g.now()) {
		return
	}
	ids := []any{"our_key_ids", ours.IDs()}
	if theirs != "" { // where it is not, a replica that has the key logs it when it meets one of ours
		ids = append(ids, "key_id", theirs)
	}
	g.logger.Warn("a session was sealed with a key that is not among ours: do all replicas have the same key, and was the old one kept when it was changed?", ids...)
}
