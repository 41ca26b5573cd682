package oktasim_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signed is a JWT of these claims.
func signed(t *testing.T, key *ecdsa.PrivateKey, options *jose.SignerOptions, claims document) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// keyClient is the confidential client with a key in place of a secret.
func keyClient(t *testing.T, key *ecdsa.PrivateKey) []oktasim.Client {
	t.Helper()
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "first", Algorithm: "ES256"}}})
	if err != nil {
		t.Fatal(err)
	}
	return []oktasim.Client{{ID: oktasim.DemoClientID, JWKS: set}}
}

func assertion(t *testing.T, key *ecdsa.PrivateKey, audience string, change document) url.Values {
	claims := document{
		"iss": oktasim.DemoClientID, "sub": oktasim.DemoClientID, "aud": audience,
		"exp": time.Now().Add(time.Minute).Unix(), "jti": rand.Text(),
	}
	maps.Copy(claims, change)
	return url.Values{
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {signed(t, key, nil, claims)},
	}
}

func TestPrivateKeyJWT(t *testing.T) {
	key := newKey(t)
	// Limits ask who calls too, and must not use the assertion up.
	o := start(t, &oktasim.Server{Clients: keyClient(t, key), Limits: oktasim.Limits{Client: 60}})
	form := interactForm()
	form.Del("client_secret")
	form.Del("client_id")
	maps.Copy(form, assertion(t, key, o.issuer()+"/v1/interact", nil))
	f := o.beginAt(o.issuer(), o.issuer()+"/v1/interact", form).identify(ada, adaPassword)
	redeem := func(proof url.Values) (int, document) {
		form := f.tokenForm()
		form.Del("client_secret")
		maps.Copy(form, proof)
		return o.postForm(o.issuer()+"/v1/token", form)
	}
	here := o.issuer() + "/v1/token"
	used := assertion(t, key, here, nil)
	o.postForm(here, maps.Collect(maps.All(used)))
	for what, proof := range map[string]url.Values{
		"none":                {},
		"of another key":      assertion(t, newKey(t), here, nil),
		"for another service": assertion(t, key, "https://evil.example/token", nil),
		"of another client":   assertion(t, key, here, document{"sub": "somebody", "iss": "somebody"}),
		"expired":             assertion(t, key, here, document{"exp": time.Now().Add(-time.Minute).Unix()}),
		"without an end":      assertion(t, key, here, document{"exp": time.Now().Add(48 * time.Hour).Unix()}),
		"used before":         used,
	} {
		status, out := redeem(proof)
		expect(t, what, status, http.StatusUnauthorized)
		expect(t, what, out["error"], any("invalid_client"))
	}
	status, out := redeem(assertion(t, key, here, nil))
	expect(t, "tokens", status, http.StatusOK)
	expect(t, "type", out["token_type"], any("Bearer"))
}

func TestInteractAuthIsSwitchable(t *testing.T) {
	o := start(t, &oktasim.Server{InteractAuth: []string{"client_secret_post"}})
	o.begin()
	form := interactForm()
	form.Del("client_secret")
	request, _ := http.NewRequest(http.MethodPost, o.issuer()+"/v1/interact", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(oktasim.DemoClientID, oktasim.DemoClientSecret)
	response, _ := o.do(request)
	expect(t, "in the header", response.StatusCode, http.StatusUnauthorized)
}
