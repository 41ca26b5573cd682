package oktasim

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// An AuthServer is a custom authorization server of the org.
type AuthServer struct {
	// Name ends its issuer: /oauth2/default.
	Name string `json:"name"`

	// Audience is that of its access tokens. Default: "api://" and the name.
	Audience string `json:"audience,omitempty"`

	// Scopes that it knows. Default: those of the org.
	Scopes []string `json:"scopes,omitempty"`

	// Claims are added to its tokens.
	Claims []Claim `json:"claims,omitempty"`
}

// A Claim that an administrator put into tokens.
type Claim struct {
	Name string `json:"name"`

	// Value is "user.department" for that attribute of the user, "groups" for
	// the groups, or any other text, which is the claim.
	Value string `json:"value"`

	// Token is "id" or "access". Default: both.
	Token string `json:"token,omitempty"`

	// Scopes, when given, are those of which one must be granted.
	Scopes []string `json:"scopes,omitempty"`
}

// of is the claim for a user; nil: they have none.
func (c Claim) of(u *User) any {
	if name, ok := strings.CutPrefix(c.Value, "user."); ok {
		return u.attribute(name)
	}
	if c.Value == "groups" {
		return u.Groups
	}
	return c.Value
}

// addTo puts the server's own claims into the claims of a token.
func (as *authServer) addTo(claims map[string]any, token string, u *User, scopes []string) {
	for _, c := range as.claims {
		granted := func(scope string) bool { return slices.Contains(scopes, scope) }
		if c.Token != "" && c.Token != token || len(c.Scopes) > 0 && !slices.ContainsFunc(c.Scopes, granted) {
			continue
		}
		if value := c.of(u); value != nil {
			claims[c.Name] = value
		}
	}
}

// An authServer is one of the org's authorization servers.
type authServer struct {
	name     string
	path     string // of the issuer below the org's address
	audience string
	scopes   []string
	claims   []Claim
	thin     bool // ID tokens carry no profile, e-mail or groups
}

// authServers are the custom servers and, last, the org's own, which mints
// thin ID tokens and leaves the rest to /userinfo.
func (s *Server) authServers() []*authServer {
	if s.AuthServers == nil {
		s.AuthServers = []AuthServer{{Name: "default"}}
	}
	var out []*authServer
	for _, a := range s.AuthServers {
		as := &authServer{name: a.Name, path: "/oauth2/" + a.Name, audience: cmp.Or(a.Audience, "api://"+a.Name), scopes: a.Scopes, claims: a.Claims}
		if as.scopes == nil {
			as.scopes = s.Scopes
		}
		out = append(out, as)
	}
	return append(out, &authServer{name: "org", thin: true, scopes: s.Scopes})
}

// ownServer is the org's own authorization server.
func (s *Server) ownServer() *authServer { return s.servers[len(s.servers)-1] }

// oauthPath is where the OAuth endpoints are: below the issuer of a custom
// server, below /oauth2 for the org's.
func (as *authServer) oauthPath() string {
	if as.path == "" {
		return "/oauth2"
	}
	return as.path
}

func (as *authServer) issuer(c *call) string { return c.base + as.path }

func (as *authServer) bind(handle func(*call, *authServer) reply) func(*call) reply {
	return func(c *call) reply { return handle(c, as) }
}

func defaultScopes() []string {
	return []string{"openid", "profile", "email", "address", "phone", "offline_access", "groups"}
}

func (s *Server) discovery(c *call, as *authServer) reply {
	v1 := c.base + as.oauthPath() + "/v1"
	methods := append(slices.Clone(authMethods), "none")
	return jsonReply(http.StatusOK, map[string]any{
		"issuer":                                        as.issuer(c),
		"authorization_endpoint":                        v1 + "/authorize",
		"token_endpoint":                                v1 + "/token",
		"device_authorization_endpoint":                 v1 + "/device/authorize",
		"userinfo_endpoint":                             v1 + "/userinfo",
		"jwks_uri":                                      v1 + "/keys",
		"introspection_endpoint":                        v1 + "/introspect",
		"revocation_endpoint":                           v1 + "/revoke",
		"end_session_endpoint":                          v1 + "/logout",
		"interaction_endpoint":                          v1 + "/interact",
		"response_types_supported":                      []string{"code"},
		"response_modes_supported":                      []string{"query", "fragment"},
		"grant_types_supported":                         []string{"authorization_code", "interaction_code", "urn:okta:params:oauth:grant-type:interaction_code", "refresh_token", deviceGrantType},
		"subject_types_supported":                       []string{"public"},
		"id_token_signing_alg_values_supported":         []string{"RS256"},
		"scopes_supported":                              as.scopes,
		"token_endpoint_auth_methods_supported":         methods,
		"revocation_endpoint_auth_methods_supported":    methods,
		"introspection_endpoint_auth_methods_supported": methods,
		"dpop_signing_alg_values_supported":             signatureAlgorithms,
		"code_challenge_methods_supported":              []string{"S256"},
		"claims_supported": []string{"ver", "jti", "iss", "aud", "iat", "exp", "sub", "auth_time", "amr", "idp", "nonce", "at_hash",
			"name", "given_name", "family_name", "preferred_username", "email", "email_verified", "groups", "locale", "zoneinfo", "updated_at"},
		"request_parameter_supported": false,
	})
}

func (s *Server) keys(_ *call, as *authServer) reply {
	return jsonReply(http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{s.signer(as).public()}})
}

// A signer is a key that an authorization server signs with.
type signer struct {
	kid string
	key *rsa.PrivateKey
}

func (k *signer) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.key.Public(), KeyID: k.kid, Algorithm: string(jose.RS256), Use: "sig"}
}

// signer returns the server's current key, made when it is first needed.
func (s *Server) signer(as *authServer) *signer {
	if k := s.signers[as.name]; k != nil {
		return k
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("oktasim: no key: %v", err)) // a machine without randomness
	}
	k := &signer{kid: randomText(43), key: key}
	s.signers[as.name] = k
	return k
}

// rotateKeys makes new keys; the old ones are gone at once, which is the
// hardest rotation for a client.
func (s *Server) rotateKeys() {
	for _, as := range s.servers {
		delete(s.signers, as.name)
		s.signer(as)
	}
}
