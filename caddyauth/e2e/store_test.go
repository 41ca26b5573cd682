package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// inEveryStore runs a test once for each place where sessions can be kept. lines
// are the subdirectives that choose it; redis is nil but for redis.
func inEveryStore(t *testing.T, run func(t *testing.T, store string, lines []string, redis *Redis)) {
	t.Helper()
	t.Run("cookie", func(t *testing.T) { t.Parallel(); run(t, "cookie", []string{"session cookie"}, nil) })
	t.Run("memory", func(t *testing.T) { t.Parallel(); run(t, "memory", []string{"session memory"}, nil) })
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		redis := StartRedis(t)
		run(t, "redis", []string{redis.session()}, redis)
	})
}

// fullFigures tells that a test is to run with the figures that operators are
// promised, and not with those that show the same in a few seconds.
func fullFigures() bool { return os.Getenv("CADDY_OKTA_FULL") != "" }

func choose(small, full int) int {
	if fullFigures() {
		return full
	}
	return small
}

// adminRequest asks the site's admin endpoint.
func (s *Site) adminRequest(method, path, contentType, body string) (status int, answer string) {
	s.t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.socket())
	}}
	req, err := http.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := (&http.Client{Timeout: patience, Transport: transport}).Do(req)
	if err != nil {
		s.t.Fatalf("admin: %s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(content)
}

// load gives the running process another Caddyfile over its admin endpoint, without
// another process as Reload has it.
func (s *Site) load(caddyfile string) error {
	s.t.Helper()
	s.write(caddyfile)
	content, err := os.ReadFile(s.config())
	if err != nil {
		s.t.Fatal(err)
	}
	if status, answer := s.adminRequest(http.MethodPost, "/load", "text/caddyfile", string(content)); status != http.StatusOK {
		return fmt.Errorf("%d: %s", status, answer)
	}
	return nil
}

// A person signs in at a deep link and works on. A restart of the server goes
// unnoticed where the session is kept outside of the process; kept in it, it costs
// one sign-in, at the address where the person is.
func TestPersonInEveryStore(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, store string, lines []string, _ *Redis) {
		w := newWorld(t, lines...)
		b, pending := w.browser(), w.browser()
		b.SignIn("/deep/link?x=1&y=%2F", ada, adaPassword)
		if b.URL != w.site.URL+"/deep/link?x=1&y=%2F" || toldUser(b.Last) != ada {
			t.Errorf("ended at %s as %q", b.URL, toldUser(b.Last))
		}
		w.org.Policy("second_page")
		pending.Open("/pending")
		pending.Submit("identify", "identifier", grace)
		w.org.ResetCalls()
		for range 5 {
			if answer := b.Get("/"); toldUser(answer) != ada || toldHeader(answer, "Cookie") != "" {
				t.Errorf("%d as %q, with the cookies %q", answer.Status, toldUser(answer), toldHeader(answer, "Cookie"))
			}
		}
		w.expectCalls(map[string]int{})

		w.site.Restart()
		if kept := b.SignedIn("/"); kept != (store != "memory") {
			t.Errorf("signed in after a restart: %v", kept)
		}
		if store == "memory" {
			if b.Open("/was/here"); b.Last.Status != http.StatusUnauthorized || len(b.History) != 1 {
				t.Errorf("after a restart: %d by %q", b.Last.Status, b.History)
			}
			b.Submit("identify", "identifier", ada)
			b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
			if b.URL != w.site.URL+"/was/here" || !b.SignedIn("/") {
				t.Errorf("after one sign-in: %s %d", b.URL, b.Last.Status)
			}
		}
		pending.Submit("challenge-authenticator", "credentials/passcode", gracePassword)
		if pending.URL != w.site.URL+"/pending" || toldUser(pending.Last) != grace {
			t.Errorf("the sign-in under way: %s %d", pending.URL, pending.Last.Status)
		}
		for _, line := range w.site.Log.Lines() {
			if line["level"] == "error" {
				t.Errorf("the log has an error: %v", line)
			}
		}
	})
}

