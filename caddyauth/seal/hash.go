package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// Hash is a short keyed hash of value under the newest key, 22 characters of
// base64url: for log lines about what must not be logged, and as a look-up
// name. Equal values hash alike within one purpose and differ between two. An
// unkeyed hash would not do: identifiers and passwords can be guessed.
func (k *Keyring) Hash(purpose, value string) string { return k.keys[0].hash(purpose, value) }

// Hashers are Hash under each key, the newest first: for finding what was hashed
// before a rotation.
func (k *Keyring) Hashers() []func(purpose, value string) string {
	hashers := make([]func(purpose, value string) string, len(k.keys))
	for i, key := range k.keys {
		hashers[i] = key.hash
	}
	return hashers
}

func (k *key) hash(purpose, value string) string {
	mac := hmac.New(sha256.New, k.derive("hash", purpose, sha256.Size))
	mac.Write([]byte(value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
