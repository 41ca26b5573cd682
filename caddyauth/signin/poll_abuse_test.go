package signin

import (
	"net/url"
	"runtime"
	"sync"
	"testing"
	"time"
)

// A user who never answers, with the page open in several tabs, a script that
// does not wait as long as it is told to, and somebody who keeps reloading. Okta
// is asked as often as for one patient tab, nothing is sent to the user again,
// and no goroutine stays behind to wait.
//
// Rows: F-36.
func TestF36_ImpatientTabs(t *testing.T) {
	w, b := atMail(t)
	before := runtime.NumGoroutine()
	const minute = 60
	for range minute {
		w.clock = w.clock.Add(time.Second)
		var tabs sync.WaitGroup
		for range 3 {
			v := b.visit()
			v.Remediation, v.Posted, v.Script = "poll", filled(b.form("poll")), true
			tabs.Go(func() {
				if out := b.flow.Submit(t.Context(), v); out.Waiting == nil || out.Waiting.Wait <= 0 {
					t.Errorf("a look is answered by %+v", out)
				}
			})
			tabs.Go(func() { b.flow.Show(t.Context(), b.visit()) })
		}
		tabs.Wait()
	}
	calls := w.calls()
	if polls := calls["challenge/poll"]; polls == 0 || polls > minute/int(pollInterval.Seconds()) || len(calls) != 1 {
		t.Errorf("in a minute: %v", calls)
	}
	w.org.CloseClientConnections() // what keeps them alive is no wait of ours
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before+2 && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before+2 {
		t.Errorf("%d goroutines, %d before", n, before)
	}
	if n := len(b.flow.Answers.locks); n > 0 {
		t.Errorf("%d locks are held", n)
	}
}

// The form that asks whether a step is over is a form like any other: with the
// token of another browser, which waits at the same step, it asks nothing.
//
// Rows: S-20, S-38.
func TestS38_ForgedLooks(t *testing.T) {
	w, attacker := atMail(t)
	victim := w.browser()
	victim.open()
	victim.submit("identify", "identifier", ada.Login, "credentials/passcode", ada.Password)
	victim.submit("select-authenticator-authenticate")
	w.clock = w.clock.Add(5 * time.Second)
	w.calls()
	for name, script := range map[string]bool{"by script": true, "by hand": false} {
		for whose, posted := range map[string]url.Values{"the attacker's": filled(attacker.form("poll")), "nobody's": {}} {
			v := victim.visit()
			v.Remediation, v.Posted, v.Script = "poll", posted, script
			if out := victim.flow.Submit(t.Context(), v); out.Waiting != nil || out.SignedIn != nil || out.Reason != ReasonStale {
				t.Errorf("%s, %s: %+v", name, whose, out)
			}
		}
	}
	if calls := w.calls(); len(calls) > 0 {
		t.Errorf("calls %v", calls)
	}
}
