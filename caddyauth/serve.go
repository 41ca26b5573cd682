package caddyauth

import (
	"context"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// decidedVar marks a request that a gate before this one has let through: the
// first gate of a site that covers a request decides, and its identity headers
// must not be taken for the client's.
const decidedVar = "okta_auth.decided"

// ServeHTTP decides what happens to a request; see the package's documentation
// for the story.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	asked := originalRequest(r)
	if path, ours := strings.CutPrefix(asked.URL.Path, g.Prefix); ours {
		return g.serveOwn(w, r, asked, path)
	}
	if caddyhttp.GetVar(r.Context(), decidedVar) != nil {
		return next.ServeHTTP(w, r)
	}
	g.scrub(r)
	if !g.covers(r, asked) {
		g.stripCookies(r)
		return next.ServeHTTP(g.guard(w, nil), r)
	}
	caddyhttp.SetVar(r.Context(), decidedVar, true)

	engine, err := g.getEngine(r.Context())
	if err != nil {
		return g.fault(r, err)
	}
	found, token, err := g.whoIs(engine, r)
	if err != nil {
		return g.fault(r, err)
	}
	user, setCookie := g.renew(engine, r, found, token)
	switch {
	case user != nil:
		g.introduce(r, user)
		g.stripCookies(r)
		return next.ServeHTTP(g.guard(w, setCookie), r)
	case g.isPublic(r, asked):
		g.stripCookies(r)
		return next.ServeHTTP(g.guard(w, nil), r)
	case isFrame(r):
		return g.frame(w, r, asked)
	case isNavigation(r):
		return g.signIn(engine, w, r, asked)
	default:
		return g.refuse(w, r)
	}
}

// scrub takes out of the request what only we may say: identity headers, under
// every spelling that an application may read as one.
func (g *Gate) scrub(r *http.Request) {
	g.scrubber.Scrub(r.Header)
	scrubTrailer(r, g.scrubber)
}

// stripCookies keeps our cookies from the application: a session cookie in its
// log would be somebody's session.
func (g *Gate) stripCookies(r *http.Request) {
	session.Strip(r.Header, g.cookies.all()...)
}

// originalRequest is the request as the client sent it, before any rewrite.
func originalRequest(r *http.Request) *http.Request {
	if asked, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok {
		return asked.WithContext(r.Context())
	}
	return r
}

// covers tells whether the gate's matcher matches the request, as the client
// sent it or as it is now: a rewrite must not open a protected path. A matcher
// that cannot decide protects.
func (g *Gate) covers(r, asked *http.Request) bool {
	if len(g.matchers) == 0 {
		return true
	}
	for _, view := range []*http.Request{r, asked} {
		if match, err := g.matchers.AnyMatchWithError(view); match || err != nil {
			return true
		}
	}
	return false
}

// isPublic tells whether the request needs no session. Both the address that
// was asked for and the one that goes on must be public.
func (g *Gate) isPublic(r, asked *http.Request) bool {
	return g.public.Match(asked.URL) && g.public.Match(r.URL) || g.matchesPublic(asked) && g.matchesPublic(r)
}

// matchesPublic asks the matchers of public. Applications read an odd path in
// ways of their own, so that only a plain one can be public.
func (g *Gate) matchesPublic(r *http.Request) bool {
	if len(g.publics) == 0 || !policy.Plain(r.URL) {
		return false
	}
	match, err := g.publics.AnyMatchWithError(r)
	return match && err == nil
}

// whoIs returns the session that the request brings and its token, or nil. Every candidate is
// tried, so that a cookie that another site of the domain planted cannot hide
// the real one.
func (g *Gate) whoIs(e *engine, r *http.Request) (user *session.Session, token string, err error) {
	store := g.store(e, r)
	for _, token := range g.cookies.session.Read(r) {
		s, err := store.Load(r.Context(), token)
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
	return true
}

// renew brings a session up to date: its tokens when they are about to expire,
// its time of last use when that is due. It returns nil where the session has
// ended, and what sets the new cookie.
func (g *Gate) renew(e *engine, r *http.Request, s *session.Session, token string) (*session.Session, func(http.Header)) {
	if s == nil {
		return nil, nil
	}
	current := g.refreshed(r, s)
	if current == nil {
		return nil, nil
	}
	if now := g.now(); g.limits.DueTouch(s, now) {
		used := *current
		used.UsedAt = now
		current = &used
	}
	if current == s {
		return s, nil
	}
	token, err := g.store(e, r).Save(context.WithoutCancel(r.Context()), token, current)
	if err != nil {
		g.logger.Error("renewing a session failed", append(g.who(r), "error", err, "user", display(s))...)
		return current, nil
	}
	return current, func(h http.Header) { g.cookies.session.Write(h, r, token, 0) }
}
