package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Redis is a real redis-server on loopback that writes each change to its file
// before it answers, so that a crash of it loses nothing. It waits for no disk.
type Redis struct {
	// Addr is its host:port.
	Addr string

	t       testing.TB
	binary  string
	folder  string
	process *rig.Process
}

// StartRedis runs a Redis until the test ends.
func StartRedis(t testing.TB) *Redis {
	t.Helper()
	binary := rig.Need(t, "redis-server", "redis-server")
	r := &Redis{t: t, Addr: "127.0.0.1:" + rig.FreePort(t), binary: binary, folder: t.TempDir()}
	t.Cleanup(r.Kill)
	r.Start()
	return r
}

// Start runs the process and waits until it answers.
func (r *Redis) Start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.Addr)
	r.process = rig.Start(r.t, exec.Command(r.binary, "--port", port, "--bind", "127.0.0.1", "--dir", r.folder, "--save", "",
		"--appendonly", "yes", "--appendfsync", "no", "--aof-use-rdb-preamble", "no"), new(rig.Output))
	r.process.Await(r.t, "answers", func() bool {
		reply, err := r.ask("PING")
		return err == nil && reply == "+PONG"
	})
}

// Kill ends the process as a crash would. It is none on one that has ended.
func (r *Redis) Kill() { r.process.Kill() }

// Hang leaves the connections open and answers nothing, until GoOn.
func (r *Redis) Hang() { _ = r.process.Signal(syscall.SIGSTOP) }

// GoOn ends a Hang.
func (r *Redis) GoOn() { _ = r.process.Signal(syscall.SIGCONT) }

// Do sends a command and returns the first line of the reply; an error ends the
// test.
func (r *Redis) Do(command string) string {
	r.t.Helper()
	reply, err := r.ask(command)
	if err != nil || strings.HasPrefix(reply, "-") {
		r.t.Fatalf("redis: %s: %s %v", command, reply, err)
	}
	return reply
}

func (r *Redis) ask(command string) (string, error) {
	conn, err := net.DialTimeout("tcp", r.Addr, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, command+"\r\n"); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}

