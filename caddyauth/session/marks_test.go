package session_test

import (
	"fmt"
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

// Somebody who may sign in could sign in and out for ever to fill the memory.
//
// Rows: S-26.
func TestS26_MarksAreBounded(t *testing.T) {
	var marks session.Marks
	add := func(name string, ends, now time.Time) {
		marks.Add(now, session.Mark{Name: name, Before: now, Ends: ends})
	}
	const many = 100_000
	for i := range many {
		add(fmt.Sprint(i), noon.Add(time.Hour+time.Duration(i)*time.Second), noon)
	}
	add("one more", noon.Add(24*time.Hour), noon)
	if got := marks.Len(); got != many {
		t.Errorf("%d marks, want %d", got, many)
	}
	later := noon.Add(2 * time.Hour)
	add("later", later.Add(time.Hour), later)
	if got, want := marks.Len(), many-3600; got < want-10 || got > want+10 {
		t.Errorf("%d marks after some ended by themselves, want about %d", got, want)
	}
}
