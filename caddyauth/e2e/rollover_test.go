package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

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

// A sealing key is changed in two steps: the new one is put beside the old one
// everywhere, then in front of it. Replicas are restarted one by one, so that at
// any moment they have two configs. Nobody is signed out, by cookie or by record,
// and a sign-in that was begun before it ends after it.
//
// Rows: S-36, F-37, F-20.
func TestS36_KeyIsChangedOnReplicasOneByOne(t *testing.T) {
	t.Parallel()
	inEveryStoreOfReplicas(t, "a new key", func(t *testing.T, store string, lines []string) {
		r := newReplicasWith(t, StartOrg(t), lines, oneKey, oneKey)
		old, pending := r.browser(), r.browser()
		old.SignIn("/", ada, adaPassword)
		pending.Open("/pending")
		everybody := []*Browser{old}
		for _, keys := range []string{oneKey + "\n" + anotherKey, anotherKey + "\n" + oneKey} {
			for _, site := range r.sites {
				site.write(r.config(keys, lines...))
				site.Restart()
				late := r.browser()
				late.SignIn("/", grace, gracePassword)
				everybody = append(everybody, late)
				for n, b := range everybody {
					for range r.sites {
						if !b.SignedIn("/") {
							t.Errorf("keys %q at %d: browser %d is signed out", keys, r.last, n)
						}
					}
				}
			}
		}
		pending.Submit("identify", credentials()...)
		if pending.URL != behindBalancer+"/pending" || toldUser(pending.Last) != ada {
			t.Errorf("the sign-in under way: %s %d", pending.URL, pending.Last.Status)
		}
		for _, site := range r.sites {
			if lines := site.Log.Find("a key that is not among ours"); len(lines) > 0 {
				t.Errorf("the log warns: %v", lines)
			}
		}
	})
}

// One replica was given another key. However many requests come, the log has one
// line, which names the keys by their ids, and the metric counts; a person gets one
// page at that replica and can sign in there.
//
// Rows: F-37.
func TestF37_AnotherKeyIsNamedOnceAndCounted(t *testing.T) {
	t.Parallel()
	inEveryStoreOfReplicas(t, "another key", func(t *testing.T, store string, lines []string) {
		r := newReplicasWith(t, StartOrg(t), lines, oneKey, anotherKey)
		first, second := r.sites[0], r.sites[1]
		b := NewBrowserBehind(t, first, behindBalancer)
		b.SignIn("/", ada, adaPassword)
		b.Reroute(second)
		r.echo.Reset()
		for range 20 {
			if answer := b.Get("/"); answer.Status != http.StatusUnauthorized {
				t.Errorf("at the other replica: %d", answer.Status)
			}
		}
		if n := len(r.echo.Requests()); n > 0 {
			t.Errorf("%d requests went through", n)
		}
		warned := second.Log.Find("a key that is not among ours")
		if len(warned) != 1 || warned[0]["level"] != "warn" {
			t.Fatalf("the log says %v", warned)
		}
		theirs, ours := fmt.Sprint(warned[0]["key_id"]), fmt.Sprint(warned[0]["our_key_ids"])
		if store == "redis" {
			theirs = "not told by a record, but by the other replica's log"
		}
		if len(theirs) < 4 || len(ours) < 4 || strings.Contains(ours, theirs) || strings.Contains(ours, "key") {
			t.Errorf("key %q is not among %q", theirs, ours)
		}
		if n := second.metric("caddy_okta_auth_unknown_key_total"); n < 20 {
			t.Errorf("the metric counts %v", n)
		}
		if n := first.metric("caddy_okta_auth_unknown_key_total"); n != 0 {
			t.Errorf("at the replica that made the session it counts %v", n)
		}
		if b.Open("/where"); b.Last.Status != http.StatusUnauthorized || len(b.History) != 1 {
			t.Errorf("a person sees %d by %q", b.Last.Status, b.History)
		}
		b.Submit("identify", credentials()...)
		if b.URL != behindBalancer+"/where" || toldUser(b.Last) != ada {
			t.Errorf("after one sign-in: %s %d", b.URL, b.Last.Status)
		}
	})
}

