package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// A GET of an exit begins a visit elsewhere, and one of the callback ends it. For
// those who only look (a HEAD, a prefetch, a script, a frame, a preview that a
// chat makes), with the very cookies of the browser that waits, neither does: no
// call, no cookie of the sign-in, no address outside; and the code is still good
// when the browser itself comes.
//
// Rows: S-39.
func TestS39_ExitsAndCallbacksForThoseWhoOnlyLook(t *testing.T) {
	t.Parallel()
	w := newCallbackWorld(t, partner)
	b := w.browser()
	b.Open("/deep?q=1")
	var link string
	for _, href := range b.Page.Links {
		if strings.HasPrefix(href, "/.okta/leave/redirect-idp") {
			link = href
		}
	}
	look := func(address, want string) {
		t.Helper()
		w.org.ResetCalls()
		only := func(method string, headers ...string) {
			t.Helper()
			got := b.Do(b.Request(method, address, "", headers...))
			if got.Status != http.StatusSeeOther || got.Header.Get("Location") != want {
				t.Errorf("%s %v: %d to %q", method, headers, got.Status, got.Header.Get("Location"))
			}
			if cookies := strings.Join(got.Header.Values("Set-Cookie"), "\n"); strings.Contains(cookies, "okta_auth=") || strings.Contains(cookies, "okta_auth_signin=") {
				t.Errorf("%s %v sets %s", method, headers, cookies)
			}
		}
		only(http.MethodHead, navigation...)
		only(http.MethodGet, append(slices.Clone(navigation), "Sec-Purpose: prefetch;prerender")...)
		only(http.MethodGet, append(slices.Clone(navigation), "Purpose: prefetch")...)
		only(http.MethodGet, "Accept: text/html", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty", "Sec-Fetch-Site: same-origin")
		only(http.MethodGet, "Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe", "Sec-Fetch-Site: cross-site")
		only(http.MethodGet, "Accept: image/avif,*/*", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image", "Sec-Fetch-Site: same-origin")
		only(http.MethodGet, "Accept: */*", "User-Agent: chat-preview")
		if calls := w.org.Calls(); len(calls) > 0 {
			t.Errorf("calls %v", calls)
		}
	}
	look(link, "/deep?q=1")
	address := w.atProvider(w.exit(b, "redirect-idp"), url.Values{"login": {ada}})
	look(address, "/.okta/callback")
	w.arrive(b, address)
	if b.URL != w.site.URL+"/deep?q=1" || !b.SignedIn("/deep?q=1") {
		t.Errorf("the browser itself ends at %s", b.URL)
	}
}

// Anybody can make a link to the callback, and have a signed-in user follow it.
// Whatever it says, the user sees a page or the application, and stays signed in:
// a GET signs nobody out, and no more does looking at the page that a link leads
// to.
//
// Rows: S-27, S-39.
func TestS27_LinkSignsNobodyOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, query := range []string{
		"", "?recovery_token=abcdefgh", "?activation_token=abcdefgh", "?recovery_token=%01", "?recovery_token=", "?recovery_token=a&otp=123456",
		"?recovery_token=a&state=s&code=c", "?recovery_token=a&error=access_denied", "?otp=123456", "?interaction_code=x&state=s",
	} {
		b := w.signedIn()
		b.Open("/.okta/callback" + query)
		b.Reload()
		if cookies := b.Last.Header.Values("Set-Cookie"); !b.SignedIn("/") {
			t.Errorf("%q signs the user out: %q", query, cookies)
		}
	}
}
