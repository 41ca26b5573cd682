package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// behindBalancer is what browsers call the replicas.
const behindBalancer = "https://app.localhost"

// replicas are servers of one application that have a storage each and share
// the sealing key, behind a load balancer that ends TLS and remembers nobody:
// each request goes to the next one that runs.
type replicas struct {
	*world
	sites []*Site

	mu   sync.Mutex
	turn int // of the site that gets the next request
	last int // that answered the last request; -1: none yet
	// before, if not nil, runs ahead of each request.
	before func(*http.Request)
}

// newReplicas starts one server for each key.
func newReplicas(t *testing.T, keys ...string) *replicas {
	t.Helper()
	return newReplicasOf(t, StartOrg(t), keys...)
}

// newReplicasOf is newReplicas for an org that runs.
func newReplicasOf(t *testing.T, org *Org, keys ...string) *replicas {
	t.Helper()
	return newReplicasWith(t, org, nil, keys...)
}

// newReplicasWith is newReplicasOf with more subdirectives of okta_auth.
func newReplicasWith(t *testing.T, org *Org, lines []string, keys ...string) *replicas {
	t.Helper()
	r := &replicas{world: &world{T: t, org: org, echo: StartEcho(t)}, last: -1}
	for _, key := range keys {
		r.sites = append(r.sites, StartSite(t, r.config(key, lines...)))
	}
	r.site = r.sites[0]
	return r
}

// config is the Caddyfile of a replica; keys are one or more, newest first.
func (r *replicas) config(keys string, lines ...string) string {
	r.Helper()
	lines = append([]string{"public_url " + behindBalancer, "key " + quoteEach(keys)}, lines...)
	return SiteBlock("http://:{$PORT}", GateBlock(r.org, lines...), "reverse_proxy "+r.echo.Addr)
}

// quoteEach quotes keys that are one a line.
func quoteEach(keys string) string {
	var quoted []string
	for key := range strings.SplitSeq(keys, "\n") {
		quoted = append(quoted, fmt.Sprintf("%q", key))
	}
	return strings.Join(quoted, " ")
}

const oneKey, anotherKey = "the key that the replicas share, long enough", "a key that one replica has for itself alone"

func (r *replicas) browser() *Browser { r.Helper(); return newBrowser(r.T, behindBalancer, r) }

// freshConnections: a balancer does not send a request to a process that is gone
// because there was a connection to it once.
var freshConnections = &http.Transport{DisableKeepAlives: true}

// RoundTrip implements http.RoundTripper.
func (r *replicas) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.before != nil {
		r.before(req)
	}
	r.mu.Lock()
	first := r.turn
	r.turn++
	r.mu.Unlock()
	var failed error
	for n := first; n < first+2*len(r.sites); n++ {
		attempt := req.Clone(req.Context())
		if req.GetBody != nil {
			attempt.Body, _ = req.GetBody()
		}
		resp, err := tlsProxy{r.sites[n%len(r.sites)].Addr, freshConnections}.RoundTrip(attempt)
		if err == nil {
			r.mu.Lock()
			r.last = n % len(r.sites)
			r.mu.Unlock()
			return resp, nil
		}
		failed = err
	}
	return nil, failed
}

// screen is what a person sees after a step.
type screen struct {
	Step, Address string
	Status        int
	Heading       string
	Messages      []Message
	Forms         []string
}

