package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// stuckBecauseOfCookies fails the test unless the page says that cookies do not
// come back, and leads to where the user wanted to go.
func (w *world) stuckBecauseOfCookies(b *Browser, target string) {
	w.Helper()
	if b.Page == nil || !strings.Contains(b.Page.Heading, "cookie") || len(b.Page.Messages) == 0 || b.Last.Status != http.StatusBadRequest {
		w.Fatalf("instead of the page about cookies: %d %.300s", b.Last.Status, b.Last.Body)
	}
	if len(b.Page.Links) == 0 || b.Page.Links[0] != target {
		w.Errorf("the page leads to %q", b.Page.Links)
	}
}

// logged waits for the first line of the log with that reason.
func (w *world) logged(reason string) map[string]any {
	w.Helper()
	var found map[string]any
	rig.Eventually(w, "a line in the log with the reason "+reason, func() bool {
		for _, entry := range w.site.Log.Lines() {
			if entry["reason"] == reason {
				found = entry
			}
		}
		return found != nil
	})
	return found
}

// A browser that keeps no cookie learns so from its first post, not from a form
// that comes back empty for ever.
func TestBrowserThatRefusesCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.Open("/deep?x=1")
	b.Jar = new(Jar)
	w.org.ResetCalls()
	b.Submit("identify", credentials()...)
	w.stuckBecauseOfCookies(b, "/deep?x=1")
	if calls := w.org.Calls(); len(calls) > 0 {
		t.Errorf("the org was called: %v", calls)
	}
	if line := w.logged("cookie_missing"); line["public_url"] != w.site.URL || line["client_ip"] != "127.0.0.1" {
		t.Errorf("the log says %v", line)
	}
	// Cookies allowed, and the link followed:
	b.Open(b.Page.Links[0])
	b.Submit("identify", credentials()...)
	if b.URL != w.site.URL+"/deep?x=1" || !b.SignedIn("/") {
		t.Errorf("no way on: %s %d", b.URL, b.Last.Status)
	}
}

// vouch-proxy's loop counter: a sign-in that begins again by itself three times
// in a row ends on a page.
//
// Rows: vouch-proxy, oauth2-proxy #3369.
func TestVouchProxy_ThirdRestartInARowEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	expire := func() { t.Helper(); w.org.Expire(); b.Submit("identify", credentials()...) }
	b.Open("/deep?x=1")
	for range 2 {
		if expire(); b.Form("identify").Value("identifier") != ada {
			t.Error("a restart forgets who it was for")
		}
	}
	expire()
	w.stuckBecauseOfCookies(b, "/deep?x=1")
	if line := w.logged("sign_in_loop"); line["level"] != "error" || line["public_url"] != w.site.URL || !strings.Contains(fmt.Sprint(line["msg"]), "clock") {
		t.Errorf("the log says %v", line)
	}
	b.Open(b.Page.Links[0])
	b.Submit("identify", credentials()...)
	if b.URL != w.site.URL+"/deep?x=1" || !b.SignedIn("/") {
		t.Errorf("no way on: %s %d", b.URL, b.Last.Status)
	}
}

// Two restarts today and two tomorrow are no loop: a session that comes back
// ends the row, and whoever is signed in is not told otherwise.
func TestRestartsAreForgottenAfterSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.Policy("second_page")
	b := w.browser()
	b.Open("/deep")
	for range 3 {
		for range 2 {
			w.org.Expire()
			b.Submit("identify", "identifier", ada)
			b.Form("identify")
		}
		b.Submit("identify", "identifier", ada)
		b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
		if b.URL != w.site.URL+"/deep" || !strings.Contains(b.Last.Body, UpstreamMark) {
			t.Fatalf("not signed in: %s %d %.300s", b.URL, b.Last.Status, b.Last.Body)
		}
		b.signOut("/.okta/signout")
		b.Open("/deep")
	}
	if lines := w.site.Log.Find("in a row"); len(lines) > 0 {
		t.Errorf("the log says %v", lines)
	}
}

// The count is the browser's own. One that somebody made up shows the page once
// at most, and stands in nobody's way after that.
func TestMadeUpCountOfRestarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, count := range []string{"1.3", "1.2", "1.1", "1.0", "1.-1", "1.99999999999999999999", "1.x", "1.", "3", "x", ""} {
		b := w.browser()
		b.Jar.Put(mustParse(w.site.URL), &http.Cookie{Name: "okta_auth_tries", Value: count})
		b.Open("/")
		if b.Page != nil && b.Page.Form("identify") == nil {
			w.stuckBecauseOfCookies(b, "/")
			b.Open(b.Page.Links[0])
		}
		b.Submit("identify", credentials()...)
		if !strings.Contains(b.Last.Body, UpstreamMark) {
			t.Errorf("%q: %d", count, b.Last.Status)
		}
	}
}

// A session cookie that does not come back, be it too large for the browser or
// taken away on the way: whoever signs in again and again must be told.
//
// Rows: F-26, AWS ALB.
func TestF26_SessionCookieThatDoesNotComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.Open("/deep?x=1")
	for tries := 0; b.Page != nil && b.Page.Form("identify") != nil && tries < 5; tries++ {
		form := b.Form("identify")
		answer := b.Do(b.Post(form.Action, form.Fill(credentials()...)))
		b.Jar.Drop("okta_auth")
		if answer.Status == http.StatusSeeOther {
			b.Open("/deep?x=1")
		} else {
			b.Page = ParsePage(t, answer.Body)
		}
	}
	if b.Page == nil || b.Page.Form("identify") != nil || !strings.Contains(b.Page.Heading, "cookie") {
		t.Errorf("five sign-ins in a row, and the user sees %d %.300s", b.Last.Status, b.Last.Body)
	}
}

// Secure cookies on a plain http address: the browser keeps none of them. The
// post says where it comes from, and the operator reads both addresses.
func TestSecureCookiesOnPlainHTTP(t *testing.T) {
	t.Parallel()
	w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
	w.site = StartSite(t, SiteBlock("http://:{$PORT}", GateBlock(w.org, "public_url https://app.localhost"), "reverse_proxy "+w.echo.Addr))
	b := w.browser()
	b.Open("/deep?x=1")
	if len(b.Jar.Names()) > 0 {
		t.Errorf("cookies %q over plain http", b.Jar.Names())
	}
	b.Submit("identify", credentials()...)
	if b.Page == nil || len(b.Page.Messages) == 0 || b.Page.Form("identify") != nil {
		t.Errorf("the user sees %d %.300s", b.Last.Status, b.Last.Body)
	}
	rig.Eventually(t, "the log names both addresses", func() bool {
		for _, entry := range w.site.Log.Lines() {
			if text := fmt.Sprint(entry); entry["level"] == "warn" && strings.Contains(text, "https://app.localhost") && strings.Contains(text, w.site.URL) {
				return true
			}
		}
		return false
	})
}
