package oktasim_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestState(t *testing.T) {
	o := start(t, &oktasim.Server{})
	expect(t, "state", o.api("GET", "/state", ""), any(document{
		"issuer": o.issuer(), "org_issuer": o.url, "org": o.url,
		"client_id": oktasim.DemoClientID, "client_secret": oktasim.DemoClientSecret, "public_client_id": oktasim.DemoPublicClientID,
		"users": []any{
			document{"login": ada, "password": adaPassword, "email": ada, "name": "Ada Lovelace", "groups": []any{"Everyone", "Engineering", "Finance"}},
			document{"login": "edgar@example.com", "password": ` say "friend" \ enter `, "email": "edgar@example.com", "name": "Edgar Codd", "groups": []any{"Everyone"}},
			document{"login": "grace@example.com", "password": "navy-compiler-1952", "email": "grace@example.com", "name": "Grace Hopper", "groups": []any{"Everyone", "Auditors"}},
		},
	}))
}

// A zero Server learns its address from the first request.
func TestStateNeedsAnAddress(t *testing.T) {
	s := &oktasim.Server{}
	front, back := httptest.NewServer(s), httptest.NewServer(s.Manage())
	defer front.Close()
	defer back.Close()
	o := &org{t, front.URL, back.URL}
	status, _ := o.rawAPI("GET", "/state", "")
	expect(t, "before", status, 400)
	o.begin()
	expect(t, "after", o.api("GET", "/state", "").(document)["org"], any(o.url))
}

func TestCallsAlwaysNameEveryEndpoint(t *testing.T) {
	o := start(t, &oktasim.Server{})
	o.begin()
	reset := o.api("DELETE", "/calls", "")
	for _, name := range []string{"discovery", "keys", "interact", "introspect", "identify", "challenge", "challenge/answer",
		"challenge/resend", "challenge/poll", "credential/enroll", "skip", "cancel", "token", "refresh", "revoke", "userinfo", "logout"} {
		expect(t, name, reset.(document)[name], any(0.0))
	}
}

