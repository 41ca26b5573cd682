package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// Two gates of a site share their cookies, and the first leaves those of a request
// that it does not cover to the second. Where that stands inside a handle that is
// about other requests, nobody takes the cookies away: an application that no gate
// covers, and that somebody has broken into, collects the sessions of everybody who
// comes by, and plants others.
//
// Rows: S-50
func TestS50_CookiesReachNoApplicationBetweenTwoGates(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	gate := func(matcher string) string {
		return strings.Replace(GateBlock(org), "okta_auth {", "okta_auth "+matcher+" {", 1)
	}
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}",
		gate("/a/*"), "handle /b/* {\n"+gate("")+"\nreverse_proxy "+echo.Addr+"\n}", "handle {\nreverse_proxy "+echo.Addr+"\n}"))}
	b := w.as(ada, "/b/x")
	for _, target := range []string{"/a/x", "/b/x"} {
		if !b.SignedIn(target) {
			t.Fatalf("%s: the session does not serve both gates", target)
		}
	}
	echo.Answer(func(*EchoRequest) string {
		return RawAnswer(http.StatusOK, UpstreamMark, "Set-Cookie: okta_auth=1.planted; Path=/", "Set-Cookie: own=1")
	})
	for _, target := range []string{"/a/x", "/b/x", "/elsewhere"} {
		echo.Reset()
		answer := b.Do(b.Request("GET", target, "", "Cookie: own=1; "+b.Jar.For(mustParse(w.site.URL))))
		if got := strings.Join(echo.Last(t).Values("Cookie"), ";"); strings.Contains(got, "okta_auth") || !strings.Contains(got, "own=1") {
			t.Errorf("%s: the application got the cookies %q", target, got)
		}
		if got := strings.Join(answer.Header["Set-Cookie"], "\n"); strings.Contains(got, "okta_auth") || !strings.Contains(got, "own=1") {
			t.Errorf("%s: the application set %q", target, got)
		}
	}
}

// Two applications of a host have gates of their own, each with its own prefix and
// cookies. Browsers send the cookies of a host to both: the application that
// somebody has broken into collects the sessions of the other one, and plants some.
//
// Rows: S-50
func TestS50_CookiesOfAGateReachNoApplicationOfAnother(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	handle := func(path, prefix string) string {
		return "handle " + path + " {\n" + GateBlock(org, "prefix "+prefix) + "\nreverse_proxy " + echo.Addr + "\n}"
	}
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}", handle("/a/*", "/a/.okta/"), handle("/b/*", "/b/.okta/")))}
	b := w.as(ada, "/a/x")
	b.SignIn("/b/x", ada, adaPassword)
	echo.Answer(func(*EchoRequest) string {
		return RawAnswer(http.StatusOK, UpstreamMark, "Set-Cookie: okta_auth!a!.okta=1.planted; Path=/", "Set-Cookie: okta_auth!b!.okta=1.planted; Path=/")
	})
	for _, target := range []string{"/a/x", "/b/x"} {
		echo.Reset()
		answer := b.Get(target)
		if got := echo.Last(t).Values("Cookie"); len(got) > 0 {
			t.Errorf("%s: the application got the cookies %q", target, got)
		}
		if got := answer.Header["Set-Cookie"]; len(got) > 0 {
			t.Errorf("%s: the application set %q", target, got)
		}
	}
}