// longStory is a sign-in in which everything goes wrong that can be put right:
// wrong passwords, a code that is wrong until Okta has enough of it, another
// user, another code. It returns every screen on the way.
func (r *replicas) longStory() []screen {
	r.Helper()
	r.org.SetPolicy(oktasim.Policy{Password: oktasim.SecondPage, Factors: []string{"email"}, Lockout: 3})
	b := r.browser()
	var seen []screen
	look := func(step string) {
		s := screen{Step: step, Address: b.URL, Status: b.Last.Status, Heading: "the application"}
		if b.Page != nil {
			s.Heading, s.Messages, s.Forms = b.Page.Heading, b.Page.Messages, b.Page.Remediations()
		} else if !strings.Contains(b.Last.Body, UpstreamMark) {
			s.Heading = b.Last.Body
		}
		seen = append(seen, s)
	}
	submit := func(form string, values ...string) { r.Helper(); b.Submit(form, values...); look(form) }

	b.Open("/shared?x=1")
	look("open")
	submit("identify", "identifier", ada)
	submit("challenge-authenticator", "credentials/passcode", "wrong")
	submit("challenge-authenticator", "credentials/passcode", "wrong again")
	submit("challenge-authenticator", "credentials/passcode", adaPassword)
	submit("select-authenticator-authenticate")
	for range 3 {
		submit("challenge-authenticator", "credentials/passcode", "not the code")
	}
	submit("challenge-authenticator", "credentials/passcode", r.org.Code(ada)) // too late
	submit("cancel")
	submit("identify", "identifier", grace)
	submit("challenge-authenticator", "credentials/passcode", gracePassword)
	submit("select-authenticator-authenticate")
	submit("challenge-authenticator", "credentials/passcode", "not the code")
	submit("resend")
	submit("challenge-authenticator", "credentials/passcode", r.org.Code(grace))
	b.Reload()
	look("reload")
	expectHeader(r.T, r.echo.Last(r), "X-Forwarded-User", grace)
	return seen
}

// Two replicas that share the key and nothing else look like one process: the
// same pages, words and statuses at every step.
func TestReplicasLookLikeOneProcess(t *testing.T) {
	t.Parallel()
	want := newReplicas(t, oneKey).longStory()
	got := newReplicas(t, oneKey, oneKey).longStory()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the user sees (-one process +two):\n%s", diff)
	}
	if locked := want[9]; len(locked.Messages) == 0 || locked.Messages[0].Key != "authfactor.challenge.suspended_factor" {
		t.Errorf("the story is not what it says: no lockout in %v", locked)
	}
	if end := want[len(want)-1]; end.Heading != "the application" || end.Address != behindBalancer+"/shared?x=1" {
		t.Errorf("the story ends at %v", end)
	}
}

// A replica that was given another key reads nothing that the others sealed.
// Nobody may be sent in circles by that: the user gets a page that names the
// cause, and the operator a line in the log.
//
// Rows: F-37.
func TestF37_ReplicasWithDifferentKeys(t *testing.T) {
	t.Parallel()
	for name, postsFit := range map[string]bool{
		// Each request meets the replica that the one before did not meet.
		"nothing fits": false,
		// A sign-in is done at one replica, and its end shown by the other.
		"sessions do not fit": true,
	} {
		r := newReplicas(t, oneKey, anotherKey)
		r.before = func(req *http.Request) {
			if r.turn = r.last + 1; postsFit && req.Method == http.MethodPost {
				r.turn = r.last
			}
		}
		b := r.browser()
		b.Open("/app?x=1")
		tries := 0
		for ; b.Page != nil && b.Page.Form("identify") != nil && tries < 10; tries++ {
			b.Submit("identify", credentials()...)
		}
		if b.Page == nil || !strings.Contains(b.Page.Heading, "cookie") || len(b.Page.Messages) == 0 {
			t.Errorf("%s: after %d tries the user sees %d %v", name, tries, b.Last.Status, b.Page)
			continue
		}
		if tries > 3 {
			t.Errorf("%s: only %d sign-ins in a row end on a page that names the cause", name, tries)
		}
		if b.Page.Links[0] != "/app?x=1" {
			t.Errorf("%s: the page leads to %q", name, b.Page.Links)
		}
		var logged []map[string]any
		rig.Eventually(t, "the log tells of it", func() bool {
			logged = append(r.sites[0].Log.Find("in a row"), r.sites[1].Log.Find("in a row")...)
			return len(logged) > 0
		})
		if len(logged) != 1 || !strings.Contains(fmt.Sprint(logged[0]["msg"]), "key") || logged[0]["reason"] != "sign_in_loop" {
			t.Errorf("%s: the log says %v", name, logged)
		}
	}
}
