package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// claims are what an org says about a user beside what it says about all.
type claims map[string]any

// newRuledWorld has users of whom ID tokens and userinfo say what people has; a
// nil claim is left out. The password of each is "pw". directives are more of the
// site, before its reverse_proxy.
func newRuledWorld(t *testing.T, people map[string]claims, lines []string, directives ...string) *world {
	t.Helper()
	shape := func(said map[string]any) {
		login, _ := said["preferred_username"].(string)
		for name, value := range people[login] {
			said[name] = value
			if value == nil {
				delete(said, name)
			}
		}
	}
	server := &oktasim.Server{ShapeIDToken: shape, ShapeAnswer: func(endpoint string, body []byte) []byte {
		var said map[string]any
		if endpoint != "userinfo" || json.Unmarshal(body, &said) != nil {
			return body
		}
		shape(said)
		body, _ = json.Marshal(said) // what was JSON before
		return body
	}}
	w := &world{T: t, org: StartOrgServer(t, server), echo: StartEcho(t)}
	for login := range people {
		w.org.AddUser(oktasim.User{Login: login, Password: "pw"})
	}
	site := append([]string{GateBlock(w.org, lines...)}, directives...)
	w.site = StartSite(t, SiteBlock("http://localhost:{$PORT}", append(site, "reverse_proxy "+w.echo.Addr)...))
	return w
}

// as is a browser that this user has signed in with.
func (w *world) as(login, target string) *Browser {
	w.Helper()
	b := w.browser()
	password, demo := map[string]string{ada: adaPassword, grace: gracePassword}[login]
	if !demo {
		password = "pw"
	}
	b.SignIn(target, login, password)
	w.echo.Reset()
	w.org.ResetCalls()
	return b
}

// passes tells whether the application got the request, and fails the test when
// it is neither that nor a plain 403.
func (w *world) passes(b *Browser, method, target string) bool {
	w.Helper()
	w.echo.Reset()
	answer := b.Do(b.Request(method, target, ""))
	switch got := len(w.echo.Requests()); {
	case answer.Status == http.StatusOK && got == 1:
		return true
	case answer.Status != http.StatusForbidden || got != 0:
		w.Errorf("%s %s: %d, the application got %d requests", method, target, answer.Status, got)
	}
	return false
}

// Each place has a rule, each user opens some of them.
func TestRulesDecideByWhatTheOrgSays(t *testing.T) {
	t.Parallel()
	lines := []string{"allow /home signed_in"}
	var places []string
	for _, place := range [][2]string{
		{"group", "group Finance Auditors"},
		{"not-group", "not group Finance"},
		{"text", "claim department Sales Legal"},
		{"number", "claim level 3"},
		{"boolean", "claim contractor false"},
		{"list", "claim sites berlin"},
		{"nested", "claim address.country DE"},
		{"dotted", "claim https://acme.example/role owner"},
		{"regex", "claim_matches employeeNumber E[0-9]{4}"},
		{"domain", "email_domain example.com"},
		{"amr", "amr mfa hwk"},
		{"acr", "acr urn:okta:loa:2fa:any"},
		{"fresh", "signed_in_within 1h"},
		{"any", "{\n any {\n group Finance\n claim department Sales\n }\n}"},
		{"all", "{\n group Finance\n claim department Sales\n}"},
		{"combined", "{\n any {\n claim level 3\n not {\n claim contractor false\n group Finance\n }\n }\n}"},
	} {
		places = append(places, place[0])
		lines = append(lines, fmt.Sprintf("allow /%s/* %s", place[0], place[1]))
	}
	old := time.Now().Add(-2 * time.Hour).Unix()
	people := map[string]claims{
		"sales@example.com": {"groups": []string{"Finance"}, "department": "Sales", "level": 3, "contractor": false, "sites": []string{"paris", "berlin"},
			"address": map[string]any{"country": "DE"}, "https://acme.example/role": "owner", "employeeNumber": "E0042", "email_verified": true,
			"amr": []string{"pwd", "mfa"}, "acr": "urn:okta:loa:2fa:any"},
		"other@example.com": {"groups": []string{"finance", "Financex"}, "department": "sales", "level": 30, "contractor": true, "sites": []string{"Berlin", "ber"},
			"address": map[string]any{"country": "FR"}, "https://acme.example/role": "guest", "employeeNumber": "xE0042x", "email_verified": false,
			"amr": []string{"pwd"}, "acr": "urn:okta:loa:1fa:any", "auth_time": old},
		"bare@example.com": {"groups": nil, "email": "bare@example.com", "email_verified": nil, "amr": nil},
		"odd@example.com": {"groups": map[string]any{"Finance": true}, "department": []any{map[string]any{"a": "Sales"}}, "level": "3.0", "contractor": "no", "sites": "berlin",
			"address": []any{"DE"}, "employeeNumber": 42, "email": "odd@evil.example@example.com", "email_verified": "true", "amr": "mfa", "acr": []string{"urn:okta:loa:2fa:any"}},
		"empty@example.com": {"groups": []string{}, "department": "", "sites": []string{""}, "email": "empty@sub.example.com", "email_verified": true, "level": json.Number("3e0")},
	}
	want := map[string]string{
		"sales@example.com": "group text number boolean list nested dotted regex domain amr acr fresh any all combined",
		// Who is known to be outside is let in by not; two conditions of which one
		// is known not to hold are known not to hold together.
		"other@example.com": "not-group combined",
		// What is not there says nothing, not even that it is not so.
		"bare@example.com":  "fresh",
		"odd@example.com":   "list amr acr fresh combined",
		"empty@example.com": "number fresh combined",
	}
	w := newRuledWorld(t, people, lines)
	for login := range people {
		b := w.as(login, "/home")
		var open []string
		for _, place := range places {
			if w.passes(b, "GET", "/"+place+"/x") {
				open = append(open, place)
			}
		}
		if got := strings.Join(open, " "); got != want[login] {
			t.Errorf("%s opens %q, want %q", login, got, want[login])
		}
		for _, elsewhere := range []string{"/", "/elsewhere", "/homes", "/home/x", "/group", "/GROUP/x"} {
			if elsewhere != "/GROUP/x" && w.passes(b, "GET", elsewhere) {
				t.Errorf("%s opens %s, which no rule is about", login, elsewhere)
			}
		}
	}
}

