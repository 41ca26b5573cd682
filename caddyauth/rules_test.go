package caddyauth

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// The session keeps the claims that headers, rules, matchers and placeholders use,
// those that the user lacks as null, and of the rest nothing.
//
// Rows: S-28.
func TestS28_SessionKeepsTheClaimsThatAreUsed(t *testing.T) {
	said := okta.Claims{"sub": "00u1", "preferred_username": "ada@example.com", "email": "ada@example.com", "email_verified": true, "name": "Ada", "groups": []any{"team-a", "Everyone"},
		"department": "Sales", "level": "3", "amr": []any{"pwd"}, "acr": "low", "address": map[string]any{"country": "NL", "city": "Delft"}, "private": "nobody's business", "locale": "nl", "zoneinfo": "Europe/Amsterdam"}
	for _, c := range []struct {
		name, site string
		lines      []string
		want       map[string]any
	}{
		{"no headers", "GATE", []string{"identity none"}, map[string]any{}},
		{"one header", "GATE", []string{"identity none", "header_up X-Country {claim.address.country}"}, map[string]any{"address.country": "NL"}},
		{"a claim that the user lacks", "GATE", []string{"identity none", "cookie_up cost {claim.costCenter}"}, map[string]any{"costCenter": nil}},
		{"rules", "GATE", []string{"identity none", "deny claim department Legal", "allow {\n any {\n email_domain example.com\n not amr mfa\n }\n}"},
			map[string]any{"department": "Sales", "email": "ada@example.com", "email_verified": true, "amr": []any{"pwd"}}},
		{"a time needs no claim", "GATE", []string{"identity none", "allow signed_in_within 1h"}, map[string]any{}},
		{"matchers", "@a okta_user claim level 3\n@b {\n okta_user not group Robots\n path /x\n}\nGATE\nhandle @a {\n respond a\n}\nrespond @b b", []string{"identity none"}, map[string]any{"level": "3", "groups": []any{"team-a", "Everyone"}}},
		{"placeholders", "GATE", []string{"identity none", "claims locale zoneinfo"}, map[string]any{"locale": "nl", "zoneinfo": "Europe/Amsterdam"}},
		{"filtered groups", "GATE", []string{"identity none", "header_up X-Groups {claim.groups}", "group_filter team-*"}, map[string]any{"groups": []any{"team-a"}, patternsKept: "team-*"}},
		{"Basic", "GATE", []string{"identity none", "basic_auth_up {claim.email} {claim.level}"}, map[string]any{"email": "ada@example.com", "level": "3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newSink(t, c.site+"\nreverse_proxy u:1", c.lines...).gate
			s := g.newSession(maps.Clone(said), &okta.Tokens{Access: "access", ID: "id", Refresh: "refresh"})
			c.want["sub"], c.want["preferred_username"] = "00u1", "ada@example.com" // always: logs name the user
			if diff := cmp.Diff(c.want, s.Claims); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
			if s.AccessToken != "" || s.IDToken != "" {
				t.Error("a token is kept that nobody gets")
			}
		})
	}
}

