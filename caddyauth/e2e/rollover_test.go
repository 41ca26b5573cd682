package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Kill ends the process as a crash would: nothing is finished or written.
func (s *Site) Kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	<-s.done
}

// Before each form is posted, one of the processes or the other is killed and
// started again. What it remembered is lost; the user sees the same pages as on
// a quiet day.
//
// Rows: F-18.
func TestF18_KilledBetweenEveryTwoSteps(t *testing.T) {
	t.Parallel()
	want := newReplicas(t, oneKey).longStory()
	r := newReplicas(t, oneKey, oneKey)
	posts := 0
	r.before = func(req *http.Request) {
		if req.Method == http.MethodPost {
			posts++
			r.sites[posts%2].Kill()
			r.sites[posts%2].Start()
		}
	}
	if diff := cmp.Diff(want, r.longStory()); diff != "" {
		t.Errorf("what the user sees (-one process that lives +two that die):\n%s", diff)
	}
}

// Replicas are restarted one after the other while people work. No request of
// theirs ends at a sign-in page, none fails, and Okta hears nothing of it.
//
// Rows: F-20.
func TestF20_RollingRestartLosesNoSession(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, oneKey, oneKey)
	var people []*Browser
	for n := range 8 {
		u := user(fmt.Sprintf("person%d@example.com", n), "password of a person")
		r.org.AddUser(u)
		b := r.browser()
		b.SignIn("/", u.Login, u.Password)
		people = append(people, b)
	}
	pending := r.browser()
	pending.Open("/pending")
	r.org.ResetCalls()

	stop := make(chan struct{})
	var working sync.WaitGroup
	var served atomic.Int64
	for n, b := range people {
		working.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				answer, err := b.try(b.Request("GET", "/work", "", navigation...))
				if err != nil || answer.Status != 200 || !strings.Contains(answer.Body, fmt.Sprintf("person%d@", n)) {
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
		Eventually(t, "people go on with their work", func() bool { return served.Load() > before+int64(len(people)) })
	}
	close(stop)
	working.Wait()
	if calls := r.org.Calls(); len(calls) > 0 {
		t.Errorf("the restart cost calls to Okta: %v", calls)
	}
	pending.Submit("identify", credentials()...)
	if pending.URL != behindBalancer+"/pending" || !strings.Contains(pending.Last.Body, UpstreamMark) {
		t.Errorf("the sign-in that was under way: %s %d", pending.URL, pending.Last.Status)
	}
}
