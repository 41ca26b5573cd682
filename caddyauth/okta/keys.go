package okta

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// keysAge is how long keys are trusted without asking again: a key that the
	// org has withdrawn is gone from here a day later at the latest.
	keysAge = 24 * time.Hour
	// refetchInterval is the least time between two fetches of the keys of
	// which the first did not bring the key that was looked for. A rotation is
	// followed at once; a flood of tokens with made-up keys costs the org six
	// calls a minute.
	refetchInterval = 10 * time.Second
)

// keySet is what a jwks_uri gave (RFC 7517, section 5).
type keySet struct {
	keys []jose.JSONWebKey
	at   time.Time
}

// verify returns the payload, if one of the keys made the signature. A token
// that names a key (kid) is checked with that one; for a token that names none,
// every key of the set is tried.
func (s *keySet) verify(jws *jose.JSONWebSignature) ([]byte, bool) {
	header := jws.Signatures[0].Header
	for i := range s.keys {
		k := &s.keys[i]
		if header.KeyID != "" && k.KeyID != header.KeyID || k.Algorithm != "" && k.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := jws.Verify(k); err == nil {
			return payload, true
		}
	}
	return nil, false
}

// verifySignature checks a token with the authority's keys, those in memory first.
// Keys that cannot be renewed are used on.
func (a *authority) verifySignature(ctx context.Context, jws *jose.JSONWebSignature) ([]byte, error) {
	now := a.org.cfg.Now
	known := a.keys.Load()
	if known != nil {
		payload, ok := known.verify(jws)
		if ok && now().Sub(known.at) < keysAge {
			return payload, nil
		}
		if !ok && a.missed.within(refetchInterval, now()) {
			return nil, errNoKey
		}
	}
	fresh, err := shared(ctx, &a.flights, "keys", func(ctx context.Context) (*keySet, error) {
		if s := a.keys.Load(); s != known {
			return s, nil // somebody else has asked meanwhile
		}
		s, err := a.fetchKeys(ctx)
		if err != nil {
			a.failed.set(now())
			return nil, err
		}
		a.keys.Store(s)
		// Noted here rather than by the caller, who may have gone: hanging up
		// early must not make room for the next fetch.
		if _, ok := s.verify(jws); !ok {
			a.missed.set(now())
		}
		return s, nil
	})
	if err != nil {
		if known != nil {
			if payload, ok := known.verify(jws); ok {
				a.org.cfg.Logger.Warn("renewing the org's keys failed; the last ones are used on", "error", err)
				return payload, nil
			}
		}
		return nil, callError("keys", err)
	}
	payload, ok := fresh.verify(jws)
	if !ok {
		return nil, errNoKey
	}
	return payload, nil
}

// verifyStranger is verifySignature for a token that anybody may have sent. After
// a fetch that failed, the keys in memory alone decide for a while: a flood must
// not weigh on an org that has trouble already.
func (a *authority) verifyStranger(ctx context.Context, jws *jose.JSONWebSignature) ([]byte, error) {
	if !a.failed.within(refetchInterval, a.org.cfg.Now()) {
		return a.verifySignature(ctx, jws)
	}
	if known := a.keys.Load(); known != nil {
		if payload, ok := known.verify(jws); ok {
			return payload, nil
		}
	}
	return nil, unreachable("keys", errors.New("asking for them has failed a moment ago"))
}

var errNoKey = errors.New("no key of the org verifies the signature")

// fetchKeys asks for the keys and keeps those that may check a signature. One
// that cannot be read does not spoil the others; a set without any is an error,
// so that it never takes the place of a good one.
func (a *authority) fetchKeys(ctx context.Context) (*keySet, error) {
	d, err := a.discover(ctx)
	if err != nil {
		return nil, err
	}
	got, err := a.org.get(ctx, "keys", d.Keys)
	if err != nil {
		return nil, err
	}
	var body struct {
		Keys []json.RawMessage `json:"keys"`
	}
	notKeys := &Error{Kind: NotOkta, Endpoint: "keys", Status: got.status, Err: errors.New("answer has no key that can check a signature")}
	if json.Unmarshal(got.body, &body) != nil {
		return nil, notKeys
	}
	s := &keySet{at: a.org.cfg.Now()}
	for _, raw := range body.Keys {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) == nil && usable(&k) {
			s.keys = append(s.keys, k)
		}
	}
	if len(s.keys) == 0 {
		return nil, notKeys
	}
	return s, nil
}

// usable refuses keys that are not for signatures, and weak ones: secrets (a
// published one lets everybody sign), RSA below 2048 bits (NIST SP 800-131A) or
// with the exponent 1, with which any value is its own signature.
func usable(k *jose.JSONWebKey) bool {
	if !k.Valid() || !k.IsPublic() || k.Use != "" && k.Use != "sig" {
		return false
	}
	if r, ok := k.Key.(*rsa.PublicKey); ok {
		return r.N.BitLen() >= 2048 && r.E >= 3 && r.E%2 == 1
	}
	return true
}

// signature is an authority's keys in the form in which go-oidc asks for them. It
// keeps the error, whose kind go-oidc would lose.
type signature struct {
	by  *authority
	jws *jose.JSONWebSignature
	err error
}

// VerifySignature implements oidc.KeySet.
func (s *signature) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	payload, err := s.by.verifySignature(ctx, s.jws)
	if err != nil {
		s.err = fmt.Errorf("id_token: %w", err)
	}
	return payload, err
}
