package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy/policytest"
)

// oddPaths are spellings in which a path below open is, for some application, one
// below shut, and others that may be refused but never misjudged.
func oddPaths(open, shut string) []string {
	var out []string
	for _, form := range []string{
		"OPEN/..;SHUT/x", "OPEN/..%5cadmin/x", "OPEN/%252e%252eSHUT/x", "OPEN/%00/..SHUT/x", "SHUT/%2e%2eOPEN/x", "SHUT%2f..%2fpublic%2fx", "OPEN/..SHUT/x", "OPEN/%2e%2eSHUT/x",
		"OPEN/..%2fadmin/x", "OPEN//..SHUT/x", "SHUT/x#OPEN/x", "SHUT/x?x=OPEN/", "SHUT%23OPEN", "SHUT%23/..OPEN/x", "SHUT/x%23/..OPEN/y", "OPEN/.%2eSHUT/x", "OPEN/%2E%2ESHUT/x", "OPEN/..%2FADMIN/x",
		"OPEN/..%255cadmin/x", `OPEN/..\admin/x`, `OPEN\..\admin\x`, "OPEN/%5c..SHUT/x", "OPEN/./..SHUT/x", "OPEN/..", "OPEN/.", "OPEN//adminSHUT/x", "/OPENSHUT", "//OPEN/x", "OPEN/%2fadmin/x",
		"OPEN/a%2f..%2f..%2fadmin/x", "OPEN/..%00SHUT/x", "OPEN/%0d%0aSHUT/x", "OPEN/%c0%ae%c0%aeSHUT/x", "OPEN/%e0%80%ae%e0%80%aeSHUT/x", "OPEN/%ef%bc%8e%ef%bc%8eSHUT/x", "OPEN/%ef%bc%8f..SHUT/x",
		"OPEN/..%20SHUT/x", "OPEN/...SHUT/x", "OPEN;SHUT/x", "OPEN/a;b/..SHUT/x", "OPEN/%3bSHUT/x", "OPEN/..;a=bSHUT/x", "OPEN/..;a=b;cSHUT/x", "OPEN/.;/..SHUT/x", "OPEN/x/..;/..;SHUT/x",
		"/SHUT/x", "/.SHUT/x", "/;SHUT/x", "/;a=bSHUT/x", "SHUT;/x", "SHUT;a=b/x", "SHUT%3b/x", "SHUT./x", "SHUT%20/x", "SHUT%2e/x", "SHUT%2fx", "SHUT%5cx", `SHUT\x`, "SHUT//x", "SHUT/./x", "SHUT/x%00", "SHUT/x;jsessionid=1",
		"/%61dmin/x", "/%41DMIN/x", "/ADMIN/x", "/Admin/x", "/%2561dmin/x", "/adm%69n/x", "/a%64min%2Fx", "/%2fadmin/x", "/%5cadmin/x", `/\admin/x`, "/x/%2e%2e/admin/x", "/x/..%252fadmin/x", "/%252e/admin/x",
		"SHUT/x", "SHUT/", "OPEN/x", "OPEN/", "OPEN/a%20b", "OPEN/caf%C3%A9", "OPEN/x.css?v=/../admin", "SHUT|x/%3b", "OPEN/|%3b/..SHUT/x", "OPEN/|/%2e%2eSHUT/x", "http://localhostSHUT/x", "http://localhostOPEN/..SHUT/x", "OPEN/%u002e%u002eSHUT/x", "OPEN/%25u002e/x", "OPEN/%2525252e%2525252eSHUT/x",
		"/appSHUT/x", "/app/appSHUT/x", "/appOPEN/x", "/app/..SHUT/x", "/app%2fadmin/x", "/app;SHUT/x", "/appOPEN/..;SHUT/x", "/app/OPEN/x", "/app/SHUT/x", "/APPSHUT/x", "/%61ppSHUT/x", "/x/xSHUT/x", "/legacy/x", "/legacy/..OPEN/x",
	} {
		out = append(out, strings.NewReplacer("OPEN", open, "SHUT", shut).Replace(form))
	}
	return out
}

