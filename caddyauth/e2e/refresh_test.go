package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// SetPolicy is Policy with everything that an org can be told.
func (o *Org) SetPolicy(p oktasim.Policy) {
	o.t.Helper()
	o.call(http.MethodPut, "/policy", p, nil)
}

// DeleteUser removes a user from the directory.
func (o *Org) DeleteUser(login string) {
	o.t.Helper()
	o.call(http.MethodDelete, "/users/"+url.PathEscape(login), nil, nil)
}

// aging is a world whose org can issue tokens of any age: a test that waited
// for their end would take as long as they live.
type aging struct {
	*world
	server *oktasim.Server
	// left is how long the access tokens of answers from now on are good, in
	// seconds; nil leaves it to the org. ID tokens are good for an hour.
	left atomic.Pointer[float64]
	// hold, while it is not nil, keeps the answers to token calls back until it
	// is closed; answered counts those that were.
	hold     atomic.Pointer[chan struct{}]
	answered atomic.Int64
}

// How long access tokens are good, in seconds. A token of five is due to be
// refreshed before its end, and then not spent for another second.
const (
	spent  = 0.001
	ending = 5.0
	fresh  = 3600.0
)

func newAging(t *testing.T, server *oktasim.Server, lines ...string) *aging {
	t.Helper()
	w := &aging{server: server}
	org := startOrg(t, server, w, nil)
	w.world = &world{T: t, org: org, echo: StartEcho(t)}
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(line, "ORG", org.URL)
	}
	w.site = StartSite(t, Caddyfile(org, w.echo, lines...))
	return w
}

func (w *aging) issue(left float64) { w.left.Store(&left) }

// ServeHTTP stands in front of the org.
func (w *aging) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/v1/token") {
		w.server.ServeHTTP(rw, r)
		return
	}
	answer := httptest.NewRecorder()
	w.server.ServeHTTP(answer, r)
	if gate := w.hold.Load(); gate != nil {
		select {
		case <-*gate:
		case <-r.Context().Done():
		}
		w.answered.Add(1)
	}
	body := answer.Body.Bytes()
	var tokens map[string]any
	if left := w.left.Load(); left != nil && answer.Code == http.StatusOK && json.Unmarshal(body, &tokens) == nil && tokens != nil {
		tokens["expires_in"] = *left
		body, _ = json.Marshal(tokens)
	}
	for name, values := range answer.Header() {
		rw.Header()[name] = values
	}
	rw.WriteHeader(answer.Code)
	_, _ = rw.Write(body)
}

// signedInWith is a browser that has been signed in, with a token of that age, and
// has asked for nothing yet; that the token has to be ending is waited for.
func (w *aging) signedInWith(left float64, login, password string) *Browser {
	w.Helper()
	w.issue(left)
	b := w.browser()
	b.Open("/")
	form := b.Form("identify")
	b.Do(b.Post(form.Action, form.Fill("identifier", login, "credentials/passcode", password)))
	if b.Jar.Get("okta_auth") == nil {
		w.Fatalf("%s is not signed in", login)
	}
	if left == ending {
		signedIn := time.Now()
		rig.Eventually(w, "the token is about to end", func() bool { return time.Since(signedIn) > ending*time.Second*4/5 })
	}
	w.issue(fresh)
	w.org.ResetCalls()
	return b
}

// A token that lives for a minute or two is refreshed before its end, and not at
// every request from the start.
func TestShortLivedTokensAreNotRefreshedAtEveryRequest(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, _ string, lines []string, _ *Redis) {
		w := newAging(t, &oktasim.Server{}, lines...)
		b := w.signedInWith(100, ada, adaPassword)
		w.issue(100)
		for range 5 {
			if answer := b.Get("/"); toldUser(answer) != ada {
				t.Errorf("%d", answer.Status)
			}
		}
		w.expectCalls(map[string]int{})
	})
}

