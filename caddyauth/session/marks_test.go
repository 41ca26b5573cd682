package session_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

func TestMarks(t *testing.T) {
	ring := sessiontest.Keyring(t)
	s := sessiontest.New("ada")
	mark := func(before time.Time, lasts time.Duration) session.Mark {
		who := session.Who{Kind: session.ByEmail, Value: s.Email}
		return session.Mark{Name: session.MarkName(ring, who), Before: before, Ends: before.Add(lasts)}
	}
	now := s.CreatedAt
	for _, c := range []struct {
		name  string
		marks []session.Mark
		want  bool
	}{
		{"none", nil, false},
		{"at its creation", []session.Mark{mark(now, time.Hour)}, true},
		{"before it", []session.Mark{mark(now.Add(-time.Second), time.Hour)}, false},
		{"the later of two counts", []session.Mark{mark(now, time.Hour), mark(now.Add(-time.Hour), 2*time.Hour)}, true},
		{"in either order", []session.Mark{mark(now.Add(-time.Hour), 2*time.Hour), mark(now, time.Hour)}, true},
		{"one that is over already", []session.Mark{mark(now, 0)}, false},
		{"one without a name", []session.Mark{{Before: now, Ends: now.Add(time.Hour)}}, false},
	} {
		var marks session.Marks
		marks.Add(now, c.marks...)
		if got := marks.Ended(s, ring); got != c.want {
			t.Errorf("%s: ended %v, want %v", c.name, got, c.want)
		}
	}
	var none *session.Marks
	none.Add(now, mark(now, time.Hour))
	if none.Ended(s, ring) {
		t.Error("a list that is not there ends sessions")
	}
}

