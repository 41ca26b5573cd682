package caddyauth

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// Provision sets the gate up. It calls nobody and writes nothing: an org that
// is down keeps no server from starting, and validating a config makes no key.
func (g *Gate) Provision(ctx caddy.Context) error {
	if err := g.provision(ctx); err != nil {
		return fmt.Errorf("%s of %s: %w", directive, siteName(ctx), err)
	}
	return nil
}

func (g *Gate) provision(ctx caddy.Context) error {
	g.logger, g.now = ctx.Slogger(), time.Now
	g.engine, g.probes, g.metrics = new(engineOnce), new(probes), &collectors
	for _, step := range []func(caddy.Context) error{
		g.metrics.register,
		g.replace,
		g.settle,
		g.meetOthers,
		g.checkCallback,
		g.loadMatchers,
		g.prepareCookies,
		g.prepareSignOut,
		g.prepareIdentity,
		g.prepareAssertion,
		g.loadStore,
		g.shareRevocations,
		g.prepareOrg,
		g.prepareRenderer,
		g.prepareKeys,
		g.keep,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// meetOthers finds out about the gates and matchers beside this one.
func (g *Gate) meetOthers(ctx caddy.Context) (err error) {
	if g.inUse, g.inUseKey, err = acquireInUse(ctx); err != nil {
		return err
	}
	g.warnForwarded(ctx)
	return g.checkSiblings(ctx)
}

func (g *Gate) prepareRenderer(caddy.Context) (err error) {
	g.renderer, err = newRenderer(g.Prefix, g.Theme)
	return err
}

func (g *Gate) prepareKeys(ctx caddy.Context) (err error) {
	g.keys, err = newKeySource(ctx, g.Keys, g.logger)
	return err
}

// prepareOrg makes what talks to Okta.
func (g *Gate) prepareOrg(caddy.Context) error {
	config := okta.Config{
		Issuer: g.Issuer, ClientID: g.ClientID, ClientSecret: g.ClientSecret,
		RedirectURI: g.site.redirectURI, Scopes: g.Scopes, LogoutIssuers: g.LogoutIssuers, Replays: &g.revocations.replays, Logger: g.logger, Now: g.now,
	}
	if g.ClientSecretFile != "" {
		if g.ClientSecret != "" {
			return errors.New("client_secret and client_secret_file are both given: leave one out")
		}
		file, err := newSecretFile(g.ClientSecretFile, g.logger, g.now)
		if err != nil {
			return err
		}
		config.Secrets = file.Secrets
	}
	var err error
	g.org, err = okta.New(config)
	return err
}

// settle applies the defaults and checks what needs no other module.
func (g *Gate) settle(ctx caddy.Context) error {
	if g.Prefix == "" {
		g.Prefix = DefaultPrefix
	}
	if err := checkPrefix(g.Prefix); err != nil {
		return err
	}
	if g.Lifetime == 0 {
		g.Lifetime = caddy.Duration(12 * time.Hour)
	}
	if g.Idle == 0 {
		g.Idle = caddy.Duration(time.Hour)
	}
	if g.OktaDownGrace == 0 {
		g.OktaDownGrace = caddy.Duration(15 * time.Minute)
	}
	if g.PageStatus != 0 && checkPageStatus(strconv.Itoa(g.PageStatus)) != nil {
		return checkPageStatus(strconv.Itoa(g.PageStatus))
	}
	if min(g.Lifetime, g.Idle, g.OktaDownGrace, g.Remember, g.Recheck) < 0 {
		return fmt.Errorf("lifetime, idle, remember, recheck and okta_down_grace must be positive durations, such as 12h, 1h, 168h, 5m and 15m")
	}
	if g.Recheck > 0 && g.Recheck < caddy.Duration(time.Second) {
		return fmt.Errorf("recheck %s: at least 1s, or every request would ask Okta", time.Duration(g.Recheck))
	}
	if g.Remember > 0 && g.Remember < g.Lifetime {
		g.logger.Warn("remember is shorter than lifetime: who asks to be kept signed in is signed out earlier than others", "remember", time.Duration(g.Remember), "lifetime", time.Duration(g.Lifetime))
	}
	g.limits = session.Limits{Lifetime: time.Duration(g.Lifetime), Idle: time.Duration(g.Idle), Remember: time.Duration(g.Remember)}
	var err error
	g.site, err = g.findSite(ctx)
	return err
}

// loadMatchers loads what says which requests are protected, and how.
func (g *Gate) loadMatchers(ctx caddy.Context) error {
	g.byQuery, g.byHost = g.goesBy("query"), g.goesBy("host") // Caddy lets go of the matchers as written next
	if g.MatcherSetsRaw != nil {
		loaded, err := ctx.LoadModule(g, "MatcherSetsRaw")
		if err != nil {
			return fmt.Errorf("loading matchers: %w", err)
		}
		if err := g.matchers.FromInterface(loaded); err != nil {
			return err
		}
	}
	if g.Public != nil && slices.Contains(g.Public.Paths, "/*") {
		g.logger.Warn("public /* opens the whole site: nobody has to sign in")
	}
	if err := g.Public.prepare(ctx, "public"); err != nil {
		return err
	}
	if err := g.Optional.prepare(ctx, "optional"); err != nil {
		return err
	}
	if err := g.API.prepare(ctx, "api"); err != nil {
		return err
	}
	if err := g.IdleExclude.prepare(ctx, "idle_exclude"); err != nil {
		return err
	}
	return g.prepareRules(ctx)
}
