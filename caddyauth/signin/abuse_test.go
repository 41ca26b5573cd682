package signin

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// mustBeStale wants a post that was not taken: no call, no sign-in, back to the
// address, where the current step shows.
func mustBeStale(t *testing.T, w *world, out Outcome) {
	t.Helper()
	if out.SignedIn != nil || out.Page != nil || out.Redirect == "" || out.Reason != ReasonStale {
		t.Errorf("taken: %+v", out)
	}
	if calls := w.calls(); len(calls) > 0 {
		t.Errorf("calls %v", calls)
	}
}

// Login CSRF: the attacker begins a sign-in in their own browser and has the
// victim's browser post the attacker's form, with the attacker's name and
// password in it. The victim must not end up signed in as the attacker.
//
// Rows: S-20.
func TestS20_FormOfAnotherBrowser(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	attacker, victim := w.browser(), w.browser()
	attacker.open()
	victim.open()
	form := filled(attacker.form("identify"), "identifier", ada.Login, "credentials/passcode", ada.Password)
	w.calls()
	mustBeStale(t, w, victim.post("identify", form))

	// A browser without a transaction starts its own; nothing is posted.
	empty := w.browser()
	if out := empty.post("identify", form); out.SignedIn != nil || out.Reason != ReasonExpired {
		t.Errorf("without a cookie: %s", out.Reason)
	}
	if calls := w.calls(); len(calls) > 0 {
		t.Errorf("calls %v", calls)
	}

	// The one it belongs to still can.
	if out := attacker.post("identify", form); out.SignedIn == nil {
		t.Errorf("own form: %s %v", out.Reason, out.Err)
	}
}

// A transaction is good on the host and for the application that it was made
// for; elsewhere it is no transaction.
//
// Rows: CVE-2023-35941, S-20.
func TestCVE_2023_35941_TransactionOfAnotherPlace(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.open()
	form := filled(b.form("identify"), "identifier", ada.Login, "credentials/passcode", ada.Password)
	w.calls()
	v := b.visit()
	v.Host, v.Remediation, v.Posted = "https://other.example.com", "identify", form
	if out := b.flow.Submit(t.Context(), v); out.SignedIn != nil || out.Reason != ReasonExpired {
		t.Errorf("on another host: %s", out.Reason)
	}
	other := w.newFlow("/oauth2/default")
	other.Binding = "another application"
	v = b.visit()
	v.Remediation, v.Posted = "identify", form
	if out := other.Submit(t.Context(), v); out.SignedIn != nil || out.Reason != ReasonExpired {
		t.Errorf("for another application: %s", out.Reason)
	}
	if calls := w.calls(); len(calls) > 0 {
		t.Errorf("calls %v", calls)
	}
}

// A cookie that another site of the domain planted stands first: the real one
// behind it is found, and a planted transaction of the attacker's fails on the
// form's token.
//
// Rows: S-34.
func TestS34_TossedCookie(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.open()
	v := b.visit()
	v.Remediation = "identify"
	v.Posted = filled(b.form("identify"), "identifier", ada.Login, "credentials/passcode", ada.Password)

	attacker := w.browser()
	attacker.open()
	w.calls()
	v.Candidates = []string{attacker.cookie, b.cookie}
	mustBeStale(t, w, b.flow.Submit(t.Context(), v))

	v.Candidates = []string{"garbage", "", strings.Repeat("A", 300_000), b.cookie}
	if out := b.flow.Submit(t.Context(), v); out.SignedIn == nil {
		t.Errorf("behind garbage: %s %v", out.Reason, out.Err)
	}
}

// Two clicks on "sign in": the second post carries the password, and meets the
// step that asks for a code under the same remediation and field name. It must
// not go to Okta as the code.
//
// Rows: S-21.
func TestS21_SecondClickIsNotTheCode(t *testing.T) {
	w := newWorld(t, oktasim.Policy{Password: oktasim.SecondPage, Factors: []string{"email"}})
	b := w.browser()
	b.open()
	b.submit("identify", "identifier", ada.Login)
	password := filled(b.form("challenge-authenticator"), "credentials/passcode", ada.Password)
	b.post("challenge-authenticator", password)
	b.open()
	if b.page.Form == nil || b.page.Form.Remediation != "challenge-authenticator" {
		b.submit("select-authenticator-authenticate")
	}
	w.calls()
	mustBeStale(t, w, b.post("challenge-authenticator", password))
	b.open()
	if strings.Contains(b.texts(), "Invalid") {
		t.Errorf("it was tried: %q", b.texts())
	}
	if out := b.submit("challenge-authenticator", "credentials/passcode", w.code(ada.Login)); out.SignedIn == nil {
		t.Errorf("the code: %s %v", out.Reason, out.Err)
	}
}