// metric is the value of a metric without labels at the admin endpoint.
func (s *Site) metric(name string) float64 {
	s.t.Helper()
	status, all := s.adminRequest(http.MethodGet, "/metrics", "text/plain", "")
	for line := range strings.Lines(all) {
		if text, found := strings.CutPrefix(strings.TrimSpace(line), name+" "); found {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				s.t.Fatal(err)
			}
			return value
		}
	}
	s.t.Fatalf("no metric %s among %d bytes of status %d", name, len(all), status)
	return 0
}

// changingSecret stands in front of an org whose application has other secrets than
// the simulated one knows, and counts how often a client came with none of them.
type changingSecret struct {
	server *oktasim.Server

	mu       sync.Mutex
	accepted []string
	refused  int
}

func (c *changingSecret) accept(secrets ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accepted = secrets
}

func (c *changingSecret) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/v1/token") && !strings.HasSuffix(r.URL.Path, "/v1/interact") {
		c.server.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	c.mu.Lock()
	known := slices.Contains(c.accepted, form.Get("client_secret"))
	if !known {
		c.refused++
	}
	c.mu.Unlock()
	if !known {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"The client secret supplied for a confidential client is invalid."}`)
		return
	}
	form.Set("client_secret", oktasim.DemoClientSecret)
	encoded := form.Encode()
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(encoded)), int64(len(encoded))
	r.Header.Set("Content-Length", strconv.Itoa(len(encoded)))
	c.server.ServeHTTP(w, r)
}

// The client secret is changed while people sign in, as Okta's console does it: a
// second one is made, the file gets it on a line of its own, the first one is
// withdrawn. No sign-in and no refresh fails, nothing is reloaded, and the log keeps
// both secrets.
func TestClientSecretIsChangedWhileItIsUsed(t *testing.T) {
	t.Parallel()
	const first, second, third = "the-first-client-secret-0123456789", "the-second-client-secret-0123456789", "the-third-client-secret-0123456789"
	front := &changingSecret{server: &oktasim.Server{}}
	org, echo := startOrg(t, front.server, front, nil), StartEcho(t)
	file := filepath.Join(t.TempDir(), "secret")
	written := 0
	put := func(lines ...string) {
		t.Helper()
		written++
		// As Kubernetes does it: another file in the place of the old one.
		if err := os.WriteFile(file+".new", []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	put(first)
	front.accept(first)
	gate := strings.Replace(GateBlock(org, "recheck 1s"), "client_secret "+oktasim.DemoClientSecret, "client_secret_file "+file, 1)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}", gate, "reverse_proxy "+echo.Addr))}
	stays := w.browser()
	stays.SignIn("/", ada, adaPassword)
	works := func(what string) {
		t.Helper()
		w.browser().SignIn("/", grace, gracePassword)
		before := org.Calls()["refresh"]
		rig.Eventually(t, what+": a refresh, by what stands in the file", func() bool {
			if !stays.SignedIn("/") {
				t.Fatalf("%s: signed out", what)
			}
			read := len(w.site.Log.Find("read the client secret again"))
			if read < written-1 { // it is looked at once a second, when it is needed
				before = org.Calls()["refresh"]
			}
			return org.Calls()["refresh"] > before
		})
	}
	works("one secret")
	front.accept(first, second)
	works("Okta has a second one")
	put(second, first)
	works("so has the file")
	front.accept(second)
	works("Okta withdraws the first one")
	put(second)
	works("and so does the file")
	// In one stroke, with no time in which both are good: the file comes first.
	put(third, second)
	works("the file has the next one too early")
	front.accept(third)
	works("Okta has the next one")
	put(third)
	works("and only that")
	if lines := w.site.Log.Find("sign-in did not work"); len(lines) > 0 {
		t.Errorf("sign-ins have failed: %v", lines)
	}
	if lines := w.site.Log.Find("refreshing a session failed"); len(lines) > 0 {
		t.Errorf("refreshes have failed: %v", lines)
	}
	for _, secret := range []string{first, second, third} {
		if strings.Contains(w.site.Log.String(), secret) {
			t.Error("a client secret is in the log")
		}
	}
	if front.refused == 0 {
		t.Error("the story is not what it says: Okta refused no secret")
	}
	t.Logf("Okta was offered a secret %d times that it did not take, and the next one then", front.refused)
}
