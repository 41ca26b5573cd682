package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// storm is many sessions whose tokens are all spent, and many requests of each at
// the same moment, while the org takes long to answer.
type storm struct {
	*aging
	sites    []*Site
	browsers []*Browser
	login    func(n int) string
}

// newStorm signs users in at the first site and asks for nothing yet.
func newStorm(w *aging, sites []*Site, users int) *storm {
	w.Helper()
	s := &storm{aging: w, sites: sites, login: func(n int) string { return fmt.Sprintf("user%03d@example.com", n) }}
	w.issue(spent)
	for n := range users {
		w.org.AddUser(user(s.login(n), "password of a user"))
		b := newBrowser(w.T, behindBalancer, tlsProxy{sites[0].Addr, http.DefaultTransport})
		b.Open("/")
		form := b.Form("identify")
		b.Do(b.Post(form.Action, form.Fill("identifier", s.login(n), "credentials/passcode", "password of a user")))
		if b.Jar.Get("okta_auth") == nil {
			w.Fatalf("%s is not signed in", s.login(n))
		}
		s.browsers = append(s.browsers, b)
	}
	w.issue(fresh)
	w.org.ResetCalls()
	return s
}

// outcome counts what became of requests.
type outcome struct{ served, signedOut, mixedUp, failed atomic.Int64 }

func (o *outcome) String() string {
	return fmt.Sprintf("%d served, %d signed out, %d mixed up, %d failed", o.served.Load(), o.signedOut.Load(), o.mixedUp.Load(), o.failed.Load())
}

// blow sends requests of each session to the sites in turn, all with the cookie
// that the browser has now; browsers keep what the answers bring.
func (s *storm) blow(requests int) *outcome {
	s.Helper()
	var out outcome
	var together sync.WaitGroup
	for n, b := range s.browsers {
		cookie := b.Jar.For(mustParse(behindBalancer))
		var keeping sync.Mutex
		for i := range requests {
			together.Go(func() {
				req, _ := http.NewRequest(http.MethodGet, behindBalancer+"/", nil)
				req.Header.Set("Cookie", cookie)
				one := newBrowser(s.T, behindBalancer, tlsProxy{s.sites[i%len(s.sites)].Addr, freshConnections})
				answer, err := one.try(req)
				switch {
				case err != nil:
					out.failed.Add(1)
					s.Errorf("user %d: %v", n, err)
				case toldUser(answer) == s.login(n):
					out.served.Add(1)
				case toldUser(answer) != "":
					out.mixedUp.Add(1)
				case answer.Status == http.StatusUnauthorized:
					out.signedOut.Add(1)
				default:
					out.failed.Add(1)
					s.Errorf("user %d: %d %.200s", n, answer.Status, answer.Body)
				}
				if err == nil && len(answer.Header["Set-Cookie"]) > 0 {
					keeping.Lock()
					b.Jar.Take(req.URL, answer.Header)
					keeping.Unlock()
				}
			})
		}
	}
	together.Wait()
	return &out
}

// calm waits until the org has been asked as often as is expected, and for a while
// longer not more, and reports how many sessions are still good at every site.
func (s *storm) calm(redeems int) (alive int) {
	s.Helper()
	rig.Eventually(s.T, fmt.Sprintf("the org was asked %d times", redeems), func() bool {
		s.blowOnce()
		return s.org.Calls()["refresh"] >= redeems
	})
	for n, b := range s.browsers {
		good := true
		for _, site := range s.sites {
			b.client.Transport = tlsProxy{site.Addr, freshConnections}
			good = good && toldUser(b.Get("/")) == s.login(n)
		}
		if good {
			alive++
		}
	}
	return alive
}

// blowOnce asks once for each session at each site: it joins what is under way.
func (s *storm) blowOnce() { s.Helper(); s.blow(len(s.sites)) }

