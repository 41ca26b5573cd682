package caddyauth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
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
	for _, err := range g.endAll(r.Context(), who) {
		g.logger.Warn("Okta ended all sessions of a user, and some processes do not know yet", append(g.who(r), "error", err)...)
	}
	g.logger.Info("Okta ended all sessions of a user", append(g.who(r), "reason", "universal_logout", "by", string(who.Kind), "user_mark", session.MarkName(e.keyring, who))...)
	signin.SecurityHeaders(w.Header(), "default-src 'none'; frame-ancestors 'none'")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// endAll ends every session that somebody has until now at the application, at all
// of its sites, wherever they keep their marks and under whatever keys.
func (g *Gate) endAll(ctx context.Context, who session.Who) (failed []error) {
	type place struct {
		in   *revocations
		name string
	}
	done := make(map[place]bool)
	for _, at := range g.application() {
		e, err := at.getEngine(ctx)
		if err == nil {
			m := at.markUser(e, *at.at(&who))
			if here := (place{at.revocations, m.Name}); !done[here] {
				done[here] = true
				err = at.revocations.publish(ctx, at.now(), m)
			}
		}
		if err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

// application is the gate, and those in force that have its client.
func (g *Gate) application() (gates []*Gate) {
	for _, at := range append(servingGates(""), g) { // ours is of an old config, perhaps
		if at.ClientID == g.ClientID && at.orgOrigin() == g.orgOrigin() {
			gates = append(gates, at)
		}
	}
	return gates
}

// orgOrigin is the org's, whichever of its authorization servers the issuer is. A
// client is the org's.
func (g *Gate) orgOrigin() string {
	u, err := url.Parse(g.org.Issuer())
	if err != nil {
		return g.org.Issuer()
	}
	return okta.Origin(u)
}

// markUser is the mark that ends every session that somebody has until now.
func (g *Gate) markUser(e *engine, who session.Who) session.Mark {
	now := g.now()
	return session.Mark{Name: session.MarkName(e.keyring, who), Before: now, Ends: now.Add(g.revocations.longest())}
}

// revokeFound revokes the refresh token of a session that a mark has ended, once a
// browser brings it: only there a sealed cookie's token is. After all sessions were
// ended many come at once, and wait their turn.
func (g *Gate) revokeFound(s *session.Session) {
	told := &g.revocations.told
	if s.RefreshToken == "" || !told.first(s.ID) {
		return
	}
	go func() {
		told.turn.Lock()
		defer told.turn.Unlock()
		g.revoke("", g.latest(s))
	}()
}

// told are the sessions whose tokens Okta was told to revoke: whoever sends the
// cookie of one again and again makes no further calls.
type told struct {
	mu   sync.Mutex
	ids  map[string]struct{}
	turn sync.Mutex // of those that wait for Okta
}

// maxTold bounds the memory. What is forgotten costs a call that changes nothing.
const maxTold = 10_000

func (t *told) first(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.ids[id]; known {
		return false
	}
	if t.ids == nil || len(t.ids) >= maxTold {
		t.ids = make(map[string]struct{})
	}
	t.ids[id] = struct{}{}
	return true
}
