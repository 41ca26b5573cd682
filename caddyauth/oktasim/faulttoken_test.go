package oktasim_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/coreos/go-oidc/v3/oidc"
)

// Each fault of the ID token is one that a relying party has to notice. What
// go-oidc checks by itself must refuse the token; what it leaves to its caller
// must be wrong in the claims.
func TestFaultsOfTheIDToken(t *testing.T) {
	byCaller := func(name string, value any) func(document) bool {
		return func(claims document) bool { return claims[name] == value }
	}
	tests := map[string]func(document) bool{ // nil: go-oidc refuses it
		"alg_none": nil, "alg_hs256": nil, "wrong_key": nil, "unknown_kid": nil, "wrong_iss": nil, "wrong_aud": nil,
		"expired": nil, "no_exp": nil, "wrong_at_hash": nil,
		"no_kid":      func(document) bool { return true }, // the set has one key: it is found by trying
		"more_aud":    func(c document) bool { return len(c["aud"].([]any)) == 2 && c["azp"] == nil },
		"wrong_azp":   byCaller("azp", "0oaSomebodyElses0001"),
		"wrong_nonce": byCaller("nonce", "of-another-sign-in"),
		"no_nonce":    byCaller("nonce", nil),
		"future":      func(c document) bool { return c["iat"].(float64) > c["auth_time"].(float64)+500 },
		"wrong_sub":   byCaller("sub", "00uSomebodyElse00001"),
	}
	o := start(t, &oktasim.Server{})
	for kind, wrong := range tests {
		t.Run(kind, func(t *testing.T) {
			o := &org{t, o.url, o.manage}
			f := o.begin().identify(ada, adaPassword)
			o.spoil(document{"endpoint": "token", "kind": kind})
			token := f.tokens()
			provider, err := oidc.NewProvider(context.Background(), f.issuer)
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := token.Extra("id_token").(string)
			id, err := provider.Verifier(&oidc.Config{ClientID: oktasim.DemoClientID}).Verify(context.Background(), raw)
			if err == nil {
				err = id.VerifyAccessToken(token.AccessToken)
			}
			if (err != nil) != (wrong == nil) {
				t.Fatalf("%v", err)
			}
			if wrong == nil {
				return
			}
			claims := document{}
			if err := id.Claims(&claims); err != nil || !wrong(claims) {
				t.Errorf("%v %v", err, claims)
			}
		})
	}
	o.api("PUT", "/faults", "[]")
	f := o.begin().identify(ada, adaPassword)
	f.verified(f.tokens())
}

// The set has keys under the right ids that verify nothing.
func TestOtherKeys(t *testing.T) {
	o := start(t, &oktasim.Server{})
	o.spoil(document{"endpoint": "keys", "kind": "other_keys"})
	f := o.begin().identify(ada, adaPassword)
	provider, err := oidc.NewProvider(context.Background(), f.issuer)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := f.tokens().Extra("id_token").(string)
	if _, err := provider.Verifier(&oidc.Config{ClientID: oktasim.DemoClientID}).Verify(context.Background(), raw); err == nil || !strings.Contains(err.Error(), "signature") {
		t.Fatalf("%v", err)
	}
}

func TestHooksShapeTokensAndAnswers(t *testing.T) {
	o := start(t, &oktasim.Server{
		ShapeIDToken: func(claims map[string]any) { claims["groups"] = 7 },
		ShapeAnswer: func(endpoint string, body []byte) []byte {
			if endpoint == "userinfo" {
				return []byte(`{"sub":"nobody"}`)
			}
			return body
		},
	})
	f := o.begin().identify(ada, adaPassword)
	token := f.tokens()
	_, rest, _ := strings.Cut(token.Extra("id_token").(string), ".")
	payload, _, _ := strings.Cut(rest, ".")
	content, _ := base64.RawURLEncoding.DecodeString(payload)
	var claims document
	if err := json.Unmarshal(content, &claims); err != nil {
		t.Fatal(err)
	}
	expect(t, "groups", claims["groups"], any(7.0))
	info, err := f.userinfo(token)
	expect(t, "error", err, nil)
	expect(t, "userinfo", info, document{"sub": "nobody"})
}
