package e2e

import (
	"net/url"
	"strings"
	"testing"
)

// openRedirects are addresses of the classes by which proxies of this kind were
// made to send people elsewhere after sign-in (CVE-2020-4037, CVE-2020-5233,
// CVE-2020-11053, CVE-2021-21291, CVE-2024-21497, CVE-2021-39191,
// CVE-2019-14857, CVE-2022-28923 and their like).
var openRedirects = []string{
	// another host, plainly, and in ways to write it
	"https://evil.example", "http://evil.example/", "HTTPS://EVIL.EXAMPLE", "//evil.example", "//evil.example/%2f..", "///evil.example", "////evil.example", "/////evil.example",
	"https:evil.example", "https:/evil.example", "https:///evil.example", "http:evil.example", "http:/evil.example", "http:///evil.example", "http:\\\\evil.example", "https:\\evil.example",
	// backslashes are slashes to browsers
	`/\evil.example`, `\/evil.example`, `\\evil.example`, `\evil.example`, `/\/evil.example`, `/\\evil.example`, `\/\/evil.example`, `//\evil.example`, `/.\evil.example`, `/./\evil.example`,
	// what browsers drop
	"/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "/\r\n/evil.example", "\t//evil.example", " //evil.example", "/ /evil.example", "/\v/evil.example", "/\f/evil.example", "/\x00/evil.example",
	"/\t\\evil.example", "/\x1f/evil.example", "/\u00a0/evil.example", "/\u2028/evil.example", "/\ufeff/evil.example", "\u3000//evil.example", "h\ttps://evil.example",
	// encoded, once and twice
	"/%2fevil.example", "/%5cevil.example", "%2f%2fevil.example", "/%09/evil.example", "/%0d%0a/evil.example", "/%0d%0aLocation:%20https://evil.example", "/%252fevil.example", "/%00/evil.example", "/%E3%80%82evil.example",
	// dot segments that leave a double slash behind
	"/.//evil.example", "/..//evil.example", "/./../\\evil.example", "/a/..//evil.example", "/%2e//evil.example", "/%2e%2e//evil.example", "/..;//evil.example", "/.;//evil.example", "/a/../..//evil.example",
	// userinfo, ports and look-alikes of this host
	"//localhost@evil.example", "http://localhost:8080@evil.example", "http://localhost%40evil.example", "//localhost.evil.example", "//evil.example:80#@localhost", "//evil.example\\@localhost", "//localhost:1@evil.example", "http://localhost\\.evil.example",
	"//[::ffff:1.2.3.4]", "//0x7f000001", "//evil%E3%80%82example", "//ｅvil.example", "//evil.example%00.localhost",
	// other schemes
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "blob:http://localhost/x", "mailto:a@b", "about:blank", "ws://evil.example", "//", "/\\", "///", "\\", ":", "?//evil.example", "#//evil.example", "", ".", "..", "evil.example", "@evil.example",
	// headers of their own
	"/x\r\nSet-Cookie: okta_auth=evil", "/x\nLocation: https://evil.example", "/" + strings.Repeat("a", 16<<10), "/\xff\xfe", "/%ff%fe",
}

// stays fails the test unless the answer's Location, if there is one, leads to
// the same origin as a browser reads it.
func (w *world) stays(what string, a *Answer) {
	w.Helper()
	base := mustParse(w.site.URL)
	locations := a.Header.Values("Location")
	if a.Status >= 500 || len(locations) > 1 {
		w.Errorf("%s: %d, Location %q", what, a.Status, locations)
	}
	for _, location := range locations {
		if got := leadsTo(base, location); got != w.site.URL || strings.ContainsAny(location, "\r\n\t\\") {
			w.Errorf("%s: Location %q leads to %q", what, location, got)
		}
		// What a strict program makes of it must agree.
		if u, err := base.Parse(location); err != nil || u.Host != base.Host {
			w.Errorf("%s: Location %q is read as %v, %v", what, location, u, err)
		}
	}
	for _, line := range a.Header.Values("Set-Cookie") {
		if strings.Contains(line, "=evil") {
			w.Errorf("%s: Set-Cookie %q", what, line)
		}
	}
}

// Rows: ToB-5, CVE-2020-4037, CVE-2020-5233, CVE-2020-11053, CVE-2021-21291,
// CVE-2021-32786, CVE-2021-39191, CVE-2022-23527, CVE-2019-14857, vouch-proxy.
func TestToB5_NoReturnAddressLeadsElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in, out := w.signedIn(), w.browser()
	for _, payload := range openRedirects {
		query := "?return_to=" + url.QueryEscape(payload)
		raw := "?return_to=" + strings.NewReplacer("\r", "%0d", "\n", "%0a", "\t", "%09", "\x00", "%00", " ", "%20", "\v", "%0b", "\f", "%0c", "\x1f", "%1f", "#", "%23").Replace(payload)
		for _, q := range []string{query, raw, query + "&return_to=/x", "?return_to=/x&return_to=" + url.QueryEscape(payload)} {
			for _, b := range []*Browser{in, out} {
				for _, path := range []string{"/.okta/signin", "/.okta/signin/", "/.okta/signout"} {
					if _, err := url.Parse(w.site.URL + path + q); err != nil {
						continue // net/http cannot send it; the path's test below does
					}
					answer := b.Do(b.Request("GET", path+q, "", navigation...))
					w.stays("GET "+path+q, answer)
					for _, link := range ParsePage(t, answer.Body).Links {
						if got := leadsTo(mustParse(w.site.URL), link); got != w.site.URL {
							t.Errorf("GET %s%s: a link leads to %q", path, q, got)
						}
					}
				}
			}
		}
	}
}

