package session

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// Mark ends sessions before their time: those that Name names and that were
// created at Before or earlier, as far as milliseconds tell. It is needed until Ends, when the longest-lived
// of them would have ended by itself. It holds keyed hashes and no name of
// anybody.
type Mark struct {
	Name   string    `json:"n"` // see MarkName
	Before time.Time `json:"b"`
	Ends   time.Time `json:"e"`
}

// maxMarks bounds the list; an entry is about 150 bytes.
const maxMarks = 100_000

// Marks is the list of what ended early, for stores that cannot forget what a
// browser holds and for processes that keep copies. The zero value is ready; a
// nil list is empty and stays so.
//
// A full list gives up marks of single sessions, those that end first, before any
// mark of a user: the first lets somebody who copied one cookie back in, the
// second a person whom an administrator shut out.
type Marks struct {
	// Found is told of a session that a mark has ended, when a browser brings it:
	// once for each time that it is read from its store. It must not block. It is
	// set before the marks are used; nil means nobody is told.
	Found func(*Session)

	// Logger is told when the list is full; nil means slog.Default.
	Logger *slog.Logger

	mu      sync.RWMutex
	byName  map[string]Mark
	giveUp  []string  // names in the order in which a full list gives them up
	ordered time.Time // when giveUp was made
	warned  time.Time
}

// Add puts marks on the list. Two of one name are one, with the later time of
// each kind.
func (m *Marks) Add(now time.Time, marks ...Mark) {
	if m == nil || len(marks) == 0 {
		return
	}
	if lost := m.add(now, marks); lost {
		logger := m.Logger
		if logger == nil {
			logger = slog.Default()
		}
		logger.Warn("the list of sessions that ended early is full: copies of cookies that were signed out longest ago work again until they expire", "marks", maxMarks)
	}
}

// add tells whether a mark in force was given up and it is time to say so.
func (m *Marks) add(now time.Time, marks []Mark) (warn bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byName == nil {
		m.byName = map[string]Mark{}
	}
	lost := false
	for _, mark := range marks {
		if mark.Name == "" || !mark.Ends.After(now) {
			continue
		}
		if old, known := m.byName[mark.Name]; known {
			mark.Before, mark.Ends = later(old.Before, mark.Before), later(old.Ends, mark.Ends)
		} else if len(m.byName) >= maxMarks {
			lost = m.makeRoom(now) || lost
		}
		m.byName[mark.Name] = mark
	}
	if lost && now.Sub(m.warned) >= time.Hour {
		m.warned = now
		return true
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Ended reports whether a mark ended the session. ring is the one whose keys the
// marks' names were hashed under, or a successor of it.
func (m *Marks) Ended(s *Session, ring *seal.Keyring) bool {
	if m == nil {
		return false
	}
	if !m.ended(s, ring) {
		return false
	}
	if m.Found != nil && !s.found.Swap(true) {
		m.Found(s)
	}
	return true
}

func (m *Marks) ended(s *Session, ring *seal.Keyring) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.byName) > 0 && m.named(s.markNames(ring), s.CreatedAt)
}

// EndedNames is Ended of a session of which only the names of its marks and its
// time of creation are known, see MarkNames.
func (m *Marks) EndedNames(names []string, created time.Time) bool {
	if m == nil {
		return false
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.named(names, created)
}

func (m *Marks) named(names []string, created time.Time) bool {
	for _, name := range names {
		// A session that was just made knows its time better than the store that it
		// was saved in, and a mark that was made of the stored one.
		if mark, ok := m.byName[name]; ok && !created.Truncate(time.Millisecond).After(mark.Before) {
			return true
		}
	}
	return false
}

// Len is the number of marks, those that have ended by themselves included.
func (m *Marks) Len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.byName)
}

// makeRoom removes what has ended by itself, or else marks that are in force;
// lost tells which.
func (m *Marks) makeRoom(now time.Time) (lost bool) {
	for {
		if len(m.giveUp) == 0 || now.Sub(m.ordered) >= time.Minute {
			m.order(now)
		}
		if len(m.byName) < maxMarks {
			return lost
		}
		_, there := m.byName[m.giveUp[0]]
		delete(m.byName, m.giveUp[0])
		m.giveUp, lost = m.giveUp[1:], lost || there
	}
}

// order removes what has ended by itself and lists what is given up next. It looks
// at everything, so it looks ahead.
func (m *Marks) order(now time.Time) {
	type place struct {
		name    string
		breadth int
		ends    int64
	}
	places := make([]place, 0, len(m.byName))
	for name, mark := range m.byName {
		if mark.Ends.After(now) {
			places = append(places, place{name, breadth(name), mark.Ends.UnixNano()})
		} else {
			delete(m.byName, name)
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.breadth, b.breadth), cmp.Compare(a.ends, b.ends))
	})
	m.giveUp, m.ordered = nil, now
	for _, p := range places[:min(len(places), maxMarks/100)] {
		m.giveUp = append(m.giveUp, p.name)
	}
}

// breadth is whom a mark ends: one session, a user, everybody.
func breadth(name string) int {
	switch kind, _, _ := strings.Cut(name, ":"); Kind(kind) {
	case BySession:
		return 0
	case Everybody:
		return 2
	}
	return 1
}

// inForce removes what has ended by itself and lists the rest, the broadest first.
func (m *Marks) inForce(now time.Time) []Mark {
	m.mu.Lock()
	defer m.mu.Unlock()
	var marks []Mark
	for name, mark := range m.byName {
		if mark.Ends.After(now) {
			marks = append(marks, mark)
		} else {
			delete(m.byName, name)
		}
	}
	slices.SortFunc(marks, func(a, b Mark) int {
		return cmp.Or(breadth(b.Name)-breadth(a.Name), strings.Compare(a.Name, b.Name))
	})
	return marks
}

// has tells whether there is a mark of the name, in force or not.
func (m *Marks) has(name string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, there := m.byName[name]
	return there
}

// remove takes a mark off the list, unless it has become another meanwhile.
func (m *Marks) remove(mark Mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byName[mark.Name] == mark {
		delete(m.byName, mark.Name)
	}
}

// MarkSession is the mark that ends one session.
func MarkSession(ring *seal.Keyring, s *Session, limits Limits) Mark {
	name := MarkName(ring, Who{Kind: BySession, Value: Handle(ring, s.ID)})
	return Mark{Name: name, Before: s.CreatedAt, Ends: limits.Ends(s)}
}
