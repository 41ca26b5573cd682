package okta

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var b64 = base64.RawURLEncoding.EncodeToString

// rs256 signs a payload, JSON or not, with a header, whatever they say.
func rs256(header map[string]any, payload any, key int) string {
	data, isText := payload.(string)
	if !isText {
		b, _ := json.Marshal(payload)
		data = string(b)
	}
	h, _ := json.Marshal(header)
	input := b64(h) + "." + b64([]byte(data))
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(rand.Reader, rsaKeys()[key], crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return input + "." + b64(sig)
}

func header(pairs ...any) map[string]any {
	return with(map[string]any{"alg": "RS256", "kid": "k0"}, pairs...)
}

// mustRefuse redeems for the token and wants it to be refused as untrusted, in
// words that give none of it away.
func (f *fakeOrg) mustRefuse(t *testing.T, o *Org, token string) {
	t.Helper()
	f.set(func() { f.idToken = token })
	tokens, err := f.redeem(o)
	if err == nil {
		t.Fatalf("accepted, claims %v", tokens.Claims)
	}
	var e *Error
	if !errors.As(err, &e) || e.Kind != Untrusted {
		t.Errorf("not refused as untrusted: %v", err)
	}
	text := err.Error()
	for _, part := range strings.Split(token, ".") {
		if len(part) > 8 && strings.Contains(text, part) {
			t.Errorf("the token is in the error: %.200q", text)
		}
	}
	if len(text) > 600 {
		t.Errorf("error of %d bytes", len(text))
	}
}

// The names of the OpenID Foundation's conformance modules for relying parties.
//
// Rows: S-01, S-06.
func TestS01_IDTokenAccepted(t *testing.T) {
	const now = 1_790_000_000
	tests := map[string]struct {
		header []any
		claims []any
	}{
		"oidcc-client-test":                        {},
		"oidcc-client-test-idtoken-sig-rs256":      {header: []any{"typ", "JWT"}},
		"oidcc-client-test-kid-absent-single-jwks": {header: []any{"kid", nil}},
		"aud is a list of us":                      {claims: []any{"aud", []string{testClient}}},
		"aud is a list, azp is us":                 {claims: []any{"aud", []string{"other", testClient}, "azp", testClient}},
		"our clock is 59 s ahead at the end":       {claims: []any{"exp", now - 59, "iat", now - 3600}},
		"our clock is 60 s behind":                 {claims: []any{"iat", now + 60}},
		"nbf 60 s ahead":                           {claims: []any{"nbf", now + 60}},
		"times with a fraction":                    {claims: []any{"iat", now + 0.5}},
		"sub of 255 bytes":                         {claims: []any{"sub", strings.Repeat("x", 255)}},
		"at_hash":                                  {claims: []any{"at_hash", atHash(testAccess)}},
		"a claim that the checks do not know, twice-named in another case": {claims: []any{"Team", "a", "team", "b"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakeOrg(t)
			f.idToken = rs256(header(tt.header...), with(f.goodClaims(), tt.claims...), 0)
			got, err := f.redeem(f.org())
			if err != nil {
				t.Fatal(err)
			}
			if got.Claims.Text("sub") == "" || got.Access != testAccess || got.Refresh == "" || !got.ExpiresAt.Equal(f.clock.Add(time.Hour)) {
				t.Errorf("tokens %+v", got)
			}
		})
	}
}

func atHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return b64(sum[:16])
}

