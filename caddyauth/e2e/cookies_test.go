package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Our cookies are somebody's session: the application, and its logs, never see
// them. All others arrive as they were sent.
//
// Rows: CVE-2026-41181, S-50.
func TestCVE_2026_41181_OurCookiesNeverReachTheApplication(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"http": newWorld(t, "public /public/*"), "https": newSecureWorld(t, "public /public/*")} {
		b := w.signedIn()
		pending := w.browser()
		pending.Open("/")
		ours := b.Jar.For(mustParse(w.site.URL)) + "; " + pending.Jar.For(mustParse(w.site.URL))
		for _, path := range []string{"/app", "/public/x"} {
			for _, cookies := range []string{
				"app=1; " + ours, ours + "; app=1", ours + ";app=1;" + ours, "$Version=1; " + ours + "; app=1", "app=1\r\nCookie: " + ours, ours + "\r\nCookie: app=1",
			} {
				w.echo.Reset()
				w.site.Raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " + cookies + "\r\n\r\n")
				got := strings.Join(w.echo.Last(t).Values("Cookie"), "|")
				if strings.Contains(got, "okta_auth") || !strings.Contains(got, "app=1") {
					t.Errorf("%s %s: the application got the cookies %q", name, path, got)
				}
				for _, pair := range strings.Split(ours, "; ") {
					if _, value, _ := strings.Cut(pair, "="); strings.Contains(got, value) {
						t.Errorf("%s: the application got a value of ours", path)
					}
				}
			}
		}
	}
}

// An application that could set our cookies could plant a session, or end one.
//
// Rows: F-34, Caddy 25b3eab6d.
func TestF34_ApplicationCannotSetOurCookies(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"http": newWorld(t, "public /public/*"), "https": newSecureWorld(t, "public /public/*")} {
		b := w.signedIn()
		full := b.Jar.Get("okta_auth").Name
		hostile := []string{
			full + "=evil", full + "=; Max-Age=0", full + "_1=evil", full + "_99=evil", full + "_signin=evil; Path=/", full + "_device=evil",
			" " + full + "=evil", "\t" + full + " =evil", "=" + full + "=evil", full + "=evil; Domain=localhost; Path=/app", full,
		}
		if strings.HasPrefix(full, "__Host-") {
			hostile = append(hostile, "__HOST-okta_auth=evil; Secure; Path=/", "__host-okta_auth=evil; Secure; Path=/")
		}
		lines := []string{"Content-Type: text/plain", "Set-Cookie: app=1; Path=/", "set-cookie: other=2"}
		for _, line := range hostile {
			lines = append(lines, "Set-Cookie: "+line, "SET-COOKIE: "+line)
		}
		w.echo.Answer(func(r *EchoRequest) string {
			if len(r.Values("Upgrade")) > 0 {
				return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
			}
			early := "HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n"
			if strings.Contains(r.Target(), "early") {
				return early + RawAnswer(200, "hello", lines...)
			}
			return RawAnswer(200, "hello", lines...)
		})
		check := func(what string, header http.Header) {
			t.Helper()
			got := header.Values("Set-Cookie")
			if slices.ContainsFunc(got, func(line string) bool { return strings.Contains(strings.ToLower(line), "okta_auth") }) {
				t.Errorf("%s, %s: the browser got %q", name, what, got)
			}
			if !slices.Contains(got, "app=1; Path=/") {
				t.Errorf("%s, %s: the application's own cookie is gone: %q", name, what, got)
			}
		}
		check("signed in", b.Get("/app").Header)
		check("public", w.browser().Get("/public/x").Header)
		check("after early hints", b.Get("/early").Header)
		resp, _ := w.site.Raw("GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: " + b.Jar.For(mustParse(w.site.URL)) + "\r\n\r\n")
		if resp.StatusCode != http.StatusSwitchingProtocols {
			t.Errorf("an upgrade is answered with %d", resp.StatusCode)
		}
		check("on 101", resp.Header)
	}
}

