package caddyauth

import (
	"context"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// Two sites share sessions; those of one last an hour at most, those of the other
// half a day. A user signs out at the first, with a copy of their cookie left on
// another machine. The mark must outlast what the second site would still accept,
// and what a config that is loaded later would.
//
// Rows: S-26
func TestS26_MarkOutlastsTheSessionAtSitesOfLongerLimits(t *testing.T) {
	ring, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	signedIn := time.Now().Add(-time.Minute)
	s := &session.Session{ID: session.NewID(), Subject: "ada", CreatedAt: signedIn, UsedAt: signedIn}
	short := session.Limits{Lifetime: time.Hour}
	for name, longest := range map[string]time.Duration{"a site of the same config": 30 * 24 * time.Hour, "a config of later": 0} {
		var r revocations
		var journal oneMark
		r.follower = &session.Follower{Marks: &r.marks, Journal: &journal}
		r.atLeast(short.Lifetime)
		r.atLeast(longest)
		if err := r.publish(context.Background(), time.Now(), session.MarkSession(ring, s, short)); err != nil {
			t.Fatal(err)
		}
		// A process that begins anew takes over what is in force then.
		until := signedIn.Add(max(longest, leastKept) - time.Minute)
		var later session.Marks
		later.Add(until, journal.mark)
		if !later.Ended(s, ring) {
			t.Errorf("%s: the copy is a session again before %s", name, until.Sub(signedIn))
		}
	}
}

// oneMark is a journal that keeps the last mark.
type oneMark struct{ mark session.Mark }

func (j *oneMark) Publish(_ context.Context, m session.Mark) error { j.mark = m; return nil }

func (j *oneMark) Since(context.Context, string) ([]session.Mark, string, error) {
	return nil, "1", nil
}
