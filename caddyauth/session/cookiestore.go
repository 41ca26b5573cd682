package session

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// DefaultMaxBytes is the longest token of a CookieStore: with a sign-in under
// way and the device cookie beside it, all our cookies stay under 6 KB.
const DefaultMaxBytes = 4096

// CookieStore keeps nothing: the token is the session itself, sealed. Any
// replica that has the key can read it, and a restart loses nothing.
type CookieStore struct {
	Keyring *seal.Keyring
	Name    string // what the seal is bound to beside the host: the cookie's full name, the application
	Limits  Limits

	// MaxBytes is the longest token; 0 means DefaultMaxBytes.
	MaxBytes int
	// Marks remember what Delete ended. Without them Delete does nothing but
	// leave it to the browser to forget the cookie.
	Marks *Marks
	// Opened are the tokens that were opened lately; nil opens each anew.
	Opened *Cache
	// Foreign is told of a token that another key has sealed, with that key's id, as
	// often as it comes; nil is not.
	Foreign func(keyID string)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

var _ Store = (*CookieStore)(nil)

func (c *CookieStore) binding(host string) seal.Binding {
	return seal.Binding{Purpose: "session", Name: c.Name, Host: host}
}

// Load opens the token.
func (c *CookieStore) Load(_ context.Context, host, token string) (*Session, error) {
	now := c.now()
	s := c.Opened.Get(host, token, now)
	if s == nil {
		data, ok := c.Keyring.Open(c.binding(host), token)
		if !ok {
			if id, sealed := seal.KeyID(token); sealed && c.Foreign != nil && !c.Keyring.Has(id) {
				c.Foreign(id)
			}
			return nil, nil
		}
		if s, ok = Unmarshal(data); !ok {
			return nil, nil
		}
		c.Opened.Put(host, token, s, now)
	}
	if c.Limits.Expired(s, now) || c.Marks.Ended(s, c.Keyring) {
		return nil, nil
	}
	return s, nil
}

// Save seals the session anew. Where it does not fit, the error is a
// *TooLargeError: part of a session is never written.
func (c *CookieStore) Save(_ context.Context, host, _ string, s *Session) (string, error) {
	data, err := Marshal(s)
	if err != nil {
		return "", err
	}
	token := c.Keyring.Seal(c.binding(host), data)
	limit := c.MaxBytes
	if limit == 0 {
		limit = DefaultMaxBytes
	}
	if len(token) > limit {
		return "", tooLarge(s, len(token), limit)
	}
	return token, nil
}

// Delete marks the session until it would have ended by itself, so that a copy
// of the cookie is worth nothing after sign-out.
func (c *CookieStore) Delete(ctx context.Context, host, token string) error {
	s, err := c.Load(ctx, host, token)
	if s != nil {
		c.Marks.Add(c.now(), MarkSession(c.Keyring, s, c.Limits))
	}
	return err
}

func (c *CookieStore) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

// TooLargeError says that a session does not fit into its cookie. It is for
// the operator; the user cannot help it.
type TooLargeError struct {
	Size, Max int    // of the sealed token, in bytes
	Part      string // the largest: a claim by its name, or a token
	PartBytes int    // its size before sealing
}

// Error names sizes and the part, never a value.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the session is too large for its cookie: %d bytes, at most %d; the largest part is %s with %d bytes: "+
		"narrow groups with group_filter, remove the header, rule or placeholder that uses it (identity none has no headers), "+
		"or keep sessions elsewhere, with session redis or session memory", e.Size, e.Max, e.Part, e.PartBytes)
}

func tooLarge(s *Session, size, limit int) error {
	parts := map[string]int{"the access token": len(s.AccessToken), "the ID token": len(s.IDToken), "the refresh token": len(s.RefreshToken)}
	for name, value := range s.Claims {
		// What Marshal has written cannot fail here.
		data, _ := json.Marshal(value)
		parts[fmt.Sprintf("the claim %q", name)] = len(data)
	}
	e := &TooLargeError{Size: size, Max: limit}
	// Equal sizes: the first name, so that the message does not change from one
	// sign-in to the next.
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if parts[name] > e.PartBytes {
			e.Part, e.PartBytes = name, parts[name]
		}
	}
	return e
}
