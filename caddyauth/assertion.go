package caddyauth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-okta/caddy-okta/caddyauth/assertion"
	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

// Assertion is what the gate's own statement about a user says: a JWT, signed with
// ES256, that an application verifies with the keys at `/.okta/jwks.json`. It is
// sent where the value of a header has `{token.assertion}`. Its issuer is
// `public_url`, its subject Okta's id of the user, and it is good for five minutes.
type Assertion struct {
	// Which application may take it, the claim `aud`. Default: `public_url`.
	Audience []string `json:"audience,omitempty"`
	// Which claims of the user it has; those that the user lacks are left out.
	// Default: `email`, `name`, `preferred_username` and `groups`.
	Claims []string `json:"claims,omitempty"`
}

// keySetPath is where applications find the keys, below the prefix.
const keySetPath = "jwks.json"

// prepareAssertion settles what assertions say, where a header carries them.
func (g *Gate) prepareAssertion(caddy.Context) error {
	configured := g.Assertion
	switch {
	case !g.headers.Asserts() && configured != nil:
		g.logger.Warn("no header carries the assertion: add one, such as: header_up X-Identity {token.assertion}")
		return nil
	case !g.headers.Asserts():
		return nil
	case g.site.origin == "":
		return errors.New("an assertion says which site it is from, and that is not known: add public_url https://app.example.com")
	case configured == nil:
		configured = new(Assertion)
	}
	for _, name := range configured.Claims {
		if err := assertion.CheckClaim(name); err != nil {
			return fmt.Errorf("assertion: %w", err)
		}
	}
	g.terms = assertion.Terms{Issuer: g.site.origin, Audience: configured.Audience}
	if len(g.terms.Audience) == 0 {
		g.terms.Audience = []string{g.site.origin}
	}
	if g.asserted = configured.Claims; len(g.asserted) == 0 {
		g.asserted = []string{"email", "name", "preferred_username", "groups"}
	}
	return nil
}

// assert signs what the passport's user is to the application. The passport is good
// until another is due.
func (g *Gate) assert(e *engine, p *passport) (signed string) {
	claims := make(map[string]any, len(g.asserted))
	for _, name := range g.asserted {
		if value, _ := identity.Lookup(p.user.Claims, name); value != nil {
			claims[name] = value
		}
	}
	signed, renew, err := e.signer.Sign(g.terms, p.session.Subject, claims, g.now(), g.limits.Ends(p.session))
	if err != nil {
		p.problems = append(p.problems, identity.Problem{Claim: "token.assertion", Reason: err.Error()})
	}
	p.until = renew
	return signed
}

// keySet gives applications the keys that verify assertions. They are fetched
// without a session, by servers.
func (g *Gate) keySet(e *engine, w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "application/jwk-set+json") // RFC 7517, section 8.5.2
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("X-Content-Type-Options", "nosniff")
	_, err := w.Write(e.signer.KeySet())
	return err
}

// assertion takes what the JWT for the application says.
//
//	assertion {
//	    audience <text...>
//	    claims   <name...>
//	}
func (p *parser) assertion() error {
	if p.NextArg() {
		return p.Errf("assertion takes a block, with audience and claims; the header is header_up's: header_up X-Identity {token.assertion}")
	}
	a := new(Assertion)
	for nesting := p.Nesting(); p.NextBlock(nesting); {
		var err error
		switch name := p.Val(); name {
		case "audience":
			err = p.list(&a.Audience, func(s string) error { return checkText(name, s) })
		case "claims":
			err = p.list(&a.Claims, assertion.CheckClaim)
		default:
			return p.Errf("unrecognized subdirective '%s' of assertion: there are audience and claims", strings.TrimSpace(name))
		}
		if err != nil {
			return err
		}
	}
	p.gate.Assertion = a
	return nil
}
