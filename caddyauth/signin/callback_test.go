package signin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

const callbackURI = "http://localhost:8080/.okta/callback"

// withCallbacks is a world whose e-mails lead to our callback.
func withCallbacks(t *testing.T, policy oktasim.Policy) *world {
	t.Helper()
	w := newWorld(t, policy)
	w.sim.Clients = oktasim.DemoClients()
	c := &w.sim.Clients[0]
	c.EmailCallbackURI, c.RecoveryURI, c.ActivationURI = callbackURI, callbackURI, callbackURI
	return w
}

// arrive is a browser that Okta, or a mail program, sends to an address of ours.
func (b *browser) arrive(address string) Outcome {
	b.t.Helper()
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, callbackURI+"?") {
		b.t.Fatalf("address %q is not the callback's", address)
	}
	v := b.visit()
	v.Return = "/"
	out := b.take(b.flow.Callback(b.t.Context(), v, u.Query()))
	if out.Page != nil || strings.ContainsAny(out.Redirect, "?#") && out.Redirect != b.at {
		b.t.Fatalf("a callback must end in an address without its query: page %v, redirect %q", out.Page, out.Redirect)
	}
	return out
}

// landed is the page at the callback's address without a query.
func (b *browser) landed() Outcome {
	v := b.visit()
	v.Return = "/"
	return b.take(b.flow.Landed(v))
}

func (w *world) mailedLink(login string) string {
	w.t.Helper()
	var mail []struct{ Link string }
	w.tell("GET", "/mailbox/"+login, "", &mail)
	if len(mail) == 0 {
		w.t.Fatal("no mail")
	}
	return mail[0].Link
}

func atMailWithCallback(t *testing.T) (*world, *browser) {
	t.Helper()
	w := withCallbacks(t, oktasim.Policy{Factors: []string{"email"}})
	b := w.browser()
	b.open()
	b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password)
	b.submit("select-authenticator-authenticate")
	return w, b
}

// The link in an e-mail, opened in the browser that waits for it, signs in and
// ends on the page that was asked for.
func TestMagicLinkHere(t *testing.T) {
	w, b := atMailWithCallback(t)
	w.calls()
	if out := b.arrive(w.mailedLink(ada.Login)); out.SignedIn == nil || out.Redirect != b.at {
		t.Fatalf("%s to %q: %v", out.Reason, out.Redirect, out.Err)
	}
	if calls := w.calls(); calls["introspect"] != 1 || calls["challenge/answer"] != 1 || calls["token"] != 1 || calls["interact"] > 0 {
		t.Errorf("calls %v", calls)
	}
}

// In another browser the link signs nobody in: it shows the code, once, at an
// address that does not hold it, and says where to type it.
func TestMagicLinkElsewhere(t *testing.T) {
	w, b := atMailWithCallback(t)
	phone := w.browser()
	w.calls()
	if out := phone.arrive(w.mailedLink(ada.Login)); out.SignedIn != nil || out.Redirect != "/.okta/callback" || out.Reason != ReasonElsewhere {
		t.Fatalf("%s to %q", out.Reason, out.Redirect)
	}
	page := phone.landed().Page
	if page == nil || len(page.Parts) != 1 || page.Parts[0].Kind != "code" || page.Parts[0].Text != w.code(ada.Login) {
		t.Fatalf("page %+v", page)
	}
	if calls := w.calls(); len(calls) > 0 {
		t.Errorf("a stranger's link calls Okta: %v", calls)
	}
	if out := phone.landed(); out.Page != nil || out.Redirect != "/" {
		t.Error("the code is shown twice")
	}
	if out := b.submit("challenge-authenticator", "credentials/passcode", page.Parts[0].Text); out.SignedIn == nil {
		t.Errorf("the code does not work: %s", b.texts())
	}
}

// A link does not disturb the sign-in that its browser is in the middle of.
func TestLinkBesideAnotherSignIn(t *testing.T) {
	w, _ := atMailWithCallback(t)
	other := w.browser()
	other.open()
	before := other.page.Title
	other.arrive(w.mailedLink(ada.Login))
	other.landed()
	if other.open(); other.page.Title != before || w.calls()["interact"] != 2 {
		t.Error("the other sign-in began again")
	}
}

// A link that is used again, or came too late, does no harm and says so.
func TestMagicLinkTwice(t *testing.T) {
	w, b := atMailWithCallback(t)
	link := w.mailedLink(ada.Login)
	b.submit("resend")
	if out := b.arrive(link); out.SignedIn != nil || out.Redirect != b.at {
		t.Fatalf("an old link: %s to %q", out.Reason, out.Redirect)
	}
	b.open()
	if b.page.Form.Remediation != "challenge-authenticator" || !strings.Contains(b.texts(), "Invalid code") {
		t.Errorf("page %q says %q", b.page.Title, b.texts())
	}
	w.clock = w.clock.Add(2 * time.Hour)
	if out := b.arrive(w.mailedLink(ada.Login)); out.SignedIn != nil || out.Redirect != "/.okta/callback" {
		t.Errorf("a late link: %s to %q", out.Reason, out.Redirect)
	}
}

