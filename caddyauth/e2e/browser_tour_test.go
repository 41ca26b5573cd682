package e2e

import (
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// tour leads a new tab through every page there is and calls stop at each.
func (c *chromium) tour(t *testing.T, stop func(p *tab, name string)) {
	w := newShop(t, "deny /vault/* not group Auditors {\n message \"The vault is for auditors.\"\n}", "allow signed_in",
		"contact \"Write to access@example.com if you need to get in.\"")
	p := c.open(t, w.site, true)
	// What Chromium thinks of somebody who clicks and goes so fast.
	p.expect = []string{"NavigationEntryMarkedSkippable", "BounceTrackingIssue"}

	p.visit("/")
	stop(p, "sign-in")
	p.submit("identify", "identifier", "ada@example.com", "credentials/passcode", "wrong")
	stop(p, "sign-in-rejected")
	p.visit("/.okta/nothing")
	stop(p, "not-found")

	long := "maximiliane.featherstonehaugh-cholmondeley+accounting-department@subsidiary.international.example.com"
	w.org.AddUser(user(long, "x"))
	w.org.Policy("second_page", "email")
	p = p.anew(c)
	p.visit("/")
	stop(p, "username")
	p.submit("identify", "identifier", long)
	stop(p, "password-long-name")
	p.submit("challenge-authenticator", "credentials/passcode", "wrong")
	stop(p, "password-rejected")

	p = p.anew(c)
	p.visit("/")
	p.submit("identify", "identifier", ada)
	stop(p, "password")
	p.submit("challenge-authenticator", "credentials/passcode", adaPassword)
	stop(p, "choices")
	p.submit("select-authenticator-authenticate")
	stop(p, "code")
	p.submit("challenge-authenticator", "credentials/passcode", "000000")
	stop(p, "code-rejected")
	p.submit("resend")
	stop(p, "code-again")
	w.org.Expire()
	p.submit("challenge-authenticator", "credentials/passcode", "000000")
	stop(p, "expired")

	w.org.Policy("first_page")
	p = p.anew(c)
	p.signInAs("/", ada, adaPassword)
	p.visit("/.okta/me")
	stop(p, "me")
	p.visit("/vault/gold")
	stop(p, "denied")
	p.visit("/reports%2fgold")
	stop(p, "address-refused")
	p.visit("/.okta/signout")
	stop(p, "sign-out")
	p.load(func() { p.click(`form button[type=submit]`) })
	stop(p, "signed-out")

	p.visit("/")
	w.org.Faults(Fault{Endpoint: "identify", Status: http.StatusServiceUnavailable})
	p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	stop(p, "okta-trouble")
	w.org.Faults(Fault{Endpoint: "token", Status: http.StatusBadRequest, Body: map[string]string{"error": "access_denied"}})
	p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	stop(p, "no-access")
	w.org.Faults(Fault{Endpoint: "interact", Status: http.StatusServiceUnavailable})
	p.visit("/")
	stop(p, "okta-down")
	w.org.Faults()

	frame := newShop(t, "public /portal")
	frame.echo.Answer(func(r *EchoRequest) string {
		return RawAnswer(200, `<!doctype html><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">`+
			`<title>Portal</title><html lang="en"><h1>Portal</h1><iframe title="Inner" src="/inner" style="border:1px solid gray;width:100%;height:20rem;box-sizing:border-box"></iframe>`, "Content-Type: text/html")
	})
	expect := p.expect
	p = c.open(t, frame.site, true)
	p.expect = expect
	p.visit("/portal")
	stop(p, "frame")
}

// anew is a tab of a browser that has never been here.
func (p *tab) anew(c *chromium) *tab {
	p.Helper()
	q := newTab(p.T, c.ctx, p.origin, p.script, p.origins[1:], newProfile)
	q.expect = p.expect
	return q
}

// looks sets the size of the window and the user's preference.
func (p *tab) looks(width, height int64, scheme string, scale float64) {
	p.Helper()
	command(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: scale, Mobile: width < 600,
	})
	command(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}