// Every cookie of ours, through a whole life, by the rules of a jar that
// enforces prefixes (Envoy CVE-2025-55162: a removal that lacked Secure).
//
// Rows: S-33, CVE-2025-55162, Envoy #24097.
func TestS33_CookieAttributes(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	proxied := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://:{$PORT}",
		GateBlock(org, "public_url https://app.example.com", "redirect_uri http://localhost/.okta/callback"), "reverse_proxy "+echo.Addr))}
	plain, secure := newWorld(t), newSecureWorld(t)
	for name, c := range map[string]struct {
		*world
		b      *Browser
		secure bool
	}{
		"http on loopback":   {plain, plain.browser(), false},
		"https":              {secure, secure.browser(), true},
		"behind a TLS proxy": {proxied, NewBrowserBehind(t, proxied.site, "https://app.example.com"), true},
	} {
		c.org.Policy("second_page")
		var lines []string
		note := func(a *Answer) { lines = append(lines, a.Header.Values("Set-Cookie")...) }
		b := c.b
		note(b.Open("/"))
		for _, step := range [][]string{{"identify", "identifier", ada}, {"challenge-authenticator", "credentials/passcode", "wrong"}, {"challenge-authenticator", "credentials/passcode", adaPassword}} {
			form := b.Form(step[0])
			note(b.Do(b.Post(form.Action, form.Fill(step[1:]...))))
			note(b.Open("/"))
		}
		if !strings.Contains(b.Last.Body, UpstreamMark) {
			t.Fatalf("%s: not signed in: %d", name, b.Last.Status)
		}
		total := 0
		for _, cookie := range b.Jar.cookies {
			total += len(cookie.Name) + len(cookie.Value)
		}
		if total > 6<<10 {
			t.Errorf("%s: our cookies have %d bytes", name, total)
		}
		b.Open("/.okta/signout")
		form := b.Page.Forms[0]
		note(b.Do(b.Post(form.Action, form.Fill())))
		if b.Jar.Get("okta_auth") != nil || b.SignedIn("/") {
			t.Errorf("%s: signing out leaves %q", name, b.Jar.Names())
		}
		if len(b.Jar.Refused) > 0 {
			t.Errorf("%s: a browser refuses %q", name, b.Jar.Refused)
		}
		if len(lines) < 4 {
			t.Errorf("%s: only %d cookies set", name, len(lines))
		}
		for _, line := range lines {
			want := []string{"; HttpOnly", "; SameSite=Lax", "; Path=/"}
			if c.secure {
				want = append(want, "; Secure")
			}
			for _, attribute := range want {
				if !strings.Contains(line, attribute) {
					t.Errorf("%s: %q lacks %q", name, line, attribute)
				}
			}
			if strings.Contains(strings.ToLower(line), "; domain") || strings.HasPrefix(line, "__Host-") != c.secure {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}

// A session that does not fit into its cookie is one clear page and never a
// loop; a large one that fits works.
//
// Rows: F-28, F-26, AWS ALB.
func TestF28_SessionTooLargeForItsCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	groups := func(n int) (out []string) {
		for i := range n {
			out = append(out, "Department of Group Number "+string(rune('a'+i%26))+strings.Repeat("z", i%7))
		}
		return out
	}
	for _, n := range []int{40, 60, 70, 80, 300} {
		login := "many" + string(rune('a'+n%26)) + "@example.com"
		u := user(login, "pw")
		u.Groups = groups(n)
		w.org.AddUser(u)
		b := w.browser()
		b.Open("/")
		b.Submit("identify", "identifier", login, "credentials/passcode", "pw")
		if sent := len(b.Jar.For(mustParse(w.site.URL))); sent > 6<<10 || len(b.Jar.Refused) > 0 {
			t.Errorf("%d groups: our cookies have %d bytes, refused %q", n, sent, b.Jar.Refused)
		}
		if b.Page == nil {
			expectHeader(t, w.echo.Last(t), "X-Forwarded-Groups", strings.Join(groups(n), ","))
			continue
		}
		if n <= 60 {
			t.Errorf("%d groups: %v", n, b.Page.Messages)
		}
		if b.Last.Status < 500 || len(b.Page.Messages) == 0 || len(b.History) > 3 {
			t.Errorf("%d groups: %d %v by %q", n, b.Last.Status, b.Page.Messages, b.History)
		}
	}
	if len(w.site.Log.Find("sign-in did not work")) == 0 || !strings.Contains(w.site.Log.String(), "groups") {
		t.Error("the log does not name the claim that is too large")
	}
}
