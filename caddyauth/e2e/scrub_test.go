package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// identityNames are headers that the application could take for an identity:
// those that are set by default and configured here, and some of other
// products.
var identityNames = []string{
	"X-Forwarded-User", "X-Forwarded-User-Id", "X-Forwarded-Email", "X-Forwarded-Groups",
	"X-Forwarded-Preferred-Username", "X-Forwarded-Name", "X-Employee",
	"Remote-User", "Remote-Groups", "X-Auth-Request-Email", "X-WebAuth-User", "X-Authentik-Username", "OIDC-Claim-Email", "Cf-Access-Jwt-Assertion",
}

// spellings are the forms in which CGI, PHP, WSGI and others read one name.
func spellings(name string) []string {
	var out []string
	for _, base := range []string{name, strings.ToLower(name), strings.ToUpper(name), swapCase(name)} {
		for _, separator := range []string{"-", "_", "."} {
			out = append(out, strings.ReplaceAll(base, "-", separator))
		}
		// every mixture where there are few separators, one where there are many
		out = append(out, strings.Replace(base, "-", "_", 1), strings.Replace(base, "-", ".", 1),
			strings.Replace(strings.ReplaceAll(base, "-", "_"), "_", ".", 1), strings.ReplaceAll(base, "-", "--"), base+"-", base+"_", base+".")
	}
	return out
}

func swapCase(s string) string {
	out := []byte(s)
	for i, c := range out {
		if i%2 == 1 && c >= 'a' && c <= 'z' {
			out[i] = c - 'a' + 'A'
		}
	}
	return string(out)
}

const forged = "forged-by-the-client"

// forgeries are header lines with every name in every spelling, twice.
func forgeries() string {
	var b strings.Builder
	for _, name := range identityNames {
		for _, spelling := range spellings(name) {
			b.WriteString(spelling + ": " + forged + "\r\n")
		}
		b.WriteString(name + ": " + forged + "\r\n")
	}
	return b.String()
}

// expectOnly fails the test when anything forged has arrived, or an identity
// header that is not in want.
func expectOnly(t *testing.T, r EchoRequest, want map[string]string) {
	t.Helper()
	for _, line := range append(r.Header, r.Trailer...) {
		if strings.Contains(line[1], forged) {
			t.Errorf("%s: the application got %q: %q", r.Line, line[0], line[1])
		}
	}
	for _, name := range identityNames {
		if value, ok := want[name]; ok {
			expectHeader(t, r, name, value)
		} else if name != "X-Forwarded-User-Id" || want == nil {
			expectHeader(t, r, name)
		}
	}
}

var adasHeaders = map[string]string{
	"X-Forwarded-User": ada, "X-Forwarded-Email": ada, "X-Forwarded-Preferred-Username": ada,
	"X-Forwarded-Name": "Ada Lovelace", "X-Forwarded-Groups": "Everyone,Engineering,Finance",
}

// Identity headers in every spelling, on every method, signed in and on public
// paths.
//
// Rows: S-45, CVE-2025-64484, CVE-2026-39858, mod_auth_openidc 2026-08-07.
func TestS45_ClientCannotForgeIdentityHeaders(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, "{\n\tservers {\n\t\tmax_header_size 256KiB\n\t}\n}\n"+
		Caddyfile(org, echo, "public /public/*", "optional /optional/*", "header_up X-Employee {claim.employeeNumber}"))}
	w.forge(t)
}

// Caddy drops names with "_" and "." by itself, unless an operator lets them
// back for an application of theirs: then our own scrub stands alone.
//
// Rows: CVE-2026-52845, CVE-2026-39858, CVE-2025-64484.
func TestCVE_2026_52845_ClientCannotForgeIdentityHeadersWhereAliasesAreLetIn(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	var underscore, dot string
	for _, name := range identityNames {
		underscore += " " + strings.ReplaceAll(name, "-", "_")
		dot += " " + strings.ReplaceAll(name, "-", ".") + " " + strings.Replace(name, "-", ".", 1)
	}
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, "{\n\tservers {\n\t\texpected_underscore_headers app_*"+underscore+"\n\t\texpected_dot_headers"+dot+"\n\t}\n}\n"+
		Caddyfile(org, echo, "optional /optional/*", "header_up X-Employee {claim.employeeNumber}"))}
	for _, b := range []*Browser{w.signedIn(), w.browser()} {
		for _, name := range identityNames {
			for _, separator := range []string{"_", "."} {
				w.echo.Reset()
				w.site.Raw("GET /optional/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nApp_Own: 1\r\nCookie: " + b.Jar.For(mustParse(w.site.URL)) + "\r\n" +
					strings.ToLower(strings.ReplaceAll(name, "-", separator)) + ": " + forged + "\r\n\r\n")
				want := adasHeaders
				if b.Jar.Get("okta_auth") == nil {
					want = nil
				}
				expectOnly(t, w.echo.Last(t), want)
				if len(w.echo.Last(t).Values("App_Own")) != 1 {
					t.Error("the server lets no alias in: this test shows nothing")
				}
			}
		}
	}
}

