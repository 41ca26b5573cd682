package session

import (
	"strings"
	"sync"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// Who names whose sessions are meant.
type Who struct {
	Kind  Kind
	Value string // in clear; for BySession a Handle
	// Issuer, for BySubject: subjects are unique within one.
	Issuer string
}

// Kind says what a Mark goes by.
type Kind string

// Kinds of marks.
const (
	BySession Kind = "session"
	BySubject Kind = "subject"
	ByLogin   Kind = "login"
	ByEmail   Kind = "email"
	Everybody Kind = "all"
)

// Mark ends sessions before their time: those that Name names and that were
// created at Before or earlier. It is needed until Ends, when the longest-lived
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
type Marks struct {
	mu     sync.RWMutex
	byName map[string]Mark
}

// Add puts marks on the list. Of two of one name the later counts. A full list
// gives up the mark that ends first: the one that matters least long.
func (m *Marks) Add(now time.Time, marks ...Mark) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byName == nil {
		m.byName = map[string]Mark{}
	}
	for _, mark := range marks {
		old, known := m.byName[mark.Name]
		if mark.Name == "" || !mark.Ends.After(now) || known && old.Before.After(mark.Before) {
			continue
		}
		if !known && len(m.byName) >= maxMarks {
			m.makeRoom(now)
		}
		m.byName[mark.Name] = mark
	}
}

// Ended reports whether a mark ended the session. ring is the one whose keys the
// marks' names were hashed under, or a successor of it.
func (m *Marks) Ended(s *Session, ring *seal.Keyring) bool {
	if m == nil {
		return false
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(m.byName) == 0 {
		return false
	}
	for _, name := range s.markNames(ring) {
		if mark, ok := m.byName[name]; ok && !s.CreatedAt.After(mark.Before) {
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

// makeRoom removes what has ended by itself, or else the mark that ends first.
func (m *Marks) makeRoom(now time.Time) {
	var first string
	for name, mark := range m.byName {
		if !mark.Ends.After(now) {
			delete(m.byName, name)
		} else if first == "" || mark.Ends.Before(m.byName[first].Ends) {
			first = name
		}
	}
	if len(m.byName) >= maxMarks {
		delete(m.byName, first)
	}
}

// Handle names a session for administration and logs. It is a keyed hash: nobody
// gets a session by it.
func Handle(ring *seal.Keyring, id string) string { return ring.Hash("session handle", id) }

// MarkName is the name of the mark that ends the sessions of who, under the
// newest key.
func MarkName(ring *seal.Keyring, who Who) string {
	if who.Kind == BySession {
		return string(who.Kind) + ":" + who.Value
	}
	return string(who.Kind) + ":" + ring.Hash("mark "+string(who.Kind), who.text())
}

// MarkSession is the mark that ends one session.
func MarkSession(ring *seal.Keyring, s *Session, limits Limits) Mark {
	name := MarkName(ring, Who{Kind: BySession, Value: Handle(ring, s.ID)})
	return Mark{Name: name, Before: s.CreatedAt, Ends: limits.Ends(s)}
}

// text is what is hashed: logins and e-mail addresses count without case, as
// Okta counts them.
func (w Who) text() string {
	switch w.Kind {
	case BySubject:
		return w.Issuer + "\n" + w.Value
	case ByLogin, ByEmail:
		return strings.ToLower(w.Value)
	}
	return ""
}

// names are those of the marks that can end a session.
type names struct {
	ring *seal.Keyring
	list []string
}

// markNames are made once: a hash is slow beside everything else that a request
// of a signed-in user costs. Marks may have been made under any of the keys.
func (s *Session) markNames(ring *seal.Keyring) []string {
	if n := s.names.Load(); n != nil && n.ring == ring {
		return n.list
	}
	n := &names{ring: ring}
	for _, hash := range ring.Hashers() {
		add := func(kind Kind, value string) {
			if value != "" {
				n.list = append(n.list, string(kind)+":"+hash("mark "+string(kind), Who{Kind: kind, Value: value, Issuer: s.Issuer}.text()))
			}
		}
		n.list = append(n.list, string(BySession)+":"+hash("session handle", s.ID), string(Everybody)+":"+hash("mark "+string(Everybody), ""))
		add(BySubject, s.Subject)
		add(ByLogin, s.Login)
		add(ByEmail, s.Email)
	}
	s.names.Store(n)
	return n.list
}
