package redisstore_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

// people signs users in and returns their tokens by subject.
func people(t *testing.T, o sessiontest.Opened, n int) map[string]string {
	t.Helper()
	tokens := map[string]string{}
	for i := range n {
		subject := fmt.Sprintf("user%d", i)
		tokens[subject] = save(t, o, "", subject)
	}
	return tokens
}

// loadAll loads every session at once, some times, past all caches, and counts
// whose it was.
func loadAll(t *testing.T, store *redisstore.Store, tokens map[string]string, times int) (right, none, failed, wrong int64) {
	t.Helper()
	var wg sync.WaitGroup
	for subject, token := range tokens {
		wg.Go(func() {
			for range times {
				switch s, err := store.Fresh(t.Context(), sessiontest.Host, token); {
				case err != nil:
					atomic.AddInt64(&failed, 1)
				case s == nil:
					atomic.AddInt64(&none, 1)
				case s.Subject != subject:
					atomic.AddInt64(&wrong, 1)
				default:
					atomic.AddInt64(&right, 1)
				}
			}
		})
	}
	wg.Wait()
	return right, none, failed, wrong
}

// The go-redis client sent CLIENT SETINFO on each new connection and did not wait
// long for the answer. One that came late was taken for the answer to the next
// command, and from then on every answer on that connection was somebody else's.
// Here the first answers on each new connection come after the client has given
// them up.
//
// Rows: CVE-2025-29923, F-17.
func TestCVE_2025_29923_LateFirstReply(t *testing.T) {
	server := startServer(t)
	tokens := people(t, open(t, server.client(t)), 200)
	for late := 1; late <= 3; late++ {
		t.Run(fmt.Sprintf("reply %d is late", late), func(t *testing.T) {
			var mu sync.Mutex
			held := map[int][]byte{}
			p := startProxy(t, server.address, func(connection, reply int, _, data []byte) []byte {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case reply == late && connection%2 == 0:
					held[connection] = data
					return nil
				case reply == late+1:
					return append(held[connection], data...)
				}
				return data
			})
			client := connect(t, redisstore.Config{Addresses: []string{p.address}, ReadTimeout: 50 * time.Millisecond, PoolSize: 20})
			right, none, failed, wrong := loadAll(t, namesake(t, client), tokens, 10)
			if wrong > 0 || none > 0 {
				t.Errorf("%d loads gave another user's session, %d none", wrong, none)
			}
			if right == 0 {
				t.Error("nothing worked at all")
			}
			t.Logf("%d right, %d errors", right, failed)
		})
	}
}

// Whatever a middle box or a bug does to replies, a user gets no other user's
// session: every other reply to a read is one that belongs to an earlier read.
//
// Rows: F-17.
func TestF17_RepliesInTheWrongOrder(t *testing.T) {
	server := startServer(t)
	tokens := people(t, open(t, server.client(t)), 200)
	var mu sync.Mutex
	var last []byte
	reads := 0
	p := startProxy(t, server.address, func(_, _ int, command, data []byte) []byte {
		if !isRead(command) {
			return data
		}
		mu.Lock()
		defer mu.Unlock()
		if reads++; reads%2 == 0 {
			data, last = last, data
		} else {
			last = data
		}
		return data
	})
	store := namesake(t, connect(t, redisstore.Config{Addresses: []string{p.address}}))
	right, none, failed, wrong := loadAll(t, store, tokens, 50)
	t.Logf("%d loads: %d right, %d refused, %d errors", 50*len(tokens), right, none, failed)
	if wrong > 0 {
		t.Errorf("%d loads gave another user's session", wrong)
	}
	if none == 0 || store.Invalid() != none {
		t.Errorf("%d replies were refused, %d counted", none, store.Invalid())
	}
}

