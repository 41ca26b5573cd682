package oktasim

import (
	"math"
	"time"
)

// expiredStep asks for another password when the one that was given has
// expired, or will soon.
var expiredStep = &step{
	due:   func(t *turn) bool { return t.tx.attempt == nil && t.expiry() != authenticate },
	enter: enterExpired,
	show:  func(*turn, *answer) {}, // it is always entered
}

const (
	msgPasswordExpiring = "idx.password.expiring.message"
	msgPasswordSoon     = "idx.password.expiring.today.message"
)

// expiry says what the password that was given has come to: reenroll, rewarn,
// or authenticate when it is good.
func (t *turn) expiry() purpose {
	tx := t.tx
	given := false
	for _, p := range tx.proven {
		given = given || p.of.name == "password" && p.purpose == authenticate
		if p.of.name == "password" && p.purpose != authenticate {
			return authenticate // it is new
		}
	}
	if !given {
		return authenticate
	}
	expires := tx.policy.PasswordRules.expiry(tx.user)
	switch {
	case tx.user.Status == PasswordExpired, !expires.IsZero() && t.Now().After(expires):
		return reenroll
	case !expires.IsZero() && t.daysToExpiry() <= tx.policy.PasswordRules.WarnDays && !t.skipped(remediations[rewarn]):
		return rewarn
	}
	return authenticate
}

func enterExpired(t *turn) bool {
	return t.attempt(t.expiry(), t.authenticator("password"), nil, selection{}) == nil
}

// daysToExpiry counts a day that has begun.
func (t *turn) daysToExpiry() int {
	left := t.tx.policy.PasswordRules.expiry(t.tx.user).Sub(t.Now())
	return max(0, int(math.Ceil(float64(left)/float64(24*time.Hour))))
}