// Forms that no page of ours ever was.
//
// Rows: S-38.
func TestS38_ForgedForms(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.open()
	good := filled(b.form("identify"), "identifier", ada.Login, "credentials/passcode", ada.Password)
	token := good.Get(tokenInput)
	w.calls()
	for name, change := range map[string]func(url.Values){
		"no token":       func(p url.Values) { p.Del(tokenInput) },
		"empty token":    func(p url.Values) { p.Set(tokenInput, "") },
		"token twice":    func(p url.Values) { p[tokenInput] = []string{token, token} },
		"token cut":      func(p url.Values) { p.Set(tokenInput, token[:len(token)-1]) },
		"token and more": func(p url.Values) { p.Set(tokenInput, token+"x") },
		"not ours":       func(p url.Values) { p.Set(tokenInput, strings.Repeat("A", len(token))) },
	} {
		p := url.Values{}
		for k, v := range good {
			p[k] = v
		}
		change(p)
		t.Run(name, func(t *testing.T) { mustBeStale(t, w, b.post("identify", p)) })
	}
	// The token of one form is not good for another remediation.
	for _, remediation := range []string{"cancel", "challenge-authenticator", "", "identify ", "../identify", "IDENTIFY"} {
		mustBeStale(t, w, b.post(remediation, good))
	}
	if out := b.post("identify", good); out.SignedIn == nil {
		t.Errorf("the form itself: %s %v", out.Reason, out.Err)
	}
}

// The last form again, with the cookie of then: a copy of the browser, or the
// back button. It must not sign in a second time, nor cost a second token call.
//
// Rows: S-21.
func TestS21_ReplayAfterFinish(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	warm(w)
	b := w.browser()
	b.open()
	form, cookie := filled(b.form("identify"), "identifier", ada.Login, "credentials/passcode", ada.Password), b.cookie
	if out := b.post("identify", form); out.SignedIn == nil {
		t.Fatalf("not signed in: %s %v", out.Reason, out.Err)
	}
	w.calls()
	b.cookie = cookie
	mustBeStale(t, w, b.post("identify", form))

	// Shown again, the old transaction leads to a first page.
	b.cookie = cookie
	out := b.take(b.flow.Show(t.Context(), b.visit()))
	if out.SignedIn != nil {
		t.Error("signed in by a replayed cookie")
	}
	if n := w.calls()["token"]; n != 0 {
		t.Errorf("%d token calls", n)
	}
	// Nor on another replica, which knows nothing.
	b.flow, b.cookie = w.newFlow("/oauth2/default"), cookie
	if out := b.post("identify", form); out.SignedIn != nil {
		t.Error("signed in on another replica")
	}
	if n := w.calls()["token"]; n != 0 {
		t.Errorf("%d token calls on another replica", n)
	}
}

