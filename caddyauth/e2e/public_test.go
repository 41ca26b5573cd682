package e2e

import (
	"strings"
	"testing"
)

var publicPaths = "public /public/* /assets/* /healthz /status /foo/*"

// CVE-2026-41059, CVE-2025-54576 and the rest of the
// family: paths that a proxy and an application read differently. Judged public
// here and served as /app there, they would open the application.
//
// Rows: S-47, CVE-2026-41059, CVE-2025-54576, CVE-2023-33189, CVE-2026-52844,
// Caddy #7941.
func TestS47_PathsThatOnlyLookPublic(t *testing.T) {
	t.Parallel()
	w := newWorld(t, publicPaths)
	for _, target := range []string{
		"/public/..;/app", "/public/..%5capp", "/public/%252e%252e/app", "/public/%00/../app", "/app/%2e%2e/public/x",
		"/app%2f..%2fassets%2fx.css", "/public/../app", "/public/%2e%2e/app", "/public/..%2fapp", "/public//../app", "/app#/public/x", "/app?x=/public/",
		"/protected%23/public", "/protected#/public", "/foo/secret%23/bar", "/private?x=/public", "/private?/status", "/private;/status",
		"/public/.%2e/app", "/public/%2E%2e/app", "/public/..%2Fapp", "/public/..%255capp", `/public/..\app`, `/public\..\app`, "/public/%5c../app",
		"/public/./../app", "/public/..", "/public/.", "/public//app", "//public/x", "///public/x", "/public/%2fapp", "/public/a%2f..%2f..%2fapp",
		"/public/..%00/app", "/public/%0d%0a/app", "/public/%c0%ae%c0%ae/app", "/public/%e0%80%ae%e0%80%ae/app", "/public/%ef%bc%8e%ef%bc%8e/app", "/public/%ef%bc%8f../app",
		"/public/..%20/app", "/public/.../app", "/public;/app", "/public;x=/app", "/public/a;b/../app", "/public/%3b/app", "/public/..;a=b/app",
		"/healthz/", "/healthz/../app", "/healthz%2f..%2fapp", "/healthz;/app", "/healthz%00", "/healthz%20", "/healthz/x", "/Healthz", "/HEALTHZ", "/status/..", "/statusx", "/%68ealthz/../app",
		"/public", "/PUBLIC/x", "/app/public/x", "/app/..%2fpublic/x", "/foo/../app", "/foo/%2e%2e%2fapp", "/foo/x/%2e%2e/%2e%2e/app",
		"http://localhost/app", "http://localhost/public/../app", "/app%3f/public/x", "/app%2523/public", "/app%0a/public/x",
	} {
		w.echo.Reset()
		resp, body := w.site.Raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		if got := w.echo.Requests(); len(got) > 0 {
			t.Errorf("%q is public: the application got %q", target, got[0].Line)
		}
		if strings.Contains(body, UpstreamMark) || resp.StatusCode < 400 && resp.StatusCode != 308 && resp.StatusCode != 301 {
			t.Errorf("%q: %d %.100q", target, resp.StatusCode, body)
		}
	}
}

// What is public reaches the application byte for byte, without a session and
// without a cookie.
//
// Rows: S-47.
func TestS47_PublicPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, publicPaths)
	for _, target := range []string{"/healthz", "/healthz?x=/../app", "/public/", "/public/a/b.css?v=1;2", "/assets/%41b-c_d~e.js", "/public/caf%C3%A9", "/status", "/foo/a%20b"} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "PUT"} {
			w.echo.Reset()
			resp, _ := w.site.Raw(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
			if got := w.echo.Last(t).Target(); got != target || resp.StatusCode != 200 {
				t.Errorf("%s %q: %d, the application got %q", method, target, resp.StatusCode, got)
			}
			if cookies := resp.Header["Set-Cookie"]; len(cookies) > 0 {
				t.Errorf("%s %q: the browser got %q", method, target, cookies)
			}
		}
	}
	if calls := w.org.Calls(); len(calls) > 0 {
		t.Errorf("public requests called the org: %v", calls)
	}
}

