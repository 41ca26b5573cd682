package oktasim_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/oauth2"
)

// verified checks an ID token with go-oidc and returns its claims.
func (f *flow) verified(token *oauth2.Token) document {
	f.Helper()
	provider, err := oidc.NewProvider(context.Background(), f.issuer)
	if err != nil {
		f.Fatal(err)
	}
	return f.verifiedBy(provider, token)
}

func (f *flow) verifiedBy(provider *oidc.Provider, token *oauth2.Token) document {
	f.Helper()
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: oktasim.DemoClientID, SupportedSigningAlgs: []string{oidc.RS256}}).Verify(context.Background(), raw)
	if err != nil {
		f.Fatal(err)
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		f.Fatalf("at_hash: %v", err)
	}
	claims := document{}
	if err := id.Claims(&claims); err != nil {
		f.Fatal(err)
	}
	return claims
}

func (f *flow) userinfo(token *oauth2.Token) (document, error) {
	f.Helper()
	provider, err := oidc.NewProvider(context.Background(), f.issuer)
	if err != nil {
		f.Fatal(err)
	}
	info, err := provider.UserInfo(context.Background(), oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, err
	}
	claims := document{}
	return claims, info.Claims(&claims)
}

var perToken = cmpopts.IgnoreMapEntries(func(name string, _ any) bool {
	return name == "jti" || name == "at_hash" || name == "idp" || name == "sub"
})

func TestCustomServerMintsFullIDTokens(t *testing.T) {
	c := &clock{now: time.Now().Truncate(time.Second)}
	o := start(t, &oktasim.Server{Now: c.Now, Policy: oktasim.Policy{Factors: []string{"email"}}})
	f := o.begin().identify(ada, adaPassword).choose()
	code, _ := o.mail(ada)
	claims := f.verified(f.passcode(code).tokens())
	now := float64(c.now.Unix())
	want := document{
		"ver": 1.0, "iss": o.issuer(), "aud": oktasim.DemoClientID, "iat": now, "exp": now + 3600, "auth_time": now,
		"amr": []any{"pwd", "email", "mfa"}, "nonce": "some-nonce", "preferred_username": ada, "email": ada, "email_verified": true,
		"name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "groups": []any{"Everyone", "Engineering", "Finance"},
	}
	if diff := cmp.Diff(want, claims, perToken); diff != "" {
		t.Fatal(diff)
	}
	if sub := claims["sub"].(string); !strings.HasPrefix(sub, "00u") || len(sub) != 20 {
		t.Fatalf("sub %q", sub)
	}
}

func TestOrgServerMintsThinIDTokensAndUserinfoHasTheRest(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.beginAt(o.url, o.url+"/oauth2/v1/interact", interactForm()).identify(ada, adaPassword)
	token := f.tokens()
	claims := f.verified(token)
	for _, name := range []string{"name", "given_name", "preferred_username", "email", "groups"} {
		if _, there := claims[name]; there {
			t.Errorf("the thin ID token has %q", name)
		}
	}
	info, err := f.userinfo(token)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "sub", info["sub"], claims["sub"])
	expect(t, "email", info["email"], any(ada))
	expect(t, "groups", info["groups"], any([]any{"Everyone", "Engineering", "Finance"}))
	expect(t, "preferred_username", info["preferred_username"], any(ada))
}

func TestClaimsFollowTheScopes(t *testing.T) {
	o := start(t, &oktasim.Server{})
	form := interactForm()
	form.Set("scope", "openid")
	token := o.beginAt(o.issuer(), o.issuer()+"/v1/interact", form).identify(ada, adaPassword)
	tokens := token.tokens()
	expect(t, "refresh token", tokens.RefreshToken, "")
	claims := token.verified(tokens)
	for _, name := range []string{"name", "email", "groups"} {
		if _, there := claims[name]; there {
			t.Errorf("%q without its scope", name)
		}
	}
}

func TestEachServerHasItsOwnKeys(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.begin().identify(ada, adaPassword)
	raw := f.tokens().Extra("id_token").(string)
	other := oidc.NewRemoteKeySet(context.Background(), o.url+"/oauth2/v1/keys")
	if _, err := other.VerifySignature(context.Background(), raw); err == nil {
		t.Fatal("the org server's keys verify the custom server's token")
	}
	// Nor does one server redeem what the other began.
	f = o.begin().identify(ada, adaPassword)
	status, out := o.postForm(o.url+"/oauth2/v1/token", f.tokenForm())
	expect(t, "status", status, 400)
	expect(t, "error", out["error"], any("invalid_grant"))
}

