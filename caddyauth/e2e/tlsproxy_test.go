package e2e

import (
	"net/http"
	"strings"
	"testing"
)

const publicURL = "https://app.localhost"

// newProxiedWorld has a site of plain http whose users come over https by way of
// a proxy. global are options of the Caddyfile.
func newProxiedWorld(t *testing.T, global string, lines ...string) *world {
	t.Helper()
	w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
	if global != "" {
		global = "{\n" + global + "\n}\n"
	}
	w.site = StartSite(t, global+SiteBlock("http://:{$PORT}", GateBlock(w.org, lines...), "reverse_proxy "+w.echo.Addr))
	return w
}

// Cookies are those of an https site, on every answer that sets one, though the
// listener speaks plain http.
//
// Rows: S-33.
func TestS33_CookiesBehindATLSProxy(t *testing.T) {
	t.Parallel()
	w := newProxiedWorld(t, "", "public_url "+publicURL)
	b := NewBrowserBehind(t, w.site, publicURL)
	var lines []string
	keep := func(a *Answer) { lines = append(lines, a.Header.Values("Set-Cookie")...) }
	keep(b.Open("/deep?x=1"))
	form := b.Form("identify")
	keep(b.Do(b.Post(form.Action, form.Fill("identifier", ada, "credentials/passcode", "wrong"))))
	b.Open("/deep?x=1")
	w.org.Expire()
	keep(b.Do(b.Post(form.Action, b.Form("identify").Fill(credentials()...))))
	b.Open("/deep?x=1")
	keep(b.Do(b.Post(form.Action, b.Form("identify").Fill(credentials()...))))
	if !b.SignedIn("/") {
		t.Fatal("not signed in")
	}
	keep(b.signOut("/.okta/signout"))
	if len(lines) < 6 {
		t.Errorf("only %d cookies seen", len(lines))
	}
	for _, line := range lines {
		attributes := strings.Split(line, "; ")
		all := strings.ToLower(strings.Join(attributes[1:], ";"))
		if !strings.HasPrefix(line, "__Host-okta_auth") || !strings.Contains(all, "secure") || !strings.Contains(all, "httponly") || !strings.Contains(all, "samesite=lax") || !strings.Contains(all, "path=/") || strings.Contains(all, "domain") {
			t.Errorf("Set-Cookie %q", line)
		}
	}
	if len(b.Jar.Refused) > 0 {
		t.Errorf("the browser refused %q", b.Jar.Refused)
	}
}

// A post is compared with public_url, not with the address that the listener or
// the proxy's headers tell of.
//
// Rows: S-38.
func TestS38_OriginBehindATLSProxy(t *testing.T) {
	t.Parallel()
	w := newProxiedWorld(t, "", "public_url "+publicURL)
	for origin, ok := range map[string]bool{
		publicURL: true, "HTTPS://APP.localhost": true,
		"http://app.localhost": false, "http://" + w.site.Addr: false, w.site.URL: false, "https://" + w.site.Addr: false, "https://localhost": false,
		"https://app.localhost:8443": false, "https://evil.app.localhost": false, "https://app.localhost.evil.example": false, "null": false,
	} {
		for _, extra := range []string{"", "X-Forwarded-Host: evil.app.localhost", "X-Forwarded-Proto: http", "Forwarded: host=localhost;proto=http"} {
			b := NewBrowserBehind(t, w.site, publicURL)
			b.Open("/")
			form := b.Form("identify")
			req := b.Post(form.Action, form.Fill(credentials()...))
			req.Header.Set("Origin", origin)
			if name, value, found := strings.Cut(extra, ": "); found {
				req.Header.Set(name, value)
			}
			w.org.ResetCalls()
			answer := b.Do(req)
			if in := b.SignedIn("/"); in != ok {
				t.Errorf("Origin %q with %q: signed in %v, %d", origin, extra, in, answer.Status)
			}
			if calls := w.org.Calls(); !ok && (len(calls) > 0 || answer.Status != http.StatusForbidden) {
				t.Errorf("Origin %q with %q: %d, calls %v", origin, extra, answer.Status, calls)
			}
		}
	}
}

