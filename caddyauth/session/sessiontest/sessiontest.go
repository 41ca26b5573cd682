package sessiontest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// Limits are the ones that the store under test must have, on the wall clock.
var Limits = session.Limits{Lifetime: 12 * time.Hour, Idle: time.Hour}

// New returns a session that was just made, with every field set and with what
// stores tend to lose: long numbers, nested claims, characters beyond ASCII.
func New(subject string) *session.Session {
	now := time.Now().UTC().Truncate(time.Second)
	return &session.Session{
		ID: session.NewID(), Issuer: "https://acme.okta.com/oauth2/default",
		Subject: subject, Login: "Zoë." + subject + "@example.com", Email: "zoë@example.com",
		Claims: map[string]any{
			"groups":         []any{"Everyone", "Rechts & <Steuern>", "営業"},
			"email_verified": true,
			"address":        map[string]any{"country": "NL"},
			"name":           nil, // asked for, and not had
		},
		CreatedAt: now, UsedAt: now, AuthTime: now.Add(-time.Minute),
		RefreshToken: "refresh-" + subject, TokenExpiresAt: now.Add(time.Hour),
	}
}

// Run tests one store. Each call of open returns an empty one with Limits.
func Run(t *testing.T, open func(t *testing.T) session.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, session.Store)
	}{
		{"what is saved loads", savedLoads},
		{"a token is safe in a cookie and says nothing", tokenIsOpaque},
		{"broken tokens are no session", brokenTokens},
		{"a save replaces", saveReplaces},
		{"a deleted session is gone", deletedIsGone},
		{"a save after delete brings nothing back", noResurrection},
		{"limits end a session", limitsEnd},
		{"what the caller holds is the caller's", callersCopy},
		{"an incomplete session is refused", incompleteIsRefused},
		{"a context that ended signs nobody out", endedContext},
		{"many users at once keep apart", manyUsers},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func save(t *testing.T, store session.Store, token string, s *session.Session) string {
	t.Helper()
	token, err := store.Save(t.Context(), token, s)
	if err != nil {
		t.Fatalf("save: %v", err)
	}
	if token == "" {
		t.Fatal("save: no token")
	}
	return token
}

func load(t *testing.T, store session.Store, token string) *session.Session {
	t.Helper()
	s, err := store.Load(t.Context(), token)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return s
}

func savedLoads(t *testing.T, store session.Store) {
	want := New("ada")
	if diff := cmp.Diff(want, load(t, store, save(t, store, "", want))); diff != "" {
		t.Errorf("the session changed (-saved +loaded):\n%s", diff)
	}
	bare := &session.Session{ID: session.NewID(), Subject: "bob", CreatedAt: want.CreatedAt, UsedAt: want.UsedAt}
	if diff := cmp.Diff(bare, load(t, store, save(t, store, "", bare))); diff != "" {
		t.Errorf("a bare session changed (-saved +loaded):\n%s", diff)
	}
}

func tokenIsOpaque(t *testing.T, store session.Store) {
	s := New("ada")
	a, b := save(t, store, "", s), save(t, store, "", s)
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
func brokenTokens(t *testing.T, store session.Store) {
	token := save(t, store, "", New("ada"))
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
		s, err := store.Load(t.Context(), bad)
		if s != nil || err != nil {
			t.Errorf("a token of %d bytes: session %v, err %v; want neither", len(bad), s != nil, err)
		}
		if err := store.Delete(t.Context(), bad); err != nil {
			t.Errorf("deleting a token of %d bytes: %v", len(bad), err)
		}
	}
	if load(t, store, token) == nil {
		t.Error("broken tokens ended the genuine session")
	}
}

func saveReplaces(t *testing.T, store session.Store) {
	s := New("ada")
	token := save(t, store, "", s)
	s = load(t, store, token)
	s.UsedAt, s.RefreshToken, s.Claims = s.UsedAt.Add(time.Minute), "rotated", map[string]any{"groups": []any{"Everyone"}}
	if diff := cmp.Diff(s, load(t, store, save(t, store, token, s))); diff != "" {
		t.Errorf("(-saved +loaded):\n%s", diff)
	}
}

// caddy-security CVE-2024-21492: a copied cookie went on working after sign-out.
func deletedIsGone(t *testing.T, store session.Store) {
	ada, bob := save(t, store, "", New("ada")), save(t, store, "", New("bob"))
	for range 2 { // the second time it is not there: no error
		if err := store.Delete(t.Context(), ada); err != nil {
			t.Fatalf("delete: %v", err)
		}
		if load(t, store, ada) != nil {
			t.Error("a deleted session loads")
		}
	}
	if load(t, store, bob) == nil {
		t.Error("another user's session went with it")
	}
}

// Two requests of one user: one is being refreshed while the other signs out.
func noResurrection(t *testing.T, store session.Store) {
	token := save(t, store, "", New("ada"))
	s := load(t, store, token)
	if err := store.Delete(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	again, err := store.Save(t.Context(), token, s)
	if err != nil {
		t.Fatalf("save: %v", err)
	}
	for _, token := range []string{token, again} {
		if load(t, store, token) != nil {
			t.Error("a session is back after sign-out")
		}
	}
}

func limitsEnd(t *testing.T, store session.Store) {
	for _, c := range []struct {
		name         string
		created, use time.Duration // ago
		alive        bool
	}{
		{"fresh", 0, 0, true},
		{"old, used just now", Limits.Lifetime - time.Minute, 0, true},
		{"past its lifetime, used just now", Limits.Lifetime + time.Second, 0, false},
		{"long unused", 2 * Limits.Idle, Limits.Idle + time.Second, false},
		{"almost too long unused", 2 * Limits.Idle, Limits.Idle - time.Minute, true},
		{"from the far future", -24 * time.Hour, -24 * time.Hour, false},
	} {
		s := New("ada")
		s.CreatedAt, s.UsedAt = s.CreatedAt.Add(-c.created), s.UsedAt.Add(-c.use)
		token, err := store.Save(t.Context(), "", s)
		if err != nil {
			t.Errorf("%s: save: %v", c.name, err)
			continue
		}
		if alive := load(t, store, token) != nil; alive != c.alive {
			t.Errorf("%s: alive %v, want %v", c.name, alive, c.alive)
		}
	}
}

func callersCopy(t *testing.T, store session.Store) {
	s := New("ada")
	token := save(t, store, "", s)
	want := load(t, store, token)
	for _, mine := range []*session.Session{s, load(t, store, token)} {
		mine.Subject = "mallory"
		mine.Claims["groups"].([]any)[0] = "Admins"
		mine.Claims["role"] = "root"
	}
	if diff := cmp.Diff(want, load(t, store, token)); diff != "" {
		t.Errorf("the store shares memory with its callers:\n%s", diff)
	}
}

func incompleteIsRefused(t *testing.T, store session.Store) {
	for name, spoil := range map[string]func(*session.Session){
		"no id":       func(s *session.Session) { s.ID = "" },
		"no subject":  func(s *session.Session) { s.Subject = "" },
		"no creation": func(s *session.Session) { s.CreatedAt = time.Time{} },
	} {
		s := New("ada")
		spoil(s)
		if token, err := store.Save(t.Context(), "", s); err == nil {
			t.Errorf("%s: saved, token of %d bytes", name, len(token))
		}
	}
}

// oauth2-proxy issue 2503: a browser gave up a request, the read from the store
// was cancelled, and that was taken for a broken session and removed it.
func endedContext(t *testing.T, store session.Store) {
	token := save(t, store, "", New("ada"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := store.Load(ctx, token); s == nil && err == nil {
		t.Error("a cancelled load reads as signed out")
	}
	if load(t, store, token) == nil {
		t.Error("the session is gone")
	}
}

// Traefik CVE-2026-71326: two look-ups shared a key, and one user got the
// other's identity.
func manyUsers(t *testing.T, store session.Store) {
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			subject := fmt.Sprintf("user%d", i)
			token, err := store.Save(context.Background(), "", New(subject))
			if err != nil {
				t.Errorf("save: %v", err)
				return
			}
			for range 10 {
				s, err := store.Load(context.Background(), token)
				if err != nil || s == nil || s.Subject != subject {
					t.Errorf("%s: got %+v, err %v", subject, s, err)
					return
				}
				if token, err = store.Save(context.Background(), token, s); err != nil {
					t.Errorf("save: %v", err)
					return
				}
			}
			if err := store.Delete(context.Background(), token); err != nil {
				t.Errorf("delete: %v", err)
			}
		})
	}
	wg.Wait()
}
