package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// The server ends a session that is not used, and keeps one that is.
//
// Rows: S-31.
func TestS31_IdleSessionsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "idle 6s") // a busy machine pauses for seconds, which is no use
	b := w.signedIn()
	unused := b.Jar.Get("okta_auth").String()
	rig.Eventually(t, "the cookie of a session that nobody uses is refused", func() bool {
		if !b.SignedIn("/") {
			t.Fatal("a session in constant use has ended")
		}
		passed, _ := w.asks(unused)
		return !passed
	})
	if !b.SignedIn("/") {
		t.Error("the session in use has ended with it")
	}
	// And a person who was away signs in again where they were.
	b.Jar.Get("okta_auth").Value = unused[len("okta_auth="):]
	if b.Open("/away").Status != http.StatusUnauthorized || b.Page == nil {
		t.Errorf("after the idle time: %d", b.Last.Status)
	}
	b.Submit("identify", credentials()...)
	if b.URL != w.site.URL+"/away" || !b.SignedIn("/") {
		t.Error("no way back in")
	}
}

// No use keeps a session beyond its lifetime.
//
// Rows: S-31.
func TestS31_LifetimeEndsSessionsInConstantUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "lifetime 3s", "idle 2s")
	b := w.signedIn()
	renewed := b.Jar.Get("okta_auth").Value
	rig.Eventually(t, "a session in constant use ends", func() bool {
		answer := b.Get("/")
		if now := b.Jar.Get("okta_auth"); now != nil {
			renewed = now.Value
		}
		return answer.Status == http.StatusUnauthorized
	})
	if passed, _ := w.asks("okta_auth=" + renewed); passed {
		t.Error("the last cookie of it is still good")
	}
}

// A response with a renewed cookie is kept by no shared cache: the session would
// be everybody's. The cookie is not left out instead: an application that sends
// Cache-Control with every answer would lose its sessions.
func TestRenewedCookieNeverRidesOnACacheableResponse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "idle 8s")
	b := w.signedIn()
	first := "okta_auth=" + b.Jar.Get("okta_auth").Value
	get := func(target string) *http.Response {
		resp, _ := w.site.Raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " + first + "\r\n\r\n")
		return resp
	}
	w.echo.Answer(func(r *EchoRequest) string {
		if r.Target() == "/shared" {
			return RawAnswer(200, "x", "Cache-Control: public, max-age=3600")
		}
		return RawAnswer(200, "x")
	})
	rig.Eventually(t, "the session is renewed", func() bool { return len(get("/own").Header["Set-Cookie"]) > 0 })
	if got := get("/own").Header.Get("Cache-Control"); got != "private" && got != "no-store" {
		t.Errorf("a response with our cookie has Cache-Control %q", got)
	}
	shared := get("/shared").Header
	if got := shared.Get("Cache-Control"); len(shared["Set-Cookie"]) == 0 || got != "private, max-age=3600" {
		t.Errorf("where the application allows caches, our cookie (%d of them) comes with Cache-Control %q", len(shared["Set-Cookie"]), got)
	}
}

// In every store: who is away for the idle time is signed out, and so is who is
// away while a page of theirs polls an address that does not count as use; nobody
// who works is, until the lifetime ends.
//
// Rows: S-31.
func TestS31_LimitsInEveryStore(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, _ string, lines []string, _ *Redis) {
		w := newWorld(t, append(lines, "idle 6s", "lifetime 20s", "idle_exclude /poll/*")...)
		away, polling, working := w.browser(), w.browser(), w.browser()
		for _, b := range []*Browser{away, polling, working} {
			b.SignIn("/", ada, adaPassword)
		}
		rig.Eventually(t, "a page that polls keeps nobody signed in", func() bool {
			if !working.SignedIn("/") {
				t.Fatal("a session in constant use has ended")
			}
			return polling.Get("/poll/x").Status == http.StatusUnauthorized
		})
		if away.SignedIn("/") {
			t.Error("a session that nobody uses is good")
		}
		if !working.SignedIn("/poll/x") {
			t.Error("one in use is not, where use does not count")
		}
		rig.Eventually(t, "the lifetime ends a session in constant use", func() bool { return working.Get("/").Status == http.StatusUnauthorized })
		if working.Open("/where"); working.Page == nil || len(working.History) != 1 {
			t.Errorf("a person sees %d by %q", working.Last.Status, working.History)
		}
	})
}

// Okta lets users ask to be kept signed in, with a box on the first page or with a
// question at the end. That is Okta's own session, and lengthens nothing here; with
// "remember" it does, for those who asked, over idle times and the end of the
// browser.
//
// Rows: S-31.
func TestS31_KeepMeSignedIn(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, _ string, lines []string, _ *Redis) {
		short := []string{"idle 2s", "lifetime 4s"}
		for name, remember := range map[string][]string{"by default": nil, "with remember": {"remember 2h"}} {
			w := newWorld(t, append(append(short, lines...), remember...)...)
			box, question, neither := w.browser(), w.browser(), w.browser()
			box.Open("/")
			box.Submit("identify", append(credentials(), "rememberMe", "true")...)
			w.org.SetPolicy(oktasim.Policy{KeepSignedIn: true})
			for b, answer := range map[*Browser]string{question: "true", neither: "false"} {
				b.Open("/")
				b.Submit("identify", credentials()...)
				b.Submit("keep-me-signed-in", "keepMeSignedIn", answer)
			}
			want := map[*Browser]int{}
			if remember != nil {
				want = map[*Browser]int{box: 2 * 60 * 60, question: 2 * 60 * 60}
			}
			for what, b := range map[string]*Browser{"box": box, "question": question, "neither": neither} {
				if b.Last.Status != http.StatusOK || !strings.Contains(b.Last.Body, UpstreamMark) {
					t.Fatalf("%s, %s: %d %v", name, what, b.Last.Status, b.Page)
				}
				if got := b.Jar.Get("okta_auth").MaxAge; got != want[b] && (want[b] == 0 || got < want[b]-60 || got > want[b]) {
					t.Errorf("%s, %s: the cookie is kept for %d s, not %d", name, what, got, want[b])
				}
			}
			rig.Eventually(t, "who did not ask is signed out", func() bool { return !neither.SignedIn("/") })
			for what, b := range map[string]*Browser{"box": box, "question": question} {
				switch {
				case remember == nil:
					rig.Eventually(t, "by default, so is who asked by the "+what, func() bool { return !b.SignedIn("/") })
				case !b.SignedIn("/"):
					t.Errorf("%s: signed out after the idle time and the lifetime", what)
				}
			}
		}
	})
}
