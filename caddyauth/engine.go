package caddyauth

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/assertion"
	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// engine is what needs the keyring, and so is made at the first request rather
// than when the config is loaded: the conversation, the session store and what
// signs assertions.
type engine struct {
	keyring *seal.Keyring
	flow    *signin.Flow
	store   session.Store
	signer  *assertion.Signer
}

// engineOnce makes the engine once; after a failure it waits a little before it
// tries again, so that a broken storage is not hammered.
type engineOnce struct {
	mu     sync.Mutex
	made   *engine
	failed error
	until  time.Time
}

func (g *Gate) getEngine(ctx context.Context) (*engine, error) {
	g.engine.mu.Lock()
	defer g.engine.mu.Unlock()
	if g.engine.made != nil {
		return g.engine.made, nil
	}
	if g.engine.failed != nil && g.now().Before(g.engine.until) {
		return nil, g.engine.failed
	}
	// The key outlives the request that asked for it first.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	keyring, err := g.keyring(ctx)
	if err != nil {
		g.engine.failed, g.engine.until = err, g.now().Add(2*time.Second)
		return nil, err
	}
	g.revocations.begin()
	g.revocations.gate.Store(g)
	g.engine.made, err = g.newEngine(keyring, g.sessions.OpenStore(StoreSettings{
		Keyring: keyring, Name: g.binding(g.cookies.session), Limits: g.limits,
		Marks: &g.revocations.marks, Memory: &g.kept.memory, Logger: g.logger, Now: g.now,
		Foreign: func(keyID string) { g.noticeKey(keyring, keyID) },
	}))
	return g.engine.made, err
}

// keyring is the configured one, or the stored one, which outlives the storage: a
// reload after that was emptied signs nobody out.
func (g *Gate) keyring(ctx context.Context) (*seal.Keyring, error) {
	if stored := g.kept.stored.Load(); stored != nil && g.keys.configured == nil {
		return stored, nil
	}
	ring, err := g.keys.keyring(ctx)
	if err == nil && g.keys.configured == nil {
		g.kept.stored.Store(ring)
	}
	return ring, err
}

func (g *Gate) newEngine(keyring *seal.Keyring, store session.Store) (*engine, error) {
	signer, err := assertion.NewSigner(keyring)
	if err != nil {
		return nil, err
	}
	return &engine{
		keyring: keyring, store: store, signer: signer,
		flow: &signin.Flow{
			Org: g.org, Keyring: keyring, Answers: &g.kept.answers, Beginnings: &g.kept.beginnings, Prefix: g.Prefix,
			Binding: g.binding(g.cookies.signIn), Claims: g.claimsToFetch, Words: g.renderer.Words(), ContinueAtOkta: g.ContinueAtOkta, Logger: g.logger, Now: g.now,
		},
	}, nil
}

// binding ties a sealed cookie to its name and to the application at Okta: a
// change of issuer or client ends old sessions.
func (g *Gate) binding(c session.Cookie) string {
	return strings.Join([]string{c.FullName(), g.org.Issuer(), g.org.ClientID()}, "\n")
}

// claimsUsed are those that headers, rules and placeholders of this gate use.
func (g *Gate) claimsUsed() []string {
	return slices.Concat(g.headers.Claims(), g.rules.Claims(), g.inUse.claims(), g.Claims, g.asserted, []string{"sub", "preferred_username"})
}

// sharers are the gates that have the same sessions: this one, others of its site or
// of its cookie domain and, while a config takes the place of another, the one
// before. What a session keeps is what all of them use, or each would find what
// another has made incomplete, and refresh it in turn.
func (g *Gate) sharers() []*Gate {
	all := []*Gate{g}
	gatesPool.Range(func(_, value any) bool {
		if other, ok := value.(*Gate); ok && other != g && other.kept == g.kept {
			all = append(all, other)
		}
		return true
	})
	return all
}

// claimsKept are those that a session keeps, sorted.
func (g *Gate) claimsKept() []string {
	var names []string
	for _, one := range g.sharers() {
		names = append(names, one.claimsUsed()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// tokensKept tells which of the tokens a session keeps beside the one that refreshes
// it.
func (g *Gate) tokensKept() (access, id bool) {
	for _, one := range g.sharers() {
		usesAccess, usesID := one.headers.Tokens()
		access, id = access || usesAccess, id || usesID
	}
	return access, id
}

// groupsKept are the patterns of the groups that a session keeps; none are all.
func (g *Gate) groupsKept() (patterns []string) {
	for _, one := range g.sharers() {
		switch {
		case !slices.Contains(one.claimsUsed(), "groups"):
			continue
		case one.groups == nil:
			return nil
		}
		patterns = append(patterns, one.GroupFilter...)
	}
	slices.Sort(patterns)
	return slices.Compact(patterns)
}

// claimsToFetch are the kept ones that are worth a call when the ID token lacks
// them: groups are not, unless they were asked for. The e-mail address is, whatever
// the application gets: it is what Okta names users by who are to be signed out.
func (g *Gate) claimsToFetch() []string {
	var names []string
	if g.org.AsksFor("email") {
		names = append(names, "email")
	}
	for _, name := range g.claimsKept() {
		name, _, _ = strings.Cut(name, ".") // "address.country" is in address
		if name != "groups" || g.org.AsksFor("groups") {
			names = append(names, name)
		}
	}
	return names
}