// The config is reloaded over and over while people work: all stay signed in, no
// request fails, and Okta hears nothing of it.
//
// Rows: F-19.
func TestF19_ReloadsLoseNoSession(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, store string, lines []string, _ *Redis) {
		w := newWorld(t, lines...)
		reloads, people := choose(15, 100), choose(4, 20)
		var browsers []*Browser
		for n := range people {
			u := user(fmt.Sprintf("person%02d@example.com", n), "password of a person")
			w.org.AddUser(u)
			b := w.browser()
			b.client.Transport = tlsProxy{w.site.Addr, freshConnections}
			b.SignIn("/", u.Login, u.Password)
			browsers = append(browsers, b)
		}
		w.org.ResetCalls()
		config := Caddyfile(w.org, w.echo, lines...)
		stop := make(chan struct{})
		var working sync.WaitGroup
		var served, lost atomic.Int64
		for n, b := range browsers {
			working.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					answer, err := b.try(b.Request("GET", "/work", "", navigation...))
					if err != nil {
						continue // Caddy has closed the listener whose queue it was in
					}
					if toldUser(answer) != fmt.Sprintf("person%02d@example.com", n) {
						lost.Add(1)
						t.Errorf("person %d: %+v", n, answer)
						return
					}
					served.Add(1)
				}
			})
		}
		for n := range reloads {
			if err := w.site.load(strings.Replace(config, "okta_auth {", fmt.Sprintf("header X-Config %d\nokta_auth {", n), 1)); err != nil {
				t.Errorf("reload %d: %v", n, err)
			}
			before := served.Load()
			rig.Eventually(t, "people go on with their work", func() bool { return served.Load() > before || lost.Load() > 0 })
		}
		close(stop)
		working.Wait()
		w.site.settle()
		for n, b := range browsers {
			if answer := b.Get("/"); toldUser(answer) != fmt.Sprintf("person%02d@example.com", n) || answer.Header.Get("X-Config") != fmt.Sprint(reloads-1) {
				lost.Add(1)
				t.Errorf("person %d: %d with config %q", n, answer.Status, answer.Header.Get("X-Config"))
			}
		}
		w.expectCalls(map[string]int{})
		t.Logf("%s: %d sessions, %d reloads, %d requests: %d lost", store, people, reloads, served.Load(), lost.Load())
	})
}

// A user of no, some, many and very many groups. The application is told of all of
// them, never of some. Where they do not fit into the session nobody is signed in,
// where they do not fit into a header it is not sent, and the log says which claim
// that is about and what to do.
//
// Rows: F-28.
func TestF28_GroupsInEveryStore(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, store string, lines []string, redis *Redis) {
		w := newWorld(t, lines...)
		for _, n := range []int{0, 10, 200, 1000} {
			u := user(fmt.Sprintf("of%d@example.com", n), "password of a member")
			u.Groups = []string{}
			for i := range n {
				u.Groups = append(u.Groups, fmt.Sprintf("Department %d", i))
			}
			w.org.AddUser(u)
			if redis != nil {
				redis.Do("FLUSHALL")
			}
			b := w.browser()
			b.Open("/")
			b.Submit("identify", "identifier", u.Login, "credentials/passcode", u.Password)
			if len(b.Jar.Refused) > 0 {
				t.Errorf("%d groups: the browser refuses cookies: %q", n, b.Jar.Refused)
			}
			if b.Page == nil && b.Last.Status == http.StatusOK {
				told := strings.Join(w.echo.Last(t).Values("X-Forwarded-Groups"), "|")
				if whole := strings.Join(u.Groups, ","); told != whole && (told != "" || len(whole) < 8<<10 || !w.saysWhatToDo("groups")) {
					t.Errorf("%d groups: the application was told of %d bytes: %.80s", n, len(told), told)
				}
				size := fmt.Sprintf("%d bytes of cookie", len(b.Jar.Get("okta_auth").Value))
				if redis != nil {
					size += fmt.Sprintf(", %d bytes of record", redis.keyBytes("*:session:*"))
				}
				t.Logf("%s, %d groups: %s", store, n, size)
				continue
			}
			if n <= 10 {
				t.Errorf("%d groups: %d %v", n, b.Last.Status, b.Page)
			}
			if b.Page == nil || len(b.Page.Messages) == 0 || b.Last.Status < 400 || len(b.History) > 3 || len(w.echo.Requests()) > 0 && toldUser(b.Last) == u.Login {
				t.Errorf("%d groups: %d by %q", n, b.Last.Status, b.History)
			}
			if !w.saysWhatToDo("groups") {
				t.Errorf("%d groups: the log does not say which claim and what to do", n)
			}
			t.Logf("%s, %d groups: a page with %q", store, n, b.Page.Heading)
		}
	})
}

// saysWhatToDo tells whether the log names a claim that is too large, and what to do.
func (w *world) saysWhatToDo(claim string) bool {
	for _, line := range w.site.Log.Lines() {
		if text := fmt.Sprint(line["error"], line["problem"], line["claim"]); strings.Contains(text, claim) && strings.Contains(text, "narrow") {
			return true
		}
	}
	return false
}

