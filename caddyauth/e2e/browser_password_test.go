package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// TestBrowserOffersToSavePassword asks Chromium's password manager itself, by
// the log that it writes about each decision. It judges what our pages give
// it: the fields' autocomplete and the statuses of the steps, since it takes a
// page with 401 for a password that was refused.
//
// There is one log for all tabs of a browser, so nothing here is parallel.
func TestBrowserOffersToSavePassword(t *testing.T) {
	// As people have it: under automation the password manager is off.
	c := startChromium(t, chromedp.Flag("enable-automation", false))
	for _, test := range []struct {
		name string
		run  func(*testing.T, *passwordManager, *tab, *world)
	}{
		{"password on the first page", offerAfterOnePage},
		{"password on the second page", offerAfterTwoPages},
		{"password then e-mail code", offerBeforeTheCode},
		{"wrong password", noOfferForAWrongPassword},
	} {
		for name, script := range map[string]bool{"script on": true, "script off": false} {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				m := c.passwordManager(t)
				w := newShop(t)
				p := newTab(t, c.ctx, w.site.URL, script, nil)
				test.run(t, m, p, w)
			})
		}
	}
}

func offerAfterOnePage(t *testing.T, m *passwordManager, p *tab, w *world) {
	p.visit(deep)
	m.waitsFor("identifier", "credentials_passcode")
	p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	p.inside(ada)
	m.decides(offer{"identifier", "credentials_passcode"})
}

// The page of the password has no field for a username that people see; the
// browser finds the one that is there for it.
func offerAfterTwoPages(t *testing.T, m *passwordManager, p *tab, w *world) {
	w.org.Policy("second_page")
	p.visit(deep)
	p.submit("identify", "identifier", ada)
	m.waitsFor("field-1-user", "credentials_passcode")
	p.submit("challenge-authenticator", "credentials/passcode", adaPassword)
	p.inside(ada)
	m.decides(offer{"field-1-user", "credentials_passcode"})
}

// The offer comes as soon as the password is accepted, at the next step, and
// the code after it is nothing to save.
func offerBeforeTheCode(t *testing.T, m *passwordManager, p *tab, w *world) {
	w.org.Policy("first_page", "email")
	p.visit(deep)
	m.waitsFor("identifier", "credentials_passcode")
	p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	p.shows("Verify it’s you")
	m.decides(offer{"identifier", "credentials_passcode"})
	p.submit("select-authenticator-authenticate")
	p.submit("challenge-authenticator", "credentials/passcode", w.org.Code(ada))
	p.inside(ada)
	// The log has all about the code once it comes to another form.
	command(p, network.ClearBrowserCookies, cdp.Empty{})
	p.reload()
	m.waitsFor("identifier", "credentials_passcode")
	m.decides(offer{"identifier", "credentials_passcode"})
}

func noOfferForAWrongPassword(t *testing.T, m *passwordManager, p *tab, w *world) {
	p.visit(deep)
	m.waitsFor("identifier", "credentials_passcode")
	p.submit("identify", "identifier", ada, "credentials/passcode", "wrong")
	p.says("errors.E0000004")
	m.decides(refused)
	m.waitsFor("identifier", "credentials_passcode")
	p.submit("identify", "credentials/passcode", adaPassword)
	p.inside(ada)
	m.decides(refused, offer{"identifier", "credentials_passcode"})
}

// passwordManager is a tab that shows the log of the browser's password
// manager, which is written while the tab is open.
type passwordManager struct{ *tab }

func (c *chromium) passwordManager(t *testing.T) *passwordManager {
	t.Helper()
	m := &passwordManager{newTab(t, c.ctx, "chrome://password-manager-internals", true, []string{"chrome://resources"})}
	m.visit("/")
	return m
}

// offer is the browser's question whether it shall save a password: the ids of
// the fields that it takes the name and the password from, "" for one that is
// empty.
type offer struct{ username, password string }

// refused stands for a password that the browser drops without asking.
var refused = offer{}

// decides fails the test when the browser's decisions about the passwords
// submitted so far are not these.
func (m *passwordManager) decides(want ...offer) {
	m.Helper()
	var got []offer
	rig.Eventually(m.T, "the browser decides about the password", func() bool {
		got, _ = m.read()
		return len(got) >= len(want)
	})
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(offer{})); diff != "" {
		m.Errorf("what the browser offers to save (-want +got):\n%s", diff)
	}
}

// waitsFor waits until the browser knows the password form on the page: nobody
// types as fast as a test, and it would miss a form submitted before.
func (m *passwordManager) waitsFor(username, password string) {
	m.Helper()
	rig.Eventually(m.T, "the browser finds the fields "+username+" and "+password, func() bool {
		_, form := m.read()
		return form == offer{username, password}
	})
}

// read returns the decisions in the log, and the fields that the browser found
// on the current page.
func (m *passwordManager) read() (decisions []offer, form offer) {
	m.Helper()
	var submitted offer
	filled := map[string]bool{}
	for line := range strings.Lines(m.text()) {
		name, value, _ := strings.Cut(line, ": ")
		name, value = strings.TrimSpace(name), strings.Trim(value, " ,\n")
		switch name {
		case "PasswordManager::DidNavigateMainFrame":
			form = offer{}
		case "Username element":
			form.username = value
			submitted.username = ""
			if filled[value] {
				submitted.username = value
			}
		case "Password element":
			form.password = value
			submitted.password = ""
			if filled[value] {
				submitted.password = value
			}
		case "Message":
			switch value {
			case "Show password prompt":
				decisions = append(decisions, submitted)
			case "Decision: DROP the password":
				decisions = append(decisions, refused)
			}
		default:
			if strings.HasPrefix(value, "signature=") {
				filled[name] = strings.Contains(value, ", non-empty, ")
			}
		}
	}
	return decisions, form
}
