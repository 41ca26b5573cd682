package caddyauth

import (
	"net/http/httptest"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// A request that nothing rewrote is judged once: rules by path are on the way of
// every request, and a second request with a replacer of its own costs more than all
// else there. One that was rewritten, in whatever way, is judged twice.
func TestOnlyARewrittenRequestIsJudgedTwice(t *testing.T) {
	sink := newSink(t, "GATE\nreverse_proxy u:1", "deny /admin/* not group Admins", "deny /x/* not group Admins", "allow /reports/* signed_in")
	for rewrite, want := range map[string]int{"": 1, "path": 2, "query": 2, "method": 2, "spelling": 2} {
		r := caddyhttp.PrepareRequest(httptest.NewRequest("GET", "http://localhost:8080/reports/x", nil), caddy.NewReplacer(), httptest.NewRecorder(), sink.server)
		switch rewrite {
		case "path":
			r.URL.Path = "/y"
		case "query":
			r.URL.RawQuery = "a=b"
		case "method":
			r.Method = "POST"
		case "spelling":
			r.RequestURI = "/reports/%78"
		}
		v := sink.gate.newRequest(r)
		if got := len(v.views()); got != want {
			t.Errorf("rewritten %q: %d views, want %d", rewrite, got, want)
		}
		if asked := v.asked(); asked.URL.Path != "/reports/x" || asked.URL.RawQuery != "" || asked.Method != "GET" || asked.RequestURI != "http://localhost:8080/reports/x" {
			t.Errorf("rewritten %q: the client asked for %s %s", rewrite, asked.Method, asked.RequestURI)
		}
		if rewrite != "" {
			continue
		}
		allocations := testing.AllocsPerRun(100, func() {
			v := sink.gate.newRequest(r)
			for i := range sink.gate.Rules {
				sink.gate.Rules[i].applies(v)
			}
		})
		if allocations > 8 {
			t.Errorf("three rules by path cost %v allocations", allocations)
		}
	}
}
