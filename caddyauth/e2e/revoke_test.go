package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// twins are two replicas of one application with TLS, which share what the test
// says: Caddy's storage, and Redis if they keep sessions there.
type twins struct {
	*world
	sites [2]*Site
}

// whatTwinsAreCalled is the address of both.
const whatTwinsAreCalled = "https://localhost"

func newTwins(t *testing.T, lines ...string) *twins {
	t.Helper()
	w := &twins{world: &world{T: t, org: StartOrg(t), echo: StartEcho(t)}}
	storage := WithStorage(filepath.Join(t.TempDir(), "shared"))
	lines = append(lines, "public_url "+whatTwinsAreCalled)
	for i := range w.sites {
		w.sites[i] = StartSite(t, SiteBlock("https://localhost:{$PORT}", "tls internal", GateBlock(w.org, lines...), "reverse_proxy "+w.echo.Addr), storage)
	}
	w.site = w.sites[0]
	return w
}

// at is a browser that a balancer has sent to one of them, by HTTP/2 or by 1.1.
func (w *twins) at(i int, http2 bool) *Browser {
	w.Helper()
	site := w.sites[i]
	return newBrowser(w.T, whatTwinsAreCalled, &http.Transport{
		ForceAttemptHTTP2: http2, TLSClientConfig: site.TLS(), DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", site.Addr)
		},
	})
}

func (w *twins) signedInAt(i int, login, password string) *Browser {
	w.Helper()
	b := w.at(i, true)
	b.SignIn("/", login, password)
	return b
}

// me is what /.okta/me tells a program with the browser's session.
func (b *Browser) me() (me struct{ User, Sub, Email, Session string }) {
	b.t.Helper()
	if got := b.Get("/.okta/me"); json.Unmarshal([]byte(got.Body), &me) != nil || got.Status != http.StatusOK {
		b.t.Fatalf("/.okta/me: %d %s", got.Status, got.Body)
	}
	return me
}

// lastAccepted is for how long requests of the browser still pass.
func (b *Browser) lastAccepted(since time.Time) time.Duration {
	b.t.Helper()
	last := time.Duration(0)
	rig.Eventually(b.t, "the session is over", func() bool {
		asked := time.Since(since)
		if !b.SignedIn("/") {
			return true
		}
		last = asked
		return false
	})
	return last
}

// An administrator ends a session, or all of a user's, or everybody's, at one
// replica. There it is over when the command is; at the other replica that shares
// Redis or Caddy's storage, within seconds. Nobody else is signed out, and the
// user who signs in again at once is in.
//
// Rows: S-37.
func TestS37_RevocationOnEveryReplica(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"cookie", "memory", "redis"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			line := "session " + store
			if store == "redis" {
				line = StartRedis(t).session()
			}
			w := newTwins(t, line)
			for _, kind := range []string{"session", "subject", "login", "email", "all"} {
				here, there := w.signedInAt(0, ada, adaPassword), w.signedInAt(1, ada, adaPassword)
				others := w.signedInAt(1, grace, gracePassword)
				query := map[string]string{
					"session": "session=" + there.me().Session, "subject": "subject=" + url.QueryEscape(there.me().Sub),
					"login": "login=Ada@Example.COM", "email": "email=ADA@example.com", "all": "all=true",
				}[kind]
				w.sites[0].revoke(query)
				begun := time.Now()
				if kind != "session" {
					if here.SignedIn("/") {
						t.Errorf("%s: where it was revoked, the session goes on", kind)
					}
					here.SignIn("/", ada, adaPassword)
				} else if !here.SignedIn("/") {
					t.Error("another session of the user was ended")
				}
				last := there.lastAccepted(begun)
				t.Logf("%s, by %s: the last request that the other replica let pass was asked %s after the revocation", store, kind, last.Round(time.Millisecond))
				if others.SignedIn("/") == (kind == "all") {
					t.Errorf("%s: another user's session goes on: %v", kind, kind == "all")
				}
				there.SignIn("/", ada, adaPassword)
				if !here.SignedIn("/") || !there.SignedIn("/") {
					t.Errorf("%s: who has signed in since is signed out", kind)
				}
			}
		})
	}
}

// A replica that was down when a session was ended knows of it before its first
// request, and so does one that was started anew after it.
//
// Rows: S-37, S-26.
func TestS37_RevocationIsNotForgotten(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"cookie", "redis"} {
		line := "session " + store
		if store == "redis" {
			line = StartRedis(t).session()
		}
		w := newTwins(t, line)
		early, late := w.signedInAt(0, ada, adaPassword), w.signedInAt(1, grace, gracePassword)
		w.sites[1].Stop()
		w.sites[0].revoke("email=" + ada)
		w.sites[1].Start()
		copied := w.at(1, true)
		copied.Jar = early.Jar.Copy()
		if copied.SignedIn("/") {
			t.Errorf("%s: the replica that was down lets an ended session in", store)
		}
		if !late.SignedIn("/") {
			t.Errorf("%s: another user was signed out", store)
		}
		w.sites[0].Restart()
		if early.SignedIn("/") {
			t.Errorf("%s: the replica that was started anew has forgotten", store)
		}
	}
}

