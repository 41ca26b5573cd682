package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// What is no navigation begins no sign-in: nobody would see the page, and each
// would cost the org two calls and the browser its pending sign-in.
//
// Rows: oauth2-proxy #1784, CVE-2026-71324.
func TestOAuth2Proxy_1784_NonNavigationsGetAProblem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	html := "Accept: text/html"
	for name, c := range map[string]struct {
		method  string
		headers []string
	}{
		"curl":                  {"GET", []string{"Accept: */*"}},
		"no headers":            {"GET", nil},
		"fetch":                 {"GET", []string{"Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty", "Accept: */*"}},
		"fetch that wants HTML": {"GET", []string{"Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty", html}},
		"XHR":                   {"GET", []string{"X-Requested-With: XMLHttpRequest", html}},
		"image":                 {"GET", []string{"Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image", html}},
		"script":                {"GET", []string{"Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"}},
		"JSON API":              {"POST", []string{"Content-Type: application/json", "Accept: application/json"}},
		"HEAD":                  {"HEAD", []string{html}},
		"HEAD by a browser":     {"HEAD", navigation},
		"OPTIONS":               {"OPTIONS", []string{html, "Origin: https://evil.example", "Access-Control-Request-Method: POST"}},
		"PUT":                   {"PUT", navigation},
		"DELETE":                {"DELETE", navigation},
		"websocket":             {"GET", []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", html}},
		"websocket of a browser": {"GET", []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
			"Sec-Fetch-Mode: websocket", "Sec-Fetch-Dest: websocket"}},
		"prefetch":            {"GET", append(slices.Clone(navigation), "Sec-Purpose: prefetch")},
		"prerender":           {"GET", append(slices.Clone(navigation), "Sec-Purpose: prefetch;prerender")},
		"old prefetch":        {"GET", append(slices.Clone(navigation), "Purpose: prefetch")},
		"old Firefox":         {"GET", []string{html, "X-Moz: prefetch"}},
		"service worker":      {"GET", []string{html, "Service-Worker: script", "Sec-Fetch-Mode: same-origin", "Sec-Fetch-Dest: serviceworker"}},
		"event stream":        {"GET", []string{"Accept: text/event-stream"}},
		"the same, to signin": {"GET", []string{"Accept: application/json"}},
	} {
		target := "/app?secret=1"
		if strings.HasSuffix(name, "to signin") {
			target = "/.okta/signin"
		}
		request := c.method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n"
		if !strings.HasPrefix(name, "websocket") {
			request += "Connection: close\r\n"
		}
		resp, body := w.site.Raw(request + strings.Join(append(c.headers, "", ""), "\r\n"))
		if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("Content-Type") != "application/problem+json" ||
			resp.Header.Get("Www-Authenticate") == "" || !strings.Contains(resp.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: %d %v", name, resp.StatusCode, resp.Header)
		}
		if len(resp.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s: Set-Cookie %q", name, resp.Header["Set-Cookie"])
		}
		var problem struct {
			Title  string
			Status int
			SignIn string `json:"sign_in"`
		}
		if c.method == "HEAD" {
			if body != "" {
				t.Errorf("%s: the answer has a body", name)
			}
		} else if err := json.Unmarshal([]byte(body), &problem); err != nil || problem.Status != 401 || problem.SignIn != w.site.URL+"/.okta/signin" {
			t.Errorf("%s: %v %s", name, err, body)
		}
	}
	w.expectNothingHappened()
}

func (w *world) expectNothingHappened() {
	w.Helper()
	if calls := w.org.Calls(); len(calls) > 0 {
		w.Errorf("the org was called: %v", calls)
	}
	if got := w.echo.Requests(); len(got) > 0 {
		w.Errorf("the application got %v", got)
	}
}

// A password is never asked for inside a frame: the page around it may be
// anybody's (clickjacking).
func TestFramesGetALinkAndNoForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, dest := range []string{"iframe", "frame", "embed", "object"} {
		b := w.browser()
		answer := b.Get("/app?x=1", "Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: "+dest)
		page := ParsePage(t, answer.Body)
		if answer.Status != 401 || len(page.Forms) > 0 || !slices.Equal(page.Links, []string{"/app?x=1"}) || !strings.Contains(answer.Body, `target="_top"`) {
			t.Errorf("%s: %d, forms %v, links %v", dest, answer.Status, page.Remediations(), page.Links)
		}
		if len(answer.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s: Set-Cookie %q", dest, answer.Header["Set-Cookie"])
		}
	}
	w.expectNothingHappened()
	b := w.browser()
	if policy := b.Open("/").Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("the sign-in page can be framed: %q", policy)
	}
}

// The answer to an unauthenticated request was followed by the protected page.
// Not a byte of it, and not a request for it.
//
// Rows: CVE-2025-31492.
func TestCVE_2025_31492_NothingOfTheApplicationWithoutASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const own = "/.okta/"
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "FOO"} {
		for _, path := range []string{
			"/", "/app", own, own + "signin", own + "signin/", own + "signin/identify", own + "signin/no-such-step", own + "signout", own + "callback", own + "ping",
			own + "assets/", own + "assets/x.css", own + "nothing", "/.okta", "/.OKTA/signin", "/.okta/../app", "/.okta//signin", "/%2eokta/signin", "/.okta%2fsignin",
		} {
			for _, accept := range []string{"text/html", "*/*"} {
				resp, body := w.site.Raw(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\nAccept: " + accept + "\r\n\r\na=b")
				if strings.Contains(body, UpstreamMark) || resp.StatusCode >= 500 || resp.StatusCode < 300 && body != "" && path != own+"signout" {
					t.Errorf("%s %s: %d %.200q", method, path, resp.StatusCode, body)
				}
			}
		}
	}
	if got := w.echo.Requests(); len(got) > 0 {
		t.Errorf("the application got %v", got)
	}
}

// Our own paths never go on, signed in or not: a posted password must not
// reach the application.
func TestOwnPathsNeverReachTheApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "public /*")
	b := w.browser()
	b.SignIn("/.okta/signin?return_to=/app", ada, adaPassword)
	w.echo.Reset()
	for _, path := range []string{"/.okta/", "/.okta/signin/identify", "/.okta/nothing", "/.okta/%2e./app", "/.okta/signin/..;/app"} {
		for _, method := range []string{"GET", "POST", "PUT", "OPTIONS"} {
			b.Do(b.Request(method, path, "credentials/passcode=secret"))
		}
	}
	for _, got := range w.echo.Requests() {
		if strings.HasPrefix(got.Target(), "/.okta/") || strings.Contains(got.Body, "secret") {
			t.Errorf("the application got %q with %q", got.Line, got.Body)
		}
	}
}