// Who forwards a request is believed when Caddy's trusted_proxies name it, and
// then to the right-most hop that they do not name; nobody else is believed at
// all. What Okta hears is what the log says and the application too.
//
// Rows: S-49, ToB-3.
func TestS49_ForwardedAddressBehindAProxy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ global, forwardedFor, want string }{
		{"", "203.0.113.7", "127.0.0.1"},
		{"servers {\n trusted_proxies static 10.0.0.0/8\n}", "203.0.113.7", "127.0.0.1"},
		{"servers {\n trusted_proxies static 127.0.0.1/32\n}", "203.0.113.7", "203.0.113.7"},
		{"servers {\n trusted_proxies static 127.0.0.1/32\n}", "", "127.0.0.1"},
		{"servers {\n trusted_proxies static 127.0.0.1/32\n}", "not-an-address", "127.0.0.1"},
		{"servers {\n trusted_proxies static 127.0.0.1/32\n trusted_proxies_strict\n}", "6.6.6.6, 203.0.113.7", "203.0.113.7"},
		{"servers {\n trusted_proxies static 127.0.0.1/32 10.0.0.0/8\n trusted_proxies_strict\n}", "6.6.6.6, 203.0.113.7, 10.1.2.3", "203.0.113.7"},
		{"servers {\n trusted_proxies static 127.0.0.1/32\n trusted_proxies_strict\n}", "2001:db8::7", "2001:db8::7"},
	} {
		what := c.global + " " + c.forwardedFor
		w := newProxiedWorld(t, c.global, "public_url "+publicURL)
		b := NewBrowserBehind(t, w.site, publicURL)
		forward := func(req *http.Request) *http.Request {
			if c.forwardedFor != "" {
				req.Header.Set("X-Forwarded-For", c.forwardedFor)
			}
			for _, name := range []string{"X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip"} {
				req.Header.Set(name, "6.6.6.6")
			}
			return req
		}
		b.follow(forward(b.Request(http.MethodGet, "/", "", navigation...)))
		form := b.Form("identify")
		b.Do(forward(b.Post(form.Action, form.Fill(credentials()...))))
		b.Do(forward(b.Request(http.MethodGet, "/", "")))
		for _, endpoint := range []string{"interact", "introspect", "identify", "token"} {
			if got := w.org.LastCall(endpoint)["x_forwarded_for"]; got != c.want {
				t.Errorf("%s: at %s the org was told of %q, not %q", what, endpoint, got, c.want)
			}
		}
		if line := w.logged("signed_in"); line["client_ip"] != c.want {
			t.Errorf("%s: the log tells of %q, not %q", what, line["client_ip"], c.want)
		}
	}
}

// One config serves several hosts, with the one redirect URI that Okta knows.
// What is sealed for one host is worth nothing on another.
//
// Rows: CVE-2023-35941.
func TestCVE_2023_35941_SeveralHostsWithOneRedirectURI(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"wildcard": "http://*.apps.localhost:{$PORT}", "listed": "http://one.apps.localhost:{$PORT}, http://two.apps.localhost:{$PORT}", "any": "http://:{$PORT}"} {
		w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
		w.site = StartSite(t, SiteBlock(address, GateBlock(w.org, "redirect_uri https://login.localhost/.okta/callback"), "reverse_proxy "+w.echo.Addr))
		const one, two = "https://one.apps.localhost", "https://two.apps.localhost"
		first := NewBrowserBehind(t, w.site, one)
		first.SignIn("/deep?x=1", ada, adaPassword)
		if first.URL != one+"/deep?x=1" {
			t.Errorf("%s: ended at %s", name, first.URL)
		}

		// The same browser knows nobody on the other host.
		second := NewBrowserBehind(t, w.site, two)
		second.Jar = first.Jar
		if second.SignedIn("/") {
			t.Errorf("%s: a browser sends the cookies of %s to %s", name, one, two)
		}
		// Cookies that somebody copies over are worth nothing there: neither the
		// session nor a sign-in under way nor the device.
		pending := NewBrowserBehind(t, w.site, one)
		pending.Open("/")
		for _, from := range []*Jar{first.Jar, pending.Jar} {
			copied := NewBrowserBehind(t, w.site, two)
			for _, c := range from.cookies {
				copied.Jar.Put(mustParse(two), &http.Cookie{Name: c.Name, Value: c.Value, Path: "/"})
			}
			w.echo.Reset()
			if copied.SignedIn("/") || len(w.echo.Requests()) > 0 {
				t.Errorf("%s: a session of %s is one of %s", name, one, two)
			}
			form := pending.Form("identify")
			copied.Do(copied.Post(form.Action, form.Fill(credentials()...)))
			if copied.SignedIn("/") {
				t.Errorf("%s: a sign-in of %s is finished on %s", name, one, two)
			}
		}
		// Nor does a page of one host post to the other.
		foreign := NewBrowserBehind(t, w.site, two)
		foreign.Open("/")
		form := foreign.Form("identify")
		for _, origin := range []string{one, "http://two.apps.localhost", "https://login.localhost", "null"} {
			req := foreign.Post(form.Action, form.Fill(credentials()...))
			req.Header.Set("Origin", origin)
			if answer := foreign.Do(req); answer.Status != http.StatusForbidden || foreign.SignedIn("/") {
				t.Errorf("%s: a post from %s to %s: %d", name, origin, two, answer.Status)
			}
		}
		foreign.SignIn("/", grace, gracePassword)
		first.Get("/")
		expectHeader(t, w.echo.Last(t), "X-Forwarded-User", ada)
	}
}
