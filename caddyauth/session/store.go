package session

import (
	"context"
	"time"
)

// Store keeps sessions behind the token that the browser's cookie carries. A
// token is good on the host that it was made for and on no other: host is the
// site's origin, or the request's host where one site serves several.
//
// A token that is unknown, expired, tampered with or malformed means no
// session: (nil, nil). An err is for system faults only, a store that does not
// answer or a context that ended, and never means that the user is signed out:
// a request that the browser gave up must not cost it its session.
//
// Stores may be used by many goroutines at once. A *Session that Load returns is
// shared with other requests: it is read, never changed; change a Clone and Save
// that. Save keeps s itself or a copy of it, so s is shared from then on too.
type Store interface {
	// Load returns the session behind token, or nil.
	Load(ctx context.Context, host, token string) (*Session, error)

	// Save writes s and returns the token that the cookie must carry from now
	// on. An empty token means a new session. Saving a session that was deleted
	// meanwhile is no error and does not bring it back: the user signed out
	// while another request of theirs was being refreshed.
	Save(ctx context.Context, host, token string, s *Session) (newToken string, err error)

	// Delete ends the session behind token. One that is not there is no error.
	Delete(ctx context.Context, host, token string) error
}

// Leaser is a Store that several processes share. One of them at a time
// refreshes a session: with rotating refresh tokens, a second redeem of the same
// token would end the family (RFC 9700, section 4.14.2).
type Leaser interface {
	// Lease takes the session behind token for a refresh. held is false where
	// another process has it: its result is to be awaited with Fresh. The lease is
	// renewed until release is called, and ends soon after its holder has died.
	Lease(ctx context.Context, host, token string) (release func(), held bool, err error)

	// Fresh is Load past every cache of this process.
	Fresh(ctx context.Context, host, token string) (*Session, error)
}

// Lister is a Store that knows which sessions there are.
type Lister interface {
	// List returns sessions, newest first, at most limit of them; who narrows it
	// to a user's, nil is everybody. more tells that there are further ones.
	List(ctx context.Context, who *Who, limit int) (infos []Info, more bool, err error)
}

// Info is what administration sees of a session: never a token, and never
// anything that a token could be made from.
type Info struct {
	Handle    string // names the session, see Handle
	Site      string // host as it was given to Save
	Login     string // "" where the store keeps it sealed
	Email     string // likewise
	Subject   string // likewise
	CreatedAt time.Time
	UsedAt    time.Time
	EndsAt    time.Time // at the latest
}
