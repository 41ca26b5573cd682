package session

import "context"

// Store keeps sessions behind the token that the browser's cookie carries.
//
// A token that is unknown, expired, tampered with or malformed means no
// session: (nil, nil). An err is for system faults only, a store that does not
// answer or a context that ended, and never means that the user is signed out:
// a request that the browser gave up must not cost it its session.
//
// Stores may be used by many goroutines at once. A *Session that Load returns
// is the caller's own to change; nothing changes in the store before Save.
type Store interface {
	// Load returns the session behind token, or nil.
	Load(ctx context.Context, token string) (*Session, error)

	// Save writes s and returns the token that the cookie must carry from now
	// on. An empty token means a new session. Saving a session that was deleted
	// meanwhile is no error and does not bring it back: the user signed out
	// while another request of theirs was being refreshed.
	Save(ctx context.Context, token string, s *Session) (newToken string, err error)

	// Delete ends the session behind token. One that is not there is no error.
	Delete(ctx context.Context, token string) error
}
