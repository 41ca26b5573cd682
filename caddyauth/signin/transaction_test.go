package signin

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// room for the sealed transaction: browsers drop a cookie above 4096 bytes,
// name and attributes included, without a word, and the sign-in would start
// over for ever.
const room = 3500

// The longest of everything that may be in it still fits.
func TestTransactionFitsACookie(t *testing.T) {
	f := newWorld(t, oktasim.Policy{}).flow
	v := &Visit{Host: "https://app.example.com"}
	for name, text := range map[string]string{
		"plain":   strings.Repeat("x", 1000),
		"markup":  strings.Repeat("<&>", 400), // JSON makes six bytes of each
		"quotes":  strings.Repeat(`"\`, 500),
		"unicode": strings.Repeat("🔑ü", 300),
		"control": strings.Repeat("\x01", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			tx := (*Transaction)(nil).again(f.Now())
			tx.Interaction = okta.Interaction{Handle: strings.Repeat("h", 43), Verifier: strings.Repeat("v", 115), State: strings.Repeat("s", 22), Nonce: strings.Repeat("n", 26)}
			tx.Identifier = truncate(text, maxValueText)
			var notes []note
			values := map[string][]string{}
			for i := range 50 {
				notes = append(notes, note{Class: "ERROR", Key: fmt.Sprint(i, "errors.E0000004"), Text: fmt.Sprint(i, text), Path: "userProfile/" + fmt.Sprint(i)})
				values[fmt.Sprint("userProfile/", i)] = []string{truncate(text, maxValueText-20)}
			}
			tx.tell(notes...)
			tx.remember("enroll-profile", values)
			sealed := *f.seal(v, tx)
			if len(sealed) > room {
				t.Errorf("%d bytes", len(sealed))
			}
			v.Candidates = []string{sealed}
			got := f.open(v)
			if got == nil || got.Interaction != tx.Interaction || got.Token != tx.Token || len(got.Notes) == 0 && name != "control" {
				t.Errorf("opened as %+v", got)
			}
		})
	}
}

// What Okta's messages may be made of is bounded too, not their text alone.
func TestTransactionFitsWithLongKeys(t *testing.T) {
	f := newWorld(t, oktasim.Policy{}).flow
	tx := (*Transaction)(nil).again(f.Now())
	long := strings.Repeat("k", 5000)
	tx.tell(note{Class: long, Key: long, Path: long, Text: "hello"})
	tx.remember(long, map[string][]string{"a": {"b"}})
	if n := len(*f.seal(&Visit{}, tx)); n > room {
		t.Errorf("%d bytes", n)
	}
}

// Nothing that was typed into a secret field is kept, whatever form it came
// with: every remediation of every known answer.
//
// Rows: F-02.
func TestF02_TypedHoldsNoSecret(t *testing.T) {
	secretForms := 0
	for name, data := range rig.Corpus(t) {
		answer, err := idx.Decode(data)
		if err != nil {
			continue
		}
		for _, rem := range append(answer.Remediations, answer.Actions...) {
			secretForms += mustForgetSecrets(t, name, rem)
		}
	}
	if secretForms == 0 {
		t.Error("no secret field seen")
	}
}

// mustForgetSecrets posts something into every input of rem, and gives how many
// of them were secret.
func mustForgetSecrets(t *testing.T, where string, rem *idx.Remediation) (secrets int) {
	t.Helper()
	posted := url.Values{tokenInput: {"hush"}, ReturnInput: {"/"}, "credentials/unknown": {"hush"}}
	for _, form := range rem.Forms() {
		for _, in := range form.Inputs {
			posted.Set(in.Name, "open")
		}
	}
	for _, form := range rem.Forms() {
		for _, in := range form.Inputs {
			if in.Secret || in.Kind == "password" {
				posted.Set(in.Name, "hush")
				secrets++
			}
		}
	}
	for name, value := range typed(rem, posted) {
		if slices.Contains(value, "hush") {
			t.Errorf("%s: %s keeps what was typed into %q", where, rem.Name, name)
		}
	}
	return secrets
}

// The same through the flow: after a wrong password, a fault of the org's and a
// restart, the opened cookie does not hold the password.
//
// Rows: F-02.
func TestF02_TransactionHoldsNoPassword(t *testing.T) {
	const password = "hunter2-hunter2"
	for _, policy := range []oktasim.Policy{{}, {Password: oktasim.SecondPage}} {
		w := newWorld(t, policy)
		b := w.browser()
		check := func() {
			t.Helper()
			if b.cookie == "" {
				return
			}
			plain, ok := b.flow.Keyring.Open(b.flow.binding(b.visit()), b.cookie)
			if !ok || strings.Contains(string(plain), password) {
				t.Errorf("cookie opens %v: %s", ok, plain)
			}
		}
		step, endpoint, values := "identify", "identify", []string{"credentials/passcode", password, "identifier", ada.Login}
		b.open()
		if policy.Password == oktasim.SecondPage {
			b.submit("identify", "identifier", ada.Login)
			step, endpoint, values = "challenge-authenticator", "challenge/answer", values[:2]
		}
		check()
		b.submit(step, values...)
		check()
		w.tell("PUT", "/faults", `[{"endpoint":"`+endpoint+`","status":503,"body":"<html>","times":1}]`, nil)
		if out := b.submit(step, values...); out.Reason != ReasonTrouble {
			t.Errorf("fault: %s", out.Reason)
		}
		check()
		w.tell("POST", "/expire", "", nil)
		b.submit(step, values...)
		check()
	}
}

// A key is rotated while a user is at it: the sign-in goes on under the new
// one, and a cookie of a key that is gone is no cookie.
//
// Rows: S-36, Envoy #39210.
func TestS36_KeyRotationMidFlight(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	b := w.browser()
	b.open()
	const newer = "the newer sealing key for tests, long enough"
	both, err := seal.New(newer, secret)
	if err != nil {
		t.Fatal(err)
	}
	b.flow.Keyring = both
	if out := b.submit("identify", "identifier", ada.Login, "credentials/passcode", "wrong"); out.Reason != ReasonRejected {
		t.Fatalf("the form of before was not taken: %s", out.Reason)
	}
	only, err := seal.New(newer)
	if err != nil {
		t.Fatal(err)
	}
	b.flow.Keyring = only
	b.open()
	if out := b.submit("identify", "credentials/passcode", ada.Password); out.SignedIn == nil {
		t.Errorf("under the new key: %s %v", out.Reason, out.Err)
	}

	old := w.browser()
	old.flow = w.newFlow("/oauth2/default")
	old.open()
	old.flow.Keyring = only
	if tx := old.flow.open(old.visit()); tx != nil {
		t.Errorf("opened with a key that is gone: %+v", tx)
	}
}

// What is remembered is remembered well.
func TestTransactionRoundTrip(t *testing.T) {
	f := newWorld(t, oktasim.Policy{}).flow
	tx := (*Transaction)(nil).again(f.Now(), noteExpired)
	tx.Interaction = okta.Interaction{Handle: "h", Verifier: "v", State: "s", Nonce: "n"}
	tx.Turn, tx.Identifier, tx.Advanced = 7, `a"\<b>@example.com`, true
	tx.remember("identify", map[string][]string{"identifier": {"ü🔑"}})
	v := &Visit{Host: "https://app.example.com"}
	v.Candidates = []string{*f.seal(v, tx)}
	if diff := cmp.Diff(tx, f.open(v)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Texts are cut between runes.
func TestTruncate(t *testing.T) {
	for s, want := range map[string]string{"": "", "abc": "abc", "abcd": "abc…", "aüü": "aü…", "🔑🔑": "…", "üüü": "ü…"} {
		if got := truncate(s, 3); got != want {
			t.Errorf("truncate(%q) = %q, want %q", s, got, want)
		}
	}
}

// A cookie is whatever a browser sends; inside a good seal is whatever another
// release wrote. Neither may crash a page, nor keep it from showing.
func FuzzOpenTransaction(f *testing.F) {
	for _, s := range []string{"", "{}", "null", "[]", `{"t":"x"}`, `{"t":"x","i":{"Handle":"h"},"c":1e300}`, `{"t":"x","m":[{"t":"a"},null],"v":{"a":null}}`, `{"t":"x","n":-1,"c":-9223372036854775808,"f":{}}`, `{"i":7,"t":"x"}`} {
		f.Add([]byte(s))
	}
	keyring, err := seal.New(secret)
	if err != nil {
		f.Fatal(err)
	}
	now := time.Unix(1_790_000_000, 0)
	f.Fuzz(func(t *testing.T, data []byte) {
		flow := &Flow{Keyring: keyring, Binding: "test", Now: func() time.Time { return now }, Answers: new(Answers)}
		v := &Visit{Host: "https://app.example.com", Candidates: []string{string(data)}}
		if tx := flow.open(v); tx != nil {
			t.Fatalf("%q opened without a seal", data)
		}
		v.Candidates = append(v.Candidates, keyring.Seal(flow.binding(v), data))
		tx := flow.open(v)
		if tx == nil {
			return
		}
		if tx.Token == "" {
			t.Error("a transaction without a token binds no form")
		}
		tx.expired(now)
		next := tx.again(now, noteExpired)
		if next.Token == tx.Token || next.begun() {
			t.Error("the next transaction is not a new one")
		}
		if !json.Valid(data) {
			t.Errorf("%q opened as %+v", data, tx)
		}
	})
}