// A cookie that is broken in any way, or made for another store, is no session in
// any: never one without an identity. And whoever has it in the browser gets the
// page at once, signs in once, and is rid of it.
//
// Rows: CVE-2026-25748.
func TestCVE_2026_25748_BrokenCookiesInEveryStore(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, store string, lines []string, _ *Redis) {
		w := newWorld(t, lines...)
		b := w.signedIn()
		good := b.Jar.Get("okta_auth").Value
		if passed, _ := w.asks("okta_auth=" + good); !passed {
			t.Fatal("the cookie alone is no session")
		}
		_, token, _ := strings.Cut(good, ".")
		other := w.browser()
		other.SignIn("/", grace, gracePassword)
		_, hers, _ := strings.Cut(other.Jar.Get("okta_auth").Value, ".")
		broken := map[string]string{
			"nothing": "", "cut": good[:len(good)-1], "cut in half": good[:len(good)/2], "longer": good + "A", "padded": good + "=", "twice": good + token,
			"no count": token, "count 0": "0." + token, "count 2": "2." + token, "count 9": "9." + token, "another version": "1.Z" + token[1:], "4097 bytes": "1." + strings.Repeat("A", 4097),
			"not base64": "1.!!!", "NULs": "1." + strings.Repeat("A", len(token)), "made up": "1." + strings.Repeat("x7", 21) + "Q", "halves of two": "1." + token[:len(token)/2] + hers[len(hers)/2:], "upper case": strings.ToUpper(good),
		}
		for i := 0; i < len(token); i += 1 + len(token)/40 {
			broken[fmt.Sprint("changed at ", i)] = "1." + flip(token, i)
		}
		// The last character has bits that mean nothing: another spelling of it is
		// another token.
		broken["another spelling"] = "1." + flip(token, len(token)-1)
		for what, cookie := range broken {
			if passed, status := w.asks("okta_auth=" + cookie); passed || status != http.StatusUnauthorized {
				t.Errorf("%s: passed %v, status %d", what, passed, status)
			}
		}
		for _, what := range []string{"cut", "longer", "made up", "4097 bytes", "count 2"} {
			stuck := w.browser()
			stuck.Jar.Put(mustParse(w.site.URL), &http.Cookie{Name: "okta_auth", Value: broken[what], Path: "/"})
			if stuck.Open("/app"); stuck.Last.Status != http.StatusUnauthorized || len(stuck.History) != 1 || stuck.Jar.Get("okta_auth") != nil {
				t.Errorf("%s: a person sees %d by %q", what, stuck.Last.Status, stuck.History)
			}
			stuck.Submit("identify", credentials()...)
			if stuck.URL != w.site.URL+"/app" || !stuck.SignedIn("/") {
				t.Errorf("%s: after one sign-in at %s: %d", what, stuck.URL, stuck.Last.Status)
			}
		}
	})
}

// An attacker who can plant a cookie plants one that they know: a token that is no
// session yet, or one of a session of theirs that has ended. The victim signs in.
// What was planted is worth nothing, and what the victim has is new.
//
// Rows: S-29, mod_auth_openidc 2026-08-07.
func TestS29_PlantedTokensInEveryStore(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, store string, lines []string, _ *Redis) {
		w := newWorld(t, lines...)
		attacker := w.signedIn()
		ended := attacker.Jar.Get("okta_auth").Value
		attacker.signOut("/.okta/signout")
		_, token, _ := strings.Cut(ended, ".")
		for what, planted := range map[string]string{"an ended session's": ended, "a made-up one": "1." + flip(flip(token, 3), 7)} {
			rig.Eventually(t, what+" is no session", func() bool { passed, _ := w.asks("okta_auth=" + planted); return !passed })
			victim := w.browser()
			victim.Jar.Put(mustParse(w.site.URL), &http.Cookie{Name: "okta_auth", Value: planted, Path: "/"})
			victim.SignIn("/", grace, gracePassword)
			if got := victim.Jar.Get("okta_auth").Value; got == planted {
				t.Errorf("%s: the victim's session has the planted token", what)
			}
			if passed, _ := w.asks("okta_auth=" + planted); passed {
				t.Errorf("%s: the planted token has become a session", what)
			}
			if !victim.SignedIn("/") {
				t.Errorf("%s: the victim is not signed in", what)
			}
		}
	})
}

// What a user may read is not for the proxies in between: a response that says
// nothing of caches gets "private", one that does is the application's business,
// and with "upstream_cache keep" so is every other.
func TestResponsesToSignedInUsersArePrivate(t *testing.T) {
	t.Parallel()
	for name, option := range map[string][]string{"default": {"public /public/*"}, "keep": {"public /public/*", "upstream_cache keep"}} {
		w := newWorld(t, option...)
		b := w.signedIn()
		w.echo.Answer(func(r *EchoRequest) string {
			if _, policy, ok := strings.Cut(r.Target(), "?"); ok {
				return RawAnswer(200, "x", "Cache-Control: "+strings.ReplaceAll(policy, "_", " "))
			}
			return RawAnswer(200, "x")
		})
		silent := "private"
		if name == "keep" {
			silent = ""
		}
		for target, want := range map[string]string{"/": silent, "/public/x": "", "/?public,_max-age=60": "public, max-age=60", "/?no-store": "no-store", "/?max-age=5": "max-age=5"} {
			if got := strings.Join(b.Get(target).Header["Cache-Control"], "|"); got != want {
				t.Errorf("%s, %s: Cache-Control %q, not %q", name, target, got, want)
			}
		}
	}
}
