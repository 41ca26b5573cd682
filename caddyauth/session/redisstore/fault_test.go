package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

// Redis is down when the server starts, and comes later: nothing but the calls
// made meanwhile fails, and those with an error, not with "signed out".
//
// Rows: F-12.
func TestF12_RedisDownAtStart(t *testing.T) {
	server := newServer(t)
	client := server.client(t)
	o := open(t, client)
	if s, err := o.Store.Load(t.Context(), sessiontest.Host, strings.Repeat("A", 43)); s != nil || err == nil {
		t.Error("Redis is down, and the answer is: signed out")
	}
	if _, err := o.Store.Save(t.Context(), sessiontest.Host, "", sessiontest.New("ada")); err == nil {
		t.Error("saved in a Redis that is down")
	}
	if client.Ping(t.Context()) == nil {
		t.Error("a Redis that is down is ready")
	}
	server.start(t)
	rig.Eventually(t, "Redis is found", func() bool { return client.Ping(t.Context()) == nil })
	load(t, o, save(t, o, "", "ada"))
}

// Redis restarts while a hundred connections to it lie in the pool. Each is dead,
// and each that was tried cost somebody a failed request; with TLS the pool could
// not even see it.
//
// Rows: F-12, mod_auth_openidc 2026-08-11.
func TestF12_HundredDeadConnections(t *testing.T) {
	pki := newPKI(t)
	for name, start := range map[string]func() (*server, redisstore.Config){
		"plain": func() (*server, redisstore.Config) {
			server := startServer(t, "--appendonly", "yes", "--appendfsync", "always")
			return server, redisstore.Config{Addresses: []string{server.address}}
		},
		"TLS": func() (*server, redisstore.Config) {
			server := startTLS(t, pki, "--appendonly", "yes", "--appendfsync", "always")
			return server, redisstore.Config{
				Addresses: []string{server.address}, TLS: true, CAFile: pki.ca,
				CertFile: pki.clientCert, KeyFile: pki.clientKey, ServerName: "redis.internal",
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, config := start()
			config.PoolSize = 100
			client := connect(t, config)
			o := open(t, client)
			store := o.Store.(*redisstore.Store)
			token := save(t, o, "", "ada")
			fillPool(t, client, store, token, 100)
			server.restart(t)
			for i := range 200 {
				if s, err := store.Fresh(t.Context(), sessiontest.Host, token); s == nil || err != nil {
					t.Fatalf("load %d after the restart: session %v, err %v", i+1, s != nil, err)
				}
			}
			server.restart(t)
			fillPool(t, client, store, token, 100) // all at once
		})
	}
}

// fillPool loads from many goroutines until so many connections are open. Each
// load must work.
func fillPool(t *testing.T, client *redisstore.Client, store *redisstore.Store, token string, n int) {
	t.Helper()
	rig.Eventually(t, fmt.Sprintf("%d connections", n), func() bool {
		var wg sync.WaitGroup
		for range 2 * n {
			wg.Go(func() {
				if s, err := store.Fresh(t.Context(), sessiontest.Host, token); s == nil || err != nil {
					t.Errorf("session %v, err %v", s != nil, err)
				}
			})
		}
		wg.Wait()
		return t.Failed() || client.IdleConns() >= n
	})
}

