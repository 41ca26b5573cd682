package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
	"github.com/google/go-cmp/cmp"
)

// focused describes what has the focus: a name, a button's words, a role.
func (p *tab) focused() string {
	p.Helper()
	return evaluate[string](p, `(() => { const e = document.activeElement; return e.name || e.getAttribute("role") || (e.tagName === "A" ? e.innerText : "") || (e.tagName === "BUTTON" ? e.innerText : e.tagName) })()`)
}

// seesFocus fails the test when nobody could see what has the focus: no ring,
// or outside of the window (WCAG 2.4.7, 2.4.11).
func (p *tab) seesFocus() {
	p.Helper()
	style := evaluate[struct {
		Ring   string
		Width  float64
		Inside bool
	}](p, `(() => {
		const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
		return {Ring: s.outlineStyle, Width: parseFloat(s.outlineWidth), Inside: r.top >= 0 && r.bottom <= innerHeight && r.left >= 0 && r.right <= innerWidth};
	})()`)
	if style.Ring == "none" || style.Width < 2 || !style.Inside {
		p.Errorf("the focus on %q cannot be seen: %+v", p.focused(), style)
	}
}

// tabsThrough presses Tab from the first stop on and checks the order.
func (p *tab) tabsThrough(stops ...string) {
	p.Helper()
	var got []string
	for i := range stops {
		if i > 0 {
			p.press("\t")
		}
		got = append(got, p.focused())
		p.seesFocus()
	}
	if diff := cmp.Diff(stops, got); diff != "" {
		p.Errorf("stops of the Tab key (-want +got):\n%s", diff)
	}
}

// A whole sign-in without a mouse, also where the address has a fragment, which
// takes part in where the focus begins.
func keyboardOnly(t *testing.T, c *chromium) {
	for name, target := range map[string]string{"plain": "/plain", "fragment": deep} {
		t.Run(name, func(t *testing.T) {
			withAndWithoutScript(t, func(t *testing.T, script bool) {
				p := c.open(t, newShop(t).site, script)
				p.visit(target)
				stops := []string{"identifier", "credentials/passcode", "Show", "rememberMe", "Sign in"}
				if !script {
					stops = slices.DeleteFunc(stops, func(s string) bool { return s == "Show" })
				}
				p.tabsThrough(stops...)
				p.fill("identifier", ada)
				p.press("\t")
				p.press("wrong")
				p.load(func() { p.press("\r") })
				p.says("errors.E0000004")

				if got := p.focused(); got != "alert" {
					t.Errorf("after an error %q has the focus, not its summary", got)
				}
				p.seesFocus()
				p.press("\t")
				if got := p.focused(); got != "identifier" {
					t.Errorf("after the summary comes %q", got)
				}
				p.press("\t")
				if script {
					p.press(adaPassword + "\t ")
					if got := evaluate[string](p, `document.getElementsByName("credentials/passcode")[0].type`); got != "text" {
						t.Errorf("after pressing Show the password is of type %q", got)
					}
					p.press("\t\t")
				} else {
					p.press(adaPassword + "\t\t")
				}
				p.load(func() { p.press(" ") })
				p.inside(ada)
				p.at(target)

				p.visit("/.okta/signout")
				p.press("\t")
				p.tabsThrough("Sign out", "Stay signed in")
				p.visit("/.okta/signout")
				p.press("\t")
				p.load(func() { p.press("\r") })
				p.shows("You are signed out")
			})
		})
	}
}

// axNode is a node of the accessibility tree.
type axNode struct{ Role, Name, Description string }

// tree is what a screen reader is told about the page.
func (p *tab) tree(roles ...string) []axNode {
	p.Helper()
	command(p, accessibility.Enable, cdp.Empty{})
	document := evaluate[*runtime.RemoteObject](p, `document`).ObjectID
	var out []axNode
	for _, role := range roles {
		for _, n := range command(p, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: document, Role: role}).Nodes {
			if !n.Ignored {
				out = append(out, axNode{role, axText(n.Name), axText(n.Description)})
			}
		}
	}
	return out
}

func axText(v *accessibility.Value) string {
	var s string
	if v != nil {
		_ = json.Unmarshal(v.Value, &s) // what is no string has no words
	}
	return s
}

func (p *tab) tells(want ...axNode) {
	p.Helper()
	var roles []string
	for _, n := range want {
		if !slices.Contains(roles, n.Role) {
			roles = append(roles, n.Role)
		}
	}
	if diff := cmp.Diff(want, p.tree(roles...)); diff != "" {
		p.Errorf("what a screen reader is told (-want +got):\n%s", diff)
	}
}

func screenReader(t *testing.T, c *chromium) {
	w := newShop(t)
	w.org.Policy("second_page", "email")
	p := c.open(t, w.site, true)
	p.visit("/")
	p.tells(axNode{"main", "", ""}, axNode{"heading", "Sign in", ""}, axNode{"textbox", "Username", ""},
		axNode{"checkbox", "Keep me signed in", ""}, axNode{"button", "Next", ""}, axNode{"button", "Start over", ""})
	p.submit("identify", "identifier", ada)
	p.tells(axNode{"heading", "Enter your password", ""}, axNode{"textbox", "Password", ""})
	p.submit("challenge-authenticator", "credentials/passcode", "wrong")
	p.tells(axNode{"alert", "", ""}, axNode{"heading", "Enter your password", ""})
	p.submit("challenge-authenticator", "credentials/passcode", adaPassword)
	p.submit("select-authenticator-authenticate")
	p.tells(axNode{"heading", "Check your e-mail", ""})
	p.submit("challenge-authenticator", "credentials/passcode", "000000")
	boxes := p.tree("textbox")
	if len(boxes) != 1 || boxes[0].Name == "" || !strings.Contains(boxes[0].Description, "code") {
		t.Errorf("the field of the wrong code is told as %+v", boxes)
	}
	if title := evaluate[string](p, `document.title`); !strings.HasPrefix(title, "Check your e-mail") {
		t.Errorf("title %q", title)
	}
}
