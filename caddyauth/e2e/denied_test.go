package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/fcgi"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// restricted keeps all but auditors out, and says so.
var restricted = []string{"allow group Auditors {\n message \"This is for auditors.\"\n}", `contact "Write to access@example.com."`, "allow /home signed_in"}

// The page says who the user is, whom it is for and whom to ask, and leads to
// another account at the same address.
func TestDeniedUserIsToldWhyAndSwitchesAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, restricted...)
	b := w.as(ada, "/home")
	const target = "/reports/2026?q=1&x=%2Fa"
	answer := b.Open(target)
	if answer.Status != http.StatusForbidden || b.Page == nil || len(w.echo.Requests()) > 0 {
		t.Fatalf("%d %.200s, the application got %v", answer.Status, answer.Body, w.echo.Requests())
	}
	for _, want := range []string{"You may not open this", ada, "This is for auditors.", "Write to access@example.com."} {
		if !strings.Contains(answer.Body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"} {
		if got := answer.Header.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s is %q", name, got)
		}
	}
	if !b.SignedIn("/home") {
		t.Error("a user who may not open one page is signed out")
	}
	w.expectCalls(map[string]int{})

	form := b.Page.Forms[0]
	if form.Button != "Use another account" {
		t.Errorf("the button says %q", form.Button)
	}
	if answer = b.follow(b.Post(form.Action, form.Fill())); answer.Status != http.StatusUnauthorized || b.URL != w.site.URL+target {
		t.Fatalf("another account: %d at %s", answer.Status, b.URL)
	}
	b.Submit("identify", "identifier", grace, "credentials/passcode", gracePassword)
	if got := w.echo.Last(t).Target(); b.Last.Status != http.StatusOK || b.URL != w.site.URL+target || got != target {
		t.Errorf("the other account: %d at %s, the application got %q", b.Last.Status, b.URL, got)
	}
}

// A user who just signed in, and may not, is told at the address that was asked
// for.
func TestDeniedRightAfterSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, restricted...)
	b := w.browser()
	b.Open("/deep?x=1")
	b.Submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	if b.Last.Status != http.StatusForbidden || b.URL != w.site.URL+"/deep?x=1" || !b.Page.Says("This is for auditors.") || len(w.echo.Requests()) > 0 {
		t.Errorf("%d at %s: %v", b.Last.Status, b.URL, b.Page)
	}
}

// Scripts, API clients, upgrades and posts of programs get JSON, and so does
// whatever asks for an address of an API; a frame gets no form.
func TestDeniedPrograms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(restricted, "api /api/*")...)
	b := w.as(ada, "/home")
	for _, c := range []struct {
		what, method, target string
		headers              []string
	}{
		{"fetch", "GET", "/x", []string{"Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty", "Accept: text/html"}},
		{"XMLHttpRequest", "GET", "/x", []string{"X-Requested-With: XMLHttpRequest", "Accept: text/html"}},
		{"API client", "DELETE", "/x", []string{"Accept: application/json"}},
		{"HEAD", "HEAD", "/x", []string{"Accept: text/html"}},
		{"upgrade", "GET", "/x", []string{"Connection: Upgrade", "Upgrade: websocket", "Accept: text/html"}},
		{"prefetch", "GET", "/x", append([]string{"Sec-Purpose: prefetch"}, navigation...)},
		{"navigation to an API", "GET", "/api/x", navigation},
		{"form posted to an API", "POST", "/api/x", navigation},
	} {
		answer := b.Do(b.Request(c.method, c.target, "", c.headers...))
		var problem struct {
			Status                int
			Detail, User, Contact string
		}
		if c.method != "HEAD" && (json.Unmarshal([]byte(answer.Body), &problem) != nil || problem.Status != 403 || problem.Detail != "This is for auditors." || problem.User != ada || problem.Contact != "Write to access@example.com.") {
			t.Errorf("%s: %s", c.what, answer.Body)
		}
		if got := answer.Header.Get("Content-Type"); answer.Status != http.StatusForbidden || got != "application/problem+json" || !strings.Contains(answer.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: %d %s", c.what, answer.Status, got)
		}
	}
	frame := b.Do(b.Request("GET", "/x", "", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe", "Accept: text/html"))
	if page := ParsePage(t, frame.Body); frame.Status != http.StatusForbidden || len(page.Forms) > 0 || len(page.Links) != 1 || page.Links[0] != "/x" {
		t.Errorf("a frame: %d %s", frame.Status, frame.Body)
	}
	if got := w.echo.Requests(); len(got) > 0 {
		t.Errorf("the application got %v", got)
	}
	w.expectCalls(map[string]int{})
}

// Of a rule that denies, the message is its own, or that of an allow rule before it
// that is about the same request; without one it names no rule, no group and no other
// user's, and never who may open another page.
func TestDeniedMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "allow /home signed_in", "deny /a/* {\n group Finance\n message \"Finance stays out <b>here</b>.\"\n}", "deny /b/* group Finance Secret-Group",
		"allow /c/* group Auditors", "allow /d/* group Other-Secret {\n message \"Ask for d.\"\n}",
		"allow /e/* group Secret {\n message \"Managers only.\"\n}", "deny /e/* signed_in", "allow /e/* group Auditors {\n message \"Never asked.\"\n}")
	b := w.as(ada, "/home")
	const plain = "Your account is not among those that may open this page."
	for target, want := range map[string]string{"/a/x": "Finance stays out <b>here</b>.", "/b/x": plain, "/c/x": plain, "/d/x": "Ask for d.", "/e/x": "Managers only."} {
		b.Open(target)
		if b.Last.Status != http.StatusForbidden || !b.Page.Says(want) {
			t.Errorf("%s: %d %v, want %q", target, b.Last.Status, b.Page.Messages, want)
		}
		if strings.Contains(b.Last.Body, "Secret") || strings.Contains(b.Last.Body, "<b>") {
			t.Errorf("%s: the page says too much: %s", target, b.Last.Body)
		}
	}
	german := b.Do(b.Request("GET", "/b/x", "", "Accept: text/html", "Accept-Language: de"))
	if !strings.Contains(german.Body, "Diese Seite dürfen Sie nicht öffnen") || !strings.Contains(german.Body, "Anderes Konto verwenden") {
		t.Errorf("in German: %s", german.Body)
	}
	rig.Eventually(t, "each denial is in the log with its rule", func() bool {
		rules := map[any]bool{}
		for _, entry := range w.site.Log.Find("access denied") {
			rules[entry["rule"]] = entry["user"] == ada && entry["reason"] == "denied"
		}
		return rules["deny /a/* group Finance"] && rules["deny /b/* group Finance Secret-Group"] && rules["none of the allow rules was met"]
	})
}

