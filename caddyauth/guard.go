package caddyauth

import (
	"io"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// guard wraps the response of the application: it cannot set our cookies, and a
// cookie that we add never rides on a response that a shared cache may keep.
func (g *Gate) guard(w http.ResponseWriter, addCookie func(http.Header)) *responseGuard {
	return &responseGuard{
		ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w},
		cookies:               g.siteCookies(), addCookie: addCookie,
	}
}

// guardUser adds what holds for the response to a signed-in user: no shared cache
// keeps it, unless the application says what caches may do with it; and it can sign
// the user out.
func (g *Gate) guardUser(w *responseGuard, r *http.Request, p *passport) {
	w.private = !g.UpstreamCache
	if g.SignOutHeader != "" {
		// The request as it came: our cookies are taken out of it before it goes on.
		brought := r.WithContext(r.Context())
		brought.Header = r.Header.Clone()
		w.signOutHeader = g.SignOutHeader
		w.signOut = func() {
			if err := g.endSession(g.engine.made, w.ResponseWriter, brought, p.session); err != nil {
				g.logger.Error("the application asked for a sign-out", append(g.who(r), "error", err)...)
			}
		}
	}
}

type responseGuard struct {
	caddyhttp.ResponseWriterWrapper
	cookies     []session.Cookie
	addCookie   func(http.Header)
	private     bool // for one user only
	wroteHeader bool

	signOutHeader string // "": none
	signOut       func() // nil: nobody is signed in
}

func (g *responseGuard) WriteHeader(status int) {
	h := g.Header()
	session.StripSetCookie(h, g.cookies...) // also from early hints
	// Informational responses come before the real one; 101 is the real one.
	if !g.wroteHeader && (status >= 200 || status == http.StatusSwitchingProtocols) {
		g.wroteHeader = true
		if g.addCookie != nil {
			keepPrivate(h)
			g.addCookie(h)
		} else if g.private && len(h["Cache-Control"]) == 0 {
			h["Cache-Control"] = []string{"private"}
		}
		if g.signOutHeader != "" && h.Get(g.signOutHeader) != "" {
			h.Del(g.signOutHeader)
			if g.signOut != nil {
				keepPrivate(h)
				g.signOut()
			}
		}
	}
	g.ResponseWriterWrapper.WriteHeader(status)
}

// keepPrivate makes sure that no shared cache keeps a response with somebody's
// cookie (RFC 9111, section 5.2.2). It happens to one response in many minutes,
// so that the others of the application are cached as it says.
func keepPrivate(h http.Header) {
	directives := []string{"private"}
	for value := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(value)), "=")
		switch name {
		case "", "private", "public", "s-maxage", "proxy-revalidate":
		default:
			directives = append(directives, strings.TrimSpace(value))
		}
	}
	h.Set("Cache-Control", strings.Join(directives, ", "))
	for _, name := range []string{"CDN-Cache-Control", "Surrogate-Control"} {
		h.Del(name)
	}
}

func (g *responseGuard) Write(b []byte) (int, error) {
	g.ensureHeader()
	return g.ResponseWriterWrapper.Write(b)
}

func (g *responseGuard) ReadFrom(r io.Reader) (int64, error) {
	g.ensureHeader()
	return g.ResponseWriterWrapper.ReadFrom(r)
}

// FlushError sends the header if it has not been; see http.ResponseController.
func (g *responseGuard) FlushError() error {
	g.ensureHeader()
	return http.NewResponseController(g.ResponseWriter).Flush()
}

func (g *responseGuard) ensureHeader() {
	if !g.wroteHeader {
		g.WriteHeader(http.StatusOK)
	}
}

// Interface guards
var (
	_ http.ResponseWriter = (*responseGuard)(nil)
	_ io.ReaderFrom       = (*responseGuard)(nil)
)
