package session_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

func memoryStore(t testing.TB) *session.MemoryStore {
	t.Helper()
	return &session.MemoryStore{
		Keyring: sessiontest.Keyring(t), Limits: sessiontest.Limits, Memory: new(session.Memory), Marks: new(session.Marks),
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

func TestMemoryStore(t *testing.T) {
	for name, maxBytes := range map[string]int{"some kept open": 0, "one kept open": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			sessiontest.Run(t, func(t *testing.T) sessiontest.Opened {
				store := memoryStore(t)
				store.MaxBytes = maxBytes
				return sessiontest.Opened{Store: store, Marks: store.Marks, Keyring: store.Keyring}
			})
		})
	}
}

func create(t testing.TB, store session.Store, s *session.Session) string {
	t.Helper()
	token, err := store.Save(context.Background(), sessiontest.Host, "", s)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func alive(t testing.TB, store session.Store, token string) bool {
	t.Helper()
	s, err := store.Load(context.Background(), sessiontest.Host, token)
	if err != nil {
		t.Fatal(err)
	}
	return s != nil
}

// A reload makes a new store of the same memory. Sessions live on, and what has
// changed for them holds at once.
//
// Rows: F-19.
func TestF19_MemoryOutlivesAReload(t *testing.T) {
	before := memoryStore(t)
	s := sessiontest.New("ada")
	s.Remember = false
	token := create(t, before, s)
	after := memoryStore(t)
	after.Memory = before.Memory
	if !alive(t, after, token) {
		t.Fatal("a reload ended the session")
	}
	after.Limits.Idle = time.Minute
	after.Now = func() time.Time { return s.UsedAt.Add(2 * time.Minute) }
	if alive(t, after, token) {
		t.Error("a shorter limit does not hold for older sessions")
	}
	if !alive(t, before, token) {
		t.Error("looking at a session under one configuration ended it under the other")
	}
}

func TestMemoryStoreMakesRoom(t *testing.T) {
	store, now := memoryStore(t), noon
	store.Now = func() time.Time { return now }
	store.MaxSessions = 4
	sign := func(name string) string {
		s := sessiontest.New(name)
		s.CreatedAt, s.UsedAt, s.Remember = now, now, false
		return create(t, store, s)
	}
	a, b, c, d := sign("a"), sign("b"), sign("c"), sign("d")
	alive(t, store, a) // b is now the one that was not used for longest
	e := sign("e")
	for name, want := range map[string]bool{a: true, b: false, c: true, d: true, e: true} {
		if got := alive(t, store, name); got != want {
			t.Errorf("one too many: lives %v, want %v", got, want)
		}
	}
	// An hour later c, d and e have ended; a was used, but a minute ago only.
	now = noon.Add(59 * time.Minute)
	s, _ := store.Load(t.Context(), sessiontest.Host, a)
	s = s.Clone()
	s.UsedAt = now
	if _, err := store.Save(t.Context(), sessiontest.Host, a, s); err != nil {
		t.Fatal(err)
	}
	for _, ended := range []string{c, d, e} { // and are asked for all the same
		alive(t, store, ended)
	}
	now = noon.Add(61 * time.Minute)
	sign("f")
	if !alive(t, store, a) {
		t.Error("a living session went before those that had ended")
	}
	if got, want := store.Memory.Usage(), (session.Usage{Sessions: 2, Evicted: 1, Bytes: store.Memory.Usage().Bytes}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A clock that was set back makes all sessions look as if they came from the
// future. They are not valid then; they are not lost either.
//
// Rows: F-11.
func TestF11_MemoryOutlivesAClockStep(t *testing.T) {
	store, now := memoryStore(t), noon
	store.Now = func() time.Time { return now }
	s := sessiontest.New("ada")
	s.CreatedAt, s.UsedAt = noon, noon
	token := create(t, store, s)
	now = noon.Add(-24 * time.Hour)
	if alive(t, store, token) {
		t.Error("a session from the future is valid")
	}
	s = sessiontest.New("bob")
	s.CreatedAt, s.UsedAt = now, now
	create(t, store, s)
	now = noon.Add(time.Minute)
	if !alive(t, store, token) {
		t.Error("lost with the clock step")
	}
}

// Sessions with a thousand groups each: it is bytes that run out first.
//
// Rows: F-23.
func TestF23_MemoryIsBoundedInBytes(t *testing.T) {
	store := memoryStore(t)
	store.MaxBytes = 1 << 20
	var tokens []string
	for i := range 200 {
		tokens = append(tokens, create(t, store, sessiontest.WithGroups(fmt.Sprint(i), 1000)))
		alive(t, store, tokens[i])
		alive(t, store, tokens[i/2])
		if got := store.Memory.Usage().Bytes; got > store.MaxBytes {
			t.Fatalf("%d bytes, at most %d are allowed", got, store.MaxBytes)
		}
	}
	usage := store.Memory.Usage()
	if usage.Sessions < 20 || usage.Sessions+usage.Evicted != 200 || !alive(t, store, tokens[199]) {
		t.Errorf("%+v", usage)
	}
	for _, token := range tokens {
		if err := store.Delete(t.Context(), sessiontest.Host, token); err != nil {
			t.Fatal(err)
		}
	}
	if usage := store.Memory.Usage(); usage.Sessions != 0 || usage.Bytes != 0 {
		t.Errorf("all deleted, and %+v is left", usage)
	}
	store.MaxBytes = 1
	if token := create(t, store, sessiontest.New("ada")); !alive(t, store, token) {
		t.Error("who has just signed in is not signed in")
	}
}

// A full store says so once, not at each sign-in.
func TestMemoryStoreSaysThatItIsFull(t *testing.T) {
	var log strings.Builder
	store := memoryStore(t)
	store.Logger = slog.New(slog.NewTextHandler(&log, nil))
	store.MaxSessions = 3
	for range 10 {
		create(t, store, sessiontest.New("ada"))
	}
	if got := strings.Count(log.String(), "level=WARN"); got != 1 || !strings.Contains(log.String(), "max_sessions=3") {
		t.Errorf("%d lines: %s", got, log.String())
	}
}

// Whatever is done in whatever order, with room to keep a handful of sessions
// open: what was saved last loads, and nothing is left of what was deleted.
func TestMemoryStoreAgainstAModel(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		store := memoryStore(t)
		store.MaxBytes = 1 << 20
		model := map[string]*session.Session{}
		var tokens []string
		for range 1500 {
			n := random.IntN(40)
			var token string
			if n < len(tokens) {
				token = tokens[n]
			}
			switch op := random.IntN(10); {
			case token == "" || op == 0 && len(tokens) < 100:
				s := sessiontest.WithGroups(fmt.Sprint(random.Int()), random.IntN(60))
				token = create(t, store, s)
				tokens, model[token] = append(tokens, token), s
			case op < 2:
				if err := store.Delete(t.Context(), sessiontest.Host, token); err != nil {
					t.Fatal(err)
				}
				delete(model, token)
			case op < 4:
				s := sessiontest.WithGroups(fmt.Sprint(random.Int()), random.IntN(60))
				if _, err := store.Save(t.Context(), sessiontest.Host, token, s); err != nil {
					t.Fatal(err)
				}
				if model[token] != nil {
					model[token] = s
				}
			default:
				got, err := store.Load(t.Context(), sessiontest.Host, token)
				if err != nil {
					t.Fatal(err)
				}
				if diff := sessiontest.Diff(model[token], got); diff != "" {
					t.Fatalf("seed %d:\n%s", seed, diff)
				}
			}
			if usage := store.Memory.Usage(); usage.Sessions != len(model) || usage.Evicted != 0 {
				t.Fatalf("seed %d: %+v, want %d sessions", seed, usage, len(model))
			}
		}
		for _, token := range tokens {
			_ = store.Delete(t.Context(), sessiontest.Host, token)
		}
		if usage := store.Memory.Usage(); usage != (session.Usage{}) {
			t.Fatalf("seed %d: %+v is left", seed, usage)
		}
	}
}
