package session

import (
	"sync"
	"time"
)

// Cache holds sessions that were opened lately, so that a browser's cookie is
// not opened anew at each of its requests. It decides nothing: limits and marks
// are looked at after it. The zero value is ready; nil keeps nothing.
//
// It has two generations. What is asked for moves to the younger one; when that
// is full, the older one is dropped as a whole. So no entry that is in use is
// lost, and nothing has to be kept in order.
type Cache struct {
	// MaxEntries bounds both generations together; 0 means 10,000.
	MaxEntries int
	// MaxAge is how long an entry is good; 0 means until it is dropped.
	MaxAge time.Duration

	mu         sync.Mutex
	young, old map[cacheKey]cached
}

type cacheKey struct{ host, token string }

type cached struct {
	session *Session
	at      time.Time
}

// Get returns the session of a token, or nil.
func (c *Cache) Get(host, token string, now time.Time) *Session {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := cacheKey{host, token}
	entry, ok := c.young[key]
	if !ok {
		if entry, ok = c.old[key]; ok {
			delete(c.old, key)
			c.put(key, entry)
		}
	}
	if !ok || c.MaxAge > 0 && now.Sub(entry.at) >= c.MaxAge {
		return nil
	}
	return entry.session
}

// Put keeps a session, which nobody may change from now on.
func (c *Cache) Put(host, token string, s *Session, now time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(cacheKey{host, token}, cached{s, now})
}

// Drop forgets a token.
func (c *Cache) Drop(host, token string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, cacheKey{host, token})
	delete(c.old, cacheKey{host, token})
}

func (c *Cache) put(key cacheKey, entry cached) {
	limit := c.MaxEntries
	if limit <= 0 {
		limit = 10_000
	}
	if c.young == nil || len(c.young) >= max(1, limit/2) {
		c.old, c.young = c.young, make(map[cacheKey]cached)
	}
	c.young[key] = entry
}