// The page of examples/access-rules is checked by the command that it is about.
func TestExampleTable(t *testing.T) {
	t.Setenv("OKTA_CLIENT_ID", "0oa1")
	t.Setenv("OKTA_CLIENT_SECRET", "a-secret")
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	x, stop, err := loadExplainer("../examples/access-rules/Caddyfile", "caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	var said strings.Builder
	if err := x.checkTable(&said, "../examples/access-rules/access.txt"); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
}

// A rule of each kind of matcher, in both views of a rewritten request: what opens
// must hold for what the client sent and for what goes on, what closes for one.
//
// Rows: CVE-2023-33189.
func TestCVE_2023_33189_RulesJudgeBothViews(t *testing.T) {
	for _, c := range []struct {
		name, site, rule, target string
		passes                   bool
	}{
		{"allowed before and after", "uri strip_prefix /v1", "allow @m signed_in\n# /a/* /v1/a/*", "/v1/a/x", true},
		{"allowed after only", "rewrite * /a/x", "allow @m signed_in\n# /a/*", "/b", false},
		{"allowed before only", "rewrite * /b", "allow @m signed_in\n# /a/*", "/a/x", false},
		{"denied before only", "rewrite * /b", "deny @m signed_in\nallow signed_in\n# /a/*", "/a/x", false},
		{"denied after only", "rewrite * /a/x", "deny @m signed_in\nallow signed_in\n# /a/*", "/b", false},
		{"denied neither", "rewrite * /c", "deny @m signed_in\nallow signed_in\n# /a/*", "/b", true},
		{"denied in another spelling", "# plain", "deny @m signed_in\nallow signed_in\n# /a/*", "/%61/x", false},
		{"denied in another case", "# plain", "deny @m signed_in\nallow signed_in\n# /a/*", "/A/x", false},
		{"denied where it cannot be told", "# plain", "deny @m signed_in\nallow signed_in\n# /a/*", "/b;/a/x", false},
		{"allowed where it cannot be told", "# plain", "allow @m signed_in\n# /a/*", "/a/x;y", false},
		{"an allow rule without a matcher takes odd paths", "# plain", "allow signed_in", "/b;x//y", true},
	} {
		rule, paths, _ := strings.Cut(c.rule, "\n# ")
		if paths == "" {
			paths = "/unused"
		}
		s := newSink(t, "@m path "+paths+"\n"+c.site+"\nGATE\nreverse_proxy u:1", strings.Split(rule, "\n")...)
		got := s.send("GET " + c.target + " HTTP/1.1\r\nHost: localhost:8080\r\nCookie: " + s.cookie + "\r\n\r\n")
		if (got != nil) != c.passes {
			t.Errorf("%s: %s passes: %t", c.name, c.target, got != nil)
		}
	}
}

// An explained request of a site with TLS says so to the application.
func TestExplainedRequestHasTLS(t *testing.T) {
	t.Setenv("OKTA_CLIENT_ID", "0oa1")
	t.Setenv("OKTA_CLIENT_SECRET", "a-secret")
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	for file, want := range map[string]string{"../examples/access-rules/Caddyfile": "https", "../examples/behind-tls-proxy/Caddyfile": "http"} {
		t.Setenv("OKTA_AUTH_KEY", strings.Repeat("k", 44))
		x, stop, err := loadExplainer(file, "caddyfile")
		if err != nil {
			t.Fatal(err)
		}
		origins := []string{}
		for _, gates := range x.gates {
			origins = append(origins, gates[0].site.origin)
		}
		slices.Sort(origins)
		u, _ := url.Parse(origins[0] + "/x")
		q := question{method: http.MethodGet, address: u.String()}
		r, err := q.request()
		if err != nil {
			t.Fatal(err)
		}
		e, err := x.explain(u, r, okta.Claims{"sub": "00u1", "preferred_username": "ada@example.com", "email": "ada@example.com", "email_verified": true, "groups": []any{"Finance"}})
		switch {
		case err != nil || e.upstream == nil:
			t.Errorf("%s: %v, %v", file, e.last(), err)
		case e.upstream.Header.Get("X-Forwarded-Proto") != want:
			t.Errorf("%s: the application gets X-Forwarded-Proto %q", file, e.upstream.Header.Get("X-Forwarded-Proto"))
		}
		stop()
	}
}

// A gate asks its matchers before it knows who is there: okta_user among them would
// never match, so that a deny rule by it lets everybody in. It is a load error
// wherever a gate takes a matcher, also inside another one.
func TestUserMatcherIsNoMatcherOfAGate(t *testing.T) {
	const robots = "@robots okta_user group Robots"
	for _, test := range []struct{ name, matcher, line string }{
		{"deny", robots, "deny @robots signed_in"},
		{"allow", robots, "allow @robots signed_in"},
		{"public", robots, "public @robots"},
		{"optional", robots, "optional @robots"},
		{"api", robots, "api @robots"},
		{"not", "@robots not okta_user group People", "deny @robots signed_in"},
		{"with a path", "@robots {\npath /x/*\nokta_user group Robots\n}", "deny @robots signed_in"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := strings.Replace(siteBlock("app.example.com", test.line), "{\n", "{\n"+test.matcher+"\n", 1)
			expect(t, validate(t, config), "okta_user cannot be a matcher of okta_auth")
		})
	}
	covers := strings.Replace(siteBlock("app.example.com"), "okta_auth {", robots+"\nokta_auth @robots {", 1)
	expect(t, validate(t, covers), "okta_user cannot be a matcher of okta_auth")
	behind := strings.Replace(siteBlock("app.example.com", "allow signed_in"), "reverse_proxy", robots+"\nrespond @robots no 403\nreverse_proxy", 1)
	expect(t, validate(t, behind), "")
}