// All tokens end in one moment, fifty requests of each session arrive at two
// replicas, and Okta takes five seconds for each redeem and forgives no second use
// of a token. With Redis each session is redeemed once, whichever replica does it.
// In cookies each process redeems once, and Okta's grace makes that good. In the
// memory of one process it is once. Nobody is signed out, and nobody is anybody
// else.
//
// CADDY_OKTA_FULL runs it with 200 sessions of 50 requests each.
//
// Rows: F-29, F-30, oauth2-proxy #1992, CVE-2026-71326, S-25.
func TestF29_StormOfRequestsWhenTokensEnd(t *testing.T) {
	t.Parallel()
	users, requests, delay := choose(12, 200), choose(8, 50), choose(1500, 5000)
	inEveryStore(t, func(t *testing.T, store string, lines []string, _ *Redis) {
		policy, keys, perSession := oktasim.Policy{Refresh: oktasim.Rotating}, []string{oneKey, oneKey}, 1
		switch store {
		case "cookie":
			policy.RefreshGraceSeconds, perSession = 60, 2
		case "memory":
			keys = keys[:1] // another process knows nothing of it
		}
		w := newAging(t, &oktasim.Server{})
		w.org.SetPolicy(policy)
		r := newReplicasWith(t, w.org, lines, keys...)
		w.world = r.world
		s := newStorm(w, r.sites, users)
		w.org.Faults(Fault{Endpoint: "refresh", DelayMS: delay})
		since := time.Now()
		out := s.blow(requests)
		took := time.Since(since)
		alive := s.calm(users * perSession)
		redeems := w.org.Calls()["refresh"]
		t.Logf("%s, %d processes: %d sessions x %d requests, Okta takes %d ms: %s in %s; %d redeems; %d sessions alive",
			store, len(keys), users, requests, delay, out, took.Round(time.Millisecond), redeems, alive)
		if out.served.Load() != int64(users*requests) || out.mixedUp.Load() > 0 || out.signedOut.Load() > 0 {
			t.Errorf("of %d requests: %s", users*requests, out)
		}
		if redeems != users*perSession {
			t.Errorf("%d redeems of %d sessions", redeems, users)
		}
		if alive != users {
			t.Errorf("%d of %d sessions are left", alive, users)
		}
	})
}

// lose sends a request with the browser's cookie and hangs up without reading the
// answer, once the application has been asked.
func (w *world) lose(b *Browser) {
	w.Helper()
	w.echo.Reset()
	conn := w.site.Dial()
	defer conn.Close()
	host := strings.TrimPrefix(strings.TrimPrefix(b.base.String(), "https://"), "http://")
	if _, err := fmt.Fprintf(conn, "GET /lost HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", host, b.Jar.For(b.base)); err != nil {
		w.Fatal(err)
	}
	_, _ = bufio.NewReader(conn).Peek(1) // it has been sent
}

// The answer that brings the new cookie is lost: a tunnel, a closed lid. The browser
// comes back with the old one, whose refresh token is spent. The process has kept
// its successor: the browser is served, and gets the new cookie now; Okta, which
// forgives nothing here, is not asked again.
//
// Rows: S-25, F-33.
func TestS25_AnswerWithTheNewCookieIsLost(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, store string, lines []string, _ *Redis) {
		w := newAging(t, &oktasim.Server{}, lines...)
		w.org.SetPolicy(oktasim.Policy{Refresh: oktasim.Rotating})
		b := w.signedInWith(spent, ada, adaPassword)
		w.lose(b)
		rig.Eventually(t, "the session is refreshed", func() bool { return w.org.Calls()["refresh"] == 1 })
		for n := range 3 {
			answer := b.Get("/")
			if toldUser(answer) != ada {
				t.Fatalf("request %d after the loss: %d", n, answer.Status)
			}
			brought := strings.Contains(strings.Join(answer.Header["Set-Cookie"], "\n"), "okta_auth=")
			if brought != (store == "cookie" && n == 0) {
				t.Errorf("request %d after the loss: a new cookie %v", n, brought)
			}
		}
		w.expectCalls(map[string]int{"refresh": 1})
	})
}