// visitIDP goes to an identity provider and ends the visit there; it returns the
// address that the provider sends the browser back to.
func (b *browser) visitIDP(values url.Values) string {
	b.t.Helper()
	exit := b.leave(*b.form("redirect-idp")).Exit
	u, err := url.Parse(exit)
	if err != nil || exit == "" {
		b.t.Fatalf("exit %q", exit)
	}
	values.Set("stateToken", u.Query().Get("stateToken"))
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(exit, values)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.Header.Get("Location")
}

var withIDP = oktasim.Policy{IDPs: []oktasim.IDP{{ID: "0oa1", Name: "Partner"}}}

// A visit to an identity provider ends on the page that was asked for.
func TestIdentityProvider(t *testing.T) {
	w := withCallbacks(t, withIDP)
	b := w.browser()
	b.open()
	w.calls()
	if out := b.arrive(b.visitIDP(url.Values{"login": {ada.Login}})); out.SignedIn == nil || out.Redirect != b.at {
		t.Fatalf("%s to %q: %v", out.Reason, out.Redirect, out.Err)
	}
	if calls := w.calls(); calls["token"] != 1 || calls["introspect"] > 0 {
		t.Errorf("calls %v", calls)
	}
}

// "interaction_required" is no error: the sign-in goes on with the next step.
func TestIdentityProviderAsksForMore(t *testing.T) {
	w := withCallbacks(t, withIDP)
	b := w.browser()
	b.open()
	if out := b.arrive(b.visitIDP(url.Values{"login": {ada.Login}, "outcome": {"more"}})); out.SignedIn != nil || out.Redirect != b.at {
		t.Fatalf("%s to %q", out.Reason, out.Redirect)
	}
	if p := b.open(); p.User != ada.Login || len(p.Errors()) > 0 || p.Status != http.StatusOK {
		t.Errorf("page %q for %q: %d %q", p.Title, p.User, p.Status, b.texts())
	}
}

// Any other error is shown on the step that the user left.
func TestIdentityProviderDenies(t *testing.T) {
	w := withCallbacks(t, withIDP)
	b := w.browser()
	b.open()
	if out := b.arrive(b.visitIDP(url.Values{"login": {ada.Login}, "outcome": {"deny"}})); out.Redirect != b.at {
		t.Fatalf("%s to %q", out.Reason, out.Redirect)
	}
	b.open()
	if b.page.Form.Remediation != "identify" || !strings.Contains(b.texts(), "not allowed to access this app") {
		t.Errorf("page %q says %q", b.page.Title, b.texts())
	}
}

// A sign-in that an attacker began is never finished in a victim's browser: not
// with the attacker's code and state, and not beside a sign-in of the victim's own
// (login CSRF).
func TestLoginCSRFByCallback(t *testing.T) {
	w := withCallbacks(t, withIDP)
	attacker := w.browser()
	attacker.open()
	address := attacker.visitIDP(url.Values{"login": {ada.Login}})
	w.calls()
	for name, victim := range map[string]*browser{"with no sign-in": w.browser(), "with a sign-in of its own": w.browser()} {
		if strings.Contains(name, "own") {
			victim.open()
			w.calls()
		}
		out := victim.arrive(address)
		if out.SignedIn != nil || out.Redirect != "/.okta/callback" {
			t.Fatalf("%s: %s to %q", name, out.Reason, out.Redirect)
		}
		if page := victim.landed().Page; page == nil || page.Status != http.StatusBadRequest || !strings.Contains(page.Title, "did not begin here") {
			t.Errorf("%s: page %+v", name, page)
		}
		if calls := w.calls(); len(calls) > 0 {
			t.Errorf("%s: calls %v", name, calls)
		}
	}
	for _, odd := range []string{"?", "?state=", "?interaction_code=x", "?interaction_code=x&state=", "?otp=%3Cb%3E&state=x", "?error=access_denied&state=x", "?otp=1&otp=2", "?state=a&state=b&interaction_code=x"} {
		victim := w.browser()
		victim.open()
		u, _ := url.Parse(odd)
		if out := victim.take(victim.flow.Callback(t.Context(), victim.visit(), u.Query())); out.SignedIn != nil || out.Page != nil || out.Redirect != "/.okta/callback" {
			t.Errorf("%s: %s to %q", odd, out.Reason, out.Redirect)
		}
	}
}

