package caddyauth

import (
	"errors"
	"strings"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// kept is what outlives a config reload: which sessions were signed out or
// refreshed, and Okta's last answer in each sign-in. Gates of the same
// application share it at one site, or where their sites share sessions.
type kept struct {
	memory  session.Memory
	answers signin.Answers

	beginnings signin.Beginnings
	refreshes  refreshes
	streams    streams

	stored atomic.Pointer[seal.Keyring] // from Caddy's storage

	unknownKey, storeDown seldom // log lines
	rotationSeen          atomic.Bool
}

// Destruct frees nothing: the garbage collector does.
func (*kept) Destruct() error { return nil }

var keptPool = caddy.NewUsagePool()

// keep acquires what outlives this config, once.
func (g *Gate) keep(ctx caddy.Context) error {
	key := strings.Join([]string{g.org.Issuer(), g.ClientID, g.sessionSite(), g.Prefix, g.cookies.session.FullName()}, "\n")
	value, _, err := keptPool.LoadOrNew(key, func() (caddy.Destructor, error) { return new(kept), nil })
	if err != nil {
		return err
	}
	g.kept, g.keptKey = value.(*kept), key
	g.server, _ = ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	gatesPool.LoadOrStore(g, g)
	return nil
}

// Cleanup releases what Provision acquired. Caddy calls it after a Provision
// that failed too: what was not acquired must not be released, or a rejected
// reload would destroy the state of the config that goes on running.
func (g *Gate) Cleanup() error {
	err := releaseInUse(g.inUseKey)
	g.inUseKey = nil
	if g.revocationsKey != "" {
		_, deleteErr := revocationsPool.Delete(g.revocationsKey)
		err = errors.Join(err, deleteErr)
		g.revocationsKey = ""
	}
	if g.keptKey != "" {
		_, _ = gatesPool.Delete(g)
		_, deleteErr := keptPool.Delete(g.keptKey)
		err = errors.Join(err, deleteErr)
		g.keptKey = ""
	}
	return err
}

// Interface guards
var (
	_ caddy.CleanerUpper = (*Gate)(nil)
	_ caddy.Destructor   = (*kept)(nil)
)
