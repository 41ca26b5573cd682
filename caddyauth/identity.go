package caddyauth

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// Preset is a set of identity headers as an application expects them.
type Preset struct {
	// Its name: `default`, `none`, `grafana`, `jenkins`, `remote-user`... The
	// reference of identity headers lists them.
	Name string `json:"name"`
	// What stands for the user, with `{claim.NAME}` in it. Default: the preset's,
	// mostly `{claim.preferred_username}`.
	User string `json:"user,omitempty"`
	// The application's words for roles, the first that fits is sent. For presets
	// that have a header for a role. Default: none.
	Roles []Role `json:"roles,omitempty"`
	// What joins groups. Default: the preset's.
	GroupsDelimiter string `json:"groups_delimiter,omitempty"`
}

// Role is an application's word for what a user may do.
type Role struct {
	// The word, such as `Admin`.
	Word string `json:"word"`
	// The members of one of these groups have the role.
	Groups []string `json:"groups"`
}

// Header is an identity header, or cookie, for the application.
type Header struct {
	// Its name.
	Name string `json:"name"`
	// Its value: text, with `{claim.NAME}` where a claim of the user goes. A
	// user who lacks the claim gets no such header. Lists are joined with
	// commas. Functions shape a claim, `{claim.email|local_part|lower}`; the
	// reference of identity headers lists them. A value from a claim is never
	// expanded again. `{token.access}` and `{token.id}` stand for the user's
	// tokens, `{token.assertion}` for a JWT that the gate signs itself.
	Value string `json:"value"`
}

// BasicAuth is what the application gets as HTTP Basic authentication.
type BasicAuth struct {
	// The user's name there, as the value of a header.
	User string `json:"user"`
	// The password, likewise; often one that all users share.
	Password string `json:"password"`
}

// Secret is a header that tells the application that a request came through here.
type Secret struct {
	// The header's name.
	Name string `json:"name"`
	// Its value.
	Value string `json:"value"`
}

// prepareIdentity compiles what the application gets, and what is removed from
// what clients send.
func (g *Gate) prepareIdentity(ctx caddy.Context) error {
	g.siteCookies = g.inUse.shareCookies(siteName(ctx), g.cookies.list)
	definitions, err := g.definitions()
	if err != nil {
		return err
	}
	if g.headers, err = identity.Compile(definitions); err != nil {
		return err
	}
	names := g.headers.Names()
	if g.RemoveAuthorization {
		names = append(names, "Authorization")
	}
	if g.ProxySecret != nil {
		if err := g.prepareSecret(definitions); err != nil {
			return fmt.Errorf("proxy_secret %s: %w", g.ProxySecret.Name, err)
		}
		names = append(names, g.ProxySecret.Name)
	}
	if g.scrubber, err = identity.NewScrubberExcept(g.KeepClientHeaders, names...); err != nil {
		return fmt.Errorf("keep_client_header: %w", err)
	}
	for _, name := range g.KeepClientHeaders {
		g.logger.Warn("a client may send this header: an application that takes an identity from it lets anybody be anybody", "keep_client_header", name)
	}
	var cookies []string
	for _, c := range g.CookieUp {
		cookies = append(cookies, c.Name)
		for _, own := range g.cookies.list {
			if own.Owns(c.Name) {
				return fmt.Errorf("cookie_up %s: the gate has a cookie of this name", c.Name)
			}
		}
	}
	if len(cookies) > 0 {
		g.cookieScrubber = identity.NewCookieScrubber(cookies...)
	}
	if g.overrides, err = identity.NewScrubberExcept(g.KeepClientHeaders, overrideHeaders...); err != nil {
		return fmt.Errorf("keep_client_header: %w", err)
	}
	return g.prepareGroups(ctx)
}

// prepareSecret checks the header that goes with every request, and spells its name
// as it goes out.
func (g *Gate) prepareSecret(others []identity.Definition) error {
	secret := g.ProxySecret
	one, err := identity.Compile([]identity.Definition{{Name: secret.Name, Value: "x"}})
	if err != nil {
		return err
	}
	all, err := identity.Compile(append(slices.Clone(others), identity.Definition{Name: secret.Name, Value: "x"}))
	switch {
	case err != nil:
		return err
	case len(all.Names()) == len(g.headers.Names()):
		return errors.New("an identity header has this name: take another one")
	}
	secret.Name = one.Names()[0]
	return checkSecret(secret.Value)
}

// checkSecret refuses what could be guessed, or not be sent, without quoting it.
func checkSecret(secret string) error {
	if len(secret) < 16 || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return fmt.Errorf("the secret has %d characters; at least 16 of printable ASCII are needed: make one with `openssl rand -base64 32`", len(secret))
	}
	return nil
}