// What a client says of itself opens nothing.
//
// Rows: CVE-2026-40575, CVE-2026-34457, CVE-2022-29226.
func TestCVE_2026_40575_HeadersAndParametersOpenNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, publicPaths)
	headers := []string{
		"User-Agent: GoogleHC/1.0", "User-Agent: kube-probe/1.30", "User-Agent: ELB-HealthChecker/2.0", "User-Agent: ", "User-Agent: Amazon-Route53-Health-Check-Service",
		"Authorization: Bearer x", "Authorization: Basic YWRhOmFkYQ==", "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.", "Proxy-Authorization: Basic YTph",
		"X-Requested-With: XMLHttpRequest", "X-Http-Method-Override: OPTIONS", "Access-Control-Request-Method: GET", "X-Middleware-Subrequest: 1",
		"X-Forwarded-For: 127.0.0.1", "X-Real-Ip: 127.0.0.1", "Forwarded: for=127.0.0.1;host=localhost;proto=https", "True-Client-Ip: 127.0.0.1",
	}
	for _, name := range []string{"X-Forwarded-Uri", "X-Original-Uri", "X-Original-Url", "X-Rewrite-Url", "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Envoy-Original-Path", "X-Auth-Request-Redirect"} {
		headers = append(headers, name+": /healthz", name+": /public/x")
	}
	for _, header := range headers {
		for _, target := range []string{"/app", "/", "/app?access_token=x", "/app?token=x&id_token=y"} {
			for _, method := range []string{"GET", "POST", "OPTIONS"} {
				w.echo.Reset()
				resp, body := w.site.Raw(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header + "\r\n\r\n")
				if len(w.echo.Requests()) > 0 || resp.StatusCode != 401 || strings.Contains(body, UpstreamMark) {
					t.Errorf("%s %s with %q: %d, the application got %d requests", method, target, header, resp.StatusCode, len(w.echo.Requests()))
				}
			}
		}
	}
}

// A request that could not be understood was let through.
//
// Rows: CVE-2021-32637, CVE-2026-71324, S-48.
func TestCVE_2021_32637_MalformedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, publicPaths)
	for _, head := range []string{
		"GET //%zz HTTP/1.1\r\nHost: localhost", "GET /% HTTP/1.1\r\nHost: localhost", "GET /\x00 HTTP/1.1\r\nHost: localhost", "GET /a HTTP/1.1\r\nHost: a b",
		"GET /" + strings.Repeat("a", 100_000) + " HTTP/1.1\r\nHost: localhost", "GET /\xff\xfe HTTP/1.1\r\nHost: localhost", "GET * HTTP/1.1\r\nHost: localhost",
		"OPTIONS * HTTP/1.1\r\nHost: localhost", "GET /a HTTP/1.1", "GET /a HTTP/1.1\r\nHost: localhost\r\nHost: evil", "GET /public/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
		"GET /app?" + strings.Repeat("/../", 10_000) + " HTTP/1.1\r\nHost: localhost", "\x16\x03\x01\x02\x00 / HTTP/1.1\r\nHost: localhost", "GET app HTTP/1.1\r\nHost: localhost",
		"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22", "CONNECT /app HTTP/1.1\r\nHost: localhost", "TRACE /app HTTP/1.1\r\nHost: localhost",
	} {
		w.echo.Reset()
		resp, body := w.site.Raw(head + "\r\nConnection: close\r\n\r\n0\r\n\r\n")
		for _, got := range w.echo.Requests() {
			if !strings.HasPrefix(got.Target(), "/public/x") {
				t.Errorf("%.60q: the application got %.80q", head, got.Line)
			}
		}
		if resp.StatusCode >= 500 || strings.Contains(body, UpstreamMark) && !strings.Contains(head, "/public/x") {
			t.Errorf("%.60q: %d %.100q", head, resp.StatusCode, body)
		}
	}
}

// A matcher and a router that spell an address in two ways: upper case, a host
// in another case, a character in percent form. A protected address is
// protected in every spelling.
//
// Rows: CVE-2026-27587, CVE-2026-27588.
func TestCVE_2026_27587_SpellingsOfOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "public /open-door/*")
	for _, path := range []string{"/app-a/x", "/APP-A/x", "/app%2Da/x", "/app%2da/X", "/%61pp-a/x", "/OPEN-DOOR%2f..%2Fapp-a", "/open%2Ddoor/%2E%2E/app-a", "/open-door%5C..%5Capp-a"} {
		for _, host := range []string{"localhost", "LOCALHOST", "LocalHost", "localhost."} {
			w.echo.Reset()
			resp, body := w.site.Raw("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
			if len(w.echo.Requests()) > 0 || strings.Contains(body, UpstreamMark) || resp.StatusCode >= 500 {
				t.Errorf("%s at %s: %d", path, host, resp.StatusCode)
			}
		}
	}
}
