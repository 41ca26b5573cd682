package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Who am I, until when: as JSON for a program, and nothing in it that opens
// anything. It is this user's answer alone, so nobody keeps it.
func TestMeAsJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "session memory", "lifetime 3h", "group_filter Every* Fin*")
	u := user("mary@example.com", "pw")
	u.Name, u.Groups = "Mary “<b>\" Moe", []string{"Finance", "Secret", "Everyone"}
	w.org.AddUser(u)
	b := w.browser()
	if got := b.Get("/.okta/me"); got.Status != http.StatusUnauthorized || !strings.Contains(got.Header.Get("Content-Type"), "json") {
		t.Errorf("nobody's: %d %s", got.Status, got.Body)
	}
	b.SignIn("/", "mary@example.com", "pw")
	got := b.Get("/.okta/me")
	var me struct {
		User, Sub, Email, Name, Session string
		Groups                          []string
		Since                           time.Time `json:"signed_in_at"`
		Ends                            time.Time `json:"ends_at"`
		SignOut                         string    `json:"sign_out"`
	}
	if err := json.Unmarshal([]byte(got.Body), &me); err != nil || got.Status != http.StatusOK {
		t.Fatalf("%d %s: %v", got.Status, got.Body, err)
	}
	if me.User != "mary@example.com" || me.Email != "mary@example.com" || me.Sub == "" || me.Ends.Sub(me.Since) != 3*time.Hour || me.SignOut != w.site.URL+"/.okta/signout" {
		t.Errorf("%+v", me)
	}
	if !slices.Equal(me.Groups, []string{"Everyone", "Finance"}) {
		t.Errorf("groups %q", me.Groups)
	}
	if cache := got.Header.Get("Cache-Control"); !strings.Contains(cache, "no-store") || got.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("headers %q", got.Header)
	}
	if listed := w.site.sessions("login=mary@example.com")[0].Sessions; len(listed) != 1 || listed[0].Session != me.Session {
		t.Errorf("an administrator's list has %+v, the user's page %q", listed, me.Session)
	}
	if got := b.Do(b.Request(http.MethodHead, "/.okta/me", "")); got.Status != http.StatusOK || got.Body != "" {
		t.Errorf("HEAD: %d %q", got.Status, got.Body)
	}
	if got := b.Do(b.Request(http.MethodPost, "/.okta/me", "")); got.Status != http.StatusNotFound {
		t.Errorf("POST: %d", got.Status)
	}
}

// tokenLike is what a token, a handle or a sealed value looks like: long, and no
// word. What stands in forms against forgery is a keyed hash of 22 characters.
var tokenLike = regexp.MustCompile(jwtLike.String() + `|[\w-]{40,}`)

// Users' pages have shown tokens elsewhere. Here there is nothing that looks like
// one, signed in and out, as JSON and as a page, with every store.
//
// Rows: CVE-2022-24797, CVE-2024-39315, S-28.
func TestCVE_2024_39315_MeShowsNoToken(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"session cookie", "session memory"} {
		w := newWorld(t, store)
		b := w.signedIn()
		values := map[string]string{}
		for _, c := range b.Jar.cookies {
			values[c.Name] = c.Value
		}
		for what, body := range map[string]string{"JSON": b.Get("/.okta/me").Body, "page": b.Open("/.okta/me").Body, "list": fmt.Sprint(w.site.admin(http.MethodGet, ""))} {
			if found := tokenLike.FindString(body); found != "" && !strings.HasPrefix(found, "sha") && !strings.Contains(found, "/") {
				t.Errorf("%s, %s: %q looks like a token", store, what, found)
			}
			for name, value := range values {
				if len(value) > 8 && strings.Contains(body, value) {
					t.Errorf("%s, %s: the value of %s", store, what, name)
				}
			}
		}
	}
}

// Who asks for it when a refresh is due is signed in all the same, and gets what the
// refresh brought: the token in the old cookie is spent, and after a restart nobody else
// has the new one.
//
// Rows: S-25.
func TestS25_MeRefreshes(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	w.org.SetPolicy(oktasim.Policy{Refresh: oktasim.Rotating})
	b := w.signedInWith(fresh, ada, adaPassword)
	w.rerun("header_up X-Given {claim.given_name}")
	if got := b.Get("/.okta/me"); got.Status != http.StatusOK || !strings.Contains(got.Body, ada) {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	w.site.Restart()
	if answer := b.Get("/"); toldHeader(answer, "X-Given") != "Ada" {
		t.Errorf("%d: X-Given is %q", answer.Status, toldHeader(answer, "X-Given"))
	}
	if n := w.org.Calls()["refresh"]; n != 1 {
		t.Errorf("%d refreshes", n)
	}
}

// The page: who is not signed in signs in there and comes back to it; from it one
// signs out, or goes on as somebody else.
func TestMePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	if got := b.Open("/.okta/me"); got.Status != http.StatusUnauthorized {
		t.Errorf("nobody's: %d", got.Status)
	}
	b.Submit("identify", credentials()...)
	if b.URL != w.site.URL+"/.okta/me" || b.Page == nil || b.Page.Heading != "You are signed in" || !strings.Contains(b.Last.Body, ada) {
		t.Fatalf("after signing in: %s %d", b.URL, b.Last.Status)
	}
	if len(b.Page.Forms) != 2 || b.Page.Links[0] != "/" {
		t.Fatalf("forms %+v, links %q", b.Page.Forms, b.Page.Links)
	}
	other := b.Page.Forms[1]
	b.follow(b.Post(other.Action, other.Fill()))
	if b.Page == nil || b.Page.Form("identify") == nil || b.SignedIn("/") {
		t.Fatalf("another account: %s %d", b.URL, b.Last.Status)
	}
	b.Submit("identify", "identifier", grace, "credentials/passcode", gracePassword)
	if me := b.me(); me.User != grace {
		t.Errorf("signed in as %q", me.User)
	}
	b.Open("/.okta/me")
	out := b.Page.Forms[0]
	b.follow(b.Post(out.Action, out.Fill()))
	if b.Page == nil || b.Page.Heading != "You are signed out" || b.SignedIn("/") {
		t.Errorf("signing out: %s %d", b.URL, b.Last.Status)
	}
}

