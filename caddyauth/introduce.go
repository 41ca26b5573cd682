package caddyauth

import (
	"net/http"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// introduce tells the application who the user is: identity headers, and
// placeholders for access logs and other handlers. Values are set, never
// expanded: a group that is called "{env.SECRET}" stays just that
// (CVE-2026-30852).
func (g *Gate) introduce(r *http.Request, s *session.Session) {
	fields, _ := g.headers.Render(s.Claims)
	for _, f := range fields {
		r.Header.Set(f.Name, f.Value)
	}
	repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return
	}
	for name, value := range s.Claims {
		if value != nil {
			repl.Set("http.auth.user."+name, value)
		}
	}
	repl.Set("http.auth.user.id", display(s))
}

// warnUnfit tells the operator, once for each sign-in, which claims do not go
// into their headers as they are.
func (g *Gate) warnUnfit(s *session.Session) {
	_, problems := g.headers.Render(s.Claims)
	for _, p := range problems {
		g.logger.Warn("a claim does not fit into its identity header", "header", p.Header, "claim", p.Claim, "problem", p.Reason, "user", display(s))
	}
}
