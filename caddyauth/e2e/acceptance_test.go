package e2e

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/input"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// TestAcceptance is what Okta's own sample applications for embedded sign-in are
// accepted by: all 32 scenarios, under Okta's numbers, in a real browser with
// script and without. The last three, which Okta runs in its Sign-In Widget, run
// on our pages. Each begins at an address that somebody was linked to, and ends
// there. Okta's Mary is Ada where she has an account already.
func TestAcceptance(t *testing.T) {
	c := startChromium(t)
	for _, s := range slices.Concat(rootScenarios, passwordScenarios, recoveryScenarios, registrationScenarios, idpScenarios,
		emailScenarios, phoneScenarios, googleScenarios, questionScenarios, widgetScenarios) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			withAndWithoutScript(t, func(t *testing.T, script bool) { s.run(newVisitor(t, c, s.org, script)) })
		})
	}
}

// A scenario is one of Okta's. None of them needs script.
type scenario struct {
	name string // Okta's number, and what it is about
	org  oktasim.Policy
	run  func(she *visitor)
}

// A visitor is a person who knows no names of fields or remediations: only what
// the page says. Whatever she cannot find ends the test.
type visitor struct {
	*tab
	world *world
	link  string // that she followed into the application
	in    string // first words of the form that she looks at; empty: the whole page
	typed *[]string
}

// newVisitor opens a tab for a site in front of the demonstration's application.
func newVisitor(t *testing.T, c *chromium, policy oktasim.Policy, script bool) *visitor {
	t.Helper()
	w := newWorld(t)
	w.echo.Answer(rootView)
	w.org.call(http.MethodPut, "/policy", policy, nil)
	she := &visitor{tab: c.open(t, w.site, script, w.org.URL), world: w, typed: new([]string)}
	t.Cleanup(func() {
		for _, password := range *she.typed {
			if strings.Contains(w.site.Log.String(), password) {
				t.Errorf("the log has %q, which was typed as a password", password)
			}
		}
	})
	return she
}

var rootTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFiles("../../cmd/demo/app.html"))
})

// rootView is the page of the demonstration's application: who the user is, as
// its request headers say.
func rootView(r *EchoRequest) string {
	type header struct {
		Name, Value string
		Identity    bool
	}
	page := struct {
		Name, Address string
		Headers       []header
	}{Address: r.Target()}
	for _, h := range r.Header {
		page.Headers = append(page.Headers, header{h[0], h[1], strings.HasPrefix(strings.ToLower(h[0]), "x-forwarded-")})
		if strings.EqualFold(h[0], "X-Forwarded-Name") {
			page.Name = h[1]
		}
	}
	var out strings.Builder
	if err := rootTemplate().Execute(&out, page); err != nil {
		panic(err) // the application's page is broken
	}
	return RawAnswer(http.StatusOK, out.String(), "Content-Type: text/html; charset=utf-8")
}

// follows opens an address inside the application that somebody linked to.
func (she *visitor) follows(link string) {
	she.Helper()
	she.link = link
	she.visit(link)
}

// arrives ends the test when she does not see the application's profile table,
// with her name and e-mail address, at the address of the link that she followed.
func (she *visitor) arrives(name, email string) {
	she.Helper()
	she.shows("Legacy application")
	she.sees("Hello, " + name + ".")
	for header, want := range map[string]string{"X-Forwarded-Name": name, "X-Forwarded-Email": email} {
		if got := she.profile(header); got != want {
			she.Errorf("the profile's %s is %q, want %q", header, got, want)
		}
	}
	she.at(she.link)
}

// profile is a value of the application's table; "" without that row.
func (she *visitor) profile(name string) string {
	she.Helper()
	return evaluate[string](she.tab, fmt.Sprintf(`[...document.querySelectorAll("tr.identity")].find(r => r.cells[0].innerText.toLowerCase() === %s)?.cells[1].innerText ?? ""`,
		quoted(strings.ToLower(name))))
}

// under is she, who looks at the one form of several that begins with these words.
func (she *visitor) under(words string) *visitor {
	her := *she
	her.in = words
	return &her
}

// fillsIn types into the field with that label, over what stood there.
func (she *visitor) fillsIn(label, value string) {
	she.Helper()
	kind := evaluate[string](she.tab, she.look(label, "label", `const field = found[0]?.control; field?.focus(); field?.select?.(); return document.activeElement === field ? field.type : ""`))
	if kind == "" {
		she.lacks("field", label)
	}
	if kind == "password" {
		*she.typed = append(*she.typed, value)
	}
	command(she.tab, input.InsertText, input.InsertTextParams{Text: value})
}

