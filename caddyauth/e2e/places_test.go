package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Public paths carry no identity, even of a user who is signed in: an application
// that caches what it serves there would cache somebody's.
//
// Rows: S-45.
func TestS45_PublicPathsCarryNoIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "public /public/*", "basic_auth_up app {claim.email}", "cookie_up app_user {claim.email}", "header_up X-Employee {claim.email}")
	for name, b := range map[string]*Browser{"signed in": w.signedIn(), "nobody": w.browser()} {
		w.echo.Reset()
		answer := b.Get("/public/x", "Cookie: "+strings.TrimSuffix("own=1; app_user="+forged+"; "+b.Jar.For(mustParse(w.site.URL)), "; "), "X-Employee: "+forged, "Authorization: Basic "+forged)
		got := w.echo.Last(t)
		expectOnly(t, got, nil)
		expectHeader(t, got, "Authorization")
		expectHeader(t, got, "Cookie", "own=1")
		if len(answer.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s: %q", name, answer.Header["Set-Cookie"])
		}
	}
	w.expectCalls(map[string]int{})
}

// Optional paths know a user who may be here, and take everybody else for
// nobody: without a session, with one that is over, forged or broken, and with one
// whose user the rules keep out. Never a page.
func TestOptionalPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "optional /shop/*", "deny /shop/back-room/* group Finance", "allow /home signed_in", "allow /shop/* not group Auditors")
	in := w.as(ada, "/home")
	broken := w.browser()
	broken.Jar = in.Jar.Copy()
	session := broken.Jar.Get("okta_auth")
	session.Value = session.Value[:len(session.Value)-4] + "AAAA"
	over := w.as(ada, "/home")
	copied := w.browser()
	copied.Jar = over.Jar.Copy()
	over.signOut("/.okta/signout")
	kept := w.as(grace, "/home")
	w.org.ResetCalls()
	for _, c := range []struct {
		name, target string
		b            *Browser
		user         string
	}{
		{"signed in", "/shop/x", in, ada}, {"nobody", "/shop/x", w.browser(), ""}, {"broken cookie", "/shop/x", broken, ""}, {"signed out", "/shop/x", copied, ""},
		{"kept out by an allow rule", "/shop/x", kept, ""}, {"kept out by a deny rule", "/shop/back-room/x", in, ""},
	} {
		for _, headers := range [][]string{navigation, {"Accept: application/json"}, {"Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}} {
			for _, method := range []string{"GET", "POST", "HEAD"} {
				w.echo.Reset()
				answer := c.b.Do(c.b.Request(method, c.target, "", append([]string{"X-Forwarded-User: " + forged, "X-Forwarded-Groups: " + forged, "X-Original-URL: /shop/back-room"}, headers...)...))
				if answer.Status != http.StatusOK || len(w.echo.Requests()) != 1 {
					t.Fatalf("%s: %s: %d %.200s", c.name, method, answer.Status, answer.Body)
				}
				got := w.echo.Last(t)
				expectOnly(t, got, map[string]map[string]string{ada: adasHeaders}[c.user])
				expectHeader(t, got, "Cookie")
				if c.user == "" {
					expectHeader(t, got, "X-Original-URL")
				}
			}
		}
	}
	calls := w.org.Calls()
	delete(calls, "revoke") // of a session that is brought again
	if len(calls) > 0 {
		t.Errorf("optional requests called the org: %v", calls)
	}
	for _, target := range []string{"/shop", "/shop/..;/home", "/shop/%2e%2e/home", "/home"} {
		w.echo.Reset()
		if answer := w.browser().Get(target); answer.Status < 400 || len(w.echo.Requests()) > 0 {
			t.Errorf("%s is optional: %d", target, answer.Status)
		}
	}
}

