package oktasim

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// DPoP binds tokens to a key of the client (RFC 9449): each request proves that
// it comes from who has the key. The org wants a nonce of its own in each proof
// at the token endpoint, which it gives with the first refusal.

// What an org does about DPoP proofs of a client.
const (
	DPoPRequired = "required" // no tokens without
	DPoPOff      = "off"      // they are ignored
)

// proofAge is how old a proof may be, or how far ahead its clock.
const proofAge = 5 * time.Minute

// nonceLifetime is how long a nonce is good.
const nonceLifetime = 24 * time.Hour

// proven returns the thumbprint of the key whose holder sent a request; empty
// where there is no proof and none is needed. access is the token that is used
// with it, empty at the token endpoint.
func (s *Server) proven(c *call, client *Client, access string) (thumbprint string, problem *reply) {
	given := c.request.Header.Values("DPoP")
	invalid := func(description string) (string, *reply) {
		return "", oauthError(http.StatusBadRequest, "invalid_dpop_proof", description)
	}
	switch {
	case client.DPoP == DPoPOff, len(given) == 0 && client.DPoP != DPoPRequired:
		return "", nil
	case len(given) != 1:
		return invalid("The DPoP proof JWT header is missing.")
	}
	proof, err := jose.ParseSigned(given[0], signatureAlgorithms)
	if err != nil || len(proof.Signatures) != 1 {
		return invalid("The DPoP proof JWT is invalid.")
	}
	header := proof.Signatures[0].Protected
	if header.ExtraHeaders[jose.HeaderType] != "dpop+jwt" || header.JSONWebKey == nil || !header.JSONWebKey.IsPublic() {
		return invalid("The DPoP proof JWT must have the type 'dpop+jwt' and a public 'jwk' in its header.")
	}
	var claims struct {
		ID     string           `json:"jti"`
		Method string           `json:"htm"`
		URL    string           `json:"htu"`
		Issued *jwt.NumericDate `json:"iat"`
		Nonce  string           `json:"nonce"`
		Hash   string           `json:"ath"`
	}
	token, err := jwt.ParseSigned(given[0], signatureAlgorithms)
	if err == nil {
		err = token.Claims(header.JSONWebKey.Key, &claims)
	}
	now := s.Now()
	switch {
	case err != nil:
		return invalid("The DPoP proof JWT is invalid.")
	case claims.Method != c.request.Method:
		return invalid("The DPoP proof JWT header has an invalid 'htm'.")
	case claims.URL != c.base+c.request.URL.Path:
		return invalid("The DPoP proof JWT header has an invalid 'htu'.")
	case claims.Issued == nil || claims.Issued.Time().Before(now.Add(-proofAge)) || claims.Issued.Time().After(now.Add(proofAge)):
		return invalid("The DPoP proof JWT is too old, or from the future.")
	case access == "" && (claims.Nonce == "" || claims.Nonce != s.dpopNonce && claims.Nonce != s.dpopNonceBefore):
		problem := oauthError(http.StatusBadRequest, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
		problem.header = http.Header{"Dpop-Nonce": {s.nextNonce()}}
		return "", problem
	case access != "" && claims.Hash != hashOf(access):
		return invalid("The DPoP proof JWT header has an invalid 'ath'.")
	case claims.ID == "" || s.seen("proof "+claims.ID, claims.Issued.Time().Add(proofAge)):
		return invalid("The DPoP proof JWT has already been used.")
	}
	sum, err := header.JSONWebKey.Thumbprint(crypto.SHA256)
	if err != nil {
		return invalid("The DPoP proof JWT is invalid.")
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// nextNonce is the nonce of the day. The one before stays good for the requests
// that are under way.
func (s *Server) nextNonce() string {
	if now := s.Now(); s.dpopNonce == "" || now.After(s.dpopNonceEnds) {
		s.dpopNonceBefore, s.dpopNonce, s.dpopNonceEnds = s.dpopNonce, randomText(32), now.Add(nonceLifetime)
	}
	return s.dpopNonce
}

// tokenType is what an access token has to be sent as.
func (g *grant) tokenType() string {
	if g.thumbprint != "" {
		return "DPoP"
	}
	return "Bearer"
}

// dpopModes are the values of Client.DPoP.
var dpopModes = []string{"", DPoPRequired, DPoPOff}

func knownDPoP(mode string) bool { return slices.Contains(dpopModes, mode) }
