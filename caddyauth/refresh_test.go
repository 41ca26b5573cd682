package caddyauth

import (
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// When a session is due follows how long it lasts: two minutes before an hour is
// over, and within the last part of a life that is shorter than that itself. A token
// of a minute that were due from the start would be redeemed at every request.
func TestRefreshIsDueInTheLastPartOfALife(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	for _, c := range []struct {
		name          string
		life, recheck time.Duration
		token         bool // a refresh token
		from, to, end time.Duration
	}{
		{"an hour", time.Hour, 0, true, time.Hour - 150*time.Second, time.Hour - 120*time.Second, time.Hour},
		{"a day", 24 * time.Hour, 0, true, 24*time.Hour - 150*time.Second, 24*time.Hour - 120*time.Second, 24 * time.Hour},
		{"five minutes", 5 * time.Minute, 0, true, 210 * time.Second, 240 * time.Second, 5 * time.Minute},
		{"two minutes", 2 * time.Minute, 0, true, 84 * time.Second, 96 * time.Second, 2 * time.Minute},
		{"a minute", time.Minute, 0, true, 42 * time.Second, 48 * time.Second, time.Minute},
		{"a second", time.Second, 0, true, 700 * time.Millisecond, 800 * time.Millisecond, time.Second},
		{"nothing", 0, 0, true, 0, 0, 0},
		{"less than nothing", -time.Second, 0, true, -time.Second, -time.Second, -time.Second},
		{"a recheck before the end", time.Hour, time.Minute, true, 42 * time.Second, 48 * time.Second, time.Minute},
		{"a long recheck", 24 * time.Hour, 8 * time.Hour, true, 8*time.Hour - 150*time.Second, 8*time.Hour - 120*time.Second, 8 * time.Hour},
		{"the end before a recheck", time.Minute, time.Hour, true, 42 * time.Second, 48 * time.Second, time.Minute},
		{"a recheck without a refresh token", time.Minute, 5 * time.Minute, false, 210 * time.Second, 240 * time.Second, 5 * time.Minute},
	} {
		g := &Gate{Recheck: caddy.Duration(c.recheck)}
		for range 50 {
			s := &session.Session{ID: session.NewID(), RefreshedAt: now, TokenExpiresAt: now.Add(c.life)}
			if c.token {
				s.RefreshToken = "token"
			}
			start, end := g.due(s)
			if from := start.Sub(now); from < c.from || from > c.to || end.Sub(now) != c.end {
				t.Fatalf("%s: due from %s to %s, want from %s..%s to %s", c.name, from, end.Sub(now), c.from, c.to, c.end)
			}
		}
	}
	if start, end := new(Gate).due(&session.Session{TokenExpiresAt: now}); !start.IsZero() || !end.IsZero() {
		t.Errorf("a session that cannot be refreshed is due from %s to %s", start, end)
	}
}

// Sessions whose tokens end in the same moment, as after an outage, are not due in
// the same moment, and each is always due in its own.
//
// Rows: F-29.
func TestF29_RefreshesAreSpread(t *testing.T) {
	g, now := new(Gate), time.Now()
	starts := make(map[time.Duration]int)
	for range 40 {
		s := &session.Session{ID: session.NewID(), RefreshToken: "token", RefreshedAt: now, TokenExpiresAt: now.Add(time.Hour)}
		start, _ := g.due(s)
		starts[start.Sub(now).Truncate(3*time.Second)]++
		if again, _ := g.due(s); again != start {
			t.Errorf("a session is due at %s, and at %s", start, again)
		}
	}
	if len(starts) < 4 {
		t.Errorf("forty sessions are due in %d moments: %v", len(starts), starts)
	}
}