// Somebody who may sign in could sign in and out for ever to fill the memory, and
// to push out what an administrator had put on the list.
//
// Rows: S-26, S-37.
func TestS26_MarksAreBounded(t *testing.T) {
	const many = 100_000
	ring := sessiontest.Keyring(t)
	ada, bob := sessiontest.New("ada"), sessiontest.New("bob")
	ada.CreatedAt, bob.CreatedAt = noon, noon
	var log strings.Builder
	marks := session.Marks{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	add := func(now time.Time, name string, ends time.Time) {
		marks.Add(now, session.Mark{Name: name, Before: noon, Ends: ends})
	}
	limits := session.Limits{Lifetime: 30 * time.Minute} // bob's mark is to end first of all
	marks.Add(noon, session.MarkSession(ring, bob, limits))
	add(noon, session.MarkName(ring, session.Who{Kind: session.ByEmail, Value: ada.Email}), noon.Add(20*time.Minute))
	for i := range many - 2 {
		add(noon, fmt.Sprint("session:", i), noon.Add(time.Hour+time.Duration(i)*time.Second))
	}
	if log.Len() > 0 || !marks.Ended(bob, ring) {
		t.Error("a full list has given something up already")
	}
	for i := range 3000 {
		add(noon, fmt.Sprint("session:more-", i), noon.Add(24*time.Hour))
	}
	if got := marks.Len(); got != many {
		t.Errorf("%d marks, want %d", got, many)
	}
	if !marks.Ended(ada, ring) {
		t.Error("the mark of a user went before marks of sessions")
	}
	if marks.Ended(bob, ring) {
		t.Error("the mark that ends first is still there")
	}
	if got := strings.Count(log.String(), "level=WARN"); got != 1 {
		t.Errorf("%d lines, want 1", got)
	}
	later := noon.Add(2 * time.Hour)
	add(later, "session:later", later.Add(time.Hour))
	if got, want := marks.Len(), many-3600; got < want || got > want+3000 {
		t.Errorf("%d marks after some ended by themselves", got)
	}
}

// Nothing but users: it is they who are given up then, and everybody's last.
func TestMarksOfEverybodyStay(t *testing.T) {
	ring := sessiontest.Keyring(t)
	marks := session.Marks{Logger: slog.New(slog.DiscardHandler)}
	all := session.MarkName(ring, session.Who{Kind: session.Everybody})
	marks.Add(noon, session.Mark{Name: all, Before: noon, Ends: noon.Add(time.Minute)})
	for i := range 101_000 {
		marks.Add(noon, session.Mark{Name: fmt.Sprint("email:", i), Before: noon, Ends: noon.Add(time.Hour)})
	}
	s := sessiontest.New("ada")
	s.CreatedAt = noon
	if marks.Len() != 100_000 || !marks.Ended(s, ring) {
		t.Errorf("%d marks; the one of everybody is there: %v", marks.Len(), marks.Ended(s, ring))
	}
}

// Sites with different lifetimes share a list: the mark has to last for the
// longest-lived session.
func TestMarksOfOneNameAreOne(t *testing.T) {
	ring, s := sessiontest.Keyring(t), sessiontest.New("ada")
	s.CreatedAt = noon
	name := session.MarkName(ring, session.Who{Kind: session.ByEmail, Value: s.Email})
	long := session.Mark{Name: name, Before: noon.Add(-time.Hour), Ends: noon.Add(48 * time.Hour)}
	short := session.Mark{Name: name, Before: noon, Ends: noon.Add(time.Hour)}
	for _, order := range [][]session.Mark{{long, short}, {short, long}} {
		marks := session.Marks{Logger: slog.New(slog.DiscardHandler)}
		marks.Add(noon, order...)
		for i := range 100_000 { // two hours later, a full list looks for what has ended
			marks.Add(noon.Add(2*time.Hour), session.Mark{Name: fmt.Sprint("session:", i), Before: noon, Ends: noon.Add(3 * time.Hour)})
		}
		if !marks.Ended(s, ring) {
			t.Error("the mark ended with the shorter lifetime")
		}
	}
}

func FuzzMarks(f *testing.F) {
	ring := sessiontest.Keyring(f)
	s := sessiontest.New("ada")
	s.ID, s.CreatedAt = "a fixed id, workers are processes", noon
	genuine := session.MarkName(ring, session.Who{Kind: session.ByEmail, Value: s.Email})
	f.Add(genuine, int64(0), int64(time.Hour))
	f.Add(session.MarkName(ring, session.Who{Kind: session.ByEmail, Value: ""}), int64(0), int64(time.Hour))
	f.Add("email:", int64(time.Hour), int64(time.Hour))
	f.Add("session:../x", int64(-1), int64(1))
	own := map[string]bool{}
	for _, who := range []session.Who{
		{Kind: session.BySession, Value: session.Handle(ring, s.ID)}, {Kind: session.BySubject, Value: s.Subject, Issuer: s.Issuer},
		{Kind: session.ByLogin, Value: s.Login}, {Kind: session.ByEmail, Value: s.Email}, {Kind: session.Everybody},
	} {
		own[session.MarkName(ring, who)] = true
	}
	f.Fuzz(func(t *testing.T, name string, before, ends int64) {
		mark := session.Mark{Name: name, Before: noon.Add(time.Duration(before)), Ends: noon.Add(time.Duration(ends))}
		var marks session.Marks
		marks.Add(noon, mark)
		want := own[name] && before >= 0 && ends > 0
		if got := marks.Ended(s, ring); got != want {
			t.Errorf("%q, before %d, ends %d: ended %v, want %v", name, before, ends, got, want)
		}
		// What a journal takes, it gives back: no earlier, and as good.
		var shared files
		j := &session.FileJournal{Files: &shared, Prefix: "p", Now: func() time.Time { return noon }, Logger: slog.New(slog.DiscardHandler)}
		if j.Publish(t.Context(), mark) != nil {
			return
		}
		back, _, err := j.Since(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if mark.Ends.After(noon) && (len(back) != 1 || back[0].Name != name || back[0].Before.Before(mark.Before) || back[0].Before.Sub(mark.Before) >= time.Millisecond) {
			t.Errorf("%+v comes back as %+v", mark, back)
		}
	})
}
