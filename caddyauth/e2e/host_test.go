package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Host and scheme come from the configuration, whatever a request says of them.
//
// Rows: ToB-6, ToB-7, S-49, CVE-2026-35051.
func TestToB6_ForgedHostAndScheme(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var redirectURIs []string
	org := StartOrgServer(t, &oktasim.Server{Intercept: func(endpoint string, _ http.ResponseWriter, r *http.Request) bool {
		if endpoint == "interact" {
			_ = r.ParseForm()
			mu.Lock()
			defer mu.Unlock()
			redirectURIs = append(redirectURIs, r.PostForm["redirect_uri"]...)
		}
		return false
	}})
	echo := StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://:{$PORT}",
		GateBlock(org, "public_url https://app.localhost"), "reverse_proxy "+echo.Addr))}
	const public = "https://app.localhost"
	// What is random on a page has no sign but "-" and "_", and may say "evil".
	theirs := regexp.MustCompile(`evil\.|:evil`)

	for _, forged := range []string{
		"Host: evil.example", "Host: app.localhost\r\nX-Forwarded-Host: evil.example", "Host: app.localhost\r\nX-Forwarded-Host: evil.example, app.localhost",
		"Host: app.localhost\r\nX-Forwarded-Proto: http", "Host: app.localhost\r\nX-Forwarded-Proto: javascript", "Host: app.localhost\r\nX-Forwarded-Proto: https, http",
		"Host: app.localhost\r\nForwarded: host=evil.example;proto=http", "Host: app.localhost\r\nX-Forwarded-Port: 666\r\nX-Forwarded-Server: evil.example", "Host: evil.example:80",
		"Host: app.localhost\r\nX-Original-Url: //evil.example\r\nX-Rewrite-Url: //evil.example", "Host: app.localhost:evil",
		"Host: app.localhost\r\nReferer: https://evil.example/\r\nOrigin: https://evil.example",
	} {
		head := "\r\nConnection: close\r\n" + strings.Join(navigation, "\r\n") + "\r\n\r\n"
		for _, target := range []string{"/app", "/.okta/signin?return_to=/x", "/.okta/signout", "/.okta/nothing", "http://evil.example/app"} {
			resp, body := w.site.Raw("GET " + target + " HTTP/1.1\r\n" + forged + head)
			if theirs.MatchString(body) || theirs.MatchString(strings.Join(resp.Header["Location"], "")) || resp.StatusCode >= 500 {
				t.Errorf("%s with %q: %d, Location %q, body %.300q", target, forged, resp.StatusCode, resp.Header["Location"], body)
			}
			for _, cookie := range resp.Header["Set-Cookie"] {
				if !strings.HasPrefix(cookie, "__Host-") || !strings.Contains(cookie, "; Secure") || strings.Contains(strings.ToLower(cookie), "; domain") {
					t.Errorf("%s with %q: Set-Cookie %q", target, forged, cookie)
				}
			}
			for _, form := range ParsePage(t, body).Forms {
				if !strings.HasPrefix(form.Action, "/.okta/") {
					t.Errorf("%s with %q: a form posts to %q", target, forged, form.Action)
				}
			}
		}
		// The refusal of a program's request names where to sign in.
		if _, body := w.site.Raw("GET /app HTTP/1.1\r\n" + forged + "\r\nConnection: close\r\n\r\n"); theirs.MatchString(body) {
			t.Errorf("with %q: %s", forged, body)
		}
	}
	mu.Lock()
	seen := slices.Clone(redirectURIs)
	mu.Unlock()
	if len(seen) == 0 {
		t.Error("no sign-in began")
	}
	for _, uri := range seen {
		if uri != public+"/.okta/callback" {
			t.Errorf("/interact got redirect_uri %q", uri)
		}
	}

	// And a whole sign-in through the proxy ends where it began.
	b := NewBrowserBehind(t, w.site, public)
	b.SignIn("/deep?x=1", ada, adaPassword)
	if b.URL != public+"/deep?x=1" {
		t.Errorf("ended at %q", b.URL)
	}
}

// Okta hears of the socket's address, not of what a client claims.
//
// Rows: ToB-3, S-49, CVE-2023-36456.
func TestToB3_ForgedClientAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.Do(b.Request("GET", "/", "", append([]string{"X-Forwarded-For: 6.6.6.6", "X-Real-Ip: 6.6.6.6", "True-Client-Ip: 6.6.6.6", "Cf-Connecting-Ip: 6.6.6.6", "Forwarded: for=6.6.6.6"}, navigation...)...))
	for _, endpoint := range []string{"interact", "introspect"} {
		if got := w.org.LastCall(endpoint)["x_forwarded_for"]; got != "127.0.0.1" {
			t.Errorf("%s: the org was told of %q", endpoint, got)
		}
	}
	b.SignIn("/", ada, adaPassword)
	b.Get("/", "X-Forwarded-For: 6.6.6.6")
	if got := w.echo.Last(t).Values("X-Forwarded-For"); len(got) != 1 || got[0] != "127.0.0.1" {
		t.Errorf("the application was told of %q", got)
	}
}

