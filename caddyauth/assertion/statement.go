package assertion

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
)

// Lifetime is how long an assertion is good. Until half of it has passed one
// serves all requests of a session, so that what arrives is good for two minutes
// and a half at least, unless the session ends before.
const Lifetime = 5 * time.Minute

// own are the claims that the gate alone makes (RFC 7519, section 4.1).
var own = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}

// Terms are what all assertions of a gate have in common.
type Terms struct {
	Issuer string
	// Audience names the applications that may take one: an assertion of another
	// gate, even with the same keys, is not for them.
	Audience []string
}

// CheckClaim refuses the name of a claim that an assertion has of its own.
func CheckClaim(name string) error {
	if name == "" || slices.Contains(own, name) {
		return fmt.Errorf("the claim %q is the assertion's own: name claims of the user, such as email", name)
	}
	return nil
}

// Sign makes the assertion of a user. It ends with the session, ends, at the
// latest; renew is when another is to be made.
func (s *Signer) Sign(t Terms, subject string, claims map[string]any, now, ends time.Time) (assertion string, renew time.Time, err error) {
	expires := now.Add(Lifetime)
	if ends.Before(expires) {
		expires = ends
	}
	all := maps.Clone(claims)
	if all == nil {
		all = make(map[string]any)
	}
	for _, name := range own {
		delete(all, name)
	}
	all["iss"], all["sub"] = t.Issuer, subject
	all["iat"], all["exp"] = now.Unix(), expires.Unix()
	all["aud"] = t.Audience
	if len(t.Audience) == 1 {
		all["aud"] = t.Audience[0] // as most who verify expect it
	}
	assertion, err = jwt.Signed(s.signer).Claims(all).Serialize()
	if err != nil {
		return "", time.Time{}, fmt.Errorf("signing the assertion: %w", err)
	}
	return assertion, now.Add(expires.Sub(now) / 2), nil
}