// Somebody who can write to Redis puts one user's record in the place of
// another's, or under keys of another host or application.
//
// Rows: F-16.
func TestF16_RecordsSwapped(t *testing.T) {
	server := startServer(t)
	client := server.client(t)
	o := open(t, client)
	store := o.Store.(*redisstore.Store)
	ada, eve := save(t, o, "", "ada"), save(t, o, "", "eve")
	key := func(token string) string { return store.SessionKey(sessiontest.Host, token) }
	adas, eves := server.do(t, "GET", key(ada)).(string), server.do(t, "GET", key(eve)).(string)

	adaHead, adaBox, _ := strings.Cut(adas, "\n")
	_, eveBox, _ := strings.Cut(eves, "\n")
	for name, record := range map[string]string{
		"another's":               adas,
		"another's, own head":     strings.Replace(eves, eveBox, adaBox, 1),
		"own, another's head":     adaHead + "\n" + eveBox,
		"the box alone":           adaBox,
		"own, twice":              eves + "\n" + eves,
		"cut":                     eves[:len(eves)-1],
		"longer":                  eves + "A",
		"empty lines":             "\n\n\n",
		"one byte":                "1",
		"of a later version":      "2" + eves[1:] + "\nmore",
		"an unsealed session":     "1 0 0 0 0 h s\n" + `{"i":"x","s":"ada"}`,
		"a cookie's sealed value": "1 0 0 0 0 h s\n" + o.Keyring.Seal(seal.Binding{Purpose: "session", Name: t.Name(), Host: sessiontest.Host}, []byte("x")),
	} {
		server.do(t, "SET", key(eve), record)
		s, err := store.Fresh(t.Context(), sessiontest.Host, eve)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// Whatever stands before it, one's own record is one's own: the head is for
		// lists, and believed for nothing else.
		if s != nil && s.Subject != "eve" {
			t.Errorf("%s: a session of %q", name, s.Subject)
		}
		if s, _ := store.Load(t.Context(), sessiontest.Host, eve); s != nil && s.Subject != "eve" {
			t.Errorf("%s: the cache has a session of %q", name, s.Subject)
		}
	}

	// Where the same token would lead on another host, or in another application.
	other := client.Store(o.Keyring, "another application", sessiontest.Limits)
	server.do(t, "SET", store.SessionKey(sessiontest.OtherHost, ada), adas)
	server.do(t, "SET", other.SessionKey(sessiontest.Host, ada), adas)
	for name, load := range map[string]func() (*session.Session, error){
		"another host":        func() (*session.Session, error) { return store.Load(t.Context(), sessiontest.OtherHost, ada) },
		"another application": func() (*session.Session, error) { return other.Load(t.Context(), sessiontest.Host, ada) },
	} {
		if s, err := load(); s != nil || err != nil {
			t.Errorf("%s: session %v, err %v", name, s != nil, err)
		}
	}
}

// An older record of a session is put back under its own key. It opens, being
// genuine; but what ended the session since then ends it still.
//
// Rows: F-16.
func TestF16_OldRecordRestored(t *testing.T) {
	server := startServer(t)
	client := server.client(t)
	o := open(t, client)
	store := o.Store.(*redisstore.Store)
	token := save(t, o, "", "ada")
	key := store.SessionKey(sessiontest.Host, token)
	old := server.do(t, "GET", key)

	// Signed out, and restored: the mark of the sign-out ends it here, and on
	// every replica that hears of the mark.
	if err := store.Delete(t.Context(), sessiontest.Host, token); err != nil {
		t.Fatal(err)
	}
	server.do(t, "SET", key, old)
	if s, err := store.Fresh(t.Context(), sessiontest.Host, token); s != nil || err != nil {
		t.Errorf("signed out and restored: session %v, err %v", s != nil, err)
	}
	// Without the mark it is as old as it was: its limits are in the sealed part,
	// not in the time that Redis keeps it.
	late := replica(t, client, nil)
	late.Now = func() time.Time { return time.Now().Add(sessiontest.Limits.Longest()) }
	if s, err := late.Fresh(t.Context(), sessiontest.Host, token); s != nil || err != nil {
		t.Errorf("restored after its end: session %v, err %v", s != nil, err)
	}
}

// A value of 100 MB under a session's key, and values of every other type: no
// session, no error, and not read.
//
// Rows: F-16.
func TestF16_HugeValuesAndWrongTypes(t *testing.T) {
	server := startServer(t)
	var largest atomic.Int64
	p := startProxy(t, server.address, func(_, _ int, _, data []byte) []byte {
		largest.Store(max(largest.Load(), int64(len(data))))
		return data
	})
	o := open(t, connect(t, redisstore.Config{Addresses: []string{p.address}}))
	store := o.Store.(*redisstore.Store)
	token := save(t, o, "", "ada")
	key := store.SessionKey(sessiontest.Host, token)
	for name, write := range map[string][]any{
		"100 MB": {"SETRANGE", key, 100 << 20, "x"},
		"hash":   {"HSET", key, "a", "b"},
		"list":   {"RPUSH", key, "a"},
		"set":    {"SADD", key, "a"},
		"zset":   {"ZADD", key, 1, "a"},
		"stream": {"XADD", key, "*", "a", "b"},
	} {
		server.do(t, "DEL", key)
		server.do(t, write...)
		before := store.Invalid()
		if s, err := store.Fresh(t.Context(), sessiontest.Host, token); s != nil || err != nil {
			t.Errorf("%s: session %v, err %v", name, s != nil, err)
		}
		if store.Invalid() == before {
			t.Errorf("%s: not counted", name)
		}
		if _, err := store.Save(t.Context(), sessiontest.Host, token, sessiontest.New("ada")); err != nil {
			t.Errorf("%s: save: %v", name, err)
		}
		if _, _, err := store.List(t.Context(), nil, 10); err != nil {
			t.Errorf("%s: list: %v", name, err)
		}
		if err := store.Delete(t.Context(), sessiontest.Host, token); err != nil {
			t.Errorf("%s: delete: %v", name, err)
		}
		save(t, o, "", "ada") // the list has one that is whole
	}
	if largest.Load() > 300<<10 {
		t.Errorf("a reply of %d bytes was read", largest.Load())
	}
}

