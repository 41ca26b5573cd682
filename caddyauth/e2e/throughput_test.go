package e2e

import (
	"io"
	"net/http"
	"testing"
	"time"
)

// What the gate costs a request of a signed-in user, beside what Caddy's proxy
// costs by itself: one server, one application behind it, and the ways to it taken
// in turn, so that a noisy machine is noisy for all of them. "ratio" is the time of
// a request as a multiple of the plain proxy's.
//
//	go test ./caddyauth/e2e -run xxx -bench Throughput -benchtime 3s
func BenchmarkThroughput(b *testing.B) {
	org := StartOrg(b)
	gate := func(lines ...string) string {
		return GateBlock(org, append([]string{"deny group Contractors", "allow group Everyone Engineering"}, lines...)...)
	}
	const up = "reverse_proxy 127.0.0.1:{$PORT3}"
	application := "http://127.0.0.1:{$PORT3} {\n\trespond \"hello\"\n}\n"
	plain := StartSite(b, application+SiteBlock("http://localhost:{$PORT}", up))
	type way struct {
		name string
		req  *http.Request
	}
	ways := []way{{"plain", NewBrowser(b, plain).Request(http.MethodGet, "/", "")}}
	for name, lines := range map[string][]string{"cookie": nil, "memory": {"session memory"}, "public": {"public /*"}} {
		site := StartSite(b, application+SiteBlock("http://localhost:{$PORT}", gate(lines...), up))
		browser := NewBrowser(b, site)
		if name != "public" {
			browser.SignIn("/", ada, adaPassword)
		}
		req := browser.Request(http.MethodGet, "/", "")
		req.Header.Set("Cookie", browser.Jar.For(req.URL))
		ways = append(ways, way{name, req})
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	spent := make([]time.Duration, len(ways))
	b.ResetTimer()
	for b.Loop() {
		for i, way := range ways {
			began := time.Now()
			resp, err := client.Do(way.req)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			spent[i] += time.Since(began)
			if resp.StatusCode != http.StatusOK {
				b.Fatalf("%s: status %d", way.name, resp.StatusCode)
			}
		}
	}
	for i, way := range ways {
		b.ReportMetric(float64(spent[i])/float64(spent[0]), way.name+"-ratio")
	}
	b.ReportMetric(float64(spent[0].Microseconds())/float64(b.N), "plain-µs")
}
