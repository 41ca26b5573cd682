package signin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var ada = oktasim.DemoUsers()[0]

// One call to Okta for each page that the user submits: 4 with the password on
// the first page.
func TestPasswordOnFirstPage(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	warm(w)
	b := w.browser()
	if p := b.open(); p.Status != http.StatusUnauthorized || p.Form == nil || p.Form.Remediation != "identify" {
		t.Fatalf("first page: %+v", p)
	}
	out := b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password)
	if out.SignedIn == nil || out.SignedIn.Claims.Text("preferred_username") != ada.Login {
		t.Fatalf("not signed in: %s %v", out.Reason, out.Err)
	}
	if b.cookie != "" {
		t.Error("the transaction outlives the sign-in")
	}
	want := map[string]int{"interact": 1, "introspect": 1, "identify": 1, "token": 1}
	if diff := cmp.Diff(want, w.calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestPasswordOnSecondPage(t *testing.T) {
	w := newWorld(t, oktasim.Policy{Password: oktasim.SecondPage})
	warm(w)
	b := w.browser()
	b.open()
	b.submit("identify", "identifier", ada.Login)
	if b.page.Status != http.StatusOK || b.page.User != ada.Login || b.page.Form.Fields[0].Type != "password" {
		t.Fatalf("second page: %+v", b.page)
	}
	if out := b.submit("challenge-authenticator", "credentials/passcode", ada.Password); out.SignedIn == nil {
		t.Fatalf("not signed in: %s %v", out.Reason, out.Err)
	}
	want := map[string]int{"interact": 1, "introspect": 1, "identify": 1, "challenge/answer": 1, "token": 1}
	if diff := cmp.Diff(want, w.calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestEmailCode(t *testing.T) {
	w := newWorld(t, oktasim.Policy{Factors: []string{"email"}})
	b := w.browser()
	b.open()
	b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password)
	b.submit("select-authenticator-authenticate")
	first := w.code(ada.Login)
	if !strings.Contains(b.page.Lead, "@") {
		t.Errorf("the page does not say where the code went: %q", b.page.Lead)
	}

	b.submit("challenge-authenticator", "credentials/passcode", "000000")
	if b.page.Status != http.StatusUnauthorized || !strings.Contains(b.texts(), "credentials/passcode: Invalid code. Try again.") {
		t.Errorf("after a wrong code: %d %q", b.page.Status, b.texts())
	}

	b.submit("resend")
	if b.page.Status != http.StatusOK || w.code(ada.Login) == first {
		t.Errorf("nothing was sent again")
	}
	if strings.Contains(b.texts(), "Invalid code") {
		t.Errorf("the old error is still there: %q", b.texts())
	}
	if out := b.submit("challenge-authenticator", "credentials/passcode", w.code(ada.Login)); out.SignedIn == nil {
		t.Fatalf("not signed in: %s %v", out.Reason, out.Err)
	}
}

// A wrong password costs the password only: the name stays, the error is shown,
// and the status says that nobody was let in.
func TestWrongPassword(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.open()
	b.submit("identify", "identifier", ada.Login, "credentials/passcode", "nope")
	if b.page.Status != http.StatusUnauthorized || b.value("identifier") != ada.Login || b.value("credentials/passcode") != "" {
		t.Errorf("page after a wrong password: %+v", b.page.Form)
	}
	if got := b.texts(); got != "Authentication failed" {
		t.Errorf("messages %q", got)
	}
	if p := b.open(); b.texts() != "Authentication failed" || p.Status != http.StatusUnauthorized {
		t.Error("a reload changes the page")
	}
	if out := b.submit("identify", "credentials/passcode", ada.Password); out.SignedIn == nil {
		t.Fatalf("not signed in: %s %v", out.Reason, out.Err)
	}
}

// Passwords arrive byte for byte: quotes, backslashes, spaces around, emoji.
//
// Rows: S-42.
func TestS42_PasswordVerbatim(t *testing.T) {
	for _, password := range []string{`a"b`, `a\b`, "  lead and trail  ", `x","passcode":"other`, "🔑 naïve", "<>&\u2028", strings.Repeat("ü", 100)} {
		w := newWorld(t, oktasim.Policy{})
		w.sim.Users = []oktasim.User{{Login: "u@example.com", Password: password}}
		b := w.browser()
		b.open()
		if out := b.submit("identify", "identifier", "u@example.com", "credentials/passcode", password); out.SignedIn == nil {
			t.Errorf("password %q did not arrive: %s %v", password, out.Reason, out.Err)
		}
	}
}

// A sign-in that Okta has given up begins again by itself, with the name.
//
// Rows: S-22.
func TestS22_ExpiredAtOkta(t *testing.T) {
	w := newWorld(t, oktasim.Policy{Password: oktasim.SecondPage})
	b := w.browser()
	b.open()
	b.submit("identify", "identifier", ada.Login)
	w.tell("POST", "/expire", "", nil)
	out := b.submit("challenge-authenticator", "credentials/passcode", ada.Password)
	if out.Reason != ReasonExpired || b.page.Form.Remediation != "identify" || b.value("identifier") != ada.Login {
		t.Fatalf("after the end: %s, %+v", out.Reason, b.page.Form)
	}
	if !strings.Contains(b.texts(), "started again") {
		t.Errorf("no word about it: %q", b.texts())
	}
	b.submit("identify")
	if out := b.submit("challenge-authenticator", "credentials/passcode", ada.Password); out.SignedIn == nil {
		t.Fatalf("not signed in: %s %v", out.Reason, out.Err)
	}
}

// The same for a form from yesterday.
//
// Rows: S-22.
func TestS22_ExpiredHere(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.open()
	w.clock = w.clock.Add(24 * time.Hour)
	out := b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password)
	if out.Reason != ReasonExpired || b.value("identifier") != ada.Login {
		t.Fatalf("after the end: %s, %+v", out.Reason, b.page.Form)
	}
	if out := b.submit("identify", "credentials/passcode", ada.Password); out.SignedIn == nil {
		t.Fatalf("not signed in: %s %v", out.Reason, out.Err)
	}
}

func TestSwitchUser(t *testing.T) {
	w := newWorld(t, oktasim.Policy{Password: oktasim.SecondPage})
	b := w.browser()
	b.open()
	b.submit("identify", "identifier", ada.Login)
	w.calls()
	b.submit("cancel")
	if b.page.Form.Remediation != "identify" || b.value("identifier") != "" || b.page.User != "" {
		t.Errorf("still about %q: %+v", b.page.User, b.page.Form)
	}
	if n := w.calls()["cancel"]; n != 1 {
		t.Errorf("%d cancel calls", n)
	}
}

// Two replicas share the key only; every step may meet the other one.
//
// Rows: F-18.
func TestF18_EveryStepOnAnotherReplica(t *testing.T) {
	w := newWorld(t, oktasim.Policy{Password: oktasim.SecondPage, Factors: []string{"email"}})
	b := w.browser()
	replicas := []*Flow{w.newFlow("/oauth2/default"), w.newFlow("/oauth2/default")}
	n := 0
	next := func() { n++; b.flow = replicas[n%2] }
	next()
	b.open()
	for _, step := range []func() Outcome{
		func() Outcome { return b.submit("identify", "identifier", ada.Login) },
		func() Outcome { return b.submit("challenge-authenticator", "credentials/passcode", "wrong") },
		func() Outcome { return b.submit("challenge-authenticator", "credentials/passcode", ada.Password) },
		func() Outcome { return b.submit("select-authenticator-authenticate") },
		func() Outcome { return b.submit("challenge-authenticator", "credentials/passcode", "000000") },
		func() Outcome { return b.submit("challenge-authenticator", "credentials/passcode", w.code(ada.Login)) },
	} {
		next()
		b.open()
		next()
		out := step()
		if out.Err != nil {
			t.Fatal(out.Err)
		}
	}
	if b.last.SignedIn == nil {
		t.Fatalf("not signed in: %s", b.last.Reason)
	}
}

// The org authorization server issues thin ID tokens; /userinfo has the rest.
func TestThinIDToken(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.flow = w.newFlow("")
	b.open()
	w.calls()
	out := b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password)
	if out.SignedIn == nil {
		t.Fatalf("not signed in: %s %v", out.Reason, out.Err)
	}
	if got := out.SignedIn.Claims.Text("email"); got != ada.Email {
		t.Errorf("email %q", got)
	}
	if got := w.calls(); got["userinfo"] != 1 {
		t.Errorf("calls %v", got)
	}
}

