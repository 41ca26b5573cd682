package session

import (
	"strings"

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

// Handle names a session for administration and logs. It is a keyed hash: nobody
// gets a session by it.
func Handle(ring *seal.Keyring, id string) string { return ring.Hash("session handle", id) }

// IsHandle tells whether s can be a session's name.
func IsHandle(s string) bool { return len(s) == 22 && isWord(s) }

// MarkName is the name of the mark that ends the sessions of who, under the
// newest key.
func MarkName(ring *seal.Keyring, who Who) string {
	if who.Kind == BySession {
		return string(who.Kind) + ":" + who.Value
	}
	return string(who.Kind) + ":" + ring.Hash("mark "+string(who.Kind), who.text())
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

// names tells whether who means a session's user. Nobody is meant by no name.
func (w Who) names(s *Session, ring *seal.Keyring) bool {
	is := w
	switch w.Kind {
	case BySession:
		is.Value = Handle(ring, s.ID)
		return w.Value == is.Value
	case BySubject:
		is.Value, is.Issuer = s.Subject, s.Issuer
	case ByLogin:
		is.Value = s.Login
	case ByEmail:
		is.Value = s.Email
	case Everybody:
		return true
	}
	return w.Value != "" && w.text() == is.text()
}

// names are those of the marks that can end a session.
type names struct {
	ring *seal.Keyring
	list []string
}

// MarkNames are the names, under the newest key, of the marks that can end the
// session.
func MarkNames(ring *seal.Keyring, s *Session) []string {
	var list []string
	for _, who := range []Who{
		{Kind: BySession, Value: Handle(ring, s.ID)}, {Kind: BySubject, Value: s.Subject, Issuer: s.Issuer},
		{Kind: ByLogin, Value: s.Login}, {Kind: ByEmail, Value: s.Email}, {Kind: Everybody},
	} {
		if who.Value != "" || who.Kind == Everybody {
			list = append(list, MarkName(ring, who))
		}
	}
	return list
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
