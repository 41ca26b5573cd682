package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// secrets collects what must never be seen outside: whatever the org gives to
// the server, and whatever the server sends it.
type secrets struct {
	mu   sync.Mutex
	seen map[string]string // value to what it is
}

func (s *secrets) add(what, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(value) >= 6 {
		s.seen[value] = what
	}
}

// watch stands in front of an org and notes what goes by.
func (s *secrets) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Device-Token"); got != "" {
			s.add("device token", got)
		}
		body := new(bytes.Buffer)
		_, _ = body.ReadFrom(r.Body)
		clone := r.Clone(r.Context())
		r.Body, clone.Body = readCloser(body.String()), readCloser(body.String())
		if clone.ParseForm() == nil {
			for _, name := range []string{"client_secret", "code_challenge", "code_verifier", "interaction_code", "refresh_token", "token", "state", "nonce"} {
				s.add(name, clone.PostForm.Get(name))
			}
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		var answer struct {
			InteractionHandle string `json:"interaction_handle"`
			StateHandle       string `json:"stateHandle"`
			AccessToken       string `json:"access_token"`
			IDToken           string `json:"id_token"`
			RefreshToken      string `json:"refresh_token"`
		}
		if json.Unmarshal(rec.Body.Bytes(), &answer) == nil {
			s.add("interaction handle", answer.InteractionHandle)
			s.add("state handle", answer.StateHandle)
			s.add("access token", answer.AccessToken)
			s.add("id token", answer.IDToken)
			s.add("refresh token", answer.RefreshToken)
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// leaks lists what of the secrets is in the text, as it is or in the form in
// which a cookie or address would carry it.
func (s *secrets) leaks(text string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for value, what := range s.seen {
		quoted, _ := json.Marshal(value)
		if tells(text, value) || tells(text, strings.Trim(string(quoted), `"`)) {
			out = append(out, what)
		}
	}
	return out
}

// jwtLike is how a JWT begins, up to the end of its header: the first three
// characters alone stand in one of many random names by chance.
var jwtLike = regexp.MustCompile(`eyJ[\w-]+\.`)

// Of passwords, codes, cookies, tokens, handles and the client secret there is
// nothing in the log at level debug, nothing on a page, nothing at the
// application, through every kind of sign-in and every failure of it.
//
// Rows: S-52, S-28, CVE-2022-23469, mod_auth_openidc 2026-05-23.
func TestS52_NoSecretIsEverSeen(t *testing.T) {
	t.Parallel()
	keep := &secrets{seen: map[string]string{}}
	server := &oktasim.Server{}
	org := startOrg(t, server, keep.watch(server), nil)
	echo := StartEcho(t)
	state := org.State()
	keep.add("the client secret", state.ClientSecret)
	const key = "the sealing key of this very test, which nobody may see"
	keep.add("the sealing key", key)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}", "log", GateBlock(org, "key {env.SEALING_KEY}", "client_secret {env.CLIENT_SECRET}"), "reverse_proxy "+echo.Addr),
		WithEnv("SEALING_KEY="+key, "CLIENT_SECRET="+state.ClientSecret))}

	var pages strings.Builder
	see := func(b *Browser) {
		pages.WriteString(b.Last.Body + "\n" + strings.Join(b.Last.Header.Values("Location"), "\n"))
		for _, c := range b.Jar.cookies {
			keep.add("the cookie "+c.Name, c.Value)
		}
	}
	const typo, inTheWrongBox = "wrong-password-canary", "password-in-the-name-box"
	keep.add("a password", adaPassword)
	keep.add("a wrong password", typo)
	for _, faulty := range []string{"", "token", "identify", "introspect", "interact", "userinfo", "challenge/answer", "revoke"} {
		org.Policy("second_page", "email")
		b := w.browser()
		b.Open("/app")
		see(b)
		b.Submit("identify", "identifier", inTheWrongBox)
		b.Submit("challenge-authenticator", "credentials/passcode", typo)
		see(b)
		b.Submit("cancel")
		b.Open("/app")
		b.Submit("identify", "identifier", ada)
		if faulty != "" {
			org.Faults(Fault{Endpoint: faulty, Status: 400, Body: map[string]string{"error": "invalid_request", "error_description": "said the org"}})
		}
		for step := 0; b.Page != nil && step < 5; step++ {
			see(b)
			switch {
			case b.Page.Form("challenge-authenticator") == nil && b.Page.Form("select-authenticator-authenticate") != nil:
				b.Submit("select-authenticator-authenticate")
				if mails := org.Mailbox(ada); len(mails) > 0 {
					keep.add("a mailed code", mails[0].Code)
				}
			case b.Page.Form("challenge-authenticator") != nil && strings.Contains(b.Page.Heading, "password"):
				b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
			case b.Page.Form("challenge-authenticator") != nil:
				b.Submit("challenge-authenticator", "credentials/passcode", org.Code(ada))
			}
		}
		see(b)
		if faulty == "" || faulty == "revoke" {
			if !b.SignedIn("/app?x=1") {
				t.Fatalf("with a fault at %q nobody signs in: %s", faulty, b.Last.Body)
			}
			b.signOut("/.okta/signout")
			see(b)
		}
		org.Faults()
	}
	w.site.Stop()

	if len(keep.seen) < 30 {
		t.Errorf("only %d secrets were watched", len(keep.seen))
	}
	log := w.site.Log.String()
	for _, what := range keep.leaks(log) {
		t.Errorf("%s is in the log:\n%s", what, keep.line(what, log))
	}
	if strings.Contains(log, inTheWrongBox) {
		t.Error("what was typed into the name's box is in the log: it may be a password")
	}
	seen, _ := json.Marshal(echo.Requests())
	for _, what := range keep.leaks(string(seen)) {
		t.Errorf("%s was sent to the application", what)
	}
	for _, what := range keep.leaks(pages.String()) {
		if what != "a mailed code" { // shown again, to correct a digit
			t.Errorf("%s is on a page", what)
		}
	}
	if jwtLike.MatchString(pages.String()) {
		t.Error("there is something like a JWT on a page")
	}
}

