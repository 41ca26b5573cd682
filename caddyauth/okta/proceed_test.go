package okta

import (
	"net/url"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// It is refused before anything is sent.
//
// Rows: S-24.
func TestS24_AddressElsewhere(t *testing.T) {
	f, evil := newFakeOrg(t), newFakeOrg(t)
	o := f.org()
	here, _ := url.Parse(f.srv.URL)
	there, _ := url.Parse(evil.srv.URL)
	for _, href := range []string{
		evil.srv.URL + identifyPath,
		"https://evil.example.com/idp/idx/identify",
		"https://" + here.Host + identifyPath,
		"http://" + here.Hostname() + identifyPath,
		"http://localhost:" + here.Port() + identifyPath,
		"http://" + here.Hostname() + ".:" + here.Port() + identifyPath,
		"http://169.254.169.254/latest/meta-data/",
		"http://[::1]:" + here.Port() + identifyPath,
		"file:///etc/passwd", "gopher://" + here.Host, "javascript:alert(1)", "data:text/html,x",
		"//" + there.Host + identifyPath, identifyPath, "okta-verify.html", "", " ", "http:", "http://", "http:///x",
		"http:" + strings.TrimPrefix(identifyPath, "/"),
		"http://" + here.Host + "@" + there.Host + "/", "http://" + here.Host + ":x@" + there.Host + "/",
		"http://user@" + here.Host + "/", "http://" + here.Host + "\\@" + there.Host + "/",
		"http://" + there.Host + "?" + f.srv.URL, "http://" + there.Host + "#" + f.srv.URL,
		" " + f.srv.URL + identifyPath, f.srv.URL + "\r\n/x", f.srv.URL + "0" + identifyPath,
		"http://" + strings.Repeat("x", 100_000) + "/",
	} {
		_, err := o.Proceed(t.Context(), Device{}, &idx.Remediation{Name: "identify", Href: href}, []byte(`{"credentials":{"passcode":"secret"}}`))
		if !isKind(err, Untrusted) {
			t.Errorf("%.200q: %v", href, err)
		} else if len(err.Error()) > 400 {
			t.Errorf("%.100q: error of %d bytes", href, len(err.Error()))
		}
	}
	if len(f.asked)+len(evil.asked) > 0 {
		t.Errorf("sent: %v %v", f.asked, evil.asked)
	}
}

func TestMethodNotPost(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	for _, method := range []string{"GET", "PUT", "DELETE", "CONNECT", "POST /x HTTP/1.1\r\nX:", "POSTS", strings.Repeat("x", 1000)} {
		_, err := o.Proceed(t.Context(), Device{}, &idx.Remediation{Name: "x", Href: f.srv.URL + identifyPath, Method: method}, nil)
		if !isKind(err, Untrusted) {
			t.Errorf("%.20q: %v", method, err)
		}
	}
	if len(f.asked) > 0 {
		t.Errorf("sent: %v", f.asked)
	}
	f.answer(identifyPath, 200, form)
	for _, method := range []string{"", "POST", "post"} {
		if _, err := o.Proceed(t.Context(), Device{}, &idx.Remediation{Href: f.srv.URL + identifyPath, Method: method}, []byte(`{"a":" b "}`)); err != nil {
			t.Errorf("%q: %v", method, err)
		}
	}
	if a := f.calls(identifyPath)[0]; a.method != "POST" || a.body != `{"a":" b "}` || a.header.Get("Content-Type") != "application/json" || a.header.Get("Accept") != ionJSON {
		t.Errorf("sent %+v", a)
	}
}

// The same origin in another spelling is the same origin (RFC 6454, section 5).
func TestOriginSpellings(t *testing.T) {
	o, err := New(Config{Issuer: "https://Acme.okta.com:443/oauth2/default", ClientID: "c", RedirectURI: "https://app/cb"})
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range []string{"https://acme.okta.com/x", "HTTPS://ACME.OKTA.COM/x", "https://acme.okta.com:443/x"} {
		if _, err := o.ownAddress("test", same); err != nil {
			t.Error(err)
		}
	}
	for _, other := range []string{"https://acme.okta.com:8443/x", "https://acme.okta.com.evil.com/x", "https://xacme.okta.com/x", "http://acme.okta.com:443/x"} {
		if _, err := o.ownAddress("test", other); err == nil {
			t.Errorf("%s passes", other)
		}
	}
}
