package e2e

import (
	"bufio"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// With a matcher, the gate judges a request as it was sent and as it is now: a
// rewrite opens nothing and hides no post of ours (CVE-2025-66490 and the like).
//
// Rows: CVE-2025-66490, CVE-2023-47106, CVE-2026-40912.
func TestCVE_2025_66490_MatcherAndRewrites(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	gate := strings.Replace(GateBlock(org, "public /app/public/*"), "okta_auth {", "okta_auth /app/* {", 1)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}",
		"rewrite /alias /app/secret", "rewrite /app/moved /open", "rewrite /app/public/x /app/secret", "rewrite /hidden /app/public/y", gate, "reverse_proxy "+echo.Addr))}
	for target, open := range map[string]bool{
		"/open": true, "/app/secret": false, "/alias": false, "/app/moved": false, "/app/public/x": false, "/app/public/y": true, "/hidden": false,
		"/app/public/..%2fsecret": false, "/App/secret": false, "/app%2fsecret": false, "/open/../app/secret": false, "//app/secret": false, "/%61pp/secret": false,
	} {
		w.echo.Reset()
		resp, _ := w.site.Raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-User: " + forged + "\r\nCookie: okta_auth=1.x\r\n\r\n")
		passed := w.echo.Requests()
		if len(passed) > 0 != open {
			t.Errorf("%s: the application got %d requests, answer %d", target, len(passed), resp.StatusCode)
		}
		for _, got := range passed {
			expectOnly(t, got, nil)
		}
	}
	b := w.browser()
	b.SignIn("/app/secret?x=1", ada, adaPassword)
	if got := w.echo.Last(t); got.Target() != "/app/secret?x=1" {
		t.Errorf("the application got %q", got.Line)
	}
	expectOnly(t, w.echo.Last(t), adasHeaders)

	// Where the gate does not look, its cookies are secrets all the same, and
	// the application may not set them.
	w.echo.Answer(func(*EchoRequest) string { return RawAnswer(200, "x", "Set-Cookie: okta_auth=evil") })
	answer := b.Get("/open")
	if got := w.echo.Last(t).Values("Cookie"); len(got) > 0 {
		t.Errorf("a path that is not covered gets our cookies: %q", got)
	}
	if got := answer.Header.Values("Set-Cookie"); len(got) > 0 {
		t.Errorf("a path that is not covered sets our cookies: %q", got)
	}
}

// An application with a front controller: every path is rewritten, ours stay
// ours, and people come back to the address they asked for.
func TestEverythingIsRewritten(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}",
		"rewrite * /index.php?{query}", GateBlock(org), "reverse_proxy "+echo.Addr))}
	b := w.browser()
	b.SignIn("/deep?x=1", ada, adaPassword)
	if b.URL != w.site.URL+"/deep?x=1" {
		t.Errorf("ended at %q", b.URL)
	}
	for _, got := range w.echo.Requests() {
		if got.Target() != "/index.php?x=1" || strings.Contains(got.Body, "passcode") {
			t.Errorf("the application got %q %q", got.Line, got.Body)
		}
	}
}

// Two gates on one site, each with its prefix: the first that covers a request
// decides, and the other takes nothing away.
//
// Rows: Caddy 1830809af.
func TestCaddy_1830809af_TwoGatesOnOneSite(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	admin := strings.Replace(GateBlock(org, "prefix /.admin/", "header_up X-Role admin"), "okta_auth {", "okta_auth /admin/* {", 1)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}", "route {\n"+admin+"\n"+GateBlock(org, "header_up X-Tenant acme")+"\nreverse_proxy "+echo.Addr+"\n}"))}
	b := w.browser()
	b.SignIn("/app", ada, adaPassword)
	expectHeader(t, w.echo.Last(t), "X-Role")
	if b.SignedIn("/admin/x") {
		t.Error("a session of one gate opens the other")
	}
	b.SignIn("/admin/x", grace, gracePassword)
	expectHeader(t, w.echo.Last(t), "X-Role", "admin")
	expectHeader(t, w.echo.Last(t), "X-Forwarded-User", grace)
	if got := w.echo.Last(t).Values("Cookie"); strings.Contains(strings.Join(got, ""), "okta_auth") {
		t.Errorf("the application got the other gate's cookies: %.60q", got)
	}
	b.Get("/app", "X-Role: "+forged, "X-Tenant: "+forged)
	expectHeader(t, w.echo.Last(t), "X-Forwarded-User", ada)
	expectHeader(t, w.echo.Last(t), "X-Role")
	expectHeader(t, w.echo.Last(t), "X-Tenant", "acme")
	b.Get("/admin/x", "X-Role: "+forged, "X-Tenant: "+forged)
	expectHeader(t, w.echo.Last(t), "X-Role", "admin")
	expectHeader(t, w.echo.Last(t), "X-Tenant")
	var evil []string
	for _, name := range b.Jar.Names() {
		evil = append(evil, "Set-Cookie: "+name+"=evil")
	}
	w.echo.Answer(func(*EchoRequest) string { return RawAnswer(200, "x", evil...) })
	for _, path := range []string{"/app", "/admin/x"} {
		if got := b.Get(path).Header.Values("Set-Cookie"); len(got) > 0 || len(evil) != 4 {
			t.Errorf("%s: the application sets a gate's cookies: %q", path, got)
		}
	}
}