// The page in a real browser: readable at 320 px, light and dark, by WCAG 2.2 AA as
// far as a program can tell, and its two ways out. Signing out at Okta leads back
// to a page of ours.
func TestMePageInABrowser(t *testing.T) {
	c := startChromium(t)
	t.Run("looks", func(t *testing.T) { mePageLooks(t, c) })
	t.Run("sign-out at Okta", func(t *testing.T) { signOutAtOktaInABrowser(t, c) })
	t.Run("same_site strict", func(t *testing.T) { signOutAtOktaInABrowser(t, c, "cookie {\nsame_site strict\n}") })
}

func mePageLooks(t *testing.T, c *chromium) {
	w := newShop(t)
	u := user("mary.with.a.long.name@department.example.com", "pw")
	u.Name = "Mary Moe"
	for i := range 40 {
		u.Groups = append(u.Groups, fmt.Sprintf("Department of Group Number %d", i))
	}
	w.org.AddUser(u)
	axe, err := os.ReadFile("testdata/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		rig.Skip(t, "needs axe-core: run `npm ci` in caddyauth/e2e/testdata/axe")
	}
	p := c.open(t, w.site, true)
	p.visit("/.okta/me")
	p.submit("identify", "identifier", u.Login, "credentials/passcode", "pw")
	p.shows("You are signed in")
	p.at("/.okta/me")
	evaluate[bool](p, string(axe)+"; true")
	for _, width := range []int64{320, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			p.looks(width, 800, scheme, 1)
			for _, v := range evaluate[[]axeViolation](p, runAxe) {
				t.Errorf("%d px, %s: %s: %s\n\t%s", width, scheme, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
			}
			if got := evaluate[int64](p, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("the page is %d px wide on %d", got, width)
			}
			if folder := os.Getenv("CADDY_OKTA_SCREENSHOTS"); folder != "" {
				file := filepath.Join(folder, fmt.Sprintf("me-%d-%s.png", width, scheme))
				if err := os.WriteFile(file, command(p, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	p.load(func() { p.click(`main form:nth-of-type(2) button, form + form button`) })
	p.must(`!!document.querySelector("[data-remediation=identify]")`, "another account: no sign-in")
}

// signOutAtOktaInABrowser signs in on Okta's own page, which is another site's, and
// comes back signed in; and the same way out.
func signOutAtOktaInABrowser(t *testing.T, c *chromium, lines ...string) {
	policy := oktasim.Policy{}
	policy.Settings.RPID = "elsewhere.example"
	policy.Settings.Passkeys = true
	w := newCallbackWorld(t, policy, append(lines, "continue_at_okta", "public_url http://localhost:{$PORT}", "okta_sign_out auto")...)
	w.echo.Answer(application)
	p := c.open(t, w.site, true, w.org.URL)
	p.expect = []string{"NavigationEntryMarkedSkippable", "BounceTrackingIssue"}
	p.visit("/deep")
	p.load(func() { p.click(`a[data-remediation="continue-at-okta"]`) })
	for step := 0; step < 4 && !strings.HasPrefix(p.href(), w.site.URL); step++ {
		p.must(`document.forms.length > 0`, "no form at Okta")
		evaluate[bool](p, fmt.Sprintf(`for (const [name, value] of Object.entries({"identifier": %q, "credentials/passcode": %q})) {
			const field = document.getElementsByName(name)[0]; if (field) field.value = value
		}; true`, ada, adaPassword))
		p.load(func() {
			evaluate[bool](p, `([...document.forms].find(f => f.querySelector("[name=identifier], [name='credentials/passcode']")) ?? document.forms[0]).requestSubmit(), true`)
		})
	}
	p.comesTo("Application") // by itself, where the cookie is strict
	p.at("/deep")
	p.visit("/.okta/signout")
	p.shows("Sign out?")
	p.load(func() { p.click(`form button`) })
	p.shows("You are signed out")
	p.at("/.okta/signout")
	p.visit("/deep")
	p.must(`!!document.querySelector("[data-remediation=identify]")`, "still signed in")
}
