package oktasim_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/go-jose/go-jose/v4"
)

// proof is a DPoP proof (RFC 9449, 4.2).
func proof(t *testing.T, key *ecdsa.PrivateKey, method, address string, change document) string {
	t.Helper()
	claims := document{"jti": rand.Text(), "htm": method, "htu": address, "iat": time.Now().Unix()}
	maps.Copy(claims, change)
	return signed(t, key, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"), claims)
}

// withProof posts a form with a proof.
func (o *org) withProof(address string, form url.Values, proof string) (*http.Response, document) {
	o.Helper()
	request, _ := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if proof != "" {
		request.Header.Set("DPoP", proof)
	}
	response, content := o.do(request)
	var out document
	if err := json.Unmarshal(content, &out); err != nil {
		o.Fatal(err)
	}
	return response, out
}

func TestDPoP(t *testing.T) {
	o := start(t, &oktasim.Server{Clients: clientWith(func(c *oktasim.Client) { c.DPoP = oktasim.DPoPRequired })})
	key, here := newKey(t), o.issuer()+"/v1/token"
	form := o.begin().identify(ada, adaPassword).tokenForm()
	_, out := o.withProof(here, form, "")
	expect(t, "without a proof", out["error"], any("invalid_dpop_proof"))
	response, out := o.withProof(here, form, proof(t, key, "POST", here, nil))
	expect(t, "status without the nonce", response.StatusCode, http.StatusBadRequest)
	expect(t, "error", out["error"], any("use_dpop_nonce"))
	nonce := response.Header.Get("Dpop-Nonce")
	if nonce == "" {
		t.Fatal("no nonce")
	}
	used := proof(t, key, "POST", here, document{"nonce": nonce})
	o.withProof(here, url.Values{"client_id": form["client_id"], "client_secret": form["client_secret"]}, used)
	for what, given := range map[string]string{
		"for another method":  proof(t, key, "GET", here, document{"nonce": nonce}),
		"for another address": proof(t, key, "POST", o.issuer()+"/v1/userinfo", document{"nonce": nonce}),
		"old":                 proof(t, key, "POST", here, document{"nonce": nonce, "iat": time.Now().Add(-time.Hour).Unix()}),
		"used before":         used,
		"no JWT":              "garbage",
	} {
		_, out := o.withProof(here, form, given)
		expect(t, what, out["error"], any("invalid_dpop_proof"))
	}
	response, out = o.withProof(here, form, proof(t, key, "POST", here, document{"nonce": nonce}))
	expect(t, "tokens", response.StatusCode, http.StatusOK)
	expect(t, "type", out["token_type"], any("DPoP"))
	access := out["access_token"].(string)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(access, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(payload), `"cnf":{"jkt":"`) {
		t.Errorf("the access token is bound to nothing: %s", payload)
	}

	// The stolen token is worth nothing without the key.
	sum := sha256.Sum256([]byte(access))
	about := o.issuer() + "/v1/userinfo"
	asks := func(scheme, proof string) int {
		request, _ := http.NewRequest(http.MethodGet, about, nil)
		request.Header.Set("Authorization", scheme+" "+access)
		if proof != "" {
			request.Header.Set("DPoP", proof)
		}
		response, _ := o.do(request)
		return response.StatusCode
	}
	hash := document{"ath": base64.RawURLEncoding.EncodeToString(sum[:])}
	expect(t, "as a bearer token", asks("Bearer", ""), http.StatusUnauthorized)
	expect(t, "another key", asks("DPoP", proof(t, newKey(t), "GET", about, hash)), http.StatusUnauthorized)
	expect(t, "its key", asks("DPoP", proof(t, key, "GET", about, hash)), http.StatusOK)

	renew := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {out["refresh_token"].(string)}, "client_id": form["client_id"], "client_secret": form["client_secret"]}
	_, out = o.withProof(here, renew, proof(t, newKey(t), "POST", here, document{"nonce": nonce}))
	expect(t, "renewed with another key", out["error"], any("invalid_dpop_proof"))
	response, _ = o.withProof(here, renew, proof(t, key, "POST", here, document{"nonce": nonce}))
	expect(t, "renewed", response.StatusCode, http.StatusOK)
}

func TestDPoPIsSwitchable(t *testing.T) {
	for mode, want := range map[string]string{"": "use_dpop_nonce", oktasim.DPoPOff: ""} {
		o := start(t, &oktasim.Server{Clients: clientWith(func(c *oktasim.Client) { c.DPoP = mode })})
		here := o.issuer() + "/v1/token"
		_, out := o.withProof(here, o.begin().identify(ada, adaPassword).tokenForm(), proof(t, newKey(t), "POST", here, nil))
		got, _ := out["error"].(string)
		expect(t, "error with "+mode, got, want)
	}
}
