package e2e

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// TestFactor is everything that Okta's 32 scenarios leave out: the authenticators,
// the steps beside them, and the ways out, each in a real browser as a person
// meets it, with script and, unless the step itself is a script's, without. Each
// begins at an address that somebody was linked to, and ends there.
func TestFactor(t *testing.T) {
	c := startChromium(t)
	look := new(inspector)
	for _, test := range slices.Concat(choiceTrials, consentTrials, deviceTrials, exitTrials, fastPassTrials, mailTrials, passkeyTrials,
		passwordTrials, phoneTrials, profileTrials, pushTrials, tokenTrials, unlockTrials) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.needs == needsScript {
				test.run(newGuest(t, c, look, test, true))
				return
			}
			withAndWithoutScript(t, func(t *testing.T, script bool) { test.run(newGuest(t, c, look, test, script)) })
		})
	}
}

// A trial is one way through the sign-in.
type trial struct {
	name  string
	org   oktasim.Policy
	run   func(she *guest)
	needs need
	// client changes the application at the org; lines are more of okta_auth.
	client func(*oktasim.Client)
	lines  []string
	// server is what stands in the Caddyfile's global options.
	server string
}

// What a trial needs of the browser.
type need string

const needsScript need = "script"

// A guest is a visitor whose pages are looked at closely, and who has a phone.
type guest struct {
	*visitor
	inspector *inspector
	c         *chromium
}

func newGuest(t *testing.T, c *chromium, look *inspector, test trial, script bool) *guest {
	t.Helper()
	server := &oktasim.Server{Clients: oktasim.DemoClients(), Policy: test.org}
	if test.client != nil {
		test.client(&server.Clients[0])
	}
	w := &world{T: t, org: StartOrgServer(t, server), echo: StartEcho(t)}
	w.echo.Answer(rootView)
	w.site = StartSite(t, test.server+Caddyfile(w.org, w.echo, test.lines...))
	return &guest{&visitor{tab: c.open(t, w.site, script, w.org.URL), world: w, typed: new([]string)}, look, c}
}

// another is somebody else in front of another browser, at the same site.
func (she *guest) another() *guest {
	she.Helper()
	other := *she.visitor
	other.tab = she.anew(she.c)
	return &guest{&other, she.inspector, she.c}
}

// shows is tab.shows, and a close look at the page.
func (she *guest) shows(heading string) {
	she.Helper()
	she.tab.shows(heading)
	she.inspects()
}

// inspects looks closely at the page as it is now.
func (she *guest) inspects() { she.Helper(); she.inspector.at(she.tab) }

// comes waits until a page with that heading is there, which comes by itself.
func (she *guest) comes(heading string) {
	she.Helper()
	she.awaits("the page "+heading+" comes by itself", `document.querySelector("h1")?.innerText === `+quoted(heading))
}

// awaits waits until something is true of the page, which may be another one then.
func (she *guest) awaits(what, condition string) {
	she.Helper()
	defer func() {
		if she.Failed() {
			says, _ := chromedp.Run(she.ctx, chromedp.Evaluate[string](`document.body.innerText`))
			she.Logf("the page says:\n%s", says)
		}
	}()
	rig.Eventually(she.T, what, func() bool {
		if _, complete := she.loads(); !complete {
			return false
		}
		// The page may go away while it is asked.
		holds, err := chromedp.Run(she.ctx, chromedp.Evaluate[bool](condition))
		return err == nil && holds
	})
}

// atHome fails the test when she is not at the page that she was linked to.
func (she *guest) atHome() { she.Helper(); she.at(she.link) }

// leaves is gone for some weeks, over which the session ends: the browser stays
// the same.
func (she *guest) leaves() {
	she.Helper()
	for name := range she.cookies() {
		if !strings.Contains(name, "device") {
			command(she.tab, network.DeleteCookies, network.DeleteCookiesParams{Name: name, URL: she.origin})
		}
	}
	she.visit("about:blank")
}

// forgets empties the browser.
func (she *guest) forgets() {
	she.Helper()
	command(she.tab, network.ClearBrowserCookies, cdp.Empty{})
	she.visit("about:blank")
}

// policy lets the org ask for something else from now on.
func (she *guest) policy(p oktasim.Policy) {
	she.Helper()
	she.world.org.call(http.MethodPut, "/policy", p, nil)
}

// taps answers what her phone asks.
func (she *guest) taps(approve bool) {
	she.Helper()
	she.world.org.call(http.MethodPost, "/push/"+url.PathEscape(ada), map[string]bool{"approve": approve}, nil)
}

// phone is the page that stands for her phone.
func (she *guest) phone(login string) *Page {
	she.Helper()
	answer, err := http.Get(she.world.org.URL + "/phone/" + url.PathEscape(login))
	if err != nil {
		she.Fatal(err)
	}
	defer answer.Body.Close()
	root, err := html.Parse(answer.Body)
	if err != nil {
		she.Fatal(err)
	}
	return &Page{Root: root}
}

// displayed is what an app or a token of hers shows now.
func (she *guest) displayed(label string) string {
	she.Helper()
	for n := range she.phone(ada).Root.Descendants() {
		if n.Data == "tr" && n.FirstChild != nil && text(n.FirstChild) == label {
			code := text(n.LastChild)
			noteMailed(she.T, code)
			return code
		}
	}
	she.Fatalf("her phone shows no code of %q", label)
	return ""
}

// later moves the org's clock: codes change, and waiting ends.
func (she *guest) later(by string) {
	she.Helper()
	she.world.org.call(http.MethodPost, "/clock", map[string]string{"advance": by}, nil)
}

// An inspector looks once at every kind of page with axe: what a program can find
// of WCAG 2.2. The other half of the watch is the tab's: violations of the policy
// and errors in the console.
type inspector struct {
	mu   sync.Mutex
	seen map[string]bool
}

var readAxe = sync.OnceValues(func() (string, error) {
	axe, err := os.ReadFile("testdata/axe/node_modules/axe-core/axe.min.js")
	return string(axe) + "; true", err
})

// pageKind tells pages apart by what is on them, not by what they say.
const pageKind = `[document.querySelector("h1").innerText, ...[...document.querySelectorAll("[data-remediation], [data-message], .part, input, select")].map(e =>
	[e.className, e.dataset.remediation, e.dataset.message, e.type, e.hidden].join(" "))].join("; ")`

func (look *inspector) at(p *tab) {
	p.Helper()
	axe, err := readAxe()
	if err != nil || !p.script || !strings.HasPrefix(p.href(), p.origin) {
		return // its promises need script; the pages are the same
	}
	kind := evaluate[string](p, pageKind)
	look.mu.Lock()
	known := look.seen[kind]
	if look.seen == nil {
		look.seen = map[string]bool{}
	}
	look.seen[kind] = true
	look.mu.Unlock()
	if known {
		return
	}
	evaluate[bool](p, axe)
	for _, v := range evaluate[[]axeViolation](p, runAxe) {
		p.Errorf("page %q: %s: %s\n\t%s", p.heading(), v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
}
