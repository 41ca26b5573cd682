package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// tab is a tab of the browser, and a person in front of it. Whatever it cannot
// do ends the test; at the end of the test it reports every violation of a
// policy, every error in the console and every request to another origin.
type tab struct {
	*testing.T
	*watch
	ctx    context.Context
	origin string
	script bool
}

// open opens a tab for a site, with cookies of its own. others are more origins
// that may be asked.
func (c *chromium) open(t *testing.T, site *Site, script bool, others ...string) *tab {
	t.Helper()
	return newTab(t, c.ctx, site.URL, script, others, newProfile)
}

// newProfile is for a tab with cookies of its own.
var newProfile = chromedp.WithNewBrowserContext()

// another opens a second tab of the same browser.
func (p *tab) another() *tab {
	p.Helper()
	return newTab(p.T, p.ctx, p.origin, p.script, p.origins[1:])
}

func newTab(t *testing.T, parent context.Context, origin string, script bool, others []string, options ...chromedp.ContextOption) *tab {
	t.Helper()
	p := &tab{T: t, origin: origin, script: script,
		watch: &watch{origins: append([]string{origin}, others...), documents: map[string]bool{}}}
	ctx, end := chromedp.NewContext(parent, append(options, chromedp.WithListener(p.see))...)
	t.Cleanup(end)
	p.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // not with a deadline: the tab would end with it
		t.Fatalf("opening a tab: %v", err)
	}
	command(p, audits.Enable, cdp.Empty{})
	command(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	command(p, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	command(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, problem := range p.problems {
			t.Errorf("the browser complains: %s", problem)
		}
	})
	return p
}

// command gives the browser a command of its protocol.
func command[P, R any](p *tab, c cdp.Command[P, R], params P) R {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, c, params)
	if err != nil {
		p.Fatalf("%s: %v", c.Method, err)
	}
	return result
}

// evaluate asks the page, as the developer tools do: it works without script too.
func evaluate[T any](p *tab, script string) T {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%.200s: %v", script, err)
	}
	return value
}

// load does something that brings a page, and waits until that is complete.
func (p *tab) load(act func()) {
	p.Helper()
	before, _ := p.loads()
	act()
	rig.Eventually(p.T, "a page comes", func() bool {
		n, complete := p.loads()
		return n > before && complete
	})
}

// visit types an address.
func (p *tab) visit(target string) {
	p.Helper()
	if strings.HasPrefix(target, "/") {
		target = p.origin + target
	}
	p.load(func() {
		if got := command(p, page.Navigate, page.NavigateParams{URL: target}); got.ErrorText != "" {
			p.Fatalf("%s: %s", target, got.ErrorText)
		}
	})
}

func (p *tab) reload() {
	p.Helper()
	p.load(func() { command(p, page.Reload, page.ReloadParams{}) })
}

func (p *tab) back() { p.Helper(); p.load(func() { p.travel(-1) }) }

func (p *tab) forward() { p.Helper(); p.load(func() { p.travel(+1) }) }

func (p *tab) travel(by int64) {
	p.Helper()
	history := command(p, page.GetNavigationHistory, cdp.Empty{})
	entry := history.Entries[history.CurrentIndex+by]
	command(p, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: entry.ID})
}

// fill types into the field of that name, over what stood there.
func (p *tab) fill(name, value string) {
	p.Helper()
	p.must(fmt.Sprintf(`(() => { const e = document.getElementsByName(%q)[0]; e?.focus(); e?.select(); return !!e })()`, name),
		"no field %q", name)
	command(p, input.InsertText, input.InsertTextParams{Text: value})
}

// submit fills in the form of a remediation and clicks its button. values are
// names and values in turn.
func (p *tab) submit(remediation string, values ...string) {
	p.Helper()
	for i := 0; i+1 < len(values); i += 2 {
		p.fill(values[i], values[i+1])
	}
	p.load(func() { p.click(button(remediation)) })
}

// button is the selector of the button that submits a remediation.
func button(remediation string) string {
	return fmt.Sprintf(`form[data-remediation=%q] button[type=submit]`, remediation)
}

// click presses and releases the mouse in the middle of an element.
func (p *tab) click(selector string) {
	p.Helper()
	x, y := p.middle(selector)
	p.clickAt(x, y, 1)
}

func (p *tab) middle(selector string) (x, y float64) {
	p.Helper()
	p.must(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e?.scrollIntoView({block: "nearest"}); return !!e })()`, selector),
		"nothing to click: %s", selector)
	at := evaluate[[2]float64](p, fmt.Sprintf(`(() => { const r = document.querySelector(%q).getBoundingClientRect(); return [r.x + r.width/2, r.y + r.height/2] })()`, selector))
	return at[0], at[1]
}

func (p *tab) clickAt(x, y float64, count int64) {
	p.Helper()
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		command(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{
			Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: count,
		})
	}
}

// press presses keys: "\t", "\r", " ", letters.
func (p *tab) press(keys string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(keys)); err != nil {
		p.Fatalf("pressing %q: %v", keys, err)
	}
}

func (p *tab) must(condition, format string, args ...any) {
	p.Helper()
	if !evaluate[bool](p, condition) {
		p.Fatalf(format+"; the page at %s says: %.600s", append(args, p.href(), p.text())...)
	}
}

// href is the address bar.
func (p *tab) href() string { p.Helper(); return evaluate[string](p, `location.href`) }

// text is what the page shows.
func (p *tab) text() string { p.Helper(); return evaluate[string](p, `document.body.innerText`) }

// heading is the page's h1.
func (p *tab) heading() string {
	p.Helper()
	return evaluate[string](p, `document.querySelector("h1")?.innerText ?? ""`)
}

// value is what stands in a field.
func (p *tab) value(name string) string {
	p.Helper()
	return evaluate[string](p, fmt.Sprintf(`document.getElementsByName(%q)[0]?.value ?? "no such field"`, name))
}

// shows ends the test when the page has another heading.
func (p *tab) shows(heading string) {
	p.Helper()
	if got := p.heading(); got != heading {
		p.Fatalf("heading %q, want %q; the page at %s says: %.600s", got, heading, p.href(), p.text())
	}
}

// says fails the test when no message of the page contains that text, or has
// that i18n key.
func (p *tab) says(keyOrText string) {
	p.Helper()
	quoted, _ := json.Marshal(keyOrText) // a string
	if !evaluate[bool](p, fmt.Sprintf(`[...document.querySelectorAll("[data-message]")].some(m => m.dataset.i18n === %[1]s || m.innerText.includes(%[1]s))`, quoted)) {
		p.Errorf("no message %q on the page: %.600s", keyOrText, p.text())
	}
}

// at fails the test when the address bar shows something else than the address
// that was asked for. A fragment is kept where script runs.
func (p *tab) at(target string) {
	p.Helper()
	want, got := p.origin+target, p.href()
	if !p.script {
		want, _, _ = strings.Cut(want, "#")
		got, _, _ = strings.Cut(got, "#")
	}
	if got != want {
		p.Errorf("the address bar shows %q, want %q", got, want)
	}
}

// cookies are the cookies that the browser keeps for the page, by name.
func (p *tab) cookies() map[string]*network.Cookie {
	p.Helper()
	out := map[string]*network.Cookie{}
	for _, cookie := range command(p, network.GetCookies, network.GetCookiesParams{}).Cookies {
		out[cookie.Name] = cookie
	}
	return out
}