// A client that keeps keys must look for new ones when a token names one that
// it does not have.
func TestKeyRotation(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.begin().identify(ada, adaPassword)
	provider, err := oidc.NewProvider(context.Background(), f.issuer)
	if err != nil {
		t.Fatal(err)
	}
	old := f.tokens()
	f.verifiedBy(provider, old)
	o.api("POST", "/keys/rotate", "")
	f.verifiedBy(provider, o.begin().identify(ada, adaPassword).tokens())
	fresh, err := oidc.NewProvider(context.Background(), f.issuer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.Verifier(&oidc.Config{ClientID: oktasim.DemoClientID}).Verify(context.Background(), old.Extra("id_token").(string)); err == nil {
		t.Fatal("the old key is still published")
	}
}

// RFC 6749, 4.1.2: a code works once, soon, and for the client that asked.
func TestInteractionCodeIsBound(t *testing.T) {
	const invalid = "The interaction code is invalid or has expired."
	c := &clock{now: time.Now()}
	tests := []struct {
		name        string
		spoil       func(o *org, form url.Values)
		status      int
		code        string
		description string
	}{
		{"used twice", func(o *org, form url.Values) { o.postForm(o.issuer()+"/v1/token", form) }, 400, "invalid_grant", invalid},
		{"late", func(*org, url.Values) { c.advance(61 * time.Second) }, 400, "invalid_grant", invalid},
		{"guessed", func(_ *org, form url.Values) { form.Set("interaction_code", "guess") }, 400, "invalid_grant", invalid},
		{"by another client", func(_ *org, form url.Values) {
			form.Set("client_id", oktasim.DemoPublicClientID)
			form.Del("client_secret")
		}, 400, "invalid_grant", invalid},
		{"wrong verifier", func(_ *org, form url.Values) { form.Set("code_verifier", "wrong") }, 400, "invalid_grant", "PKCE verification failed."},
		{"no verifier", func(_ *org, form url.Values) { form.Del("code_verifier") }, 400, "invalid_grant", "PKCE verification failed."},
		{"other redirect_uri", func(_ *org, form url.Values) { form.Set("redirect_uri", "http://localhost/other") }, 400, "invalid_grant",
			"The 'redirect_uri' does not match the redirection URI used in the interact request."},
		{"wrong secret", func(_ *org, form url.Values) { form.Set("client_secret", "wrong") }, 401, "invalid_client",
			"The client secret supplied for a confidential client is invalid."},
		{"no secret", func(_ *org, form url.Values) { form.Del("client_secret") }, 401, "invalid_client",
			"Client authentication failed. Either the client or the client credentials are invalid."},
		{"unknown client", func(_ *org, form url.Values) { form.Set("client_id", "0oa") }, 401, "invalid_client", "Invalid value for 'client_id' parameter."},
		{"other grant type", func(_ *org, form url.Values) { form.Set("grant_type", "password") }, 400, "unsupported_grant_type",
			"The authorization grant type is not supported by the authorization server."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := start(t, &oktasim.Server{Now: c.Now})
			form := o.begin().identify(ada, adaPassword).tokenForm()
			test.spoil(o, form)
			status, out := o.postForm(o.issuer()+"/v1/token", form)
			expect(t, "status", status, test.status)
			expect(t, "answer", out, document{"error": test.code, "error_description": test.description})
		})
	}
}

func TestRedeemedSignInIsOver(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.begin().identify(ada, adaPassword)
	first := f.code()
	expect(t, "code after introspect", f.introspect().code(), first)
	f.tokens()
	expect(t, "introspect", f.introspect().messages(), []string{"idx.session.expired"})
}

// A secret in a query ends up in access logs; Okta's old Go SDK sends it there.
func TestParametersInTheQueryAreIgnored(t *testing.T) {
	o := start(t, &oktasim.Server{})
	form := o.begin().identify(ada, adaPassword).tokenForm()
	status, _ := o.postForm(o.issuer()+"/v1/token?"+form.Encode(), nil)
	if status == http.StatusOK {
		t.Fatal("tokens for parameters in the query")
	}
	o = start(t, &oktasim.Server{QueryParameters: true})
	form = o.begin().identify(ada, adaPassword).tokenForm()
	status, _ = o.postForm(o.issuer()+"/v1/token?"+form.Encode(), nil)
	expect(t, "where the org takes them", status, http.StatusOK)
}

func TestPersistentRefreshToken(t *testing.T) {
	c := &clock{now: time.Now().Truncate(time.Second)}
	o := start(t, &oktasim.Server{Now: c.Now})
	f := o.begin().identify(ada, adaPassword)
	first := f.tokens()
	before := f.verified(first)
	c.advance(time.Minute)
	for range 2 {
		renewed, err := f.renew(first.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "refresh token", renewed.RefreshToken, first.RefreshToken)
		after := f.verified(renewed)
		expect(t, "sub", after["sub"], before["sub"])
		expect(t, "auth_time", after["auth_time"], before["auth_time"])
		expect(t, "iat", after["iat"], any(before["iat"].(float64)+60))
		expect(t, "nonce", after["nonce"], nil)
	}
	expect(t, "calls", o.calls()["refresh"], 2)
	expect(t, "calls", o.calls()["token"], 1)
}

