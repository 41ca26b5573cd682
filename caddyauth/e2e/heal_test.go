package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// The cookie that clears a session was set after the status had been written,
// and never left the server. Here it is on the wire, with every answer that says
// that a session is over.
//
// Rows: CVE-2026-34454, CVE-2025-55162.
func TestCVE_2026_34454_ClearingIsOnTheWire(t *testing.T) {
	t.Parallel()
	w := newSecureWorld(t)
	clears := func(what string, header http.Header) {
		t.Helper()
		if !slices.ContainsFunc(header["Set-Cookie"], func(line string) bool {
			return strings.HasPrefix(line, "__Host-okta_auth=;") && strings.Contains(line, "Max-Age=0") && strings.Contains(line, "Path=/") && strings.Contains(line, "Secure")
		}) {
			t.Errorf("%s: Set-Cookie %q", what, header["Set-Cookie"])
		}
	}
	head := " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: __Host-okta_auth=1.dead\r\n" + strings.Join(navigation, "\r\n") + "\r\n\r\n"
	for _, target := range []string{"/app", "/.okta/signin"} {
		resp, _ := w.site.Raw("GET " + target + head)
		clears("a dead session at "+target, resp.Header)
	}
	b := w.signedIn()
	copied := b.Jar.Copy()
	answer := b.signOut("/.okta/signout")
	clears("signing out", answer.Header)
	b.Jar = copied
	clears("a session that was signed out elsewhere", b.Open("/app").Header)
	if b.SignedIn("/") {
		t.Error("still signed in")
	}
}

// Cookies that another config left behind, with another application at Okta or
// another key, stand in nobody's way: the page comes at once, and signing in
// works.
//
// Rows: F-27, Envoy #39210, Envoy refresh cookie.
func TestF27_CookiesOfAnEarlierConfig(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	config := func(lines ...string) string { return Caddyfile(org, echo, lines...) }
	const key = `key "the key of the first config, which is long enough"`
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, config(key))}
	b, pending := w.signedIn(), w.browser()
	pending.Open("/")
	public := strings.Replace(config(key, "client_id "+org.State().PublicClientID), "client_secret "+org.State().ClientSecret, "", 1)
	for name, given := range map[string]string{
		"another application": public,
		"another key":         config(`key "the key of another config, which is long enough"`),
		"another server":      config(key, "issuer "+org.State().OrgIssuer),
		"fewer scopes":        config(key, "scopes openid email"),
	} {
		if err := w.site.Reload(given); err != nil {
			t.Fatal(err)
		}
		for _, old := range []*Browser{b, pending} {
			kept := old.Jar.Copy()
			old.Open("/deep")
			if len(old.History) > 2 {
				t.Errorf("%s: %q", name, old.History)
			}
			if old.Page != nil {
				old.Submit("identify", credentials()...)
			}
			if !old.SignedIn("/") {
				t.Errorf("%s: nobody can sign in: %d", name, old.Last.Status)
			}
			old.Jar = kept
		}
	}
}

// An account that does not exist is refused in the same way as a wrong
// password, in the words that Okta has for both: nothing of ours adds to what
// can be told of who has an account.
//
// Rows: S-43, CVE-2026-32595.
func TestS43_UnknownUserLooksLikeAWrongPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, policy := range []string{"first_page", "second_page"} {
		w.org.Policy(policy)
		looks := func(login string) (int, []string, []Message) {
			b := w.browser()
			b.Open("/")
			if policy == "first_page" {
				b.Submit("identify", "identifier", login, "credentials/passcode", "wrong")
			} else {
				b.Submit("identify", "identifier", login)
				b.Submit("challenge-authenticator", "credentials/passcode", "wrong")
			}
			return b.Last.Status, skeleton(t, b.Page), b.Page.Messages
		}
		status, elements, messages := looks(ada)
		otherStatus, otherElements, otherMessages := looks("nobody@example.com")
		if status != otherStatus || !slices.Equal(elements, otherElements) || !slices.Equal(messages, otherMessages) {
			t.Errorf("%s: %d %v for one who exists, %d %v for one who does not", policy, status, messages, otherStatus, otherMessages)
		}
	}
}

// A name that is spelled in another case is the same user, under the same id.
//
// Rows: CVE-2026-48794.
func TestCVE_2026_48794_SpellingsOfOneName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := map[string]bool{}
	for _, login := range []string{ada, strings.ToUpper(ada), "Ada@Example.com"} {
		w.browser().SignIn("/", login, adaPassword)
		got := w.echo.Last(t)
		ids[strings.Join(got.Values("X-Forwarded-User-Id"), ",")+" "+strings.Join(got.Values("X-Forwarded-User"), ",")] = true
	}
	if len(ids) != 1 {
		t.Errorf("one user is several: %v", ids)
	}
}
