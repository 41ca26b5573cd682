package caddyauth

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

// What holds for a request is judged twice: by what the client sent and by what
// goes on after rewrites. Applications read an odd path (encoded slashes, dot
// segments, parameters in them) in ways of their own, so such a path is always
// protected, whatever the matchers make of it; and where something depends on
// the path, the oddest are refused.

// request is one request in its two shapes: as it is now, and as the client sent
// it, before any rewrite. What opens a door must hold for both, what closes one
// for either. So it is with the second address of a COPY or MOVE of WebDAV, where
// the application writes (RFC 4918, section 10.3).
type request struct {
	gate *Gate
	now  *http.Request
	to   *url.URL // that address; nil: none
	// As the client sent them; where nothing rewrote the request, url is its own:
	url    *url.URL
	method string

	original *http.Request   // made when it is asked for
	both     []*http.Request // likewise
	judged   bool
	isPlain  bool
}

func (g *Gate) newRequest(r *http.Request) *request {
	v := &request{gate: g, now: r, url: r.URL, method: r.Method}
	if original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok && rewritten(&original, r) {
		v.url, v.method = original.URL, original.Method
	}
	if named := r.Header["Destination"]; len(named) > 0 {
		v.to = destination(named)
	}
	return v
}

// destination reads where a copy goes. What may be read in several ways is no path,
// and refused.
func destination(named []string) *url.URL {
	u, err := url.Parse(named[0])
	if err != nil || len(named) > 1 || u.Scheme == "" && u.Host != "" {
		return new(url.URL)
	}
	return u
}

// each tells whether something holds for all addresses. Most requests have one.
func (v *request) each(holds func(*url.URL) bool) bool {
	return holds(v.url) && (v.now.URL == v.url || holds(v.now.URL)) && (v.to == nil || holds(v.to))
}

// asked is the request as the client sent it; where nothing rewrote it, that is the
// one of now. Caddy keeps what rewrites change and nothing else: without headers,
// host and connection, a rule about these would be judged by what no client sends.
func (v *request) asked() *http.Request {
	if v.original == nil {
		v.original = v.now
		if original, ok := v.now.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok && v.url != v.now.URL {
			v.original = v.now.WithContext(v.now.Context())
			v.original.Method, v.original.URL, v.original.RequestURI = original.Method, original.URL, original.RequestURI
			v.original.Body = http.NoBody // there is one, and it is for the application
		}
	}
	return v.original
}

func rewritten(original, now *http.Request) bool {
	return original.Method != now.Method || original.RequestURI != now.RequestURI || *original.URL != *now.URL
}

// views are the requests that matchers judge: two, or one where nothing rewrote it.
// Each of a CONNECT with a path is judged as the GET too that Caddy's proxy makes of
// it, with the headers that it adds: a websocket over HTTP/2 or HTTP/3 (RFC 8441, RFC
// 9220).
func (v *request) views() []*http.Request {
	if v.both != nil {
		return v.both
	}
	v.both = []*http.Request{v.now}
	if asked := v.asked(); asked != v.now {
		v.both = append(v.both, v.view(asked))
	}
	if v.to != nil {
		there := v.now.WithContext(v.now.Context())
		there.URL, there.RequestURI = v.to, v.to.RequestURI()
		v.both = append(v.both, v.view(there))
	}
	if v.now.Method != http.MethodConnect {
		return v.both
	}
	for _, one := range v.both {
		get := one.WithContext(one.Context())
		get.Method, get.Header = http.MethodGet, one.Header.Clone()
		get.Header.Set("Connection", "Upgrade")
		get.Header.Set("Upgrade", "websocket")
		v.both = append(v.both, v.view(get))
	}
	return v.both
}

// view is another shape of the request, for matchers. Those that use placeholders ask
// a replacer, which is bound to one request; so it gets its own.
func (v *request) view(shape *http.Request) *http.Request {
	server, ok := v.now.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok || server == nil {
		return shape
	}
	shape = caddyhttp.PrepareRequest(shape, caddy.NewReplacer(), nil, server)
	if vars, ok := shape.Context().Value(caddyhttp.VarsCtxKey).(map[string]any); ok {
		if current, ok := v.now.Context().Value(caddyhttp.VarsCtxKey).(map[string]any); ok {
			maps.Copy(vars, current)
		}
	}
	return shape
}

// plain tells whether both paths and methods can be read in one way only, and query
// and host where matchers go by these. The case of a method counts (RFC 9110, section
// 9.1), and some frameworks put it in capitals all the same: what is no DELETE to a
// matcher would be one to the application.
func (v *request) plain() bool {
	if !v.judged {
		v.judged = true
		v.isPlain = v.each(policy.Plain) && inCapitals(v.now.Method) && inCapitals(v.method) &&
			(!v.gate.byQuery || v.each(policy.PlainQuery)) && (!v.gate.byHost || plainHost(v.now.Host))
	}
	return v.isPlain
}

// goesBy tells whether some matcher of the gate may ask for the query, or the host: one
// of that name, in whatever it stands, or an expression or a variable with a placeholder.
func (g *Gate) goesBy(name string) bool {
	sets := []caddyhttp.RawMatcherSets{g.MatcherSetsRaw}
	for _, paths := range []*Paths{g.Public, g.Optional, g.API, g.IdleExclude} {
		if paths != nil {
			sets = append(sets, paths.MatcherSetsRaw)
		}
	}
	for _, rule := range g.Rules {
		sets = append(sets, rule.MatcherSetsRaw)
	}
	raw, err := json.Marshal(sets)
	return err != nil || bytes.Contains(raw, []byte(name))
}

// plainHost tells a host from one with a dot at its end (RFC 1034, section 3.1), which
// is the same to nginx and Apache, and another to Caddy's matcher.
func plainHost(host string) bool {
	return !strings.HasSuffix(host, ".") && !strings.Contains(host, ".:")
}

func inCapitals(method string) bool {
	return !strings.ContainsFunc(method, func(r rune) bool { return 'a' <= r && r <= 'z' })
}

// covers tells whether the gate's matcher matches one of the two: a rewrite must
// not open a protected path. A matcher that cannot decide protects.
func (g *Gate) covers(v *request) bool {
	if len(g.matchers) == 0 || !v.plain() {
		return true
	}
	for _, view := range v.views() {
		if match, err := g.matchers.AnyMatchWithError(view); match || err != nil {
			return true
		}
	}
	return false
}

// ambiguous tells why the path cannot be judged, where something depends on it: an
// application could take it for another than the rules did.
func (g *Gate) ambiguous(v *request) (why string) {
	if g.rules.Len() == 0 && !g.Public.given() && !g.Optional.given() && !g.API.given() {
		return ""
	}
	v.each(func(u *url.URL) bool { why = policy.Refuse(u); return why == "" })
	return why
}

// decide tells what the rules say of the user's request.
func (g *Gate) decide(v *request, j *policy.Judgement) policy.Decision {
	return j.Decide(g.now(), func(i int) policy.Truth { return g.Rules[i].applies(v) })
}

// overrideHeaders name another address or method than the request's own. Some
// frameworks follow them, and would serve a protected path in place of the
// public one that was judged (oauth2-proxy CVE-2026-40575 is their cousin).
var overrideHeaders = []string{
	"X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Uri", "X-Forwarded-Path",
	"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",
	// What applications take off the front of the path: /static of /static/admin.
	"X-Script-Name", "SCRIPT_NAME",
}