// An operator's own page for 403 is asked for by handle_errors. What that asks
// gets nothing of the user: no cookie of ours, no identity, no credentials, and
// nothing of what was posted.
func TestDeniedByHandleErrors(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	errors := "handle_errors 403 {\n rewrite * /errors/{err.status_code}?user={http.auth.user.preferred_username}&why={err.message}\n reverse_proxy " + echo.Addr + "\n}"
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}", "log",
		GateBlock(org, append(restricted, `basic_auth_up app "the application's password"`, "cookie_up app_user {claim.email}", "header_up X-Employee {claim.email}")...), errors, "reverse_proxy "+echo.Addr))}
	b := w.as(ada, "/home")
	answer := b.Open("/reports")
	got := w.echo.Last(t)
	if got.Target() != "/errors/403?user=ada%40example.com&why=This+is+for+auditors." || !strings.Contains(answer.Body, UpstreamMark) {
		t.Errorf("%d, the error page is asked for with %q", answer.Status, got.Line)
	}
	b.Do(b.Post("/reports", map[string][]string{"posted": {"something private"}}))
	for _, got := range w.echo.Requests() {
		expectOnly(t, got, nil)
		for _, name := range []string{"Cookie", "Authorization", "X-Employee", "Content-Type"} {
			expectHeader(t, got, name)
		}
		if got.Body != "" {
			t.Errorf("the error page gets the body %q", got.Body)
		}
	}
	// Programs get JSON all the same: they cannot show the operator's page.
	w.echo.Reset()
	if answer := b.Get("/reports"); answer.Status != http.StatusForbidden || !strings.Contains(answer.Body, `"detail":"This is for auditors."`) || len(w.echo.Requests()) > 0 {
		t.Errorf("a program gets %d %s", answer.Status, answer.Body)
	}
	// To FastCGI, whom the access log names is REMOTE_USER: nobody, while the operator's
	// page is asked for. Our own line names them each time.
	rig.Eventually(t, "the access log names who was kept out", func() bool {
		named := 0
		for _, entry := range w.site.Log.Find("handled request") {
			if req, _ := entry["request"].(map[string]any); req["uri"] == "/reports" && entry["user_id"] == ada {
				named++
			}
		}
		return named == 1 && len(w.site.Log.Find("access denied")) == 3
	})
}

// An operator's page for 403 is made by the application, in PHP. Caddy tells it as
// REMOTE_USER whoever {http.auth.user.id} is, and the address that was asked for: an
// application that goes by these two would serve what the rules have refused.
//
// Rows: S-48.
func TestS48_DeniedUserIsNobodyToFastCGI(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		_ = fcgi.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%s REMOTE_USER=%q", UpstreamMark, fcgi.ProcessEnv(r)["REMOTE_USER"])
		}))
	}()
	org := StartOrg(t)
	php := "reverse_proxy " + listener.Addr().String() + " {\n transport fastcgi\n}"
	w := &world{T: t, org: org, echo: StartEcho(t), site: StartSite(t, SiteBlock("http://localhost:{$PORT}",
		GateBlock(org, restricted...), "handle_errors 403 {\n rewrite * /index.php\n"+php+"\n}", php))}
	b := w.as(ada, "/home")
	for target, want := range map[string]string{"/home": ada, "/reports": ""} {
		if answer := b.Open(target); answer.Body != fmt.Sprintf("%s REMOTE_USER=%q", UpstreamMark, want) {
			t.Errorf("%s: %d %s", target, answer.Status, answer.Body)
		}
	}
}

// handle_errors that is about something else would leave an empty page.
func TestDeniedWhereHandleErrorsIsAboutSomethingElse(t *testing.T) {
	t.Parallel()
	for _, errors := range []string{
		"handle_errors 404 {\n respond nothing\n}",
		"handle_errors {\n @gone expression {err.status_code} == 502\n respond @gone nothing\n}",
		"handle_errors 5xx {\n respond nothing\n}\nhandle_errors 404 {\n respond nothing\n}",
	} {
		org, echo := StartOrg(t), StartEcho(t)
		w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}", GateBlock(org, restricted...), errors, "reverse_proxy "+echo.Addr))}
		b := w.as(ada, "/home")
		if b.Open("/reports"); b.Last.Status != http.StatusForbidden || b.Page == nil || !b.Page.Says("This is for auditors.") {
			t.Errorf("%s: %d %q", errors, b.Last.Status, b.Last.Body)
		}
	}
}