// Redis hangs: it takes connections and says nothing. A call ends with an error
// when its time is up; after some, others do not even wait. When Redis goes on,
// so do we, and nobody has been signed out.
//
// Rows: F-13.
func TestF13_RedisHangs(t *testing.T) {
	server := startServer(t)
	o := open(t, server.client(t))
	token := save(t, o, "", "ada")
	store := replica(t, connect(t, redisstore.Config{Addresses: []string{server.address}, Timeout: 200 * time.Millisecond}), o.Marks)
	server.hang(t)
	var hung, refused atomic.Int64
	var wg sync.WaitGroup
	for range 500 {
		wg.Go(func() {
			for range 3 {
				s, err := store.Fresh(t.Context(), sessiontest.Host, token)
				switch {
				case err == nil:
					t.Errorf("an answer of a Redis that hangs: session %v", s != nil)
				case strings.Contains(err.Error(), "did not answer the last calls"):
					refused.Add(1)
				default:
					hung.Add(1)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d calls waited, %d did not", hung.Load(), refused.Load())
	if refused.Load() == 0 {
		t.Error("every call waits for a Redis that hangs")
	}
	server.goOn()
	rig.Eventually(t, "it works again", func() bool {
		s, err := store.Fresh(t.Context(), sessiontest.Host, token)
		if err == nil && s == nil {
			t.Fatal("signed out by it")
		}
		return err == nil
	})
}

// A server that takes connections and never speaks, for TLS too: the handshake is
// within the call's time.
//
// Rows: F-13.
func TestF13_NobodyBehindTheSocket(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, config := range []redisstore.Config{
		{}, {TLS: true}, {Cluster: true}, {MasterName: "main"},
	} {
		config.Addresses = []string{listener.Addr().String()}
		config.Timeout = 100 * time.Millisecond
		o := open(t, connect(t, config))
		if s, err := o.Store.Load(t.Context(), sessiontest.Host, strings.Repeat("A", 43)); s != nil || err == nil {
			t.Errorf("%+v: session %v, err %v", config, s != nil, err)
		}
	}
}

// Every reply takes 50 ms, and there are more requests than connections: slow, not
// broken, and not taken for broken.
//
// Rows: F-13.
func TestF13_SlowRedis(t *testing.T) {
	server := startServer(t)
	tokens := people(t, open(t, server.client(t)), 50)
	p := startProxy(t, server.address, func(_, _ int, _, data []byte) []byte {
		<-time.After(50 * time.Millisecond)
		return data
	})
	client := connect(t, redisstore.Config{Addresses: []string{p.address}, PoolSize: 10})
	right, none, failed, wrong := loadAll(t, namesake(t, client), tokens, 3)
	if right != 150 {
		t.Errorf("%d right, %d none, %d errors, %d wrong", right, none, failed, wrong)
	}
}

// Redis was emptied, restarted without a disk, or evicted what it had: everybody
// signs in once more. No error, and the count of those says why.
//
// Rows: F-15.
func TestF15_RedisForgets(t *testing.T) {
	for name, forget := range map[string]func(t *testing.T, server *server, key string){
		"FLUSHALL": func(t *testing.T, server *server, _ string) { server.do(t, "FLUSHALL") },
		"restart":  func(t *testing.T, server *server, _ string) { server.restart(t) },
		"expired":  func(t *testing.T, server *server, key string) { server.do(t, "PEXPIRE", key, 0) },
		"evicted": func(t *testing.T, server *server, key string) {
			server.do(t, "CONFIG", "SET", "maxmemory-policy", "allkeys-random")
			server.do(t, "CONFIG", "SET", "maxmemory", "1")
			rig.Eventually(t, "it is evicted", func() bool {
				server.cli(t).Set(context.Background(), "more", "x", 0)
				return server.do(t, "EXISTS", key) == int64(0)
			})
			server.do(t, "CONFIG", "SET", "maxmemory", "0")
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := startServer(t)
			o := open(t, server.client(t))
			store := o.Store.(*redisstore.Store)
			token := save(t, o, "", "ada")
			held := load(t, o, token).Clone()
			forget(t, server, store.SessionKey(sessiontest.Host, token))
			if s, err := store.Fresh(t.Context(), sessiontest.Host, token); s != nil || err != nil {
				t.Fatalf("session %v, err %v; want neither", s != nil, err)
			}
			if store.Missing() != 1 || store.Invalid() != 0 {
				t.Errorf("%d missing and %d invalid are counted, want 1 and 0", store.Missing(), store.Invalid())
			}
			// A request that was under way brings it back to nobody.
			if _, err := store.Save(t.Context(), sessiontest.Host, token, held); err != nil {
				t.Error(err)
			}
			if s, _ := store.Fresh(t.Context(), sessiontest.Host, token); s != nil {
				t.Error("a lost session is back")
			}
			if load(t, o, save(t, o, "", "ada")) == nil { // the one sign-in that it costs
				t.Error("not signed in again")
			}
		})
	}
}

// Redis is full and evicts nothing: who is signed in stays so, and a sign-in is an
// error that says why.
//
// Rows: F-15.
func TestF15_RedisIsFull(t *testing.T) {
	server := startServer(t, "--maxmemory-policy", "noeviction")
	o := open(t, server.client(t))
	token := save(t, o, "", "ada")
	server.do(t, "CONFIG", "SET", "maxmemory", "1")
	if _, err := o.Store.Save(t.Context(), sessiontest.Host, "", sessiontest.New("bob")); err == nil || !strings.Contains(err.Error(), "OOM") {
		t.Errorf("a sign-in with a Redis that is full: %v", err)
	}
	if s, err := o.Store.(*redisstore.Store).Fresh(t.Context(), sessiontest.Host, token); s == nil || err != nil {
		t.Errorf("who is signed in: session %v, err %v", s != nil, err)
	}
	if err := o.Store.Delete(t.Context(), sessiontest.Host, token); err != nil {
		t.Errorf("sign-out: %v", err)
	}
}

// A browser breaks off in the middle of a request, again and again. The cancelled
// read was taken for a broken session, and removed it.
//
// Rows: oauth2-proxy #2503.
func TestOAuth2Proxy_2503_AbortedReads(t *testing.T) {
	server := startServer(t)
	reading := make(chan func(), 1)
	p := startProxy(t, server.address, func(_, _ int, command, data []byte) []byte {
		if isRead(command) {
			select {
			case abort := <-reading:
				abort()
			default:
			}
		}
		return data
	})
	o := open(t, connect(t, redisstore.Config{Addresses: []string{p.address}}))
	store := o.Store.(*redisstore.Store)
	token := save(t, o, "", "ada")
	keys := server.do(t, "DBSIZE")
	for range 1000 {
		ctx, abort := context.WithCancel(t.Context())
		reading <- abort
		s, err := store.Fresh(ctx, sessiontest.Host, token)
		if s == nil && err == nil {
			t.Fatal("an aborted request reads as signed out")
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("an aborted request: %v", err)
		}
		abort()
	}
	if s, err := store.Fresh(t.Context(), sessiontest.Host, token); s == nil || err != nil {
		t.Errorf("after it all: session %v, err %v", s != nil, err)
	}
	if now := server.do(t, "DBSIZE"); now != keys {
		t.Errorf("%v keys became %v", keys, now)
	}
}

// During an upgrade the version before and the one after share Redis. A record of
// an unknown version is no session, never an error, and not overwritten by who
// does not understand it.
//
// Rows: mod_auth_openidc 2026-08-11.
func TestModAuthOpenIDC_2026_08_11_RecordOfAnotherVersion(t *testing.T) {
	server := startServer(t)
	o := open(t, server.client(t))
	store := o.Store.(*redisstore.Store)
	token := save(t, o, "", "ada")
	held := load(t, o, token).Clone()
	key := store.SessionKey(sessiontest.Host, token)
	record := "2 nobody knows what" + "\n" + "x"
	server.do(t, "SET", key, record)
	if s, err := store.Fresh(t.Context(), sessiontest.Host, token); s != nil || err != nil {
		t.Errorf("session %v, err %v; want neither", s != nil, err)
	}
	if _, err := store.Save(t.Context(), sessiontest.Host, token, held); err != nil {
		t.Error(err)
	}
	if server.do(t, "GET", key) != record {
		t.Error("the record of the other version was overwritten")
	}
	if infos, _, err := store.List(t.Context(), nil, 10); len(infos) != 0 || err != nil {
		t.Errorf("listed: %+v, err %v", infos, err)
	}
}

func load(t *testing.T, o sessiontest.Opened, token string) *session.Session {
	t.Helper()
	s, err := o.Store.Load(t.Context(), sessiontest.Host, token)
	if err != nil || s == nil {
		t.Fatalf("session %v, err %v", s != nil, err)
	}
	return s
}
