package caddyauth

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// parser reads the block of the directive or of the global option. Values that
// hold no placeholder are checked here already, where file and line are known.
type parser struct {
	*caddyfile.Dispenser
	gate *Gate
	// matcher resolves the named matcher that comes next; nil where there are none.
	matcher func() (caddy.ModuleMap, bool, error)
	said    map[string]bool // the subdirectives that the block has
}

// subdirectives in the order in which the reference lists them.
var subdirectives = []struct {
	name       string
	repeatable bool
	parse      func(*parser) error
}{
	{"issuer", false, func(p *parser) error { return p.text(&p.gate.Issuer, okta.CheckIssuer) }},
	{"client_id", false, func(p *parser) error { return p.text(&p.gate.ClientID, nil) }},
	{"client_secret_file", false, func(p *parser) error { return p.text(&p.gate.ClientSecretFile, nil) }},
	{"client_secret", false, func(p *parser) error { return p.text(&p.gate.ClientSecret, nil) }},
	{"scopes", false, func(p *parser) error { return p.list(&p.gate.Scopes, nil) }},
	{"public_url", false, func(p *parser) error {
		return p.text(&p.gate.PublicURL, func(s string) error { _, err := parsePublicURL(s); return err })
	}},
	{"redirect_uri", false, func(p *parser) error { return p.text(&p.gate.RedirectURI, checkRedirectURI) }},
	{"prefix", false, func(p *parser) error { return p.text(&p.gate.Prefix, checkPrefix) }},
	{"theme", false, (*parser).theme},
	{"page_status", false, (*parser).pageStatus},
	{"login_hint", false, func(p *parser) error { return p.text(&p.gate.LoginHint, nil) }},
	{"allow_login_hint", false, func(p *parser) error { return p.flag(&p.gate.AllowLoginHint) }},
	{"continue_at_okta", false, func(p *parser) error { return p.flag(&p.gate.ContinueAtOkta) }},
	{"key", false, (*parser).key},
	{"session", false, (*parser).session},
	{"cookie", false, (*parser).cookie},
	{"revocation", false, func(p *parser) error { return p.word(&p.gate.Revocation, revocationShared, revocationProcess) }},
	{"lifetime", false, func(p *parser) error { return p.duration(&p.gate.Lifetime) }},
	{"idle", false, func(p *parser) error { return p.duration(&p.gate.Idle) }},
	{"remember", false, func(p *parser) error { return p.duration(&p.gate.Remember) }},
	{"recheck", false, func(p *parser) error { return p.duration(&p.gate.Recheck) }},
	{"idle_exclude", true, func(p *parser) error { return p.paths(&p.gate.IdleExclude) }},
	{"upstream_cache", false, (*parser).upstreamCache},
	{"okta_sign_out", false, (*parser).oktaSignOut},
	{"sign_out_path", false, func(p *parser) error { return p.text(&p.gate.SignOutPath, checkSignOutPath) }},
	{"sign_out_header", false, func(p *parser) error { return p.text(&p.gate.SignOutHeader, checkSignOutHeader) }},
	{"sign_out_return", true, func(p *parser) error { return p.list(&p.gate.SignOutReturn, checkSignOutReturn) }},
	{"clear_site_data", false, func(p *parser) error { return p.list(&p.gate.ClearSiteData, checkClearSiteData) }},
	{"logout_issuer", true, func(p *parser) error { return p.list(&p.gate.LogoutIssuers, okta.CheckIssuer) }},
	{"okta_down_grace", false, func(p *parser) error { return p.duration(&p.gate.OktaDownGrace) }},
	{"public", true, func(p *parser) error { return p.paths(&p.gate.Public) }},
	{"optional", true, func(p *parser) error { return p.paths(&p.gate.Optional) }},
	{"api", true, func(p *parser) error { return p.paths(&p.gate.API) }},
	{"allow", true, (*parser).rule},
	{"deny", true, (*parser).rule},
	{"contact", false, func(p *parser) error {
		return p.text(&p.gate.Contact, func(s string) error { return checkText("contact", s) })
	}},
	{"identity", true, (*parser).identity},
	{"header_up", true, (*parser).headerUp},
	{"cookie_up", true, (*parser).cookieUp},
	{"basic_auth_up", false, (*parser).basicAuthUp},
	{"assertion", false, (*parser).assertion},
	{"proxy_secret", false, (*parser).proxySecret},
	{"remove_authorization", false, func(p *parser) error { return p.flag(&p.gate.RemoveAuthorization) }},
	{"keep_client_header", true, func(p *parser) error { return p.list(&p.gate.KeepClientHeaders, nil) }},
	{"group_filter", true, (*parser).groupFilter},
	{"claims", false, func(p *parser) error { return p.list(&p.gate.Claims, checkClaimName) }},
}

