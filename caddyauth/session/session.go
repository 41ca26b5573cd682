package session

import (
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// Session is one signed-in user in one browser.
type Session struct {
	// ID is new at each sign-in (NewID), so that an id which somebody planted
	// before it is worth nothing after it. It names the session for as long as
	// it lives; the cookie's token may change meanwhile.
	ID string

	Issuer  string // the authorization server that vouched for the user
	Subject string // its name for the user; Issuer and Subject are the identity
	Login   string // preferred_username
	Email   string // lower case

	// Claims holds what headers, rules and placeholders use and nothing else.
	// One that was asked for and that the user lacks is there as nil: an absent
	// name was never asked for, and the session is too old for a configuration
	// that uses it. Out of a store, numbers are json.Number.
	Claims map[string]any

	// Times are kept to the second.
	CreatedAt time.Time // of the sign-in; never moved by a refresh
	UsedAt    time.Time // of the last use that was recorded (Limits.DueTouch)
	AuthTime  time.Time // when the user last proved who they are, as the issuer says; may be zero

	RefreshToken   string    // may be empty
	TokenExpiresAt time.Time // when the claims are due for a refresh; may be zero
}

// NewID returns a session id of 192 random bits.
func NewID() string { return seal.Random(24) }

// skew is how far the clock of another replica may be ahead of ours. A session
// from further in the future was made by a clock that was wrong, and would
// outlive its lifetime by as much.
const skew = 5 * time.Minute

// Limits bound a session's life. Both are enforced here, on the server: the
// cookie's own age is a courtesy to the browser.
type Limits struct {
	// Lifetime ends a session that long after its sign-in, whatever happens in
	// between. Without one no session is valid.
	Lifetime time.Duration
	// Idle ends a session that was not used for that long; 0 turns it off.
	Idle time.Duration
}

// Expired reports whether a session is over at now.
func (l Limits) Expired(s *Session, now time.Time) bool {
	if s.CreatedAt.After(now.Add(skew)) || now.Sub(s.CreatedAt) >= l.Lifetime {
		return true
	}
	return l.Idle > 0 && (s.UsedAt.After(now.Add(skew)) || now.Sub(s.UsedAt) >= l.Idle)
}

// DueTouch reports whether UsedAt is worth renewing at now: after a tenth of
// Idle, and not more than once a minute unless Idle is a matter of minutes
// itself. So a session may end up to that much early, never late.
func (l Limits) DueTouch(s *Session, now time.Time) bool {
	return l.Idle > 0 && now.Sub(s.UsedAt) >= max(l.Idle/10, min(time.Minute, l.Idle/4))
}

// Ends is when the session is over at the latest.
func (l Limits) Ends(s *Session) time.Time { return s.CreatedAt.Add(l.Lifetime) }
