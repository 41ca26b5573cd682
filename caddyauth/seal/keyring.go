package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// MinSecret is the least number of characters of a secret: 32 characters of
// base64 hold 192 bits. A shorter one is a password, and a sealed cookie lets
// whoever holds it guess at leisure.
const MinSecret = 32

// Keyring seals and opens. Its secrets do not change after New, and it may be
// shared.
type Keyring struct {
	keys []*key // newest first
}

// key is what one secret gives: a pseudorandom key that the key of each
// purpose is expanded from (RFC 5869), and an id that says which key to try.
type key struct {
	prk []byte
	id  [idSize]byte

	mu      sync.RWMutex
	derived map[use][]byte
}

// use is what a derived key is for: one of this package's own words, and a
// purpose.
type use struct{ word, purpose string }

// maxDerived bounds the derived keys that are kept. Purposes are a program's own
// words, a handful; more of them than this cost a derivation at each call.
const maxDerived = 32

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
		one := &key{prk: prk, derived: map[use][]byte{}}
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

// ID names the newest key, for logs and for comparing two replicas: 8
// hexadecimal digits, derived one way, that reveal nothing about the secret.
func (k *Keyring) ID() string { return k.keys[0].name() }

// IDs names all keys, newest first.
func (k *Keyring) IDs() []string {
	ids := make([]string, len(k.keys))
	for i, key := range k.keys {
		ids[i] = key.name()
	}
	return ids
}

// Has tells whether one of the keys has this id, so that a value of KeyID's may
// open here. A value of a key that is not here was sealed by a replica with
// other keys, or before the key was taken away, or is made up.
func (k *Keyring) Has(id string) bool {
	return slices.ContainsFunc(k.keys, func(key *key) bool { return key.name() == id })
}

func (k *key) name() string { return hex.EncodeToString(k.id[:]) }

// Derive expands n bytes from each key, newest first, for a purpose of the caller's:
// what needs a secret that replicas share and that is rotated with the keys. The
// bytes of one purpose say nothing about those of another.
func (k *Keyring) Derive(purpose string, n int) [][]byte {
	all := make([][]byte, len(k.keys))
	for i, key := range k.keys {
		all[i] = bytes.Clone(key.derive("derive", purpose, n))
	}
	return all
}

// Format keeps every fmt verb away from the keys: a keyring that ends up in a
// log line or an error prints its ID.
func (k *Keyring) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "keyring(%s)", k.ID())
}

// derive expands n bytes for one use, once: each of them is asked for at every
// request. The word has no NUL, and so ends at the first one.
func (k *key) derive(word, purpose string, n int) []byte {
	u := use{word, purpose}
	k.mu.RLock()
	out, ok := k.derived[u]
	k.mu.RUnlock()
	if ok {
		return out
	}
	out, err := hkdf.Expand(sha256.New, k.prk, "caddy-okta "+word+"\x00"+purpose, n)
	if err != nil {
		panic("seal: " + err.Error()) // only for lengths beyond 255 hashes
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.derived) < maxDerived {
		k.derived[u] = out
	}
	return out
}