// The same, and the next request meets another replica, which only has the old
// cookie to go by. Okta's grace decides: with one it gives both replicas a token,
// without one it takes the second use for a thief's, and the user signs in again,
// once. In Redis there is nothing to lose.
//
// Rows: S-25.
func TestS25_AnswerWithTheNewCookieIsLostBetweenReplicas(t *testing.T) {
	t.Parallel()
	for _, grace := range []int{60, 0} {
		inEveryStoreOfReplicas(t, fmt.Sprintf("grace %ds", grace), func(t *testing.T, store string, lines []string) {
			w := newAging(t, &oktasim.Server{})
			w.org.SetPolicy(oktasim.Policy{Refresh: oktasim.Rotating, RefreshGraceSeconds: grace})
			r := newReplicasWith(t, w.org, lines, oneKey, oneKey)
			w.world = r.world
			b := newStorm(w, r.sites, 1).browsers[0]
			w.lose(b) // at the first
			rig.Eventually(t, "the session is refreshed", func() bool { return w.org.Calls()["refresh"] == 1 })
			b.Reroute(r.sites[1])
			survives := store == "redis" || grace > 0
			if answer := b.Get("/"); (toldUser(answer) != "") != survives {
				t.Fatalf("at the other replica: %d", answer.Status)
			}
			if want := map[string]int{"redis": 1, "cookie": 2}[store]; w.org.Calls()["refresh"] != want {
				t.Errorf("Okta was asked %v", w.org.Calls())
			}
			if survives {
				for n := range 4 {
					b.Reroute(r.sites[n%2])
					if answer := b.Get("/"); toldUser(answer) == "" {
						t.Errorf("request %d later: %d", n, answer.Status)
					}
				}
				return
			}
			if b.Open("/where"); b.Page == nil || b.Page.Form("identify") == nil || len(b.History) != 1 {
				t.Fatalf("a person sees %d by %q", b.Last.Status, b.History)
			}
			b.Submit("identify", credentials()...)
			if b.URL != behindBalancer+"/where" || toldUser(b.Last) != ada {
				t.Errorf("after one sign-in: %s %d", b.URL, b.Last.Status)
			}
		})
	}
}

// inEveryStoreOfReplicas is inEveryStore for those that replicas can share.
func inEveryStoreOfReplicas(t *testing.T, what string, run func(t *testing.T, store string, lines []string)) {
	t.Helper()
	t.Run(what+", cookie", func(t *testing.T) { t.Parallel(); run(t, "cookie", nil) })
	t.Run(what+", redis", func(t *testing.T) { t.Parallel(); run(t, "redis", []string{StartRedis(t).session()}) })
}

// Clients hang up at any moment of a request whose session is being refreshed. The
// refresh goes on without them, and the session with it.
//
// Rows: oauth2-proxy #2503, F-33.
func TestOAuth2Proxy_2503_ClientsThatHangUpEndNoSession(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, _ string, lines []string, redis *Redis) {
		w := newAging(t, &oktasim.Server{}, lines...)
		w.org.SetPolicy(oktasim.Policy{Refresh: oktasim.Rotating})
		b := w.signedInWith(spent, ada, adaPassword)
		records := ""
		if redis != nil {
			records = redis.Do("DBSIZE")
		}
		gate := make(chan struct{})
		w.hold.Store(&gate)
		request := "GET /app HTTP/1.1\r\nHost: localhost\r\nCookie: " + b.Jar.For(mustParse(w.site.URL)) + "\r\n\r\n"
		for n := range 60 {
			conn := w.site.Dial()
			_, _ = conn.Write([]byte(request[:len(request)-n%3*(len(request)/3)]))
			conn.Close()
		}
		rig.Eventually(t, "the refresh has begun", func() bool { return w.org.Calls()["refresh"] > 0 || toldUser(b.Get("/")) == "" })
		w.hold.Store(nil)
		close(gate)
		if answer := b.Get("/"); toldUser(answer) != ada {
			t.Fatalf("after all have hung up: %d", answer.Status)
		}
		rig.Eventually(t, "the session is refreshed once", func() bool { b.Get("/"); return w.org.Calls()["refresh"] == 1 })
		w.parallel(10, b, ada)
		w.expectCalls(map[string]int{"refresh": 1})
		if redis != nil {
			rig.Eventually(t, "Redis has as many keys as before: "+records, func() bool { return redis.Do("DBSIZE") == records })
		}
	})
}

