package caddyauth

import (
	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

// identity takes the names of presets, and, of a single one, how it is to be.
//
//	identity <preset...>
//	identity <preset> {
//	    user             <value>
//	    role             <word> <group...>
//	    groups_delimiter <text>
//	}
func (p *parser) identity() error {
	names := p.RemainingArgs()
	if len(names) == 0 {
		return p.Errf("identity takes one preset or more, such as: identity grafana")
	}
	presets := make([]Preset, len(names))
	for i, name := range names {
		presets[i].Name = name
	}
	for nesting := p.Nesting(); p.NextBlock(nesting); {
		if len(presets) != 1 {
			return p.Errf("identity with a block takes one preset, not %d: write a line for each", len(presets))
		}
		one, err := &presets[0], error(nil)
		switch p.Val() {
		case "user":
			err = p.text(&one.User, nil)
		case "groups_delimiter":
			err = p.text(&one.GroupsDelimiter, nil)
		case "role":
			args := p.RemainingArgs()
			if len(args) < 2 {
				return p.Errf("role takes the application's word and the groups whose members have it, such as: role Admin GrafanaAdmins")
			}
			one.Roles = append(one.Roles, Role{Word: args[0], Groups: args[1:]})
		default:
			return p.Errf("unrecognized subdirective '%s' of identity: there are user, role, groups_delimiter", p.Val())
		}
		if err != nil {
			return err
		}
	}
	for _, preset := range presets {
		definitions, _, err := preset.definitions()
		if err != nil {
			return p.WrapErr(err)
		}
		for _, d := range definitions {
			if err := p.checkDefinition("identity "+preset.Name, d); err != nil {
				return err
			}
		}
	}
	p.gate.Identity = append(p.gate.Identity, presets...)
	return nil
}

// headerUp takes a name and a value.
//
//	header_up <name> <value>
func (p *parser) headerUp() error {
	name, value, err := p.nameAndValue("X-Employee", "{claim.employeeNumber}")
	if err != nil {
		return err
	}
	p.gate.HeaderUp = append(p.gate.HeaderUp, Header{Name: name, Value: value})
	return p.checkDefinition("header_up", identity.Definition{Name: name, Value: value})
}

// cookieUp takes a name and a value.
//
//	cookie_up <name> <value>
func (p *parser) cookieUp() error {
	name, value, err := p.nameAndValue("app_user", "{claim.email|percent}")
	if err != nil {
		return err
	}
	p.gate.CookieUp = append(p.gate.CookieUp, Header{Name: name, Value: value})
	return p.checkDefinition("cookie_up", identity.Definition{Name: name, Value: value, Cookie: true})
}

// basicAuthUp takes a user and a password.
//
//	basic_auth_up <user> <password>
func (p *parser) basicAuthUp() error {
	user, password, err := p.nameAndValue("{claim.email}", "{env.APP_PASSWORD}")
	if err != nil {
		return err
	}
	p.gate.BasicAuthUp = &BasicAuth{User: user, Password: password}
	return p.checkDefinition("basic_auth_up", identity.Basic(user, password))
}

// proxySecret takes a name and a secret.
//
//	proxy_secret <name> <secret>
func (p *parser) proxySecret() error {
	name, secret, err := p.nameAndValue("X-Proxy-Secret", "{env.PROXY_SECRET}")
	if err != nil {
		return err
	}
	p.gate.ProxySecret = &Secret{Name: name, Value: secret}
	if err := checkSecret(secret); err != nil && !globalPlaceholder.MatchString(secret) {
		return p.Errf("proxy_secret %s: %v", name, err)
	}
	return p.checkDefinition("proxy_secret", identity.Definition{Name: name, Value: "x"})
}

// groupFilter takes patterns.
//
//	group_filter <pattern...>
func (p *parser) groupFilter() error {
	if err := p.list(&p.gate.GroupFilter, nil); err != nil {
		return err
	}
	if _, err := newGroupFilter(p.gate.GroupFilter); err != nil {
		return p.WrapErr(err)
	}
	return nil
}

// nameAndValue takes two values; the others are for an example.
func (p *parser) nameAndValue(name, value string) (string, string, error) {
	subdirective, args := p.Val(), p.RemainingArgs()
	if len(args) != 2 {
		return "", "", p.Errf("%s takes two values, not %d; quote a value with spaces: %s %s %q", subdirective, len(args), subdirective, name, value)
	}
	return args[0], args[1], nil
}

// checkDefinition judges what can be judged before Caddy's placeholders are
// replaced, which happens when the config is loaded.
func (p *parser) checkDefinition(subdirective string, d identity.Definition) error {
	d.Expand = func(placeholder string) (string, error) {
		if !globalPlaceholder.MatchString("{" + placeholder + "}") {
			return expandGlobal(placeholder)
		}
		return "x", nil
	}
	if _, err := identity.Compile([]identity.Definition{d}); err != nil {
		return p.Errf("%s: %v", subdirective, err)
	}
	return nil
}
