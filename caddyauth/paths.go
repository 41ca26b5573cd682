package caddyauth

import (
	"fmt"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

// Paths are requests for which something else holds than for the rest of the
// site.
type Paths struct {
	// Paths: `/healthz` is that path, `/static/*` all below it. One that is not
	// plainly one of these (encoded slashes, dot segments and the like) is not
	// among them.
	Paths []string `json:"paths,omitempty"`
	// Requests that one of these matcher sets matches both as the client sent
	// them and as they are now, after a rewrite, on a plain path.
	MatcherSetsRaw caddyhttp.RawMatcherSets `json:"match,omitempty" caddy:"namespace=http.matchers"`

	public   policy.Public
	matchers caddyhttp.MatcherSets
}

func (p *Paths) given() bool { return p != nil && (len(p.Paths) > 0 || len(p.matchers) > 0) }

// prepare checks the paths and loads the matchers. A nil p has none.
func (p *Paths) prepare(ctx caddy.Context, name string) error {
	if p == nil {
		return nil
	}
	for _, path := range p.Paths {
		if err := checkPath(name, path); err != nil {
			return err
		}
		pattern, _ := policy.ParsePublic(path)
		p.public = append(p.public, pattern)
	}
	if p.MatcherSetsRaw == nil {
		return nil
	}
	loaded, err := ctx.LoadModule(p, "MatcherSetsRaw")
	if err != nil {
		return fmt.Errorf("%s: loading matchers: %w", name, err)
	}
	return p.matchers.FromInterface(loaded)
}

// match tells whether the request is among them: all views of it must be.
func (p *Paths) match(v *request) bool {
	switch {
	case !p.given() || !v.plain():
		return false
	case v.each(p.public.Match):
		return true
	case len(p.matchers) == 0:
		return false
	}
	for _, view := range v.views() {
		if match, err := p.matchers.AnyMatchWithError(view); !match || err != nil {
			return false
		}
	}
	return true
}

func checkPath(name, path string) error {
	if _, err := policy.ParsePublic(path); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
