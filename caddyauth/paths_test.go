package caddyauth

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Public, optional and API paths may be given by named matchers alone.
func TestPathsByMatchersAlone(t *testing.T) {
	for line, want := range map[string]int{"public @posts": http.StatusOK, "optional @posts": http.StatusOK, "api @posts": http.StatusUnauthorized} {
		sink := newSink(t, "@posts {\nmethod POST\npath /in/*\n}\nGATE\nreverse_proxy u:1", line)
		for _, c := range []struct {
			method, target string
			there          bool
		}{{http.MethodPost, "/in/x", true}, {http.MethodGet, "/in/x", false}, {http.MethodPost, "/x", false}} {
			sink.got = nil
			w, r := httptest.NewRecorder(), httptest.NewRequest(c.method, "http://localhost:8080"+c.target, nil)
			r.Header.Set("Accept", "text/html")
			sink.server.ServeHTTP(w, r)
			json := strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json")
			if c.there != (w.Code == want && json == (want != http.StatusOK)) || (sink.got != nil) != (c.there && want == http.StatusOK) {
				t.Errorf("%s: %s %s: %d %s", line, c.method, c.target, w.Code, w.Header().Get("Content-Type"))
			}
		}
	}
}