// Rules by path and method, and by any of Caddy's matchers; the first that is met
// decides, and a deny rule that may be met does.
func TestRulesAreAskedInOrder(t *testing.T) {
	t.Parallel()
	people := map[string]claims{
		"writer@example.com":  {"groups": []string{"Staff", "Writers"}},
		"reader@example.com":  {"groups": []string{"Staff"}},
		"blocked@example.com": {"groups": []string{"Staff", "Writers", "Blocked"}},
		"nobody@example.com":  {"groups": nil},
	}
	w := newRuledWorld(t, people, []string{
		"allow /home signed_in",
		"deny group Blocked",
		"allow @write group Writers",
		"deny @write signed_in",
		"allow /open/* signed_in",
		"allow @from-here group Staff",
	}, "@write method POST PUT PATCH DELETE", "@from-here {\n path /staff/* /more/*\n remote_ip 127.0.0.1\n not query draft=*\n}")
	for login, want := range map[string]string{
		"writer@example.com":  "GET /open/x, GET /staff/x, GET /more/x, POST /open/x, POST /staff/x, DELETE /elsewhere",
		"reader@example.com":  "GET /open/x, GET /staff/x, GET /more/x",
		"blocked@example.com": "",
		// Not known to be outside of a group that is denied.
		"nobody@example.com": "",
	} {
		b := w.as(login, "/home")
		var open []string
		for _, request := range []string{"GET /open/x", "GET /staff/x", "GET /more/x", "GET /staff/x?draft=1", "GET /elsewhere", "POST /open/x", "POST /staff/x", "DELETE /elsewhere"} {
			method, target, _ := strings.Cut(request, " ")
			if w.passes(b, method, target) {
				open = append(open, request)
			}
		}
		if got := strings.Join(open, ", "); got != want {
			t.Errorf("%s: %s, want %s", login, got, want)
		}
	}
}

// A refactoring once switched the group checks of a proxy off: a claim that was
// not there passed. Whatever the org says in place of a list of groups, who is
// not known to be in the group stays outside.
//
// Rows: CVE-2021-21411, oauth2-proxy #3365.
func TestCVE_2021_21411_RuleThatCannotBeEvaluatedDenies(t *testing.T) {
	t.Parallel()
	many := make([]string, 200)
	for i := range many {
		many[i] = fmt.Sprintf("group-%03d", i)
	}
	people := map[string]claims{}
	for name, groups := range map[string]any{
		"missing": nil, "null": json.RawMessage("null"), "empty": []string{}, "text": "Financeers", "empty-text": "", "list-of-empty": []string{""}, "spaces": []string{" Finance", "Finance ", "Fin\tance"},
		"number": 1, "boolean": true, "object": map[string]any{"Finance": "Finance"}, "list-of-lists": []any{[]string{"Finance"}}, "list-of-objects": []any{map[string]any{"name": "Finance"}},
		"commas": "Everyone,Finance", "case": []string{"finance", "FINANCE"}, "many": many, "looks-like": []string{"Fínance", "Finance\u200b", "Ｆinance", "*", "Finance*", ".*"},
	} {
		people[name+"@example.com"] = claims{"groups": groups}
	}
	people["member@example.com"] = claims{"groups": []any{nil, 7, "", "Finance"}}
	w := newRuledWorld(t, people, []string{"allow /home signed_in", "allow /in/* group Finance", "allow /out/* not group Finance"})
	for login := range people {
		b := w.as(login, "/home")
		if got, want := w.passes(b, "GET", "/in/x"), login == "member@example.com"; got != want {
			t.Errorf("%s: passes %t, want %t", login, got, want)
		}
		known := slices.Contains([]string{"text", "number", "boolean", "spaces", "commas", "case", "many", "looks-like"}, strings.TrimSuffix(login, "@example.com"))
		if got := w.passes(b, "GET", "/out/x"); got != known {
			t.Errorf("%s: outside of the group %t, want %t", login, got, known)
		}
	}
}

