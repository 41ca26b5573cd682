package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// Other handlers of the site ask who is there: what they do depends on the user
// of the session, and on nothing that a client says.
func TestUserMatcherInHandlersAndLogs(t *testing.T) {
	t.Parallel()
	people := map[string]claims{
		"chief@example.com": {"groups": []string{"Chiefs"}, "department": "Sales", "email_verified": true},
		"clerk@example.com": {"groups": []string{"Clerks"}, "department": "Sales"},
		"bare@example.com":  {"groups": nil},
	}
	w := newRuledWorld(t, people, nil)
	w.rerunAs(SiteBlock("http://localhost:{$PORT}", "log", "@chief okta_user group Chiefs", "@sales-not-chief {\n okta_user {\n claim department Sales\n not group Chiefs\n }\n path /who/*\n}", "@either okta_user {\n any {\n group Chiefs\n claim department Sales\n }\n}",
		"@fresh okta_user signed_in_within 1h", "@nobody not okta_user signed_in", "route {\n"+GateBlock(w.org, "public /public/*", "optional /optional/*"),
		"header @either X-Either yes\nheader @fresh X-Fresh yes\nheader @nobody X-Nobody yes\nlog_append @chief chief yes",
		"respond @chief \"chief\" 200\nrespond @sales-not-chief \"sales\" 200\nreverse_proxy "+w.echo.Addr+"\n}"))
	for login, c := range map[string]struct{ who, either string }{
		"chief@example.com": {"chief", "yes"}, "clerk@example.com": {"sales", "yes"}, "bare@example.com": {UpstreamMark, ""},
	} {
		b := w.browser()
		b.Open("/who/x")
		b.Submit("identify", "identifier", login, "credentials/passcode", "pw")
		for _, target := range []string{"/who/x", "/optional/who"} {
			answer := b.Get(target, "X-Forwarded-Groups: Chiefs", "Remote-Groups: Chiefs")
			want := c.who
			if want == "sales" && target != "/who/x" {
				want = UpstreamMark
			}
			if !strings.Contains(answer.Body, want) {
				t.Errorf("%s at %s: %d %s", login, target, answer.Status, answer.Body)
			}
			if answer.Header.Get("X-Either") != c.either || answer.Header.Get("X-Fresh") != "yes" || answer.Header.Get("X-Nobody") != "" {
				t.Errorf("%s at %s: %v", login, target, answer.Header)
			}
		}
		// Public paths are nobody's, also for the handlers behind the gate.
		if answer := b.Get("/public/who"); !strings.Contains(answer.Body, UpstreamMark) || answer.Header.Get("X-Either") != "" || answer.Header.Get("X-Nobody") != "yes" {
			t.Errorf("%s on a public path: %v %s", login, answer.Header, answer.Body)
		}
	}
	nobody := w.browser().Get("/public/who", "X-Forwarded-Groups: Chiefs", "X-Forwarded-User: chief@example.com")
	if nobody.Status != http.StatusOK || nobody.Header.Get("X-Nobody") != "yes" || nobody.Header.Get("X-Fresh") != "" {
		t.Errorf("nobody: %d %v", nobody.Status, nobody.Header)
	}
	rig.Eventually(t, "the access log knows the chief", func() bool {
		for _, entry := range w.site.Log.Find("handled request") {
			if entry["chief"] == "yes" {
				return entry["user_id"] == "chief@example.com"
			}
		}
		return false
	})
}

// Before the gate nobody is known yet: a matcher there matches nobody, rather than
// whoever a header names.
func TestUserMatcherBeforeTheGateMatchesNobody(t *testing.T) {
	t.Parallel()
	w := newRuledWorld(t, map[string]claims{"chief@example.com": {"groups": []string{"Chiefs"}}}, []string{"# plain"})
	w.rerunAs(SiteBlock("http://localhost:{$PORT}", "@chief okta_user group Chiefs", "route {\n respond @chief \"too early\" 200\n "+GateBlock(w.org)+"\n reverse_proxy "+w.echo.Addr+"\n}"))
	b := w.as("chief@example.com", "/")
	if answer := b.Get("/x"); !strings.Contains(answer.Body, UpstreamMark) {
		t.Errorf("%d %s", answer.Status, answer.Body)
	}
}
