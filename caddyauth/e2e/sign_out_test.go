package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// newOktaWorld offers to go on at Okta's own page, and ends that session too when
// the user signs out.
func newOktaWorld(t *testing.T, lines ...string) *world {
	t.Helper()
	policy := oktasim.Policy{}
	policy.Settings.RPID = "elsewhere.example"
	policy.Settings.Passkeys = true
	return newCallbackWorld(t, policy, append([]string{"continue_at_okta", "public_url http://localhost:{$PORT}"}, lines...)...)
}

// oktasPage signs a browser in on Okta's own page.
func (w *world) oktasPage(b *Browser) {
	w.Helper()
	b.Open("/deep")
	w.arrive(b, w.hostedSignIn(w.exit(b, "continue-at-okta")))
	if !b.SignedIn("/") {
		w.Fatalf("not signed in: %d", b.Last.Status)
	}
}

// The session at Okta is ended where this sign-in made one, if the operator wants
// it, and no browser is sent to Okta otherwise. The address has the ID token in it,
// and no log of ours or Caddy's has the address.
//
// Rows: S-52.
func TestS52_SignOutAtOkta(t *testing.T) {
	t.Parallel()
	w := newOktaWorld(t, "okta_sign_out auto")
	b := w.browser()
	w.oktasPage(b)
	answer := b.signOut("/.okta/signout?return_to=/bye")
	to, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), w.org.URL+"/oauth2/default/v1/logout?") {
		t.Fatalf("signing out leads to %d %q", answer.Status, to)
	}
	token, back := to.Query().Get("id_token_hint"), to.Query().Get("post_logout_redirect_uri")
	if strings.Count(token, ".") != 2 || back != w.site.URL+"/.okta/signout" || len(to.Query()) != 2 {
		t.Errorf("Okta gets %q", to.Query())
	}
	if b.SignedIn("/") {
		t.Error("still signed in here")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(to.String())
	if err != nil || resp.Header.Get("Location") != back {
		t.Fatalf("Okta answers %v %v", resp, err)
	}
	resp.Body.Close()
	if b.Open(back); b.Last.Status != http.StatusOK || b.Page.Heading != "You are signed out" {
		t.Errorf("back from Okta: %d %q", b.Last.Status, b.Page.Heading)
	}
	if strings.Contains(w.site.Log.String(), token) {
		t.Error("the ID token is in the log")
	}

	// A password sign-in made no session at Okta.
	inPlace := w.signedIn()
	if got := inPlace.signOut("/.okta/signout?return_to=/bye").Header.Get("Location"); got != "/bye" {
		t.Errorf("signing out of a sign-in in place leads to %q", got)
	}
	// Okta does not tell where its sessions end: over here all the same.
	lost := w.browser()
	w.oktasPage(lost)
	w.site.Restart()
	w.org.Faults(Fault{Endpoint: "discovery", Status: 500, Body: "down"}, Fault{Endpoint: "revoke", Status: 500, Body: "down"})
	if got := lost.signOut("/.okta/signout?return_to=/bye").Header.Get("Location"); got != "/bye" || lost.SignedIn("/") {
		t.Errorf("signing out while Okta is down leads to %q", got)
	}
}

// Without okta_sign_out nobody is sent to Okta.
func TestSignOutAtOktaIsOffByDefault(t *testing.T) {
	t.Parallel()
	w := newOktaWorld(t)
	b := w.browser()
	w.oktasPage(b)
	if got := b.signOut("/.okta/signout").Header.Get("Location"); got != "/.okta/signout" {
		t.Errorf("signing out leads to %q", got)
	}
}