// definitions are the headers in the order in which a later one of a name takes
// the place of an earlier one.
func (g *Gate) definitions() ([]identity.Definition, error) {
	presets := g.Identity
	if len(presets) == 0 {
		presets = []Preset{{Name: "default"}}
	}
	var all []identity.Definition
	for _, p := range presets {
		if p.Name == "none" && len(presets) > 1 {
			return nil, errors.New("identity none sends nothing, and the others something: leave it, or them, out")
		}
		definitions, removeAuthorization, err := p.definitions()
		if err != nil {
			return nil, err
		}
		g.RemoveAuthorization = g.RemoveAuthorization || removeAuthorization
		all = append(all, definitions...)
	}
	preset := len(all)
	for _, h := range g.HeaderUp {
		all = append(all, identity.Definition{Name: h.Name, Value: h.Value})
	}
	if g.BasicAuthUp != nil {
		for _, placeholder := range globalPlaceholder.FindAllString(g.BasicAuthUp.Password, -1) {
			// Errors about a password say nothing of it.
			if _, err := expandGlobal(strings.Trim(placeholder, "{}")); err != nil {
				return nil, fmt.Errorf("basic_auth_up: the password names %s: %w", placeholder, err)
			}
		}
		all = append(all, identity.Basic(g.BasicAuthUp.User, g.BasicAuthUp.Password))
	}
	for _, c := range g.CookieUp {
		all = append(all, identity.Definition{Name: c.Name, Value: c.Value, Cookie: true})
	}
	for i := range all {
		all[i].Expand = expandGlobal
	}
	if first, second, found := identity.Clash(all[preset:]); found {
		return nil, fmt.Errorf("%s and %s are one header, or cookie, to the application: leave one of them out", first, second)
	}
	return all, nil
}

func (p Preset) definitions() ([]identity.Definition, bool, error) {
	options := identity.Options{User: p.User, GroupsDelimiter: p.GroupsDelimiter}
	for _, role := range p.Roles {
		options.Roles = append(options.Roles, identity.Role(role))
	}
	definitions, removeAuthorization, err := identity.ForPreset(p.Name, options)
	if err != nil {
		return nil, false, fmt.Errorf("identity: %w", err)
	}
	return definitions, removeAuthorization, nil
}

// prepareGroups compiles the group filter.
func (g *Gate) prepareGroups(ctx caddy.Context) error {
	if len(g.GroupFilter) == 0 {
		return nil
	}
	var err error
	if g.groups, err = newGroupFilter(g.GroupFilter); err != nil {
		return err
	}
	for i, rule := range g.Rules {
		if err := rule.Condition.checkGroups(g.groups, rule.Action == denyAction); err != nil {
			return fmt.Errorf("rule %d of %d: %w", i+1, len(g.Rules), err)
		}
	}
	return g.inUse.meet(siteName(ctx), g.groups)
}

func newGroupFilter(patterns []string) (*identity.Filter, error) {
	for _, pattern := range patterns {
		if err := checkLiteral(pattern); err != nil {
			return nil, fmt.Errorf("group_filter: %w", err)
		}
	}
	filter, err := identity.NewFilter(patterns...)
	if err != nil {
		return nil, fmt.Errorf("group_filter: %w", err)
	}
	return filter, nil
}

// checkGroups refuses a condition about groups that the filter drops: it would
// never be met, and what it keeps out would come in. closes tells whether it keeps
// somebody out when it is met; a regular expression cannot be held against the
// filter, and is refused there.
func (c Condition) checkGroups(filter *identity.Filter, closes bool) error {
	for _, name := range slices.Concat(c.Group, c.Claim["groups"]) {
		if !filter.Match(name) {
			return fmt.Errorf("it is about the group %q, which group_filter drops: add it to group_filter", name)
		}
	}
	if pattern, given := c.ClaimMatches["groups"]; given && closes {
		return fmt.Errorf("claim_matches groups %q would not see the groups that group_filter drops: name them with group, or leave group_filter out", pattern)
	}
	for _, inner := range slices.Concat(c.Any, c.All) {
		if err := inner.checkGroups(filter, closes); err != nil {
			return err
		}
	}
	if c.Not != nil {
		return c.Not.checkGroups(filter, !closes)
	}
	return nil
}

// patternsKept says in a session which of the groups it has; one without it has
// all. No claim that can be asked for has a space in its name.
const patternsKept = "groups kept"

// hasGroups tells whether the session has the groups that this gate looks at. A
// deny rule about a group that another filter dropped would let its members in.
func (g *Gate) hasGroups(s *session.Session) bool {
	kept, filtered := s.Claims[patternsKept].(string)
	if !filtered || g.groups == nil {
		return !filtered
	}
	have := strings.Split(kept, "\n")
	return !slices.ContainsFunc(g.GroupFilter, func(pattern string) bool { return !slices.Contains(have, pattern) })
}