// parallel asks n times at once with the browser's cookies, and returns how
// often the application was reached as that user.
func (w *aging) parallel(n int, b *Browser, login string) int {
	w.Helper()
	cookie := b.Jar.For(mustParse(w.site.URL))
	var together sync.WaitGroup
	var reached atomic.Int64
	for range n {
		together.Go(func() {
			req, _ := http.NewRequest(http.MethodGet, "http://"+w.site.Addr+"/", nil)
			req.Host, req.Header = strings.TrimPrefix(w.site.URL, "http://"), http.Header{"Cookie": {cookie}}
			answer, err := (&Browser{Jar: new(Jar), t: w, client: http.DefaultClient}).try(req)
			if err != nil {
				w.Error(err)
				return
			}
			if user := toldUser(answer); user == login {
				reached.Add(1)
			} else {
				w.Errorf("%d: the application was told of %q, not %q", answer.Status, user, login)
			}
		})
	}
	together.Wait()
	return int(reached.Load())
}

// toldUser is who the application was told to serve.
func toldUser(a *Answer) string { return toldHeader(a, "X-Forwarded-User") }

// toldHeader is what the application, which answers with its request, was told
// in a header.
func toldHeader(a *Answer, name string) string {
	var body struct{ Request EchoRequest }
	if json.Unmarshal([]byte(a.Body), &body) != nil {
		return ""
	}
	return strings.Join(body.Request.Values(name), "|")
}

// Fifty requests find a token spent or about to be. One call refreshes it,
// every request is served, and the browser gets the new one: also after a
// restart, which forgets what the process knew.
//
// Rows: oauth2-proxy #1992, F-29.
func TestOAuth2Proxy_1992_ParallelRequestsRefreshOnce(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	for _, kind := range []string{oktasim.Persistent, oktasim.Rotating} {
		w.org.SetPolicy(oktasim.Policy{Refresh: kind})
		for name, left := range map[string]float64{"spent": spent, "ending": ending, "fresh": fresh} {
			want := 1
			if left == fresh {
				want = 0
			}
			b := w.signedInWith(left, ada, adaPassword)
			if n := w.parallel(50, b, ada); n != 50 {
				t.Errorf("%s, %s: %d of 50 requests were served", kind, name, n)
			}
			rig.Eventually(t, "the session is refreshed", func() bool { return w.org.Calls()["refresh"] >= want })
			w.parallel(10, b, ada)
			w.expectCalls(countOf("refresh", want))
			if left != fresh {
				rig.Eventually(t, "the browser gets the refreshed session", func() bool { return len(b.Get("/").Header["Set-Cookie"]) > 0 })
			}
		}
	}
}

// countOf is n calls of an endpoint, as expectCalls wants them.
func countOf(endpoint string, n int) map[string]int {
	if n == 0 {
		return map[string]int{}
	}
	return map[string]int{endpoint: n}
}

// Strict rotation, where an old refresh token ends the whole family. The
// browser always has the newest, whatever the application says about caching
// and however often the process forgets. The answer with the new session is for
// nobody else.
//
// Rows: S-25.
func TestS25_RotationSurvivesCachingApplicationsAndRestarts(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	w.org.SetPolicy(oktasim.Policy{Refresh: oktasim.Rotating})
	b := w.signedInWith(spent, ada, adaPassword)
	w.issue(spent)
	for i, policy := range []string{"public, max-age=3600", "no-cache", "max-age=60, must-revalidate", "s-maxage=600", "", "private", "no-store"} {
		w.echo.Answer(func(*EchoRequest) string {
			if policy == "" {
				return RawAnswer(200, "x")
			}
			return RawAnswer(200, "x", "Cache-Control: "+policy)
		})
		answer := b.Get("/")
		if answer.Status != 200 || len(answer.Header["Set-Cookie"]) == 0 {
			t.Fatalf("Cache-Control %q: %d, %d cookies", policy, answer.Status, len(answer.Header["Set-Cookie"]))
		}
		got := answer.Header.Get("Cache-Control")
		if !strings.Contains(got, "private") && !strings.Contains(got, "no-store") || strings.Contains(got, "public") || strings.Contains(got, "s-maxage") {
			t.Errorf("Cache-Control %q of the application becomes %q on an answer with a session", policy, got)
		}
		if i%2 == 1 {
			w.site.Restart()
		}
	}
	if n := w.org.Calls()["refresh"]; n < 7 {
		t.Errorf("refreshed %d times", n)
	}
	w.echo.Answer(nil)
	if !b.SignedIn("/") {
		t.Error("signed out by rotation")
	}
}