// "user@evil.example@example.com" passed for an address at example.com.
//
// Rows: CVE-2026-40574.
func TestCVE_2026_40574_EMailThatOnlyLooksLikeOneOfTheDomain(t *testing.T) {
	t.Parallel()
	emails := []claims{
		{"email": "a@evil.example@example.com"}, {"email": "a@example.com@evil.example"}, {"email": "@example.com"}, {"email": "example.com"}, {"email": "a@"}, {"email": ""},
		{"email": "a@example.com."}, {"email": "a@example.com\x00"}, {"email": "a@example.com "}, {"email": "a@example.com\n"}, {"email": "a@badexample.com"}, {"email": "a@sub.example.com"},
		{"email": "a@еxample.com"}, {"email": "a@example。com"}, {"email": `"a@evil.example"@example.com`}, {"email": "a@evil.example,b@example.com"}, {"email": "A <a@example.com>"},
		{"email": []string{"a@example.com"}}, {"email": map[string]any{"value": "a@example.com"}}, {"email": "a@evil.example(@example.com"}, {"email": "a%evil.example@example.com@"},
		{"email": "a@example.com", "email_verified": false}, {"email": "a@example.com", "email_verified": "false"}, {"email": "a@example.com", "email_verified": "yes"}, {"email": "a@example.com", "email_verified": 1},
	}
	people := map[string]claims{"good@example.com": {"email": "A@EXAMPLE.com", "email_verified": true}}
	for i, c := range emails {
		if _, said := c["email_verified"]; !said {
			c["email_verified"] = true
		}
		people[fmt.Sprintf("u%02d@example.com", i)] = c
	}
	w := newRuledWorld(t, people, []string{"allow /home signed_in", "allow /in/* email_domain example.com"})
	for login, c := range people {
		b := w.as(login, "/home")
		if got, want := w.passes(b, "GET", "/in/x"), login == "good@example.com"; got != want {
			t.Errorf("%v: passes %t, want %t", c, got, want)
		}
	}
}

// Deny rules alone keep everybody out. That is what they say, and seldom what is
// meant, so the log says what is missing.
func TestDenyRulesAloneKeepEverybodyOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "public /welcome", "deny group Contractors")
	b := w.browser()
	b.Open("/reports")
	b.Submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	if b.Last.Status != http.StatusForbidden || len(w.echo.Requests()) > 0 {
		t.Errorf("%d, the application got %v", b.Last.Status, w.echo.Requests())
	}
	const warning = "there are deny rules and no allow rule: nobody may pass; to let in everybody else, add at the end: allow signed_in"
	rig.Eventually(t, "a warning", func() bool { return len(w.site.Log.Find(warning)) == 1 })
}

// A site's own rules stand in place of the global option's. A deny that is lost so is
// told when the config is read: who wrote it means it for all sites.
func TestRulesInPlaceOfGlobalOnes(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	global := "{\nokta_auth {\ndeny group Finance\nallow signed_in\n}\n}\n"
	site := StartSite(t, global+SiteBlock("http://localhost:{$PORT}", GateBlock(org, "allow group Everyone"), "reverse_proxy "+echo.Addr)+
		SiteBlock("http://localhost:{$PORT2}", GateBlock(org), "reverse_proxy "+echo.Addr))
	b := NewBrowser(t, site)
	if b.SignIn("/", ada, adaPassword); !b.SignedIn("/") {
		t.Error("the site's own rule is not in force")
	}
	second := newBrowser(t, site.URLOf(2), http.DefaultTransport)
	second.Open("/")
	if second.Submit("identify", "identifier", ada, "credentials/passcode", adaPassword); second.Last.Status != http.StatusForbidden {
		t.Errorf("the site without rules: %d", second.Last.Status)
	}
	rig.Eventually(t, "one warning", func() bool {
		got := site.Log.Find("whose deny rules keep nobody out here")
		return len(got) == 1 && got[0]["level"] == "warn"
	})
}
