package redisstore

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// tokenBytes is the randomness of a token. It is all that the browser holds.
const tokenBytes = 32

// strict gives a token one spelling only.
var strict = base64.RawURLEncoding.Strict()

// locator is where the session of a token lies, and what its record is sealed
// with. Both follow from the token one way: Redis sees neither the token nor the
// key, and a token of another host or application leads elsewhere.
type locator struct {
	id   string // in Redis' keys: 22 characters of base64url
	ring *seal.Keyring
	bind seal.Binding
}

// locate reads a token; false for anything that Save did not make.
func (s *Store) locate(host, token string) (locator, bool) {
	raw, err := strict.DecodeString(token)
	if err != nil || len(raw) != tokenBytes || len(token) != strict.EncodedLen(tokenBytes) {
		return locator{}, false
	}
	at := locator{bind: seal.Binding{Purpose: "redis session", Name: s.Name, Host: host}}
	at.id = strict.EncodeToString(expand(raw, "id", s.Name, host)[:16])
	// The token alone would do against who reads Redis. With the keyring in it, a
	// stolen cookie and a stolen dump together are no session's tokens yet; and a
	// key that is taken away ends what was sealed under it, as in every store.
	var secrets []string
	half := strict.EncodeToString(expand(raw, "seal", s.Name, host))
	for _, hash := range s.Keyring.Hashers() {
		secrets = append(secrets, half+hash("redis session", s.sessionKey(at.id)))
	}
	at.ring, err = seal.New(secrets...)
	return at, err == nil
}

// expand derives 32 bytes for one use from a token. The parts are hashed each by
// itself: joined, ("ab", "c") and ("a", "bc") would be one.
func expand(token []byte, parts ...string) []byte {
	mac := hmac.New(sha256.New, token)
	for _, part := range parts {
		sum := sha256.Sum256([]byte(part))
		mac.Write(sum[:])
	}
	return mac.Sum(nil)
}
