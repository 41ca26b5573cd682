package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// siteSessions is what the admin endpoint tells of one site.
type siteSessions struct {
	Site, Issuer, Store, Why string
	ClientID                 string `json:"client_id"`
	Listed, More             bool
	Revocations              int
	Sessions                 []struct {
		Session, Login, Email, Subject string
		Created, Ends                  time.Time
		Used                           time.Time `json:"last_used"`
	}
}

// admin asks the admin endpoint for /okta_auth/sessions.
func (s *Site) admin(method, query string) (status int, body string) {
	s.t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", s.socket())
		},
	}}
	req, err := http.NewRequest(method, "http://127.0.0.1/okta_auth/sessions?"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(content)
}

// sessions is the admin endpoint's list.
func (s *Site) sessions(query string) []siteSessions {
	s.t.Helper()
	status, body := s.admin(http.MethodGet, query)
	var sites []siteSessions
	if err := json.Unmarshal([]byte(body), &sites); status != http.StatusOK || err != nil {
		s.t.Fatalf("list %q: %d %s", query, status, body)
	}
	return sites
}

// revoke ends sessions by the admin endpoint.
func (s *Site) revoke(query string) {
	s.t.Helper()
	if status, body := s.admin(http.MethodDelete, query); status != http.StatusOK || strings.Contains(body, "pending") {
		s.t.Fatalf("revoke %q: %d %s", query, status, body)
	}
}

// command is `caddy okta-auth sessions`.
func (s *Site) command(args ...string) (string, error) {
	s.t.Helper()
	return s.Command(append([]string{"okta-auth", "sessions"}, append(args, "--address", "unix/"+s.socket())...)...)
}

// What an administrator sees and does, in a store that knows its sessions: lists,
// narrows them to a user in any spelling, looks at one, ends one.
func TestAdministrationOfSessionsInMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "session memory")
	first, second, other := w.signedIn(), w.signedIn(), w.browser()
	other.SignIn("/", grace, gracePassword)

	all := w.site.sessions("")
	if len(all) != 1 || all[0].Site != w.site.URL || all[0].Store != "memory" || !all[0].Listed || len(all[0].Sessions) != 3 || all[0].More {
		t.Fatalf("the list: %+v", all)
	}
	one := w.site.sessions("login=" + grace)[0].Sessions[0]
	if one.Login != grace || one.Email != grace || one.Subject == "" || one.Created.IsZero() || one.Used.IsZero() || one.Ends.Sub(one.Created) != 12*time.Hour {
		t.Errorf("her session: %+v", one)
	}
	for query, want := range map[string]int{
		"email=Ada@EXAMPLE.com": 2, "login=ADA@example.com": 2, "login=nobody": 0, "subject=" + one.Subject: 1, "session=" + one.Session: 1,
		"limit=2": 2, "site=" + url.QueryEscape(w.site.URL): 3,
	} {
		got := w.site.sessions(query)
		if len(got) != 1 || len(got[0].Sessions) != want || got[0].More != (query == "limit=2") {
			t.Errorf("%s: %+v", query, got)
		}
	}
	text, err := w.site.command("list", "--email", ada)
	if err != nil || strings.Count(text, ada) != 2 || !strings.Contains(text, "SESSION") || strings.Contains(text, grace) {
		t.Errorf("the command lists %v\n%s", err, text)
	}
	text, err = w.site.command("list", "--json")
	var asJSON []siteSessions
	if json.Unmarshal([]byte(text), &asJSON) != nil || err != nil || len(asJSON[0].Sessions) != 3 {
		t.Errorf("the command lists as JSON %v\n%s", err, text)
	}

	if text, err := w.site.command("revoke", "--session", one.Session); err != nil || !strings.Contains(text, "ended") {
		t.Errorf("revoke: %v %s", err, text)
	}
	if other.SignedIn("/") || !first.SignedIn("/") || !second.SignedIn("/") {
		t.Error("not that session, or not that one alone, was ended")
	}
	w.site.revoke("login=ADA@example.com")
	if first.SignedIn("/") || second.SignedIn("/") {
		t.Error("a session of the user goes on")
	}
	if got := w.site.sessions(""); len(got[0].Sessions) != 0 || got[0].Revocations != 2 {
		t.Errorf("what is left: %+v", got)
	}
	if lines := w.site.Log.Find("an administrator ended sessions"); len(lines) != 2 || lines[1]["whose"] != "ADA@example.com" || lines[1]["reason"] != "revoked" {
		t.Errorf("the log says %v", lines)
	}
}

