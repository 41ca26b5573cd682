package oktasim_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

const seedYAML = `
# Two orgs in one process.
users:
  - {login: u@example.com, password: "p", groups: [G], status: PASSWORD_EXPIRED}
clients:
  - client_id: 0oa
    client_secret: s
scopes: [openid]
policy:
  password: second_page
  factors: [email]
limits: true
oddness: {off: [all]}
faults:
  - {endpoint: keys, kind: proxy_page, times: 1}
orgs:
  - name: beta
    listen: 127.0.0.1:0
    users: [{login: other@example.com, password: "0123"}]
`

func TestSeedOfSeveralOrgs(t *testing.T) {
	orgs, err := oktasim.LoadSeed(strings.NewReader(seedYAML))
	if err != nil {
		t.Fatal(err)
	}
	for i := range orgs {
		orgs[i].Listener, err = oktasim.Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
	}
	manage, err := oktasim.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- oktasim.Serve(ctx, orgs, manage) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	base := "http://" + manage.Addr().String()
	first := &org{t, "http://" + orgs[0].Listener.Addr().String(), base}
	second := &org{t, "http://" + orgs[1].Listener.Addr().String(), base + "/orgs/beta"}

	expect(t, "list", first.api("GET", "/orgs", ""), any([]any{
		document{"name": "", "org": first.url, "manage": "/"}, document{"name": "beta", "org": second.url, "manage": "/orgs/beta/"},
	}))
	users := func(o *org) any { return o.api("GET", "/state", "").(document)["users"].([]any)[0].(document)["login"] }
	expect(t, "user", users(first), any("u@example.com"))
	expect(t, "user", users(second), any("other@example.com"))
	expect(t, "limits", first.api("GET", "/limits", "").(document)["client"], any(60.0))
	expect(t, "limits", second.api("GET", "/limits", "").(document)["client"], any(0.0))
	expect(t, "factors", first.api("GET", "/policy", "").(document)["factors"], any([]any{"email"}))
	expect(t, "fault", first.look(patience).status, 502)
	expect(t, "no fault", second.look(patience).status, 200)
	if first.look(patience).body == second.look(patience).body {
		t.Error("two orgs have the same keys")
	}
	second.begin().identify("other@example.com", "0123").tokens()
	expect(t, "calls", first.calls()["interact"], 0)
	first.api("POST", "/reset", "")
	expect(t, "the fault is there again", first.look(patience).status, 502)
	text := oktasim.Describe(orgs)
	if !strings.Contains(text, "org beta") || !strings.Contains(text, second.url) {
		t.Error(text)
	}
	request, _ := http.NewRequest(http.MethodGet, base+"/orgs", nil)
	request.Host = "evil.example"
	response, _ := first.do(request)
	expect(t, "another host", response.StatusCode, http.StatusMisdirectedRequest)
}

func TestWrongSeedsSayWhatIsWrong(t *testing.T) {
	for seed, want := range map[string]string{
		"":                                     "nothing was given",
		"# only a comment\n":                   "nothing was given",
		"users: [":                             "line 1",
		"a: 1\n b: 2":                          "line 2",
		"users: []\n---\nusers: []":            "more than one YAML document",
		"user: []":                             `unknown field "user"`,
		"users: [{login: x, password: 1234}]":  "users.password is a number; it must be a text",
		"policy: {lockout: many}":              "policy.lockout is a text; it must be a whole number",
		"policy: {1: 2}":                       "a name is not a text",
		"users: []\nusers: []":                 `line 2`,
		"limits: {client: -1}":                 "limits: a limit must not be negative",
		"limits: {clients: 1}":                 `unknown field "clients"`,
		"oddness: {off: [x]}":                  `oddness: off has "x"`,
		"faults: [{endpoint: x}]":              `faults: endpoint is "x"`,
		"authorization_servers: [{name: a/b}]": `authorization_servers: a name is "a/b"`,
		"orgs: [{listen: '127.0.0.1:1'}]":      `orgs: the name of org 1 is ""`,
		"orgs: [{name: a}]":                    `orgs: "a" needs listen`,
		"orgs: [{name: a, listen: 'x:1'}, {name: a, listen: 'x:1'}]": `name of org 2 is "a"`,
		"orgs: [{name: a, listen: 'x:1', policy: {password: no}}]":   `orgs: "a": policy: password is "no"`,
		"&a [*a, *a]": "",
		`{"users":[]`: "the JSON ends too early",
	} {
		_, err := oktasim.LoadSeed(strings.NewReader(seed))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Go ") || strings.Contains(err.Error(), "yaml: ") {
			t.Errorf("%q: %v, want %q", seed, err, want)
		}
	}
}

