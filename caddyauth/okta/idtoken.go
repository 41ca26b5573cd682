package okta

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// leeway for the times in tokens: the clocks of Okta and of this machine may
// differ by that much, in either direction.
const leeway = time.Minute

// verify checks an ID token (OpenID Connect Core 1.0, section 3.1.3.7).
// go-oidc checks the algorithm, the signature, iss, aud and exp; what it leaves
// to its caller is checked here: the header, azp, iat, nbf, sub, at_hash.
// What ties the token to its occasion, nonce above all, is the caller's: bound.
func (o *Org) verify(ctx context.Context, raw, access string, bound func(Claims) error) (Claims, error) {
	algorithms := make([]jose.SignatureAlgorithm, len(o.cfg.Algorithms))
	for i, name := range o.cfg.Algorithms {
		algorithms[i] = jose.SignatureAlgorithm(name)
	}
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return nil, badToken(err)
	}
	head, err := readHeader(raw)
	if err != nil {
		return nil, badToken(err)
	}
	// A token made for another use is none (RFC 8725, section 3.11).
	if typ, ok := head["typ"]; ok && !strings.EqualFold(head.Text("typ"), "JWT") {
		return nil, badToken(fmt.Errorf("header says that it is of the type %q", fmt.Sprint(typ)))
	}
	keys := &signature{by: o.authority, jws: jws}
	token, err := oidc.NewVerifier(o.cfg.Issuer, keys, &oidc.Config{
		ClientID:             o.cfg.ClientID,
		SupportedSigningAlgs: o.cfg.Algorithms,
		Now:                  func() time.Time { return o.cfg.Now().Add(-leeway) },
	}).Verify(ctx, raw)
	var expired *oidc.TokenExpiredError
	switch {
	case keys.err != nil:
		return nil, keys.err
	case errors.As(err, &expired):
		return nil, badToken(tooOld(expired.Expiry, o.cfg.Now()))
	case err != nil:
		return nil, badToken(err)
	}
	claims, err := decodeClaims(token.Claims)
	if err == nil {
		err = o.checkClaims(claims, token)
	}
	if err == nil {
		err = bound(claims)
	}
	if err == nil {
		err = checkTimes(claims, o.cfg.Now())
	}
	if _, given := claims["at_hash"]; err == nil && given {
		err = token.VerifyAccessToken(access)
	}
	if err != nil {
		return nil, badToken(err)
	}
	return claims, nil
}

// badToken says why a token is not trusted; text from the token is bounded.
func badToken(err error) error { return errors.New("id_token: " + clean(err.Error(), 300)) }

// readHeader returns a token's header. It refuses one that brings its own key,
// points to one, or asks for processing that is not done here (RFC 8725, section
// 3.10; RFC 7515, section 4.1.11).
func readHeader(raw string) (Claims, error) {
	if strings.ContainsAny(raw, " \t\r\n") {
		return nil, errors.New("white space in the token") // the decoder skips it
	}
	part, _, _ := strings.Cut(raw, ".")
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil, errors.New("header is not base64url")
	}
	header, err := decodeClaims(func(v any) error { return json.Unmarshal(data, v) })
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"jwk", "jku", "x5c", "x5u", "crit", "b64", "zip", "cty"} {
		if _, ok := header[name]; ok {
			return nil, fmt.Errorf("header has %q", name)
		}
	}
	return header, nil
}

// checked are the claims that decide about trust.
var checked = []string{"iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash"}

func (o *Org) checkClaims(claims Claims, token *oidc.IDToken) error {
	for name := range claims {
		// Go's JSON decoder, and so go-oidc, takes "SUB" for sub; nothing else does.
		if i := slices.IndexFunc(checked, func(c string) bool { return strings.EqualFold(c, name) }); i >= 0 && checked[i] != name {
			return fmt.Errorf("claim %q passes for %s", name, checked[i])
		}
	}
	sub := claims.Text("sub")
	azp, hasAZP := claims["azp"]
	switch {
	case sub == "" || len(sub) > 255:
		return errors.New("sub is empty or longer than 255 bytes")
	case hasAZP && azp != o.cfg.ClientID, len(token.Audience) > 1 && !hasAZP:
		return fmt.Errorf("issued to another client (azp %q, aud %q)", fmt.Sprint(azp), token.Audience)
	}
	return nil
}

// hasNonce wants the nonce that was sent to /interact: a token of another
// sign-in, however well signed, is not this one's.
func hasNonce(nonce string) func(Claims) error {
	return func(claims Claims) error {
		if nonce == "" || subtle.ConstantTimeCompare([]byte(claims.Text("nonce")), []byte(nonce)) != 1 {
			return errors.New("nonce is not the one of this sign-in")
		}
		return nil
	}
}

// checkTimes wants exp and iat, and in all times plain numbers: go-oidc reads
// "123" and 1e300 as times, does not miss iat, and has a leeway of its own for nbf.
func checkTimes(claims Claims, now time.Time) error {
	at := map[string]time.Time{}
	for _, name := range []string{"exp", "iat", "nbf"} {
		value, ok := claims[name]
		if !ok && name == "nbf" {
			continue
		}
		n, ok := value.(json.Number)
		seconds, err := n.Float64()
		if !ok || err != nil || seconds <= 0 || seconds > 1<<35 {
			return fmt.Errorf("%s is missing or not a time", name)
		}
		at[name] = time.Unix(int64(seconds), 0)
	}
	for _, name := range []string{"iat", "nbf"} {
		if at[name].After(now.Add(leeway)) {
			return fmt.Errorf("%s is in the future, %s; this machine's clock says %s", name, at[name].UTC(), now.UTC())
		}
	}
	if !at["exp"].After(now.Add(-leeway)) || at["exp"].Before(at["iat"]) {
		return tooOld(at["exp"], now)
	}
	return nil
}

// tooOld names both clocks: one of them may be wrong.
func tooOld(expiry, now time.Time) error {
	return fmt.Errorf("expired at %s; this machine's clock says %s", expiry.UTC(), now.UTC())
}
