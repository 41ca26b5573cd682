package oktasim

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// keyFaults spoil the key set.
var keyFaults = []*faultKind{
	{
		name: "no_keys", at: keysEndpoint,
		alter: onDocument(func(_ *call, _ value, d map[string]any) { d["keys"] = []any{} }),
		does:  "sends a key set without keys",
	},
	{
		name: "bad_keys", at: keysEndpoint,
		alter: onDocument(func(_ *call, _ value, d map[string]any) {
			d["keys"] = append([]any{
				map[string]any{"kty": "HOLO", "kid": "of-no-known-type"},
				map[string]any{"kty": "RSA", "kid": "not-base64", "n": "***", "e": "AQAB", "alg": "RS256", "use": "sig"},
				map[string]any{"kty": "RSA", "kid": "too-small", "n": "AQAB", "e": "AQAB", "alg": "RS256", "use": "sig"},
				map[string]any{"kty": "EC", "crv": "P-256", "kid": "off-the-curve", "x": "AQAB", "y": "AQAB", "alg": "ES256", "use": "sig"},
			}, listIn(d, "keys")...)
		}),
		does: "puts four broken keys before the good one",
	},
	{
		name: "other_keys", at: keysEndpoint,
		alter: func(s *Server, _ *call, _ value, out reply) reply {
			var set jose.JSONWebKeySet
			document := documentOf(out)
			for _, listed := range listIn(document, "keys") {
				key, _ := listed.(map[string]any)
				kid, _ := key["kid"].(string)
				set.Keys = append(set.Keys, (&signer{kid: kid, key: s.stranger()}).public())
			}
			out.content = encode(set)
			return out
		},
		does: "sends keys that sign nothing, under the ids of the real ones",
	},
}

// An unsigned token is what is going to be signed, and how.
type unsigned struct {
	typ    string // empty: not said
	alg    string // RS256; a fault's: HS256 or none
	kid    string
	key    *rsa.PrivateKey
	secret []byte // of HS256
	claims map[string]any

	// What a fault may need.
	client   *Client
	stranger *rsa.PrivateKey // a key that is not the org's
	now      time.Time
}