// Whoever stole a rotated refresh token, thief or owner, shows it by using an
// old one; then nothing of the family may work any more (RFC 9700, 4.14.2).
func TestReuseOfARotatedRefreshTokenEndsTheFamily(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Refresh: oktasim.Rotating}})
	f := o.begin().identify(ada, adaPassword)
	first := f.tokens()
	second, err := f.renew(first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if second.RefreshToken == first.RefreshToken {
		t.Fatal("not rotated")
	}
	for _, token := range []string{first.RefreshToken, second.RefreshToken} {
		if _, err := f.renew(token); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
			t.Fatalf("renewed after reuse: %v", err)
		}
	}
	if _, err := f.userinfo(second); err == nil {
		t.Fatal("the access token outlived its family")
	}
}

func TestRefreshNarrowsScopesOnly(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.begin().identify(ada, adaPassword)
	form := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {f.tokens().RefreshToken}, "scope": {"openid address"},
		"client_id": {oktasim.DemoClientID}, "client_secret": {oktasim.DemoClientSecret},
	}
	status, out := o.postForm(o.issuer()+"/v1/token", form)
	expect(t, "wider", status, 400)
	expect(t, "error", out["error"], any("invalid_scope"))
	form.Set("scope", "openid email")
	_, out = o.postForm(o.issuer()+"/v1/token", form)
	expect(t, "scope", out["scope"], any("openid email"))
}

func TestRevoke(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.begin().identify(ada, adaPassword)
	revoke := func(token, client, secret string) int {
		form := url.Values{"token": {token}, "client_id": {client}}
		if secret != "" {
			form.Set("client_secret", secret)
		}
		status, _ := o.postForm(o.issuer()+"/v1/revoke", form)
		return status
	}
	token := f.tokens()
	expect(t, "unknown", revoke("unknown", oktasim.DemoClientID, oktasim.DemoClientSecret), 200)
	expect(t, "unproven", revoke(token.RefreshToken, oktasim.DemoClientID, ""), 401)
	expect(t, "other client", revoke(token.RefreshToken, oktasim.DemoPublicClientID, ""), 200)
	if _, err := f.userinfo(token); err != nil {
		t.Fatalf("another client could revoke: %v", err)
	}
	expect(t, "access token", revoke(token.AccessToken, oktasim.DemoClientID, oktasim.DemoClientSecret), 200)
	if _, err := f.userinfo(token); err == nil {
		t.Fatal("revoked access token still works")
	}
	renewed, err := f.renew(token.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "refresh token", revoke(token.RefreshToken, oktasim.DemoClientID, oktasim.DemoClientSecret), 200)
	if _, err := f.userinfo(renewed); err == nil {
		t.Fatal("the access token outlived its refresh token")
	}
	if _, err := f.renew(token.RefreshToken); err == nil {
		t.Fatal("revoked refresh token still works")
	}
}

func TestTokenIntrospection(t *testing.T) {
	o := start(t, &oktasim.Server{})
	token := o.begin().identify(ada, adaPassword).tokens()
	form := url.Values{"token": {token.AccessToken}, "client_id": {oktasim.DemoClientID}, "client_secret": {oktasim.DemoClientSecret}}
	_, out := o.postForm(o.issuer()+"/v1/introspect", form)
	expect(t, "active", out["active"], any(true))
	form.Set("token", token.RefreshToken)
	_, out = o.postForm(o.issuer()+"/v1/introspect", form)
	expect(t, "refresh active", out["active"], any(true))
	form.Set("token", "unknown")
	_, out = o.postForm(o.issuer()+"/v1/introspect", form)
	expect(t, "unknown", out, document{"active": false})
}

func TestUserinfoRefusesWithAReason(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now})
	token := o.begin().identify(ada, adaPassword).tokens()
	c.advance(2 * time.Hour)
	for _, authorization := range []string{"", "Bearer x", "Basic " + token.AccessToken, "Bearer " + token.AccessToken} {
		request, _ := http.NewRequest(http.MethodGet, o.issuer()+"/v1/userinfo", nil)
		request.Header.Set("Authorization", authorization)
		response, _ := o.do(request)
		expect(t, "status", response.StatusCode, 401)
		if got := response.Header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
			t.Fatalf("WWW-Authenticate %q", got)
		}
	}
}

func TestLogout(t *testing.T) {
	o := start(t, &oktasim.Server{})
	hint := o.begin().identify(ada, adaPassword).tokens().Extra("id_token").(string)
	tests := []struct {
		name, hint, back string
		status           int
		location         string
	}{
		{"back to the app", hint, "http://localhost:8080/bye?a=b", 302, "http://localhost:8080/bye?a=b&state=s"},
		{"nowhere", hint, "", 200, ""},
		{"open redirect", hint, "https://evil.example/", 400, ""},
		{"forged hint", hint[:len(hint)-8] + "AAAAAAAA", "http://localhost:8080/", 400, ""},
		{"no hint", "", "http://localhost:8080/", 400, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			query := url.Values{"id_token_hint": {test.hint}, "post_logout_redirect_uri": {test.back}, "state": {"s"}}
			request, _ := http.NewRequest(http.MethodGet, o.issuer()+"/v1/logout?"+query.Encode(), nil)
			response, _ := o.do(request)
			expect(t, "status", response.StatusCode, test.status)
			expect(t, "location", response.Header.Get("Location"), test.location)
		})
	}
}
