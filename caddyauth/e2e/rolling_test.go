package e2e

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Replicas are restarted one after the other while people work and others sign in.
// No request of theirs ends at a sign-in page, none fails, no sign-in begins anew,
// and Okta hears nothing of it. Keeping sessions in memory is for one process: the
// other stores lose nobody.
//
// Rows: F-20, F-18.
func TestF20_RollingRestartLosesNoSession(t *testing.T) {
	t.Parallel()
	inEveryStoreOfReplicas(t, "rolling", func(t *testing.T, store string, lines []string) {
		r := newReplicasWith(t, StartOrg(t), lines, oneKey, oneKey)
		login := func(n int) string { return fmt.Sprintf("person%02d@example.com", n) }
		const password = "password of a person"
		var people, arriving []*Browser
		for n := range choose(8, 30) {
			r.org.AddUser(user(login(n), password))
			b := r.browser()
			b.SignIn("/", login(n), password)
			people = append(people, b)
		}
		// Three are on their way in, one at each step.
		r.org.SetPolicy(oktasim.Policy{Password: oktasim.SecondPage, Factors: []string{"email"}})
		for range 3 {
			b := r.browser()
			b.Open("/arriving?x=1")
			arriving = append(arriving, b)
		}
		arriving[1].Submit("identify", "identifier", login(1))
		arriving[2].Submit("identify", "identifier", login(2))
		arriving[2].Submit("challenge-authenticator", "credentials/passcode", password)
		r.org.ResetCalls()

		stop := make(chan struct{})
		var working sync.WaitGroup
		var served, lost atomic.Int64
		for n, b := range people {
			working.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					answer, err := b.try(b.Request("GET", "/work", "", navigation...))
					if err != nil || toldUser(answer) != login(n) {
						lost.Add(1)
						t.Errorf("person %d: %v, %+v", n, err, answer)
						return
					}
					served.Add(1)
				}
			})
		}
		for _, site := range r.sites {
			site.Restart()
			before := served.Load()
			rig.Eventually(t, "people go on with their work", func() bool { return served.Load() > before+int64(len(people)) || lost.Load() > 0 })
		}
		close(stop)
		working.Wait()
		if calls := r.org.Calls(); len(calls) > 0 {
			t.Errorf("the restart cost calls to Okta: %v", calls)
		}
		arriving[0].Submit("identify", "identifier", login(0))
		for n, b := range arriving {
			if b.Page != nil && n < 2 {
				b.Submit("challenge-authenticator", "credentials/passcode", password)
			}
			b.Submit("select-authenticator-authenticate")
			b.Submit("challenge-authenticator", "credentials/passcode", r.org.Code(login(n)))
			if b.URL != behindBalancer+"/arriving?x=1" || !strings.Contains(b.Last.Body, UpstreamMark) {
				lost.Add(1)
				t.Errorf("the sign-in %d that was under way: %s %d", n, b.URL, b.Last.Status)
			}
		}
		t.Logf("%s: %d sessions and %d sign-ins over a restart of %d replicas, %d requests: %d lost", store, len(people), len(arriving), len(r.sites), served.Load(), lost.Load())
	})
}
