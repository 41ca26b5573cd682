package caddyauth

import (
	"fmt"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

const directive = "okta_auth"

func init() {
	httpcaddyfile.RegisterGlobalOption(directive, parseGlobal)
	httpcaddyfile.RegisterDirective(directive, parseDirective)
	httpcaddyfile.RegisterDirectiveOrder(directive, httpcaddyfile.Before, "basic_auth")
}

// parseGlobal parses the global option, which gives every site's directive its
// defaults. Its syntax is the directive's, without matchers.
func parseGlobal(d *caddyfile.Dispenser, existing any) (any, error) {
	d.Next()
	if existing != nil {
		return nil, d.Errf("global option %s already specified: put its subdirectives into one block", directive)
	}
	p := parser{Dispenser: d, gate: new(Gate)}
	return p.gate, p.parse()
}

// parseDirective sets up the handler from Caddyfile tokens. Syntax:
//
//	okta_auth [<matcher>] {
//	    issuer        <url>
//	    client_id     <id>
//	    client_secret <secret>
//	    scopes        <scope...>
//	    public_url    <url>
//	    redirect_uri  <url>
//	    prefix        <path>
//	    theme         <dir>
//	    page_status   <200|401>
//	    login_hint    <name>
//	    allow_login_hint
//	    client_secret_file <path>
//	    key           <secret...>
//	    session       <cookie|memory|redis>
//	    cookie        <block>
//	    revocation    <shared|process>
//	    lifetime      <duration>
//	    idle          <duration>
//	    remember      <duration>
//	    recheck       <duration>
//	    idle_exclude  <path|@matcher...>
//	    okta_down_grace <duration>
//	    upstream_cache <keep|private>
//	    okta_sign_out <off|auto>
//	    sign_out_path <path>
//	    sign_out_header <name>
//	    sign_out_return <url...>
//	    clear_site_data <what...>
//	    logout_issuer <url...>
//	    public        <path|@matcher...>
//	    optional      <path|@matcher...>
//	    api           <path|@matcher...>
//	    allow         [<matcher>] <condition>
//	    deny          [<matcher>] <condition>
//	    contact       <text>
//	    identity      <preset...>
//	    header_up     <name> <value>
//	    cookie_up     <name> <value>
//	    basic_auth_up <user> <password>
//	    proxy_secret  <name> <secret>
//	    remove_authorization
//	    keep_client_header <name...>
//	    group_filter  <pattern...>
//	    claims        <name...>
//	}
//
// It yields one route without a matcher, on purpose: the matcher is a field of
// the handler. A route's matcher judges the path after rewrites, and would let
// a posted password miss our own paths and reach the application.
func parseDirective(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	h.Next()
	at := fmt.Sprintf("%s:%d", h.File(), h.Line())
	g := new(Gate)
	matcher, err := h.ExtractMatcherSet()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: define it in this site, such as: @name path /private/*", at, err)
	}
	if matcher != nil {
		g.MatcherSetsRaw = caddyhttp.RawMatcherSets{matcher}
	}
	h.Next()
	p := parser{Dispenser: h.Dispenser, gate: g, matcher: h.MatcherToken}
	if err := p.parse(); err != nil {
		return nil, err
	}
	if global, ok := h.Option(directive).(*Gate); ok {
		g.inherit(global, p.said)
		if (p.said["allow"] || p.said["deny"]) && slices.ContainsFunc(global.Rules, func(r Rule) bool { return r.Action == denyAction }) {
			caddy.Log().Named("caddyfile").Warn(at + ": the rules here stand in place of the global option's, whose deny rules keep nobody out here: write here too what is meant to hold")
		}
	}
	switch {
	case g.Issuer == "":
		return nil, fmt.Errorf("%s: %s has no issuer: add the authorization server's, such as: issuer https://acme.okta.com/oauth2/default", at, directive)
	case g.ClientID == "":
		return nil, fmt.Errorf("%s: %s has no client_id: add the application's, from its General tab in the Okta admin console, such as: client_id 0oa1b2c3d4e5f6g7h8i9", at, directive)
	}
	return h.NewRoute(nil, g), nil
}

// inherit takes from the global option what the site does not say itself.
func (g *Gate) inherit(global *Gate, said map[string]bool) {
	text := func(own *string, global string) {
		if *own == "" {
			*own = global
		}
	}
	// A secret belongs to its client: a site that names another client or org
	// does not get the global client's secret.
	if (g.ClientID == "" || g.ClientID == global.ClientID) && (g.Issuer == "" || g.Issuer == global.Issuer) {
		if g.ClientSecretFile == "" {
			text(&g.ClientSecret, global.ClientSecret)
		}
		if g.ClientSecret == "" {
			text(&g.ClientSecretFile, global.ClientSecretFile)
		}
	}
	text(&g.ClientID, global.ClientID)
	text(&g.Issuer, global.Issuer)
	text(&g.PublicURL, global.PublicURL)
	text(&g.RedirectURI, global.RedirectURI)
	text(&g.Prefix, global.Prefix)
	text(&g.Theme, global.Theme)
	text(&g.LoginHint, global.LoginHint)
	g.AllowLoginHint = g.AllowLoginHint || global.AllowLoginHint
	g.ContinueAtOkta = g.ContinueAtOkta || global.ContinueAtOkta
	if g.PageStatus == 0 {
		g.PageStatus = global.PageStatus
	}
	text(&g.Contact, global.Contact)
	g.RemoveAuthorization = g.RemoveAuthorization || global.RemoveAuthorization
	for own, from := range map[*[]string][]string{
		&g.Scopes: global.Scopes, &g.Keys: global.Keys, &g.Claims: global.Claims,
		&g.SignOutReturn: global.SignOutReturn, &g.ClearSiteData: global.ClearSiteData, &g.LogoutIssuers: global.LogoutIssuers,
		&g.KeepClientHeaders: global.KeepClientHeaders, &g.GroupFilter: global.GroupFilter,
	} {
		if *own == nil {
			*own = from
		}
	}
	for own, from := range map[**Paths]*Paths{&g.Public: global.Public, &g.Optional: global.Optional, &g.API: global.API, &g.IdleExclude: global.IdleExclude} {
		if *own == nil {
			*own = from
		}
	}
	if g.Rules == nil {
		g.Rules = global.Rules
	}
	if g.Identity == nil {
		g.Identity = global.Identity
	}
	if g.HeaderUp == nil {
		g.HeaderUp = global.HeaderUp
	}
	if g.CookieUp == nil {
		g.CookieUp = global.CookieUp
	}
	if g.BasicAuthUp == nil {
		g.BasicAuthUp = global.BasicAuthUp
	}
	if g.Assertion == nil {
		g.Assertion = global.Assertion
	}
	if g.ProxySecret == nil {
		g.ProxySecret = global.ProxySecret
	}
	if g.Lifetime == 0 {
		g.Lifetime = global.Lifetime
	}
	if g.Idle == 0 {
		g.Idle = global.Idle
	}
	for own, from := range map[*caddy.Duration]caddy.Duration{
		&g.OktaDownGrace: global.OktaDownGrace, &g.Remember: global.Remember, &g.Recheck: global.Recheck,
	} {
		if *own == 0 {
			*own = from
		}
	}
	if g.SessionRaw == nil {
		g.SessionRaw = global.SessionRaw
	}
	if g.Cookie == nil {
		g.Cookie = global.Cookie
	}
	text(&g.Revocation, global.Revocation)
	text(&g.SignOutPath, global.SignOutPath)
	text(&g.SignOutHeader, global.SignOutHeader)
	// These have a word for what is the default too, with which a site takes the
	// global one back.
	if !said["upstream_cache"] {
		g.UpstreamCache = global.UpstreamCache
	}
	if !said["okta_sign_out"] {
		g.OktaSignOut = global.OktaSignOut
	}
}