// Redis crashes after Okta has taken the old refresh token and before the new one is
// saved. The replica that has it saves it when Redis is back: the other one goes on
// with it, Okta is not asked again, and nobody is signed out.
//
// Rows: F-30.
func TestF30_RedisIsGoneBetweenRedeemAndSave(t *testing.T) {
	t.Parallel()
	redis := StartRedis(t)
	w := newAging(t, &oktasim.Server{})
	w.org.SetPolicy(oktasim.Policy{Refresh: oktasim.Rotating})
	r := newReplicasWith(t, w.org, []string{redis.session()}, oneKey, oneKey)
	w.world = r.world
	s := newStorm(w, r.sites, 1)
	gate := make(chan struct{})
	w.hold.Store(&gate)
	s.lose(s.browsers[0])
	rig.Eventually(t, "the token is redeemed", func() bool { return w.org.Calls()["refresh"] == 1 })
	redis.Kill()
	w.hold.Store(nil)
	close(gate)
	rig.Eventually(t, "Okta's answer", func() bool { return w.answered.Load() == 1 })
	rig.Eventually(t, "Redis is missed", func() bool {
		s.browsers[0].Reroute(r.sites[1])
		return s.browsers[0].Get("/").Status == http.StatusServiceUnavailable
	})
	redis.Start()
	rig.Eventually(t, "the session is good again", func() bool { return s.browsers[0].Get("/").Status != http.StatusServiceUnavailable })
	if alive := s.calm(1); alive != 1 {
		t.Error("signed out")
	}
	w.expectCalls(map[string]int{"refresh": 1})
}

// A replica is killed while it refreshes a session. Its lease ends with it, in five
// seconds; meanwhile the other one serves what is known, and then it refreshes. The
// answer that died with the first is what Okta's grace is for.
//
// Rows: F-30, oauth2-proxy #1992.
func TestF30_HolderOfTheLeaseIsKilled(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	w.org.SetPolicy(oktasim.Policy{Refresh: oktasim.Rotating, RefreshGraceSeconds: 60})
	r := newReplicasWith(t, w.org, []string{StartRedis(t).session()}, oneKey, oneKey)
	w.world = r.world
	s := newStorm(w, r.sites, 1)
	gate := make(chan struct{})
	w.hold.Store(&gate)
	s.lose(s.browsers[0])
	rig.Eventually(t, "the token is redeemed", func() bool { return w.org.Calls()["refresh"] == 1 })
	r.sites[0].Kill()
	w.hold.Store(nil)
	close(gate)
	s.browsers[0].Reroute(r.sites[1])
	rig.Eventually(t, "the other replica refreshes the session", func() bool {
		if answer := s.browsers[0].Get("/"); toldUser(answer) != s.login(0) {
			t.Fatalf("meanwhile: %d", answer.Status)
		}
		return w.org.Calls()["refresh"] == 2
	})
	r.sites[0].Start()
	if alive := s.calm(2); alive != 1 {
		t.Error("signed out")
	}
	if n := w.org.Calls()["refresh"]; n != 2 {
		t.Errorf("%d redeems", n)
	}
}
