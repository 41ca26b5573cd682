package signin

import (
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// policyOf renders the page and returns its policy, which has to be the same in
// the header and, but for framing, in the document.
func policyOf(t *testing.T, r *Renderer, p *Page) string {
	t.Helper()
	rec := httptest.NewRecorder()
	if err := r.Render(rec, httptest.NewRequest("GET", "/", nil), p); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	header := rec.Result().Header.Values("Content-Security-Policy")
	meta := all(doc, func(n *html.Node) bool { return attr(n, "http-equiv") == "Content-Security-Policy" })
	if len(header) != 1 || len(meta) != 1 || header[0] != attr(meta[0], "content")+"; frame-ancestors 'none'" {
		t.Fatalf("the header says %q, the document %d times %q", header, len(meta), attr(meta[0], "content"))
	}
	return header[0]
}

func TestPolicyWithoutSources(t *testing.T) {
	if got := (Sources{}).policy(); got != pageSources {
		t.Errorf("got %q", got)
	}
	p := pageOf(t, 200, answerJSON("", formJSON("identify", `{"name":"identifier","label":"Username"}`)))
	if got := policyOf(t, newRenderer(t), p); got != PagePolicy {
		t.Errorf("got %q", got)
	}
}

func TestPolicyWithSources(t *testing.T) {
	for _, test := range []struct {
		sources Sources
		want    string
	}{
		{Sources{Connect: []string{"http://localhost:2000", "https://a.example.com:6511"}},
			"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self' http://localhost:2000 https://a.example.com:6511; base-uri 'none'"},
		{Sources{Frame: []string{"https://api-1.duosecurity.com"}},
			"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-src https://api-1.duosecurity.com"},
		{Sources{Captcha: "HCAPTCHA"},
			"default-src 'none'; style-src 'self' https://hcaptcha.com https://*.hcaptcha.com; script-src 'self' https://hcaptcha.com https://*.hcaptcha.com; " +
				"img-src 'self' data:; connect-src 'self' https://hcaptcha.com https://*.hcaptcha.com; base-uri 'none'; frame-src https://hcaptcha.com https://*.hcaptcha.com"},
		{Sources{Captcha: "RECAPTCHA_V2"},
			"default-src 'none'; style-src 'self'; script-src 'self' https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/; " +
				"img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-src https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/"},
	} {
		if got := test.sources.policy(); got != test.want {
			t.Errorf("%+v:\n got %s\nwant %s", test.sources, got, test.want)
		}
	}
}

// Whoever can have an answer name a host (a tampered answer, an org that is set
// up wrongly) must not be able to write the rest of the policy: a space would
// begin another source, a semicolon another directive, a keyword or a scheme
// would open it to everybody.
func TestPolicyInjection(t *testing.T) {
	for _, hostile := range []string{
		"", "*", "https:", "https://*", "https://*.example.com", "http://localhost:*", "'unsafe-inline'", "data:", "blob:",
		"https://a.example.com https://evil.example.com", "https://a.example.com;script-src *", "https://a.example.com; script-src *",
		"https://a.example.com\r\nSet-Cookie: a=b", "https://a.example.com\tb", "https://a.example.com,default-src *", "https://a.example.com/",
		"https://a.example.com/path", "https://a.example.com?x", "https://a.example.com#x", "https://user@a.example.com", "https://a.example.com:",
		"https://a.example.com:99999999", "ws://a.example.com", "//a.example.com", "a.example.com", "https://-a.example.com", "https://ä.example.com",
		"https://[::1]", "https://" + strings.Repeat("a", 300),
	} {
		for _, s := range []Sources{{Connect: []string{hostile}}, {Frame: []string{hostile}}, {Captcha: hostile}} {
			if got := s.policy(); got != pageSources {
				t.Errorf("%+v: %s", s, got)
			}
		}
	}
}

// The same from an answer: no host that it names gets into the policy unless it
// is one, and a device's is one of this device.
func TestHostileAnswersAddNoSource(t *testing.T) {
	r := newRenderer(t)
	hosts := []string{
		"localhost;script-src *", "localhost;script-src", "localhost http://evil.example.com", "*", "*.example.com", "localhost/evil", "localhost'",
		"evil.example.com", "127.0.0.1.example.com", "localhost.evil.example.com", "user@localhost", "[::1", "\u202elocalhost", "",
	}
	for _, host := range hosts {
		p := pageOf(t, 200, loopbackAnswer("http://"+host, "", `"2000"`))
		if got := policyOf(t, r, p); got != PagePolicy {
			t.Errorf("loopback at %q: %s", host, got)
		}
	}
	for _, host := range append(hosts[:8:8], "user@localhost", "evil.example.com:8443", "evil.example.com/") {
		if host == "evil.example.com" {
			continue // a host like any other: Duo's are many
		}
		p := pageOf(t, 200, duoAnswer(host, "TX|a|b:APP|c", "IFRAME"))
		if got := policyOf(t, r, p); got != PagePolicy {
			t.Errorf("Duo at %q: %s", host, got)
		}
	}
	for _, kind := range []string{"ALTCHA", "https://evil.example.com", "HCAPTCHA; script-src *", ""} {
		p := pageOf(t, 200, captchaAnswer(kind, "site"))
		if got := policyOf(t, r, p); got != PagePolicy {
			t.Errorf("captcha %q: %s", kind, got)
		}
	}
}

// What is only looked at reaches nobody else.
func TestUnplug(t *testing.T) {
	r := newRenderer(t)
	for _, answer := range []string{
		loopbackAnswer("http://localhost", "", `"2000"`), duoAnswer("duo.example.com", "TX|a|b:APP|c", "IFRAME"), captchaAnswer("HCAPTCHA", "site"),
	} {
		p := pageOf(t, 200, answer)
		if p.sources().none() {
			t.Fatalf("the page needs nothing: %s", answer)
		}
		p.Unplug()
		if got := policyOf(t, r, p); got != PagePolicy || len(p.Scripts) != 1 {
			t.Errorf("got %s, scripts %q", got, p.Scripts)
		}
	}
}