// keyBytes is how many bytes the values have whose keys match the pattern.
func (r *Redis) keyBytes(pattern string) int {
	r.t.Helper()
	n, err := strconv.Atoi(strings.TrimPrefix(r.Do(`EVAL "local n = 0 for _, k in ipairs(redis.call('KEYS', '`+pattern+`')) do n = n + redis.call('STRLEN', k) end return n" 0`), ":"))
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// Written is every byte that clients have ever had it keep: the append-only files.
func (r *Redis) Written() []byte {
	r.t.Helper()
	var all bytes.Buffer
	err := filepath.WalkDir(r.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all.Bytes()
}

// session is the subdirective for this Redis. Without lines it has patience: a
// machine that is busy for seconds is no outage.
func (r *Redis) session(lines ...string) string {
	if len(lines) == 0 {
		lines = []string{"timeout 30s", "dial_timeout 10s", "read_timeout 10s"}
	}
	return "session redis {\naddress " + r.Addr + "\n" + strings.Join(lines, "\n") + "\n}"
}

// Redis is not there when the server starts. The server starts all the same: what
// is public is served, the sign-in page shows, and its end says that it is no fault
// of the user's. When Redis comes, they get in, and nobody restarts anything.
//
// Rows: F-12.
func TestF12_RedisDownAtStart(t *testing.T) {
	t.Parallel()
	redis := StartRedis(t)
	redis.Kill()
	w := newWorld(t, redis.session(), "public /public/*")
	b := w.browser()
	if answer := b.Get("/public/x"); !strings.Contains(answer.Body, UpstreamMark) {
		t.Errorf("a public path: %d", answer.Status)
	}
	w.echo.Reset()
	if answer := b.Open("/deep?x=1"); answer.Status != http.StatusUnauthorized {
		t.Errorf("the sign-in page: %d", answer.Status)
	}
	answer := b.Submit("identify", credentials()...)
	if answer.Status != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || b.Page == nil || len(b.Page.Messages) == 0 || !strings.Contains(answer.Body, "cannot keep your session at the moment") {
		t.Errorf("the end of the sign-in: %d, Retry-After %q: %.300s", answer.Status, answer.Header.Get("Retry-After"), answer.Body)
	}
	if b.Jar.Get("okta_auth") != nil || len(w.echo.Requests()) > 0 {
		t.Error("signed in without a session")
	}
	if lines := w.site.Log.Find("sign-in did not work"); len(lines) == 0 || !strings.Contains(fmt.Sprint(lines[0]["error"]), "redis") {
		t.Errorf("the log does not say what is wrong: %v", lines)
	}
	if answer := b.Get("/.okta/ready"); answer.Status != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("ready: %d", answer.Status)
	}

	redis.Start()
	rig.Eventually(t, "it is ready", func() bool { return b.Get("/.okta/ready").Status == http.StatusOK })
	b.SignIn("/deep?x=1", ada, adaPassword)
	if b.URL != w.site.URL+"/deep?x=1" || !b.SignedIn("/") {
		t.Errorf("after Redis is there: %s %d", b.URL, b.Last.Status)
	}
}

// Redis crashes, or hangs, under people who are signed in. Nobody can say who they
// are: they are neither let in nor sent to sign in again. When it is back the same
// cookie is good at once.
//
// Rows: F-12, F-13, CVE-2026-25748.
func TestF12_RedisDownInMidLife(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]struct{ down, up func(*Redis) }{
		"crashes": {(*Redis).Kill, (*Redis).Start},
		"hangs":   {(*Redis).Hang, (*Redis).GoOn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := StartRedis(t)
			w := newWorld(t, redis.session("timeout 1s"), "public /public/*")
			b := w.signedIn()
			fail.down(redis)
			// What was read lately is used for two seconds more.
			rig.Eventually(t, "Redis is missed", func() bool { return b.Get("/").Status == http.StatusServiceUnavailable })
			w.echo.Reset()
			for range 2 {
				if answer := b.Get("/", "Accept: application/json"); answer.Status != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || !json.Valid([]byte(answer.Body)) {
					t.Errorf("a program gets %d, Retry-After %q: %.200s", answer.Status, answer.Header.Get("Retry-After"), answer.Body)
				}
				answer := b.Open("/page")
				if answer.Status != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || b.Page == nil || len(b.Page.Forms) > 0 || len(b.Page.Messages) == 0 {
					t.Errorf("a person sees %d, Retry-After %q: %.300s", answer.Status, answer.Header.Get("Retry-After"), answer.Body)
				}
				for _, path := range []string{"/.okta/me", "/.okta/signin", "/.okta/signout"} {
					if answer := b.Get(path); answer.Status != http.StatusServiceUnavailable {
						t.Errorf("%s: %d", path, answer.Status)
					}
				}
			}
			token := b.Jar.Get("okta_auth").Value
			for _, cookie := range []string{token[:20], token + "A", "1.x", "2." + token, flip(token, len(token)-8)} {
				if passed, _ := w.asks("okta_auth=" + cookie); passed {
					t.Errorf("while Redis is down, %.10q gets through", cookie)
				}
			}
			if n := len(w.echo.Requests()); n > 0 {
				t.Errorf("%d requests got through", n)
			}
			if b.Jar.Get("okta_auth") == nil {
				t.Error("the cookie was taken away")
			}
			if ready, health := b.Get("/.okta/ready").Status, b.Get("/.okta/health").Status; ready != http.StatusServiceUnavailable || health != http.StatusOK {
				t.Errorf("ready %d, health %d", ready, health)
			}
			if answer := b.Get("/public/x"); !strings.Contains(answer.Body, UpstreamMark) {
				t.Errorf("a public path: %d", answer.Status)
			}
			if lines := w.site.Log.Find("the session store does not answer"); len(lines) != 1 {
				t.Errorf("the log has %d lines of it", len(lines))
			}
			w.org.ResetCalls()

			since := time.Now()
			fail.up(redis)
			rig.Eventually(t, "the same cookie is good again", func() bool { return b.SignedIn("/") })
			t.Logf("served again %s after Redis %s and was back", time.Since(since).Round(time.Millisecond), name)
			w.expectCalls(map[string]int{})
		})
	}
}

// Redis was emptied. Whoever is signed in signs in once more, at the address where
// they are; no error, no loop.
//
// Rows: F-15.
func TestF15_RedisEmptied(t *testing.T) {
	t.Parallel()
	redis := StartRedis(t)
	w := newWorld(t, redis.session())
	b := w.signedIn()
	lost := b.Jar.Get("okta_auth").Value
	redis.Do("FLUSHALL")
	rig.Eventually(t, "the loss is noticed", func() bool { return b.Get("/").Status == http.StatusUnauthorized })
	if answer := b.Open("/where?i=was"); answer.Status != http.StatusUnauthorized || len(b.History) != 1 {
		t.Errorf("%d after %q", answer.Status, b.History)
	}
	b.Submit("identify", credentials()...)
	if b.URL != w.site.URL+"/where?i=was" || !b.SignedIn("/") {
		t.Errorf("after signing in once: %s %d", b.URL, b.Last.Status)
	}
	if b.Jar.Get("okta_auth").Value == lost {
		t.Error("the lost session's cookie came back")
	}
	for _, line := range w.site.Log.Lines() {
		if line["level"] == "error" {
			t.Errorf("the log has an error: %v", line)
		}
	}
}

