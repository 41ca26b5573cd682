package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

// liveAccess returns the access token if it is still good at this server.
func (s *Server) liveAccess(value string, as *authServer) *accessToken {
	token := s.access[value]
	if token == nil || token.revoked || token.grant.revoked || token.grant.server != as || s.Now().After(token.expires) {
		return nil
	}
	return token
}

// userinfo says everything that the granted scopes allow, also for a sign-in
// whose ID token was thin.
func (s *Server) userinfo(c *call, as *authServer) reply {
	scheme, value, _ := strings.Cut(c.request.Header.Get("Authorization"), " ")
	token := s.liveAccess(strings.TrimSpace(value), as)
	switch {
	case token == nil || !strings.EqualFold(scheme, token.grant.tokenType()):
		return bearerError(http.StatusUnauthorized, `error="invalid_token", error_description="The access token is invalid"`)
	case !slices.Contains(token.scopes, "openid"):
		return bearerError(http.StatusForbidden, `error="insufficient_scope", error_description="The access token must provide access to at least one of these scopes - openid"`)
	}
	if bound := token.grant.thumbprint; bound != "" {
		if proven, problem := s.proven(c, token.grant.client, value); problem != nil || proven != bound {
			return bearerError(http.StatusUnauthorized, `error="invalid_dpop_proof", error_description="The DPoP proof JWT is not of the key that the access token is bound to."`)
		}
	}
	claims := token.grant.user.claims(token.scopes)
	claims["sub"] = token.grant.user.id()
	return jsonReply(http.StatusOK, claims)
}

// bearerError answers as RFC 6750, 3.
func bearerError(status int, parameters string) reply {
	return reply{status: status, header: http.Header{"Www-Authenticate": {"Bearer " + parameters}}}
}

// introspectToken is RFC 7662 for the client that the token was given to.
func (s *Server) introspectToken(c *call, as *authServer) reply {
	client, problem := s.authenticated(c)
	if problem != nil {
		return *problem
	}
	value := c.form.Get("token")
	if token := s.liveAccess(value, as); token != nil && token.grant.client == client {
		return jsonReply(http.StatusOK, map[string]any{
			"active": true, "token_type": token.grant.tokenType(), "client_id": client.ID, "username": token.grant.user.Login,
			"sub": token.grant.user.Login, "uid": token.grant.user.id(), "scope": strings.Join(token.scopes, " "),
			"exp": token.expires.Unix(), "iss": as.issuer(c),
		})
	}
	if token := s.refresh[value]; token != nil && token.grant.client == client && token.grant.server == as && !token.used && !token.grant.revoked {
		return jsonReply(http.StatusOK, map[string]any{
			"active": true, "client_id": client.ID, "username": token.grant.user.Login, "uid": token.grant.user.id(),
			"sub": token.grant.user.Login, "scope": strings.Join(token.grant.scopes, " "), "iss": as.issuer(c),
		})
	}
	return jsonReply(http.StatusOK, map[string]bool{"active": false})
}
