package redisstore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

func TestConformance(t *testing.T) {
	client := startServer(t).client(t)
	sessiontest.Run(t, func(t *testing.T) sessiontest.Opened { return open(t, client) })
}

// One replica notes that the session was used, from what it has in its cache,
// while another has just redeemed the refresh token. The note would put the old
// token back, and its next redeem would end the user's session at Okta.
//
// Rows: oauth2-proxy #1992.
func TestOAuth2Proxy_1992_OldStateDoesNotOverwriteARefresh(t *testing.T) {
	server := startServer(t)
	o := open(t, server.client(t))
	here, there := o.Store.(*redisstore.Store), replica(t, server.client(t), o.Marks)
	token := save(t, o, "", "ada")
	held, err := there.Load(t.Context(), sessiontest.Host, token)
	if err != nil || held == nil {
		t.Fatalf("session %v, err %v", held != nil, err)
	}
	refreshed := load(t, o, token).Clone()
	refreshed.RefreshToken, refreshed.RefreshedAt = "rotated", time.Now().Truncate(time.Second)
	if _, err := here.Save(t.Context(), sessiontest.Host, token, refreshed); err != nil {
		t.Fatal(err)
	}
	used := held.Clone()
	used.UsedAt = used.UsedAt.Add(time.Minute)
	if again, err := there.Save(t.Context(), sessiontest.Host, token, used); again != token || err != nil {
		t.Errorf("the note of the last use: token kept %v, err %v", again == token, err)
	}
	for name, store := range map[string]*redisstore.Store{"here": here, "there": there} {
		if s, err := store.Load(t.Context(), sessiontest.Host, token); err != nil || s == nil || s.RefreshToken != "rotated" {
			t.Errorf("%s: the old refresh token is back, err %v", name, err)
		}
	}
}

// The cache spares reads, is short, and Fresh passes it.
func TestCache(t *testing.T) {
	server := startServer(t)
	o := open(t, server.client(t))
	here, there := o.Store.(*redisstore.Store), replica(t, server.client(t), nil)
	now := time.Now()
	there.Now = func() time.Time { return now }
	token := save(t, o, "", "ada")
	loads := func(load func() (*session.Session, error)) bool {
		t.Helper()
		s, err := load()
		if err != nil {
			t.Fatal(err)
		}
		return s != nil
	}
	cached := func() (*session.Session, error) { return there.Load(t.Context(), sessiontest.Host, token) }
	fresh := func() (*session.Session, error) { return there.Fresh(t.Context(), sessiontest.Host, token) }
	loads(cached)
	server.do(t, "CONFIG", "RESETSTAT")
	for range 10 {
		loads(cached)
	}
	if stats := server.do(t, "INFO", "commandstats").(string); strings.Contains(stats, "getrange") {
		t.Error("every load reads")
	}
	if err := here.Delete(t.Context(), sessiontest.Host, token); err != nil {
		t.Fatal(err)
	}
	if !loads(cached) {
		t.Error("there is no cache")
	}
	now = now.Add(redisstore.CacheAge)
	if loads(cached) {
		t.Error("signed out elsewhere, and still here after CacheAge")
	}
	token = save(t, o, "", "ada")
	loads(cached)
	if err := here.Delete(t.Context(), sessiontest.Host, token); err != nil {
		t.Fatal(err)
	}
	if loads(fresh) || loads(cached) {
		t.Error("read afresh, and still there")
	}
}