// Who reads Redis learns nothing: no token, no name, no claim; and with the
// keyring, which other servers of the operator's have too, opens nothing.
//
// Rows: F-16.
func TestF16_ReaderOfRedis(t *testing.T) {
	server := startServer(t)
	client := server.client(t)
	o := open(t, client)
	ada := sessiontest.New("ada-lovelace")
	token, err := o.Store.Save(t.Context(), sessiontest.Host, "", ada)
	if err != nil {
		t.Fatal(err)
	}
	var dump strings.Builder
	for _, key := range server.do(t, "KEYS", "*").([]any) {
		dump.WriteString(key.(string) + "\n")
		switch server.do(t, "TYPE", key) {
		case "string":
			dump.WriteString(server.do(t, "GET", key).(string))
		default:
			fmt.Fprint(&dump, server.do(t, "ZRANGE", key, 0, -1))
		}
	}
	for _, secret := range []string{token, token[:20], ada.ID, ada.Subject, "lovelace", ada.RefreshToken, ada.IDToken, "Rechts"} {
		if strings.Contains(dump.String(), secret) {
			t.Errorf("Redis holds a secret of %d characters", len(secret))
		}
	}
	// The cookie alone, without our keys, is not enough either.
	ring, err := seal.New("another secret, of somebody who has the cookie")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := client.Store(ring, t.Name(), sessiontest.Limits).Load(t.Context(), sessiontest.Host, token); s != nil || err != nil {
		t.Errorf("opened with another keyring: session %v, err %v", s != nil, err)
	}
}

// Session ids went into a Redis command by a format string. Here nothing that a
// browser sends is in a command: what is not a token of ours never gets there.
//
// Rows: CVE-2021-32785.
func TestCVE_2021_32785_CommandsInTokens(t *testing.T) {
	server := startServer(t)
	o := open(t, server.client(t))
	good := save(t, o, "", "ada")
	server.do(t, "CONFIG", "RESETSTAT")
	for _, token := range []string{"%n%s%x", "a\r\nFLUSHALL\r\n", "*1\r\n$8\r\nFLUSHALL\r\n", "\x00", good + "\r\nFLUSHALL", strings.Repeat("%s", 22)[:43]} {
		if s, err := o.Store.Load(t.Context(), sessiontest.Host, token); s != nil || err != nil {
			t.Errorf("%q: session %v, err %v", token, s != nil, err)
		}
		if err := o.Store.Delete(t.Context(), sessiontest.Host, token); err != nil {
			t.Errorf("%q: delete: %v", token, err)
		}
		if _, err := o.Store.Save(t.Context(), sessiontest.Host, token, sessiontest.New("eve")); err != nil {
			t.Errorf("%q: save: %v", token, err)
		}
	}
	stats := server.do(t, "INFO", "commandstats").(string)
	for _, command := range []string{"getrange", "flushall", "set", "del", "evalsha"} {
		if strings.Contains(stats, "cmdstat_"+command+":") {
			t.Errorf("a %s reached Redis", command)
		}
	}
	// A host with such characters is no way in either, and keeps its sessions.
	const host = "https://app.example.com\r\nFLUSHALL \x00%n\n"
	token, err := o.Store.Save(t.Context(), host, "", sessiontest.New("ada"))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := o.Store.(*redisstore.Store).Fresh(t.Context(), host, token); s == nil || err != nil {
		t.Errorf("on an odd host: session %v, err %v", s != nil, err)
	}
}

// namesake returns a store of the same application as the test's, for another
// client: subtests have names of their own.
func namesake(t *testing.T, client *redisstore.Client) *redisstore.Store {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "/")
	return client.Store(sessiontest.Keyring(t), name, sessiontest.Limits)
}
