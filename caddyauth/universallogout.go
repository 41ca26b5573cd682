package caddyauth

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// universalLogoutPath is where Okta posts that all sessions of a user are to end
// (Okta: Universal Logout).
const universalLogoutPath = "universal-logout"

// universalLogout ends all sessions of the user whom Okta names, in every process
// that shares the marks. Sealed cookies are kept by browsers alone, so nobody can
// say who has one: a user who is not known is no different from one who is.
func (g *Gate) universalLogout(e *engine, w http.ResponseWriter, r *http.Request) error {
	if g.site.origin == "" {
		return g.problem(w, r, http.StatusUnprocessableEntity, "Not configured", "This site has no public_url, so it cannot tell whether it is meant.", nil)
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(postDeadline))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, okta.MaxLogoutBody))
	if err != nil {
		return g.problem(w, r, http.StatusBadRequest, "Request refused", "The body is too large, or did not arrive.", nil)
	}
	asked, err := g.org.VerifyLogout(r.Context(), r.Header.Get("Authorization"), body, g.site.origin+g.Prefix+universalLogoutPath)
	var refused *okta.LogoutError
	switch {
	case errors.As(err, &refused):
		g.logger.Warn("refused a request for Universal Logout", append(g.who(r), "reason", "universal_logout_refused", "status", refused.Status, "error", err)...)
		if refused.Status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "30")
		}
		return g.problem(w, r, refused.Status, "Request refused", http.StatusText(refused.Status)+".", nil)
	case err != nil:
		return g.fault(w, r, err)
	}
	who := session.Who{Kind: session.ByEmail, Value: asked.Email}
	if asked.Email == "" {
		who = session.Who{Kind: session.BySubject, Value: asked.Subject, Issuer: g.org.Issuer()}
	}
	g.revokeMark(r.Context(), g.markUser(e, who))
	g.logger.Info("Okta ended all sessions of a user", append(g.who(r), "reason", "universal_logout", "by", string(who.Kind), "user_mark", session.MarkName(e.keyring, who))...)
	signin.SecurityHeaders(w.Header(), "default-src 'none'; frame-ancestors 'none'")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// markUser is the mark that ends every session that somebody has until now.
func (g *Gate) markUser(e *engine, who session.Who) session.Mark {
	now := g.now()
	return session.Mark{Name: session.MarkName(e.keyring, who), Before: now, Ends: now.Add(g.limits.Longest())}
}

// revokeFound revokes the refresh token of a session that a mark has ended, once a
// browser brings it: only there a sealed cookie's token is.
func (g *Gate) revokeFound(s *session.Session) {
	if s.RefreshToken == "" {
		return
	}
	go func() {
		r, err := http.NewRequest(http.MethodGet, g.site.origin, nil)
		if err == nil {
			g.revoke(r, s)
		}
	}()
}
