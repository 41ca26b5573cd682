package oktasim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

const patience = rig.Patience

// eventually polls until ok is true, and ends the test when that takes too long.
func eventually(t *testing.T, what func() string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			t.Fatal("in vain: ", what())
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// serveWidget serves the application's page and the widget's files, and returns
// its origin: another host than the org's, and one that passkeys can be for.
func serveWidget(t *testing.T) string {
	t.Helper()
	const folder = "testdata/widget"
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "@okta", "okta-signin-widget")); err != nil {
		rig.Skip(t, "needs Okta's Sign-In Widget: run `npm ci` in caddyauth/oktasim/"+folder)
	}
	app := httptest.NewServer(http.FileServer(http.Dir(folder)))
	t.Cleanup(app.Close)
	return strings.Replace(app.URL, "127.0.0.1", "localhost", 1)
}

// A visitor is a person in front of a browser window with the widget in it.
// What they cannot do ends the test.
type visitor struct {
	*org
	ctx        context.Context
	generation string // of the widget: "2" or "3"
	app        string // the origin of the application's page

	preflights atomic.Int64
	pictures   int
	submitted  time.Time
}

// visit opens a window, with cookies of its own.
func visit(t *testing.T, browser context.Context, generation, app string, s *oktasim.Server) *visitor {
	t.Helper()
	v := &visitor{generation: generation, app: app}
	v.org = startBehind(t, s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			v.preflights.Add(1)
		}
		s.ServeHTTP(w, r)
	}))
	ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(v.watch))
	t.Cleanup(end)
	v.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // not with a deadline: the window would end with it
		t.Fatalf("opening a window: %v", err)
	}
	command(v, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return v
}

// watch takes an event of the browser. It must not wait for anything.
func (v *visitor) watch(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && strings.HasPrefix(u.Scheme, "http") && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
			v.Errorf("a request left the machine: %s", e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		v.Errorf("the widget stumbled: %s", text)
	}
}

// command gives the browser a command of its protocol.
func command[P, R any](v *visitor, c cdp.Command[P, R], params P) R {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, c, params)
	if err != nil {
		v.Fatalf("%s: %v", c.Method, err)
	}
	return result
}

func evaluate[T any](v *visitor, script string) T {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		v.Fatalf("%.200s: %v", script, err)
	}
	return value
}

// open loads the application's page, whose widget then begins a sign-in.
// options are further parameters of the page, names and values in turn.
func (v *visitor) open(options ...string) {
	v.Helper()
	query := url.Values{
		"generation": {v.generation},
		"issuer":     {v.issuer()},
		"client_id":  {oktasim.DemoPublicClientID},
	}
	for i := 0; i+1 < len(options); i += 2 {
		query.Set(options[i], options[i+1])
	}
	address := v.app + "/signin.html?" + query.Encode()
	if got := command(v, page.Navigate, page.NavigateParams{URL: address}); got.ErrorText != "" {
		v.Fatalf("%s: %s", address, got.ErrorText)
	}
}

func quoted(text string) string {
	out, _ := json.Marshal(text) // a string
	return string(out)
}

// page is what the page shows, and what its controls are called.
func (v *visitor) page() string {
	v.Helper()
	return evaluate[string](v, `(() => {
		const names = [...document.querySelectorAll("input, select, button, a")].filter((e) => e.checkVisibility()).map((e) => e.getAttribute("name") ?? e.dataset.se ?? e.innerText);
		const options = new Set([...document.querySelectorAll("option")].map((o) => o.innerText.trim()));
		const lines = (document.body?.innerText ?? "").split("\n").map((l) => l.trim()).filter((l) => l && !options.has(l));
		return lines.join("\n").slice(0, 1000) + "\n(controls: " + [...new Set(names)].join(", ") + ")";
	})()`)
}

// sees waits until the page shows a text, and takes a picture of it.
func (v *visitor) sees(text string) {
	v.Helper()
	eventually(v.T, func() string { return fmt.Sprintf("the page shows %q; it shows:\n%s", text, v.page()) }, func() bool {
		return evaluate[bool](v, `(document.body?.innerText ?? "").replace(/\s+/g, " ").includes(`+quoted(text)+`)`)
	})
	v.picture()
}

// picture keeps what the visitor sees, in the folder that the environment names.
func (v *visitor) picture() {
	folder := os.Getenv("CADDY_OKTA_SCREENSHOTS")
	if folder == "" {
		return
	}
	v.pictures++
	name := strings.NewReplacer("TestSignInWidget/", "", "/", "-", "_", "-", "#", "").Replace(v.Name())
	file := filepath.Join(folder, "widget", fmt.Sprintf("%s-%02d.png", name, v.pictures))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		v.Fatal(err)
	}
	if err := os.WriteFile(file, command(v, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data, 0o644); err != nil {
		v.Fatal(err)
	}
}

