package session

import (
	"maps"
	"sync/atomic"
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

	// Times are kept to the second, that of the sign-in to the millisecond.
	CreatedAt time.Time // of the sign-in; never moved by a refresh
	UsedAt    time.Time // of the last use that was recorded (Limits.DueTouch)
	AuthTime  time.Time // when the user last proved who they are, as the issuer says; may be zero

	RefreshToken   string    // may be empty
	TokenExpiresAt time.Time // end of the access token; may be zero
	RefreshedAt    time.Time // when Okta last confirmed the claims: at sign-in, and at each refresh

	AccessToken string // kept only where a header passes it on
	IDToken     string // likewise

	AtOkta   bool // the sign-in sent the browser to Okta, which may have a session of its own now
	Remember bool // the user asked to be kept signed in

	derived atomic.Pointer[derived]
	names   atomic.Pointer[names]
	found   atomic.Bool // that a mark ended it, and Marks.Found knows
}

// Clone returns a copy that may be changed: what Load returns is shared. The
// values of the claims are shared still and must be replaced, not changed.
func (s *Session) Clone() *Session {
	return &Session{
		ID: s.ID, Issuer: s.Issuer, Subject: s.Subject, Login: s.Login, Email: s.Email,
		Claims:    maps.Clone(s.Claims),
		CreatedAt: s.CreatedAt, UsedAt: s.UsedAt, AuthTime: s.AuthTime,
		RefreshToken: s.RefreshToken, TokenExpiresAt: s.TokenExpiresAt, RefreshedAt: s.RefreshedAt,
		AccessToken: s.AccessToken, IDToken: s.IDToken,
		AtOkta: s.AtOkta, Remember: s.Remember,
	}
}

type derived struct{ owner, value any }

// Derive returns what make gives for the session, made once for as long as the
// owner is the same: what follows from the claims alone need not be worked out
// at every request. The value is shared and must not be changed.
func (s *Session) Derive(owner any, make func() any) any {
	if d := s.derived.Load(); d != nil && d.owner == owner {
		return d.value
	}
	value := make()
	s.derived.Store(&derived{owner, value})
	return value
}

// Forget drops what was derived, which then is made anew.
func (s *Session) Forget() { s.derived.Store(nil) }

// NewID returns a session id of 192 random bits.
func NewID() string { return seal.Random(24) }

// skew is how far the clock of another replica may be ahead of ours. A session
// from further in the future was made by a clock that was wrong, and would
// outlive its lifetime by as much.
const skew = 5 * time.Minute

// Limits bound a session's life. All are enforced here, on the server: the
// cookie's own age is a courtesy to the browser.
type Limits struct {
	// Lifetime ends a session that long after its sign-in, whatever happens in
	// between. Without one no session is valid.
	Lifetime time.Duration
	// Idle ends a session that was not used for that long; 0 turns it off.
	Idle time.Duration
	// Remember takes the place of both for a session whose user asked to be kept
	// signed in; 0 leaves both as they are.
	Remember time.Duration
}

// of the session: how long it may last, and how long without being used.
func (l Limits) of(s *Session) (lifetime, idle time.Duration) {
	if s.Remember && l.Remember > 0 {
		return l.Remember, 0
	}
	return l.Lifetime, l.Idle
}

// Longest is how long any session may last.
func (l Limits) Longest() time.Duration { return max(l.Lifetime, l.Remember) }

// Expired reports whether a session is over at now.
func (l Limits) Expired(s *Session, now time.Time) bool {
	lifetime, idle := l.of(s)
	if s.CreatedAt.After(now.Add(skew)) || now.Sub(s.CreatedAt) >= lifetime {
		return true
	}
	return idle > 0 && (s.UsedAt.After(now.Add(skew)) || now.Sub(s.UsedAt) >= idle)
}

// DueTouch reports whether UsedAt is worth renewing at now: after a tenth of
// Idle, and not more than once a minute unless Idle is a matter of minutes
// itself. So a session may end up to that much early, never late.
func (l Limits) DueTouch(s *Session, now time.Time) bool {
	_, idle := l.of(s)
	return idle > 0 && now.Sub(s.UsedAt) >= max(idle/10, min(time.Minute, idle/4))
}

// Ends is when the session is over at the latest.
func (l Limits) Ends(s *Session) time.Time {
	lifetime, _ := l.of(s)
	return s.CreatedAt.Add(lifetime)
}
