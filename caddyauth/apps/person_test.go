package apps

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// person sits in front of a Chromium of their own. Whatever they cannot do ends
// the test.
type person struct {
	*testing.T
	ctx    context.Context
	origin string
}

// somebody opens a browser with a new empty profile.
func somebody(t *testing.T, g *gate) *person {
	t.Helper()
	return &person{t, rig.Chromium(t), g.url}
}

// withoutScript switches off the scripts of pages.
func (p *person) withoutScript() {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		p.Fatal(err)
	}
}

// signsIn opens an address, which shows the sign-in page, and fills that in.
func (p *person) signsIn(target, login, password string) {
	p.Helper()
	p.visits(target)
	p.sees("the sign-in page", `document.querySelector('form[data-remediation="identify"]')`)
	p.types(`[name="identifier"]`, login)
	p.types(`[name="credentials/passcode"]`, password)
	p.clicks(`form[data-remediation="identify"] button[type=submit]`)
}

// signsOut leaves by the gate's own page.
func (p *person) signsOut() {
	p.Helper()
	p.visits("/.okta/signout")
	p.clicks(`form[action="/.okta/signout"] button`)
	p.sees("that they are signed out", `document.querySelector("h1")?.innerText === "You are signed out"`)
}

// visits types an address.
func (p *person) visits(target string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, rig.Patience)
	defer cancel()
	got, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: p.origin + target})
	if err != nil || got.ErrorText != "" {
		p.Fatalf("%s: %v %s", target, err, got.ErrorText)
	}
}

// sees waits until an expression is true in the page, whichever page that is by
// then.
func (p *person) sees(what, expression string) {
	p.Helper()
	found := false
	defer func() {
		if !found {
			address, _ := try[string](p, "location.href")
			text, _ := try[string](p, "document.body.innerText")
			p.Logf("the page at %s says: %.1500s", address, text)
		}
	}()
	rig.Eventually(p.T, "the person sees "+what, func() bool {
		seen, err := try[bool](p, "!!("+expression+")")
		found = err == nil && seen
		return found
	})
}

// reads waits until an element has a text that contains want.
func (p *person) reads(selector, want string) {
	p.Helper()
	p.sees(want, fmt.Sprintf("document.querySelector(%q)?.innerText.includes(%q)", selector, want))
}

// types fills in a field, over what stood there.
func (p *person) types(selector, text string) {
	p.Helper()
	p.sees("a field "+selector, fmt.Sprintf(`(e => { e?.focus(); e?.select(); return e && document.activeElement === e })(document.querySelector(%q))`, selector))
	ctx, cancel := context.WithTimeout(p.ctx, rig.Patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		p.Fatalf("typing into %s: %v", selector, err)
	}
}

// clicks clicks on what is there, or will be in a moment.
func (p *person) clicks(selector string) {
	p.Helper()
	p.sees("something to click: "+selector, fmt.Sprintf(`(e => { e?.click(); return e })(document.querySelector(%q))`, selector))
}

// try evaluates an expression, or the promise that it is.
func try[T any](p *person, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, rig.Patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// asks evaluates an expression, or the promise that it is, in the page that is
// there now.
func asks[T any](p *person, expression string) T {
	p.Helper()
	value, err := try[T](p, expression)
	if err != nil {
		p.Fatalf("%.200s: %v", expression, err)
	}
	return value
}

// cookies are what the browser would send with a request to the site.
func (p *person) cookies() string {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, rig.Patience)
	defer cancel()
	got, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{p.origin + "/"}})
	if err != nil {
		p.Fatal(err)
	}
	var pairs []string
	for _, cookie := range got.Cookies {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(pairs, "; ")
}
