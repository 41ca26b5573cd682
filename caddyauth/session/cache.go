package session

import (
	"strings"
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
	// MaxBytes bounds the memory of both, about; 0 means 64 MiB.
	MaxBytes int
	// MaxAge is how long an entry is good; 0 means until it is dropped.
	MaxAge time.Duration

	mu         sync.Mutex
	young, old map[cacheKey]cached
	bytes      int // of the young ones
}

type cacheKey struct{ host, token string }

type cached struct {
	key     cacheKey
	session *Session
	at      time.Time
	size    int
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
			c.put(entry)
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
	// The token is a part of a Cookie header, and would keep all of it.
	key := cacheKey{strings.Clone(host), strings.Clone(token)}
	entry := cached{key, s, now, len(host) + len(token) + s.size()}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(entry)
}

// Drop forgets a token.
func (c *Cache) Drop(host, token string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := cacheKey{host, token}
	c.bytes -= c.young[key].size
	delete(c.young, key)
	delete(c.old, key)
}

func (c *Cache) put(entry cached) {
	entries, bytes := c.MaxEntries, c.MaxBytes
	if entries <= 0 {
		entries = 10_000
	}
	if bytes <= 0 {
		bytes = 64 << 20
	}
	before := c.young[entry.key].size
	if c.young == nil || len(c.young) >= max(1, entries/2) || c.bytes-before+entry.size > bytes/2 {
		c.old, c.young, c.bytes, before = c.young, make(map[cacheKey]cached), 0, 0
	}
	c.bytes += entry.size - before
	c.young[entry.key] = entry
}