// Okta hangs. The user is told at once that the session is over, and it is.
//
// Rows: S-26.
func TestS26_SignOutWhileOktaHangs(t *testing.T) {
	t.Parallel()
	var givenUp atomic.Bool
	org, echo := StartOrgServer(t, &oktasim.Server{Intercept: func(endpoint string, _ http.ResponseWriter, r *http.Request) bool {
		if endpoint != "revoke" {
			return false
		}
		_ = r.ParseForm() // the body, so that the end of the call is noticed
		<-r.Context().Done()
		givenUp.Store(true)
		return true
	}}), StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, Caddyfile(org, echo))}
	b := w.signedIn()
	copied := b.Jar.Copy()
	if got := b.signOut("/.okta/signout"); got.Status != http.StatusSeeOther || givenUp.Load() {
		t.Errorf("%d, and only when Okta was given up: %v", got.Status, givenUp.Load())
	}
	if b.Jar = copied; b.SignedIn("/") {
		t.Error("a copy of the session is still signed in")
	}
}

// What browsers are told to forget comes with the sign-out, and with nothing else.
func TestClearSiteData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "clear_site_data cache storage", "sign_out_path /logout")
	b := w.signedIn()
	if got := b.Open("/.okta/signout").Header.Get("Clear-Site-Data"); got != "" {
		t.Errorf("the question clears %q", got)
	}
	if got := b.signOut("/.okta/signout").Header.Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("signing out clears %q", got)
	}
	if got := b.Open("/.okta/signout").Header.Get("Clear-Site-Data"); got != "" {
		t.Errorf("the page after it clears %q", got)
	}
}