// A link of a recovery or activation mail does nothing until the user says so:
// mail scanners open links, and the token is good for once.
func TestMailedTokens(t *testing.T) {
	w := withCallbacks(t, oktasim.Policy{})
	w.tell("POST", "/send", `{"login":"`+ada.Login+`","kind":"recovery"}`, nil)
	link := w.mailedLink(ada.Login)
	b := w.browser()
	for range 3 {
		b.arrive(link)
	}
	page := b.landed().Page
	if page == nil || page.Form == nil || page.Form.Action != "/.okta/callback" {
		t.Fatalf("page %+v", page)
	}
	if calls := w.calls(); len(calls) > 0 {
		t.Fatalf("the link alone calls %v", calls)
	}
	v := b.visit()
	v.Return, v.Posted = "/", url.Values{tokenInput: {"guessed"}}
	if out := b.flow.Follow(t.Context(), v); out.Reason == ReasonBegun {
		t.Error("a form that is not ours begins a recovery")
	}
	v.Posted = filled(page.Form)
	if out := b.take(b.flow.Follow(t.Context(), v)); out.Reason != ReasonBegun || out.Redirect != "/" {
		t.Fatalf("%s to %q: %v", out.Reason, out.Redirect, out.Err)
	}
	b.at = "/"
	b.open()
	if b.page.Form.Remediation != "reset-authenticator" || b.page.User != ada.Login {
		t.Fatalf("page %q for %q", b.page.Title, b.page.User)
	}
	const fresh = "a brand New passw0rd!"
	out := b.submit("reset-authenticator", "credentials/passcode", fresh, "/confirm", fresh)
	if out.SignedIn == nil {
		t.Fatalf("not signed in after recovery: %q %q", b.page.Title, b.texts())
	}

	again := w.browser()
	again.arrive(link)
	v = again.visit()
	v.Return, v.Posted = "/", filled(again.landed().Page.Form)
	if out := again.take(again.flow.Follow(t.Context(), v)); out.Reason != ReasonRejected {
		t.Errorf("a used link: %s", out.Reason)
	}
	if page := again.open(); page.Title != "This link does not work" {
		t.Errorf("page %q", page.Title)
	}
}

// Anybody can make a link to the callback. What it plants stays small, and what it
// shows is a code and nothing else (a telephone number, say).
func TestLinksPlantLittle(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.open()
	for _, name := range []string{"otp", "recovery_token", "activation_token", "state", "error", "error_description", "interaction_code", "code"} {
		for _, text := range []string{strings.Repeat("\x01", 512), strings.Repeat("\xff", 512), strings.Repeat("A", 4096), "CALL-18005551234", "<b>hello</b>", "a b c d"} {
			v := b.visit()
			v.Return = "/"
			query := url.Values{name: {text}, "recovery_token": {text}, "activation_token": {text}}
			out := b.flow.Callback(t.Context(), v, query)
			if out.Transaction != nil && len(*out.Transaction) > 4096 {
				t.Errorf("%s=%.20q plants %d bytes", name, text, len(*out.Transaction))
			}
			if out.Transaction == nil {
				continue
			}
			v.Candidates = []string{*out.Transaction}
			if page := b.flow.Landed(v).Page; page != nil && len(page.Parts) > 0 {
				t.Errorf("%s=%.20q is shown: %+v", name, text, page.Parts)
			}
		}
	}
}

// The links of mails are limited as every beginning is: tokens cannot be guessed
// through us.
func TestLinksAreLimited(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	w.flow.Beginnings = new(Beginnings)
	b := w.browser()
	b.take(b.flow.Callback(t.Context(), b.visit(), url.Values{"recovery_token": {"abcdefghij"}}))
	v := b.visit()
	v.Device.Address = "192.0.2.1"
	v.Posted = filled(b.landed().Page.Form)
	w.calls()
	for range 2 * beginningsAtOnce {
		if b.flow.Follow(t.Context(), v).Reason == ReasonLimited {
			return
		}
	}
	t.Errorf("calls %v", w.calls())
}

// A visit to Okta's own pages is not lost because a link of ours was opened in
// between.
func TestLinkBesideAVisitToOkta(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	w.flow.ContinueAtOkta = true
	b := w.browser()
	v := b.visit()
	v.Remediation = continueAtOkta
	if out := b.take(b.flow.Leave(t.Context(), v)); out.Exit == "" {
		t.Fatalf("no exit: %v", out.Err)
	}
	b.take(b.flow.Callback(t.Context(), b.visit(), url.Values{"otp": {"123456"}}))
	b.landed()
	if tx := b.flow.open(b.visit()); tx == nil || tx.Away == nil {
		t.Error("the visit is forgotten")
	}
}
