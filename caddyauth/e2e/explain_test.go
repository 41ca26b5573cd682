package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// explained runs "okta-auth explain" with a config of its own storage, which has
// to stay empty, and returns what it says.
func explained(t *testing.T, w *world, caddyfile string, args ...string) (string, error) {
	t.Helper()
	folder := t.TempDir()
	config, storage := filepath.Join(folder, "Caddyfile"), filepath.Join(folder, "storage")
	if err := os.WriteFile(config, []byte("{\n\tstorage file_system "+storage+"\n}\n"+caddyfile), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := w.site.Command(append([]string{"okta-auth", "explain", "--config", config, "--adapter", "caddyfile"}, args...)...)
	if _, missing := os.Stat(storage); !os.IsNotExist(missing) {
		if entries, _ := os.ReadDir(storage); len(entries) > 0 {
			t.Errorf("%q wrote into the storage: %v", args, entries)
		}
	}
	return out, err
}

func writeClaims(t *testing.T, c claims) string {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "claims.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// What explain says that the application gets is what it gets: the same config,
// request and user, once told and once done.
func TestExplainTellsWhatTheApplicationReallyGets(t *testing.T) {
	t.Parallel()
	zoe := claims{"preferred_username": "zoe@example.com", "email": "Zoe@example.com", "email_verified": true, "name": "Zoë Müller", "groups": []string{"Everyone", "eng-web", "a,b"}, "employeeNumber": 42, "department": "Sales"}
	w := newRuledWorld(t, map[string]claims{"zoe@example.com": zoe}, nil)
	file := writeClaims(t, zoe)
	const rules = "deny /admin/* not group Admins\nallow signed_in"
	for _, c := range []struct {
		name, site, target, outcome string
		lines, headers              []string
		nobody                      bool
	}{
		{name: "default headers", target: "/app?x=1&y=%2Fa", outcome: "allow", headers: []string{"X-Forwarded-User: root", "X-Own: 1", "Accept: application/json"}},
		{name: "rules", target: "/app", outcome: "allow", lines: []string{rules, "identity grafana {\n role Editor eng-*\n}"}, headers: []string{"Accept: */*"}},
		{name: "denied", target: "/admin/x", outcome: "deny", lines: []string{rules}, headers: []string{"Accept: */*"}},
		{name: "public", target: "/public/x", outcome: "public", lines: []string{rules, "public /public/*", "proxy_secret X-Gate the-secret-of-the-gate"}, headers: []string{"Authorization: Bearer own", "X-Original-URL: /admin", "Accept: */*"}},
		{name: "optional, nobody", target: "/shop/x", outcome: "optional", lines: []string{"optional /shop/*"}, headers: []string{"Remote-User: root", "Accept: */*"}, nobody: true},
		{name: "optional, somebody", target: "/shop/x", outcome: "allow", lines: []string{"optional /shop/*", "identity remote-user"}, headers: []string{"Remote-User: root", "Accept: */*"}},
		{name: "shaped", target: "/", outcome: "allow", lines: []string{"header_up X-Name {claim.name|rfc8187}", "header_up X-Nr {claim.employeeNumber}", "header_up X-None {claim.nothing}", "cookie_up who {claim.email|percent}"}, headers: []string{"Cookie: own=1; who=root", "Accept: */*"}},
		{name: "Basic", target: "/", outcome: "allow", lines: []string{"basic_auth_up {claim.email} the-password"}, headers: []string{"Authorization: Basic cm9vdA==", "Accept: */*"}},
		{name: "rewritten", site: "rewrite /old/* /new{path}\nGATE\nheader_up_of_caddy\nPROXY", target: "/old/x?q=1", outcome: "allow", headers: []string{"Accept: */*"}},
		{name: "handle_path", site: "handle_path /app/* {\nGATE\nPROXY\n}\nhandle {\nrespond elsewhere\n}", target: "/app/x", outcome: "allow", lines: []string{"prefix /app/.okta/"}, headers: []string{"Accept: */*"}},
		{name: "refused", target: "/x%2fy", outcome: "bad-request", lines: []string{rules}, headers: []string{"Accept: */*"}},
		{name: "nobody", target: "/", outcome: "refuse", headers: []string{"Accept: application/json"}, nobody: true},
	} {
		site := c.site
		if site == "" {
			site = "GATE\nPROXY"
		}
		lines := strings.Split(strings.Join(c.lines, "\n"), "\n")
		caddyfile := SiteBlock("http://localhost:{$PORT}", strings.NewReplacer("GATE", GateBlock(w.org, lines...), "header_up_of_caddy\nPROXY", "reverse_proxy "+w.echo.Addr+" {\n header_up X-Via {http.auth.user.id}\n}", "PROXY", "reverse_proxy "+w.echo.Addr).Replace(site))
		w.rerunAs(caddyfile)
		b := w.browser()
		args := []string{"--url", w.site.URL + c.target}
		for _, header := range c.headers {
			args = append(args, "--header", header)
		}
		if !c.nobody {
			args = append(args, "--claims", file)
			b.SignIn(map[bool]string{false: "/", true: "/app/"}[c.name == "handle_path"], "zoe@example.com", "pw")
		}
		w.echo.Reset()
		b.Do(withCookies(b, b.Request("GET", c.target, "", c.headers...)))
		real := w.echo.Requests()
		w.echo.Reset()
		w.org.ResetCalls()
		out, err := explained(t, w, caddyfile, args...)
		if err != nil || !strings.Contains(out, "\nOutcome: "+c.outcome+"\n") {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
		if c.name == "shaped" && !strings.Contains(out, "  not sent  X-None: the user has no value for it\n") {
			t.Errorf("a header that the user does not get is not named:\n%s", out)
		}
		w.expectCalls(map[string]int{})
		if called := w.echo.Requests(); len(called) > 0 {
			t.Errorf("%s: explain called the application: %v", c.name, called)
		}
		_, told, passes := strings.Cut(out, " gets:\n\n")
		if passes != (len(real) == 1) {
			t.Errorf("%s: the application got %d requests, and explain says\n%s", c.name, len(real), out)
			continue
		}
		if passes {
			if diff := cmp.Diff(asTold(real[0]), bare(strings.Split(strings.TrimSpace(told), "\n"))); diff != "" {
				t.Errorf("%s (-got +told):\n%s", c.name, diff)
			}
		}
	}
}

// However a config comes to call an application, explain does not: from error routes,
// for what another application answered, or to ask for its health. Nor does it ask for
// the application's address, and says what goes there all the same.
func TestExplainCallsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := writeClaims(t, claims{"preferred_username": "zoe@example.com", "groups": []string{"Finance"}})
	proxy := "reverse_proxy " + w.echo.Addr
	for name, lines := range map[string][]string{
		"error routes":          {"respond /reports done", "handle_errors 401 403 {\n " + proxy + "\n}"},
		"errors of a subroute":  {"handle {\n error 502\n}", "handle_errors {\n handle {\n " + proxy + "\n}\n}"},
		"response routes":       {proxy + " {\n @any status 2xx\n handle_response @any {\n handle {\n " + proxy + "\n}\n}\n}"},
		"intercepted responses": {"intercept {\n handle_response {\n " + proxy + "\n}\n}", "respond done"},
		"forward_auth":          {"forward_auth " + w.echo.Addr + " {\n uri /who\n}", proxy},
		"health checks":         {proxy + " {\n health_uri /health\n health_interval 1ms\n}"},
		"dynamic upstreams":     {"reverse_proxy {\n dynamic a app.invalid 8080 {\n resolvers " + w.echo.Addr + "\n}\n}"},
	} {
		for _, path := range []string{"/reports", "/elsewhere"} {
			site := SiteBlock("http://localhost:{$PORT}", append([]string{GateBlock(w.org, "allow /reports group Finance")}, lines...)...)
			out, err := explained(t, w, site, "--url", w.site.URL+path, "--claims", file)
			if err != nil || name == "dynamic upstreams" && strings.Contains(out, " gets:\n\n") != (path == "/reports") {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
			if called := w.echo.Requests(); len(called) > 0 {
				t.Errorf("%s: %s called the application: %v", name, path, called)
			}
			w.echo.Reset()
		}
	}
}

// withCookies adds the jar's to those that a request has.
func withCookies(b *Browser, req *http.Request) *http.Request {
	for pair := range strings.SplitSeq(b.Jar.For(req.URL), "; ") {
		if name, value, ok := strings.Cut(pair, "="); ok && req.Header.Get("Cookie") != "" {
			req.Header.Set("Cookie", req.Header.Get("Cookie")+"; "+name+"="+value)
		}
	}
	return req
}

// asTold is a request that was received, as explain writes one.
func asTold(r EchoRequest) []string {
	lines := []string{r.Line}
	for _, h := range r.Header {
		lines = append(lines, h[0]+": "+h[1])
	}
	return bare(lines)
}

// bare leaves out what says by which client and connection a request came,
// and the user's id, which the org made up.
func bare(lines []string) []string {
	out := []string{lines[0]}
	for _, line := range lines[1:] {
		name, _, _ := strings.Cut(strings.ToLower(line), ":")
		if !slices.Contains([]string{"user-agent", "accept-encoding", "x-forwarded-for", "x-forwarded-user-id", "connection"}, name) {
			out = append(out, name+line[len(name):])
		}
	}
	slices.Sort(out[1:])
	return out
}

// Of what the config keeps secret, explain shows what the application gets and
// nothing else; the org's tokens it has not.
//
// Rows: S-52.
func TestS52_ExplainShowsNoSecretOfTheConfig(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const key, secret, password = "the-sealing-key-of-this-very-test-12345", "the-secret-of-the-gate", "the-password-of-the-application"
	caddyfile := Caddyfile(w.org, w.echo, "key "+key, "proxy_secret X-Gate "+secret, "basic_auth_up app "+password, "allow group Finance", "allow claim department Sales")
	file := writeClaims(t, claims{"preferred_username": "zoe@example.com", "groups": []string{"Finance"}})
	for args, shown := range map[string]bool{"--claims " + file: true, "--method POST": false, "--header Accept:application/json": false} {
		out, err := explained(t, w, caddyfile, append([]string{"--url", w.site.URL + "/x"}, strings.Fields(args)...)...)
		if err != nil || strings.Contains(out, key) || strings.Contains(out, w.org.State().ClientSecret) || strings.Contains(out, password) {
			t.Errorf("%s: %v\n%s", args, err, out)
		}
		if strings.Contains(out, "X-Gate: "+secret) != shown {
			t.Errorf("%s: the headers of the application:\n%s", args, out)
		}
	}
	// A config that does not load says why without them.
	out, err := explained(t, w, strings.Replace(caddyfile, "allow group Finance", "allow gruop Finance", 1), "--url", w.site.URL)
	if err == nil || !strings.Contains(out, "unrecognized condition 'gruop'") || strings.Contains(out, key) || strings.Contains(out, secret) || strings.Contains(out, password) {
		t.Errorf("%v\n%s", err, out)
	}
}

// Claims are what somebody else wrote. A name with control characters and line breaks
// writes nothing on the operator's terminal but that name, and no decision of its own.
//
// Rows: S-53.
func TestS53_HostileNamesInExplain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const hostile = "eve\x1b]0;owned\x07\r\n  decision  allow: rule 1\u202e"
	file := writeClaims(t, claims{"sub": hostile, "preferred_username": hostile, "name": "eve\x1b[2J", "groups": []string{hostile}})
	out, err := explained(t, w, Caddyfile(w.org, w.echo, "deny group Robots", "allow group Finance"), "--url", w.site.URL+"/x", "--claims", file)
	if err != nil || strings.ContainsAny(out, "\x1b\x07\r\u202e") || strings.Contains(out, "\n  decision  allow") || !strings.Contains(out, `\x1b`) {
		t.Errorf("%v\n%q", err, out)
	}
}

// A table is an operator's own test: it passes or it fails, and says what is not
// as expected.
func TestExplainTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caddyfile := Caddyfile(w.org, w.echo, "public /healthz", "optional /shop/*", "allow /books/* group Finance", "allow /home signed_in")
	claimsFile := writeClaims(t, claims{"preferred_username": "zoe@example.com", "groups": []string{"Finance"}})
	table := func(lines ...string) string {
		file := filepath.Join(filepath.Dir(claimsFile), "table.txt")
		if err := os.WriteFile(file, []byte(strings.NewReplacer("SITE", w.site.URL).Replace(strings.Join(lines, "\n"))), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := []string{"# who may", "", "allow GET SITE/books/x claims.json", "deny GET SITE/ledger/x claims.json", "  sign-in\tGET  SITE/books/x", "refuse POST SITE/books/x - Accept:application/json",
		"public GET SITE/healthz claims.json", "optional GET SITE/shop/x", "optional GET SITE/shop/x claims.json", "bad-request GET SITE/books/..%2fx claims.json", "own GET SITE/.okta/signout", "allow HEAD SITE/home " + claimsFile}
	if out, err := explained(t, w, caddyfile, "--table", table(good...)); err != nil || !strings.Contains(out, "10 requests are as expected") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := explained(t, w, caddyfile, "--table", table("allow GET SITE/books/x claims.json", "allow GET SITE/ledger/x claims.json", "public GET SITE/books/x", "allow GET SITE/shop/x claims.json"))
	for _, want := range []string{"table.txt:2: GET " + w.site.URL + "/ledger/x: deny, expected allow: no rule lets this user pass",
		"table.txt:3: GET " + w.site.URL + "/books/x: sign-in, expected public: nobody is signed in", "table.txt:4: GET " + w.site.URL + "/shop/x: optional, expected allow: no rule lets this user pass", "3 of 4 requests are not as expected"} {
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%v, want %q in\n%s", err, want, out)
		}
	}
	for line, want := range map[string]string{
		"allow GET":                                 "table.txt:1: a line has the outcome, the method and the address",
		"allowed GET SITE/":                         `there is no outcome "allowed": there are allow, deny`,
		"allow GET SITE/ nobody.json":               "nobody.json",
		"allow GET SITE/ claims.json Accept":        `header "Accept" is not NAME: VALUE`,
		"allow GET /books claims.json":              `"/books" is not an address such as https://app.example.com/path`,
		"allow GET http://localhost:1/ claims.json": "nothing in the config is at http://localhost:1",
		"allow G@T SITE/ claims.json":               "G@T",
	} {
		if out, err := explained(t, w, caddyfile, "--table", table(line)); err == nil || !strings.Contains(out, want) {
			t.Errorf("%q: %v\n%s", line, err, out)
		}
	}
}

// Mistakes on the command line are named.
func TestExplainMistakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caddyfile := Caddyfile(w.org, w.echo)
	folder := t.TempDir()
	for name, text := range map[string]string{
		"list.json": `["Finance"]`, "typo.json": "{\n  \"groups\": [\"Finance\",]\n}\n", "line.json": "{\n\"x\": tru\n}", "half.json": "{\n\"groups\":", "empty.json": "", "null.json": "null", "two.json": "{\"groups\": []}\n{\"email\": \"x\"}", "table.txt": "# nothing\n\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for args, want := range map[string]string{
		"":                             "give --url with an address, or --table with a file",
		"--url URL --table x":          "give --url with an address, or --table with a file",
		"--url app.example.com":        `"app.example.com" is not an address`,
		"--url ftp://x/":               `"ftp://x/" is not an address`,
		"--url https://other.example/": "nothing in the config is at https://other.example: servers listen on",
		"--url URL --claims /does/not/exist.json": "/does/not/exist.json",
		"--url URL --claims DIR/list.json":        `list.json:1: not a JSON object of claims, such as {"groups": ["Finance"]}, but array`,
		"--url URL --claims DIR/typo.json":        "typo.json:2: not a JSON object of claims",
		"--url URL --claims DIR/line.json":        "line.json:2: not a JSON object of claims",
		"--url URL --claims DIR/half.json":        "half.json:2: not a JSON object of claims",
		"--url URL --claims DIR/empty.json":       "it ends too early",
		"--url URL --claims DIR/null.json":        ", but null",
		"--url URL --claims DIR/two.json":         "two.json:1: not a JSON object of claims, such as {\"groups\": [\"Finance\"]}: something follows it",
		"--table DIR/table.txt":                   "table.txt: no line has a request",
		"--table x --claims y":                    "--claims is for --url",
		"--table x --method POST":                 "--method is for --url",
		"--table x --header A:b":                  "--header is for --url",
		"--url URL --method=":                     "the method is empty",
		"--url URL --header A@b:c":                `header "A@b:c" is not NAME: VALUE`,
		"--url URL --header Host:other":           "the host is that of the address",
		"--url URL --header nonsense":             `header "nonsense" is not NAME: VALUE`,
		"--table /does/not/exist.txt":             "/does/not/exist.txt",
		"--url URL more":                          "unknown command",
	} {
		out, err := explained(t, w, caddyfile, strings.Fields(strings.NewReplacer("URL", w.site.URL, "DIR", folder).Replace(args))...)
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
	// A site without a gate is told so, and one that TLS ends in front of is found.
	out, err := explained(t, w, SiteBlock("http://localhost:{$PORT}", "reverse_proxy "+w.echo.Addr), "--url", w.site.URL)
	if err != nil || !strings.Contains(out, "no okta_auth is on the way of this request") || !strings.Contains(out, "Outcome: none") {
		t.Errorf("%v\n%s", err, out)
	}
	behind := strings.Replace(caddyfile, "http://localhost:{$PORT}", "http://:{$PORT}", 1)
	behind = strings.Replace(behind, "okta_auth {", "okta_auth {\npublic_url https://reports.example.com", 1)
	out, err = explained(t, w, behind, "--url", "https://reports.example.com/x")
	if err != nil || !strings.Contains(out, "Outcome: sign-in") {
		t.Errorf("%v\n%s", err, out)
	}
}
