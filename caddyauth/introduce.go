package caddyauth

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// introduce gives the identity headers that tell the application who the user
// is, and sets the placeholders for access logs and other handlers. Values are
// never expanded: a group that is called "{env.SECRET}" stays just that
// (CVE-2026-30852).
func (g *Gate) introduce(r *http.Request, s *session.Session) []identity.Field {
	fields, _ := g.headers.Render(s.Claims)
	repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return fields
	}
	for name, value := range s.Claims {
		if value != nil {
			repl.Set("http.auth.user."+name, claimText(value))
		}
	}
	repl.Set("http.auth.user.id", display(s))
	return fields
}

// claimText is a claim as a placeholder gives it: lists are joined with commas,
// objects are JSON.
func claimText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = claimText(item)
		}
		return strings.Join(items, ",")
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// warnUnfit tells the operator, once for each sign-in, which claims do not go
// into their headers as they are.
func (g *Gate) warnUnfit(s *session.Session) {
	_, problems := g.headers.Render(s.Claims)
	for _, p := range problems {
		g.logger.Warn("a claim does not fit into its identity header", "header", p.Header, "claim", p.Claim, "problem", p.Reason, "user", display(s))
	}
}