// Whatever a client, a user or Okta's messages say, the page has the same
// elements and attributes, and no address with a scheme; the policy in the
// header only comes on top.
//
// Rows: ToB-1, ToB-4, CVE-2026-33525, CVE-2021-32792, mod_auth_openidc
// 2026-05-20.
func TestToB1_NothingReflectedBecomesMarkup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, payload := range []string{
		`"><svg onload=1>`, `</script><script>alert(1)</script>`, `'-alert(1)-'`, `{{7*7}}`, "\u2028</title><img src=x onerror=1>", `javascript:alert(1)`, `" autofocus onfocus=alert(1) x="`,
		"--><img src=x>", `&quot;><b>`, strings.Repeat(`"><i>`, 20), `</textarea><form action=https://evil.example>`, "\u202e<b>", "${7*7}#{7*7}",
	} {
		shape := func(p string) []string {
			b := w.browser()
			headers := append([]string{"Referer: " + strings.ReplaceAll(p, "\u2028", "")}, navigation...)
			headers = append(headers, "Accept-Language: "+p, "X-Forwarded-Host: "+p)
			q := url.QueryEscape(p)
			var all []string
			look := func(a *Answer) {
				t.Helper()
				if policy := a.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
					t.Errorf("%.40q: the policy of %s is %q", p, a.URL, policy)
				}
				all = append(all, strings.Join(skeleton(t, ParsePage(t, a.Body)), "\n"))
			}
			look(b.Do(b.Request("GET", "/"+url.PathEscape(p)+"?"+q+"="+q, "", headers...)))
			b.Open("/?q=" + q)
			b.Submit("identify", "identifier", p, "credentials/passcode", "wrong")
			look(b.Last)
			message := map[string]any{"version": "1.0.0", "messages": map[string]any{"type": "array", "value": []any{map[string]any{"message": p, "class": "ERROR", "i18n": map[string]any{"key": p}}}}}
			w.org.Faults(Fault{Endpoint: "identify", Status: 401, Body: message, Times: 1})
			b.Submit("identify", credentials()...)
			look(b.Last)
			look(b.Do(b.Request("GET", "/.okta/"+url.PathEscape(p)+"?"+q, "", headers...)))
			login := p + string(rune('a'+i)) + "@example.com"
			u := user(login, "pw")
			u.Name = p
			w.org.AddUser(u)
			b.Open("/")
			b.Submit("identify", "identifier", login, "credentials/passcode", "pw")
			look(b.Open("/.okta/signout?return_to=" + q))
			return all
		}
		plain, hostile := shape("harmless"), shape(payload)
		for step := range plain {
			if plain[step] != hostile[step] {
				t.Errorf("%.40q changes page %d:\n%s\ninstead of\n%s", payload, step, hostile[step], plain[step])
			}
		}
	}
}

// A name with a dot at its end is the same host (RFC 1034, section 3.1): nginx and
// Apache find the same site by it, and Caddy's matcher does not. On a site for all
// hosts, whoever adds the dot would be past the gate, or past a rule.
//
// Rows: S-47.
func TestS47_HostWithADotAtItsEndIsNoOther(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	const private = "@private host private.localhost\n@open not host private.localhost"
	address := "public_url http://localhost:{$PORT}"
	for name, gate := range map[string]string{
		"matcher": strings.Replace(GateBlock(org, address), "okta_auth {", "okta_auth @private {", 1),
		"public":  GateBlock(org, address, "public @open"),
		"rule":    GateBlock(org, address, "deny @private signed_in", "allow signed_in"),
	} {
		w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://:{$PORT}", private, gate, "reverse_proxy "+echo.Addr))}
		cookie, refused := "", http.StatusUnauthorized
		if name == "rule" {
			cookie, refused = "Cookie: "+w.as(ada, "/app").Jar.For(mustParse(w.site.URL+"/"))+"\r\n", http.StatusForbidden
		}
		for host, want := range map[string]int{
			"other.localhost": http.StatusOK, "private.localhost": refused, "private.localhost:80": refused, "PRIVATE.localhost": refused,
			"private.localhost.": refused, "private.localhost.:80": refused, "Private.Localhost.": refused, "private.localhost..": refused,
		} {
			if resp, _ := w.site.Raw("GET /app HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + cookie + "\r\n"); resp.StatusCode != want {
				t.Errorf("%s: %s: %d, want %d", name, host, resp.StatusCode, want)
			}
		}
	}
}