// Rows: S-02, S-03, S-04, S-05, S-10, S-16, mod_auth_openidc 2026-08-12,
// GHSA-wcvh-g65p-v576.
func TestS02_IDTokenRefused(t *testing.T) {
	const now = 1_790_000_000
	f := newFakeOrg(t)
	issuer := f.issuer()
	tests := map[string][]any{
		"oidcc-client-test-invalid-iss":                {"iss", "https://evil.example.com"},
		"oidcc-client-test-invalid-iss trailing slash": {"iss", issuer + "/"},
		"oidcc-client-test-invalid-iss case":           {"iss", strings.Replace(issuer, "default", "Default", 1)},
		"oidcc-client-test-invalid-iss scheme":         {"iss", strings.Replace(issuer, "http", "https", 1)},
		"oidcc-client-test-invalid-iss org's own":      {"iss", f.srv.URL},
		"oidcc-client-test-invalid-iss missing":        {"iss", nil},
		"oidcc-client-test-invalid-iss list":           {"iss", []string{issuer}},
		"oidcc-client-test-invalid-iss long":           {"iss", strings.Repeat("https://evil.example.com/", 4000)},
		"oidcc-client-test-missing-sub":                {"sub", nil},
		"oidcc-client-test-missing-sub empty":          {"sub", ""},
		"oidcc-client-test-missing-sub number":         {"sub", 1},
		"oidcc-client-test-missing-sub null":           {"sub", json.RawMessage("null")},
		"oidcc-client-test-missing-sub too long":       {"sub", strings.Repeat("x", 256)},
		"oidcc-client-test-missing-aud":                {"aud", nil},
		"oidcc-client-test-invalid-aud":                {"aud", "other"},
		"oidcc-client-test-invalid-aud list":           {"aud", []string{"other"}},
		"oidcc-client-test-invalid-aud empty list":     {"aud", []string{}},
		"oidcc-client-test-invalid-aud number":         {"aud", 1},
		"oidcc-client-test-invalid-aud prefix":         {"aud", testClient[:10]},
		"several audiences, no azp":                    {"aud", []string{testClient, "other"}},
		"several audiences, azp is another":            {"aud", []string{testClient, "other"}, "azp", "other"},
		"azp is another":                               {"azp", "other"},
		"azp is a list":                                {"azp", []string{testClient}},
		"azp is null":                                  {"azp", json.RawMessage("null")},
		"oidcc-client-test-missing-iat":                {"iat", nil},
		"iat null":                                     {"iat", json.RawMessage("null")},
		"iat in quotes":                                {"iat", "1790000000"},
		"iat 61 s ahead":                               {"iat", now + 61},
		"iat negative":                                 {"iat", -1},
		"iat 1e300":                                    {"iat", json.RawMessage("1e300")},
		"iat a date":                                   {"iat", "2026-01-01T00:00:00Z"},
		"exp missing":                                  {"exp", nil},
		"exp null":                                     {"exp", json.RawMessage("null")},
		"exp in quotes":                                {"exp", "1790003600"},
		"exp 61 s ago":                                 {"exp", now - 61, "iat", now - 3600},
		"exp 60 s ago":                                 {"exp", now - 60, "iat", now - 3600},
		"exp before iat":                               {"exp", now - 10, "iat", now},
		"exp -1":                                       {"exp", -1},
		"exp 1e300":                                    {"exp", json.RawMessage("1e300")},
		"exp 2^63":                                     {"exp", json.RawMessage("9223372036854775808")},
		"exp 1e999":                                    {"exp", json.RawMessage("1e999")},
		"exp in milliseconds":                          {"exp", now * 1000},
		"nbf 61 s ahead":                               {"nbf", now + 61},
		"nbf in quotes":                                {"nbf", "1"},
		"oidcc-client-test-nonce-invalid":              {"nonce", "another sign-in's"},
		"oidcc-client-test-nonce-invalid missing":      {"nonce", nil},
		"oidcc-client-test-nonce-invalid empty":        {"nonce", ""},
		"oidcc-client-test-nonce-invalid list":         {"nonce", []string{interaction.Nonce}},
		"at_hash of another token":                     {"at_hash", atHash("another")},
		"at_hash empty":                                {"at_hash", ""},
		"at_hash null":                                 {"at_hash", json.RawMessage("null")},
		"at_hash number":                               {"at_hash", 1},
		"a claim that passes for sub":                  {"SUB", "admin"},
		"a claim that passes for aud":                  {"aud", "other", "AUD", testClient},
		"a claim that passes for iss":                  {"iſs", issuer},
	}
	o := f.org()
	for name, claims := range tests {
		t.Run(name, func(t *testing.T) {
			f.mustRefuse(t, o, rs256(header(), with(f.goodClaims(), claims...), 0))
		})
	}
}

// A token of an earlier sign-in, sent again in another.
//
// Rows: S-10.
func TestS10_NonceReused(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	f.idToken = rs256(header(), f.goodClaims(), 0)
	if _, err := f.redeem(o); err != nil {
		t.Fatal(err)
	}
	for _, nonce := range []string{"the next one's", ""} {
		if _, err := o.Redeem(t.Context(), Device{}, testCode, Interaction{Verifier: "v", Nonce: nonce}); err == nil {
			t.Errorf("nonce %q: accepted", nonce)
		}
	}
	// A sign-in that lost its nonce must not take a token that has none.
	f.idToken = rs256(header(), with(f.goodClaims(), "nonce", nil), 0)
	if _, err := o.Redeem(t.Context(), Device{}, testCode, Interaction{Verifier: "v"}); err == nil {
		t.Error("a token without a nonce was accepted")
	}
}

