package caddyauth

import (
	"maps"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

// Which requests need a session is judged twice: by what the client sent and by
// what goes on after rewrites. Applications read an odd path (encoded slashes,
// dot segments, parameters in them) in ways of their own, so such a path is
// always protected, whatever the matchers make of it.

// originalRequest is the request as the client sent it, before any rewrite.
func originalRequest(r *http.Request) *http.Request {
	if asked, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok {
		return asked.WithContext(r.Context())
	}
	return r
}

// views are the two requests that matchers judge. Matchers that use placeholders
// ask a replacer, which is bound to one request; so the original gets its own.
func views(r, asked *http.Request) []*http.Request {
	server, ok := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok || server == nil || asked == r {
		return []*http.Request{r, asked}
	}
	original := caddyhttp.PrepareRequest(asked, caddy.NewReplacer(), nil, server)
	if vars, ok := original.Context().Value(caddyhttp.VarsCtxKey).(map[string]any); ok {
		if current, ok := r.Context().Value(caddyhttp.VarsCtxKey).(map[string]any); ok {
			maps.Copy(vars, current)
		}
	}
	return []*http.Request{r, original}
}

// covers tells whether the gate's matcher matches one of the two: a rewrite must
// not open a protected path. A matcher that cannot decide protects.
func (g *Gate) covers(r, asked *http.Request) bool {
	if len(g.matchers) == 0 || !policy.Plain(r.URL) || !policy.Plain(asked.URL) {
		return true
	}
	for _, view := range views(r, asked) {
		if match, err := g.matchers.AnyMatchWithError(view); match || err != nil {
			return true
		}
	}
	return false
}

// isPublic tells whether the request needs no session: both views of it must be
// public.
func (g *Gate) isPublic(r, asked *http.Request) bool {
	if g.public.Match(asked.URL) && g.public.Match(r.URL) {
		return true
	}
	if len(g.publics) == 0 || !policy.Plain(r.URL) || !policy.Plain(asked.URL) {
		return false
	}
	for _, view := range views(r, asked) {
		if match, err := g.publics.AnyMatchWithError(view); !match || err != nil {
			return false
		}
	}
	return true
}

// overrideHeaders name another address or method than the request's own. Some
// frameworks follow them, and would serve a protected path in place of the
// public one that was judged (oauth2-proxy CVE-2026-40575 is their cousin).
var overrideHeaders = []string{
	"X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Uri", "X-Forwarded-Path",
	"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",
}