func (w *world) forge(t *testing.T) {
	t.Helper()
	cookie := w.signedIn().Jar.For(mustParse(w.site.URL))
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "CONNECT"} {
		for _, c := range []struct {
			path, cookie string
			want         map[string]string
		}{
			{"/app", cookie, adasHeaders}, {"/optional/x", cookie, adasHeaders}, {"/public/x", cookie, nil}, {"/public/x", "", nil}, {"/optional/x", "", nil}, {"/app", "", nil},
		} {
			w.echo.Reset()
			head := method + " " + c.path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + forgeries()
			if c.cookie != "" {
				head += "Cookie: " + c.cookie + "\r\n"
			}
			resp, body := w.site.Raw(head + "\r\n")
			if resp.StatusCode >= 500 && method != "CONNECT" {
				t.Errorf("%s %s: %d %s", method, c.path, resp.StatusCode, body)
			}
			for _, got := range w.echo.Requests() {
				if c.path == "/app" && c.cookie == "" {
					t.Errorf("%s passed without a session", method)
				}
				want := c.want
				if method == "get" && c.cookie != "" {
					want = adasHeaders // of a method that can be read in two ways, nothing is public
				}
				expectOnly(t, got, want)
			}
			if method == "GET" && (c.cookie != "" || c.path != "/app") && len(w.echo.Requests()) != 1 {
				t.Errorf("%s %s: the application got %d requests, answer %d", method, c.path, len(w.echo.Requests()), resp.StatusCode)
			}
		}
	}
}

// The same names as trailers of a chunked body, announced and not.
//
// Rows: S-45.
func TestS45_ClientCannotForgeIdentityTrailers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "optional /optional/*")
	cookie := w.signedIn().Jar.For(mustParse(w.site.URL))
	for _, announced := range []string{"", "Trailer: X-Forwarded-User, X_Forwarded_Email, x.forwarded.groups\r\n"} {
		for _, path := range []string{"/app", "/optional/x"} {
			w.echo.Reset()
			w.site.Raw("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nCookie: " + cookie + "\r\n" + announced +
				"\r\n3\r\nabc\r\n0\r\nX-Forwarded-User: " + forged + "\r\nX_Forwarded_Email: " + forged + "\r\nx.forwarded.groups: " + forged + "\r\n\r\n")
			expectOnly(t, w.echo.Last(t), adasHeaders)
			for _, line := range w.echo.Last(t).Values("Trailer") {
				if strings.Contains(strings.ToLower(line), "forwarded") {
					t.Errorf("the application is told of a trailer %q", line)
				}
			}
		}
	}
}

// What Connection names, a proxy removes, and it would do so after we have set
// ours.
//
// Rows: CVE-2024-45410, CVE-2026-29054, CVE-2025-48865, S-45.
func TestCVE_2024_45410_ClientCannotRemoveIdentityHeadersByConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.signedIn().Jar.For(mustParse(w.site.URL))
	var all []string
	for name := range adasHeaders {
		all = append(all, spellings(name)...)
	}
	for _, connection := range []string{
		"Connection: close, X-Forwarded-User\r\n",
		"Connection: close, x-forwarded-user\r\n",
		"connection: close,X-FORWARDED-USER,\t X-Forwarded-Groups ,,X-Forwarded-Email\r\n",
		"Connection: close\r\nConnection: X-Forwarded-User\r\nCONNECTION: x-forwarded-name\r\n",
		"Connection: X-Forwarded-User\r\nConnection: close\r\n",
		"Connection: \tX-Forwarded-User\t, close\r\n",
		"Connection: close, " + strings.Join(all, ", ") + "\r\n",
		"Connection: close, \"X-Forwarded-User\"\r\n",
		"Proxy-Connection: X-Forwarded-User\r\nConnection: close\r\n",
		"Keep-Alive: X-Forwarded-User\r\nConnection: close, keep-alive, X-Forwarded-User\r\n",
		"Connection: close, Cookie, Host, X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto\r\n",
	} {
		w.echo.Reset()
		w.site.Raw("GET / HTTP/1.1\r\nHost: localhost\r\nCookie: app=1; " + cookie + "\r\n" + connection + "\r\n")
		got := w.echo.Last(t)
		expectOnly(t, got, adasHeaders)
		if len(got.Values("X-Forwarded-For")) != 1 || len(got.Values("Cookie")) != 1 || len(got.Values("X-Forwarded-User-Id")) != 1 {
			t.Errorf("%q: the application got %q", connection, got.Header)
		}
	}
}