// tokenFaults spoil the ID token that is made.
var tokenFaults = []*faultKind{
	aToken("alg_none", "an ID token that nobody signed (alg none)", nil,
		func(_ value, t *unsigned) { t.alg = "none" }),
	aToken("alg_hs256", "an ID token signed with HMAC; value: with what, public_key (which everybody has) or client_secret", takesOneOf("public_key", "client_secret"),
		func(v value, t *unsigned) {
			t.alg, t.secret = "HS256", []byte(t.client.Secret)
			if string(v) == "public_key" {
				t.secret, _ = x509.MarshalPKIXPublicKey(&t.key.PublicKey) // of an RSA key: no error
			}
		}),
	aToken("wrong_key", "an ID token signed with another key under the right id", nil,
		func(_ value, t *unsigned) { t.key = t.stranger }),
	aToken("unknown_kid", "an ID token signed with a key that is in no key set", nil,
		func(_ value, t *unsigned) { t.key, t.kid = t.stranger, randomText(43) }),
	aToken("no_kid", "an ID token whose header does not name the key", nil,
		func(_ value, t *unsigned) { t.kid = "" }),
	aToken("wrong_iss", "an ID token of another issuer; value: which", takesText("http://evil.localhost:9/oauth2/default"),
		func(v value, t *unsigned) { t.claims["iss"] = string(v) }),
	aToken("wrong_aud", "an ID token for another client; value: which", takesText("0oaSomebodyElses0001"),
		func(v value, t *unsigned) { t.claims["aud"] = string(v) }),
	aToken("more_aud", "an ID token for this client and another, without azp; value: the other", takesText("0oaSomebodyElses0001"),
		func(v value, t *unsigned) { t.claims["aud"] = []any{t.client.ID, string(v)} }),
	aToken("wrong_azp", "an ID token for this client and another, made for the other; value: the other", takesText("0oaSomebodyElses0001"),
		func(v value, t *unsigned) {
			t.claims["aud"], t.claims["azp"] = []any{t.client.ID, string(v)}, string(v)
		}),
	aToken("wrong_nonce", "an ID token with a nonce that nobody asked for; value: the nonce", takesText("of-another-sign-in"),
		func(v value, t *unsigned) { t.claims["nonce"] = string(v) }),
	aToken("no_nonce", "an ID token without the nonce", nil,
		func(_ value, t *unsigned) { delete(t.claims, "nonce") }),
	aToken("expired", "an ID token that expired; value: how long ago", takesDuration("10m"),
		func(v value, t *unsigned) {
			t.claims["exp"] = t.now.Add(-v.duration()).Unix()
			t.claims["iat"] = t.now.Add(-v.duration() - time.Hour).Unix()
		}),
	aToken("future", "an ID token that was issued in the future; value: how far ahead", takesDuration("10m"),
		func(v value, t *unsigned) {
			t.claims["iat"] = t.now.Add(v.duration()).Unix()
			t.claims["exp"] = t.now.Add(v.duration() + time.Hour).Unix()
		}),
	aToken("no_exp", "an ID token that never expires", nil,
		func(_ value, t *unsigned) { delete(t.claims, "exp") }),
	aToken("wrong_at_hash", "an ID token that belongs to another access token", nil,
		func(_ value, t *unsigned) {
			sum := sha256.Sum256([]byte("another access token"))
			t.claims["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:16])
		}),
	aToken("wrong_sub", "an ID token about another user than /userinfo; value: whose id", takesText("00uSomebodyElse00001"),
		func(v value, t *unsigned) { t.claims["sub"] = string(v) }),
}

func aToken(name, does string, takes *argument, spoil func(value, *unsigned)) *faultKind {
	return &faultKind{name: name, at: tokenEndpoints, takes: takes, does: "makes " + does, token: spoil}
}

// mint signs an ID token, after the fault of this call and the hook of a test
// have had their way with it.
func (s *Server) mint(c *call, as *authServer, client *Client, claims map[string]any) string {
	k := s.signer(as)
	t := &unsigned{alg: string(jose.RS256), kid: k.kid, key: k.key, claims: claims, client: client, now: s.Now()}
	if kind := c.fault.kind(); kind != nil && kind.token != nil {
		t.stranger = s.stranger()
		kind.token(c.fault.value(), t)
	}
	if s.ShapeIDToken != nil {
		s.ShapeIDToken(t.claims)
	}
	return t.sign()
}

// sign writes the token by hand: libraries refuse to sign what a fault wants.
func (t *unsigned) sign() string {
	header := map[string]any{"alg": t.alg}
	if t.typ != "" {
		header["typ"] = t.typ
	}
	if t.kid != "" {
		header["kid"] = t.kid
	}
	encoding := base64.RawURLEncoding
	signed := encoding.EncodeToString(encode(header)) + "." + encoding.EncodeToString(encode(t.claims))
	var signature []byte
	switch t.alg {
	case "HS256":
		mac := hmac.New(sha256.New, t.secret)
		mac.Write([]byte(signed))
		signature = mac.Sum(nil)
	case string(jose.RS256):
		sum := sha256.Sum256([]byte(signed))
		var err error
		if signature, err = rsa.SignPKCS1v15(rand.Reader, t.key, crypto.SHA256, sum[:]); err != nil {
			panic(err) // a mistake in this package
		}
	}
	return signed + "." + encoding.EncodeToString(signature)
}

// stranger is a key that the org never publishes as its own.
func (s *Server) stranger() *rsa.PrivateKey {
	if s.strangerKey == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err) // a machine without randomness
		}
		s.strangerKey = key
	}
	return s.strangerKey
}
