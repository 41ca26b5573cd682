package oktasim_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestInteractRefusals(t *testing.T) {
	tests := []struct {
		name        string
		spoil       func(url.Values)
		status      int
		code        string
		description string
	}{
		{"unknown client", func(f url.Values) { f.Set("client_id", "0oa") }, 401, "invalid_client", "Invalid value for 'client_id' parameter."},
		{"wrong secret", func(f url.Values) { f.Set("client_secret", "x") }, 401, "invalid_client", "The client secret supplied for a confidential client is invalid."},
		{"unknown scope", func(f url.Values) { f.Set("scope", "openid payroll") }, 400, "invalid_scope", "One or more scopes are not configured for the authorization server resource."},
		{"no scope", func(f url.Values) { f.Del("scope") }, 400, "invalid_scope", "The authentication request has an invalid 'scope' parameter."},
		{"no state", func(f url.Values) { f.Del("state") }, 400, "invalid_request", "The authentication request has an invalid 'state' parameter."},
		{"no PKCE, public client", func(f url.Values) {
			f.Del("code_challenge")
			f.Del("client_secret")
			f.Set("client_id", oktasim.DemoPublicClientID)
		}, 400, "invalid_request", "PKCE code challenge is required when the token endpoint authentication method is 'NONE'."},
		{"no PKCE, confidential client", func(f url.Values) { f.Del("code_challenge") }, 400, "invalid_request", "PKCE code challenge is required by the application."},
		{"plain PKCE", func(f url.Values) { f.Set("code_challenge_method", "plain") }, 400, "invalid_request", "The 'code_challenge_method' parameter must be 'S256'."},
		{"short PKCE", func(f url.Values) { f.Set("code_challenge", "abc") }, 400, "invalid_request", "The 'code_challenge' parameter must be a base64url-encoded SHA-256 hash."},
		{"foreign redirect_uri", func(f url.Values) { f.Set("redirect_uri", "https://app.example.com/") }, 400, "invalid_request", "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings. (This simulator takes any loopback address.)"},
		{"recovery token", func(f url.Values) { f.Set("recovery_token", "x") }, 400, "invalid_request", "The recovery token is invalid"},
		{"activation token", func(f url.Values) { f.Set("activation_token", "x") }, 400, "invalid_request", "The activation token is invalid"},
	}
	o := start(t, &oktasim.Server{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			form := interactForm()
			test.spoil(form)
			status, out := o.postForm(o.issuer()+"/v1/interact", form)
			expect(t, "status", status, test.status)
			expect(t, "answer", out, document{"error": test.code, "error_description": test.description})
		})
	}
}

func TestInteractAccepts(t *testing.T) {
	o := start(t, &oktasim.Server{Clients: []oktasim.Client{
		{ID: "0oa", RedirectURIs: []string{"https://app.example.com/cb"}}, {ID: "0ob", Secret: "a secret: with / +signs%"},
	}})
	tests := map[string]func(url.Values){
		"public client":   func(f url.Values) { f.Set("client_id", "0oa") },
		"unproven client": func(f url.Values) { f.Set("client_id", "0ob") },
		"registered uri":  func(f url.Values) { f.Set("client_id", "0oa"); f.Set("redirect_uri", "https://app.example.com/cb") },
		"optional values": func(f url.Values) {
			f.Set("client_id", "0oa")
			f.Set("max_age", "0")
			f.Set("acr_values", "urn:okta:loa:2fa:any")
		},
		"no nonce":           func(f url.Values) { f.Set("client_id", "0oa"); f.Del("nonce") },
		"loopback by name":   func(f url.Values) { f.Set("client_id", "0oa"); f.Set("redirect_uri", "https://app.localhost:8443/cb") },
		"loopback by v6":     func(f url.Values) { f.Set("client_id", "0oa"); f.Set("redirect_uri", "http://[::1]:1/cb") },
		"secret in the body": func(f url.Values) { f.Set("client_id", "0ob"); f.Set("client_secret", "a secret: with / +signs%") },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			form := interactForm()
			form.Del("client_secret")
			change(form)
			o.beginAt(o.issuer(), o.issuer()+"/v1/interact", form)
		})
	}
	for _, encoded := range []bool{true, false} {
		form := interactForm()
		form.Del("client_secret")
		form.Del("client_id")
		request, _ := http.NewRequest(http.MethodPost, o.issuer()+"/v1/interact", strings.NewReader(form.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		secret := "a secret: with / +signs%"
		if encoded {
			secret = url.QueryEscape(secret)
		}
		request.SetBasicAuth("0ob", secret)
		if response, content := o.do(request); encoded && response.StatusCode != 200 {
			t.Fatalf("Basic: %d %s", response.StatusCode, content)
		}
	}
}

func TestScopesThatTheOrgLacks(t *testing.T) {
	o := start(t, &oktasim.Server{Scopes: []string{"openid", "profile", "email"}})
	status, out := o.postForm(o.issuer()+"/v1/interact", interactForm())
	expect(t, "status", status, 400)
	expect(t, "error", out["error"], any("invalid_scope"))
	request, _ := http.NewRequest(http.MethodGet, o.issuer()+"/.well-known/openid-configuration", nil)
	if _, content := o.do(request); !strings.Contains(string(content), `"scopes_supported":["openid","profile","email"]`) {
		t.Fatalf("%s", content)
	}
}