// Sealed cookies are with the browsers: there is no list and it says why, and they
// can be ended all the same.
func TestAdministrationOfSessionsInCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	if got := w.site.sessions(""); got[0].Listed || len(got[0].Sessions) != 0 || !strings.Contains(got[0].Why, "cookies") {
		t.Errorf("the list: %+v", got)
	}
	if text, err := w.site.command("list"); err != nil || !strings.Contains(text, "only the browsers have these sessions") {
		t.Errorf("the command lists %v %s", err, text)
	}
	w.site.revoke("email=" + ada)
	if b.SignedIn("/") {
		t.Error("the session goes on")
	}
	b.SignIn("/", ada, adaPassword) // at once
	if text, err := w.site.command("revoke", "--all", "--json"); err != nil || !strings.Contains(text, `"client_id"`) {
		t.Errorf("revoke --all: %v %s", err, text)
	}
	if b.SignedIn("/") {
		t.Error("the session goes on")
	}
}

// A server that was just started serves its administrator before any user: the
// sessions of before the restart are ended, and nothing comes back.
func TestAdministrationBeforeTheFirstRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	w.site.Restart()
	if got := w.site.sessions(""); len(got) != 1 || got[0].Site != w.site.URL {
		t.Errorf("the list: %+v", got)
	}
	w.site.Restart()
	w.site.revoke("all=true")
	if b.SignedIn("/") {
		t.Error("the session goes on")
	}
}

// What is only checked, and what cannot be loaded, is not administered; what was
// loaded in its place is.
func TestAdministrationKnowsTheConfigInForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	broken := SiteBlock("http://localhost:{$PORT2}", GateBlock(w.org), "reverse_proxy "+w.echo.Addr) +
		SiteBlock("http://localhost:{$PORT3}", GateBlock(w.org, "lifetime -1s"), "reverse_proxy "+w.echo.Addr)
	if err := w.site.Reload(broken); err == nil {
		t.Fatal("a broken config was loaded")
	}
	if got := w.site.sessions(""); len(got) != 1 || got[0].Site != w.site.URL {
		t.Errorf("after a failed reload: %+v", got)
	}
	two := Caddyfile(w.org, w.echo) + SiteBlock("http://localhost:{$PORT2}", GateBlock(w.org), "reverse_proxy "+w.echo.Addr)
	if err := w.site.Reload(two); err != nil {
		t.Fatal(err)
	}
	if got := w.site.sessions(""); len(got) != 2 {
		t.Errorf("after a reload: %+v", got)
	}
	if !b.SignedIn("/") {
		t.Error("the reload ended the session")
	}
	// Two sites of one application: what ends at one ends at the other, and is said.
	second := newBrowser(t, w.site.URLOf(2), http.DefaultTransport)
	second.SignIn("/", ada, adaPassword)
	text, err := w.site.command("revoke", "--email", ada, "--site", w.site.URL)
	if err != nil || strings.Count(text, "\n") != 2 || !strings.Contains(text, w.site.URL+" (client") || !strings.Contains(text, w.site.URLOf(2)+" (client") {
		t.Errorf("both sites have to be named: %v\n%s", err, text)
	}
	if b.SignedIn("/") || second.SignedIn("/") {
		t.Error("a session of the user goes on")
	}
}

// Mistakes are answered with what is wrong, and end nothing.
func TestAdministrationRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "session memory")
	b := w.signedIn()
	for _, c := range []struct {
		method, query string
		status        int
		says          string
	}{
		{"DELETE", "", 400, "all=true"},
		{"DELETE", "all=false", 400, "all=true"},
		{"DELETE", "email=", 400, "empty"},
		{"DELETE", "email=a@b&login=c", 400, "one of"},
		{"DELETE", "all=true&email=a@b", 400, "one of"},
		{"DELETE", "session=../../x", 400, "not the name"},
		{"DELETE", "session=" + strings.Repeat("x", 23), 400, "not the name"},
		{"DELETE", "all=true&site=https://elsewhere.example", 404, "elsewhere.example"},
		{"GET", "user=" + ada, 400, "there are session, subject, login, email"},
		{"DELETE", "all=true&sites=https://app.example.com", 400, `parameter \"sites\"`},
		{"DELETE", "all=true&site=", 400, "site is empty"},
		{"DELETE", "all=true&site=a;b", 400, "semicolon"},
		{"DELETE", "email=a@b&email=c@d", 400, "given 2 times"},
		{"GET", "limit=0", 400, "limit"},
		{"GET", "limit=x", 400, "limit"},
		{"GET", "limit=10001", 400, "limit"},
		{"POST", "all=true", 405, "POST"},
		{"PUT", "", 405, "PUT"},
	} {
		if status, body := w.site.admin(c.method, c.query); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s %q: %d %s", c.method, c.query, status, body)
		}
	}
	for _, args := range [][]string{{"revoke"}, {"revoke", "--email", ""}, {"revoke", "--all", "--email", "x@y"}, {"revoke", "--all", "--site", ""}, {"list", "--limit", "0"}, {"revoke", "everything"}, {"list", "--site", "https://elsewhere.example"}} {
		if text, err := w.site.command(args...); err == nil || text == "" {
			t.Errorf("%q: %v %q", args, err, text)
		}
	}
	if !b.SignedIn("/") {
		t.Error("a refused request ended the session")
	}
}

