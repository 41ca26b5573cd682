package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Requests that two parsers cut in two different ways: a second request, hidden
// in the first, would reach the application under somebody's identity.
//
// Rows: CVE-2025-22871, CVE-2023-39326.
func TestCVE_2025_22871_SmuggledRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "public /public/*")
	cookie := "Cookie: " + w.signedIn().Jar.For(mustParse(w.site.URL)) + "\r\n"
	const hidden = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-User: eve\r\n\r\n"
	for name, rest := range map[string]string{
		"both lengths":            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"two lengths":             "Content-Length: 0\r\nContent-Length: 90\r\n\r\n" + hidden,
		"a length with a sign":    "Content-Length: +90\r\n\r\n" + hidden,
		"a list of lengths":       "Content-Length: 0, 90\r\n\r\n" + hidden,
		"chunked twice":           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"a spaced name":           "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
		"an unknown encoding":     "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"a bare LF in the chunk":  "Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n50\r\n0\r\n\r\n" + hidden,
		"an extension with an LF": "Transfer-Encoding: chunked\r\n\r\n0;x=\n\r\n" + hidden,
		"a folded header":         "X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
		"a NUL in a name":         "Content\x00-Length: 90\r\n\r\n" + hidden,
		"a CR alone":              "X-A: b\rX-Forwarded-User: eve\r\nContent-Length: 0\r\n\r\n",
	} {
		for _, path := range []string{"/public/x", "/app"} {
			w.echo.Reset()
			head := "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n"
			if path == "/app" {
				head += cookie
			}
			conn := w.site.Dial()
			if _, err := io.WriteString(conn, head+"Connection: close\r\n"+rest); err != nil {
				t.Fatal(err)
			}
			_, _ = io.ReadAll(conn)
			conn.Close()
			for _, got := range w.echo.Requests() {
				if got.Target() != path || strings.Contains(strings.Join(got.Values("X-Forwarded-User"), ""), "eve") {
					t.Errorf("%s, %s: the application got %q %q", name, path, got.Line, got.Header)
				}
			}
			if n := len(w.echo.Requests()); n > 1 {
				t.Errorf("%s, %s: one request became %d", name, path, n)
			}
		}
	}
}

// Addresses that are long on purpose, and parameters that hide behind
// thousands of others: an answer, and nothing that leads elsewhere.
//
// Rows: CVE-2025-61726, CVE-2026-56860, CVE-2026-39825.
func TestCVE_2025_61726_LongAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in, out := w.signedIn(), w.browser()
	many := strings.Repeat("a=&", 3000)
	for _, target := range []string{
		"/.okta/signin?" + many + "return_to=//evil.example", "/.okta/signin?return_to=//evil.example&" + many, "/.okta/signout?" + many + "return_to=//evil.example",
		"/.okta/signin?return_to=" + strings.Repeat("/../", 3000), "/.okta/signin?return_to=/" + strings.Repeat("a", 15<<10), "/" + strings.Repeat("../", 3000) + "evil",
		"/?" + strings.Repeat("x", 14<<10), "/.okta/signin?return_to=/" + strings.Repeat("%2e%2e%2f", 1500),
		"/.okta/signin?" + strings.Repeat("a=&", 400_000) + "return_to=//evil.example", "/?" + strings.Repeat("x", 1<<20),
	} {
		for _, b := range []*Browser{in, out} {
			resp, body := w.site.Raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " + b.Jar.For(mustParse(w.site.URL)) + "\r\n" + strings.Join(navigation, "\r\n") + "\r\n\r\n")
			if resp.StatusCode >= 500 || resp.StatusCode == http.StatusOK && b == out && strings.Contains(body, UpstreamMark) {
				t.Errorf("%.60q: %d", target, resp.StatusCode)
			}
			if location := resp.Header.Get("Location"); location != "" && leadsTo(mustParse(w.site.URL), location) != w.site.URL {
				t.Errorf("%.60q leads to %q", target, location)
			}
		}
	}
}

// Parameters that are empty, absent or nothing but separators.
//
// Rows: mod_auth_openidc 2026-05-22.
func TestModAuthOpenIDC_2026_05_22_EmptyParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in, out := w.signedIn(), w.browser()
	out.Open("/")
	for _, path := range []string{"/.okta/signin", "/.okta/signin/", "/.okta/signin/identify", "/.okta/signout", "/.okta/callback"} {
		for _, query := range []string{"", "?", "?&", "?=", "?=&", "?&&=&=", "?return_to", "?return_to=", "?return_to=&return_to=", "?login_hint=", "?state=&interaction_code=", "?iss=", "?error=", "?;", "?%00="} {
			for _, b := range []*Browser{in, out} {
				if answer := b.Do(b.Request("GET", path+query, "", navigation...)); answer.Status >= 500 {
					t.Errorf("GET %s%s: %d", path, query, answer.Status)
				}
				form := "Content-Type: application/x-www-form-urlencoded"
				for _, body := range []string{"=", "&", "=&", "/token=", "/token=&/return=", "identifier=&credentials%2Fpasscode=&/token=&/return="} {
					if answer := b.Do(b.Request("POST", path+query, body, form)); answer.Status >= 500 {
						t.Errorf("POST %s%s with %q: %d", path, query, body, answer.Status)
					}
				}
			}
		}
	}
	if !in.SignedIn("/") {
		t.Error("the session has ended")
	}
	out.Open("/")
	out.Submit("identify", credentials()...)
	if !out.SignedIn("/") {
		t.Error("nobody can sign in any more")
	}
}