// What changes at the org reaches the application with the refresh, from ID
// tokens and from userinfo.
//
// Rows: CVE-2021-41230, GHSA-x883-2vmg-xwf7.
func TestCVE_2021_41230_ChangedGroupsArriveWithTheRefresh(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"issuer ORG/oauth2/default", "issuer ORG"} {
		w := newAging(t, &oktasim.Server{}, issuer)
		b := w.signedInWith(spent, ada, adaPassword)
		u := user(ada, adaPassword)
		u.Groups, u.Email = []string{"Everyone", "Auditors"}, "ada@new.example"
		w.org.AddUser(u)
		answer := b.Get("/")
		if groups, email := toldHeader(answer, "X-Forwarded-Groups"), toldHeader(answer, "X-Forwarded-Email"); groups != "Everyone,Auditors" || email != "ada@new.example" {
			t.Errorf("%s: groups %q, email %q", issuer, groups, email)
		}
		if line := w.logged("refreshed"); line["user"] != ada || line["client_ip"] != "127.0.0.1" {
			t.Errorf("the log says %v", line)
		}
	}
}

// A user whom Okta has ended is signed out by the next refresh, with every copy
// of the session; a page says what to do.
//
// Rows: oauth2-proxy #3333, CVE-2025-53942, F-35.
func TestOAuth2Proxy_3333_UserWhoIsGoneIsSignedOutByTheRefresh(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	for name, left := range map[string]float64{"spent": spent, "ending": ending} {
		u := user(name+"@example.com", "password of somebody")
		w.org.AddUser(u)
		b := w.signedInWith(left, u.Login, u.Password)
		copied := w.browser()
		copied.Jar = b.Jar.Copy()
		w.org.DeleteUser(u.Login)
		w.echo.Reset()
		if left == spent {
			if answer := b.Get("/"); answer.Status != http.StatusUnauthorized || len(w.echo.Requests()) > 0 {
				t.Errorf("%s: %d", name, answer.Status)
			}
		}
		rig.Eventually(t, "the session has ended", func() bool { return !b.SignedIn("/") })
		if copied.SignedIn("/") {
			t.Errorf("%s: a copy of the session is good", name)
		}
		if b.Open("/app"); b.Page == nil || b.Page.Form("identify") == nil {
			t.Errorf("%s: a person sees %d", name, b.Last.Status)
		}
		if line := w.logged("refresh_refused"); line["user"] == nil || line["client_ip"] != "127.0.0.1" || line["reference"] == "" {
			t.Errorf("the log says %v", line)
		}
		if n := w.org.Calls()["refresh"]; n != 1 {
			t.Errorf("%s: %d refreshes", name, n)
		}
	}
}

// The org holds its answer to a refresh back. Requests are served while it
// does, and when it answers at last the session is refreshed.
//
// Rows: F-04, F-03.
func TestF04_SlowRefreshDelaysNobody(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	for name, left := range map[string]float64{"spent": spent, "ending": ending} {
		b := w.signedInWith(left, ada, adaPassword)
		gate := make(chan struct{})
		w.hold.Store(&gate)
		w.answered.Store(0)
		for range 3 {
			if answer := b.Get("/"); toldUser(answer) != ada {
				t.Errorf("%s: %d while the org is slow", name, answer.Status)
			}
			if w.answered.Load() > 0 {
				t.Errorf("%s: the answer came only after the org's", name)
			}
		}
		w.hold.Store(nil)
		close(gate)
		rig.Eventually(t, "the session is refreshed", func() bool { return len(b.Get("/").Header["Set-Cookie"]) > 0 })
		w.expectCalls(map[string]int{"refresh": 1})
	}
}

