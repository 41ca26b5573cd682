package e2e

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// The org is gone in the middle of a sign-in, in each way that a network knows:
// the user gets one page, what was typed but the password is kept, and the same
// step works once the org is back. Who is signed in notices nothing.
//
// Rows: F-02, F-04.
func TestF02_OrgGoneInTheMiddle(t *testing.T) {
	t.Parallel()
	reset := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}
	for name, misbehave := range map[string]http.HandlerFunc{
		"reset": reset,
		"reset in the body": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"version":`))
			_ = http.NewResponseController(w).Flush()
			reset(w, r)
		},
		"closed": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"one megabyte": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte(" "), 1<<20))
		},
		// It takes the request and never answers, or not to the end: the
		// server's own patience, 10 s, ends it.
		"blackholed": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"a drip": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("{"))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var gone atomic.Bool
			org := StartOrgServer(t, &oktasim.Server{Intercept: func(_ string, w http.ResponseWriter, r *http.Request) bool {
				if gone.Load() {
					_ = r.ParseForm() // the body, so that the end of the call is noticed
					misbehave(w, r)
				}
				return gone.Load()
			}})
			echo := StartEcho(t)
			w := &world{T: t, org: org, echo: echo, site: StartSite(t, Caddyfile(org, echo))}
			in, b := w.signedIn(), w.browser()
			b.Open("/deep?x=1")
			gone.Store(true)
			answered := make(chan struct{})
			go func() {
				defer close(answered)
				b.Submit("identify", credentials()...)
			}()
			for range 20 {
				if !in.SignedIn("/") {
					t.Error("who is signed in notices it")
				}
			}
			<-answered
			if b.Page == nil || len(b.Page.Messages) == 0 || b.URL != w.site.URL+"/deep?x=1" || len(b.History) > 2 {
				t.Fatalf("%s shows %d by %q", b.URL, b.Last.Status, b.History)
			}
			if strings.Contains(b.Last.Body, adaPassword) {
				t.Error("the page repeats the password")
			}
			if got := b.Form("identify").Value("identifier"); got != ada {
				t.Errorf("what was typed is lost: %q", got)
			}
			gone.Store(false)
			b.Submit("identify", "credentials/passcode", adaPassword)
			if b.URL != w.site.URL+"/deep?x=1" || !b.SignedIn("/") {
				t.Errorf("the same step cannot be tried again: %s %d", b.URL, b.Last.Status)
			}
		})
	}
}

// Nobody listens where the org was: refused at once, and the step works again.
//
// Rows: F-02.
func TestF02_OrgRefusesConnections(t *testing.T) {
	t.Parallel()
	server := &oktasim.Server{}
	// Not one of the system's own choice, which somebody else could be given meanwhile.
	address := "127.0.0.1:" + rig.FreePort(t)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	first := &http.Server{Handler: server}
	t.Cleanup(func() { first.Close() })
	go func() { _ = first.Serve(listener) }()
	echo := StartEcho(t)
	site := StartSite(t, SiteBlock("http://localhost:{$PORT}", "okta_auth {\n issuer http://"+address+"/oauth2/default\n client_id "+oktasim.DemoClientID+
		"\n client_secret "+oktasim.DemoClientSecret+"\n}", "reverse_proxy "+echo.Addr))
	b := NewBrowser(t, site)
	b.Open("/deep")
	first.Close()
	b.Submit("identify", credentials()...)
	if b.Page == nil || len(b.Page.Messages) == 0 || b.Form("identify").Value("identifier") != ada {
		t.Fatalf("while nobody listens: %d", b.Last.Status)
	}
	rig.Eventually(t, "the org's port is free again", func() bool {
		listener, err = net.Listen("tcp", address)
		return err == nil
	})
	startOrg(t, server, server, listener)
	b.Submit("identify", "credentials/passcode", adaPassword)
	if b.URL != site.URL+"/deep" || !b.SignedIn("/") {
		t.Errorf("the same step cannot be tried again: %s %d", b.URL, b.Last.Status)
	}
}

// The clocks of the org and of this machine differ: half a minute is nothing; a
// token from the future or from the past signs nobody in, the user gets a page,
// and the log says that it is the clock.
//
// Rows: F-11, S-16.
func TestF11_ClockSkew(t *testing.T) {
	t.Parallel()
	for skew, good := range map[time.Duration]bool{
		30 * time.Second: true, -30 * time.Second: true, 5 * time.Minute: false, 24 * time.Hour: false, -24 * time.Hour: false,
	} {
		org := StartOrgServer(t, &oktasim.Server{Now: func() time.Time { return time.Now().Add(skew) }})
		echo := StartEcho(t)
		w := &world{T: t, org: org, echo: echo, site: StartSite(t, Caddyfile(org, echo))}
		b := w.browser()
		b.Open("/deep")
		b.Submit("identify", credentials()...)
		if got := b.SignedIn("/"); got != good {
			t.Errorf("%s: signed in %v", skew, got)
		}
		if good {
			continue
		}
		if b.Page == nil || len(b.Page.Messages) == 0 || b.URL != w.site.URL+"/deep" || len(echo.Requests()) > 0 {
			t.Errorf("%s: %s shows %d", skew, b.URL, b.Last.Status)
		}
		if !strings.Contains(w.site.Log.Brief(), "clock") {
			t.Errorf("%s: the log does not say that it is the clock", skew)
		}
	}
}

// What goes wrong at the application is the application's: it is not taken for
// a missing session, and ends none.
//
// Rows: F-34.
func TestF34_ApplicationInTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	for name, c := range map[string]struct {
		answer string
		status int
	}{
		"its own 500":         {RawAnswer(500, "oops"), 500},
		"its own 403":         {RawAnswer(403, "not for you"), 403},
		"no HTTP":             {"SSH-2.0-x\r\n", 502},
		"nothing":             {"\r\n", 502},
		"headers of megabyte": {RawAnswer(200, "x", "X-Huge: "+strings.Repeat("x", 12<<20)), 502},
	} {
		w.echo.Answer(func(*EchoRequest) string { return c.answer })
		answer := b.Do(b.Request("GET", "/", "", navigation...))
		if answer.Status != c.status || len(answer.Header["Set-Cookie"]) > 0 || strings.Contains(answer.Body, "data-remediation") {
			t.Errorf("%s: %d with %q", name, answer.Status, answer.Header)
		}
	}
	w.echo.Answer(nil)
	if !b.SignedIn("/") {
		t.Error("the session has ended")
	}
	if calls := w.org.Calls(); len(calls) > 0 {
		t.Errorf("the org was called: %v", calls)
	}
	b = w.browser()
	w.echo.Answer(func(*EchoRequest) string { return "\r\n" })
	if answer := b.Open("/"); answer.Status != http.StatusUnauthorized || b.Page == nil {
		t.Errorf("without a session: %d", answer.Status)
	}
}

// A form that drips in, a byte now and then, holds its connection for ever: the
// server's patience with a post ends, and others do not wait for it.
//
// Rows: F-25.
func TestF25_DrippingPosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	conns := make([]net.Conn, 20)
	for i := range conns {
		conns[i] = w.site.Dial()
		defer conns[i].Close()
		_, err := io.WriteString(conns[i], "POST /.okta/signin/identify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nidentifier=a")
		if err != nil {
			t.Fatal(err)
		}
	}
	if !b.SignedIn("/") {
		t.Error("who is signed in waits for them")
	}
	for _, conn := range conns {
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode < 400 || resp.StatusCode > 499 {
			t.Errorf("a post without an end: %v, %v", resp, err)
		}
	}
	if calls := w.org.Calls(); len(calls) > 0 {
		t.Errorf("the org was called: %v", calls)
	}
}
