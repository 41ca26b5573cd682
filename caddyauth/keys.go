package caddyauth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/certmagic"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// storedKey is where a key that is not configured is kept in Caddy's storage,
// and the name of the lock that is held while one is made.
const storedKey = "okta_auth/sealing_key"

// keySource gives the keyring: from the config, or from Caddy's storage, which
// replicas may share.
type keySource struct {
	configured *seal.Keyring
	storage    certmagic.Storage
	logger     *slog.Logger
}

func newKeySource(ctx caddy.Context, secrets []string, logger *slog.Logger) (keySource, error) {
	if len(secrets) == 0 {
		return keySource{storage: ctx.Storage(), logger: logger}, nil
	}
	keyring, err := seal.New(secrets...)
	if err != nil {
		return keySource{}, fmt.Errorf("key: %w", err)
	}
	return keySource{configured: keyring}, nil
}

// keyring returns the configured keyring, or the stored one, which it makes if
// there is none yet. There is never a silent key of one process: its sessions
// would die with it, and no other replica could read them.
func (s keySource) keyring(ctx context.Context) (*seal.Keyring, error) {
	if s.configured != nil {
		return s.configured, nil
	}
	secret, err := s.load(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		secret, err = s.make(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("no key is configured and Caddy's storage (%v) gives none: %w; or make one with \"openssl rand -base64 32\" and add to okta_auth: key {env.OKTA_AUTH_KEY}", s.storage, err)
	}
	return seal.New(secret)
}

// load returns the stored key; fs.ErrNotExist when there is none.
func (s keySource) load(ctx context.Context) (string, error) {
	data, err := s.storage.Load(ctx, storedKey)
	if err != nil {
		return "", fmt.Errorf("loading: %w", err)
	}
	secret := strings.TrimSpace(string(data))
	// A key that was cut short, by a full disk or a crash of the machine, may
	// still be long enough for a key: the half of one that everybody else has.
	if raw, err := base64.StdEncoding.Strict().DecodeString(secret); err != nil || len(raw) != 32 {
		return "", fmt.Errorf("what it keeps as %s, %d characters, is not a whole key: put it back from a backup, or remove it, and a new one is made, which signs everybody out", storedKey, len(secret))
	}
	return secret, nil
}

// make stores a fresh key, unless another replica was first.
func (s keySource) make(ctx context.Context) (string, error) {
	if err := s.storage.Lock(ctx, storedKey); err != nil {
		return "", fmt.Errorf("locking %s: %w: when a replica was killed while it made the key, its lock is broken ten seconds later; if this lasts, remove it", s.lockName(), err)
	}
	defer func() {
		// The key is there all the same, and the lock is broken in time.
		if err := s.storage.Unlock(context.WithoutCancel(ctx), storedKey); err != nil {
			s.logger.Warn("unlocking the storage failed", "lock", s.lockName(), "error", err)
		}
	}()
	if secret, err := s.load(ctx); !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if err := s.storage.Store(ctx, storedKey, []byte(seal.Generate())); err != nil {
		return "", fmt.Errorf("storing: %w", err)
	}
	// What the storage has now counts: where two hold one lock, as two that break
	// a stale one can, the last to store wins.
	secret, err := s.load(ctx)
	if err != nil {
		return "", err
	}
	s.logger.Info("made a sealing key and stored it; replicas must share this storage or be given the same key", "storage_key", storedKey)
	if why := whyTemporary(s.storage); why != "" {
		s.logger.Warn("the sealing key is kept in a storage that looks temporary: when it goes, everybody is signed out; "+
			"keep it on a volume, or make a key with \"openssl rand -base64 32\" and add to okta_auth: key {env.OKTA_AUTH_KEY}",
			"storage", fmt.Sprint(s.storage), "why", why)
	}
	return secret, nil
}

// lockName is what an operator finds the lock by.
func (s keySource) lockName() string {
	if f, ok := s.storage.(*certmagic.FileStorage); ok {
		return filepath.Join(f.Path, "locks", certmagic.StorageKeys.Safe(storedKey)+".lock")
	}
	return storedKey
}
