package assertion_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/assertion"
	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

var (
	secretA, secretB = strings.Repeat("a", 44), strings.Repeat("b", 44)
	now              = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	here             = assertion.Terms{Issuer: "https://app.example.com", Audience: []string{"https://app.example.com"}}
)

func signer(t testing.TB, secrets ...string) *assertion.Signer {
	t.Helper()
	keyring, err := seal.New(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := assertion.NewSigner(keyring)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keySet(t testing.TB, s *assertion.Signer) jose.JSONWebKeySet {
	t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(s.KeySet(), &set); err != nil {
		t.Fatal(err)
	}
	return set
}

// verify does what an application does, with the published keys alone.
func verify(t testing.TB, token string, set jose.JSONWebKeySet) (claims map[string]any, key string) {
	t.Helper()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.Claims(set, &claims); err != nil {
		t.Fatal(err)
	}
	return claims, parsed.Headers[0].KeyID
}

func sign(t testing.TB, s *assertion.Signer, claims map[string]any, ends time.Time) (string, time.Time) {
	t.Helper()
	token, renew, err := s.Sign(here, "00u1", claims, now, ends)
	if err != nil {
		t.Fatal(err)
	}
	return token, renew
}

func TestAnApplicationVerifiesIt(t *testing.T) {
	s := signer(t, secretA)
	token, renew := sign(t, s, map[string]any{"email": "ada@example.com", "groups": []any{"Everyone", "Admins"}}, now.Add(time.Hour))
	claims, _ := verify(t, token, keySet(t, s))
	want := map[string]any{
		"iss": "https://app.example.com", "aud": "https://app.example.com", "sub": "00u1",
		"email": "ada@example.com", "groups": []any{"Everyone", "Admins"},
		"iat": float64(now.Unix()), "exp": float64(now.Add(5 * time.Minute).Unix()),
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Error(diff)
	}
	if want := now.Add(150 * time.Second); !renew.Equal(want) {
		t.Errorf("to be renewed at %s, want %s", renew, want)
	}
}

// It is good for no longer than the session.
func TestItEndsWithTheSession(t *testing.T) {
	s := signer(t, secretA)
	token, renew := sign(t, s, nil, now.Add(time.Minute))
	claims, _ := verify(t, token, keySet(t, s))
	if want := float64(now.Add(time.Minute).Unix()); claims["exp"] != want {
		t.Errorf("exp is %v, want %v", claims["exp"], want)
	}
	if !renew.Before(now.Add(time.Minute)) {
		t.Errorf("to be renewed at %s, when it is over", renew)
	}
}

// A claim of the user's, which Okta may take from what the user writes into a
// profile, never stands in the place of what the gate says itself.
func TestClaimsOfTheUserAreNotThoseOfTheGate(t *testing.T) {
	s := signer(t, secretA)
	forged := map[string]any{"iss": "x", "sub": "00uadmin", "aud": "y", "exp": 1e12, "iat": 1, "nbf": 1e12, "jti": "j"}
	token, _ := sign(t, s, forged, now.Add(time.Hour))
	claims, _ := verify(t, token, keySet(t, s))
	if claims["sub"] != "00u1" || claims["iss"] != here.Issuer || claims["aud"] != here.Audience[0] || claims["exp"] != float64(now.Add(5*time.Minute).Unix()) {
		t.Errorf("claims %v", claims)
	}
	for _, name := range []string{"nbf", "jti"} {
		if claims[name] != nil {
			t.Errorf("%s is the user's", name)
		}
	}
	if forged["sub"] != "00uadmin" {
		t.Error("the caller's claims were changed")
	}
	for _, name := range []string{"", "iss", "sub", "exp"} {
		if assertion.CheckClaim(name) == nil {
			t.Errorf("the claim %q can be asked for", name)
		}
	}
	if err := assertion.CheckClaim("email"); err != nil {
		t.Error(err)
	}
}

// What was signed before a rotation is good after it, and both replicas sign
// alike, without a key that somebody has to bring along.
//
// Rows: S-46.
func TestS46_Rotation(t *testing.T) {
	before, after := signer(t, secretA), signer(t, secretB, secretA)
	token, _ := sign(t, before, nil, now.Add(time.Hour))
	_, old := verify(t, token, keySet(t, after))
	token, _ = sign(t, after, nil, now.Add(time.Hour))
	_, fresh := verify(t, token, keySet(t, after))
	if old == fresh {
		t.Error("the newest key does not sign")
	}
	if keys := keySet(t, after).Keys; len(keys) != 2 || keys[0].KeyID != fresh || keys[1].KeyID != old {
		t.Errorf("published: %v", keys)
	}
	if string(signer(t, secretA).KeySet()) != string(before.KeySet()) {
		t.Error("a replica with the same secret has other keys")
	}
	if string(signer(t, secretB).KeySet()) == string(before.KeySet()) {
		t.Error("two secrets give one key")
	}
}

// Nothing private is published: d, and every other member that is not needed.
func TestTheKeySetIsPublic(t *testing.T) {
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(signer(t, secretA, secretB).KeySet(), &set); err != nil {
		t.Fatal(err)
	}
	for _, key := range set.Keys {
		var members []string
		for name := range key {
			members = append(members, name)
		}
		slices.Sort(members)
		if diff := cmp.Diff([]string{"alg", "crv", "kid", "kty", "use", "x", "y"}, members); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSeveralAudiences(t *testing.T) {
	s := signer(t, secretA)
	token, _, err := s.Sign(assertion.Terms{Issuer: "https://a.example", Audience: []string{"one", "two"}}, "00u1", nil, now, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	claims, _ := verify(t, token, keySet(t, s))
	if diff := cmp.Diff([]any{"one", "two"}, claims["aud"]); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkSign(b *testing.B) {
	s := signer(b, secretA)
	claims := map[string]any{"email": "ada@example.com", "groups": []any{"Everyone", "Admins"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Sign(here, "00u1", claims, now, now.Add(time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
}
