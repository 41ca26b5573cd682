package oktasim

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const interactionCodeLifetime = 60 * time.Second

// tokenLifetime is that of access and ID tokens.
func (s *Server) tokenLifetime() time.Duration {
	return time.Duration(s.policy.TokenSeconds) * time.Second
}

// A grant is what one sign-in gave a client; all tokens of it share it.
type grant struct {
	user    *User
	client  *Client
	server  *authServer
	scopes  []string
	nonce   string
	amr     []string
	acr     string
	time    time.Time // of the sign-in
	revoked bool

	thumbprint string // of the key that the tokens are bound to; empty: of none
}

type accessToken struct {
	grant   *grant
	scopes  []string
	expires time.Time
	revoked bool
}

func (s *Server) token(c *call, as *authServer) reply {
	client, problem := s.authenticated(c)
	if problem != nil {
		return *problem
	}
	thumbprint, problem := s.proven(c, client, "")
	if problem != nil {
		return *problem
	}
	switch c.form.Get("grant_type") {
	case "interaction_code", "urn:okta:params:oauth:grant-type:interaction_code":
		return s.redeemCode(c, as, client, "interaction_code", thumbprint)
	case "authorization_code":
		return s.redeemCode(c, as, client, "code", thumbprint)
	case "refresh_token":
		return s.redeemRefreshToken(c, as, client, thumbprint)
	case deviceGrantType:
		return s.redeemDeviceCode(c, as, client, thumbprint)
	case "":
		return *oauthError(http.StatusBadRequest, "invalid_request", "The token request must specify a 'grant_type'.")
	}
	return *oauthError(http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
}

func invalidGrant(description string) reply {
	return *oauthError(http.StatusBadRequest, "invalid_grant", description)
}

// codeNames are what errors call the codes, by parameter.
var codeNames = map[string]string{"interaction_code": "interaction code", "code": "authorization code"}

// redeemCode ends a sign-in: with an interaction code or, on the org's own
// pages, an authorization code. The code is spent by the first try of its own
// client, whatever comes of it.
func (s *Server) redeemCode(c *call, as *authServer, client *Client, parameter, thumbprint string) reply {
	over := invalidGrant(fmt.Sprintf("The %s is invalid or has expired.", codeNames[parameter]))
	tx := s.codes[c.form.Get(parameter)]
	if tx == nil || tx.client != client || tx.server != as || tx.hosted != (parameter == "code") {
		return over
	}
	s.forget(tx)
	if s.Now().After(tx.codeExpires) {
		return over
	}
	// An authorization code is for one address (RFC 6749, 4.1.3).
	if uri := c.form.Get("redirect_uri"); (uri != "" || tx.hosted) && uri != tx.request.redirectURI {
		return invalidGrant("The 'redirect_uri' does not match the redirection URI used in the interact request.")
	}
	proof := sha256.Sum256([]byte(c.form.Get("code_verifier")))
	if base64.RawURLEncoding.EncodeToString(proof[:]) != tx.request.challenge {
		return invalidGrant("PKCE verification failed.")
	}
	g := &grant{
		user: tx.user, client: client, server: as, scopes: tx.scopes,
		nonce: tx.request.nonce, amr: tx.amr(), acr: tx.request.acr(), time: tx.signedIn,
		thumbprint: thumbprint,
	}
	out := s.issueTokens(c, g, g.scopes, g.nonce)
	if slices.Contains(g.scopes, "offline_access") {
		out["refresh_token"] = s.newRefreshToken(g)
	}
	return jsonReply(http.StatusOK, out)
}

func (s *Server) issueTokens(c *call, g *grant, scopes []string, nonce string) map[string]any {
	access := s.accessToken(c, g, scopes)
	out := map[string]any{
		"token_type":   g.tokenType(),
		"expires_in":   s.policy.TokenSeconds,
		"access_token": access,
		"scope":        strings.Join(scopes, " "),
	}
	if slices.Contains(scopes, "openid") {
		out["id_token"] = s.idToken(c, g, scopes, nonce, access)
	}
	return out
}

func (s *Server) accessToken(c *call, g *grant, scopes []string) string {
	now := s.Now()
	audience := g.server.audience
	if g.server.thin {
		audience = c.base // the org's own API; not for anybody else to read
	}
	claims := map[string]any{
		"ver": 1, "jti": "AT." + randomText(43), "iss": g.server.issuer(c), "aud": audience,
		"iat": now.Unix(), "exp": now.Add(s.tokenLifetime()).Unix(), "auth_time": g.time.Unix(),
		"cid": g.client.ID, "uid": g.user.id(), "scp": scopes, "sub": g.user.Login,
	}
	if g.thumbprint != "" {
		claims["cnf"] = object{"jkt": g.thumbprint}
	}
	g.server.addTo(claims, "access", g.user, scopes)
	token := s.sign(g.server, claims)
	s.access[token] = &accessToken{grant: g, scopes: scopes, expires: now.Add(s.tokenLifetime())}
	return token
}

// idToken mints an ID token. That of the org's own server is thin: it says who,
// and nothing about them.
func (s *Server) idToken(c *call, g *grant, scopes []string, nonce, access string) string {
	claims := map[string]any{}
	if !g.server.thin {
		claims = g.user.claims(scopes)
		delete(claims, "locale") // with zoneinfo, /userinfo only
		delete(claims, "zoneinfo")
	}
	now := s.Now()
	half := sha256.Sum256([]byte(access))
	claims["ver"] = 1
	claims["jti"] = "ID." + randomText(43)
	claims["iss"] = g.server.issuer(c)
	claims["sub"] = g.user.id()
	claims["aud"] = g.client.ID
	claims["iat"] = now.Unix()
	claims["exp"] = now.Add(s.tokenLifetime()).Unix()
	claims["auth_time"] = g.time.Unix()
	claims["amr"] = g.amr
	claims["idp"] = oktaID("00o", "oktasim")
	claims["at_hash"] = base64.RawURLEncoding.EncodeToString(half[:len(half)/2])
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if g.acr != "" {
		claims["acr"] = g.acr
	}
	g.server.addTo(claims, "id", g.user, scopes)
	return s.mint(c, g.server, g.client, claims)
}

func (s *Server) sign(as *authServer, claims map[string]any) string {
	k := s.signer(as)
	key := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: k.key, KeyID: k.kid}}
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		panic(err) // a mistake in this package
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		panic(err)
	}
	return token
}
