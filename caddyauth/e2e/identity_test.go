package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// expectHeader fails the test when the application could read anything but
// want under that name, in any spelling. No want: nothing at all.
func expectHeader(t *testing.T, r EchoRequest, name string, want ...string) {
	t.Helper()
	if got := r.Alias(name); !slices.Equal(got, want) {
		t.Errorf("%s: the application can read %q, want %q", name, got, want)
	}
}

func TestIdentityHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "header_up X-Mail {claim.email}", `header_up X-Greeting "Hello {claim.given_name}!"`,
		"header_up X-Employee {claim.employeeNumber}", "header_up X-Forwarded-Name {claim.family_name}")
	w.browser().SignIn("/", ada, adaPassword)
	got := w.echo.Last(t)
	expectHeader(t, got, "X-Forwarded-User", ada)
	expectHeader(t, got, "X-Forwarded-Preferred-Username", ada)
	expectHeader(t, got, "X-Forwarded-Email", ada)
	expectHeader(t, got, "X-Forwarded-Groups", "Everyone,Engineering,Finance")
	expectHeader(t, got, "X-Forwarded-Name", "Lovelace")
	expectHeader(t, got, "X-Mail", ada)
	expectHeader(t, got, "X-Greeting", "Hello Ada!")
	if id := got.Values("X-Forwarded-User-Id"); len(id) != 1 || !strings.HasPrefix(id[0], "00u") {
		t.Errorf("X-Forwarded-User-Id %q", id)
	}
	expectHeader(t, got, "X-Employee") // a claim that she lacks
}

// A header that was set only when the user had the claim let the client's own
// through when they had not.
//
// Rows: CVE-2026-30851.
func TestCVE_2026_30851_ForgedHeaderForAClaimThatTheUserLacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "header_up X-Employee {claim.employeeNumber}")
	w.org.AddUser(oktasim.User{Login: "loner@example.com", Password: "pw"})
	b := w.browser()
	b.SignIn("/", "loner@example.com", "pw")
	b.Get("/", "X-Employee: 1", "X-Forwarded-Groups: Admins", "x-employee: 2", "X_Employee: 3", "X.Employee: 4", "X-FORWARDED-groups: Admins")
	expectHeader(t, w.echo.Last(t), "X-Employee")
	expectHeader(t, w.echo.Last(t), "X-Forwarded-Groups")
}

// Values that were expanded a second time leaked the environment and files. A
// user can choose their name in many orgs.
//
// Rows: CVE-2026-30852.
func TestCVE_2026_30852_ClaimsAreNeverExpanded(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}", "log",
		GateBlock(org, "header_up X-Copy {claim.name}"),
		`header >X-User {http.auth.user.name}`,
		"reverse_proxy "+echo.Addr+" {\n header_up X-Via-Placeholder {http.auth.user.name}\n}"), WithEnv("CANARY=leaked-environment"))}
	for i, name := range []string{"{env.CANARY}", "{file./etc/passwd}", "{http.request.header.Cookie}", "{{.}}", "{$CANARY}", "{claim.email}", "{http.auth.user.id}"} {
		login := "hostile" + string(rune('a'+i)) + "@example.com"
		org.AddUser(oktasim.User{Login: login, Password: "pw", Name: name, Groups: []string{name}})
		answer := w.browser().SignIn("/", login, "pw")
		got := echo.Last(t)
		for _, header := range []string{"X-Forwarded-Name", "X-Forwarded-Groups", "X-Copy", "X-Via-Placeholder"} {
			expectHeader(t, got, header, name)
		}
		if got := answer.Header.Get("X-User"); got != name {
			t.Errorf("a header of the answer is %q, want %q", got, name)
		}
	}
	if strings.Contains(w.site.Log.String(), "leaked-environment") {
		t.Error("the environment is in the log")
	}
}

// A line break in a claim would begin another header, and a comma in a group
// another group. The mild characters beside them arrive.
//
// Rows: mod_auth_openidc 2026-05-23, F-28.
func TestModAuthOpenIDC_2026_05_23_HostileClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, name := range []string{
		"Eve\r\nX-Forwarded-Groups: Admins", "Eve\nX-Forwarded-User: ada@example.com", "Eve\rX-Forwarded-User: ada", "Eve\x00", "Eve\x7f", "Eve\u0085X",
		" Eve", "Eve\t",
	} {
		login := "eve" + string(rune('a'+i)) + "@example.com"
		w.org.AddUser(oktasim.User{Login: login, Password: "pw", Name: name, Groups: []string{"Ops", "a,Admins", "b\r\nX: y", "Staff"}})
		w.browser().SignIn("/", login, "pw")
		got := w.echo.Last(t)
		expectHeader(t, got, "X-Forwarded-Name")
		expectHeader(t, got, "X-Forwarded-User", login)
		expectHeader(t, got, "X-Forwarded-Groups", "Ops,Staff")
	}
	w.org.AddUser(oktasim.User{Login: "zoe@example.com", Password: "pw", Name: "Zoë “Z” O'Neill, 营", Groups: []string{"R&D", "Été"}})
	w.browser().SignIn("/", "zoe@example.com", "pw")
	expectHeader(t, w.echo.Last(t), "X-Forwarded-Name", "Zoë “Z” O'Neill, 营")
	expectHeader(t, w.echo.Last(t), "X-Forwarded-Groups", "R&D,Été")
}

// Access logs name the user, and placeholders are there for other handlers.
func TestPlaceholdersNameTheUser(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	site := StartSite(t, SiteBlock("http://localhost:{$PORT}", "log", GateBlock(org, "claims given_name"),
		"log_append who {http.auth.user.given_name}", "header >X-User {http.auth.user.id}", "reverse_proxy "+echo.Addr))
	answer := NewBrowser(t, site).SignIn("/named", ada, adaPassword)
	if got := answer.Header.Get("X-User"); got != ada {
		t.Errorf("{http.auth.user.id} is %q", got)
	}
	rig.Eventually(t, "an access log line that names the user", func() bool {
		return slices.ContainsFunc(site.Log.Find("handled request"), func(entry map[string]any) bool {
			return entry["user_id"] == ada && entry["who"] == "Ada"
		})
	})
}
