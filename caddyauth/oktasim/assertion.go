package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// A client with a key of its own proves itself by signing a statement about
// itself (RFC 7523, 2.2): private_key_jwt.

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// longestAssertion is how far in the future an assertion may end.
const longestAssertion = time.Hour

// signatureAlgorithms are those of clients' keys.
var signatureAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}

// Ways in which a client proves itself, by their names in OpenID Connect.
const (
	secretPost  = "client_secret_post"
	secretBasic = "client_secret_basic"
	privateKey  = "private_key_jwt"
)

var authMethods = []string{secretPost, secretBasic, privateKey}

// authMethod is how a call's client proves itself, if it does.
func (c *call) authMethod() string {
	switch _, _, basic := basicAuth(c.request); {
	case c.form.Has("client_assertion"):
		return privateKey
	case basic:
		return secretBasic
	}
	return secretPost
}

// confidential says whether the client has to prove itself.
func (c *Client) confidential() bool { return c.Secret != "" || len(c.JWKS) > 0 }

func (c *Client) keys() (set jose.JSONWebKeySet, err error) {
	if len(c.JWKS) > 0 {
		err = json.Unmarshal(c.JWKS, &set)
	}
	return set, err
}

func (c *Client) checkKeys() error {
	set, err := c.keys()
	if err != nil {
		return fmt.Errorf("jwks of %q: %w", c.ID, err)
	}
	for _, key := range set.Keys {
		if !key.IsPublic() {
			return fmt.Errorf("jwks of %q has a private key, which is the client's alone", c.ID)
		}
	}
	return nil
}

// asserted returns the client that a signed assertion in the form is of.
func (s *Server) asserted(c *call) (*Client, *reply) {
	invalid := func(description string) (*Client, *reply) {
		return nil, oauthError(http.StatusUnauthorized, "invalid_client", description)
	}
	if c.form.Get("client_assertion_type") != assertionType {
		return nil, oauthError(http.StatusBadRequest, "invalid_request", "The 'client_assertion_type' parameter must be '"+assertionType+"'.")
	}
	if c.signer != nil {
		return c.signer, nil // it works once, and is asked about more often
	}
	token, err := jwt.ParseSigned(c.form.Get("client_assertion"), signatureAlgorithms)
	if err != nil {
		return invalid("The client_assertion token is invalid.")
	}
	var claims jwt.Claims
	if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil {
		return invalid("The client_assertion token is invalid.")
	}
	client := s.client(claims.Subject)
	if client == nil || claims.Issuer != claims.Subject || c.form.Has("client_id") && c.form.Get("client_id") != client.ID {
		return invalid("The 'sub' and 'iss' claims of the client_assertion must be the client ID.")
	}
	set, _ := client.keys() // were checked at the start
	signed := slices.ContainsFunc(set.Keys, func(key jose.JSONWebKey) bool { return token.Claims(key, &claims) == nil })
	now, here := s.Now(), c.base+c.request.URL.Path
	switch {
	case !signed:
		return invalid("The client_assertion signature is invalid.")
	case !slices.ContainsFunc(s.servers, func(as *authServer) bool {
		return claims.Audience.Contains(here) || claims.Audience.Contains(as.issuer(c)) || claims.Audience.Contains(c.base+as.oauthPath()+"/v1/token")
	}):
		return invalid("The audience claim for client_assertion must be the endpoint invoked for the request.")
	case claims.Expiry == nil || now.After(claims.Expiry.Time()):
		return invalid("The client_assertion token is expired.")
	case claims.Expiry.Time().After(now.Add(longestAssertion)):
		return invalid("The client_assertion token has an expiration too far into the future.")
	case claims.ID != "" && s.seen("assertion "+client.ID+" "+claims.ID, claims.Expiry.Time()):
		return invalid("The client_assertion token has already been used.")
	}
	c.signer = client
	return client, nil
}

// seen says whether something that works once came before. It is forgotten
// when it would be too old anyway.
func (s *Server) seen(what string, until time.Time) bool {
	now := s.Now()
	for known, end := range s.once {
		if now.After(end) {
			delete(s.once, known)
		}
	}
	_, before := s.once[what]
	s.once[what] = until
	return before
}
