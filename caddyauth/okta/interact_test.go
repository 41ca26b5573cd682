package okta

import (
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// What /interact is asked, as a confidential and as a public client: each
// parameter once, a secret only from the one that has it.
//
// Rows: CVE-2024-23647, mod_auth_openidc 2026-08-07.
func TestCVE_2024_23647_InteractRequest(t *testing.T) {
	d := Device{UserAgent: "Browser/1", AcceptLanguage: "de", Address: "203.0.113.7", Token: "device-token"}
	for _, secret := range []string{testSecret, ""} {
		f := newFakeOrg(t)
		o := f.org(func(c *Config) { c.ClientSecret = secret })
		in, err := o.Interact(t.Context(), d, InteractOptions{LoginHint: "ada@example.com", ACRValues: "urn:okta:loa:2fa:any"})
		if err != nil {
			t.Fatal(err)
		}
		a := f.calls(interactPath)[0]
		sum := sha256.Sum256([]byte(in.Verifier))
		want := map[string]string{
			"client_id": testClient, "redirect_uri": "http://localhost/cb", "scope": "openid profile email offline_access groups",
			"state": in.State, "nonce": in.Nonce, "code_challenge": b64(sum[:]), "code_challenge_method": "S256",
			"login_hint": "ada@example.com", "acr_values": "urn:okta:loa:2fa:any",
		}
		if secret != "" {
			want["client_secret"] = secret
		}
		for name, values := range a.form {
			if len(values) != 1 || values[0] != want[name] {
				t.Errorf("%s: %q, want %q", name, values, want[name])
			}
			delete(want, name)
		}
		if len(want) > 0 || a.method != "POST" || a.header.Get("Content-Type") != formType || a.header.Get("Accept") != "application/json" {
			t.Errorf("missing %v in %+v", want, a)
		}
		if strings.Contains(a.body, in.Verifier) {
			t.Error("the verifier goes out with its challenge")
		}
		if got := a.header.Get("X-Device-Token"); (got == "device-token") != (secret != "") {
			t.Errorf("secret %q: X-Device-Token %q", secret, got)
		}
		if a.header.Get("Cookie") != "DT=device-token" || a.header.Get("User-Agent") != "Browser/1" || len(a.header.Values("User-Agent")) != 1 || a.header.Get("X-Forwarded-For") != "203.0.113.7" {
			t.Errorf("device context: %v", a.header)
		}
		if in.Handle != testHandle {
			t.Errorf("handle %q", in.Handle)
		}
		f.idToken = rs256(header(), f.goodClaims(), 0)
		if _, err := f.redeem(o); err != nil {
			t.Fatal(err)
		}
		if got := f.calls(tokenPath)[0].form; got.Get("client_secret") != secret || got.Has("client_secret") != (secret != "") || got.Get("code_verifier") != interaction.Verifier || got.Get("interaction_code") != testCode || got.Get("client_id") != testClient || got.Has("code") {
			t.Errorf("token call with %v", got)
		}
	}
}

// A device token that is longer than Okta takes is not sent, cut or whole.
func TestDeviceTokenTooLong(t *testing.T) {
	f := newFakeOrg(t)
	if _, err := f.org().Interact(t.Context(), Device{Token: strings.Repeat("x", 33)}, InteractOptions{}); err != nil {
		t.Fatal(err)
	}
	if h := f.calls(interactPath)[0].header; h.Get("Cookie")+h.Get("X-Device-Token") != "" {
		t.Errorf("sent %v", h)
	}
}

// Nonce, state and verifier cannot be guessed and never come twice.
//
// Rows: S-19.
func TestS19_InteractionsAreUnique(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	seen := map[string]bool{}
	for range 1000 {
		in, err := o.Interact(t.Context(), Device{}, InteractOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(in.Verifier) < 43 || len(in.Verifier) > 128 || len(in.State) < 22 || len(in.Nonce) < 22 {
			t.Fatalf("too short: verifier %d, state %d, nonce %d", len(in.Verifier), len(in.State), len(in.Nonce))
		}
		for _, s := range []string{in.Verifier, in.State, in.Nonce} {
			if seen[s] {
				t.Fatal("a value came twice")
			}
			seen[s] = true
		}
	}
}

// The SDK gives an empty handle without an error, and quotes answers that it
// cannot read.
func TestInteractAnswers(t *testing.T) {
	for body, status := range map[string]int{
		`{"interaction_handle":""}`: 200, `{"interaction_handle":7}`: 200, `{"interaction_handle":null}`: 200, `{}`: 200, `null`: 200,
		`[]`: 200, `"x"`: 200, `<html>`: 200, ``: 200, `{"interaction_handle":"x`: 200, `{"interaction_handle":"x"}`: 302,
		`{"error":"Forbidden"}`: 403, `<html>Bad Gateway</html>`: 502, `{"error":"server_error"}`: 500,
	} {
		f := newFakeOrg(t)
		f.answer(interactPath, status, body)
		if in, err := f.org().Interact(t.Context(), Device{}, InteractOptions{}); !isKind(err, NotOkta) {
			t.Errorf("%d %s: %v, %v", status, body, in, err)
		}
	}
	f := newFakeOrg(t)
	for n, ok := range map[int]bool{maxHandle: true, maxHandle + 1: false} {
		f.answer(interactPath, 200, `{"interaction_handle":"`+strings.Repeat("h", n)+`"}`)
		if _, err := f.org().Interact(t.Context(), Device{}, InteractOptions{}); (err == nil) != ok {
			t.Errorf("handle of %d bytes: %v", n, err)
		}
	}
	f.answer(interactPath, 401, `{"error":"invalid_client","error_description":"The client secret supplied is invalid."}`)
	_, err := f.org().Interact(t.Context(), Device{}, InteractOptions{})
	var e *Error
	if !errors.As(err, &e) || e.Kind != Refused || e.Code != "invalid_client" || e.Status != 401 {
		t.Errorf("refused: %v", err)
	}
}

const invalidScope = `{"error":"invalid_scope","error_description":"One or more scopes are not configured for the authorization server resource."}`

// refuseScope answers invalid_scope as long as the scope is asked for.
func (f *fakeOrg) refuseScope(scope string) {
	f.handle(interactPath, func(w http.ResponseWriter, _ *http.Request) {
		f.mu.Lock()
		last := f.asked[len(f.asked)-1]
		f.mu.Unlock()
		if slices.Contains(strings.Fields(last.form.Get("scope")), scope) {
			w.WriteHeader(400)
			io.WriteString(w, invalidScope)
			return
		}
		io.WriteString(w, `{"interaction_handle":"h"}`)
	})
}

// An application without the Refresh Token grant: asked once more without
// offline_access, remembered, and the operator told what to switch on.
func TestOfflineAccessRefused(t *testing.T) {
	f := newFakeOrg(t)
	f.refuseScope("offline_access")
	o := f.org()
	for range 3 {
		if _, err := o.Interact(t.Context(), Device{}, InteractOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	calls := f.calls(interactPath)
	if len(calls) != 4 {
		t.Errorf("%d calls for three sign-ins", len(calls))
	}
	if calls[0].form.Get("nonce") == calls[1].form.Get("nonce") || calls[0].form.Get("code_challenge") == calls[1].form.Get("code_challenge") {
		t.Error("the second attempt reuses the nonce or the challenge of the first")
	}
	if got := calls[3].form.Get("scope"); got != "openid profile email groups" {
		t.Errorf("scope %q", got)
	}
	log := f.log.String()
	if strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, "Refresh Token") {
		t.Errorf("log:\n%s", log)
	}
	mustHoldNoSecret(t, "the log", log)
}

// Many users at that moment: the one who comes second is not turned away
// because the first has just found out.
func TestOfflineAccessRefusedToMany(t *testing.T) {
	f := newFakeOrg(t)
	f.refuseScope("offline_access")
	o := f.org()
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if _, err := o.Interact(t.Context(), Device{}, InteractOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := strings.Count(f.log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings", n)
	}
}

// Another scope is at fault: the error is the first one, and nothing is
// remembered about offline_access.
func TestAnotherScopeRefused(t *testing.T) {
	f := newFakeOrg(t)
	f.refuseScope("reports")
	o := f.org(func(c *Config) { c.Scopes = []string{"openid", "offline_access", "reports"} })
	for range 2 {
		_, err := o.Interact(t.Context(), Device{}, InteractOptions{})
		var e *Error
		if !errors.As(err, &e) || e.Code != "invalid_scope" || e.Kind != Refused {
			t.Fatalf("got %v", err)
		}
	}
	calls := f.calls(interactPath)
	if len(calls) != 4 || !strings.Contains(calls[2].form.Get("scope"), "offline_access") {
		t.Errorf("%d calls, the third with %v", len(calls), calls[2].form["scope"])
	}
	if f.log.Len() > 0 {
		t.Errorf("log:\n%s", f.log.String())
	}
	// Scopes as configured, and without a second attempt where it is not asked for.
	f.refuseScope("openid")
	before := len(f.calls(interactPath))
	o = f.org(func(c *Config) { c.Scopes = []string{"openid"} })
	if _, err := o.Interact(t.Context(), Device{}, InteractOptions{}); err == nil {
		t.Error("accepted")
	}
	if n := len(f.calls(interactPath)) - before; n != 1 {
		t.Errorf("%d calls", n)
	}
}

// The SDK's constructor reads okta.yaml where the server was started. A broken
// one is an error that names it, not a riddle; a good one changes nothing.
func TestOktaYAML(t *testing.T) {
	f := newFakeOrg(t)
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", t.TempDir())
	write := func(s string) {
		if err := os.WriteFile(filepath.Join(dir, "okta.yaml"), []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("okta: [broken\n")
	_, err := New(Config{Issuer: f.issuer(), ClientID: testClient, ClientSecret: testSecret, RedirectURI: "http://localhost/cb"})
	if err == nil || !strings.Contains(err.Error(), "okta.yaml") {
		t.Fatalf("got %v", err)
	}
	mustHoldNoSecret(t, "the error", err.Error())
	write("okta:\n  idx:\n    issuer: https://evil-org.example.com/oauth2/default\n    clientId: evil-org\n    clientSecret: evil-org\n    scopes: [evil-org]\n    redirectUri: https://evil-org.example.com/\n")
	f.mustAskAsConfigured(t)
}

// The environment of the process is not our configuration.
func TestEnvironmentChangesNothing(t *testing.T) {
	f := newFakeOrg(t)
	for _, name := range []string{"ISSUER", "CLIENTID", "CLIENTSECRET", "SCOPES", "REDIRECTURI"} {
		t.Setenv("OKTA_IDX_"+name, "https://evil-org.example.com/oauth2/evil-org")
		t.Setenv("OKTA_IDX_OKTA_IDX_"+name, "https://evil-org.example.com/oauth2/evil-org")
	}
	f.mustAskAsConfigured(t)
}

func (f *fakeOrg) mustAskAsConfigured(t *testing.T) {
	t.Helper()
	for _, secret := range []string{testSecret, ""} {
		o := f.org(func(c *Config) { c.ClientSecret = secret })
		before := len(f.calls(interactPath))
		if _, err := o.Interact(t.Context(), Device{}, InteractOptions{}); err != nil {
			t.Fatal(err)
		}
		a := f.calls(interactPath)[before]
		if strings.Contains(a.body, "evil-org") || a.form.Get("client_id") != testClient || a.form.Get("client_secret") != secret {
			t.Errorf("sent %s", a.body)
		}
	}
}

// Okta's SDK has one client for the process, so that one org's handle, and then
// its secret, went to another. Two orgs, many users, and a configuration that
// is loaded again and again meanwhile.
//
// Rows: S-23.
func TestS23_TwoOrgsNeverCross(t *testing.T) {
	orgs := []*fakeOrg{newFakeOrg(t), newFakeOrg(t)}
	var wg sync.WaitGroup
	for n, f := range orgs {
		mine := string(rune('A' + n))
		f.answer(interactPath, 200, `{"interaction_handle":"HANDLE-OF-`+mine+`"}`)
		f.answer(introspectPath, 200, form)
		f.answer(identifyPath, 200, form)
		f.idToken = rs256(header(), f.goodClaims(), 0)
		secret := "SECRET-OF-" + mine
		o := f.org(func(c *Config) { c.ClientSecret, c.ClientID = secret, testClient })
		for range 8 {
			wg.Go(func() {
				for range 10 {
					in, err := o.Interact(t.Context(), Device{Token: "DEVICE-OF-" + mine}, InteractOptions{})
					if err != nil || in.Handle != "HANDLE-OF-"+mine {
						t.Errorf("org %s: %v, %v", mine, in, err)
						return
					}
					if _, err := o.Introspect(t.Context(), Device{}, in.Handle); err != nil {
						t.Error(err)
					}
					o.Proceed(t.Context(), Device{}, &idx.Remediation{Href: f.srv.URL + identifyPath}, []byte(`{"x":"PASSWORD-OF-`+mine+`"}`))
					if _, err := o.Redeem(t.Context(), Device{}, "CODE-OF-"+mine, interaction); err != nil {
						t.Error(err)
					}
				}
			})
			wg.Go(func() { // a reload
				if _, err := New(Config{Issuer: f.issuer(), ClientID: "reloaded-" + mine, ClientSecret: secret, RedirectURI: "http://localhost/cb"}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	for n, f := range orgs {
		other := "-OF-" + string(rune('B'-n))
		for _, a := range f.asked {
			if strings.Contains(a.body+a.url+a.header.Get("Cookie"), other) {
				t.Fatalf("org %d was sent %s %s %s", n, a.method, a.url, a.body)
			}
		}
		if len(f.calls(interactPath)) != 80 || len(f.calls(tokenPath)) != 80 {
			t.Errorf("org %d: %d interactions, %d tokens", n, len(f.calls(interactPath)), len(f.calls(tokenPath)))
		}
	}
}

// The org's own authorization server has its endpoints below /oauth2, a custom
// one below its issuer; a host's name says nothing about it.
func TestInteractAddress(t *testing.T) {
	for issuer, want := range map[string]string{
		"https://acme.okta.com":                        "https://acme.okta.com/oauth2/v1/interact",
		"https://acme.okta.com/":                       "https://acme.okta.com/oauth2/v1/interact",
		"https://acme.okta.com/oauth2/default":         "https://acme.okta.com/oauth2/default/v1/interact",
		"https://acme.okta.com/oauth2/default/":        "https://acme.okta.com/oauth2/default/v1/interact",
		"https://oauth2.acme.com":                      "https://oauth2.acme.com/oauth2/v1/interact",
		"https://oauth2.acme.com/oauth2/aus1a2b3c4d5e": "https://oauth2.acme.com/oauth2/aus1a2b3c4d5e/v1/interact",
	} {
		asked := ""
		o, err := New(Config{Issuer: issuer, ClientID: "c", RedirectURI: "https://app/cb", Scopes: []string{"openid"}, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			asked = r.URL.String()
			return nil, errors.New("no")
		})})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Interact(t.Context(), Device{}, InteractOptions{}); err == nil || asked != want {
			t.Errorf("%s: asked %s (%v)", issuer, asked, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Mistakes in the configuration, each with what to write instead.
func TestNewRefuses(t *testing.T) {
	good := Config{Issuer: "https://acme.okta.com/oauth2/default", ClientID: "c", ClientSecret: testSecret, RedirectURI: "https://app/cb"}
	for name, tt := range map[string]struct {
		change func(*Config)
		word   string
	}{
		"no issuer":       {func(c *Config) { c.Issuer = "" }, "issuer is empty"},
		"no scheme":       {func(c *Config) { c.Issuer = "acme.okta.com" }, `"acme.okta.com"`},
		"http":            {func(c *Config) { c.Issuer = "http://acme.okta.com" }, "https"},
		"http, tricks":    {func(c *Config) { c.Issuer = "http://localhost.evil.com" }, "https"},
		"another scheme":  {func(c *Config) { c.Issuer = "ftp://acme.okta.com" }, "ftp"},
		"query":           {func(c *Config) { c.Issuer += "?x=1" }, "query"},
		"user":            {func(c *Config) { c.Issuer = "https://u:" + testSecret + "@acme.okta.com" }, "user"},
		"no client":       {func(c *Config) { c.ClientID = "" }, "client_id"},
		"no redirect URI": {func(c *Config) { c.RedirectURI = "" }, "redirect_uri"},
		"no openid":       {func(c *Config) { c.Scopes = []string{"email"} }, "openid"},
	} {
		c := good
		tt.change(&c)
		_, err := New(c)
		if err == nil || !strings.Contains(err.Error(), tt.word) {
			t.Errorf("%s: %v", name, err)
		} else {
			mustHoldNoSecret(t, name, err.Error())
		}
	}
	for _, issuer := range []string{"http://localhost:8081", "http://127.0.0.1:1/oauth2/default", "http://[::1]:1", "http://org.localhost"} {
		if err := CheckIssuer(issuer); err != nil {
			t.Error(err)
		}
	}
}
