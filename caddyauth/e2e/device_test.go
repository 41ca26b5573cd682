package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// deviceOf is what the org heard of the browser at the latest call of an
// endpoint.
func (w *world) deviceOf(endpoint string) map[string]any {
	w.Helper()
	last := w.org.LastCall(endpoint)
	if last == nil {
		w.Fatalf("%s was not called", endpoint)
	}
	return last
}

// Okta's policies, limits and "new device" mails are about the user's browser:
// every call tells of it, with the same name of the device over sign-ins and
// sign-outs, and another one for another browser.
//
// Rows: F-08.
func TestF08_OrgSeesTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.Policy("second_page", "email")
	signIn := func(b *Browser) string {
		t.Helper()
		b.Open("/")
		b.Submit("identify", "identifier", ada)
		b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
		b.Submit("select-authenticator-authenticate")
		b.Submit("resend")
		b.Submit("challenge-authenticator", "credentials/passcode", w.org.Code(ada))
		if !b.SignedIn("/") {
			t.Fatal("not signed in")
		}
		device := ""
		for _, endpoint := range []string{"interact", "introspect", "identify", "challenge", "challenge/resend", "challenge/answer", "token"} {
			got := w.deviceOf(endpoint)
			if got["user_agent"] != "e2e-browser/1.0" || got["accept_language"] != "en" || got["x_forwarded_for"] != "127.0.0.1" {
				t.Errorf("%s: the org heard %v", endpoint, got)
			}
			if cookies := fmt.Sprint(got["cookies"]); cookies != "[DT]" {
				t.Errorf("%s: the org got the cookies %s", endpoint, cookies)
			}
			token, _ := got["x_device_token_sha256"].(string)
			if token == "" || token != got["dt_cookie_sha256"] || device != "" && token != device {
				t.Errorf("%s: device token %v, cookie DT %v, before %q", endpoint, token, got["dt_cookie_sha256"], device)
			}
			device = token
		}
		b.signOut("/.okta/signout")
		if got := w.deviceOf("revoke"); got["user_agent"] != "e2e-browser/1.0" {
			t.Errorf("revoke: the org heard %v", got)
		}
		return device
	}
	one, other := w.browser(), w.browser()
	first, second := signIn(one), signIn(one)
	if first != second {
		t.Error("after a sign-out the browser is another device")
	}
	if signIn(other) == first {
		t.Error("two browsers are one device")
	}
	w.site.Restart()
	if signIn(one) != first {
		t.Error("after a restart the browser is another device")
	}
}

// A device's name that somebody else chose would let them pass for a known
// device: only what was sealed here counts.
//
// Rows: F-08.
func TestF08_MadeUpDeviceIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := map[any]bool{}
	victim := w.browser()
	victim.Open("/")
	names[w.deviceOf("interact")["x_device_token_sha256"]] = true
	value := victim.Jar.Get("okta_auth_device").Value
	for _, made := range []string{"x", strings.Repeat("A", 32), value[:len(value)-2], flip(value, len(value)/2), victim.Jar.Get("okta_auth_signin").Value} {
		b := w.browser()
		b.Jar.Put(mustParse(w.site.URL), &http.Cookie{Name: "okta_auth_device", Value: made})
		b.Open("/")
		got := w.deviceOf("interact")["x_device_token_sha256"]
		if got == "" || names[got] {
			t.Errorf("a device cookie %.20q: the org heard %v", made, got)
		}
		names[got] = true
	}
}

// Okta takes X-Device-Token from confidential clients only.
func TestPublicClientSendsNoDeviceHeader(t *testing.T) {
	t.Parallel()
	w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
	state := w.org.State()
	w.site = StartSite(t, SiteBlock("http://localhost:{$PORT}", "okta_auth {\n issuer "+state.Issuer+"\n client_id "+state.PublicClientID+"\n}", "reverse_proxy "+w.echo.Addr))
	w.browser().SignIn("/", ada, adaPassword)
	for _, endpoint := range []string{"interact", "introspect", "identify"} {
		if got := w.deviceOf(endpoint); got["x_device_token_sha256"] != "" || got["dt_cookie_sha256"] == "" || got["client_auth"] != "none" {
			t.Errorf("%s: the org got %v", endpoint, got)
		}
	}
}