// Who has a name with control characters, line breaks and quotes writes nothing on
// the administrator's terminal but that name, and no other line into a list.
//
// Rows: S-53.
func TestS53_HostileNamesInLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "session memory")
	const hostile = "eve\x1b]0;owned\x07\r\n  FORGED\tLINE\u202e\"<b>@example.com"
	w.org.AddUser(oktasim.User{Login: hostile, Email: "eve@example.com", Password: "pw"})
	b := w.browser()
	b.SignIn("/", hostile, "pw")
	text, err := w.site.command("list")
	if err != nil || strings.Count(text, "\n") != 3 || strings.ContainsAny(text, "\x1b\x07\r\u202e") || !strings.Contains(text, `\x1b`) {
		t.Errorf("%v\n%q", err, text)
	}
	text, err = w.site.command("list", "--json")
	var sites []siteSessions
	if err != nil || json.Unmarshal([]byte(text), &sites) != nil || sites[0].Sessions[0].Login != hostile || strings.ContainsAny(text, "\x1b\x07\r") {
		t.Errorf("as JSON: %v\n%q", err, text)
	}
	if got := w.site.sessions("login=" + url.QueryEscape(hostile)); len(got[0].Sessions) != 1 {
		t.Errorf("by that name: %+v", got)
	}
}

// Redis keeps users' names sealed, so a list has none; a user's sessions are found
// all the same, and of several sites that share the Redis each lists its own. No
// cookie and no token is in any answer.
//
// Rows: S-28.
func TestS28_AdministrationOfSessionsInRedis(t *testing.T) {
	t.Parallel()
	redis, org, echo := StartRedis(t), StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t,
		SiteBlock("http://localhost:{$PORT}", GateBlock(org, redis.session()), "reverse_proxy "+echo.Addr)+
			SiteBlock("http://localhost:{$PORT2}", GateBlock(org, redis.session()), "reverse_proxy "+echo.Addr))}
	first, second := w.signedIn(), w.browser()
	second.SignIn("/", grace, gracePassword)
	for range 3 { // newer than the first site's, and not among them
		newBrowser(t, w.site.URLOf(2), http.DefaultTransport).SignIn("/", ada, adaPassword)
	}
	here := "&site=" + url.QueryEscape(w.site.URL)
	for query, want := range map[string]int{"": 2, "email=ADA@Example.com": 1, "login=" + grace: 1, "subject=" + second.me().Sub: 1, "session=" + first.me().Session: 1, "login=nobody": 0} {
		got := w.site.sessions(query + here)
		if len(got) != 1 || len(got[0].Sessions) != want || got[0].Store != "redis" || !got[0].Listed {
			t.Errorf("%q: %+v", query, got)
		}
		for _, s := range got[0].Sessions {
			if s.Login+s.Email+s.Subject != "" || s.Created.IsZero() || s.Used.IsZero() || s.Ends.IsZero() {
				t.Errorf("%q: %+v", query, s)
			}
		}
	}
	if got := w.site.sessions("limit=1" + here); len(got[0].Sessions) != 1 || !got[0].More {
		t.Errorf("one of two: %+v", got)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		_, body := w.site.admin(method, "session="+first.me().Session+here)
		for _, b := range []*Browser{first, second} {
			for _, c := range b.Jar.cookies {
				if strings.Contains(body, c.Value) {
					t.Errorf("%s: the cookie %s", method, c.Name)
				}
			}
		}
		if found := tokenLike.FindString(body); found != "" {
			t.Errorf("%s: %q looks like a token", method, found)
		}
		if method == http.MethodDelete && (first.SignedIn("/") || !second.SignedIn("/")) {
			t.Error("not that session was ended, or not that one alone")
		}
	}
	// A script must not take it for done while other processes go on.
	redis.Kill()
	text, err := w.site.command("revoke", "--all")
	if err == nil || strings.Count(text, "): ended; ") != 2 || !strings.Contains(text, "not everywhere yet") {
		t.Errorf("without Redis: %v\n%s", err, text)
	}
	if second.SignedIn("/") {
		t.Error("the session goes on here")
	}
}
