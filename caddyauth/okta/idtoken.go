package okta

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
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
	if err := checkHeader(raw); err != nil {
		return nil, badToken(err)
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

// checkHeader refuses a header that brings its own key, points to one, or asks
// for processing that is not done here (RFC 8725, section 3.10; RFC 7515,
// section 4.1.11), and a token made for another use (RFC 8725, section 3.11).
func checkHeader(raw string) error {
	if strings.ContainsAny(raw, " \t\r\n") {
		return errors.New("white space in the token") // the decoder skips it
	}
	part, _, _ := strings.Cut(raw, ".")
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return errors.New("header is not base64url")
	}
	var header Claims
	if header, err = decodeClaims(func(v any) error { return json.Unmarshal(data, v) }); err != nil {
		return err
	}
	for _, name := range []string{"jwk", "jku", "x5c", "x5u", "crit", "b64", "zip", "cty"} {
		if _, ok := header[name]; ok {
			return fmt.Errorf("header has %q", name)
		}
	}
	if typ, ok := header["typ"]; ok && !strings.EqualFold(header.Text("typ"), "JWT") {
		return fmt.Errorf("header says that it is of the type %q", fmt.Sprint(typ))
	}
	return nil
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

// decodeClaims reads a JSON object. Numbers are kept as they were written; a
// member that comes twice is refused, because readers differ in which of the
// two they take (RFC 8725, section 2.4; RFC 8259, section 4).
func decodeClaims(into func(any) error) (Claims, error) {
	var raw json.RawMessage
	if err := into(&raw); err != nil {
		return nil, errors.New("not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	claims := Claims{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, errors.New("not a JSON object")
		}
		key, _ := name.(string)
		var value any
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("claim %q cannot be read", key)
		}
		if _, twice := claims[key]; twice {
			return nil, fmt.Errorf("%q comes twice", key)
		}
		claims[key] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errors.New("not a JSON object")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("more than a JSON object")
	}
	return claims, nil
}
