package session

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// Memory is what MemoryStores keep. It outlives them: when the configuration is
// loaded again, the stores of the new one are given the Memory of the old. The
// zero value is ready.
//
// A session is kept as its record, which takes a quarter of what it takes
// open; those in use lately are kept open too. They are found by a hash of the token:
// a dump of the heap is no list of cookies that would be accepted.
type Memory struct {
	mu       sync.Mutex
	byDigest map[digest]*entry
	bytes    int // of all entries, the opened ones' sessions included
	newest   *entry
	oldest   *entry // the one that was not used for longest
	opened   *entry // no older one is open; nil where none is
	openCost int    // what being open costs all of them
	swept    time.Time
	evicted  int
}

type digest [sha256.Size]byte

// entry is one session, in the order of last use.
type entry struct {
	digest       digest
	host         string
	ring         *seal.Keyring // of the store that wrote it
	record       []byte
	session      *Session // nil where it is not open
	created      int64    // seconds
	over         int64    // when it has ended, by the limits at its last use; seconds
	newer, older *entry
}

// Usage is how much a Memory holds.
type Usage struct {
	Sessions int // those included that have ended and were not removed yet
	Bytes    int // about
	Evicted  int // sessions that had to go before their end, ever
}

// Usage reports how much is held.
func (m *Memory) Usage() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Usage{Sessions: len(m.byDigest), Bytes: m.bytes, Evicted: m.evicted}
}

const (
	// entryCost is what an entry takes beside its texts, its place in the map
	// included.
	entryCost = 240
	// openShare of the memory's bytes is for sessions that are kept open.
	openShare = 64
	// sweepEvery bounds how often all entries are looked at.
	sweepEvery = time.Minute
)

// under tells whether the key that the entry was written under is still among
// ring's. A key that was taken away ends its sessions, as in every store: marks that
// were made under it, of users who were shut out, say nothing any more.
func (e *entry) under(ring *seal.Keyring) bool {
	return e.ring == ring || ring.Has(e.ring.ID())
}

func (e *entry) cost() int { return entryCost + len(e.host) + len(e.record) }

// get returns an entry and makes it the newest.
func (m *Memory) get(host string, d digest, ring *seal.Keyring) *entry {
	e := m.byDigest[d]
	if e == nil || e.host != host || !e.under(ring) {
		return nil
	}
	if e != m.newest {
		m.unlink(e)
		m.link(e)
	}
	return e
}

func (m *Memory) add(e *entry) {
	if m.byDigest == nil {
		m.byDigest = make(map[digest]*entry)
	}
	m.byDigest[e.digest] = e
	m.bytes += e.cost()
	m.link(e)
}

func (m *Memory) remove(e *entry) {
	m.shut(e)
	m.unlink(e)
	m.bytes -= e.cost()
	delete(m.byDigest, e.digest)
}

// rewrite gives an entry another record.
func (m *Memory) rewrite(e *entry, record []byte) {
	m.shut(e)
	m.bytes += len(record) - len(e.record)
	e.record = record
}

// open keeps the newest entry open, and shuts those that were not used for longest
// where all of them would take more than limit.
func (m *Memory) open(e *entry, s *Session, limit int) {
	e.session = s
	m.openCost += s.size()
	m.bytes += s.size()
	if m.opened == nil {
		m.opened = e
	}
	for m.openCost > limit && m.opened != e {
		last := m.opened
		m.opened = last.newer
		m.shut(last)
	}
}

func (m *Memory) shut(e *entry) {
	if e.session != nil {
		m.openCost -= e.session.size()
		m.bytes -= e.session.size()
		e.session = nil
	}
}

// makeRoom removes what has ended, and then what was not used for longest, until
// the newest entry has its place. It tells how many were removed before their end.
func (m *Memory) makeRoom(now time.Time, sessions, bytes int) (evicted int) {
	if now.Sub(m.swept) >= sweepEvery || now.Before(m.swept) {
		m.swept = now
		for _, e := range m.byDigest {
			if e.over <= now.Unix() {
				m.remove(e)
			}
		}
	}
	for (len(m.byDigest) > sessions || m.bytes > bytes) && m.oldest != m.newest {
		m.remove(m.oldest)
		evicted++
	}
	m.evicted += evicted
	return evicted
}

func (m *Memory) link(e *entry) {
	e.older, e.newer = m.newest, nil
	if m.newest != nil {
		m.newest.newer = e
	}
	m.newest = e
	if m.oldest == nil {
		m.oldest = e
	}
	if e.session != nil && m.opened == nil {
		m.opened = e
	}
}

func (m *Memory) unlink(e *entry) {
	if m.opened == e {
		m.opened = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		m.newest = e.older
	}
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		m.oldest = e.newer
	}
}
