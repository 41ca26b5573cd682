package caddyauth

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

func init() {
	caddy.RegisterModule(MatchUser{})
}

// MatchUser matches requests of signed-in users for whom a condition holds. It
// is for handlers behind okta_auth, such as `handle` and `respond`, and for logs;
// in front of it, and where nobody is signed in, nothing matches. Caddy runs
// `header`, `log_append`, `log_skip`, `redir` and `rewrite` in front of it, unless
// they stand in a `handle`, or behind it in a `route`. So `not okta_user`
// matches them too: put the `not` inside, `okta_user not group Robots`.
type MatchUser struct {
	Condition

	compiled policy.Condition
	inUse    *inUse
	key      any
}

// CaddyModule returns the Caddy module information.
func (MatchUser) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.matchers.okta_user",
		New: func() caddy.Module { return new(MatchUser) },
	}
}

// UnmarshalCaddyfile sets up the matcher from Caddyfile tokens. Syntax:
//
//	okta_user <condition>
//	okta_user {
//	    <condition>
//	    ...
//	}
//
// All conditions of the block must hold; see the directive's allow.
func (m *MatchUser) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	var conditions []Condition
	for d.Next() {
		if d.NextArg() {
			c, err := parseCondition(d)
			if err != nil {
				return err
			}
			conditions = append(conditions, c)
			continue
		}
		for nesting := d.Nesting(); d.NextBlock(nesting); {
			c, err := parseCondition(d)
			if err != nil {
				return err
			}
			conditions = append(conditions, c)
		}
	}
	switch len(conditions) {
	case 0:
		return d.Errf("okta_user without a condition: write it like: okta_user group Finance")
	case 1:
		m.Condition = conditions[0]
	default:
		m.Condition = Condition{All: conditions}
	}
	return nil
}

// Provision compiles the condition.
func (m *MatchUser) Provision(ctx caddy.Context) (err error) {
	// A gate asks its own matchers before it knows the user, so this one would never
	// match there, and `deny @robots signed_in` would let the robots in.
	if slices.ContainsFunc(ctx.Modules(), func(m caddy.Module) bool { _, of := m.(*Gate); return of }) {
		return fmt.Errorf("okta_user cannot be a matcher of %s, which asks its matchers before it knows the user: write the condition into the rule, such as: deny /reports/* group Robots", directive)
	}
	if m.compiled, err = m.compile(); err != nil {
		return fmt.Errorf("okta_user: %w", err)
	}
	m.inUse, m.key, err = acquireInUse(ctx)
	if m.inUse != nil {
		m.inUse.add(m.compiled.Claims())
		return m.inUse.meet(siteName(ctx), nil, m.Condition)
	}
	return err
}

// Cleanup releases what Provision acquired.
func (m *MatchUser) Cleanup() error { return releaseInUse(m.key) }

// Match reports whether the condition holds for the request's user.
func (m *MatchUser) Match(r *http.Request) bool {
	match, _ := m.MatchWithError(r)
	return match
}

// MatchWithError reports whether the condition holds for the request's user. What
// cannot be told does not match. It never fails.
func (m *MatchUser) MatchWithError(r *http.Request) (bool, error) {
	p, ok := caddyhttp.GetVar(r.Context(), userVar).(*passport)
	return ok && p != nil && m.compiled.Judge(p.user, time.Now()) == policy.True, nil
}

// inUse is what the gates and matchers of one server have to know of each other,
// while they are set up: the claims that matchers use, which sessions have to keep,
// and how many gates there are of a kind.
type inUse struct {
	mu    sync.Mutex
	names []string // of claims
	sites map[string]*siteUse
}

// siteUse is what is used at one site.
type siteUse struct {
	filters    []*identity.Filter // of groups, of gates
	conditions []Condition        // of matchers
	cookies    []session.Cookie   // of gates
}

// at is what is used at a site. The caller has the lock.
func (c *inUse) at(site string) *siteUse {
	if c.sites == nil {
		c.sites = make(map[string]*siteUse)
	}
	if c.sites[site] == nil {
		c.sites[site] = new(siteUse)
	}
	return c.sites[site]
}

// shareCookies makes a gate's cookies known to the other gates of its site. The
// function gives those of all of them, once all are set up.
func (c *inUse) shareCookies(site string, own []session.Cookie) func() []session.Cookie {
	if c == nil {
		return func() []session.Cookie { return own }
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.at(site)
	for _, cookie := range own {
		if !slices.Contains(at.cookies, cookie) {
			at.cookies = append(at.cookies, cookie)
		}
	}
	return sync.OnceValue(func() []session.Cookie {
		c.mu.Lock()
		defer c.mu.Unlock()
		return slices.Clone(at.cookies)
	})
}

var inUsePool = caddy.NewUsagePool()

// Destruct frees nothing: the garbage collector does.
func (*inUse) Destruct() error { return nil }

func (c *inUse) add(names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names = slices.Compact(slices.Sorted(slices.Values(append(c.names, names...))))
}

// meet holds the group filters and the conditions of matchers of one site against
// each other, in whatever order they are set up: what a matcher matches may be opened
// or closed, so nothing that it asks about may be dropped.
func (c *inUse) meet(site string, filter *identity.Filter, conditions ...Condition) error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.at(site)
	if filter != nil {
		all.filters = append(all.filters, filter)
	}
	all.conditions = append(all.conditions, conditions...)
	for _, f := range all.filters {
		for _, one := range all.conditions {
			err := one.checkGroups(f, true)
			if err == nil {
				err = one.checkGroups(f, false)
			}
			if err != nil {
				return fmt.Errorf("okta_user: %w", err)
			}
		}
	}
	return nil
}

// claims in use; none of nil.
func (c *inUse) claims() []string {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.names)
}

// acquireInUse returns that of the server that ctx is for, and the key to
// release it by; nil where there is no server.
func acquireInUse(ctx caddy.Context) (*inUse, any, error) {
	server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok || server == nil {
		return nil, nil, nil
	}
	value, _, err := inUsePool.LoadOrNew(server, func() (caddy.Destructor, error) { return new(inUse), nil })
	if err != nil {
		return nil, nil, err
	}
	return value.(*inUse), server, nil
}

func releaseInUse(key any) error {
	if key == nil {
		return nil
	}
	_, err := inUsePool.Delete(key)
	return err
}

// Interface guards
var (
	_ caddy.Module                      = (*MatchUser)(nil)
	_ caddy.Provisioner                 = (*MatchUser)(nil)
	_ caddy.CleanerUpper                = (*MatchUser)(nil)
	_ caddyfile.Unmarshaler             = (*MatchUser)(nil)
	_ caddyhttp.RequestMatcherWithError = (*MatchUser)(nil)
)
