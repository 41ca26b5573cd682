package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// MinSecret is the least number of characters of a secret: 32 characters of
// base64 hold 192 bits. A shorter one is a password, and a sealed cookie lets
// whoever holds it guess at leisure.
const MinSecret = 32

// Keyring seals and opens. It does not change after New and may be shared.
type Keyring struct {
	keys []key // newest first
}

// key is what one secret gives: a pseudorandom key that the key of each
// purpose is expanded from (RFC 5869), and an id that says which key to try.
type key struct {
	prk []byte
	id  [idSize]byte
}

// New makes a keyring of one or more secrets. The first one seals; all open,
// so that a secret is rotated by putting its successor in front and taking it
// away when what it sealed has expired. White space around a secret is not
// part of it: a file ends in a newline, an environment variable does not.
func New(secrets ...string) (*Keyring, error) {
	if len(secrets) == 0 {
		return nil, fmt.Errorf("a key is needed: make one with `openssl rand -base64 32`")
	}
	k := &Keyring{}
	for i, secret := range secrets {
		secret = strings.TrimSpace(secret)
		if len(secret) < MinSecret {
			// The secret itself is never quoted, not even a wrong one: it may be
			// a password, or the right one cut short.
			return nil, fmt.Errorf("key %d of %d has %d characters, at least %d are needed: make one with `openssl rand -base64 32`",
				i+1, len(secrets), len(secret), MinSecret)
		}
		prk, err := hkdf.Extract(sha256.New, []byte(secret), []byte("caddy-okta keyring"))
		if err != nil {
			return nil, fmt.Errorf("key %d of %d: %w", i+1, len(secrets), err)
		}
		one := key{prk: prk}
		copy(one.id[:], one.derive("id", "", idSize))
		k.keys = append(k.keys, one)
	}
	return k, nil
}

// Generate returns a fresh secret: 32 random bytes in base64, what
// `openssl rand -base64 32` prints.
func Generate() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the process instead
	return base64.StdEncoding.EncodeToString(b)
}

// Random returns n random bytes in base64url without padding. Identifiers,
// nonces and states need 16 bytes or more.
func Random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// ID names the newest key, for logs and for comparing two replicas. It is
// derived one way and reveals nothing about the secret.
func (k *Keyring) ID() string {
	return hex.EncodeToString(k.keys[0].id[:])
}

// Format keeps every fmt verb away from the keys: a keyring that ends up in a
// log line or an error prints its ID.
func (k *Keyring) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "keyring(%s)", k.ID())
}

// derive expands n bytes for one use and purpose. The use is one of this
// package's own words and so cannot contain the NUL that ends it.
func (k key) derive(use, purpose string, n int) []byte {
	out, err := hkdf.Expand(sha256.New, k.prk, "caddy-okta "+use+"\x00"+purpose, n)
	if err != nil {
		panic("seal: " + err.Error()) // only for lengths beyond 255 hashes
	}
	return out
}