func TestPatchChangesOnlyWhatIsGiven(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.begin().identify(ada, adaPassword)
	token := f.tokens()
	out := o.api("PATCH", "/users/"+ada, `{"groups":["Everyone"],"profile":{"department":"Numbers"}}`).(document)
	expect(t, "groups", out["groups"], any([]any{"Everyone"}))
	expect(t, "name", out["name"], any("Ada Lovelace"))
	renewed, err := f.renew(token.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "at the next refresh", f.verified(renewed)["groups"], any([]any{"Everyone"}))
	o.api("PATCH", "/users/"+ada, `{"status":"SUSPENDED"}`)
	if _, err := f.renew(token.RefreshToken); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("a suspended user: %v", err)
	}
	o.api("PATCH", "/users/"+ada, `{"status":"ACTIVE","password":"changed"}`)
	o.begin().identify(ada, "changed").code()
	for body, want := range map[string]string{
		`{"login":"x"}`: "cannot be changed", `{"status":"TIRED"}`: `status of user "ada@example.com" is "TIRED"`, `{"grups":[]}`: `unknown field "grups"`, `[]`: "must be an object", `{"groups":"G"}`: "groups is a text",
	} {
		status, out := o.rawAPI("PATCH", "/users/"+ada, body)
		if message, _ := out.(document)["error"].(string); status != 400 || !strings.Contains(message, want) {
			t.Errorf("%s: %d %q", body, status, message)
		}
	}
	if status, _ := o.rawAPI("PATCH", "/users/nobody", `{}`); status != 400 {
		t.Errorf("nobody: %d", status)
	}
}

// A browser shows an error instead of the page, and nobody knows why.
func TestListenRefusesPortsThatBrowsersRefuse(t *testing.T) {
	for _, address := range []string{"127.0.0.1:6000", "127.0.0.1:6667", "localhost:10080"} {
		listener, err := oktasim.Listen(address)
		if err == nil {
			listener.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "browsers refuse") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// Whoever says so in as many words may let other machines in.
func TestExposedOnPurpose(t *testing.T) {
	listener, err := oktasim.ListenExposed("0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	o := start(t, &oktasim.Server{Exposed: true})
	request, _ := http.NewRequest(http.MethodGet, o.url+"/.well-known/openid-configuration", nil)
	request.Host = "okta:8081"
	response, content := o.do(request)
	if response.StatusCode != 200 || !strings.Contains(string(content), `"issuer":"http://okta:8081"`) || response.Header.Get("X-Okta-Simulator") == "" {
		t.Errorf("%d %s", response.StatusCode, content)
	}
}

// An application on another host is trusted as far as it is registered.
func TestCORSOfRegisteredOrigins(t *testing.T) {
	o := start(t, &oktasim.Server{Clients: []oktasim.Client{{ID: "0oa", RedirectURIs: []string{"https://app.example.com/cb"}}}})
	for origin, want := range map[string]string{"https://app.example.com": "https://app.example.com", "https://app.example.com.evil.example": "", "http://app.example.com": "", "null": ""} {
		request, _ := http.NewRequest(http.MethodGet, o.issuer()+"/v1/keys", nil)
		request.Header.Set("Origin", origin)
		response, _ := o.do(request)
		expect(t, origin, response.Header.Get("Access-Control-Allow-Origin"), want)
	}
}
