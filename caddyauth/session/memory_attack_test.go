package session_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

// An administrator ends the sessions of a user who was shut out, and replaces the
// key to be safe. Marks are keyed hashes: under the new key, that of the user is
// nobody's. The session that they still have a cookie of lies in memory, which
// outlives the reload and is not sealed with anything: the new key would bring it
// back. Taking a key away has to end what was signed in under it.
//
// Rows: S-37, F-37
func TestS37_KeyThatIsTakenAwayBringsNoEndedSessionBack(t *testing.T) {
	ring := func(secrets ...string) *seal.Keyring {
		t.Helper()
		for i := range secrets {
			secrets[i] = strings.Repeat(secrets[i], seal.MinSecret)
		}
		k, err := seal.New(secrets...)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	first := memoryStore(t)
	first.Keyring = ring("a")
	under := func(k *seal.Keyring) *session.MemoryStore {
		next := memoryStore(t)
		next.Keyring, next.Memory, next.Marks = k, first.Memory, first.Marks
		return next
	}
	evil, good := sessiontest.New("evil"), sessiontest.New("good")
	evils, goods := create(t, first, evil), create(t, first, good)
	who := session.Who{Kind: session.ByEmail, Value: evil.Email}
	first.Marks.Add(time.Now(), session.Mark{Name: session.MarkName(first.Keyring, who), Before: time.Now(), Ends: time.Now().Add(time.Hour)})

	rotated := under(ring("b", "a"))
	if alive(t, rotated, evils) || !alive(t, rotated, goods) {
		t.Fatal("a key in front of the old one changes who is signed in")
	}
	// What is used under the new key lives on under it.
	s, _ := rotated.Load(context.Background(), sessiontest.Host, goods)
	if _, err := rotated.Save(context.Background(), sessiontest.Host, goods, s.Clone()); err != nil {
		t.Fatal(err)
	}
	taken := under(ring("b"))
	if alive(t, taken, evils) {
		t.Error("the session that was ended is back")
	}
	if !alive(t, taken, goods) {
		t.Error("a session that was used under the new key ended with the old one")
	}
	if alive(t, under(ring("c")), goods) {
		t.Error("a key that nothing was written under opens a session")
	}
	infos, _, err := taken.List(context.Background(), nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, info := range infos {
		listed = append(listed, info.Login)
	}
	if diff := cmp.Diff([]string{good.Login}, listed); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}