// An org that is down, answers nonsense or refuses the operator's secret ends
// nobody's session; when it is back, the session is refreshed without anybody's
// doing.
//
// Rows: F-03.
func TestF03_SessionsOutliveAnOutageOfTheOrg(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	for _, fault := range []Fault{
		{Status: 503, Body: "<html>gateway</html>"}, {Status: 500, Body: "{}"}, {Status: 429, Body: map[string]string{"errorCode": "E0000047"}}, {Status: 200, Body: "{}"}, {Status: 200, Body: "null"},
		{Status: 401, Body: map[string]string{"error": "invalid_client"}}, {Status: 403, Body: map[string]string{"error": "Forbidden"}}, {Status: 302, Headers: map[string]string{"Location": "/"}},
	} {
		b := w.signedInWith(spent, ada, adaPassword)
		fault.Endpoint = "refresh"
		w.org.Faults(fault)
		for range 3 {
			if answer := b.Get("/"); toldUser(answer) != ada {
				t.Errorf("%d %v: %d", fault.Status, fault.Body, answer.Status)
			}
		}
		w.expectCalls(map[string]int{"refresh": 1})
		w.org.Faults()
	}
	if line := w.logged("refresh_unavailable"); line["level"] != "warn" || line["user"] != ada {
		t.Errorf("the log says %v", line)
	}
}

// And it recovers without a restart, after the pause that spares a weak org.
//
// Rows: F-03.
func TestF03_RefreshRecoversAfterAnOutage(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	b := w.signedInWith(spent, ada, adaPassword)
	w.org.Faults(Fault{Endpoint: "refresh", Status: 503})
	b.Get("/")
	w.org.Faults()
	rig.Eventually(t, "the session is refreshed", func() bool {
		answer := b.Get("/")
		if toldUser(answer) != ada {
			t.Fatalf("signed out: %d", answer.Status)
		}
		return len(answer.Header["Set-Cookie"]) > 0
	})
	w.expectCalls(map[string]int{"refresh": 2})
}

// The grace is the operator's to choose; after it, nobody is served on tokens
// that Okta has not confirmed.
//
// Rows: F-03.
func TestF03_GraceEnds(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{}, "okta_down_grace 1s")
	b := w.signedInWith(spent, ada, adaPassword)
	w.org.Faults(Fault{Endpoint: "refresh", Status: 503})
	rig.Eventually(t, "the grace ends", func() bool { return b.Get("/").Status == http.StatusUnauthorized })
	if answer := b.Open("/app"); b.Page == nil || answer.Status < 400 {
		t.Errorf("a person sees %d", answer.Status)
	}
	w.org.Faults()
	b.Open("/app")
	if !strings.Contains(b.Last.Body, UpstreamMark) {
		b.Submit("identify", credentials()...)
	}
	if !b.SignedIn("/") {
		t.Error("no way back in after the outage")
	}
}

