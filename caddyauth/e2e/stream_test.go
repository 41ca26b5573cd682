package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// stream is a connection that stays open: a websocket, or an event stream.
type stream struct {
	t    testing.TB
	conn net.Conn
	cut  chan struct{} // closed when the other side has ended it
	got  chan string   // what came, for websockets
}

// streamKinds are the requests that ask for one.
var streamKinds = map[string]string{
	"websocket":    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
	"event stream": "Accept: text/event-stream\r\n",
}

// answerStreams makes the application begin an event stream for whoever wants one.
func answerStreams(r *EchoRequest) string {
	switch {
	case strings.Contains(strings.Join(r.Values("Accept"), ""), "text/event-stream"):
		return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n"
	case r.Target() == "/download": // its end never comes
		return "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("a part ", 20_000)
	}
	return ""
}

// open asks for a stream with the browser's cookies; nil where the site refuses.
func (s *Site) open(kind, cookie string) *stream {
	s.t.Helper()
	conn := s.Dial()
	target := "/stream"
	if kind == "download" {
		target = "/download"
	}
	_, _ = io.WriteString(conn, "GET "+target+" HTTP/1.1\r\nHost: localhost\r\n"+streamKinds[kind]+"Cookie: "+cookie+"\r\n\r\n")
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols && resp.StatusCode != http.StatusOK {
		conn.Close()
		return nil
	}
	_ = conn.SetDeadline(time.Time{})
	o := &stream{t: s.t, conn: conn, cut: make(chan struct{}), got: make(chan string, 100)}
	s.t.Cleanup(func() { conn.Close() })
	go func() {
		defer close(o.cut)
		buf := make([]byte, len("ping")) // which may come in parts
		for {
			if _, err := io.ReadFull(in, buf); err != nil {
				return
			}
			if kind == "websocket" {
				o.got <- string(buf)
			}
		}
	}()
	return o
}

// echoes reports whether a websocket still brings bytes to the application and back.
func (o *stream) echoes() bool {
	if _, err := io.WriteString(o.conn, "ping"); err != nil {
		return false
	}
	select {
	case got := <-o.got:
		return got == "ping"
	case <-o.cut:
		return false
	case <-time.After(patience):
		return false
	}
}

func (o *stream) open() bool {
	select {
	case <-o.cut:
		return false
	default:
		return true
	}
}

// mustBeCut waits until the stream is.
func (o *stream) mustBeCut(what string) {
	o.t.Helper()
	begun := time.Now()
	select {
	case <-o.cut:
		o.t.Logf("%s: cut after %s", what, time.Since(begun).Round(time.Millisecond))
	case <-time.After(patience):
		o.t.Errorf("%s: still open after %s", what, patience)
	}
}

func newStreamWorld(t *testing.T, lines ...string) *world {
	t.Helper()
	w := newWorld(t, lines...)
	w.echo.Answer(answerStreams)
	return w
}

func (w *world) cookieOf(b *Browser) string { return b.Jar.For(mustParse(w.site.URL)) }

// Websockets and event streams open for who is signed in, and are cut when the
// session ends: by sign-out, by an administrator, by Okta. Those of others stay.
//
// Rows: F-31, S-31.
func TestF31_StreamsEndWithTheSession(t *testing.T) {
	t.Parallel()
	w := newStreamWorld(t)
	bystander := w.browser()
	bystander.SignIn("/", grace, gracePassword)
	stays := w.site.open("websocket", w.cookieOf(bystander))
	for kind := range streamKinds {
		if w.site.open(kind, "") != nil || w.site.open(kind, "okta_auth=1.x") != nil {
			t.Errorf("a %s opens for nobody", kind)
		}
		for what, end := range map[string]func(*Browser){
			"sign-out":         func(b *Browser) { b.signOut("/.okta/signout") },
			"an administrator": func(*Browser) { w.site.revoke("login=" + ada) },
			"Okta": func(*Browser) {
				if got := w.org.universalLogout(w.site.URL+universalLogoutPath, "email", ada); got != http.StatusNoContent {
					t.Errorf("Universal Logout: %d", got)
				}
			},
		} {
			b := w.signedIn()
			cookie := w.cookieOf(b)
			o := w.site.open(kind, cookie)
			if o == nil || kind == "websocket" && !o.echoes() || !o.open() {
				t.Fatalf("before it is to be cut by %s, a %s does not open: got an answer %v", what, kind, o != nil)
			}
			end(b)
			o.mustBeCut(kind + ", by " + what)
			if w.site.open(kind, cookie) != nil {
				t.Errorf("a %s opens for who is signed out", kind)
			}
		}
	}
	if stays == nil || !stays.echoes() {
		t.Error("another user's stream was cut")
	}
}

