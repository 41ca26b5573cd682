package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// An operator keeps users out of a part of the application by its path, or by
// what is done there. The application is made with a framework that lets a header
// name another path or method (Symfony's X-Original-URL and X-Rewrite-URL,
// X-HTTP-Method-Override nearly everywhere, X-Script-Name, which calibre-web and
// OctoPrint take off the front of the path): a user who may open the rest of the
// site asks for that with such a header, and the rules judge the one while the
// application serves the other.
//
// Rows: CVE-2026-40575
func TestCVE_2026_40575_OverrideHeadersGetNobodyPastARule(t *testing.T) {
	t.Parallel()
	w := newRuledWorld(t, map[string]claims{"eve@example.com": {"groups": []string{"Staff"}}}, []string{
		"allow /admin/* group Admins",
		"deny @write not group Editors",
		"allow signed_in",
	}, "@write method POST PUT PATCH DELETE")
	b := w.as("eve@example.com", "/home")
	for _, header := range []string{
		"X-Original-URL: /admin/x", "X-Rewrite-URL: /admin/x", "X-Original-URI: /admin/x", "X-Forwarded-Uri: /admin/x", "X-Forwarded-Path: /admin/x",
		"X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Method-Override: DELETE", "x_http_method_override: DELETE", "X-Original.URL: /admin/x",
		"X-Script-Name: /home",
	} {
		w.echo.Reset()
		if got := b.Do(b.Request("GET", "/home", "", header)).Status; got != http.StatusOK {
			t.Fatalf("%s: %d", header, got)
		}
		for _, name := range []string{
			"X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Uri", "X-Forwarded-Path",
			"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Script-Name",
		} {
			if got := w.echo.Last(t).Alias(name); len(got) > 0 {
				t.Errorf("%s: the application got %q", header, got)
			}
		}
	}
}

// Without a rule about paths or methods nothing is judged by them, and an
// application keeps the override that its own pages use.
func TestOverrideHeadersPassWhereNoRuleGoesByThem(t *testing.T) {
	t.Parallel()
	w := newRuledWorld(t, map[string]claims{"eve@example.com": {"groups": []string{"Staff"}}}, []string{"allow group Staff"})
	b := w.as("eve@example.com", "/home")
	b.Do(b.Request("POST", "/home", "", "X-HTTP-Method-Override: DELETE"))
	expectHeader(t, w.echo.Last(t), "X-HTTP-Method-Override", "DELETE")
}

// Methods are names whose case counts (RFC 9110, section 9.1), and Caddy's matcher
// compares them so; Django, Werkzeug and others put a method in capitals before
// they look at it. "delete" is none of the methods of a rule, and deletes.
//
// Rows: S-47
func TestS47_MethodInLowerCaseGetsNobodyPastARule(t *testing.T) {
	t.Parallel()
	w := newRuledWorld(t, map[string]claims{"eve@example.com": {"groups": []string{"Staff"}}}, []string{
		"deny @write not group Editors",
		"allow signed_in",
	}, "@write method POST PUT PATCH DELETE")
	b := w.as("eve@example.com", "/home")
	if !w.passes(b, "GET", "/home") {
		t.Fatal("a user who only reads is kept out")
	}
	for _, method := range []string{"DELETE", "delete", "Delete", "pOST", "patch"} {
		if w.passes(b, method, "/home") {
			t.Errorf("%s passes", method)
		}
	}
}