// The same form many times at once.
//
// Rows: S-21.
func TestS21_ParallelDoubleSubmit(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	warm(w)
	b := w.browser()
	b.open()
	w.calls()
	form := filled(b.form("identify"), "identifier", ada.Login, "credentials/passcode", ada.Password)
	var mu sync.Mutex
	signedIn := 0
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			v := b.visit()
			v.Remediation, v.Posted = "identify", form
			out := b.flow.Submit(t.Context(), v)
			mu.Lock()
			defer mu.Unlock()
			if out.SignedIn != nil {
				signedIn++
			} else if out.Reason != ReasonStale || out.Transaction != nil {
				t.Errorf("another click: %s, %v", out.Reason, out.Err)
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff(map[string]int{"identify": 1, "token": 1}, w.calls()); signedIn != 1 || diff != "" {
		t.Errorf("%d signed in; calls (-want +got):\n%s", signedIn, diff)
	}
	if n := len(b.flow.Answers.locks); n != 0 {
		t.Errorf("%d locks are left", n)
	}
}

// A user who closes the tab while Okta is asked: no panic, no lock left, and
// the same form works when it is posted again.
//
// Rows: F-33.
func TestF33_CanceledPost(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.open()
	form := filled(b.form("identify"), "identifier", ada.Login, "credentials/passcode", ada.Password)
	gone, leave := context.WithCancel(t.Context())
	leave()
	v := b.visit()
	v.Remediation, v.Posted = "identify", form
	if out := b.flow.Submit(gone, v); out.SignedIn != nil || out.Reason != ReasonTrouble || out.Redirect != b.at || out.Err == nil {
		t.Errorf("canceled: %+v", out)
	}
	if n := len(b.flow.Answers.locks); n != 0 {
		t.Errorf("%d locks are left", n)
	}
	if out := b.flow.Show(gone, w.browser().visit()); out.Page == nil || out.Page.Status != http.StatusServiceUnavailable {
		t.Errorf("first page, canceled: %+v", out.Page)
	}
	if out := b.post("identify", form); out.SignedIn == nil {
		t.Errorf("again: %s %v", out.Reason, out.Err)
	}
}

// Fields that the form does not have: nothing is sent, and nothing of Okta's
// own, its handle above all, can be replaced.
func TestExtraFields(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.open()
	w.calls()
	for _, name := range []string{"stateHandle", "credentials/other", "credentials", "href", "method", "/other", "", strings.Repeat("x", 50_000)} {
		out := b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password, name, "of another")
		if out.SignedIn != nil || out.Reason != ReasonRejected || len(*out.Transaction) > room {
			t.Errorf("%.20q: %s, cookie of %d bytes", name, out.Reason, len(*out.Transaction))
		}
	}
	if calls := w.calls(); len(calls) > 0 {
		t.Errorf("calls %v", calls)
	}
	if out := b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password); out.SignedIn == nil {
		t.Errorf("without them: %s %v", out.Reason, out.Err)
	}
}

// An ID token that does not pass signs nobody in: the page says so once, with a
// reference, and the next visit begins anew.
func TestUntrustedTokenSignsNobodyIn(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.open()
	w.tell("PUT", "/faults", `[{"endpoint":"token","status":200,"body":"{\"access_token\":\"a\",\"id_token\":\"e30.e30.e30\"}","times":1}]`, nil)
	out := b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password)
	if out.SignedIn != nil || out.Reason != ReasonFailed || out.Err == nil {
		t.Fatalf("got %s", out.Reason)
	}
	if b.page.Status != http.StatusBadGateway || b.page.Reference != "ref12345" {
		t.Errorf("page %d %q", b.page.Status, b.page.Reference)
	}
	if b.open(); b.page.Form == nil || b.page.Form.Remediation != "identify" {
		t.Errorf("then: %+v", b.page)
	}
}

// A link in a mail, followed on a phone, ends the sign-in at Okta; then every
// tab that is open here finds the end at the same moment. One of them redeems
// the code, the others go where it leads.
func TestParallelEndFoundByShow(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	warm(w)
	b := w.browser()
	b.open()
	b.flow = w.newFlow("/oauth2/default") // a replica, which has to ask
	warmed := w.browser()
	warmed.flow = b.flow
	warmed.open()
	w.calls()
	w.tell("PUT", "/faults", `[{"endpoint":"introspect","status":200,"times":8,"body":"{\"version\":\"1.0.0\",\"successWithInteractionCode\":{\"name\":\"issue\",\"href\":\"http://x/\",\"value\":[{\"name\":\"grant_type\",\"value\":\"interaction_code\"},{\"name\":\"interaction_code\",\"value\":\"no-such-code\"}]}}"}]`, nil)
	var mu sync.Mutex
	reasons := map[string]int{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			out := b.flow.Show(t.Context(), b.visit())
			mu.Lock()
			defer mu.Unlock()
			reasons[out.Reason]++
			if out.Redirect != b.at || out.Transaction == nil {
				t.Errorf("%s: redirect %q, cookie %v", out.Reason, out.Redirect, out.Transaction)
			}
		})
	}
	wg.Wait()
	if n := w.calls()["token"]; n != 1 {
		t.Errorf("%d token calls; %v", n, reasons)
	}
}