// The same on websocket upgrades, where Connection is there by right.
//
// Rows: S-45.
func TestS45_ClientCannotForgeOrRemoveIdentityOnUpgrades(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"http": newWorld(t, "optional /optional/*"), "https": newSecureWorld(t, "optional /optional/*")} {
		cookie := w.signedIn().Jar.For(mustParse(w.site.URL + "/"))
		for _, connection := range []string{"Upgrade", "Upgrade, X-Forwarded-User", "x-forwarded-user, upgrade, X_FORWARDED_GROUPS\r\nConnection: X-Forwarded-Email"} {
			for _, path := range []string{"/ws", "/optional/ws"} {
				for _, cookie := range []string{cookie, ""} {
					w.echo.Reset()
					upgrade := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: " + connection + "\r\nUpgrade: websocket\r\n" +
						"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Forwarded-User: " + forged +
						"\r\nx_forwarded_groups: " + forged + "\r\nX.Forwarded.Email: " + forged + "\r\n"
					if cookie != "" {
						upgrade += "Cookie: " + cookie + "\r\n"
					}
					resp, _ := w.site.Raw(upgrade + "\r\n")
					switch {
					case cookie != "":
						expectOnly(t, w.echo.Last(t), adasHeaders)
					case path == "/optional/ws":
						expectOnly(t, w.echo.Last(t), nil)
					case len(w.echo.Requests()) > 0 || resp.StatusCode != http.StatusUnauthorized:
						t.Errorf("%s: an upgrade without a session: %d, the application got %v", name, resp.StatusCode, w.echo.Requests())
					}
					if (cookie != "" || path == "/optional/ws") && resp.StatusCode != http.StatusSwitchingProtocols {
						t.Errorf("%s %s: the upgrade is answered with %d", name, path, resp.StatusCode)
					}
				}
			}
		}
	}
}

// A server that takes an upgrade to HTTP/2 (Hypercorn does, and asks for nothing
// more) makes a tunnel of the connection: whoever may open one public path asks for
// every other one in it, as whomever they like, and the gate sees none of it.
//
// Rows: S-45.
func TestS45_NobodyTunnelsHTTPThroughTheGate(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"http": newWorld(t, "public /public/*", "optional /optional/*"), "https": newSecureWorld(t, "public /public/*", "optional /optional/*")} {
		cookie := "Cookie: " + w.signedIn().Jar.For(mustParse(w.site.URL+"/")) + "\r\n"
		for _, upgrade := range []string{"h2c", "H2C", "websocket, h2c", "h2c\r\nUpgrade: websocket", "TLS/1.0", "HTTP/2.0"} {
			for _, c := range []struct{ path, cookie string }{{"/public/x", ""}, {"/optional/x", ""}, {"/public/x", cookie}, {"/app", cookie}, {"/optional/x", cookie}} {
				w.echo.Reset()
				w.site.Raw("GET " + c.path + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: " + upgrade + "\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n" + c.cookie + "\r\n")
				for _, got := range w.echo.Requests() {
					if asked := strings.ToLower(strings.Join(got.Values("Upgrade"), ", ")); asked != "" && asked != "websocket" {
						t.Errorf("%s: %s with Upgrade %q: the application is asked for %q", name, c.path, upgrade, asked)
					}
				}
			}
		}
	}
}

// HTTP/2 carries names in lower case and Connection not at all.
//
// Rows: S-45.
func TestS45_ClientCannotForgeIdentityHeadersOverHTTP2(t *testing.T) {
	t.Parallel()
	w := newSecureWorld(t, "public /public/*", "optional /optional/*", "header_up X-Employee {claim.employeeNumber}")
	in, out := w.signedIn(), w.browser()
	for _, c := range []struct {
		b    *Browser
		path string
		want map[string]string
	}{{in, "/app", adasHeaders}, {in, "/optional/x", adasHeaders}, {in, "/public/x", nil}, {out, "/public/x", nil}, {out, "/app", nil}} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "DELETE"} {
			for _, name := range identityNames {
				w.echo.Reset()
				req := c.b.Request(method, c.path, "")
				for _, spelling := range spellings(name) {
					req.Header[spelling] = []string{forged, forged}
				}
				answer := c.b.Do(req)
				if answer.Proto != "HTTP/2.0" {
					t.Fatalf("the site speaks %s", answer.Proto)
				}
				passed := w.echo.Requests()
				if blocked := c.b == out && c.path == "/app"; len(passed) != 1 != blocked {
					t.Errorf("%s %s: the application got %d requests", method, c.path, len(passed))
				}
				for _, got := range passed {
					expectOnly(t, got, c.want)
				}
			}
		}
	}
}
