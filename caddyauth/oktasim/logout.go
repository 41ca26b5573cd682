package oktasim

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// revoke ends a token. A refresh token takes everything of its grant with it.
// A token that is unknown, or another client's, is not told apart from one
// that was revoked (RFC 7009, 2.2).
func (s *Server) revoke(c *call, _ *authServer) reply {
	client, problem := s.authenticated(c)
	if problem != nil {
		return *problem
	}
	value := c.form.Get("token")
	if value == "" {
		return *oauthError(http.StatusBadRequest, "invalid_request", "The 'token' parameter is required.")
	}
	if token := s.refresh[value]; token != nil && token.grant.client == client {
		token.grant.revoked = true
	}
	if token := s.access[value]; token != nil && token.grant.client == client {
		token.revoked = true
	}
	return reply{status: http.StatusOK}
}

// logout ends the browser's session at the org, of which an embedded sign-in
// made none: it checks what it was given and sends the browser back.
func (s *Server) logout(c *call, as *authServer) reply {
	token, err := jwt.ParseSigned(c.form.Get("id_token_hint"), []jose.SignatureAlgorithm{jose.RS256})
	var claims jwt.Claims
	if err == nil {
		err = token.Claims(s.signer(as).key.Public(), &claims)
	}
	if err != nil || len(claims.Audience) != 1 {
		return *oauthError(http.StatusBadRequest, "invalid_token", "The 'id_token_hint' parameter must be an ID token of this authorization server.")
	}
	back := c.form.Get("post_logout_redirect_uri")
	if back == "" {
		return page(http.StatusOK, "Signed out", signedOutPage, nil)
	}
	client := s.client(claims.Audience[0])
	if !isLoopbackURL(back) && (client == nil || !slices.Contains(client.RedirectURIs, back)) {
		return *oauthError(http.StatusBadRequest, "invalid_request", "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings. (This simulator takes any loopback address.)")
	}
	target, err := url.Parse(back)
	if err != nil {
		return *oauthError(http.StatusBadRequest, "invalid_request", "The 'post_logout_redirect_uri' parameter is not a URI.")
	}
	if state := c.form.Get("state"); state != "" {
		query := target.Query()
		query.Set("state", state)
		target.RawQuery = query.Encode()
	}
	return reply{status: http.StatusFound, header: http.Header{"Location": {target.String()}}}
}
