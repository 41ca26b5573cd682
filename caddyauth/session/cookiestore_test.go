package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

var binding = seal.Binding{Purpose: "session", Name: "__Host-okta", Host: "app.example.com"}

func cookieStore(t testing.TB) *session.CookieStore {
	t.Helper()
	ring, err := seal.New("a secret for the tests of this package")
	if err != nil {
		t.Fatal(err)
	}
	return &session.CookieStore{
		Keyring: ring, Binding: binding, Limits: sessiontest.Limits, Revoked: &session.Revoked{},
	}
}

func TestCookieStore(t *testing.T) {
	sessiontest.Run(t, func(t *testing.T) session.Store { return cookieStore(t) })
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
		"another host":    {Purpose: "session", Name: "__Host-okta", Host: "admin.example.com"},
		"another cookie":  {Purpose: "session", Name: "__Host-other", Host: "app.example.com"},
		"another purpose": {Purpose: "transaction", Name: "__Host-okta", Host: "app.example.com"},
	} {
		if s, err := store.Load(t.Context(), store.Keyring.Seal(b, record)); s != nil || err != nil {
			t.Errorf("%s: session %v, err %v", name, s != nil, err)
		}
	}
	if s, _ := store.Load(t.Context(), store.Keyring.Seal(binding, []byte("\x01{}"))); s != nil {
		t.Error("sealed rubbish is a session")
	}
}

func TestCookieStoreFollowsItsClock(t *testing.T) {
	store, now := cookieStore(t), noon
	store.Now = func() time.Time { return now }
	s := sessiontest.New("ada")
	s.CreatedAt, s.UsedAt = noon, noon
	token, err := store.Save(t.Context(), "", s)
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]bool{0: true, time.Hour - time.Second: true, time.Hour: false} {
		now = noon.Add(after)
		if s, _ := store.Load(t.Context(), token); (s != nil) != want {
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
	_, err := cookieStore(t).Save(t.Context(), "", s)
	var tooLarge *session.TooLargeError
	if !errors.As(err, &tooLarge) {
		t.Fatalf("got %v", err)
	}
	if tooLarge.Claim != "groups" || tooLarge.Max != session.DefaultMaxBytes || tooLarge.Size <= tooLarge.Max {
		t.Errorf("%+v", tooLarge)
	}
	if text := err.Error(); !strings.Contains(text, `"groups"`) || strings.Contains(text, "Department") {
		t.Errorf("%q names no claim, or quotes its value", text)
	}
	delete(s.Claims, "groups")
	if _, err := cookieStore(t).Save(t.Context(), "", s); err != nil {
		t.Errorf("without the claim: %v", err)
	}
}

func TestDeleteWithoutAList(t *testing.T) {
	store := cookieStore(t)
	store.Revoked = nil
	token, _ := store.Save(context.Background(), "", sessiontest.New("ada"))
	if err := store.Delete(t.Context(), token); err != nil {
		t.Error(err)
	}
}

// Somebody who may sign in could sign in and out for ever to fill the memory.
//
// Rows: S-26.
func TestS26_RevokedIsBounded(t *testing.T) {
	var r session.Revoked
	r.Add("over", noon, noon)
	if r.Has("over") {
		t.Error("a session that is over anyway takes room")
	}
	const many = 100_000
	for i := range many {
		r.Add(fmt.Sprint(i), noon.Add(time.Hour+time.Duration(i)*time.Second), noon)
	}
	r.Add("one more", noon.Add(24*time.Hour), noon)
	if r.Has("0") || !r.Has("1") || !r.Has("one more") {
		t.Error("a full list gives up the entry that ends first, and only that")
	}
	later := noon.Add(2 * time.Hour)
	r.Add("later", later.Add(time.Hour), later)
	if r.Has("2") || !r.Has("later") || !r.Has(fmt.Sprint(many-1)) {
		t.Error("a full list gives up what has ended by itself")
	}
}
