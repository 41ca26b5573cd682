package session

import (
	"sync"
	"time"
)

// maxRevoked bounds the list; an entry is about 100 bytes.
const maxRevoked = 100_000

// Revoked is the list of sessions that ended before their time, for stores
// that cannot forget what a browser holds. It lives in this process: another
// replica, or a restart, does not know it, and there a copied cookie is good
// until its limits end it. The zero value is ready; a nil list is empty and
// stays so.
type Revoked struct {
	mu   sync.RWMutex
	ends map[string]time.Time // session id -> when the session would have ended
}

// Add puts a session on the list until its own end. A full list gives up the
// entry that ends first: the one whose cookie is worth least.
func (r *Revoked) Add(id string, end, now time.Time) {
	if r == nil || !end.After(now) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ends == nil {
		r.ends = map[string]time.Time{}
	}
	if len(r.ends) >= maxRevoked {
		r.makeRoom(now)
	}
	r.ends[id] = end
}

// Has reports whether the session was ended.
func (r *Revoked) Has(id string) bool {
	if r == nil {
		return false
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, ok := r.ends[id]
	return ok
}

// makeRoom removes what has ended by itself, or else the entry that ends first.
func (r *Revoked) makeRoom(now time.Time) {
	var first string
	for id, end := range r.ends {
		if !end.After(now) {
			delete(r.ends, id)
		} else if first == "" || end.Before(r.ends[first]) {
			first = id
		}
	}
	if len(r.ends) >= maxRevoked {
		delete(r.ends, first)
	}
}