func TestLastCallTellsTheDeviceAndNoSecret(t *testing.T) {
	o := start(t, &oktasim.Server{})
	request, _ := http.NewRequest(http.MethodPost, o.issuer()+"/v1/interact", strings.NewReader(interactForm().Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Device-Token", "device-token-of-one-browser")
	request.Header.Set("Cookie", "DT=device-token-of-one-browser")
	request.Header.Set("X-Forwarded-For", "198.51.100.7")
	request.Header.Set("User-Agent", "a browser")
	o.do(request)
	last := o.api("GET", "/calls/last", "").(document)["interact"].(document)
	expect(t, "address", last["x_forwarded_for"], any("198.51.100.7"))
	expect(t, "browser", last["user_agent"], any("a browser"))
	expect(t, "client", last["client_auth"], any("post"))
	expect(t, "device", last["x_device_token_sha256"], last["dt_cookie_sha256"])
	expect(t, "parameters", last["parameters"], any([]any{"client_id", "client_secret", "code_challenge", "code_challenge_method", "nonce", "redirect_uri", "scope", "state"}))
	request, _ = http.NewRequest(http.MethodGet, o.manage+"/calls/last", nil)
	if _, content := o.do(request); strings.Contains(string(content), "device-token-of-one") || strings.Contains(string(content), oktasim.DemoClientSecret) {
		t.Fatalf("%s", content)
	}
}

func TestUsersAndPolicyOfARunningOrg(t *testing.T) {
	o := start(t, &oktasim.Server{})
	began := o.begin()
	o.api("POST", "/users", `{"login":"linus@example.com","password":"a \"b\\ ","name":"Linus","groups":["Kernel"]}`)
	o.api("PUT", "/policy", `{"password":"second_page","factors":["email"]}`)
	began.identify("linus@example.com", `a "b\ `).code() // a sign-in keeps the policy it began with
	f := o.begin().submit("identify", document{"identifier": "linus@example.com"}).passcode(`a "b\ `).choose()
	code, _ := o.mail("linus@example.com")
	claims := f.verified(f.passcode(code).tokens())
	expect(t, "groups", claims["groups"], any([]any{"Kernel"}))
	expect(t, "email", claims["email"], any("linus@example.com"))
}

func TestWrongInputSaysWhatIsExpected(t *testing.T) {
	o := start(t, &oktasim.Server{})
	tests := []struct{ method, path, body, want string }{
		{"POST", "/users", `{"login":"x"}`, `user "x" needs a password`},
		{"POST", "/users", `{"password":"x"}`, `needs a login`},
		{"POST", "/users", `{"login":"x","passwort":"y"}`, `unknown field "passwort"; expected {"login":`},
		{"POST", "/users", ``, `expected {"login":`},
		{"PUT", "/policy", `{"password":"third_page"}`, `password is "third_page"; it can be "first_page" or "second_page"`},
		{"PUT", "/policy", `{"factors":["pigeon"]}`, `factor "pigeon" is not known; known are: email`},
		{"PUT", "/policy", `{"refresh":"eternal"}`, `refresh is "eternal"`},
		{"PUT", "/policy", `{} {}`, `more than one JSON value`},
		{"PUT", "/faults", `{"endpoint":"token"}`, `expected [{"endpoint":`},
		{"PUT", "/faults", `[{"endpoint":"tokens"}]`, `endpoint is "tokens"; it can be one of: discovery, keys,`},
		{"PUT", "/faults", `[{"endpoint":"token","status":99}]`, `status is 99`},
		{"PUT", "/faults", `[{"endpoint":"token","delay_ms":-1}]`, `delay_ms is -1`},
		{"PUT", "/faults", `[{"endpoint":"token","times":-1}]`, `times is -1`},
	}
	for _, test := range tests {
		status, out := o.rawAPI(test.method, test.path, test.body)
		message, _ := out.(document)["error"].(string)
		if status != 400 || !strings.Contains(message, test.want) {
			t.Errorf("%s %s %s: %d %q, want %q", test.method, test.path, test.body, status, message, test.want)
		}
	}
}

func TestFaults(t *testing.T) {
	o := start(t, &oktasim.Server{})
	get := func() (int, string, string) {
		request, _ := http.NewRequest(http.MethodGet, o.issuer()+"/v1/keys", nil)
		response, content := o.do(request)
		return response.StatusCode, response.Header.Get("Content-Type"), string(content)
	}
	check := func(what string, status int, kind, body string) {
		t.Helper()
		gotStatus, gotKind, gotBody := get()
		if gotStatus != status || gotKind != kind || !strings.HasPrefix(gotBody, body) {
			t.Fatalf("%s: %d %q %q", what, gotStatus, gotKind, gotBody)
		}
	}
	o.api("PUT", "/faults", `[{"endpoint":"keys","status":503,"times":1},{"endpoint":"keys","body":"<p>proxy","status":502,"times":1},{"endpoint":"keys","body":{"keys":[]},"times":2},{"endpoint":"token","status":500}]`)
	check("first", 503, "application/json", "")
	check("second", 502, "text/html; charset=utf-8", "<p>proxy")
	check("third", 200, "application/json", `{"keys":[]}`)
	check("third again", 200, "application/json", `{"keys":[]}`)
	check("met often enough", 200, "application/json", `{"keys":[{`)
	expect(t, "left", len(o.api("GET", "/faults", "").([]any)), 1)
	o.api("PUT", "/faults", `[{"endpoint":"keys","status":429,"headers":{"X-Rate-Limit-Reset":"1","Content-Type":"text/plain"},"body":"not json"}]`)
	check("for good", 429, "text/plain", "not json")
	check("for good", 429, "text/plain", "not json")
	o.api("PUT", "/faults", `[{"endpoint":"keys","delay_ms":1}]`)
	check("only late", 200, "application/json", `{"keys":[{`)
	o.api("PUT", "/faults", `[]`)
	check("cleared", 200, "application/json", `{"keys":[{`)
	expect(t, "faults are counted too", o.calls()["keys"], 9)
}

func TestFaultTellsTokenFromRefresh(t *testing.T) {
	o := start(t, &oktasim.Server{})
	o.api("PUT", "/faults", `[{"endpoint":"refresh","status":503}]`)
	f := o.begin().identify(ada, adaPassword)
	token := f.tokens()
	if _, err := f.renew(token.RefreshToken); err == nil || !strings.Contains(err.Error(), "503") {
		t.Fatalf("refresh: %v", err)
	}
}

func TestInterceptSpoilsOneStep(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	o := start(t, &oktasim.Server{Intercept: func(endpoint string, w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		seen = append(seen, endpoint)
		mu.Unlock()
		if endpoint != "keys" {
			return false
		}
		panic(http.ErrAbortHandler) // hang up
	}})
	o.begin()
	if _, err := http.Get(o.issuer() + "/v1/keys"); err == nil {
		t.Fatal("the connection was not cut")
	}
	mu.Lock()
	defer mu.Unlock()
	expect(t, "seen", seen[:2], []string{"interact", "introspect"})
}

func TestLoadConfig(t *testing.T) {
	s, err := oktasim.LoadConfig(strings.NewReader(`{
		"users": [{"login": "u", "password": "p", "groups": ["G"]}],
		"clients": [{"client_id": "0oa", "client_secret": "s", "label": "L"}],
		"scopes": ["openid"], "policy": {"password": "second_page", "refresh": "rotating"},
		"transaction_lifetime": "90s", "introspect_error_type": "application/json"}`))
	if err != nil {
		t.Fatal(err)
	}
	o := start(t, s)
	form := interactForm()
	form.Set("client_id", "0oa")
	form.Set("client_secret", "s")
	form.Set("scope", "openid")
	f := o.beginAt(o.issuer(), o.issuer()+"/v1/interact", form).submit("identify", document{"identifier": "u"}).passcode("p")
	f.code()
	for config, want := range map[string]string{
		`{"polices":{}}`:                  `unknown field "polices"; expected {"users":`,
		`{"policy":{"pasword":""}}`:       `unknown field "pasword"`,
		`{"policy":{"factors":["x"]}}`:    `policy: factor "x" is not known`,
		`{"users":[{"login":"a"}]}`:       `users: user "a" needs a password`,
		`{"clients":[{}]}`:                `clients: a client needs a client_id`,
		`{"transaction_lifetime":"soon"}`: `transaction_lifetime is "soon"`,
		`{"transaction_lifetime":"-1s"}`:  `transaction_lifetime is "-1s"`,
		``:                                `expected {"users":`,
	} {
		if _, err := oktasim.LoadConfig(strings.NewReader(config)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", config, err, want)
		}
	}
}

func TestServe(t *testing.T) {
	front, err := oktasim.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	manage, err := oktasim.Listen("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &oktasim.Server{}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, front, manage) }()
	state := (&org{t, "", "http://" + manage.Addr().String()}).api("GET", "/state", "").(document)
	expect(t, "org", state["org"], any("http://"+front.Addr().String()))
	if text := s.Describe(); !strings.Contains(text, "http://"+front.Addr().String()+"/oauth2/default") || !strings.Contains(text, ada) {
		t.Fatal(text)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := http.Get("http://" + front.Addr().String()); err == nil {
		t.Fatal("still listening")
	}
}
