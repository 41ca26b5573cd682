package e2e

import (
	"html"
	"strings"
	"testing"
)

// application is the answer of an application for people: a page that shows
// the headers it received. Programs get the default answer.
func application(r *EchoRequest) string {
	if !strings.Contains(strings.Join(r.Values("Accept"), ","), "text/html") {
		return ""
	}
	var rows strings.Builder
	for _, h := range r.Header {
		rows.WriteString("<dt>" + html.EscapeString(h[0]) + `<dd data-header="` + html.EscapeString(strings.ToLower(h[0])) + `">` + html.EscapeString(h[1]))
	}
	return RawAnswer(200, `<!doctype html><html lang="en"><title>Application</title><link rel="icon" href="data:,">`+
		`<h1>Application</h1><p>`+UpstreamMark+`<p id="section">Section<dl>`+rows.String()+`</dl>`,
		"Content-Type: text/html; charset=utf-8")
}

// newShop is a world whose application shows pages.
func newShop(t *testing.T, lines ...string) *world {
	t.Helper()
	w := newWorld(t, lines...)
	w.echo.Answer(application)
	return w
}

// inside ends the test when the tab does not show the application to that user.
func (p *tab) inside(login string) {
	p.Helper()
	p.shows("Application")
	if got := p.header("X-Forwarded-User"); got != login {
		p.Fatalf("the application sees user %q, want %q", got, login)
	}
}

// header is what the application shows for a header that it received.
func (p *tab) header(name string) string {
	p.Helper()
	return evaluate[string](p, `document.querySelector('[data-header="`+strings.ToLower(name)+`"]')?.innerText ?? ""`)
}

// signInAs signs in with the password on the first page.
func (p *tab) signInAs(target, login, password string) {
	p.Helper()
	p.visit(target)
	p.submit("identify", "identifier", login, "credentials/passcode", password)
	p.inside(login)
}
