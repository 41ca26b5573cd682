package e2e

import (
	"strings"
	"testing"
)

// An application whose page stays open longer than the session: its own script
// gets an answer that it can read, and the page lives on.
func fetchAfterTheEnd(t *testing.T, c *chromium) {
	p := c.open(t, newShop(t).site, true)
	p.expect = []string{"/api/numbers"} // Chromium notes every 401 in the console
	p.signInAs("/page", ada, adaPassword)
	q := p.another()
	q.visit("/.okta/signout")
	q.load(func() { q.click(`form button[type=submit]`) })

	type answer struct {
		Status   int
		Type     string
		Body     map[string]any
		Location string
	}
	const fetchIt = `fetch("/api/numbers", OPTIONS).then(async r => ({Status: r.status, Type: r.headers.get("content-type"), Body: await r.json(), Location: r.url}))`
	for _, options := range []string{
		`{}`, `{headers: {Accept: "text/html"}}`, `{method: "POST", body: "x"}`, `{credentials: "include", headers: {"X-Requested-With": "XMLHttpRequest"}}`,
	} {
		got := evaluate[answer](p, strings.Replace(fetchIt, "OPTIONS", options, 1))
		if got.Status != 401 || !strings.Contains(got.Type, "json") || len(got.Body) == 0 || got.Location != p.origin+"/api/numbers" {
			t.Errorf("fetch with %s: %+v", options, got)
		}
	}
	p.inside(ada) // as it stood there
	p.at("/page")
	p.reload()
	p.shows("Sign in")
	p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	p.inside(ada)
	p.at("/page")
}

// A frame of the application's own, when the session has ended: a password is
// never asked for where nobody can see whose page it is.
func frameWithoutSession(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t, "public /portal")
		w.echo.Answer(func(r *EchoRequest) string {
			if r.Target() == "/portal" {
				return RawAnswer(200, `<!doctype html><link rel="icon" href="data:,"><h1>Portal</h1><iframe src="/inner?x=1" width="600" height="300"></iframe>`, "Content-Type: text/html")
			}
			return application(r)
		})
		p := c.open(t, w.site, script)
		p.expect = []string{"NavigationEntryMarkedSkippable"} // nobody really clicks below
		p.visit("/portal")
		p.shows("Portal")
		const inner = `document.querySelector("iframe").contentDocument`
		if n := evaluate[int](p, inner+`.querySelectorAll("form, input").length`); n != 0 {
			t.Errorf("the frame has %d forms and fields", n)
		}
		link := evaluate[[]string](p, `[...`+inner+`.querySelectorAll("a")].flatMap(a => [a.target, a.href])`)
		if len(link) != 2 || link[0] != "_top" {
			t.Fatalf("links in the frame: %q", link)
		}
		if n := w.org.Calls()["interact"]; n != 0 {
			t.Errorf("a frame began %d sign-ins", n)
		}
		p.load(func() { evaluate[bool](p, inner+`.querySelector("a").click(), true`) })
		p.shows("Sign in")
		p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
		p.inside(ada)
	})
}
