package oktasim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// A refreshToken is one of a grant's; with rotation there is one after another.
type refreshToken struct {
	grant   *grant
	used    bool      // replaced by a newer one
	usedAt  time.Time // when it was
	touched time.Time // when it was made, or used last
}

// redeemRefreshToken renews the tokens of a grant, with the same nonce-less ID
// token and the time of the first sign-in (OIDC Core, 12.2).
func (s *Server) redeemRefreshToken(c *call, as *authServer, client *Client, thumbprint string) reply {
	given := c.form.Get("refresh_token")
	token := s.refresh[given]
	if token == nil || token.grant.client != client || token.grant.server != as || token.grant.revoked || s.stale(token) {
		return invalidGrant("The refresh token is invalid or expired.")
	}
	g, scopes := token.grant, token.grant.scopes
	if g.thumbprint != thumbprint {
		return *oauthError(http.StatusBadRequest, "invalid_dpop_proof", "The DPoP proof JWT is not of the key that the refresh token is bound to.")
	}
	// Who calls twice because the first answer was lost is forgiven for a while.
	grace := time.Duration(s.policy.RefreshGraceSeconds) * time.Second
	if token.used && !s.Now().Before(token.usedAt.Add(grace)) {
		// Somebody has a copy, and nobody can say who: end the whole family
		// (RFC 9700, 4.14.2).
		g.revoked = true
		return invalidGrant("The refresh token is invalid or expired.")
	}
	if narrowed := strings.Fields(c.form.Get("scope")); len(narrowed) > 0 {
		for _, scope := range narrowed {
			if !slices.Contains(scopes, scope) {
				return *oauthError(http.StatusBadRequest, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
			}
		}
		scopes = narrowed
	}
	user := s.user(g.user.Login)
	if user == nil || !client.takes(user) {
		return invalidGrant("The refresh token is invalid or expired.")
	}
	g.user = user // as the directory has it now
	token.touched = s.Now()
	out := s.issueTokens(c, g, scopes, "")
	out["refresh_token"] = given
	if s.policy.Refresh == Rotating {
		if !token.used {
			token.used, token.usedAt = true, s.Now()
		}
		out["refresh_token"] = s.newRefreshToken(g)
	}
	return jsonReply(http.StatusOK, out)
}

// stale says whether a refresh token is too old, or was left lying too long.
func (s *Server) stale(token *refreshToken) bool {
	over := func(seconds int, since time.Time) bool {
		return seconds > 0 && !s.Now().Before(since.Add(time.Duration(seconds)*time.Second))
	}
	return over(s.policy.RefreshSeconds, token.grant.time) || over(s.policy.RefreshIdleSeconds, token.touched)
}

func (s *Server) newRefreshToken(g *grant) string {
	value := randomText(43)
	s.refresh[value] = &refreshToken{grant: g, touched: s.Now()}
	return value
}

// revokeAll ends every token of a user.
func (s *Server) revokeAll(u *User) {
	for _, token := range s.refresh {
		if token.grant.user.id() == u.id() {
			token.grant.revoked = true
		}
	}
	for _, token := range s.access {
		if token.grant.user.id() == u.id() {
			token.grant.revoked = true
		}
	}
}