// find is a function of the page that finds a control as a person would name
// it, by the words on it, or as the widget's own tests do. It answers with the
// middle of it, once it can be used, stands still and is in nobody's shadow.
const find = `(async (words, ...selectors) => {
	const on = (e) => (e.innerText || e.value || e.ariaLabel || "").replace(/\s+/g, " ").trim();
	const of = [
		...selectors.flatMap((s) => [...document.querySelectorAll(s)]),
		...[...document.querySelectorAll("a, button, label, [type=submit], [type=button], [role=button]")].filter((e) => on(e) === words),
	].find((e) => e.checkVisibility() && e.getBoundingClientRect().height > 0 && !e.disabled);
	if (!of) return null;
	of.scrollIntoView({block: "center"});
	const middle = () => { const r = of.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; };
	const before = middle();
	await new Promise(requestAnimationFrame);
	await new Promise(requestAnimationFrame);
	const now = middle();
	const top = document.elementFromPoint(...now);
	return before.join() === now.join() && (of.contains(top) || top?.closest("label")?.control === of) ? now : null;
})`

// click presses and releases the mouse on a control: words on it, or what the
// widget's own tests know it by.
func (v *visitor) click(control string) {
	v.Helper()
	v.press(control, fmt.Sprintf("[data-se=%q]", control))
}

// press is click for the first that these selectors find.
func (v *visitor) press(words string, selectors ...string) {
	v.Helper()
	arguments, _ := json.Marshal(append([]string{words}, selectors...)) // strings
	var at []float64
	eventually(v.T, func() string { return fmt.Sprintf("%q can be clicked; the page shows:\n%s", words, v.page()) }, func() bool {
		at = evaluate[[]float64](v, fmt.Sprintf("%s(...%s)", find, arguments))
		return at != nil
	})
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		command(v, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: 1})
	}
}

// choose takes an authenticator, by its key, from a list of them: the second
// generation has a button beside each, in the third each is one.
func (v *visitor) choose(key string) {
	v.Helper()
	v.press("the authenticator "+key, fmt.Sprintf("[data-se=%q] .button", key), fmt.Sprintf("[data-se=%q]", key))
}

// fill types into the field of that name, over what stood there, and leaves it:
// what a widget moves then moves before the next click. It types again where
// the widget made the field anew meanwhile.
func (v *visitor) fill(field, value string) {
	v.Helper()
	selector := fmt.Sprintf("[name=%q]", field)
	eventually(v.T, func() string { return fmt.Sprintf("%q is in the field %q", value, field) }, func() bool {
		v.press("the field "+field, selector)
		evaluate[bool](v, `document.activeElement.select?.(), true`)
		command(v, input.InsertText, input.InsertTextParams{Text: value})
		evaluate[bool](v, `document.activeElement.blur(), true`)
		return evaluate[string](v, fmt.Sprintf(`document.querySelector(%s)?.value ?? ""`, quoted(selector))) == value
	})
}

// reads waits for a part of the page that has this shape.
func (v *visitor) reads(shape string) string {
	v.Helper()
	var found string
	eventually(v.T, func() string { return fmt.Sprintf("the page shows something like %q; it shows:\n%s", shape, v.page()) }, func() bool {
		found = regexp.MustCompile(shape).FindString(evaluate[string](v, `document.body?.innerText ?? ""`))
		return found != ""
	})
	return found
}

// submit fills in fields, names and values in turn, and presses the one button
// that goes on.
func (v *visitor) submit(values ...string) {
	v.Helper()
	for i := 0; i+1 < len(values); i += 2 {
		v.fill(values[i], values[i+1])
	}
	// The second generation takes a second submit within 200 ms for a slip.
	eventually(v.T, func() string { return "a moment passes" }, func() bool { return time.Since(v.submitted) > 250*time.Millisecond })
	v.press("the button that goes on", "[type=submit]", ".button-primary")
	v.submitted = time.Now()
}

// isIn waits for the tokens, and checks what the client made of them.
func (v *visitor) isIn(login string) document {
	v.Helper()
	eventually(v.T, func() string { return "the widget ends with tokens; it shows:\n" + v.page() }, func() bool {
		return evaluate[bool](v, `"outcome" in window`)
	})
	outcome := evaluate[document](v, `window.outcome`)
	claims, _ := outcome["claims"].(document)
	info, _ := outcome["info"].(document)
	if claims == nil || info == nil {
		v.Fatalf("the widget ended with %v", outcome)
	}
	if claims["preferred_username"] != login || info["sub"] != claims["sub"] || claims["nonce"] == nil || outcome["refreshToken"] == "" {
		v.Errorf("tokens of %q: %v", login, outcome)
	}
	v.picture()
	if v.preflights.Load() == 0 {
		v.Error("the browser asked the org nothing before it sent a request of another origin")
	}
	return claims
}

// carries gives the visitor a security key that is always touched.
func (v *visitor) carries(transport webauthn.AuthenticatorTransport) {
	v.Helper()
	command(v, webauthn.Enable, webauthn.EnableParams{})
	command(v, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: transport,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
}
