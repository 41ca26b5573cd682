package okta

import (
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// replayMemory is how long a token's id is remembered at least: longer than
	// any token is accepted.
	replayMemory = maxLogoutAhead + 2*leeway
	// replayMost bounds the ids of one generation. There are two, so it takes
	// about 10 MB to fill the memory, and only the org can: an id is remembered
	// when its token is found genuine.
	replayMost = 100_000
)

// ReplayGuard remembers the tokens of Universal Logout that were used, so that
// one that was overheard is worth nothing. The zero value is ready, and safe for
// concurrent use; one guard may serve any number of Orgs. Beyond 100,000 tokens
// in a dozen minutes the oldest are forgotten: refusing to end sessions would be
// worse than ending them twice.
//
// It is the memory of one process. Another replica, and a process that begins
// anew, accepts the same token once more within its few minutes, which ends no
// other sessions than the first time, and those begun since.
type ReplayGuard struct {
	mu                sync.Mutex
	began             time.Time // of the current generation
	current, previous map[[sha256.Size]byte]struct{}
}

// first remembers a token's id, and tells whether it was not known.
func (g *ReplayGuard) first(issuer, id string, now time.Time) bool {
	sum := sha256.Sum256([]byte(issuer + "\x00" + id))
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.current == nil || now.Sub(g.began) >= replayMemory || len(g.current) >= replayMost {
		g.previous, g.current, g.began = g.current, map[[sha256.Size]byte]struct{}{}, now
	}
	_, known := g.current[sum]
	_, older := g.previous[sum]
	if known || older {
		return false
	}
	g.current[sum] = struct{}{}
	return true
}