// finds fails the test when the field with that label holds something else.
func (she *visitor) finds(label, want string) {
	she.Helper()
	if got := evaluate[string](she.tab, she.look(label, "label", `return found[0]?.control?.value ?? "no such field"`)); got != want {
		she.Errorf("field %q holds %q, want %q", label, got, want)
	}
}

// chooses picks an option by its words: of a list, or beside a radio button.
func (she *visitor) chooses(option string) {
	she.Helper()
	if !evaluate[bool](she.tab, she.look(option, "option, label", `const e = found[0]; if (!e) return false;
		const choice = e.control ?? e; choice[e.control ? "checked" : "selected"] = true;
		choice.dispatchEvent(new Event("change", {bubbles: true})); return true`)) {
		she.lacks("option", option)
	}
}

// presses clicks the button, or the link, with these words, and waits for the
// page that it brings.
func (she *visitor) presses(label string) {
	she.Helper()
	at := evaluate[[]float64](she.tab, she.look(label, "button, a", `if (found.length !== 1) return []; found[0].scrollIntoView({block: "nearest"});
		const r = found[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]`))
	if len(at) == 0 {
		she.lacks("one button or link", label)
	}
	she.load(func() { she.clickAt(at[0], at[1], 1) })
}

// look is a script that finds what she can see, by its own words, without the
// hint or the remark beside them.
func (she *visitor) look(words, selector, then string) string {
	return fmt.Sprintf(`(() => {
		const words = (e) => { const c = e.cloneNode(true); c.querySelectorAll(".hint, .optional").forEach(x => x.remove()); return c.textContent.replace(/\s+/g, " ").trim() };
		const within = %[1]s, here = e => !within || words(e.closest("form")?.querySelector("h2, label") ?? document.body) === within;
		const found = [...document.querySelectorAll(%[2]s)].filter(e => (e.matches("option") || e.checkVisibility()) && here(e) && words(e) === %[3]s);
		%[4]s })()`, quoted(she.in), quoted(selector), quoted(words), then)
}

func quoted(s string) string {
	out, _ := json.Marshal(s) // a string
	return string(out)
}

func (she *visitor) lacks(what, words string) {
	she.Helper()
	if she.in != "" {
		words += `" under "` + she.in
	}
	she.Fatalf("no %s %q; the page at %s says:\n%s", what, words, she.href(), she.text())
}

// sees ends the test when the page does not have these words.
func (she *visitor) sees(words string) {
	she.Helper()
	if !strings.Contains(she.text(), words) {
		she.lacks("words", words)
	}
}

// offers ends the test when the page lacks one of these buttons and links.
func (she *visitor) offers(labels ...string) {
	she.Helper()
	for _, label := range labels {
		if !evaluate[bool](she.tab, she.look(label, "button, a", `return found.length > 0`)) {
			she.lacks("button or link", label)
		}
	}
}

// isTold ends the test when no message of the page says this and nothing else,
// or she is not where she was.
func (she *visitor) isTold(words string) {
	she.Helper()
	if !evaluate[bool](she.tab, `[...document.querySelectorAll("[data-message] > p")].some(m => m.innerText === `+quoted(words)+`)`) {
		she.lacks("message", words)
	}
	she.at(she.link)
}

// hasSetUp gives Ada authenticators beside her password and e-mail address.
func (she *visitor) hasSetUp(enrollments ...*oktasim.Enrollment) {
	she.Helper()
	user := oktasim.DemoUsers()[0]
	user.Enrollments = enrollments
	she.world.org.AddUser(user)
}

// mailed is the code in the newest e-mail to somebody.
func (she *visitor) mailed(login string) string {
	she.Helper()
	return she.world.org.Code(login)
}

// texted is the code in the newest text message to somebody.
func (she *visitor) texted(login string) string {
	she.Helper()
	var phone []oktasim.Ring
	she.world.org.call(http.MethodGet, "/phone/"+url.PathEscape(login), nil, &phone)
	if len(phone) == 0 || phone[0].Kind != "sms" {
		she.Fatalf("the phone of %q received %d things, and no text message last", login, len(phone))
	}
	noteMailed(she.T, phone[0].Code)
	return phone[0].Code
}

// otherThan is a code that is not the right one.
func otherThan(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}