// A rule goes by a parameter of the query. Caddy's matcher finds none in a query with
// a mistake anywhere, and most applications find all but the mistake: one more
// parameter gets a user past `deny`, and past a matcher with a `not`.
//
// Rows: S-47
func TestS47_QueryWithAMistakeGetsNobodyPastARule(t *testing.T) {
	t.Parallel()
	w := newRuledWorld(t, map[string]claims{"eve@example.com": {"groups": []string{"Staff"}}}, []string{
		"public @open",
		"deny @delete not group Editors",
		"allow @view signed_in",
		"deny group Staff",
	}, "@open {\npath /news\nnot query draft=*\n}", "@delete {\npath /home\nquery action=delete\n}", "@view {\npath /home /view\nnot query action=export\n}")
	eve, nobody := w.as("eve@example.com", "/home"), w.browser()
	passes := func(b *Browser, target string) bool {
		return b.Do(b.Request("GET", target, "")).Status == http.StatusOK
	}
	for target, b := range map[string]*Browser{"/home?action=delete": eve, "/view?action=export": eve, "/news?draft=1": nobody} {
		if path, _, _ := strings.Cut(target, "?"); !passes(b, path) || !passes(b, path+"?page=2&page=3&q=100%25") {
			t.Errorf("%s is closed", path)
		}
		for _, more := range []string{"", "&x=%", "&x=%zz", "&x;y", ";", strings.Repeat("&", 10_000)} {
			if passes(b, target+more) {
				t.Errorf("%s%.10s passes", target, more)
			}
		}
	}
	if passes(eve, "/home?x=1;action=delete") {
		t.Error("what stands after a semicolon is not seen")
	}
}

// A COPY or MOVE of WebDAV writes to the address in its header Destination. Whoever may
// open one folder, be it that nobody has to sign in there, puts files into another.
//
// Rows: S-47
func TestS47_DestinationGetsNobodyPastARule(t *testing.T) {
	t.Parallel()
	w := newRuledWorld(t, map[string]claims{"eve@example.com": {"groups": []string{"Staff"}}}, []string{
		"public /drop/*",
		"deny /books/* not group Finance",
		"allow /home signed_in",
		"allow /files/* signed_in",
	})
	eve, nobody := w.as("eve@example.com", "/home"), w.browser()
	for _, c := range []struct {
		b                *Browser
		from, there, off string
	}{{eve, "/files/a", "/files/b", "/books/b"}, {eve, "/files/a", "/files/b", "/elsewhere"}, {nobody, "/drop/a", "/drop/b", "/files/b"}} {
		for _, origin := range []string{"", w.site.URL, "https://files.example.com"} {
			for _, header := range []string{"Destination: ", "destination: "} {
				move := func(to ...string) int {
					var lines []string
					for _, one := range to {
						lines = append(lines, header+origin+one)
					}
					return c.b.Do(c.b.Request("MOVE", c.from, "", lines...)).Status
				}
				if got := move(c.there); got != http.StatusOK {
					t.Errorf("%s to %s%s: %d", c.from, origin, c.there, got)
				}
				for _, to := range []string{c.off, c.off + "?x", "/" + c.off, "/" + c.off + c.there, "/%2e" + c.off, c.there + "/../.." + c.off, c.there + ", " + c.off, "%"} {
					if move(to) == http.StatusOK {
						t.Errorf("%s to %q passes", c.from, origin+to)
					}
				}
				if move(c.there, c.off) == http.StatusOK || move(c.off, c.there) == http.StatusOK {
					t.Errorf("%s to two addresses passes", c.from)
				}
			}
		}
	}
}

// A rule goes by a header, a host or an address, and not by the path. What Caddy
// keeps of a request before a rewrite has none of these: judged by that as well,
// an allow rule lets nobody in, and a deny rule with a `not` in its matcher keeps
// everybody out.
func TestRulesGoByWhatIsNotThePath(t *testing.T) {
	t.Parallel()
	w := newRuledWorld(t, map[string]claims{"eve@example.com": {"groups": []string{"Staff"}}}, []string{
		"deny @away group Staff",
		"allow @office signed_in",
		"allow @here signed_in",
	}, "@away not host localhost", "@office header X-Office berlin", "@here {\n host localhost\n remote_ip 127.0.0.1 ::1\n path /home\n}")
	b := w.as("eve@example.com", "/home")
	if !w.passes(b, "GET", "/home") {
		t.Error("the host and the address of the request do not count")
	}
	if w.passes(b, "GET", "/elsewhere") {
		t.Error("no rule lets this pass")
	}
	w.echo.Reset()
	if got := b.Do(b.Request("GET", "/elsewhere", "", "X-Office: berlin")).Status; got != http.StatusOK {
		t.Errorf("the header of the request does not count: %d", got)
	}
}