// On another replica a stream is cut when that has learned of it.
//
// Rows: F-31.
func TestF31_StreamsOnAnotherReplica(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{"storage": "session cookie", "redis": StartRedis(t).session()} {
		w := newTwins(t, line)
		w.echo.Answer(answerStreams)
		b := w.signedInAt(0, ada, adaPassword)
		cookie := b.Jar.For(mustParse(whatTwinsAreCalled))
		ws, events := w.sites[1].open("websocket", cookie), w.sites[1].open("event stream", cookie)
		if ws == nil || events == nil {
			t.Fatalf("%s: the other replica does not know the session", name)
		}
		b.signOut("/.okta/signout")
		ws.mustBeCut(name + ": websocket on another replica")
		events.mustBeCut(name + ": event stream on another replica")
	}
}

// A stream is cut at the end of the session's lifetime. That nobody clicks cuts
// none, and a stream is no use of the session. What is just long, a download, runs
// to its end.
//
// Rows: F-31, S-31.
func TestF31_StreamsAndTime(t *testing.T) {
	t.Parallel()
	w := newStreamWorld(t, "lifetime 16s", "idle 6s")
	b := w.signedIn()
	cookie := w.cookieOf(b)
	ws, events, download := w.site.open("websocket", cookie), w.site.open("event stream", cookie), w.site.open("download", cookie)
	if ws == nil || events == nil || download == nil {
		t.Fatal("no stream was opened")
	}
	rig.Eventually(t, "the session that is not used ends", func() bool {
		passed, _ := w.asks("okta_auth=" + strings.Split(strings.TrimPrefix(cookie[strings.Index(cookie, "okta_auth="):], "okta_auth="), ";")[0])
		return !passed || !ws.open()
	})
	if !ws.open() || !events.open() || !ws.echoes() {
		t.Error("a stream was cut because the session was not used")
	}
	ws.mustBeCut("websocket at the end of the lifetime")
	events.mustBeCut("event stream at the end of the lifetime")
	if !download.open() {
		t.Error("a download was cut")
	}
}

// While a stream is open nobody may make another request, so nobody would ask Okta:
// a user who was suspended kept a websocket for as long as a session lasts.
//
// Rows: F-31, F-35.
func TestF35_SuspendedUserKeepsNoStream(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"cookie", "memory"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			w := newStreamWorld(t, "session "+store, "recheck 2s")
			b := w.signedIn()
			ws := w.site.open("websocket", w.cookieOf(b))
			rig.Eventually(t, "the session is refreshed behind the stream", func() bool { return w.org.Calls()["refresh"] >= 2 })
			if !ws.echoes() {
				t.Error("a stream was cut while its user is in good standing")
			}
			w.org.PatchUser(ada, map[string]any{"status": oktasim.Suspended})
			ws.mustBeCut("websocket of a suspended user")
		})
	}
}

// Nor does one who has left the group that the stream was open to, or whose sign-in
// has become too old for it. Who is still in it keeps theirs.
//
// Rows: F-31, F-35.
func TestF35_WhoMayNoLongerPassKeepsNoStream(t *testing.T) {
	t.Parallel()
	t.Run("left the group", func(t *testing.T) {
		t.Parallel()
		w := newStreamWorld(t, "recheck 2s", "allow group Finance Auditors")
		b, stays := w.signedIn(), w.browser()
		stays.SignIn("/", grace, gracePassword)
		ws, other := w.site.open("websocket", w.cookieOf(b)), w.site.open("websocket", w.cookieOf(stays))
		rig.Eventually(t, "the sessions are refreshed behind the streams", func() bool { return w.org.Calls()["refresh"] >= 3 })
		if !ws.echoes() {
			t.Error("a stream was cut while its user may pass")
		}
		w.org.PatchUser(ada, map[string]any{"groups": []string{"Everyone", "Engineering"}})
		ws.mustBeCut("websocket of a user who has left the group")
		if !other.echoes() {
			t.Error("the stream of somebody else was cut")
		}
	})
	t.Run("signed in too long ago", func(t *testing.T) {
		t.Parallel()
		w := newStreamWorld(t, "allow signed_in_within 10s")
		b := w.signedIn()
		ws, events := w.site.open("websocket", w.cookieOf(b)), w.site.open("event stream", w.cookieOf(b))
		if ws == nil || events == nil {
			t.Fatal("no stream was opened")
		}
		ws.mustBeCut("websocket")
		events.mustBeCut("event stream")
	})
}