// At the org authorization server the claims are userinfo's. One of another
// user's, or of nobody's, ends the session; it never becomes theirs.
//
// Rows: S-14, S-11, mod_auth_openidc 2020-11-19.
func TestS14_UserinfoOfAnotherUserAtRefreshEndsTheSession(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"sub":"00uSomebodyElse","preferred_username":"eve@example.com","name":"Eve","email":"eve@example.com","groups":["Admins"]}`,
		`{"preferred_username":"eve@example.com"}`, `{"sub":"","preferred_username":"eve@example.com"}`} {
		w := newAging(t, &oktasim.Server{}, "issuer ORG")
		b := w.signedInWith(spent, ada, adaPassword)
		copied := w.browser()
		copied.Jar = b.Jar.Copy()
		w.echo.Reset()
		w.org.Faults(Fault{Endpoint: "userinfo", Body: body})
		if answer := b.Get("/"); answer.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", body, answer.Status, toldUser(answer))
		}
		w.org.Faults()
		if copied.SignedIn("/") || len(w.echo.Requests()) > 0 {
			t.Errorf("%s: the session lives on", body)
		}
		w.logged("refresh_refused")
	}
}

// Requests of one user that wait for a refresh never get the session of
// another.
//
// Rows: CVE-2026-71326.
func TestCVE_2026_71326_IdentitiesNeverMixAtRefresh(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	w.org.SetPolicy(oktasim.Policy{Refresh: oktasim.Rotating})
	const users, requests = 20, 10
	browsers := make([]*Browser, users)
	login := func(n int) string { return fmt.Sprintf("user%02d@example.com", n) }
	for n := range browsers {
		w.org.AddUser(user(login(n), "password of a user"))
		browsers[n] = w.signedInWith(spent, login(n), "password of a user")
	}
	var together sync.WaitGroup
	for n, b := range browsers {
		together.Go(func() {
			if got := w.parallel(requests, b, login(n)); got != requests {
				t.Errorf("%s: %d of %d", login(n), got, requests)
			}
		})
	}
	together.Wait()
	w.expectCalls(map[string]int{"refresh": users})
}

// A session that a config with fewer headers has made is completed before it is
// used; it is never served with a header missing in silence.
func TestHeaderAddedByAReloadIsThereAtOnce(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	b := w.signedInWith(fresh, ada, adaPassword)
	if err := w.site.Reload(Caddyfile(w.org, w.echo, "header_up X-Given {claim.given_name}")); err != nil {
		t.Fatal(err)
	}
	if answer := b.Get("/"); toldHeader(answer, "X-Given") != "Ada" {
		t.Errorf("%d: X-Given is %q", answer.Status, toldHeader(answer, "X-Given"))
	}
	w.parallel(10, b, ada)
	if n := w.org.Calls()["refresh"]; n != 1 {
		t.Errorf("%d refreshes", n)
	}
}

// Refreshing, however often, keeps no session beyond its lifetime.
//
// Rows: S-32.
func TestS32_RefreshDoesNotExtendTheLifetime(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{}, "lifetime 8s")
	b := w.signedInWith(spent, ada, adaPassword)
	w.issue(spent)
	rig.Eventually(t, "the session ends", func() bool { return b.Get("/").Status == http.StatusUnauthorized })
	if n := w.org.Calls()["refresh"]; n == 0 {
		t.Error("it was never refreshed")
	}
}

// Two replicas and strict rotation: the browser carries the newest token from
// one to the other.
//
// Rows: S-25.
func TestS25_RotationOverTwoReplicas(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	w.org.SetPolicy(oktasim.Policy{Refresh: oktasim.Rotating})
	r := newReplicasOf(t, w.org, oneKey, oneKey)
	b := r.browser()
	w.issue(spent)
	b.SignIn("/", ada, adaPassword)
	for n := range 6 {
		if answer := b.Get("/"); toldUser(answer) != ada {
			t.Fatalf("request %d: %d", n, answer.Status)
		}
	}
	if n := w.org.Calls()["refresh"]; n < 6 {
		t.Errorf("%d refreshes", n)
	}
}

// And where fifty requests reach both at once, each process refreshes once.
//
// Rows: S-25.
func TestS25_ParallelRequestsOnTwoReplicas(t *testing.T) {
	t.Parallel()
	w := newAging(t, &oktasim.Server{})
	r := newReplicasOf(t, w.org, oneKey, oneKey)
	b := r.browser()
	w.issue(spent)
	b.Open("/")
	form := b.Form("identify")
	b.Do(b.Post(form.Action, form.Fill(credentials()...)))
	w.issue(fresh)
	w.org.ResetCalls()
	var together sync.WaitGroup
	for range 50 {
		one := *b
		one.Jar = b.Jar.Copy()
		together.Go(func() {
			if answer, err := one.try(one.Request(http.MethodGet, "/", "")); err != nil || toldUser(answer) != ada {
				t.Errorf("%v, %+v", err, answer)
			}
		})
	}
	together.Wait()
	if n := w.org.Calls()["refresh"]; n != 2 {
		t.Errorf("%d refreshes by two processes", n)
	}
}