// The return address in the form itself, through a whole sign-in and a whole
// sign-out.
//
// Rows: ToB-5, CVE-2021-29651.
func TestToB5_NoPostedReturnAddressLeadsElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pending := w.browser()
	pending.Open("/")
	for _, payload := range openRedirects {
		wrong := pending.Form("identify").Fill("identifier", ada, "credentials/passcode", "wrong", "/return", payload)
		w.stays("a rejected step to "+payload, pending.Do(pending.Post("/.okta/signin/identify", wrong)))
		stale := url.Values{"/return": {payload}, "/token": {"x"}}
		w.stays("a stale form to "+payload, pending.Do(pending.Post("/.okta/signin/identify", stale)))
		w.stays("no sign-in, to "+payload, w.browser().Do(w.browser().Post("/.okta/signin/identify", stale)))
	}
	for i, payload := range openRedirects {
		if i%8 != 0 { // a whole sign-in for each class is enough
			continue
		}
		b := w.browser()
		b.Open("/.okta/signin?return_to=" + url.QueryEscape(payload))
		answer := b.Do(b.Post("/.okta/signin/identify", b.Form("identify").Fill(append(credentials(), "/return", payload)...)))
		w.stays("a sign-in to "+payload, answer)
		if !b.SignedIn("/") {
			t.Errorf("a bad return address, %q, spoils the sign-in: %d", payload, answer.Status)
		}
		b.Open("/.okta/signout?return_to=" + url.QueryEscape(payload))
		answer = b.Do(b.Post("/.okta/signout", b.Page.Forms[0].Fill("/return", payload)))
		w.stays("a sign-out to "+payload, answer)
		if b.SignedIn("/") {
			t.Errorf("a bad return address, %q, spoils the sign-out: %d", payload, answer.Status)
		}
	}
}

// The address that was asked for is a return address too: //evil.example is a
// path to the server and a host to a browser.
//
// Rows: CVE-2022-28923, ToB-5.
func TestCVE_2022_28923_ThePathItselfLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, payload := range openRedirects {
		if payload == "" || strings.ContainsAny(payload, "\r\n") || strings.Contains(payload, " ") {
			continue
		}
		cookies := ""
		head := "GET " + payload + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + strings.Join(navigation, "\r\n") + "\r\n"
		resp, body := w.site.Raw(head + cookies + "\r\n")
		w.stays("GET "+payload, &Answer{Status: resp.StatusCode, Header: resp.Header})
		if resp.StatusCode != 401 {
			continue
		}
		page := ParsePage(t, body)
		form := page.Form("identify")
		if form == nil {
			t.Errorf("GET %q: %v", payload, page.Remediations())
			continue
		}
		if got := leadsTo(mustParse(w.site.URL), form.Value("/return")); got != w.site.URL {
			t.Errorf("GET %q: the form returns to %q", payload, form.Value("/return"))
		}
		if i%4 != 0 {
			continue
		}
		b := w.browser()
		b.Jar.Take(mustParse(w.site.URL), resp.Header)
		w.stays("signing in at "+payload, b.Do(b.Post(form.Action, form.Fill(credentials()...))))
	}
}

// What is a path of this origin arrives unchanged, odd as it may look.
//
// Rows: ToB-5.
func TestToB5_HonestReturnAddressesSurvive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, target := range []string{
		"/", "/a/b?x=1&x=2", "/?next=https://elsewhere.example/", "/a%20b%2Fc", "/a;b=c?d;e", "/caf%C3%A9?q=%E5%96%B6", "/@user/..hidden/:x", "/a//b", "/x?q='()*!~", "/a+b?c+d=%2B", "/%7Euser", "/x?a[]=1&b={}|^",
	} {
		b := w.browser()
		resp, body := w.site.Raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + strings.Join(navigation, "\r\n") + "\r\n\r\n")
		b.Jar.Take(mustParse(w.site.URL), resp.Header)
		form := ParsePage(t, body).Form("identify")
		if form == nil {
			t.Errorf("%q: %d", target, resp.StatusCode)
			continue
		}
		if got := b.Do(b.Post(form.Action, form.Fill(credentials()...))).Header.Get("Location"); got != target {
			t.Errorf("signing in at %q leads to %q", target, got)
		}
	}
}