func (p *parser) parse() error {
	if p.NextArg() {
		return p.Errf("unexpected %q: %s takes a matcher and a block", p.Val(), directive)
	}
	p.said = make(map[string]bool)
	for p.NextBlock(0) {
		name, known := p.Val(), false
		for _, sub := range subdirectives {
			if sub.name != name {
				continue
			}
			if p.said[name] && !sub.repeatable {
				return p.Errf("%s already specified", name)
			}
			p.said[name], known = true, true
			if err := sub.parse(p); err != nil {
				return err
			}
		}
		if !known {
			return p.Errf("unrecognized subdirective '%s'%s", name, suggestion(name))
		}
	}
	return nil
}

// text takes exactly one value.
func (p *parser) text(into *string, check func(string) error) error {
	name := p.Val()
	args := p.RemainingArgs()
	if len(args) == 0 {
		return p.Errf("%s has no value: give it one, or leave the line out; an environment variable that is not set gives none", name)
	}
	if len(args) != 1 {
		return p.Errf("%s takes one value, not %d: quote a value that has spaces", name, len(args))
	}
	if args[0] == "" {
		return p.Errf("%s is empty: give it a value, or leave the line out; an environment variable that is not set gives an empty one", name)
	}
	*into = args[0]
	return p.check(args[0], check)
}

// flag takes no value.
func (p *parser) flag(into *bool) error {
	name := p.Val()
	if p.NextArg() {
		return p.Errf("%s takes no value, not %q: leave the line out to switch it off", name, p.Val())
	}
	*into = true
	return nil
}

func (p *parser) pageStatus() error {
	var status string
	if err := p.text(&status, checkPageStatus); err != nil {
		return err
	}
	var err error
	p.gate.PageStatus, err = strconv.Atoi(status)
	return err
}

// word takes one of several words.
func (p *parser) word(into *string, words ...string) error {
	name := p.Val()
	if err := p.text(into, nil); err != nil {
		return err
	}
	if !slices.Contains(words, *into) {
		return p.Errf("%s '%s': there are %s", name, *into, strings.Join(words, " and "))
	}
	return nil
}

// upstreamCache takes a word.
//
//	upstream_cache keep|private
func (p *parser) upstreamCache() error {
	var word string
	err := p.word(&word, "keep", "private")
	p.gate.UpstreamCache = word == "keep"
	return err
}

// oktaSignOut takes a word.
//
//	okta_sign_out off|auto
func (p *parser) oktaSignOut() error {
	var word string
	err := p.word(&word, "off", "auto")
	p.gate.OktaSignOut = word == "auto"
	return err
}

// key takes secrets. Errors count them, and quote none.
func (p *parser) key() error {
	if err := p.list(&p.gate.Keys, nil); err != nil {
		return err
	}
	secrets := slices.Clone(p.gate.Keys)
	for i, secret := range secrets {
		if globalPlaceholder.MatchString(secret) {
			secrets[i] = seal.Generate()
		}
	}
	if _, err := seal.New(secrets...); err != nil {
		return p.WrapErr(err)
	}
	return nil
}

// list takes one value or more.
func (p *parser) list(into *[]string, check func(string) error) error {
	name := p.Val()
	args := p.RemainingArgs()
	if len(args) == 0 {
		return p.Errf("%s takes one value or more", name)
	}
	for _, arg := range args {
		if arg == "" {
			return p.Errf("%s has an empty value: remove it, or set the environment variable that it comes from", name)
		}
		if err := p.check(arg, check); err != nil {
			return err
		}
	}
	*into = append(*into, args...)
	return nil
}

// check judges a value that holds no placeholder.
func (p *parser) check(value string, check func(string) error) error {
	if check == nil || globalPlaceholder.MatchString(value) {
		return nil
	}
	if err := check(value); err != nil {
		return p.WrapErr(err)
	}
	return nil
}

func checkClaimName(name string) error {
	if strings.ContainsAny(name, "{}") {
		return fmt.Errorf("claims takes bare names, not %q: write %q", name, strings.TrimSuffix(strings.TrimPrefix(name, "{claim."), "}"))
	}
	return nil
}

func (p *parser) duration(into *caddy.Duration) error {
	name := p.Val()
	args := p.RemainingArgs()
	if len(args) != 1 {
		return p.Errf("%s takes one duration, such as 12h, not %d", name, len(args))
	}
	d, err := caddy.ParseDuration(args[0])
	if err != nil || d <= 0 {
		return p.Errf("%s '%s' is not a positive duration: write it like 12h, 30m or 1d", name, args[0])
	}
	*into = caddy.Duration(d)
	return nil
}

// suggestion names the subdirective that was probably meant.
func suggestion(name string) string {
	plain := func(s string) string {
		return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s))
	}
	var names []string
	for _, sub := range subdirectives {
		if plain(sub.name) == plain(name) || plain(sub.name) == plain(name)+"s" || plain(sub.name)+"s" == plain(name) {
			return ": did you mean '" + sub.name + "'?"
		}
		names = append(names, sub.name)
	}
	slices.Sort(names)
	return ": there are " + strings.Join(names, ", ")
}
