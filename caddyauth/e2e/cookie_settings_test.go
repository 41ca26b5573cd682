package e2e

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// registered is one address of the demonstration org's client for every site.
const registered = "redirect_uri http://localhost/.okta/callback"

// The defaults are what browsers protect best; a name changes nothing about that.
//
// Rows: S-33.
func TestS33_CookieSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                  string
		lines                 []string
		cookie, pending, site string // full names of the session's and the sign-in's, SameSite
	}{
		{"defaults", nil, "__Host-okta_auth", "__Host-okta_auth_signin", "Lax"},
		{"name", []string{"cookie {\nname app\n}"}, "__Host-app", "__Host-app_signin", "Lax"},
		{"strict", []string{"cookie {\nsame_site strict\n}"}, "__Host-okta_auth", "__Host-okta_auth_signin", "Strict"},
		{"none", []string{"cookie {\nsame_site none\n}"}, "__Host-okta_auth", "__Host-okta_auth_signin", "None"},
		{"prefix", []string{"prefix /.sso/app/"}, "__Host-okta_auth!.sso!app", "__Host-okta_auth_signin!.sso!app", "Lax"},
		{"domain", []string{"cookie {\ndomain apps.example.com\n}"}, "__Secure-okta_auth", "__Host-okta_auth_signin", "Lax"},
	} {
		const public = "https://one.apps.example.com"
		w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
		w.site = StartSite(t, SiteBlock("http://:{$PORT}", GateBlock(w.org, append(c.lines, "public_url "+public, registered)...), "reverse_proxy "+w.echo.Addr))
		b := NewBrowserBehind(t, w.site, public)
		b.Open("/")
		form := b.Form("identify")
		lines := append(b.Last.Header.Values("Set-Cookie"), b.Do(b.Post(form.Action, form.Fill(credentials()...))).Header.Values("Set-Cookie")...)
		if !b.SignedIn("/") || len(b.Jar.Refused) > 0 {
			t.Errorf("%s: signed in %v, refused %q", c.name, b.SignedIn("/"), b.Jar.Refused)
		}
		seen := map[string]bool{}
		for _, line := range lines {
			name, _, _ := strings.Cut(line, "=")
			seen[name] = true
			site, domain := "Lax", ""
			if name == c.cookie {
				site = c.site
				if c.name == "domain" {
					domain = "; Domain=apps.example.com"
				}
			}
			if !strings.Contains(line, "; SameSite="+site) || !strings.Contains(line, "; HttpOnly") || !strings.Contains(line, "; Secure") ||
				strings.Contains(line, "Domain") != (domain != "") || !strings.Contains(line, domain) {
				t.Errorf("%s: %q", c.name, line)
			}
		}
		if !seen[c.cookie] || !seen[c.pending] {
			t.Errorf("%s: set %v, want %s and %s", c.name, seen, c.cookie, c.pending)
		}
		if values := w.echo.Last(t).Values("Cookie"); len(values) > 0 {
			t.Errorf("%s: the application got %q", c.name, values)
		}
	}
}

// What browsers would refuse, or accept and should not, is refused when the config
// is loaded, with what it is about.
//
// Rows: S-55.
func TestS55_CookieSettingsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	const https = "public_url https://app.example.com"
	for block, says := range map[string]string{
		"name \"a b\"":                    "a b",
		"name __Host-x":                   "__Host-x",
		"name app_1":                      "app_1",
		"name " + strings.Repeat("x", 90): "longer",
		"same_site sometimes":             "sometimes",
		"domain example.org":              "example.org",
		"domain .example.com":             ".example.com",
		"domain com":                      "in lower case",
		"domain EXAMPLE.com":              "EXAMPLE.com",
		"domain 127.0.0.1":                "127.0.0.1",
		"domain ample.com":                "ample.com",
		"domain \"example.com; Path=/\"":  "example.com; Path=/",
		"path /x":                         "path",
		"name":                            "name",
		"name a\nname b":                  "name",
	} {
		err := w.site.Reload(SiteBlock("http://:{$PORT}", GateBlock(w.org, https, "cookie {\n"+block+"\n}"), "reverse_proxy "+w.echo.Addr))
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "cookie") && !strings.Contains(err.Error(), "Caddyfile:") {
			t.Errorf("%s: %v", block, err)
		}
	}
	for block, says := range map[string]string{"same_site none": "https", "domain apps.localhost": "https"} {
		if err := w.site.Reload(Caddyfile(w.org, w.echo, "cookie {\n"+block+"\n}")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s on http: %v", block, err)
		}
	}
	// Several hosts, and nothing says which.
	if err := w.site.Reload(SiteBlock("http://*.apps.localhost:{$PORT}", GateBlock(w.org, "redirect_uri https://login.example.com/.okta/callback", "cookie {\ndomain example.com\n}"), "reverse_proxy "+w.echo.Addr)); err == nil || !strings.Contains(err.Error(), "public_url") {
		t.Errorf("a domain for several hosts: %v", err)
	}
	if !b.SignedIn("/") {
		t.Error("a refused config ended the session")
	}
}

