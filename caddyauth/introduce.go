package caddyauth

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// userVar holds the passport of the request's user, for the matcher okta_user.
const userVar = "okta_auth.user"

// passport is what follows from a session under this config: made once for each
// session, or once as long as its assertion is good, shared by its requests and
// never changed.
type passport struct {
	session   *session.Session
	user      policy.User
	judgement *policy.Judgement
	complete  bool // the session was made for as many claims as are used now

	names, values []string // of the identity headers
	cookies       []identity.Field
	problems      []identity.Problem
	until         time.Time // zero: as long as the session
}

// passport of a session.
func (g *Gate) passport(e *engine, s *session.Session) *passport {
	make := func() any { return g.makePassport(e, s) }
	p := s.Derive(e, make).(*passport)
	if !p.until.IsZero() && !g.now().Before(p.until) {
		s.Forget()
		p = s.Derive(e, make).(*passport)
	}
	return p
}

func (g *Gate) makePassport(e *engine, s *session.Session) *passport {
	p := &passport{session: s, user: policy.User{Claims: g.shown(s.Claims), AuthTime: s.AuthTime}, complete: g.hasClaims(s)}
	p.judgement = g.rules.Judge(p.user)
	user := identity.User{Claims: p.user.Claims, AccessToken: s.AccessToken, IDToken: s.IDToken}
	if g.asserted != nil {
		user.Assertion = g.assert(e, p)
	}
	fields, problems := g.headers.RenderUser(user)
	p.problems = append(p.problems, problems...)
	for _, f := range fields {
		if f.Cookie {
			p.cookies = append(p.cookies, f)
			continue
		}
		p.names, p.values = append(p.names, f.Name), append(p.values, f.Value)
	}
	return p
}

// shown are a session's claims as headers, rules and placeholders of this gate have
// them: the session may have been made for one that shows more groups.
func (g *Gate) shown(claims map[string]any) map[string]any {
	groups, kept := claims["groups"]
	if g.groups == nil || !kept {
		return claims
	}
	claims = maps.Clone(claims)
	claims["groups"] = g.groups.Keep(groups)
	return claims
}

// introduce sets what tells the application who the user is. A nil passport is
// nobody's. Handlers after this one may change headers in place, so each request
// has values of its own.
func (p *passport) introduce(h http.Header) {
	if p == nil {
		return
	}
	values := make([]string, len(p.values))
	copy(values, p.values)
	for i, name := range p.names {
		h[name] = values[i : i+1 : i+1]
	}
	identity.AppendCookies(h, p.cookies)
}

// placeholder gives `{http.auth.user.*}` for access logs and other handlers.
// Values are never expanded: a group that is called "{env.SECRET}" stays just
// that (CVE-2026-30852).
func (p *passport) placeholder(key string) (any, bool) {
	name, ours := strings.CutPrefix(key, "http.auth.user.")
	if !ours {
		return nil, false
	}
	if name == "id" {
		return display(p.session), true
	}
	value, kept := p.user.Claims[name]
	if !kept || value == nil {
		return nil, false
	}
	return claimText(value), true
}

// present makes the user known to the handlers after this one.
func (p *passport) present(r *http.Request) {
	caddyhttp.SetVar(r.Context(), userVar, p)
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Map(p.placeholder)
	}
}

// withholdID makes {http.auth.user.id} nobody again, for a page that an application is
// asked for: Caddy's FastCGI tells it as REMOTE_USER, beside the address that was
// refused.
func withholdID(r *http.Request) {
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Set("http.auth.user.id", "") // goes before what is mapped
	}
}

// claimText is a claim as a placeholder gives it: lists are joined with commas,
// without the items that have one, objects are JSON.
func claimText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		var items []string
		for _, item := range v {
			// One with a comma in it would be read as two: a group "a,Admins" makes
			// nobody an admin.
			if text := claimText(item); !strings.Contains(text, ",") {
				items = append(items, text)
			}
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
func (g *Gate) warnUnfit(e *engine, s *session.Session) {
	for _, p := range g.passport(e, s).problems {
		g.logger.Warn("a claim does not fit into its identity header", "header", p.Header, "claim", p.Claim, "problem", p.Reason, "user", display(s))
	}
}