// The application's own sign-out path signs out: a link and a form of the
// application's, and who types it. The application never sees it. Another site's
// link asks, its images, frames and forms do nothing at all, and so does a
// browser that fetches ahead.
//
// Rows: S-27.
func TestS27_ClaimedSignOutPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sign_out_path /logout", "public /public/*")
	head := func(site, mode, dest string) []string {
		return []string{"Accept: text/html", "Sec-Fetch-Site: " + site, "Sec-Fetch-Mode: " + mode, "Sec-Fetch-Dest: " + dest}
	}
	for name, c := range map[string]struct {
		method string
		header []string
		ends   bool
	}{
		"link of the application":        {"GET", head("same-origin", "navigate", "document"), true},
		"typed":                          {"GET", head("none", "navigate", "document"), true},
		"form of the application":        {"POST", append(head("same-origin", "navigate", "document"), "Origin: "+w.site.URL), true},
		"script of the application":      {"POST", append(head("same-origin", "cors", "empty"), "Origin: "+w.site.URL), true},
		"old browser, form":              {"POST", []string{"Accept: text/html", "Origin: " + w.site.URL}, true},
		"link of another site":           {"GET", head("cross-site", "navigate", "document"), false},
		"link of a sibling":              {"GET", head("same-site", "navigate", "document"), false},
		"image of another site":          {"GET", head("cross-site", "no-cors", "image"), false},
		"image in the application":       {"GET", head("same-origin", "no-cors", "image"), false},
		"frame in the application":       {"GET", head("same-origin", "navigate", "iframe"), false},
		"prefetch":                       {"GET", append(head("same-origin", "navigate", "document"), "Sec-Purpose: prefetch"), false},
		"form of another site":           {"POST", append(head("cross-site", "navigate", "document"), "Origin: https://evil.example"), false},
		"form of a sibling":              {"POST", append(head("same-site", "navigate", "document"), "Origin: http://evil.localhost"), false},
		"form of a sandbox":              {"POST", append(head("cross-site", "navigate", "document"), "Origin: null"), false},
		"old browser, link":              {"GET", []string{"Accept: text/html"}, false},
		"old browser, foreign form":      {"POST", []string{"Accept: text/html", "Origin: https://evil.example"}, false},
		"old browser, form from whoever": {"POST", []string{"Accept: text/html"}, false},
		"program":                        {"GET", nil, false},
		"HEAD":                           {"HEAD", head("same-origin", "navigate", "document"), false},
		"DELETE":                         {"DELETE", head("same-origin", "cors", "empty"), false},
	} {
		b := w.signedIn()
		w.echo.Reset()
		got := b.Do(b.Request(c.method, "/logout?x=1", "", c.header...))
		if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/.okta/signout" {
			t.Errorf("%s: %d to %q", name, got.Status, got.Header.Get("Location"))
		}
		if len(w.echo.Requests()) > 0 {
			t.Errorf("%s: the application saw it", name)
		}
		if b.SignedIn("/") == c.ends {
			t.Errorf("%s: ends the session: want %v", name, c.ends)
		}
	}
	// Signed out already: the page, and not the application.
	w.echo.Reset()
	stranger := w.browser()
	if stranger.Open("/logout"); stranger.URL != w.site.URL+"/.okta/signout" || len(w.echo.Requests()) > 0 {
		t.Errorf("signed out already: %s", stranger.URL)
	}
	// Who was asked says yes.
	b := w.signedIn()
	b.follow(b.Request(http.MethodGet, "/logout", "", head("cross-site", "navigate", "document")...))
	if b.Page == nil || len(b.Page.Forms) != 1 {
		t.Fatalf("who comes from elsewhere is not asked: %d", b.Last.Status)
	}
	b.Do(b.Post(b.Page.Forms[0].Action, b.Page.Forms[0].Fill()))
	if b.SignedIn("/") {
		t.Error("still signed in")
	}
}

// The application ends the session by a header: whatever else it answers, the
// browser's cookie goes, all parts of it, the header stays here, and a copy of
// the cookie is worth nothing.
//
// Rows: ToB-9.
func TestToB9_ApplicationAsksForSignOut(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"session cookie", "session memory"} {
		w := newWorld(t, store, "sign_out_header X-Signed-Out", "public /public/*")
		b := w.browser()
		login := ""
		for n := 60; b.Jar.Get("okta_auth_1") == nil && n < 80; n++ {
			login = fmt.Sprintf("member-of-%d@example.com", n)
			large := user(login, "pw")
			for i := range n {
				large.Groups = append(large.Groups, "Department of Group Number "+strings.Repeat("z", i%7)+string(rune('a'+i%26)))
			}
			w.org.AddUser(large)
			b = w.browser()
			b.SignIn("/", login, "pw")
			if store != "session cookie" {
				break
			}
		}
		copied := b.Jar.Copy()
		w.echo.Answer(func(r *EchoRequest) string {
			switch {
			case strings.HasPrefix(r.Target(), "/public/"), r.Target() == "/logout":
				return RawAnswer(302, "", "Location: /bye", "X-Signed-Out: 1", "Cache-Control: public")
			}
			return ""
		})
		// Where nobody need be signed in it means nothing, and stays here too.
		if got := b.Get("/public/x"); got.Header.Get("X-Signed-Out") != "" || !b.SignedIn("/") {
			t.Errorf("%s: on a public path: %q", store, got.Header)
		}
		w.org.ResetCalls()
		got := b.Get("/logout")
		if got.Status != http.StatusFound || got.Header.Get("Location") != "/bye" || got.Header.Get("X-Signed-Out") != "" || got.Header.Get("Cache-Control") != "private" {
			t.Errorf("%s: %d %q", store, got.Status, got.Header)
		}
		for _, name := range b.Jar.Names() {
			if !strings.HasSuffix(name, "_device") {
				t.Errorf("%s: the browser keeps %q", store, name)
			}
		}
		b.Jar = copied
		if b.SignedIn("/") {
			t.Errorf("%s: a copy of the session is still signed in", store)
		}
		w.expectCalls(map[string]int{"revoke": 1})
		if w.logged("signed_out")["user"] != login {
			t.Errorf("%s: the log does not tell of it", store)
		}
	}
}

// Where sign-out leads: paths of this site, and exactly what is listed.
//
// Rows: CVE-2021-21291, CVE-2019-14857, S-27, ToB-5.
func TestCVE_2021_21291_SignOutLeadsOnlyWhereListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sign_out_return https://www.example.com https://bye.example.com/gone?x=1", "sign_out_return http://localhost:99")
	const fallback = "/.okta/signout"
	for target, want := range map[string]string{
		"https://www.example.com":              "https://www.example.com",
		"https://www.example.com/":             "https://www.example.com/",
		"https://www.example.com/any?x=1":      "https://www.example.com/any?x=1",
		"https://bye.example.com/gone?x=1":     "https://bye.example.com/gone?x=1",
		"http://localhost:99/x":                "http://localhost:99/x",
		"/bye":                                 "/bye",
		"https://bye.example.com/gone":         fallback,
		"https://bye.example.com/gone?x=1&y=2": fallback,
		"https://bye.example.com/":             fallback,
	} {
		if got := w.leavesTo(target); got != want {
			t.Errorf("%q leads to %q, want %q", target, got, want)
		}
	}
	hostile := []string{
		"https://badwww.example.com", "https://example.com", "https://www.example.com.evil", "https://www.example.com.", "https://www.example.com:1@evil.example",
		"https://www.example.com@evil.example", "https://evil.example@www.example.com", "https://www.example.com%2eevil.example", "https://www.example.com%40evil.example",
		"https://www.example.com\\@evil.example", "https://www.example.com\\.evil.example", "https:\\\\www.example.com", "https://www.example.com:444", "http://www.example.com",
		"https:www.example.com", "https:/www.example.com", "https:///www.example.com", "https://www.example.com\t.evil.example", "https://www.example.com\n", " https://www.example.com",
		"https://evil.example/https://www.example.com", "https://evil.example#https://www.example.com", "https://evil.example?https://www.example.com", "//www.example.com", "//evil.example",
		"javascript://www.example.com/%0aalert(1)", "data:text/html,https://www.example.com", "https://www。example.com", "https://ｗｗｗ.example.com", "https://www.example.com\u2025evil", "https://[www.example.com]",
		"https://www.example.com/\\..\\x y", "https://www.example.com/\u202e", "http://localhost:9", "http://localhost:999", "http://localhost",
	}
	for _, target := range slices.Concat(hostile, openRedirects) {
		if got := w.leavesTo(target); got != fallback {
			// Whatever it is, a browser stays on this origin.
			w.stays(target, &Answer{Status: http.StatusSeeOther, Header: http.Header{"Location": {got}}, URL: w.site.URL + "/.okta/signout"})
		}
	}
}

// leavesTo is where a sign-out with return_to leads; nobody has to be signed in to
// be told by the form.
func (w *world) leavesTo(target string) string {
	w.Helper()
	b := w.browser()
	req := b.Post("/.okta/signout", url.Values{"/return": {target}})
	return b.Do(req).Header.Get("Location")
}

// What is not an address, a path or a name of its kind is refused when the config
// is loaded.
func TestSignOutSettingsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for line, says := range map[string]string{
		"sign_out_return www.example.com":           "sign_out_return",
		"sign_out_return http://www.example.com":    "use https",
		"sign_out_return https://www.example.com/#": "sign_out_return",
		"sign_out_return https://a@www.example.com": "sign_out_return",
		"sign_out_return https://*.example.com":     "sign_out_return",
		"sign_out_return https://WWW.example.com":   "sign_out_return",
		"sign_out_path logout":                      "sign_out_path",
		"sign_out_path /log*":                       "sign_out_path",
		"sign_out_path /":                           "sign_out_path",
		"sign_out_path /.okta/x":                    "below the prefix /.okta/",
		"sign_out_path /a/../b":                     "sign_out_path",
		"sign_out_header \"X Signed\"":              "sign_out_header",
		"clear_site_data everything":                "clear_site_data",
		"okta_sign_out always":                      "okta_sign_out",
		"revocation nowhere":                        "revocation",
	} {
		err := w.site.Reload(Caddyfile(w.org, w.echo, line))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", line, err)
		}
	}
}
