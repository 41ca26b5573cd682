package okta

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// leeway for the times in tokens: the clocks of Okta and of this machine may
// differ by that much, in either direction.
const leeway = time.Minute

// Claims about a user, as JSON values; numbers are json.Number.
type Claims map[string]any

// Text returns a string claim, or "".
func (c Claims) Text(name string) string {
	s, _ := c[name].(string)
	return s
}

// Has tells whether the claim is there with a value.
func (c Claims) Has(name string) bool {
	v, ok := c[name]
	return ok && v != nil && v != ""
}

// verify checks an ID token (OpenID Connect Core 1.0, section 3.1.3.7).
// go-oidc checks the signature and its algorithm, iss, aud, exp and nbf; what it
// leaves to its caller is checked here: nonce, azp, iat, sub and at_hash.
func (o *Org) verify(ctx context.Context, raw, access, nonce string) (Claims, error) {
	d, err := o.discover(ctx)
	if err != nil {
		return nil, err
	}
	token, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("id_token: %w", err)
	}
	claims, err := decodeClaims(token.Claims)
	if err != nil {
		return nil, fmt.Errorf("id_token: %w", err)
	}
	azp, hasAZP := claims["azp"]
	now := o.cfg.Now()
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1:
		return nil, errors.New("id_token: nonce is not the one of this sign-in")
	case token.Subject == "" || len(token.Subject) > 255:
		return nil, errors.New("id_token: sub is empty or longer than 255 bytes")
	case hasAZP && azp != o.cfg.ClientID, len(token.Audience) > 1 && !hasAZP:
		return nil, fmt.Errorf("id_token: issued to another client (azp %q, aud %q)", azp, token.Audience)
	case !claims.Has("iat"):
		return nil, errors.New("id_token: iat is missing")
	case token.IssuedAt.After(now.Add(leeway)):
		return nil, fmt.Errorf("id_token: issued in the future, at %s; this machine's clock says %s", token.IssuedAt, now)
	case token.Expiry.After(now.Add(10 * 365 * 24 * time.Hour)):
		return nil, errors.New("id_token: exp is not a sensible time")
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(access); err != nil {
			return nil, fmt.Errorf("id_token: at_hash: %w", err)
		}
	}
	return claims, nil
}

// decodeClaims keeps numbers as they were written.
func decodeClaims(into func(any) error) (Claims, error) {
	var raw json.RawMessage
	if err := into(&raw); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var c Claims
	if err := dec.Decode(&c); err != nil || c == nil {
		return nil, errors.New("claims are not a JSON object")
	}
	return c, nil
}
