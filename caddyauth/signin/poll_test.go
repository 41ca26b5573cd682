package signin

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// atMail is a browser at the step that waits for a code or a link in an e-mail.
func atMail(t *testing.T) (*world, *browser) {
	t.Helper()
	w := newWorld(t, oktasim.Policy{Factors: []string{"email"}})
	b := w.browser()
	b.open()
	b.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password)
	b.submit("select-authenticator-authenticate")
	w.calls()
	return w, b
}

// followLink does what a user does with the newest e-mail.
func (w *world) followLink(login string) {
	w.t.Helper()
	var mail []struct{ Link string }
	w.tell("GET", "/mailbox/"+login, "", &mail)
	answer, err := http.PostForm(mail[0].Link, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	answer.Body.Close()
}

// look is what the page's script does.
func (b *browser) look() Outcome {
	b.t.Helper()
	v := b.visit()
	v.Remediation, v.Posted, v.Script = "poll", filled(b.form("poll")), true
	return b.take(b.flow.Submit(b.t.Context(), v))
}

// The page's script looks as often as Okta allows, costs nothing in between,
// changes nothing that the user sees, and sets no cookie: the form beside it may
// be on its way.
func TestPollByScript(t *testing.T) {
	w, b := atMail(t)
	for range 3 {
		out := b.look()
		if out.Waiting == nil || out.Waiting.Mark != b.page.Mark || out.Waiting.Wait <= 0 || out.Transaction != nil {
			t.Fatalf("a look too early: %+v", out)
		}
	}
	if calls := w.calls(); len(calls) > 0 {
		t.Errorf("looks before it is time call Okta: %v", calls)
	}
	w.clock = w.clock.Add(5 * time.Second)
	if out := b.look(); out.Waiting == nil || out.Waiting.Mark != b.page.Mark || out.Waiting.Wait != 4*time.Second || out.Transaction != nil {
		t.Fatalf("a look in time: %+v", out)
	}
	if calls := w.calls(); calls["challenge/poll"] != 1 || len(calls) != 1 {
		t.Errorf("one look calls %v", calls)
	}
	w.followLink(ada.Login)
	w.clock = w.clock.Add(5 * time.Second)
	if out := b.look(); out.SignedIn == nil || out.Redirect != b.at {
		t.Fatalf("after the link: %s %v", out.Reason, out.Err)
	}
}

// Many looks at once are one call: a page in many tabs must not use up what Okta
// allows for a sign-in.
func TestParallelLooksAreOneCall(t *testing.T) {
	w, b := atMail(t)
	w.clock = w.clock.Add(5 * time.Second)
	var all sync.WaitGroup
	for range 8 {
		v := b.visit()
		v.Remediation, v.Posted, v.Script = "poll", filled(b.form("poll")), true
		all.Go(func() { b.flow.Submit(t.Context(), v) })
	}
	all.Wait()
	if calls := w.calls(); calls["challenge/poll"] != 1 {
		t.Errorf("8 looks at once call %v", calls)
	}
}

// Without script, the button looks at once and says what it found; a reload looks
// when it is time.
func TestPollWithoutScript(t *testing.T) {
	w, b := atMail(t)
	b.submit("poll")
	if !strings.Contains(b.texts(), "Not confirmed yet") {
		t.Errorf("the button says %q", b.texts())
	}
	if n := w.calls()["challenge/poll"]; n != 1 {
		t.Errorf("the button looks %d times", n)
	}
	b.open()
	if calls := w.calls(); len(calls) > 0 {
		t.Errorf("a reload at once calls %v", calls)
	}
	w.followLink(ada.Login)
	w.clock = w.clock.Add(5 * time.Second)
	if out := b.take(b.flow.Show(t.Context(), b.visit())); out.SignedIn == nil {
		t.Errorf("a reload after the link: %s %v", out.Reason, out.Err)
	}
}

// A code that is typed while the page polls still counts.
func TestCodeBesidePolling(t *testing.T) {
	w, b := atMail(t)
	posted := filled(b.form("challenge-authenticator"), "credentials/passcode", w.code(ada.Login))
	for range 3 {
		w.clock = w.clock.Add(5 * time.Second)
		b.look()
	}
	if out := b.post("challenge-authenticator", posted); out.SignedIn == nil {
		t.Fatalf("not signed in: %s %v", out.Reason, out.Err)
	}
}

// Okta's limit while polling is nobody's error: the page stays as it is, rests
// for as long as Okta asks, else a minute, and goes on.
func TestLimitWhilePolling(t *testing.T) {
	for name, reset := range map[string]bool{"with a time": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			w, b := atMail(t)
			rest := time.Minute
			headers := ""
			if reset {
				rest = 20 * time.Second
				headers = fmt.Sprintf(`,"headers":{"X-Rate-Limit-Reset":"%d"}`, w.clock.Add(5*time.Second+rest).Unix())
			}
			w.tell("PUT", "/faults", `[{"endpoint":"challenge/poll","status":429,"body":{"errorCode":"E0000047","errorSummary":"limit"},"times":1`+headers+`}]`, nil)
			w.clock = w.clock.Add(5 * time.Second)
			out := b.look()
			if out.Waiting == nil || out.Waiting.Mark != b.page.Mark || out.Waiting.Wait < rest-2*time.Second || out.Waiting.Wait > rest+time.Second {
				t.Fatalf("at the limit: %+v, want a rest of %s", out, rest)
			}
			w.calls()
			w.clock = w.clock.Add(rest - 3*time.Second)
			b.look()
			b.open()
			if calls := w.calls(); len(calls) > 0 {
				t.Errorf("while resting: %v", calls)
			}
			w.clock = w.clock.Add(10 * time.Second)
			w.followLink(ada.Login)
			if out := b.look(); out.SignedIn == nil {
				t.Errorf("after the rest: %s %v", out.Reason, out.Err)
			}
		})
	}
}

