package sessiontest

import (
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// whos are all the ways to name a session's user, in a spelling that an
// administrator may use.
func whos(o Opened, s *session.Session) []session.Who {
	return []session.Who{
		{Kind: session.BySession, Value: session.Handle(o.Keyring, s.ID)},
		{Kind: session.BySubject, Value: s.Subject, Issuer: s.Issuer},
		{Kind: session.ByLogin, Value: strings.ToUpper(s.Login)},
		{Kind: session.ByEmail, Value: strings.ToUpper(s.Email)},
		{Kind: session.Everybody},
	}
}

func mark(ring *seal.Keyring, who session.Who, before time.Time) session.Mark {
	return session.Mark{Name: session.MarkName(ring, who), Before: before, Ends: before.Add(Limits.Longest())}
}

// Ending a user's sessions ends every one of them, whatever a browser or a cache
// holds, and nobody else's. Each kind has its own users: marks stay.
func marksEnd(t *testing.T, o Opened) {
	for i, kind := range []session.Kind{session.BySession, session.BySubject, session.ByLogin, session.ByEmail, session.Everybody} {
		ada, bob := New("ada-"+string(kind)), New("bob-"+string(kind))
		adas, bobs := save(t, o, "", ada), save(t, o, "", bob)
		held := load(t, o, adas)
		if held == nil || load(t, o, bobs) == nil {
			t.Fatalf("%s: not signed in to begin with", kind)
		}
		o.Marks.Add(time.Now(), mark(o.Keyring, whos(o, ada)[i], time.Now()))
		if load(t, o, adas) != nil {
			t.Errorf("%s: the session lives on", kind)
		}
		if bobLives := load(t, o, bobs) != nil; bobLives != (kind != session.Everybody) {
			t.Errorf("%s: the other user's session lives: %v", kind, bobLives)
		}
		// A request that was under way saves what it has.
		if load(t, o, save(t, o, adas, held.Clone())) != nil {
			t.Errorf("%s: a save brought the session back", kind)
		}
	}
}

// A user who was signed out everywhere may sign in again, at once too: within the
// second of the mark, the new session is the one that counts.
func marksLeaveLater(t *testing.T, o Opened) {
	for i, kind := range []session.Kind{session.BySubject, session.ByLogin, session.ByEmail, session.Everybody} {
		before := New("ada-" + string(kind))
		o.Marks.Add(time.Now(), mark(o.Keyring, whos(o, before)[i+1], before.CreatedAt))
		later := New("ada-" + string(kind))
		later.CreatedAt = before.CreatedAt.Add(2 * time.Millisecond)
		if load(t, o, save(t, o, "", before)) != nil {
			t.Errorf("%s: a session created at the time of the mark lives", kind)
		}
		if load(t, o, save(t, o, "", later)) == nil {
			t.Errorf("%s: a session created after the mark is ended", kind)
		}
	}
	// The same name with another issuer is another user.
	ada := New("ada")
	ada.CreatedAt = ada.CreatedAt.Add(time.Minute)
	who := session.Who{Kind: session.BySubject, Value: ada.Subject, Issuer: "https://other.okta.com"}
	o.Marks.Add(time.Now(), mark(o.Keyring, who, ada.CreatedAt))
	if load(t, o, save(t, o, "", ada)) == nil {
		t.Error("a mark of another issuer's user ended the session")
	}
}

// A mark outlives the rotation of the key that named it.
func marksOfOldKeys(t *testing.T, o Opened) {
	const old, next = "the key before, long enough to be one", "the key from now on, long enough for one"
	before, err := seal.New(old)
	if err != nil {
		t.Fatal(err)
	}
	after, err := seal.New(next, old)
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range []session.Kind{session.BySession, session.BySubject, session.ByLogin, session.ByEmail, session.Everybody} {
		var marks session.Marks
		s := load(t, o, save(t, o, "", New("ada")))
		marks.Add(time.Now(), mark(before, whos(Opened{Keyring: before}, s)[i], s.CreatedAt))
		if !marks.Ended(s, after) {
			t.Errorf("%s: lost with the rotation", kind)
		}
		if other := load(t, o, save(t, o, "", New("ada"))); marks.Ended(other, o.Keyring) {
			t.Errorf("%s: a mark of a foreign key counts", kind)
		}
	}
}
