package caddyauth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

func init() {
	caddy.RegisterModule(CookieSessions{})
	caddy.RegisterModule(MemorySessions{})
}

// SessionStore keeps sessions. Its modules are in the namespace
// `http.okta_auth.stores`.
type SessionStore interface {
	// OpenStore returns a store for one application. It connects to nothing: that
	// is for the first request that needs it.
	OpenStore(StoreSettings) session.Store
}

// StoreSettings are what a store is opened for.
type StoreSettings struct {
	Keyring *seal.Keyring
	// Name is the application's: sessions of another name are none here.
	Name   string
	Limits session.Limits
	Marks  *session.Marks
	// Memory outlives config reloads.
	Memory *session.Memory
	// Foreign is told of a session that none of the keys opens, with the id of the key
	// that has sealed it, or "" where that is not known.
	Foreign func(keyID string)
	Logger  *slog.Logger
	Now     func() time.Time
}

// journalKeeper is a store that replicas share, and that can tell them which
// sessions ended early.
type journalKeeper interface {
	// OpenJournal returns the journal of one application; keep is how long the
	// longest session may last.
	OpenJournal(name string, keep time.Duration) session.Journal
	// JournalName tells two places that journals are kept in from one another.
	JournalName() string
}

// pinger is a store that may be out of reach.
type pinger interface {
	Ping(ctx context.Context) error
}

// CookieSessions keeps sessions in the browsers' cookies, sealed: nothing has to be
// installed, any replica that has the key can serve any user, and a restart loses
// nobody. A session has at most 4096 bytes of cookie: what headers, rules and
// placeholders use has to fit.
type CookieSessions struct {
	// How many opened cookies are kept in memory, so that each is opened once and
	// not at every request. What is kept has to pass limits and revocation all the
	// same. Default: 10000.
	Cache int `json:"cache,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (CookieSessions) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.okta_auth.stores.cookie", New: func() caddy.Module { return new(CookieSessions) }}
}

// OpenStore returns the store.
func (c *CookieSessions) OpenStore(s StoreSettings) session.Store {
	return &session.CookieStore{
		Keyring: s.Keyring, Name: s.Name, Limits: s.Limits, Marks: s.Marks, Foreign: s.Foreign, Now: s.Now,
		Opened: &session.Cache{MaxEntries: c.Cache},
	}
}

// UnmarshalCaddyfile sets up the store from Caddyfile tokens. Syntax:
//
//	cookie {
//	    cache <count>
//	}
func (c *CookieSessions) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return storeBlock(d, map[string]any{"cache": number{&c.Cache, 1}}, nil)
}

// MemorySessions keeps sessions in this process. They outlive config reloads, and
// end with it; another replica does not know them. When it is full, sessions that
// have ended go first, and then the one that was not used for longest.
type MemorySessions struct {
	// How many sessions there may be. Default: 100000.
	MaxSessions int `json:"max_sessions,omitempty"`
	// How much memory they may take, in bytes. Default: 268435456 (256 MiB).
	MaxBytes int `json:"max_bytes,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (MemorySessions) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.okta_auth.stores.memory", New: func() caddy.Module { return new(MemorySessions) }}
}

// OpenStore returns the store.
func (m *MemorySessions) OpenStore(s StoreSettings) session.Store {
	return &session.MemoryStore{
		Keyring: s.Keyring, Limits: s.Limits, Memory: s.Memory, Marks: s.Marks,
		MaxSessions: m.MaxSessions, MaxBytes: m.MaxBytes, Logger: s.Logger, Now: s.Now,
	}
}

// UnmarshalCaddyfile sets up the store from Caddyfile tokens. Syntax:
//
//	memory {
//	    max_sessions <count>
//	    max_bytes    <bytes>
//	}
func (m *MemorySessions) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return storeBlock(d, map[string]any{"max_sessions": number{&m.MaxSessions, 1}, "max_bytes": number{&m.MaxBytes, 1}}, nil)
}

// storeName is the name of the guest module.
func (g *Gate) storeName() string {
	if module, ok := g.sessions.(caddy.Module); ok {
		return module.CaddyModule().ID.Name()
	}
	return ""
}

// loadStore loads the guest module that keeps the sessions.
func (g *Gate) loadStore(ctx caddy.Context) error {
	if len(g.Keys) > 0 && (g.SessionRaw == nil || bytes.Contains(g.SessionRaw, []byte(`"cookie"`))) {
		// Whether there are replicas, and whether Okta rotates, is not known here;
		// warnRotation says so again when it has been seen.
		g.logger.Info("sessions are in cookies: where several replicas share the key and Okta rotates refresh tokens, its grace period must not be 0; sessions in Redis need none")
	}
	if g.SessionRaw == nil {
		g.sessions = new(CookieSessions)
		return nil
	}
	loaded, err := ctx.LoadModule(g, "SessionRaw")
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	var ok bool
	if g.sessions, ok = loaded.(SessionStore); !ok {
		return fmt.Errorf("session: module %T keeps no sessions", loaded)
	}
	return nil
}

// session takes the name of a store, and what the store takes.
//
//	session <store> {
//	    ...
//	}
func (p *parser) session() error {
	if !p.NextArg() {
		return p.Errf("session takes the name of a store: cookie, memory or redis")
	}
	name := p.Val()
	const namespace = "http.okta_auth.stores."
	if _, err := caddy.GetModule(namespace + name); err != nil {
		return p.Errf("session '%s': there is no such store: there are cookie, memory and redis", name)
	}
	module, err := caddyfile.UnmarshalModule(p.Dispenser, namespace+name)
	if err != nil {
		return err
	}
	body, err := json.Marshal(module)
	if err != nil {
		return err
	}
	fields := make(map[string]any)
	if err := json.Unmarshal(body, &fields); err != nil {
		return err
	}
	fields["store"] = name
	p.gate.SessionRaw, err = json.Marshal(fields)
	return err
}

// Interface guards
var (
	_ SessionStore          = (*CookieSessions)(nil)
	_ SessionStore          = (*MemorySessions)(nil)
	_ caddyfile.Unmarshaler = (*CookieSessions)(nil)
	_ caddyfile.Unmarshaler = (*MemorySessions)(nil)
)