// An API's clients get JSON whatever they look like, and nothing is begun for
// them: no page, no call to the org, no cookie.
func TestAPIPathsNeverShowAPage(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}", "@graph {\n path /graphql\n method POST\n}",
		GateBlock(org, "api /api/* @graph", "allow group Finance"), "reverse_proxy "+echo.Addr))}
	b := w.browser()
	for _, request := range []string{"GET /api/x", "POST /api/x", "GET /api/", "POST /graphql"} {
		method, target, _ := strings.Cut(request, " ")
		for _, headers := range [][]string{navigation, {"Accept: text/html"}, {"Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}} {
			answer := b.Do(b.Request(method, target, "", headers...))
			if answer.Status != http.StatusUnauthorized || answer.Header.Get("Content-Type") != "application/problem+json" || answer.Header.Get("WWW-Authenticate") != "Bearer" ||
				!strings.Contains(answer.Body, `"sign_in":"`+w.site.URL+`/.okta/signin"`) || len(answer.Header["Set-Cookie"]) > 0 {
				t.Errorf("%s: %d %q %s", request, answer.Status, answer.Header, answer.Body)
			}
		}
	}
	w.expectCalls(map[string]int{})
	if len(w.echo.Requests()) > 0 {
		t.Errorf("the application got %v", w.echo.Requests())
	}
	// Other requests of the same place are people's.
	if b.Open("/graphql"); b.Page == nil || b.Page.Form("identify") == nil {
		t.Errorf("a GET is not the API's: %d %s", b.Last.Status, b.Last.Body)
	}
	in := w.as(ada, "/")
	if !w.passes(in, "GET", "/api/x") {
		t.Error("a user who may does not pass")
	}
}

// Two gates of one site share the session and have rules and headers of their own:
// the first that covers a request decides.
func TestTwoGatesWithDifferentRules(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	gate := func(matcher string, lines ...string) string {
		return strings.Replace(GateBlock(org, lines...), "okta_auth {", "okta_auth "+matcher+" {", 1)
	}
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}",
		gate("/books/*", "allow group Finance", "identity grafana"), gate("/audit/*", "allow group Auditors", "identity none"), gate("/both/*", "allow signed_in"), "reverse_proxy "+echo.Addr))}
	for login, want := range map[string]string{ada: "books both", grace: "audit both"} {
		b := w.as(login, "/both/x")
		for _, place := range []string{"books", "audit", "both"} {
			if got := w.passes(b, "GET", "/"+place+"/x"); got != strings.Contains(want, place) {
				t.Errorf("%s at %s: %t", login, place, got)
			}
		}
		b.Get("/both/x", "X-Forwarded-User: "+forged, "X-WEBAUTH-USER: "+forged)
		expectHeader(t, w.echo.Last(t), "X-Forwarded-User", login)
		expectHeader(t, w.echo.Last(t), "X-WEBAUTH-USER")
	}
	b := w.as(ada, "/books/x")
	b.Get("/books/x", "X-Forwarded-User: "+forged, "X-WEBAUTH-USER: "+forged)
	expectHeader(t, w.echo.Last(t), "X-WEBAUTH-USER", ada)
	expectHeader(t, w.echo.Last(t), "X-Forwarded-User")
	// What no gate covers passes as nobody's.
	w.echo.Reset()
	b.Get("/elsewhere", "X-WEBAUTH-USER: "+forged)
	expectOnly(t, w.echo.Last(t), nil)
	expectHeader(t, w.echo.Last(t), "Cookie")
	for _, odd := range []string{"/elsewhere/../books/x", "/elsewhere/..%2fbooks/x", "//books/x", "/books;/x", "/elsewhere/%2e%2e/audit/x"} {
		w.echo.Reset()
		if resp, _ := w.site.Raw("GET " + odd + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); resp.StatusCode < 400 || len(w.echo.Requests()) > 0 {
			t.Errorf("%q passes without a session: %d", odd, resp.StatusCode)
		}
	}
}

// Rules are asked about the user of the session, for whatever method and address,
// and a session that was made under other rules is judged by those of today.
func TestNewRulesHoldAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.AddUser(oktasim.User{Login: "sales@example.com", Password: "pw", Groups: []string{"Sales"}})
	b := w.as("sales@example.com", "/")
	for _, c := range []struct {
		line   string
		passes bool
	}{{"deny group Sales", false}, {"allow group Sales", true}, {"allow group Finance", false}, {"# none", true}, {"deny group Finance", false}} {
		w.rerun(c.line)
		if got := w.passes(b, "GET", "/x"); got != c.passes {
			t.Errorf("%s: %t", c.line, got)
		}
	}
	w.expectCalls(map[string]int{})
}
