package e2e

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// PatchUser changes what is given of a user.
func (o *Org) PatchUser(login string, change map[string]any) {
	o.t.Helper()
	o.call(http.MethodPatch, "/users/"+url.PathEscape(login), change, nil)
}

// An administrator suspends a user, or takes a group from them. Their tokens are
// good for an hour, and their sessions for half a day; with "recheck" the site
// learns of it within that time, in every store, while the user works on. The
// change is made right after a recheck, so that what is measured is the worst.
//
// Rows: F-35, CVE-2021-41230, CVE-2025-53942.
func TestF35_ChangesAtOktaTakeEffectWithinRecheck(t *testing.T) {
	t.Parallel()
	const recheck = 4 * time.Second
	inEveryStore(t, func(t *testing.T, store string, lines []string, _ *Redis) {
		w := newWorld(t, append(lines, "recheck "+recheck.String(), "allow /staff/* group Staff", "allow /other/* signed_in")...)
		u := user("member@example.com", "password of a member")
		u.Groups = []string{"Everyone", "Staff"}
		w.org.AddUser(u)
		b := w.browser()
		b.SignIn("/staff/", u.Login, u.Password)
		// allowed asks until the answer is another one, and returns how long after
		// the change the last allowed request was sent.
		allowed := func(what, target string, until int, change map[string]any) {
			t.Helper()
			before := w.org.Calls()["refresh"]
			rig.Eventually(t, "a recheck", func() bool {
				if answer := b.Get(target); toldUser(answer) != u.Login {
					t.Fatalf("before: %d", answer.Status)
				}
				return w.org.Calls()["refresh"] > before
			})
			w.org.PatchUser(u.Login, change)
			changed, last := time.Now(), time.Duration(0)
			rig.Eventually(t, what, func() bool {
				sent := time.Since(changed)
				answer := b.Get(target)
				if answer.Status == http.StatusOK {
					last = sent
				}
				return answer.Status == until
			})
			t.Logf("%s, recheck %s, %s: the last request was let through %s after it", store, recheck, what, last.Round(10*time.Millisecond))
		}
		allowed("a group was taken away", "/staff/", http.StatusForbidden, map[string]any{"groups": []string{"Everyone"}})
		if answer := b.Get("/other/"); toldHeader(answer, "X-Forwarded-Groups") != "Everyone" {
			t.Errorf("%d with the groups %q", answer.Status, toldHeader(answer, "X-Forwarded-Groups"))
		}
		allowed("the user was suspended", "/other/", http.StatusUnauthorized, map[string]any{"status": oktasim.Suspended})
		if b.Open("/other/"); b.Page == nil || b.Page.Form("identify") == nil {
			t.Errorf("a person sees %d", b.Last.Status)
		}
	})
}

// A session without a refresh token can be asked about nowhere: it ends when a
// recheck is due, and signing in goes on from there.
//
// Rows: F-35.
func TestF35_SessionThatCannotBeRecheckedEnds(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, _ string, lines []string, _ *Redis) {
		w := newWorld(t, append(lines, "recheck 6s", "scopes openid profile email")...)
		b := w.signedIn()
		cookie := w.cookieOf(b)
		rig.Eventually(t, "the session ends", func() bool { return b.Get("/").Status == http.StatusUnauthorized })
		if resp, body := w.site.Raw("GET /.okta/me HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\nConnection: close\r\n\r\n"); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("who has the cookie is still told whose it was: %d %s", resp.StatusCode, body)
		}
		w.expectCalls(map[string]int{})
		b.SignIn("/again", ada, adaPassword)
		if b.URL != w.site.URL+"/again" || !b.SignedIn("/") {
			t.Errorf("%s %d", b.URL, b.Last.Status)
		}
	})
}

// Okta does not answer when a recheck is due. People work on for the grace, and not
// longer; whoever comes back when Okta does signs in, or goes on.
//
// Rows: F-03.
func TestF03_RecheckWhileOktaIsDown(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, _ string, lines []string, _ *Redis) {
		w := newWorld(t, append(lines, "recheck 2s", "okta_down_grace 8s")...)
		b := w.signedIn()
		w.org.Faults(Fault{Endpoint: "refresh", Status: 503})
		rig.Eventually(t, "Okta is asked in vain", func() bool {
			if answer := b.Get("/"); toldUser(answer) != ada {
				t.Fatalf("within the grace: %d", answer.Status)
			}
			return w.org.Calls()["refresh"] > 0
		})
		if answer := b.Get("/"); toldUser(answer) != ada {
			t.Errorf("after Okta was asked in vain: %d", answer.Status)
		}
		rig.Eventually(t, "the grace ends", func() bool { return b.Get("/").Status == http.StatusUnauthorized })
		if n := w.org.Calls()["refresh"]; n > 2 {
			t.Errorf("a weak Okta was asked %d times", n)
		}
		w.org.Faults()
		b.SignIn("/", ada, adaPassword)
	})
}

// A recheck is made ahead of time and behind the back of who works: also the second
// one, and the one after that. An Okta that holds its answer back delays nobody,
// though nothing is allowed on top of the recheck.
//
// Rows: F-04.
func TestF04_RecheckDelaysNobodyWhoWorks(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, _ string, lines []string, _ *Redis) {
		w := newAging(t, &oktasim.Server{}, append(lines, "recheck 12s", "okta_down_grace 1ms")...)
		b := w.signedInWith(fresh, ada, adaPassword)
		for round := 1; round <= 3; round++ {
			gate := make(chan struct{})
			release := sync.OnceFunc(func() { w.hold.Store(nil); close(gate) })
			w.hold.Store(&gate)
			w.answered.Store(0)
			stuck := time.AfterFunc(patience/2, release) // a request that waits for Okta would wait for ever
			rig.Eventually(t, "a recheck", func() bool {
				if answer := b.Get("/"); toldUser(answer) != ada {
					t.Fatalf("round %d: %d", round, answer.Status)
				}
				if w.answered.Load() > 0 {
					t.Fatalf("round %d: a request waited for Okta", round)
				}
				return w.org.Calls()["refresh"] == round
			})
			stuck.Stop()
			release()
			rig.Eventually(t, "Okta's answer", func() bool { return w.answered.Load() == 1 })
		}
	})
}
