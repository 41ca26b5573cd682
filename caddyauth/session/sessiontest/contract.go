package sessiontest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

func savedLoads(t *testing.T, o Opened) {
	want := New("ada")
	token := save(t, o, "", want)
	for range 2 { // the second time it may come out of a cache
		if diff := Diff(want, load(t, o, token)); diff != "" {
			t.Errorf("the session changed (-saved +loaded):\n%s", diff)
		}
	}
	bare := &session.Session{ID: session.NewID(), Subject: "bob", CreatedAt: want.CreatedAt, UsedAt: want.UsedAt}
	if diff := Diff(bare, load(t, o, save(t, o, "", bare))); diff != "" {
		t.Errorf("a bare session changed (-saved +loaded):\n%s", diff)
	}
}

func tokenIsOpaque(t *testing.T, o Opened) {
	s := New("somebody-whom-no-token-names-by-chance")
	a, b := save(t, o, "", s), save(t, o, "", s)
	if a == b {
		t.Error("two saves gave one token")
	}
	if len(a) < 22 {
		t.Errorf("a token of %d characters holds less than 128 bits", len(a))
	}
	if strings.Trim(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~") != "" {
		t.Error("the token has characters that a cookie may not hold")
	}
	for _, secret := range []string{s.ID, s.Subject, s.RefreshToken} {
		if strings.Contains(a, secret) {
			t.Error("the token shows what it stands for")
		}
	}
}

// authentik CVE-2026-25748: a malformed cookie made loading fail, and the
// failure let the request through without identity.
func brokenTokens(t *testing.T, o Opened) {
	token := save(t, o, "", New("ada"))
	broken := []string{
		"", " ", "x", "=", "\x00", "%n%s", "a\r\nDEL b", strings.Repeat("A", 64), strings.Repeat("A", 1<<20),
		token + "A", token + "=", token + "\n", token + token, " " + token, token + ".", strings.ToUpper(token) + "a",
	}
	step := max(1, len(token)/50)
	for i := 0; i < len(token); i += step {
		broken = append(broken, token[:i], token[i+1:])
		flipped := []byte(token)
		flipped[i] ^= 1
		broken = append(broken, string(flipped))
	}
	for _, bad := range broken {
		s, err := o.Store.Load(t.Context(), Host, bad)
		if s != nil || err != nil {
			t.Errorf("a token of %d bytes: session %v, err %v; want neither", len(bad), s != nil, err)
		}
		if err := o.Store.Delete(t.Context(), Host, bad); err != nil {
			t.Errorf("deleting a token of %d bytes: %v", len(bad), err)
		}
	}
	if load(t, o, token) == nil {
		t.Error("broken tokens ended the genuine session")
	}
}

// Envoy CVE-2023-35941: a cookie made for one host was good on another, where
// other people are let in.
func hostsKeepApart(t *testing.T, o Opened) {
	token := save(t, o, "", New("ada"))
	load(t, o, token) // now a cache may know it
	for _, host := range []string{OtherHost, "", Host + "/", "HTTPS://app.example.com", Host[1:]} {
		if s, err := o.Store.Load(t.Context(), host, token); s != nil || err != nil {
			t.Errorf("on %q: session %v, err %v; want neither", host, s != nil, err)
		}
		if err := o.Store.Delete(t.Context(), host, token); err != nil {
			t.Errorf("deleting on %q: %v", host, err)
		}
	}
	if load(t, o, token) == nil {
		t.Error("a sign-out on another host ended the session")
	}
}

func saveReplaces(t *testing.T, o Opened) {
	token := save(t, o, "", New("ada"))
	s := load(t, o, token).Clone()
	s.UsedAt, s.RefreshToken, s.Claims = s.UsedAt.Add(time.Minute), "rotated", map[string]any{"groups": []any{"Everyone"}}
	s.RefreshedAt, s.AccessToken, s.IDToken, s.AtOkta = s.UsedAt, "", "", false
	if diff := Diff(s, load(t, o, save(t, o, token, s))); diff != "" {
		t.Errorf("(-saved +loaded):\n%s", diff)
	}
}

// caddy-security CVE-2024-21492: a copied cookie went on working after sign-out.
func deletedIsGone(t *testing.T, o Opened) {
	ada, bob := save(t, o, "", New("ada")), save(t, o, "", New("bob"))
	load(t, o, ada) // now a cache may know it
	for range 2 {   // the second time it is not there: no error
		if err := o.Store.Delete(t.Context(), Host, ada); err != nil {
			t.Fatalf("delete: %v", err)
		}
		if load(t, o, ada) != nil {
			t.Error("a deleted session loads")
		}
	}
	if load(t, o, bob) == nil {
		t.Error("another user's session went with it")
	}
}

