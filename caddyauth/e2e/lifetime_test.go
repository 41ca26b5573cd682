package e2e

import (
	"net/http"
	"testing"
)

// The server ends a session that is not used, and keeps one that is.
//
// Rows: S-31.
func TestS31_IdleSessionsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "idle 3s")
	b := w.signedIn()
	unused := b.Jar.Get("okta_auth").String()
	Eventually(t, "the cookie of a session that nobody uses is refused", func() bool {
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
	Eventually(t, "a session in constant use ends", func() bool {
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
	w := newWorld(t, "idle 4s")
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
	Eventually(t, "the session is renewed", func() bool { return len(get("/own").Header["Set-Cookie"]) > 0 })
	if got := get("/own").Header.Get("Cache-Control"); got != "private" && got != "no-store" {
		t.Errorf("a response with our cookie has Cache-Control %q", got)
	}
	shared := get("/shared").Header
	if got := shared.Get("Cache-Control"); len(shared["Set-Cookie"]) == 0 || got != "private, max-age=3600" {
		t.Errorf("where the application allows caches, our cookie (%d of them) comes with Cache-Control %q", len(shared["Set-Cookie"]), got)
	}
}