// Okta in trouble while a page polls: the page stays, and nothing is said.
func TestTroubleWhilePolling(t *testing.T) {
	w, b := atMail(t)
	w.tell("PUT", "/faults", `[{"endpoint":"challenge/poll","status":502,"body":"<html>bad gateway</html>"}]`, nil)
	w.clock = w.clock.Add(5 * time.Second)
	if out := b.look(); out.Waiting == nil || out.Waiting.Mark != b.page.Mark {
		t.Errorf("a look at trouble: %+v", out)
	}
	w.clock = w.clock.Add(5 * time.Second)
	if p := b.open(); p.Form.Remediation != "challenge-authenticator" || len(p.Messages) > 0 {
		t.Errorf("a reload in trouble: %q %q", p.Title, b.texts())
	}
}

// A page that waits for a push has no input: it refreshes by itself, as often as
// the last answer says, shows what is new, and its mark tells a script so.
func TestPushPage(t *testing.T) {
	push := func(refresh int, more string) string {
		return fmt.Sprintf(`{"version":"1.0.0","stateHandle":"02.s","user":{"value":{"identifier":"ada@example.com"}},
		"remediation":{"value":[{"rel":["create-form"],"name":"challenge-poll","href":"BASE/idp/idx/challenge/poll","method":"POST","refresh":%d,
		"value":[{"name":"stateHandle","value":"02.s","visible":false,"mutable":false}]}]},
		"currentAuthenticator":{"value":{"type":"app","key":"okta_verify","id":"aut1","displayName":"Okta Verify"%s}}}`, refresh, more)
	}
	answers := []string{push(3000, ""), push(2000, ""), push(2000, `,"contextualData":{"correctAnswer":"42"}`)}
	w := newWorld(t, oktasim.Policy{})
	w.answerWith(func(endpoint string) string {
		if endpoint == "introspect" || endpoint == "challenge/poll" {
			next := answers[0]
			answers = append(answers[1:], next)
			return next
		}
		return ""
	})
	b := w.browser()
	first := b.open()
	if !first.Waits() || first.Refresh != 3 || first.Form == nil || first.Form.Poll != 3000 {
		t.Fatalf("the page does not poll: %+v", first)
	}
	w.clock = w.clock.Add(4 * time.Second)
	second := b.open()
	if second.Refresh != 2 || second.Mark == first.Mark {
		t.Errorf("the interval stayed at %d", second.Refresh)
	}
	w.clock = w.clock.Add(4 * time.Second)
	third := b.open()
	if len(third.Parts) != 1 || third.Parts[0].Text != "42" || third.Mark == second.Mark {
		t.Errorf("the number to match is not shown: %+v", third.Parts)
	}
}

// answerWith makes the org answer what a function says for an endpoint; BASE is
// the org's address. An empty answer is the real one.
func (w *world) answerWith(say func(endpoint string) string) {
	w.sim.Intercept = func(endpoint string, rw http.ResponseWriter, r *http.Request) bool {
		body := say(endpoint)
		if body == "" {
			return false
		}
		rw.Header().Set("Content-Type", "application/ion+json; okta-version=1.0.0")
		io.WriteString(rw, strings.ReplaceAll(body, "BASE", w.org.URL))
		return true
	}
}