// Two requests of one user: one is being refreshed while the other signs out.
func noResurrection(t *testing.T, o Opened) {
	token := save(t, o, "", New("ada"))
	s := load(t, o, token)
	if err := o.Store.Delete(t.Context(), Host, token); err != nil {
		t.Fatal(err)
	}
	again, err := o.Store.Save(t.Context(), Host, token, s.Clone())
	if err != nil {
		t.Fatalf("save: %v", err)
	}
	for _, token := range []string{token, again} {
		if load(t, o, token) != nil {
			t.Error("a session is back after sign-out")
		}
	}
}

func limitsEnd(t *testing.T, o Opened) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name         string
		remember     bool
		created, use time.Duration // ago
		alive        bool
	}{
		{"fresh", false, 0, 0, true},
		{"old, used just now", false, Limits.Lifetime - time.Minute, 0, true},
		{"past its lifetime, used just now", false, Limits.Lifetime + time.Second, 0, false},
		{"long unused", false, 2 * Limits.Idle, Limits.Idle + time.Second, false},
		{"almost too long unused", false, 2 * Limits.Idle, Limits.Idle - time.Minute, true},
		{"from the far future", false, -day, -day, false},
		{"remembered, used yesterday", true, 2 * day, day, true},
		{"remembered, at its end", true, Limits.Remember + time.Second, 0, false},
		{"not remembered, used yesterday", false, 2 * day, day, false},
		{"remembered, from the far future", true, -day, 0, false},
	} {
		s := New("ada")
		s.Remember = c.remember
		s.CreatedAt, s.UsedAt = s.CreatedAt.Add(-c.created), s.UsedAt.Add(-c.use)
		token, err := o.Store.Save(t.Context(), Host, "", s)
		if err != nil {
			t.Errorf("%s: save: %v", c.name, err)
			continue
		}
		if alive := load(t, o, token) != nil; alive != c.alive {
			t.Errorf("%s: alive %v, want %v", c.name, alive, c.alive)
		}
	}
}

// What Load returns is shared with other requests, so nothing may change under
// them: not when one of them changes its clone, and not when it saves that.
func othersKeepTheirs(t *testing.T, o Opened) {
	s := New("ada")
	want := s.Clone()
	token := save(t, o, "", s)
	held := load(t, o, token)

	mine := held.Clone()
	mine.Subject, mine.RefreshToken = "mallory", "stolen"
	mine.Claims["role"] = "root"
	mine.Claims["groups"] = []any{"Admins"}
	delete(mine.Claims, "address")
	for name, got := range map[string]*session.Session{"in the store": load(t, o, token), "held by another": held, "that was saved": s} {
		if diff := Diff(want, got); diff != "" {
			t.Errorf("a change of a clone shows in the session %s:\n%s", name, diff)
		}
	}
	next := save(t, o, token, mine)
	if diff := Diff(want, held); diff != "" {
		t.Errorf("a save changed what another request holds:\n%s", diff)
	}
	if got := load(t, o, next); got == nil || got.Subject != "mallory" {
		t.Errorf("the saved clone is not what loads: %v", got != nil)
	}
}

func incompleteIsRefused(t *testing.T, o Opened) {
	for name, spoil := range map[string]func(*session.Session){
		"no id":       func(s *session.Session) { s.ID = "" },
		"no subject":  func(s *session.Session) { s.Subject = "" },
		"no creation": func(s *session.Session) { s.CreatedAt = time.Time{} },
	} {
		s := New("ada")
		spoil(s)
		if token, err := o.Store.Save(t.Context(), Host, "", s); err == nil {
			t.Errorf("%s: saved, token of %d bytes", name, len(token))
		}
	}
}

// oauth2-proxy issue 2503: a browser gave up a request, the read from the store
// was cancelled, and that was taken for a broken session and removed it.
func endedContext(t *testing.T, o Opened) {
	token := save(t, o, "", New("ada"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := o.Store.Load(ctx, Host, token); s == nil && err == nil {
		t.Error("a cancelled load reads as signed out")
	}
	if load(t, o, token) == nil {
		t.Error("the session is gone")
	}
}

// Traefik CVE-2026-71326: two look-ups shared a key, and one user got the
// other's identity.
func manyUsers(t *testing.T, o Opened) {
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			ctx, subject := context.Background(), fmt.Sprintf("user%d", i)
			token, err := o.Store.Save(ctx, Host, "", New(subject))
			if err != nil {
				t.Errorf("save: %v", err)
				return
			}
			for range 10 {
				s, err := o.Store.Load(ctx, Host, token)
				if err != nil || s == nil || s.Subject != subject {
					t.Errorf("%s: session %v, err %v", subject, s != nil, err)
					return
				}
				if got := s.Derive(t, func() any { return s.Subject }); got != subject {
					t.Errorf("%s: what was derived is %v's", subject, got)
				}
				next := s.Clone()
				next.UsedAt = next.UsedAt.Add(time.Second)
				if token, err = o.Store.Save(ctx, Host, token, next); err != nil {
					t.Errorf("save: %v", err)
					return
				}
			}
			if err := o.Store.Delete(ctx, Host, token); err != nil {
				t.Errorf("delete: %v", err)
			}
		})
	}
	wg.Wait()
}
