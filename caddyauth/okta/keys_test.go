package okta

import (
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// oidcc-client-test-signing-key-rotation, and -just-before-signing: the org
// changes its key between the code and the token. Nobody's sign-in fails.
//
// Rows: F-09, S-12.
func TestF09_SigningKeyRotation(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	f.idToken = rs256(header(), f.goodClaims(), 0)
	if _, err := f.redeem(o); err != nil {
		t.Fatal(err)
	}
	for _, kid := range []string{"k1", "k2", "k3"} { // one after the other, the clock stands still
		f.set(func() { f.keys = []jose.JSONWebKey{publicKey(kid, 1)} })
		f.idToken = rs256(header("kid", kid), f.goodClaims(), 1)
		if _, err := f.redeem(o); err != nil {
			t.Fatalf("key %s: %v", kid, err)
		}
	}
	// The old key is gone at once.
	f.mustRefuse(t, o, rs256(header(), f.goodClaims(), 0))
}

// Tokens with made-up key ids would have the org asked for its keys each time,
// until it limits us and nobody can sign in.
//
// Rows: F-09, mod_auth_openidc 2026-08-12.
func TestF09_UnknownKeyFlood(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	good := rs256(header(), f.goodClaims(), 0)
	bad := rs256(header("kid", "made-up"), f.goodClaims(), 1)
	f.idToken = good
	if _, err := f.redeem(o); err != nil {
		t.Fatal(err)
	}
	for range 60 { // a minute
		for range 3 {
			f.mustRefuse(t, o, bad)
		}
		f.advance(time.Second)
	}
	if n := len(f.calls(keysPath)); n > 7 {
		t.Errorf("%d fetches of the keys in a minute", n)
	}
	f.set(func() { f.idToken = rs256(header(), f.goodClaims(), 0) })
	if _, err := f.redeem(o); err != nil {
		t.Errorf("a good token during the flood: %v", err)
	}
	// A clock that is set back does not stop the fetches for as long.
	f.advance(-time.Hour)
	f.set(func() { f.keys = []jose.JSONWebKey{publicKey("k1", 1)} })
	f.set(func() { f.idToken = rs256(header("kid", "k1"), f.goodClaims(), 1) })
	if _, err := f.redeem(o); err != nil {
		t.Errorf("after the clock was set back: %v", err)
	}
}

// Keys that cannot be had now: those in memory go on; a token that needs others
// is nobody's fault, so it is not called untrusted.
//
// Rows: F-09.
func TestF09_KeysDown(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"503":           {503, "<html>"},
		"empty set":     {200, `{"keys":[]}`},
		"not JSON":      {200, "<html>"},
		"no set":        {200, `null`},
		"only bad ones": {200, `{"keys":[{"kty":"RSA"},{"kty":"oct","k":"c2VjcmV0"},7]}`},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeOrg(t)
			o := f.org()
			f.idToken = rs256(header(), f.goodClaims(), 0)
			if _, err := f.redeem(o); err != nil {
				t.Fatal(err)
			}
			f.answer(keysPath, answer.status, answer.body)
			f.advance(keysAge) // the keys are due
			f.idToken = rs256(header(), f.goodClaims(), 0)
			if _, err := f.redeem(o); err != nil {
				t.Errorf("with the last good keys: %v", err)
			}
			f.idToken = rs256(header("kid", "k1"), f.goodClaims(), 1)
			if _, err := f.redeem(o); !isKind(err, NotOkta) {
				t.Errorf("with a key that is not known: %v", err)
			}
		})
	}
	f := newFakeOrg(t)
	f.idToken = rs256(header(), f.goodClaims(), 0)
	f.handle(keysPath, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if _, err := f.redeem(f.org()); !isKind(err, Unreachable) {
		t.Errorf("no keys at all: %v", err)
	}
}

// A key that the org has withdrawn is not trusted for ever.
func TestWithdrawnKeyAges(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	f.idToken = rs256(header(), f.goodClaims(), 0)
	if _, err := f.redeem(o); err != nil {
		t.Fatal(err)
	}
	f.set(func() { f.keys = []jose.JSONWebKey{publicKey("k1", 1)} })
	f.advance(keysAge)
	f.mustRefuse(t, o, rs256(header(), f.goodClaims(), 0))
}

