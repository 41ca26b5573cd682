package session

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// Bounds of a MemoryStore that are not configured.
const (
	DefaultMaxSessions = 100_000
	DefaultMaxMemory   = 256 << 20
)

// MemoryStore keeps sessions in this process: the cookie holds 256 random bits, and
// a restart ends all of them.
//
// When it is full, sessions that have ended go first (they are looked for once a
// minute at most), and then the one that was not used for longest. Only a sign-in
// makes an entry, so that a stranger can fill it with nothing; a user who signs in
// over and over needs MaxSessions sign-ins at Okta to push out another's session,
// and only one that was used before all of theirs.
type MemoryStore struct {
	// Keyring names sessions in marks and handles, and ends those of a key that is
	// no longer in it.
	Keyring *seal.Keyring
	Limits  Limits
	Memory  *Memory // where the sessions are; several stores may share one
	Marks   *Marks

	// MaxSessions is how many there may be at a time; 0 means DefaultMaxSessions.
	MaxSessions int
	// MaxBytes is how much memory they may take; 0 means DefaultMaxMemory.
	MaxBytes int
	// Logger is told when sessions had to go before their end; nil means
	// slog.Default.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

var (
	_ Store  = (*MemoryStore)(nil)
	_ Lister = (*MemoryStore)(nil)
)

// tokenBytes is how much of a token is random.
const tokenBytes = 32

// Load looks the token up.
func (m *MemoryStore) Load(_ context.Context, host, token string) (*Session, error) {
	s := m.find(host, token)
	if s == nil || m.Limits.Expired(s, m.now()) || m.Marks.Ended(s, m.Keyring) {
		return nil, nil
	}
	return s, nil
}

// find returns the session of a token, ended or not.
func (m *MemoryStore) find(host, token string) *Session {
	d, ok := digestOf(token)
	if !ok {
		return nil
	}
	s, record := m.look(host, d)
	if s != nil || record == nil {
		return s
	}
	// It is opened while others go on, and may be another one by then.
	s, _ = Unmarshal(record)
	m.Memory.mu.Lock()
	defer m.Memory.mu.Unlock()
	e := m.Memory.get(host, d, m.Keyring)
	switch {
	case e == nil:
		return nil
	case e.session != nil:
		return e.session
	case s != nil && bytes.Equal(e.record, record):
		m.Memory.open(e, s, m.maxBytes()/openShare)
	}
	return s
}

// look returns an entry's session where it is open, or else its record.
func (m *MemoryStore) look(host string, d digest) (*Session, []byte) {
	m.Memory.mu.Lock()
	defer m.Memory.mu.Unlock()
	e := m.Memory.get(host, d, m.Keyring)
	if e == nil {
		return nil, nil
	}
	if e.session != nil {
		e.over = m.Limits.over(e.session) // they may be others than at its sign-in
	}
	return e.session, e.record
}

// Save keeps the session's record. The token of a session stays the same.
func (m *MemoryStore) Save(_ context.Context, host, token string, s *Session) (string, error) {
	record, err := Marshal(s)
	if err != nil {
		return "", err
	}
	record = slices.Clip(record)
	if token == "" {
		return m.create(host, record, s), nil
	}
	if d, ok := digestOf(token); ok {
		m.Memory.mu.Lock()
		defer m.Memory.mu.Unlock()
		if e := m.Memory.get(host, d, m.Keyring); e != nil {
			m.Memory.rewrite(e, record)
			e.over, e.ring = m.Limits.over(s), m.Keyring
		}
	}
	return token, nil
}

func (m *MemoryStore) create(host string, record []byte, s *Session) (token string) {
	token = seal.Random(tokenBytes)
	d, _ := digestOf(token)
	e := &entry{digest: d, host: strings.Clone(host), ring: m.Keyring, record: record, created: s.CreatedAt.Unix(), over: m.Limits.over(s)}
	sessions := m.MaxSessions
	if sessions <= 0 {
		sessions = DefaultMaxSessions
	}
	m.Memory.mu.Lock()
	m.Memory.add(e)
	first := m.Memory.evicted == 0
	evicted := m.Memory.makeRoom(m.now(), sessions, m.maxBytes())
	m.Memory.mu.Unlock()
	if first && evicted > 0 {
		m.logger().Warn("the memory for sessions is full: from now on a sign-in ends the session that was not used for longest; raise its bounds, shorten lifetimes or use another store",
			"max_sessions", sessions, "max_bytes", m.maxBytes())
	}
	return token
}

// Delete forgets the session.
func (m *MemoryStore) Delete(_ context.Context, host, token string) error {
	d, ok := digestOf(token)
	if !ok {
		return nil
	}
	m.Memory.mu.Lock()
	defer m.Memory.mu.Unlock()
	if e := m.Memory.get(host, d, m.Keyring); e != nil {
		m.Memory.remove(e)
	}
	return nil
}

// List opens one session after the other; those that are asked for by request are
// not held up.
func (m *MemoryStore) List(ctx context.Context, who *Who, limit int) (infos []Info, more bool, err error) {
	for _, e := range m.snapshot() {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		s, ok := Unmarshal(e.record)
		if !ok || !e.under(m.Keyring) || who != nil && !who.names(s, m.Keyring) || m.Limits.Expired(s, m.now()) || m.Marks.Ended(s, m.Keyring) {
			continue
		}
		if len(infos) >= limit {
			return infos, true, nil
		}
		infos = append(infos, Info{
			Handle: Handle(m.Keyring, s.ID), Site: e.host, Login: s.Login, Email: s.Email, Subject: s.Subject,
			CreatedAt: s.CreatedAt, UsedAt: s.UsedAt, EndsAt: m.Limits.Ends(s),
		})
	}
	return infos, false, nil
}

// snapshot copies what List reads of all entries, newest sign-in first.
func (m *MemoryStore) snapshot() []entry {
	m.Memory.mu.Lock()
	all := make([]entry, 0, len(m.Memory.byDigest))
	for _, e := range m.Memory.byDigest {
		all = append(all, entry{host: e.host, ring: e.ring, record: e.record, created: e.created, digest: e.digest})
	}
	m.Memory.mu.Unlock()
	slices.SortFunc(all, func(a, b entry) int {
		if a.created != b.created {
			return int(b.created - a.created)
		}
		return bytes.Compare(a.digest[:], b.digest[:]) // the same order each time
	})
	return all
}

// digestOf is false for what cannot be a token. A token has one spelling: it is
// its characters that count and not the bits that they stand for.
func digestOf(token string) (d digest, ok bool) {
	const length = (tokenBytes*8 + 5) / 6
	if len(token) != length {
		return d, false
	}
	var buf [length]byte
	copy(buf[:], token)
	return sha256.Sum256(buf[:]), true
}

// over is the second in which a session has ended unless it is used again.
func (l Limits) over(s *Session) int64 {
	ends := l.Ends(s)
	if _, idle := l.of(s); idle > 0 {
		if unused := s.UsedAt.Add(idle); unused.Before(ends) {
			ends = unused
		}
	}
	return ends.Unix() + 1
}

func (m *MemoryStore) maxBytes() int {
	if m.MaxBytes <= 0 {
		return DefaultMaxMemory
	}
	return m.MaxBytes
}

func (m *MemoryStore) logger() *slog.Logger {
	if m.Logger == nil {
		return slog.Default()
	}
	return m.Logger
}

func (m *MemoryStore) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}
