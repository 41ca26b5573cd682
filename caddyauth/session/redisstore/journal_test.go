package redisstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

func TestJournal(t *testing.T) {
	server := startServer(t)
	journalTells(t, server.client(t))
}

// journalTells publishes on one journal and hears of it on another of the same
// name.
func journalTells(t *testing.T, client *redisstore.Client) {
	t.Helper()
	const many = 2500 // some pages
	now := time.Now().UTC().Truncate(time.Second)
	ours, theirs := client.Journal("app", time.Hour), client.Journal("app", time.Hour)
	if marks, next, err := theirs.Since(t.Context(), ""); len(marks) > 0 || next == "" || err != nil {
		t.Fatalf("an empty journal: %d marks, cursor %q, err %v", len(marks), next, err)
	}
	var want []session.Mark
	for i := range many {
		m := session.Mark{Name: fmt.Sprintf("session:%d", i), Before: now, Ends: now.Add(time.Hour)}
		if err := ours.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		want = append(want, m)
	}
	marks, next, err := theirs.Since(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, marks); diff != "" {
		t.Errorf("(-published +heard):\n%s", diff)
	}
	last := session.Mark{Name: "email:last", Before: now, Ends: now.Add(time.Hour)}
	if err := ours.Publish(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	for _, cursor := range []string{next, "", "nonsense", "-5", "99"} {
		marks, _, err := theirs.Since(t.Context(), cursor)
		if err != nil || len(marks) == 0 || !cmp.Equal(marks[len(marks)-1], last) {
			t.Errorf("since %q: the last mark is missing among %d, err %v", cursor, len(marks), err)
		}
	}
	if marks, _, _ := client.Journal("other", time.Hour).Since(t.Context(), ""); len(marks) != 0 {
		t.Errorf("another journal has %d of them", len(marks))
	}
}

// What was read more than a minute ago is not read again, and what nobody needs
// any more is dropped.
func TestJournalForgets(t *testing.T) {
	server := startServer(t)
	journal := server.client(t).Journal("app", time.Hour)
	key := onlyKeyAfter(t, server, func() {
		if err := journal.Publish(t.Context(), session.Mark{Name: "session:new"}); err != nil {
			t.Fatal(err)
		}
	})
	ttl := time.Duration(server.do(t, "PTTL", key).(int64)) * time.Millisecond
	if ttl <= 0 || ttl > time.Hour {
		t.Errorf("it is kept for %s", ttl)
	}
	server.do(t, "DEL", key)
	ago := func(d time.Duration) string { return fmt.Sprint(time.Now().Add(-d).UnixMilli()) }
	for i := range 300 { // trimming is by pages of a hundred
		server.do(t, "XADD", key, ago(2*time.Hour)+fmt.Sprintf("-%d", i+1), "m", `{"n":"session:ancient"}`)
	}
	server.do(t, "XADD", key, ago(10*time.Minute)+"-1", "m", `{"n":"session:old"}`)
	server.do(t, "XADD", key, ago(10*time.Second)+"-1", "m", `{"n":"session:recent"}`)
	server.do(t, "XADD", key, ago(5*time.Second)+"-1", "of", "another version")
	server.do(t, "XADD", key, ago(4*time.Second)+"-1", "m", "broken")
	marks, _, err := journal.Since(t.Context(), ago(time.Second))
	if err != nil || len(marks) != 1 || marks[0].Name != "session:recent" {
		t.Errorf("since just now: %+v, err %v", marks, err)
	}
	if err := journal.Publish(t.Context(), session.Mark{Name: "session:new"}); err != nil {
		t.Fatal(err)
	}
	if n := server.do(t, "XLEN", key).(int64); n > 150 {
		t.Errorf("%d entries are kept", n)
	}
}

// A user is signed out everywhere on one replica. On the other, which has the
// session in its cache, the next poll of the journal ends it, not the cache's age.
//
// Rows: S-37.
func TestS37_RevocationPassesTheCache(t *testing.T) {
	server := startServer(t)
	here, there := new(session.Marks), new(session.Marks)
	clientHere, clientThere := server.client(t), server.client(t)
	storeHere, storeThere := replica(t, clientHere, here), replica(t, clientThere, there)
	frozen := time.Now()
	storeThere.Now = func() time.Time { return frozen }

	ada := sessiontest.New("ada")
	token, err := storeHere.Save(t.Context(), sessiontest.Host, "", ada)
	if err != nil {
		t.Fatal(err)
	}
	loads := func() bool {
		s, err := storeThere.Load(t.Context(), sessiontest.Host, token)
		if err != nil {
			t.Fatal(err)
		}
		return s != nil
	}
	if !loads() {
		t.Fatal("not signed in to begin with")
	}
	ring := sessiontest.Keyring(t)
	publisher := &session.Follower{Marks: here, Journal: clientHere.Journal("app", sessiontest.Limits.Longest())}
	follower := &session.Follower{Marks: there, Journal: clientThere.Journal("app", sessiontest.Limits.Longest())}
	err = publisher.Publish(t.Context(), session.Mark{
		Name:   session.MarkName(ring, session.Who{Kind: session.ByEmail, Value: ada.Email}),
		Before: time.Now(), Ends: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := storeHere.Load(t.Context(), sessiontest.Host, token); s != nil {
		t.Error("it lives on where it was ended")
	}
	if !loads() {
		t.Fatal("the other replica knew without being told")
	}
	if err := follower.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if loads() {
		t.Error("it lives on in the cache of the other replica")
	}
}

// onlyKeyAfter runs what makes a key, and returns it.
func onlyKeyAfter(t *testing.T, s *server, run func()) string {
	t.Helper()
	s.do(t, "FLUSHALL")
	run()
	keys := s.do(t, "KEYS", "*").([]any)
	if len(keys) != 1 {
		t.Fatalf("keys %v, want one", keys)
	}
	return keys[0].(string)
}
