package assertion

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/go-jose/go-jose/v4"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// Signer signs with the newest key of a keyring and publishes all of them. It may
// be shared.
type Signer struct {
	signer jose.Signer
	keySet []byte
}

// NewSigner derives a key on P-256 from each secret of the keyring, for ES256
// (RFC 7518, section 3.4).
func NewSigner(keyring *seal.Keyring) (*Signer, error) {
	var set jose.JSONWebKeySet
	var newest *jose.SigningKey
	for _, seed := range keyring.Derive("assertion", seedSize) {
		private, err := keyOf(seed)
		if err != nil {
			return nil, fmt.Errorf("deriving the key of assertions: %w", err)
		}
		public := jose.JSONWebKey{Key: private.Public(), Algorithm: string(jose.ES256), Use: "sig"}
		thumbprint, err := public.Thumbprint(crypto.SHA256) // RFC 7638
		if err != nil {
			return nil, fmt.Errorf("naming the key of assertions: %w", err)
		}
		public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
		set.Keys = append(set.Keys, public)
		if newest == nil {
			newest = &jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private, KeyID: public.KeyID}}
		}
	}
	signer, err := jose.NewSigner(*newest, new(jose.SignerOptions).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("preparing the key of assertions: %w", err)
	}
	keySet, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("publishing the keys of assertions: %w", err)
	}
	return &Signer{signer: signer, keySet: keySet}, nil
}

// KeySet is the JWK Set (RFC 7517, section 5) of the public keys, newest first.
func (s *Signer) KeySet() []byte { return s.keySet }

// seedSize is that of a scalar and 64 bits more, so that the remainder of a
// division by the curve's order is as good as evenly spread.
const seedSize = 40

// keyOf makes a key of random bits (FIPS 186-5, appendix A.2.1).
func keyOf(seed []byte) (*ecdsa.PrivateKey, error) {
	curve := elliptic.P256()
	last := new(big.Int).Sub(curve.Params().N, big.NewInt(1))
	scalar := new(big.Int).SetBytes(seed)
	scalar.Mod(scalar, last).Add(scalar, big.NewInt(1))
	return ecdsa.ParseRawPrivateKey(curve, scalar.FillBytes(make([]byte, (curve.Params().BitSize+7)/8)))
}