// What a rule or a public path was judged by is what the application gets: no
// spelling, and no rewriting of the path before the gate or after it, brings a
// request below /admin/ that passed for something else. The reader at the other
// end is an unforgiving one: it decodes four times, takes both slashes, cuts
// parameters off, resolves dots and knows no case.
//
// Rows: S-47, CVE-2026-41059, CVE-2023-33189, CVE-2025-66490, CVE-2026-40912,
// CVE-2026-52844, Caddy #7941, CVE-2026-27587.
func TestS47_JudgedPathIsTheForwardedPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shuts := []string{"public /public/* /app/public/*", "deny @admin signed_in", "allow signed_in"}
	opens := []string{"public /public/* /app/public/*", "allow @open signed_in"}
	const matchers = "@admin path /admin/* /app/admin/*\n@open path /open/* /app/open/* /home\n"
	for _, layout := range []struct{ name, site string }{
		{"alone", "GATE\nPROXY"},
		{"uri strip_prefix before", "uri strip_prefix /app\nGATE\nPROXY"},
		{"uri strip_prefix after", "route {\nGATE\nuri /app/* strip_prefix /app\nPROXY\n}"},
		{"uri replace before", "uri replace /x/ /\nGATE\nPROXY"},
		{"uri path_regexp before", "uri path_regexp /+ /\nGATE\nPROXY"},
		{"rewrite before", "rewrite /legacy/* /admin{path}\nrewrite /public/sneaky* /admin/x\nGATE\nPROXY"},
		{"rewrite of everything before", "rewrite * /open{uri}\nGATE\nPROXY"},
		{"handle_path around", "handle_path /app/* {\nGATE\nPROXY\n}\nhandle {\nGATE\nPROXY\n}"},
		{"handle_path after", "GATE\nhandle_path /app/* {\nPROXY\n}\nhandle {\nPROXY\n}"},
	} {
		for kind, lines := range map[string][]string{"deny": shuts, "allow": opens} {
			prefix := "prefix /.okta/"
			if strings.Contains(layout.name, "around") {
				prefix = "prefix /app/.okta/"
			}
			site := strings.NewReplacer("GATE", GateBlock(w.org, append(lines, prefix)...), "PROXY", "reverse_proxy "+w.echo.Addr).Replace(layout.site)
			w.rerunAs(SiteBlock("http://localhost:{$PORT}", matchers+site))
			b := w.browser()
			b.SignIn(map[bool]string{false: "/home", true: "/app/open/home"}[strings.Contains(layout.name, "around")], ada, adaPassword)
			cookie := "Cookie: " + b.Jar.For(mustParse(w.site.URL+"/app/")) + "\r\n"
			passed := map[string]int{}
			targets, cookies := append(oddPaths("/public", "/admin"), "/public/sneaky"), []string{"", cookie}
			if kind == "allow" {
				targets, cookies = append(oddPaths("/open", "/admin"), "/public/x"), cookies[1:]
			}
			for _, target := range targets {
				for _, cookie := range cookies {
					w.echo.Reset()
					resp, body := w.site.Raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + cookie + "\r\n")
					if resp.StatusCode >= 500 {
						t.Errorf("%s, %s: %q: %d %.200s", layout.name, kind, target, resp.StatusCode, body)
					}
					for _, got := range w.echo.Requests() {
						isPublic, isAdmin := judged(got.Target())
						switch {
						case len(got.Values("X-Forwarded-User")) == 0:
							passed["public"]++
							if !isPublic {
								t.Errorf("%s, %s: %q passed as public, the application got %q", layout.name, kind, target, got.Line)
							}
						case cookie == "":
							t.Errorf("%s, %s: %q without a session is somebody's", layout.name, kind, target)
						case isAdmin:
							t.Errorf("%s, %s: %q passed, the application got %q", layout.name, kind, target, got.Line)
						default:
							passed["signed in"]++
						}
					}
				}
			}
			if passed["signed in"] == 0 || passed["public"] == 0 && !strings.Contains(layout.name, "everything") {
				t.Errorf("%s, %s: %v passed: this shows nothing", layout.name, kind, passed)
			}
		}
	}
}

// judged tells what an unforgiving reader makes of a request target.
func judged(target string) (isPublic, isAdmin bool) {
	_, isPublic = policytest.Below(target, "/public/", "/app/public/")
	isAdmin, _ = policytest.Below(target, "/admin/")
	return isPublic, isAdmin
}

// Where something depends on the path, one that can be read in several ways is
// refused: people get a page, programs JSON, and a gate without rules lets it go
// on to an application that wants it.
//
// Rows: S-47.
func TestS47_AmbiguousPathsAreRefused(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]string{"rules": {"allow signed_in"}, "public": {"public /public/*"}, "optional": {"optional /o/*"}, "api": {"api /api/*"}} {
		w := newWorld(t, lines...)
		b := w.signedIn()
		for _, target := range []string{"/x/%2e%2e/y", "/x%2fy", "/x%5cy", "/x/..;/y", "/x%00", "/x%252fy", "/api/..%2fx"} {
			page := b.Do(b.Request("GET", target, "", navigation...))
			problem := b.Get(target)
			if page.Status != http.StatusBadRequest || ParsePage(t, page.Body).Heading != "This address is not accepted" ||
				problem.Status != http.StatusBadRequest || problem.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %s: %d %d %s", name, target, page.Status, problem.Status, problem.Body)
			}
			if strings.Contains(page.Body, target) || len(w.echo.Requests()) > 0 {
				t.Errorf("%s: %s: repeated on the page, or passed", name, target)
			}
		}
		w.expectCalls(map[string]int{})
	}
	w := newWorld(t)
	b := w.signedIn()
	for _, target := range []string{"/projects/group%2Fname", "/job/a%252Fb", "/x//y"} {
		if got := b.Get(target); got.Status != http.StatusOK || w.echo.Last(t).Target() != target {
			t.Errorf("without rules, %s: %d", target, got.Status)
		}
	}
}
