package caddyauth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/certmagic"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// storedKey is where a key that is not configured is kept in Caddy's storage.
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
		return nil, fmt.Errorf("no key is configured and Caddy's storage (%v) gives none: %w; make one with \"openssl rand -base64 32\" and add to okta_auth: key {env.OKTA_AUTH_KEY}", s.storage, err)
	}
	return seal.New(secret)
}

func (s keySource) load(ctx context.Context) (string, error) {
	data, err := s.storage.Load(ctx, storedKey)
	return strings.TrimSpace(string(data)), err
}

// make stores a fresh key, unless another replica was first.
func (s keySource) make(ctx context.Context) (secret string, err error) {
	if err := s.storage.Lock(ctx, storedKey); err != nil {
		return "", fmt.Errorf("locking: %w", err)
	}
	defer func() {
		if unlockErr := s.storage.Unlock(context.WithoutCancel(ctx), storedKey); unlockErr != nil && err == nil {
			err = fmt.Errorf("unlocking: %w", unlockErr)
		}
	}()
	if secret, err := s.load(ctx); !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	secret = seal.Generate()
	if err := s.storage.Store(ctx, storedKey, []byte(secret)); err != nil {
		return "", fmt.Errorf("storing: %w", err)
	}
	s.logger.Info("made a sealing key and stored it; replicas must share this storage or be given the same key", "storage_key", storedKey)
	return secret, nil
}