// What is not about identity is the application's business: bodies, methods,
// Authorization and statuses pass as they are.
//
// Rows: S-50.
func TestS50_RequestsOfASignedInUserPassUnchanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		body := strings.Repeat("body of "+method+"\r\n\x00", 20_000)
		b.Do(b.Request(method, "/api/x?a=1&a=2", body, "Authorization: Bearer of-the-application", "Content-Type: application/json", "X-Own: 1"))
		got := w.echo.Last(t)
		if got.Line != method+" /api/x?a=1&a=2 HTTP/1.1" || got.Body != body || !slices.Equal(got.Values("Authorization"), []string{"Bearer of-the-application"}) || len(got.Values("X-Own")) != 1 {
			t.Errorf("%s: the application got %q %q and %d bytes", method, got.Line, got.Header, len(got.Body))
		}
	}
	w.echo.Answer(func(*EchoRequest) string {
		return RawAnswer(401, "the application's own", "Www-Authenticate: Basic realm=app")
	})
	if answer := b.Get("/"); answer.Status != 401 || answer.Body != "the application's own" || b.Jar.Get("okta_auth") == nil {
		t.Errorf("the application's 401 becomes %d %q", answer.Status, answer.Body)
	}
}

// An expired session on a post of a page: nothing is lost silently.
//
// Rows: oauth2-proxy #1784.
func TestOAuth2Proxy_1784_PostWithoutASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.follow(b.Post("/app/save", map[string][]string{"text": {"what she wrote"}}))
	if b.Last.Status != http.StatusUnauthorized || b.Page == nil || len(b.Page.Messages) == 0 {
		t.Errorf("a posted page: %d", b.Last.Status)
	}
	if len(w.echo.Requests()) > 0 || strings.Contains(b.Last.Body, "she wrote") {
		t.Error("what was posted went somewhere")
	}
}

func TestWebsocketOfASignedInUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.signedIn().Jar.For(mustParse(w.site.URL))
	conn := w.site.Dial()
	defer conn.Close()
	in := bufio.NewReader(conn)
	if _, err := io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: "+cookie+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	if _, err := io.WriteString(conn, "ping"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := io.ReadFull(in, got); err != nil || string(got) != "ping" {
		t.Errorf("%q, %v", got, err)
	}
}

// Requests that clients break off end no session.
//
// Rows: F-33, oauth2-proxy #2503.
func TestF33_AbortedRequestsEndNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "idle 10s")
	b := w.signedIn()
	cookie := b.Jar.For(mustParse(w.site.URL))
	for i := range 200 {
		request := "POST /app HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\nContent-Length: 10\r\n\r\n12345"
		conn := w.site.Dial()
		_, _ = io.WriteString(conn, request[:1+(i*7)%len(request)])
		conn.Close()
	}
	if !b.SignedIn("/") {
		t.Error("the session has ended")
	}
}

// Each sign-in makes a session of its own; what was planted before it is worth
// nothing after it.
//
// Rows: S-29, mod_auth_openidc 2026-08-07.
func TestS29_SessionFixation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attacker := w.signedIn()
	victim := w.browser()
	victim.Jar.Put(mustParse(w.site.URL), &http.Cookie{Name: "okta_auth_signin", Value: attacker.Jar.Get("okta_auth").Value, Path: "/"})
	victim.SignIn("/", grace, gracePassword)
	if got := victim.Jar.Get("okta_auth").Value; got == attacker.Jar.Get("okta_auth").Value {
		t.Error("the victim has the attacker's session")
	}
	attacker.Get("/")
	expectHeader(t, w.echo.Last(t), "X-Forwarded-User", ada)
	again := w.browser()
	again.SignIn("/", grace, gracePassword)
	if again.Jar.Get("okta_auth").Value == victim.Jar.Get("okta_auth").Value {
		t.Error("two sign-ins made one session")
	}
}

// S-23, two gates of two orgs on one site, each with its prefix: a password goes
// to the org whose page asked for it, and a session of one opens the other not.
//
// Rows: S-23.
func TestS23_TwoOrgsOnOneSite(t *testing.T) {
	t.Parallel()
	first, second, echo := StartOrg(t), StartOrg(t), StartEcho(t)
	second.AddUser(oktasim.User{Login: "eve@other.example", Password: "of the other org"})
	admin := strings.Replace(GateBlock(second, "prefix /.admin/"), "okta_auth {", "okta_auth /admin/* {", 1)
	w := &world{T: t, org: first, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}", "route {\n"+admin+"\n"+GateBlock(first)+"\nreverse_proxy "+echo.Addr+"\n}"))}
	b := w.browser()
	b.SignIn("/app", ada, adaPassword)
	if calls := second.Calls(); calls["identify"] != 0 {
		t.Errorf("the other org was asked: %v", calls)
	}
	first.ResetCalls()
	if b.SignedIn("/admin/x") {
		t.Error("a session of one org opens what the other one guards")
	}
	b.SignIn("/admin/x", "eve@other.example", "of the other org")
	if calls := first.Calls(); calls["identify"] != 0 || calls["token"] != 0 {
		t.Errorf("the first org was asked: %v", calls)
	}
	expectHeader(t, w.echo.Last(t), "X-Forwarded-User", "eve@other.example")
	for _, got := range w.echo.Requests() {
		if strings.Contains(got.Body, "passcode") {
			t.Errorf("the application got %q", got.Body)
		}
	}
}