// Two sites on one domain are two sites, unless both ask for one session: then who
// signs in at one is signed in at the other, and who signs out of one has signed
// out of both, copies of the cookie included. A third site that did not ask knows
// nobody. Two processes share it by the key and the storage.
//
// Rows: ToB-9, CVE-2023-35941.
func TestToB9_SitesThatShareASession(t *testing.T) {
	t.Parallel()
	const one, two, three = "https://one.apps.example.com", "https://two.apps.example.com", "https://three.apps.example.com"
	for _, store := range []string{"session cookie", "session memory"} {
		org, echo := StartOrg(t), StartEcho(t)
		shared := []string{store, "cookie {\ndomain apps.example.com\n}"}
		site := func(host string, lines ...string) string {
			return SiteBlock(strings.Replace(host, "https:", "http:", 1)+":{$PORT}", GateBlock(org, append(lines, "public_url "+host, registered)...), "reverse_proxy "+echo.Addr)
		}
		storage := WithStorage(filepath.Join(t.TempDir(), "shared"))
		first := StartSite(t, site(one, shared...)+site(two, shared...)+site(three, store), storage)
		second := first
		if store == "session cookie" { // in memory they have to be one process
			second = StartSite(t, site(two, shared...), storage)
		}
		at := func(process *Site, host string, jar *Jar) *Browser {
			b := newBrowser(t, host, tlsProxy{process.Addr, &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, addr)
			}}})
			if jar != nil {
				b.Jar = jar
			}
			return b
		}
		b := at(first, one, nil)
		b.SignIn("/", ada, adaPassword)
		neighbour, outsider := at(second, two, b.Jar), at(first, three, b.Jar)
		if !neighbour.SignedIn("/") {
			t.Errorf("%s: the second site does not know the session", store)
		}
		if outsider.SignedIn("/") {
			t.Errorf("%s: a site that did not ask knows the session", store)
		}
		copied := b.Jar.Copy()
		neighbour.signOut("/.okta/signout")
		if b.SignedIn("/") || neighbour.SignedIn("/") || b.Jar.Get("okta_auth") != nil {
			t.Errorf("%s: signed out of one, and signed in still: %q", store, b.Jar.Names())
		}
		b.Jar = copied
		rig.Eventually(t, "a copy of the cookie is worth nothing at the other site either", func() bool { return !b.SignedIn("/") })
	}
}

// A neighbour on the domain can plant cookies in the shared name, before and after
// the real one. The real one is found wherever it stands; where there is none, the
// planted ones lead to one sign-in that works, not to a loop.
//
// Rows: S-34, S-35, F-27.
func TestS34_TossedCookiesOnASharedDomain(t *testing.T) {
	t.Parallel()
	const public = "https://one.apps.example.com"
	w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
	w.site = StartSite(t, SiteBlock("http://:{$PORT}", GateBlock(w.org, "cookie {\ndomain apps.example.com\n}", "public_url "+public, registered), "reverse_proxy "+w.echo.Addr))
	b := NewBrowserBehind(t, w.site, public)
	b.SignIn("/", ada, adaPassword)
	attacker := NewBrowserBehind(t, w.site, public)
	attacker.SignIn("/", grace, gracePassword)
	attacker.signOut("/.okta/signout")
	real := "__Secure-okta_auth=" + b.Jar.Get("okta_auth").Value
	for _, planted := range []string{
		real + "; __Secure-okta_auth=1.evil", "__Secure-okta_auth=1.evil; " + real, "__Secure-okta_auth=; " + real, "__Secure-okta_auth=3.x; __Secure-okta_auth_1=y; " + real,
		"okta_auth=1.evil; __Host-okta_auth=1.evil; " + real, "__Secure-okta_auth=99999.x; " + real,
	} {
		got := b.Do(b.Request(http.MethodGet, "/", "", "Cookie: "+planted))
		if !strings.Contains(got.Body, UpstreamMark) {
			t.Errorf("%.60q hides the session: %d", planted, got.Status)
		}
		expectHeader(t, w.echo.Last(t), "X-Forwarded-User", ada)
	}
	victim := NewBrowserBehind(t, w.site, public)
	victim.Jar.Put(mustParse(public), &http.Cookie{Name: "__Secure-okta_auth", Value: "1.evil", Path: "/", Domain: "apps.example.com", Secure: true})
	victim.SignIn("/deep", ada, adaPassword)
	if !victim.SignedIn("/") || len(victim.History) > 3 {
		t.Errorf("signed in %v by %q", victim.SignedIn("/"), victim.History)
	}
}

// A strict cookie stays in the browser when another site's link leads here. Nobody
// is asked to sign in for that: the page is asked for again, by itself, once.
func TestStrictCookieAndLinksOfOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "cookie {\nsame_site strict\n}")
	b := w.signedIn()
	from := func(b *Browser, site string) *Answer {
		return b.Do(b.Request(http.MethodGet, "/deep", "", "Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-Site: "+site))
	}
	stranger := w.browser() // a browser that keeps its strict cookie looks like one
	got := from(stranger, "cross-site")
	if got.Status != http.StatusOK || got.Header.Get("Refresh") != "0" || len(got.Header.Values("Set-Cookie")) > 0 || len(ParsePage(t, got.Body).Forms) > 0 {
		t.Errorf("a link of another site: %d %q", got.Status, got.Header)
	}
	w.expectCalls(map[string]int{})
	if got := from(b, "same-origin"); got.Status != http.StatusOK || !strings.Contains(got.Body, UpstreamMark) {
		t.Errorf("asked again: %d", got.Status)
	}
	if got := from(stranger, "same-origin"); got.Status != http.StatusUnauthorized || got.Header.Get("Refresh") != "" {
		t.Errorf("asked again by who is not signed in: %d %q", got.Status, got.Header)
	}
	if got := from(newWorld(t).browser(), "cross-site"); got.Status != http.StatusUnauthorized {
		t.Errorf("without same_site strict: %d", got.Status)
	}
}
