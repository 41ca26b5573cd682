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
func (g *Gate) guard(w http.ResponseWriter, addCookie func(http.Header)) http.ResponseWriter {
	return &responseGuard{
		ResponseWriterWrapper: &caddyhttp.ResponseWriterWrapper{ResponseWriter: w},
		cookies:               g.cookies.all(), addCookie: addCookie,
	}
}

type responseGuard struct {
	*caddyhttp.ResponseWriterWrapper
	cookies     []session.Cookie
	addCookie   func(http.Header)
	wroteHeader bool
}

func (g *responseGuard) WriteHeader(status int) {
	// Informational responses come before the real one; 101 is the real one.
	if !g.wroteHeader && (status >= 200 || status == http.StatusSwitchingProtocols) {
		g.wroteHeader = true
		h := g.Header()
		session.StripSetCookie(h, g.cookies...)
		if g.addCookie != nil && keptPrivate(h) {
			g.addCookie(h)
		}
	}
	g.ResponseWriterWrapper.WriteHeader(status)
}

// keptPrivate makes sure that no shared cache keeps the response (RFC 9111,
// section 3), and tells false where the application has said that one may.
func keptPrivate(h http.Header) bool {
	values := h.Values("Cache-Control")
	if len(values) == 0 {
		h.Set("Cache-Control", "private")
		return true
	}
	all := strings.ToLower(strings.Join(values, ","))
	return strings.Contains(all, "private") || strings.Contains(all, "no-store")
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