// warm fetches discovery and keys, which are cached, and forgets the calls.
func warm(w *world) {
	w.t.Helper()
	b := w.browser()
	b.open()
	if w.sim.Policy.Password == oktasim.SecondPage {
		b.submit("identify", "identifier", ada.Login)
		b.submit("challenge-authenticator", "credentials/passcode", ada.Password)
	} else {
		b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password)
	}
	w.calls()
}

// The calls of Okta's four usual sign-ins: what it takes to begin, one for each
// page that the user submits, one for the tokens.
func TestCallsOfTheFourFlows(t *testing.T) {
	for _, flow := range []struct {
		name   string
		policy oktasim.Policy
		total  int
	}{
		{"password on the first page", oktasim.Policy{}, 4},
		{"password on the second page", oktasim.Policy{Password: oktasim.SecondPage}, 5},
		{"password on the first page, then a code by e-mail", oktasim.Policy{Factors: []string{"email"}}, 6},
		{"password on the second page, then a code by e-mail", oktasim.Policy{Password: oktasim.SecondPage, Factors: []string{"email"}}, 7},
	} {
		w := newWorld(t, flow.policy)
		warm(w)
		b := w.browser()
		b.open()
		if flow.policy.Password == oktasim.SecondPage {
			b.submit("identify", "identifier", ada.Login)
			b.submit("challenge-authenticator", "credentials/passcode", ada.Password)
		} else {
			b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password)
		}
		if flow.policy.Factors != nil {
			b.submit("select-authenticator-authenticate")
			b.submit("challenge-authenticator", "credentials/passcode", w.code(ada.Login))
		}
		if b.last.SignedIn == nil {
			t.Fatalf("%s: not signed in: %s %v", flow.name, b.last.Reason, b.last.Err)
		}
		calls, total := w.calls(), 0
		delete(calls, "keys") // cached, and free of limits
		for _, n := range calls {
			total += n
		}
		if total != flow.total {
			t.Errorf("%s: %d calls, want %d: %v", flow.name, total, flow.total, calls)
		}
	}
}
