package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// A sealed value is, in base64url without padding:
//
//	version (1 byte) | key id (4) | nonce (24) | XChaCha20-Poly1305 box
//
// The nonce is random: with 192 bits no number of seals makes a repetition
// likely, where the 96 bits of AES-GCM allow 2^32.
const (
	version   = 1
	idSize    = 4
	nonceSize = chacha20poly1305.NonceSizeX
	headSize  = 1 + idSize + nonceSize

	// MaxSealed is the longest sealed value that Open looks at, in characters.
	// It bounds the work that a stranger can ask for.
	MaxSealed = 256 << 10
)

// strict refuses base64 whose unused last bits are set, so that a value has
// one spelling only.
var strict = base64.RawURLEncoding.Strict()

// Binding says where a sealed value is good. It opens under an equal binding
// only: not as another purpose's value, under another cookie name or on
// another host. Empty fields are fine and equal only each other.
type Binding struct {
	Purpose string // "session", "transaction", ...: each has a key of its own; never data
	Name    string // the full name of the cookie
	Host    string // the host the cookie belongs to
}

// Seal encrypts and authenticates plaintext for one binding with the newest
// key. The result is safe in a cookie and differs at each call. Overhead is 45
// bytes, then a third for base64; what exceeds MaxSealed will not open again.
func (k *Keyring) Seal(b Binding, plaintext []byte) string {
	key := k.keys[0]
	out := make([]byte, headSize, headSize+len(plaintext)+chacha20poly1305.Overhead)
	out[0] = version
	copy(out[1:], key.id[:])
	nonce := out[1+idSize : headSize]
	rand.Read(nonce)
	out = key.aead(b).Seal(out, nonce, plaintext, b.additional(out[:1+idSize]))
	return strict.EncodeToString(out)
}

// Open returns what was sealed, and false for anything that these keys did not
// seal for this binding.
func (k *Keyring) Open(b Binding, sealed string) ([]byte, bool) {
	// The decoder skips line breaks; a value of ours has none.
	if len(sealed) > MaxSealed || strings.IndexByte(sealed, '\n') >= 0 || strings.IndexByte(sealed, '\r') >= 0 {
		return nil, false
	}
	raw, err := strict.DecodeString(sealed)
	if err != nil || len(raw) < headSize+chacha20poly1305.Overhead || raw[0] != version {
		return nil, false
	}
	id, nonce, box := raw[1:1+idSize], raw[1+idSize:headSize], raw[headSize:]
	for _, key := range k.keys {
		if !bytes.Equal(key.id[:], id) {
			continue
		}
		if plaintext, err := key.aead(b).Open(nil, nonce, box, b.additional(raw[:1+idSize])); err == nil {
			return plaintext, true
		}
	}
	return nil, false
}

// KeyID tells which key sealed a value, in the form of Keyring.ID, without
// opening it; false for what cannot be a sealed value. Nothing is verified: who
// sends a value can name any key.
func KeyID(sealed string) (id string, ok bool) {
	const chars = 8 // that hold the version and the id
	if len(sealed) < strict.EncodedLen(headSize+chacha20poly1305.Overhead) || len(sealed) > MaxSealed {
		return "", false
	}
	head, err := strict.DecodeString(sealed[:chars])
	if err != nil || len(head) != strict.DecodedLen(chars) || head[0] != version { // shorter: a line break was skipped
		return "", false
	}
	return hex.EncodeToString(head[1 : 1+idSize]), true
}

// aead is the cipher of one purpose: a value sealed for one purpose does not
// even share a key with another's.
func (k *key) aead(b Binding) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(k.derive("seal", b.Purpose, chacha20poly1305.KeySize))
	if err != nil {
		panic("seal: " + err.Error()) // only for a key of the wrong size
	}
	return aead
}

// additional is the data that is authenticated beside the box. Each field has
// its length in front: joined without, ("ab", "c") and ("a", "bc") would be
// one binding (Envoy CVE-2023-35941).
func (b Binding) additional(head []byte) []byte {
	fields := [...]string{b.Purpose, b.Name, b.Host}
	size := len(head)
	for _, field := range fields {
		size += 4 + len(field)
	}
	out := append(make([]byte, 0, size), head...)
	for _, field := range fields {
		out = binary.BigEndian.AppendUint32(out, uint32(len(field)))
		out = append(out, field...)
	}
	return out
}
