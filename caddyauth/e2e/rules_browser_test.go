package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// TestBrowserDenied is a person whom the rules keep out, in Chromium.
func TestBrowserDenied(t *testing.T) {
	c := startChromium(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *chromium)
	}{
		{"another account", deniedThenAnotherAccount},
		{"accessibility", deniedAxe},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, c) })
	}
}

// The page says who, why and whom to ask; its button leads to the sign-in page at
// the same address, and another account gets in there.
func deniedThenAnotherAccount(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t, restricted...)
		p := c.open(t, w.site, script)
		p.visit(deep)
		p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
		p.shows("You may not open this")
		p.at(deep)
		p.says("This is for auditors.")
		p.says("Write to access@example.com.")
		if !strings.Contains(p.text(), ada) {
			t.Errorf("the page does not say who is signed in: %s", p.text())
		}
		p.load(func() { p.click("form button[type=submit]") })
		p.shows("Sign in")
		p.at(deep)
		p.submit("identify", "identifier", grace, "credentials/passcode", gracePassword)
		p.inside(grace)
		p.at(deep)
	})
}

// WCAG 2.2 AA by a program, light and dark, and on a narrow phone, with the
// longest that an operator may write.
func deniedAxe(t *testing.T, c *chromium) {
	axe, err := os.ReadFile("testdata/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		rig.Skip(t, "needs axe-core: run `npm ci` in caddyauth/e2e/testdata/axe")
	}
	w := newShop(t, "allow group Auditors {\n message \""+strings.Repeat("This is for auditors, and for those whom they have asked in. ", 5)+"\"\n}",
		"contact https://intranet.example.com/"+strings.Repeat("a-long-address-without-a-space-", 6))
	p := c.open(t, w.site, true)
	p.visit("/")
	p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	p.shows("You may not open this")
	for _, page := range []struct {
		name string
		show func()
	}{
		{"denied", func() {}},
		{"refused", func() { p.visit("/x%2fy"); p.shows("This address is not accepted") }},
	} {
		page.show()
		evaluate[bool](p, string(axe)+"; true")
		for _, width := range []int64{320, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				p.looks(width, 800, scheme, 1)
				where := fmt.Sprintf("%s, %s, %d px", page.name, scheme, width)
				for _, v := range evaluate[[]axeViolation](p, runAxe) {
					t.Errorf("%s: %s: %s\n\t%s", where, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
				}
				if got := evaluate[int64](p, `document.documentElement.scrollWidth`); got > width {
					t.Errorf("%s: the page is %d px wide", where, got)
				}
			}
		}
	}
}