// A stream is no way around what ends a request: Okta gives no answer for longer than
// the grace, or the session's record has been taken out of Redis.
//
// Rows: F-31, F-03.
func TestF31_StreamsEndWhereRequestsDo(t *testing.T) {
	t.Parallel()
	redis := StartRedis(t)
	for name, c := range map[string]struct {
		line string
		end  func(*world)
	}{
		"an outage":        {"session cookie", func(w *world) { w.org.Faults(Fault{Endpoint: "refresh", Status: 503}) }},
		"a record removed": {redis.session(), func(*world) { redis.Do("FLUSHALL") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStreamWorld(t, c.line, "recheck 2s", "okta_down_grace 1s")
			b := w.signedIn()
			ws := w.site.open("websocket", w.cookieOf(b))
			rig.Eventually(t, "the session is refreshed behind the stream", func() bool { return w.org.Calls()["refresh"] >= 1 })
			if !ws.echoes() {
				t.Error("a stream was cut while all is well")
			}
			c.end(w)
			ws.mustBeCut("websocket")
		})
	}
}

// A reload does with streams what Caddy does: reverse_proxy closes websockets, at
// once or after its stream_close_delay. One that is kept is cut with the session
// all the same, though its gate is an old one.
//
// Rows: F-31.
func TestF31_StreamsOverAReload(t *testing.T) {
	t.Parallel()
	w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
	config := func(idle, delay string) string {
		return SiteBlock("http://localhost:{$PORT}", GateBlock(w.org, "idle "+idle), "reverse_proxy "+w.echo.Addr+" {\n"+delay+"\n}")
	}
	w.site = StartSite(t, config("30m", "stream_close_delay 5m"))
	b := w.signedIn()
	o := w.site.open("websocket", w.cookieOf(b))
	if err := w.site.Reload(config("31m", "")); err != nil {
		t.Fatal(err)
	}
	if !o.echoes() {
		t.Error("stream_close_delay does not keep the websocket")
	}
	after := w.site.open("websocket", w.cookieOf(b))
	if err := w.site.Reload(config("32m", "")); err != nil {
		t.Fatal(err)
	}
	after.mustBeCut("websocket without stream_close_delay, by a reload")
	if !o.echoes() {
		t.Error("the second reload cuts what the first one kept")
	}
	b.signOut("/.okta/signout")
	o.mustBeCut("websocket of two configs ago, by sign-out")
}

// A thousand streams at once: what each costs is told, all of them are cut, and no
// goroutine is left.
//
// Rows: F-31.
func TestF31_AThousandStreams(t *testing.T) {
	t.Parallel()
	w := newStreamWorld(t)
	b := w.signedIn()
	cookie := w.cookieOf(b)
	goroutines, memory := w.site.countGoroutines(), w.site.memory()
	const n = 1000
	var all []*stream
	for range n {
		o := w.site.open("websocket", cookie)
		if o == nil {
			t.Fatalf("only %d open", len(all))
		}
		all = append(all, o)
	}
	t.Logf("each of %d websockets, Caddy's part included: %.1f goroutines, %.1f KB", n, float64(w.site.countGoroutines()-goroutines)/n, float64(w.site.memory()-memory)/n/1024)
	b.signOut("/.okta/signout")
	for _, o := range all {
		select {
		case <-o.cut:
		case <-time.After(patience):
			t.Fatal("a stream is still open")
		}
	}
	rig.Eventually(t, "no goroutine is left", func() bool { return w.site.countGoroutines() <= goroutines+10 })
}

// goroutines of the process, by the profile on Caddy's admin endpoint.
func (s *Site) goroutines() string {
	s.t.Helper()
	_, profile := s.adminRequest(http.MethodGet, "/debug/pprof/goroutine?debug=1", "text/plain", "")
	return profile
}

func (s *Site) countGoroutines() (total int) {
	s.t.Helper()
	if _, err := fmt.Sscanf(s.goroutines(), "goroutine profile: total %d", &total); err != nil {
		s.t.Fatal(err)
	}
	return total
}

// memory of the process that is in RAM, in bytes; 0 where that is not told.
func (s *Site) memory() int {
	s.t.Helper()
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.cmd.Process.Pid))
	fields := strings.Fields(string(status))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return pages * os.Getpagesize()
}