// Line breaks and terminal sequences in what a client sends stay inside one
// JSON line.
//
// Rows: S-53.
func TestS53_LogInjection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.Open("/")
	b.Submit("identify", "identifier", "eve\r\n{\"level\":\"error\",\"msg\":\"forged line\"}\x1b[2J", "credentials/passcode", "x")
	b.Do(b.Post("/.okta/signin/"+"%0a%7B%22msg%22:%22forged line%22%7D", b.Form("identify").Fill()))
	b.SignIn("/", ada, adaPassword)
	if got := w.site.Log.Find("forged line"); len(got) > 0 {
		t.Errorf("the log has %v", got)
	}
	if strings.Contains(w.site.Log.String(), "\x1b") {
		t.Error("a terminal sequence is in the log")
	}
}

// Each sign-in, refusal and sign-out is one line with its reason.
//
// Rows: S-51.
func TestS51_LogTellsTheStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.Open("/")
	b.Submit("identify", "identifier", ada, "credentials/passcode", "wrong")
	b.Submit("identify", "credentials/passcode", adaPassword)
	b.signOut("/.okta/signout")
	var reasons []string
	rig.Eventually(t, "three lines with a reason", func() bool {
		reasons = nil
		for _, entry := range w.site.Log.Lines() {
			if reason, _ := entry["reason"].(string); reason != "" && entry["level"] != "debug" {
				reasons = append(reasons, reason)
				if entry["client_ip"] != "127.0.0.1" {
					t.Errorf("%v has no client_ip", entry)
				}
			}
		}
		return len(reasons) >= 3
	})
	if got := strings.Join(reasons, " "); got != "step_rejected signed_in signed_out" {
		t.Errorf("the log tells %q", got)
	}
}

func readCloser(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }

// line is the first line of text with that secret.
func (s *secrets) line(what, text string) string {
	for value, name := range s.seen {
		for line := range strings.Lines(text) {
			if name == what && tells(line, value) {
				return line
			}
		}
	}
	return ""
}

// complaints collects what a check of the harness says of a test.
type complaints struct {
	testing.TB
	said []string
}

func (c *complaints) Helper()                           {}
func (c *complaints) Errorf(format string, args ...any) { c.said = append(c.said, format) }

// The harness looks for secrets in the log of every test. A net with a hole
// would pass them all, so it is tried with each kind of fish.
//
// Rows: S-52.
func TestS52_EveryLogIsSearched(t *testing.T) {
	t.Parallel()
	const cookie = "okta_auth_signin=1.AbCdEfGhIjKlMnOpQrStUvWxYz012345"
	for line, caught := range map[string]bool{
		`{"msg":"x","posted":"` + adaPassword + `"}`:                                     true,
		`{"msg":"x","posted":" say \"friend\" \\ enter "}`:                               true,
		`{"msg":"x","secret":"` + oktasim.DemoClientSecret + `"}`:                        true,
		`{"msg":"adjusted config","secret":"` + oktasim.DemoClientSecret + `"}`:          false,
		`{"msg":"x","token":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"}`:     true,
		`{"msg":"x","token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."}`:                  true,
		`{"msg":"x","headers":{"Cookie":["app=1; ` + cookie + `"]}}`:                     true,
		`{"msg":"x","headers":{"Set-Cookie":["__Host-` + cookie + `; Path=/"]}}`:         true,
		`{"msg":"x","code":"271828"}`:                                                    true,
		`{"msg":"x","code":271828}`:                                                      true,
		`{"msg":"271828 is not the code"}`:                                               true,
		`{"msg":"x","uri":"/?back=%2F%3Fcode%3D271828"}`:                                 true,
		`{"msg":"x","duration":0.271828,"size":1271828}`:                                 false,
		`{"msg":"x","id":"Qk271828xZ","etag":"5a-271828b"}`:                              false,
		`{"msg":"x","ts":1795351147.271828,"headers":{"Cookie":["REDACTED"]},"by":"me"}`: false,
	} {
		c, log := &complaints{TB: t}, new(Log)
		noteMailed(c, "271828")
		_, _ = log.Write([]byte("{}\n" + line + "\n"))
		if log.mustKeepSecrets(c); (len(c.said) > 0) != caught {
			t.Errorf("%s: %q", line, c.said)
		}
	}
}