// One key that cannot be read does not spoil the others, and weak or foreign
// ones are no keys: a published secret lets everybody sign (S-18).
//
// Rows: S-18, F-09.
func TestS18_UnusableKeys(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	set := func(member string) {
		f.answer(keysPath, 200, `{"keys":[{"kty":"NEW","kid":"k0"},`+member+`]}`)
	}
	jwk := func(k jose.JSONWebKey) string { b, _ := k.MarshalJSON(); return string(b) }
	f.idToken = rs256(header(), f.goodClaims(), 0)

	one := publicKey("k0", 0)
	one.Key = &rsa.PublicKey{N: new(big.Int).Set(rsaKeys()[0].N), E: 1}
	enc := publicKey("k0", 0)
	enc.Use = "enc"
	alg := publicKey("k0", 0)
	alg.Algorithm = "PS256"
	for name, bad := range map[string]string{
		"RSA 1024":   jwk(jose.JSONWebKey{Key: short.Public(), KeyID: "k0"}),
		"exponent 1": jwk(one),
		"use enc":    jwk(enc),
		"alg PS256":  jwk(alg),
		"secret":     `{"kty":"oct","kid":"k0","k":"c2VjcmV0"}`,
	} {
		set(bad)
		if _, err := f.redeem(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
		f.advance(refetchInterval)
		f.idToken = rs256(header(), f.goodClaims(), 0)
	}
	set(jwk(publicKey("k0", 0)))
	if _, err := f.redeem(o); err != nil {
		t.Errorf("beside a key of an unknown kind: %v", err)
	}
}

// oidcc-client-test-discovery-issuer-mismatch and -jwks-uri-keys: metadata that
// points elsewhere would send codes and secrets there, and take keys from there.
//
// Rows: S-13.
func TestS13_DiscoveryRefused(t *testing.T) {
	elsewhere := newFakeOrg(t)
	tests := map[string]struct {
		member string
		value  func(f *fakeOrg) any
	}{
		"issuer":                {"issuer", func(*fakeOrg) any { return "https://evil.example.com" }},
		"issuer trailing slash": {"issuer", func(f *fakeOrg) any { return f.issuer() + "/" }},
		"issuer case":           {"issuer", func(f *fakeOrg) any { return strings.ToUpper(f.issuer()) }},
		"token elsewhere":       {"token_endpoint", func(*fakeOrg) any { return elsewhere.srv.URL + tokenPath }},
		"keys elsewhere":        {"jwks_uri", func(*fakeOrg) any { return elsewhere.srv.URL + keysPath }},
		"userinfo elsewhere":    {"userinfo_endpoint", func(*fakeOrg) any { return elsewhere.srv.URL + userInfoPath }},
		"revocation elsewhere":  {"revocation_endpoint", func(*fakeOrg) any { return elsewhere.srv.URL + revokePath }},
		"another scheme":        {"jwks_uri", func(f *fakeOrg) any { return strings.Replace(f.srv.URL, "http", "https", 1) + keysPath }},
		"user trick":            {"token_endpoint", func(f *fakeOrg) any { return f.srv.URL + "@evil.example.com/token" }},
		"relative":              {"token_endpoint", func(*fakeOrg) any { return tokenPath }},
		"file":                  {"jwks_uri", func(*fakeOrg) any { return "file:///etc/passwd" }},
		"no token endpoint":     {"token_endpoint", func(*fakeOrg) any { return nil }},
		"no keys":               {"jwks_uri", func(*fakeOrg) any { return nil }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakeOrg(t)
			f.metadata[tt.member] = tt.value(f)
			f.idToken = rs256(header(), f.goodClaims(), 0)
			o := f.org()
			if _, err := f.redeem(o); !isKind(err, Untrusted) {
				t.Errorf("redeem: %v", err)
			}
			if _, err := o.Interact(t.Context(), Device{}, InteractOptions{}); !isKind(err, Untrusted) {
				t.Errorf("interact: %v", err)
			}
			if n := len(f.calls(tokenPath)) + len(f.calls(interactPath)); n != 0 {
				t.Errorf("%d calls with a refused document", n)
			}
		})
	}
	if len(elsewhere.asked) > 0 {
		t.Errorf("the other host was asked for %v", elsewhere.asked)
	}
}

// A document that goes bad later changes nothing: the last good one is used on.
//
// Rows: F-10.
func TestF10_DiscoveryRenewal(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	redeem := func() {
		t.Helper()
		f.set(func() { f.idToken = rs256(header(), f.goodClaims(), 0) })
		if _, err := f.redeem(o); err != nil {
			t.Fatal(err)
		}
	}
	redeem()
	redeem()
	if n := len(f.calls(metadataPath)); n != 1 {
		t.Errorf("%d discovery calls for two sign-ins", n)
	}
	f.set(func() { f.metadata["token_endpoint"] = "https://evil.example.com/token" })
	f.advance(discoveryAge)
	redeem()
	if !strings.Contains(f.log.String(), "evil.example.com") {
		t.Errorf("no warning: %s", f.log.String())
	}
	redeem() // not asked again at once
	if n := len(f.calls(metadataPath)); n != 2 {
		t.Errorf("%d discovery calls", n)
	}
	f.set(func() { delete(f.metadata, "token_endpoint") })
	f.advance(time.Minute)
	redeem()
	if n := len(f.calls(metadataPath)); n != 3 {
		t.Errorf("%d discovery calls", n)
	}
}

// Discovery answers that are none.
func TestDiscoveryNotOkta(t *testing.T) {
	for body, status := range map[string]int{"": 200, "null": 200, "[]": 200, "<html>": 200, "{}": 200, `{"issuer":7}`: 200, "down": 503, "gone": 404} {
		f := newFakeOrg(t)
		f.answer(metadataPath, status, body)
		if _, err := f.redeem(f.org()); !isKind(err, NotOkta) {
			t.Errorf("%d %q: %v", status, body, err)
		}
	}
}
