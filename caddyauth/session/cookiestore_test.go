package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

const storeName = "__Host-okta"

func cookieStore(t testing.TB) *session.CookieStore {
	t.Helper()
	return &session.CookieStore{
		Keyring: sessiontest.Keyring(t), Name: storeName, Limits: sessiontest.Limits,
		Marks: new(session.Marks), Opened: new(session.Cache),
	}
}

func TestCookieStore(t *testing.T) {
	for name, cache := range map[string]func() *session.Cache{
		"no cache":   func() *session.Cache { return nil },
		"cache":      func() *session.Cache { return new(session.Cache) },
		"tiny cache": func() *session.Cache { return &session.Cache{MaxEntries: 2} },
	} {
		t.Run(name, func(t *testing.T) {
			sessiontest.Run(t, func(t *testing.T) sessiontest.Opened {
				store := cookieStore(t)
				store.Opened = cache()
				return sessiontest.Opened{Store: store, Marks: store.Marks, Keyring: store.Keyring}
			})
		})
	}
}

// A cookie copied from another host, or from another cookie of ours, is sealed
// by the right key and still not this session.
//
// Rows: CVE-2023-35941.
func TestCVE_2023_35941_CookieFromElsewhere(t *testing.T) {
	store := cookieStore(t)
	record, err := session.Marshal(sessiontest.New("ada"))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]seal.Binding{
		"another host":    {Purpose: "session", Name: storeName, Host: sessiontest.OtherHost},
		"another cookie":  {Purpose: "session", Name: "__Host-other", Host: sessiontest.Host},
		"another purpose": {Purpose: "transaction", Name: storeName, Host: sessiontest.Host},
	} {
		if s, err := store.Load(t.Context(), sessiontest.Host, store.Keyring.Seal(b, record)); s != nil || err != nil {
			t.Errorf("%s: session %v, err %v", name, s != nil, err)
		}
	}
	if s, _ := store.Load(t.Context(), sessiontest.Host, store.Keyring.Seal(seal.Binding{Purpose: "session", Name: storeName, Host: sessiontest.Host}, []byte("\x01{}"))); s != nil {
		t.Error("sealed rubbish is a session")
	}
}

func TestCookieStoreFollowsItsClock(t *testing.T) {
	store, now := cookieStore(t), noon
	store.Now = func() time.Time { return now }
	s := sessiontest.New("ada")
	s.CreatedAt, s.UsedAt, s.Remember = noon, noon, false
	token, err := store.Save(t.Context(), sessiontest.Host, "", s)
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]bool{0: true, time.Hour - time.Second: true, time.Hour: false} {
		now = noon.Add(after)
		if s, _ := store.Load(t.Context(), sessiontest.Host, token); (s != nil) != want {
			t.Errorf("after %v: valid %v, want %v", after, s != nil, want)
		}
	}
}

// AWS load balancers once set cookies that browsers dropped for their size, and
// sent the user round in circles. Here the sign-in fails, and the operator
// reads why.
//
// Rows: F-26, AWS ALB.
func TestF26_OversizedSession(t *testing.T) {
	s := sessiontest.New("ada")
	var groups []any
	for i := range 200 {
		groups = append(groups, fmt.Sprintf("Department of Something Long, Unit %d", i))
	}
	s.Claims["groups"] = groups
	_, err := cookieStore(t).Save(t.Context(), sessiontest.Host, "", s)
	var tooLarge *session.TooLargeError
	if !errors.As(err, &tooLarge) {
		t.Fatalf("got %v", err)
	}
	if tooLarge.Max != session.DefaultMaxBytes || tooLarge.Size <= tooLarge.Max {
		t.Errorf("%+v", tooLarge)
	}
	text := err.Error()
	for _, want := range []string{`the claim "groups" with 8`, "group_filter", "session redis"} {
		if !strings.Contains(text, want) || strings.Contains(text, "Department") {
			t.Errorf("%q does not say %q, or quotes a value", text, want)
		}
	}
	delete(s.Claims, "groups")
	s.AccessToken = seal.Random(6000) // for a header
	if _, err := cookieStore(t).Save(t.Context(), sessiontest.Host, "", s); err == nil || !strings.Contains(err.Error(), "the access token with 8000 bytes") || strings.Contains(err.Error(), s.AccessToken[:9]) {
		t.Errorf("a large token: %v", err)
	}
	s.AccessToken = ""
	if _, err := cookieStore(t).Save(t.Context(), sessiontest.Host, "", s); err != nil {
		t.Errorf("without the claim: %v", err)
	}
}

func TestDeleteWithoutAList(t *testing.T) {
	store := cookieStore(t)
	store.Marks = nil
	token, _ := store.Save(context.Background(), sessiontest.Host, "", sessiontest.New("ada"))
	if err := store.Delete(t.Context(), sessiontest.Host, token); err != nil {
		t.Error(err)
	}
}

// Sessions whose token is just as long as one cookie, two, ... five hold, and three
// bytes on either side: each comes back whole.
//
// Rows: mod_auth_openidc 2026-08-11, F-26.
func TestF26_TokensAtChunkBoundaries(t *testing.T) {
	store := cookieStore(t)
	store.MaxBytes = 30_000
	h := http.Header{}
	secure.Write(h, request(), filler(9000), time.Hour)
	_, second, _ := strings.Cut(h["Set-Cookie"][1], "=")
	second, _, _ = strings.Cut(second, ";")
	met := map[int]bool{}
	for chunks := 1; chunks <= 5; chunks++ {
		for pad := chunks*len(second)*3/4 - 200; pad <= chunks*len(second)*3/4-80; pad++ {
			s := &session.Session{ID: "id", Subject: "ada", CreatedAt: noon, UsedAt: noon, Claims: map[string]any{"pad": filler(pad)}}
			data, err := session.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			if size := ((45+len(data))*4 + 2) / 3; size < chunks*len(second)-3 || size > chunks*len(second)+3 || size > 5*len(second) {
				continue
			}
			token, err := store.Save(t.Context(), sessiontest.Host, "", s)
			if err != nil {
				t.Fatal(err)
			}
			met[len(token)-chunks*len(second)] = true
			var b browser
			h := http.Header{}
			secure.Write(h, request(), token, time.Hour)
			b.receive(t, h)
			store.Now = func() time.Time { return noon }
			if got := opened(t, store, secure, b.request()); got == nil || sessiontest.Diff(s, got) != "" {
				t.Errorf("a token of %d bytes in %d cookies does not come back", len(token), len(b.names))
			}
		}
	}
	for _, off := range []int{-1, 0, 2} { // base64 has no token of every length
		if !met[off] {
			t.Errorf("no token was %d off a boundary: %v", off, met)
		}
	}
}