// Two replicas share their sessions: who signs in at one is signed in at the other,
// and who signs out at one is out at both.
func TestReplicasShareSessionsInRedis(t *testing.T) {
	t.Parallel()
	redis := StartRedis(t)
	r := newReplicasWith(t, StartOrg(t), []string{redis.session()}, oneKey, oneKey)
	b := r.browser()
	b.SignIn("/", ada, adaPassword)
	for range 6 {
		if answer := b.Get("/"); toldUser(answer) != ada {
			t.Fatalf("replica %d: %d", r.last, answer.Status)
		}
	}
	copied := r.browser()
	copied.Jar = b.Jar.Copy()
	since := time.Now()
	b.signOut("/.okta/signout")
	rig.Eventually(t, "no replica takes the copy", func() bool {
		for range 2 { // requests go to both in turn
			if copied.SignedIn("/") {
				return false
			}
		}
		return true
	})
	t.Logf("refused by both %s after the sign-out", time.Since(since).Round(time.Millisecond))
}

// recorder stands in front of an org and remembers the tokens that it issues.
type recorder struct {
	server *oktasim.Server

	mu     sync.Mutex
	tokens []string
}

func (rec *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	rec.server.ServeHTTP(answer, r)
	var issued map[string]any
	if strings.HasSuffix(r.URL.Path, "/v1/token") && json.Unmarshal(answer.Body.Bytes(), &issued) == nil {
		rec.mu.Lock()
		for _, name := range []string{"access_token", "refresh_token", "id_token"} {
			if token, ok := issued[name].(string); ok {
				rec.tokens = append(rec.tokens, token)
			}
		}
		rec.mu.Unlock()
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// Whoever can read Redis, its disk or a backup of it reads nothing of a session:
// no name, no address, no group, no token, and no cookie that would open one. With
// a sign-in, a use, a refresh and a sign-out, nothing of these was ever written,
// and a copy of all records is worth nothing as a cookie.
//
// Rows: F-16.
func TestF16_NothingOfASessionIsReadableInRedis(t *testing.T) {
	t.Parallel()
	redis := StartRedis(t)
	front := &recorder{server: &oktasim.Server{}}
	org, echo := startOrg(t, front.server, front, nil), StartEcho(t)
	const canary = "canaryofthistest" // too long to be in sealed text by chance
	u := user(canary+".login@secret.example", canary+" password")
	u.Name, u.Email, u.Groups = canary+" Fullname", canary+".mail@secret.example", []string{canary + "-group-one", canary + "-group-two"}
	org.AddUser(u)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, Caddyfile(org, echo, redis.session(), "recheck 2s"))}
	b, stays := w.browser(), w.browser()
	b.SignIn("/", u.Login, u.Password)
	stays.SignIn("/", u.Login, u.Password)
	subject := toldHeader(b.Get("/"), "X-Forwarded-User-Id")
	org.ResetCalls()
	rig.Eventually(t, "the session is refreshed", func() bool { b.Get("/"); return org.Calls()["refresh"] > 0 })
	cookies := []string{b.Jar.Get("okta_auth").Value, stays.Jar.Get("okta_auth").Value}
	b.signOut("/.okta/signout")

	front.mu.Lock()
	tokens := slices.Clone(front.tokens)
	front.mu.Unlock()
	written := redis.Written()
	if subject == "" || len(tokens) < 6 || len(written) < 1000 {
		t.Fatalf("the story is not what it says: subject %q, %d tokens, %d bytes", subject, len(tokens), len(written))
	}
	canaries := map[string]string{"login": u.Login, "address": u.Email, "name": u.Name, "group": canary + "-group", "subject": subject, "password": u.Password, "any": canary}
	for i, token := range tokens {
		canaries[fmt.Sprint("token ", i)] = token
	}
	for i, cookie := range cookies {
		canaries[fmt.Sprint("cookie ", i)] = strings.TrimPrefix(cookie, "1.")
	}
	for what, canary := range canaries {
		if bytes.Contains(bytes.ToLower(written), bytes.ToLower([]byte(canary))) {
			t.Errorf("the %s can be read in Redis", what)
		}
	}
	// What is there, as a cookie.
	for _, word := range strings.FieldsFunc(string(written), func(r rune) bool { return r <= ' ' || r > '~' || r == ':' || r == '$' }) {
		if len(word) >= 16 && len(word) < 4000 {
			for _, value := range []string{"1." + word, word} {
				if passed, _ := w.asks("okta_auth=" + value); passed {
					t.Errorf("a word out of Redis, %.10q of %d characters, is a session", word, len(word))
				}
			}
		}
	}
	if !stays.SignedIn("/") {
		t.Error("the other session is gone")
	}
}
