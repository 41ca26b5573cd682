package caddyauth

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A websocket over HTTP/3 is a CONNECT with a path (RFC 9220), and Caddy's proxy sends
// it on as a GET with the headers of an upgrade: who may not GET a page, or open a
// websocket, does so, and what is public but for GET is public. Rules that say nothing of methods let websockets through as ever.
//
// Rows: CVE-2026-40575.
func TestCVE_2026_40575_TunnelThatGoesOnAsAGET(t *testing.T) {
	const matchers = "@get {\nmethod GET\npath /admin/*\n}\n@other {\nnot method GET\npath /admin/*\n}\n@connect method CONNECT\n@websocket {\nheader Connection *Upgrade*\nheader Upgrade websocket\n}\n"
	tunnel := func(sink *sink, cookie string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/admin/x", nil)
		r.Method, r.Proto, r.ProtoMajor, r.ProtoMinor = http.MethodConnect, "websocket", 3, 0
		r.Header.Set("Cookie", cookie)
		sink.server.ServeHTTP(httptest.NewRecorder(), r)
		return sink.got
	}
	for _, c := range []struct {
		name, site string
		lines      []string
		passes     bool
	}{
		{"denied as a GET", "GATE\nreverse_proxy u:1", []string{"deny @get signed_in", "allow signed_in"}, false},
		{"denied as a CONNECT", "GATE\nreverse_proxy u:1", []string{"deny @connect signed_in", "allow signed_in"}, false},
		{"denied as a websocket", "GATE\nreverse_proxy u:1", []string{"deny @websocket signed_in", "allow signed_in"}, false},
		{"denied as a websocket before a rewrite", "rewrite * /x\nGATE\nreverse_proxy u:1", []string{"deny @websocket signed_in", "allow signed_in"}, false},
		{"denied before a rewrite", "rewrite * /x\nGATE\nreverse_proxy u:1", []string{"deny @get signed_in", "allow signed_in"}, false},
		{"allowed but for GET", "GATE\nreverse_proxy u:1", []string{"allow @other signed_in"}, false},
		{"allowed", "GATE\nreverse_proxy u:1", []string{"allow /admin/* signed_in"}, true},
	} {
		sink := newSink(t, matchers+c.site, c.lines...)
		got := tunnel(sink, sink.cookie)
		if passed := got != nil; passed != c.passes || passed && got.Method != http.MethodGet {
			t.Errorf("%s: passes: %v", c.name, passed)
		}
	}
	if got := tunnel(newSink(t, matchers+"GATE\nreverse_proxy u:1", "public @other"), ""); got != nil {
		t.Error("what is public but for GET is public")
	}
}