// RFC 8725: algorithms are ours to choose, keys come from the org alone.
//
// Rows: S-08, S-09, S-17, CVE-2024-28180, CVE-2025-27144, CVE-2026-34986,
// CVE-2025-22868.
func TestS09_IDTokenSignature(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	good := rs256(header(), f.goodClaims(), 0)
	parts := strings.Split(good, ".")
	payload, _ := json.Marshal(f.goodClaims())
	head := func(h map[string]any) string { b, _ := json.Marshal(h); return b64(b) }
	unsigned := func(alg any) string { return head(header("alg", alg)) + "." + parts[1] + "." }

	hs256 := func(key []byte) string {
		input := head(header("alg", "HS256")) + "." + parts[1]
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(input))
		return input + "." + b64(mac.Sum(nil))
	}
	spki, _ := x509.MarshalPKIXPublicKey(rsaKeys()[0].Public())
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})

	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: ec, KeyID: "ec"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, _ := signer.Sign(payload)
	es256, _ := signed.CompactSerialize()
	f.keys = append(f.keys, jose.JSONWebKey{Key: ec.Public(), KeyID: "ec", Algorithm: "ES256", Use: "sig"})

	flipped := []byte(parts[2])
	flipped[40] ^= 1
	other := rs256(header(), with(f.goodClaims(), "sub", "admin"), 0)
	evil := jose.JSONWebKey{Key: rsaKeys()[1].Public(), KeyID: "evil", Algorithm: "RS256"}
	elsewhere := f.srv.URL + "/evil-keys"

	tests := map[string]string{
		"oidcc-client-test-idtoken-sig-none":         unsigned("none"),
		"oidcc-client-test-idtoken-sig-none None":    unsigned("None"),
		"oidcc-client-test-idtoken-sig-none nOnE":    unsigned("nOnE"),
		"oidcc-client-test-idtoken-sig-none, signed": unsigned("none") + parts[2],
		"alg missing":                                     unsigned(nil) + parts[2],
		"alg a list":                                      unsigned([]string{"RS256"}) + parts[2],
		"oidcc-client-test-invalid-sig-rs256":             parts[0] + "." + parts[1] + "." + string(flipped),
		"oidcc-client-test-invalid-sig-rs256 empty":       parts[0] + "." + parts[1] + ".",
		"oidcc-client-test-invalid-sig-rs256 of another":  parts[0] + "." + strings.Split(other, ".")[1] + "." + parts[2],
		"oidcc-client-test-invalid-sig-rs256 another key": rs256(header(), f.goodClaims(), 1),
		"oidcc-client-test-invalid-sig-es256":             es256, // signed well, but not allowed
		"oidcc-client-test-invalid-sig-hs256 public PEM":  hs256(publicPEM),
		"oidcc-client-test-invalid-sig-hs256 public DER":  hs256(spki),
		"oidcc-client-test-invalid-sig-hs256 secret":      hs256([]byte(testSecret)),
		"jwk in the header":                               rs256(header("kid", nil, "jwk", evil), f.goodClaims(), 1),
		"jwk in the header, good signature":               rs256(header("jwk", evil), f.goodClaims(), 0),
		"jku":                                             rs256(header("jku", elsewhere), f.goodClaims(), 0),
		"x5u":                                             rs256(header("x5u", elsewhere), f.goodClaims(), 0),
		"x5c":                                             rs256(header("x5c", []string{b64(spki)}), f.goodClaims(), 0),
		"crit":                                            rs256(header("crit", []string{"exp"}, "exp", 1), f.goodClaims(), 0),
		"b64 false":                                       rs256(header("b64", false, "crit", []string{"b64"}), f.goodClaims(), 0),
		"an access token":                                 rs256(header("typ", "at+jwt"), f.goodClaims(), 0),
		"a logout token":                                  rs256(header("typ", "logout+jwt"), f.goodClaims(), 0),
		"typ a number":                                    rs256(header("typ", 1), f.goodClaims(), 0),
		"nested":                                          rs256(header("cty", "JWT"), good, 0),
		"nested, unsaid":                                  rs256(header(), good, 0),
		"payload null":                                    rs256(header(), "null", 0),
		"payload a list":                                  rs256(header(), "[]", 0),
		"payload a string":                                rs256(header(), `"sub"`, 0),
		"payload empty":                                   rs256(header(), "", 0),
		"payload cut":                                     rs256(header(), string(payload[:len(payload)-1]), 0),
		"payload and more":                                rs256(header(), string(payload)+"{}", 0),
		"a claim twice":                                   rs256(header(), `{"sub":"admin",`+string(payload[1:]), 0),
		"a claim 10,000 deep":                             rs256(header(), `{"x":`+strings.Repeat("[", 10_001)+strings.Repeat("]", 10_001)+","+string(payload[1:]), 0),
		"JWE of five parts":                               head(map[string]any{"alg": "dir", "enc": "A128GCM", "zip": "DEF"}) + "..AAAA.AAAA.AAAA",
		"JSON form, two signatures":                       `{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"},{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`,
		"JSON form, one signature":                        `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"a million dots":                                  strings.Repeat(".", 900_000),
		"two parts":                                       parts[0] + "." + parts[1],
		"four parts":                                      good + ".AAAA",
		"white space around":                              " " + good,
		"line break inside":                               parts[0] + ".\n" + parts[1] + "." + parts[2],
		"padding":                                         good + "==",
		"not a token":                                     "null",
	}
	for name, token := range tests {
		t.Run(name, func(t *testing.T) { f.mustRefuse(t, o, token) })
	}
	if n := len(f.calls("/evil-keys")); n != 0 {
		t.Errorf("%d fetches of keys that a token named", n)
	}
	f.idToken = ""
	if _, err := f.redeem(o); !isKind(err, Untrusted) {
		t.Errorf("no id_token: %v", err)
	}

	// What is refused above for its algorithm passes where that is configured.
	es := f.org(func(c *Config) { c.Algorithms = []string{"ES256"} })
	f.idToken = es256
	if _, err := f.redeem(es); err != nil {
		t.Errorf("ES256, configured: %v", err)
	}
	f.mustRefuse(t, es, good)
}

func isKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// oidcc-client-test-kid-absent-multiple-jwks: a token that names no key passes
// if one of the org's keys made it; it is the org's either way.
//
// Rows: S-07.
func TestS07_KidAbsentMultipleKeys(t *testing.T) {
	f := newFakeOrg(t)
	f.keys = append(f.keys, publicKey("k1", 1))
	o := f.org()
	f.idToken = rs256(header("kid", nil), f.goodClaims(), 1)
	if _, err := f.redeem(o); err != nil {
		t.Error(err)
	}
	// A token that names one is not tried with the other.
	f.mustRefuse(t, o, rs256(header("kid", "k0"), f.goodClaims(), 1))
}

// The claims that a session is made of keep what Okta wrote.
func TestClaimsKeepNumbers(t *testing.T) {
	f := newFakeOrg(t)
	f.idToken = rs256(header(), with(f.goodClaims(), "employee", json.RawMessage("12345678901234567890"), "groups", []string{"a", "b"}), 0)
	got, err := f.redeem(f.org())
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := got.Claims["employee"].(json.Number); !ok || n.String() != "12345678901234567890" {
		t.Errorf("number became %v", got.Claims["employee"])
	}
	if got.Claims.Has("absent") || !got.Claims.Has("groups") {
		t.Error("Has is wrong")
	}
}

// A code that was refused, and an answer that is no token answer.
func TestRedeemRefused(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		kind   Kind
		code   string
	}{
		"used code":           {400, `{"error":"invalid_grant","error_description":"The interaction code is invalid or has expired."}`, Refused, "invalid_grant"},
		"wrong secret":        {401, `{"error":"invalid_client","error_description":"The client secret supplied for a confidential client is invalid."}`, Refused, "invalid_client"},
		"user may not":        {400, `{"error":"access_denied","error_description":"User is not assigned to the client application."}`, Refused, "access_denied"},
		"a proxy says no":     {403, `{"error":"Forbidden","message":"blocked"}`, NotOkta, "Forbidden"},
		"HTML":                {200, `<html>`, NotOkta, ""},
		"empty":               {200, ``, NotOkta, ""},
		"null":                {200, `null`, NotOkta, ""},
		"numbers for strings": {200, `{"access_token":1}`, NotOkta, ""},
		"500":                 {500, `{"errorCode":"E0000009","errorSummary":"Internal Server Error"}`, NotOkta, "E0000009"},
		"limit":               {429, `{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests."}`, RateLimited, "E0000047"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakeOrg(t)
			f.answer(tokenPath, tt.status, tt.body)
			_, err := f.redeem(f.org())
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.kind || e.Code != tt.code {
				t.Errorf("got %v", err)
			}
			if n := len(f.calls(tokenPath)); n != 1 {
				t.Errorf("%d token calls: a code must not be sent twice", n)
			}
		})
	}
	f := newFakeOrg(t)
	f.handle(tokenPath, func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	if _, err := f.redeem(f.org()); !isKind(err, Unreachable) {
		t.Errorf("connection lost: %v", err)
	}
	if n := len(f.calls(tokenPath)); n != 1 {
		t.Errorf("%d token calls after a lost connection", n)
	}
}
