package e2e

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// hostedSignIn goes through the org's own pages as a browser without script does;
// it returns the address of ours that they end at.
func (w *world) hostedSignIn(address string) string {
	w.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.String(), w.site.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	answer, err := client.Get(address)
	for step := 0; err == nil && step < 4; step++ {
		if to := answer.Header.Get("Location"); strings.HasPrefix(to, w.site.URL) {
			return to
		}
		root, parseErr := html.Parse(answer.Body)
		answer.Body.Close()
		if parseErr != nil {
			w.Fatal(parseErr)
		}
		at := answer.Request.URL
		values, action := url.Values{}, ""
		for form := range root.Descendants() {
			if form.Data != "form" {
				continue
			}
			filled := url.Values{}
			for n := range form.Descendants() {
				if n.Data == "input" && Attr(n, "type") != "checkbox" {
					filled.Set(Attr(n, "name"), Attr(n, "value"))
				}
			}
			if action == "" || filled.Has("identifier") || filled.Has("credentials/passcode") {
				values, action = filled, Attr(form, "action")
			}
		}
		for name, value := range map[string]string{"identifier": ada, "credentials/passcode": adaPassword} {
			if values.Has(name) {
				values.Set(name, value)
			}
		}
		target, parseErr := at.Parse(action)
		if parseErr != nil {
			w.Fatal(parseErr)
		}
		answer, err = client.PostForm(target.String(), values)
	}
	w.Fatalf("the org's own pages do not lead back: %v", err)
	return ""
}

// What cannot be done on this host can be done on Okta's own page, where the
// operator allows it, and ends on the page that was asked for; elsewhere a code of
// that sign-in is worth nothing.
func TestContinueAtOkta(t *testing.T) {
	t.Parallel()
	policy := oktasim.Policy{}
	policy.Settings.RPID = "elsewhere.example"
	policy.Settings.Passkeys = true
	w := newCallbackWorld(t, policy, "continue_at_okta", "public_url http://localhost:{$PORT}")
	b := w.browser()
	b.Open("/deep?q=1")
	if !strings.Contains(b.Last.Body, `data-remediation="continue-at-okta"`) {
		t.Fatalf("the page has no way to Okta: %s", b.Last.Body)
	}
	away := w.exit(b, "continue-at-okta")
	u, err := url.Parse(away)
	if err != nil || !strings.HasPrefix(away, w.org.URL+"/oauth2/default/v1/authorize?") || u.Query().Get("code_challenge_method") != "S256" || u.Query().Get("nonce") == "" || u.Query().Has("client_secret") {
		t.Fatalf("leads to %s", away)
	}
	back := w.hostedSignIn(away)
	stranger := w.browser()
	stranger.Open("/")
	w.arrive(stranger, back)
	if stranger.SignedIn("/") {
		t.Error("another browser is signed in with the code")
	}
	w.arrive(b, back)
	if b.URL != w.site.URL+"/deep?q=1" || !strings.Contains(b.Last.Body, UpstreamMark) {
		t.Errorf("ended at %s: %d", b.URL, b.Last.Status)
	}
	if len(w.site.Log.Find("a way to sign in cannot be offered here")) == 0 {
		t.Error("the log does not tell the operator what is wrong with passkeys")
	}
}
