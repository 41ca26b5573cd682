package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

func landing(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		p := c.open(t, newShop(t).site, script)
		p.signInAs("/", ada, adaPassword)
		for name, want := range map[string]string{
			"X-Forwarded-User": ada, "X-Forwarded-Email": ada, "X-Forwarded-Name": "Ada Lovelace",
			"X-Forwarded-Groups": "Everyone,Engineering,Finance", "X-Forwarded-Preferred-Username": ada,
		} {
			if got := p.header(name); got != want {
				t.Errorf("the page shows %s: %q, want %q", name, got, want)
			}
		}
		if got := p.header("Cookie"); got != "" {
			t.Errorf("the application received our cookies: %q", got)
		}
		p.keepsCookies(false)
	})
}

func landingOverHTTPS(t *testing.T, c *chromium) {
	w := newSecureWorld(t)
	w.echo.Answer(application)
	p := c.open(t, w.site, true)
	p.signInAs(deep, ada, adaPassword)
	p.at(deep)
	p.keepsCookies(true)
	p.reload()
	p.inside(ada)
}

// keepsCookies looks at our cookies as the browser keeps them.
func (p *tab) keepsCookies(secure bool) {
	p.Helper()
	cookies := p.cookies()
	if len(cookies) == 0 {
		p.Fatal("the browser keeps no cookie")
	}
	for name, c := range cookies {
		if !c.HTTPOnly || c.SameSite != network.CookieSameSiteLax || c.Secure != secure || strings.HasPrefix(name, "__Host-") != secure || c.Path != "/" || c.Domain != "localhost" {
			p.Errorf("cookie %q: HttpOnly %v, SameSite %s, Secure %v, path %q, domain %q", name, c.HTTPOnly, c.SameSite, c.Secure, c.Path, c.Domain)
		}
	}
	if got := evaluate[string](p, `document.cookie`); got != "" {
		p.Errorf("script can read %q", got)
	}
}

// Chromium applies form-action to the whole redirect chain of a post: with it,
// a user whose application leads on to another origin would be left on a dead
// sign-in page.
func landingOnAnotherOrigin(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w, other := newShop(t), newShop(t)
		w.echo.Answer(func(r *EchoRequest) string {
			if r.Target() == "/start" {
				return RawAnswer(302, "", "Location: http://"+other.echo.Addr+"/elsewhere")
			}
			return application(r)
		})
		p := c.open(t, w.site, script, "http://"+other.echo.Addr)
		p.visit("/start")
		p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
		p.shows("Application")
		if got, want := p.href(), "http://"+other.echo.Addr+"/elsewhere"; got != want {
			t.Errorf("landed at %q, want %q", got, want)
		}
	})
}

// Without an icon of the page's own, browsers ask the application for one,
// which needs a session, and log that as an error.
func icon(t *testing.T, c *chromium) {
	p := c.open(t, newShop(t).site, true)
	p.visit("/")
	if got := evaluate[string](p, `document.querySelector('link[rel="icon"]')?.href ?? ""`); !strings.HasPrefix(got, p.origin+"/.okta/") {
		t.Errorf("the page's icon is %q", got)
	}
}