// The jar is copied, the user signs out. On the other replica the copy is worth
// nothing within the bound: over HTTP/1.1, over HTTP/2, for a websocket.
//
// Rows: ToB-9, S-26.
func TestToB9_CopiedSessionOnAnotherReplica(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"cookie", "redis"} {
		line := "session " + store
		if store == "redis" {
			line = StartRedis(t).session()
		}
		w := newTwins(t, line)
		b := w.signedInAt(0, ada, adaPassword)
		first, second := w.at(1, false), w.at(1, true)
		first.Jar, second.Jar = b.Jar.Copy(), b.Jar.Copy()
		cookie := b.Jar.For(mustParse(whatTwinsAreCalled))
		websocket := func() int {
			resp, _ := w.sites[1].Raw("GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: " + cookie + "\r\n\r\n")
			return resp.StatusCode
		}
		if !first.SignedIn("/") || !second.SignedIn("/") || websocket() != http.StatusSwitchingProtocols {
			t.Fatalf("%s: the other replica does not know the session to begin with", store)
		}
		if proto := second.Get("/").Proto; proto != "HTTP/2.0" {
			t.Fatalf("that was %s", proto)
		}
		b.signOut("/.okta/signout")
		begun := time.Now()
		t.Logf("%s: the last request with a copied cookie was let pass %s after sign-out", store, first.lastAccepted(begun).Round(time.Millisecond))
		for range 5 {
			if first.SignedIn("/") || second.SignedIn("/") || websocket() != http.StatusUnauthorized {
				t.Fatalf("%s: the copy works again", store)
			}
		}
	}
}

// Who is signed out everywhere and signs in again the next moment stays signed in,
// on every replica, though times are kept coarsely: there is no loop.
func TestSignInRightAfterRevocation(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"cookie", "memory"} {
		w := newWorld(t, "session "+store)
		b := w.browser()
		for i := range 10 {
			w.site.revoke("email=" + ada)
			b.SignIn(fmt.Sprintf("/%d", i), ada, adaPassword)
			if !b.SignedIn("/") {
				t.Fatalf("%s: signed out again after the sign-in number %d", store, i)
			}
		}
		// The config is loaded again, with marks in force.
		if err := w.site.Reload(Caddyfile(w.org, w.echo, "session "+store, "idle 59m")); err != nil {
			t.Fatal(err)
		}
		if !b.SignedIn("/") {
			t.Errorf("%s: signed out by a reload", store)
		}
	}
}

// A process that shares its marks with nobody says so when it starts.
func TestRevocationOfOneProcessIsWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "revocation process")
	b := w.signedIn()
	w.site.revoke("email=" + ada)
	if b.SignedIn("/") {
		t.Error("the session goes on")
	}
	if len(w.site.Log.Find("revocation process: sessions that are ended early here go on")) != 1 {
		t.Error("the log does not warn")
	}
	if text, err := w.site.command("list"); err != nil || !strings.Contains(text, "1 revocations in force, of this process alone") {
		t.Errorf("the list: %v\n%s", err, text)
	}
}

// Marks are needed for as long as the longest session of any site of the
// application lasts: one site's short sessions end no mark that another's need.
func TestMarksLastAsLongAsAnySitesSessions(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t,
		SiteBlock("http://localhost:{$PORT}", GateBlock(org, "lifetime 7s", "idle 6s"), "reverse_proxy "+echo.Addr)+
			SiteBlock("http://localhost:{$PORT2}", GateBlock(org), "reverse_proxy "+echo.Addr))}
	long := newBrowser(t, w.site.URLOf(2), http.DefaultTransport)
	long.SignIn("/", ada, adaPassword)
	short := w.signedIn()
	if status, body := w.site.admin(http.MethodDelete, "email="+ada+"&site="+url.QueryEscape(w.site.URL)); status != http.StatusOK {
		t.Fatalf("revoke: %d %s", status, body)
	}
	begun := time.Now()
	rig.Eventually(t, "a mark of the short site's would have ended", func() bool {
		if long.SignedIn("/") || short.SignedIn("/") {
			t.Fatalf("an ended session is back after %s", time.Since(begun))
		}
		return time.Since(begun) > 9*time.Second
	})
	if strings.Contains(w.site.Log.String(), "other processes do not know yet") {
		t.Error("the journal does not take marks")
	}
}