// Redis drops a session when it ends, at the latest, and with its use forgets the
// idle ones sooner.
func TestTimeToLive(t *testing.T) {
	server := startServer(t)
	o := open(t, server.client(t))
	store := o.Store.(*redisstore.Store)
	now := time.Now().Truncate(time.Second)
	store.Now = func() time.Time { return now }
	limits := sessiontest.Limits
	for name, c := range map[string]struct {
		remember      bool
		created, used time.Duration
		want          time.Duration
	}{
		"idle":         {false, 0, 0, limits.Idle},
		"used later":   {false, -5 * time.Hour, -10 * time.Minute, limits.Idle - 10*time.Minute},
		"near its end": {false, -limits.Lifetime + time.Minute, 0, time.Minute},
		"remembered":   {true, -time.Hour, -time.Hour, limits.Remember - time.Hour},
	} {
		s := sessiontest.New("ada")
		s.Remember, s.CreatedAt, s.UsedAt = c.remember, now.Add(c.created), now.Add(c.used)
		token, err := store.Save(t.Context(), sessiontest.Host, "", s)
		if err != nil {
			t.Fatal(err)
		}
		for _, when := range []string{"signed in", "saved again"} {
			left := time.Duration(server.do(t, "PTTL", store.SessionKey(sessiontest.Host, token)).(int64)) * time.Millisecond
			if left > c.want+time.Millisecond || left < c.want-30*time.Second {
				t.Errorf("%s, %s: Redis keeps it for %s, want %s", name, when, left, c.want)
			}
			if _, err := store.Save(t.Context(), sessiontest.Host, token, s.Clone()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, key := range server.do(t, "KEYS", "*").([]any) {
		if ttl := server.do(t, "TTL", key).(int64); ttl <= 0 {
			t.Errorf("%s is kept for ever", key)
		}
	}
}

// A key is rotated: sessions of the old one go on, are saved under the new one,
// and end when the old one is taken away.
//
// Rows: S-36.
func TestS36_KeyRotationInRedis(t *testing.T) {
	const first, second = "the first secret, which is long enough", "the second secret, which is long enough"
	server := startServer(t)
	client := server.client(t)
	store := func(secrets ...string) *redisstore.Store {
		ring, err := seal.New(secrets...)
		if err != nil {
			t.Fatal(err)
		}
		return client.Store(ring, t.Name(), sessiontest.Limits)
	}
	before, both, after := store(first), store(second, first), store(second)
	ada, bob := sessiontest.New("ada"), sessiontest.New("bob")
	adas, err := before.Save(t.Context(), sessiontest.Host, "", ada)
	if err != nil {
		t.Fatal(err)
	}
	bobs, err := before.Save(t.Context(), sessiontest.Host, "", bob)
	if err != nil {
		t.Fatal(err)
	}
	s, err := both.Fresh(t.Context(), sessiontest.Host, adas)
	if err != nil || s == nil {
		t.Fatalf("during the overlap: session %v, err %v", s != nil, err)
	}
	for name, who := range map[string]*session.Session{"ada": ada, "bob": bob} {
		infos, _, err := both.List(t.Context(), &session.Who{Kind: session.ByEmail, Value: who.Email}, 10)
		if len(infos) != 1 || err != nil {
			t.Errorf("%s, during the overlap: %d sessions listed, err %v", name, len(infos), err)
		}
	}
	if again, err := both.Save(t.Context(), sessiontest.Host, adas, s.Clone()); again != adas || err != nil {
		t.Fatalf("token kept %v, err %v", again == adas, err)
	}
	if infos, _, err := both.List(t.Context(), &session.Who{Kind: session.ByEmail, Value: ada.Email}, 10); len(infos) != 1 || err != nil {
		t.Errorf("under both keys: %d sessions listed, err %v", len(infos), err)
	}
	for token, want := range map[string]bool{adas: true, bobs: false} {
		if s, err := after.Fresh(t.Context(), sessiontest.Host, token); (s != nil) != want || err != nil {
			t.Errorf("with the new key alone: session %v, want %v, err %v", s != nil, want, err)
		}
	}
}

// Lists leave out what has gone, forget it, and go on over many pages.
func TestListOfMany(t *testing.T) {
	server := startServer(t)
	o := open(t, server.client(t))
	store := o.Store.(*redisstore.Store)
	const many = 450
	var keys []any
	now := time.Now().Truncate(time.Second)
	for i := range many {
		s := sessiontest.New(fmt.Sprintf("user%d", i%3))
		s.CreatedAt = now.Add(time.Duration(i-many) * time.Second)
		token, err := store.Save(t.Context(), sessiontest.Host, "", s)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			keys = append(keys, store.SessionKey(sessiontest.Host, token))
		}
	}
	server.do(t, append([]any{"DEL"}, keys...)...)
	for range 2 {
		infos, more, err := store.List(t.Context(), nil, 1000)
		if err != nil || more || len(infos) != many/2 {
			t.Fatalf("%d sessions, more %v, err %v; want %d", len(infos), more, err, many/2)
		}
		for i := range infos[1:] {
			if infos[i].CreatedAt.Before(infos[i+1].CreatedAt) {
				t.Fatalf("entry %d is older than the next", i)
			}
		}
	}
	for _, key := range server.do(t, "KEYS", "okta_auth:index:*:all").([]any) {
		if n := server.do(t, "ZCARD", key); n != int64(many/2) {
			t.Errorf("the index still has %d entries", n)
		}
	}
	if infos, more, err := store.List(t.Context(), nil, 7); len(infos) != 7 || !more || err != nil {
		t.Errorf("of seven: %d, more %v, err %v", len(infos), more, err)
	}

	// What a mark has ended is in no list, whoever asks for it.
	end := func(who session.Who) {
		store.Marks.Add(time.Now(), session.Mark{Name: session.MarkName(store.Keyring, who), Before: time.Now().Add(time.Hour), Ends: time.Now().Add(24 * time.Hour)})
	}
	count := func(who *session.Who) int {
		infos, _, err := store.List(t.Context(), who, 1000)
		if err != nil {
			t.Fatal(err)
		}
		return len(infos)
	}
	ada := session.Who{Kind: session.ByEmail, Value: "USER1@example.com"}
	end(ada)
	if n := count(&ada); n != 0 {
		t.Errorf("%d are listed after they were ended", n)
	}
	if n, want := count(nil), many/2-many/6; n != want {
		t.Errorf("%d of everybody's, want %d", n, want)
	}
	infos, _, _ := store.List(t.Context(), nil, 1)
	end(session.Who{Kind: session.BySession, Value: infos[0].Handle})
	if n, want := count(nil), many/2-many/6-1; n != want {
		t.Errorf("%d of everybody's, want %d", n, want)
	}
	end(session.Who{Kind: session.Everybody})
	if n := count(nil); n != 0 {
		t.Errorf("%d are left", n)
	}
}

// A session that is larger than any can be is refused, and by how much.
func TestSessionTooLarge(t *testing.T) {
	o := open(t, startServer(t).client(t))
	_, err := o.Store.Save(t.Context(), sessiontest.Host, "", sessiontest.WithGroups("ada", 20_000))
	if err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("20,000 groups: %v", err)
	}
}
