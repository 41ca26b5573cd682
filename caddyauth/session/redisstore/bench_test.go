package redisstore_test

import (
	"fmt"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

func BenchmarkStore(b *testing.B) {
	server := startServer(b)
	for _, groups := range []int{0, 10, 200} {
		store := replica(b, server.client(b), nil)
		sess := sessiontest.WithGroups("ada", groups)
		token, err := store.Save(b.Context(), sessiontest.Host, "", sess)
		if err != nil {
			b.Fatal(err)
		}
		name := func(what string) string { return fmt.Sprintf("%s/%d groups", what, groups) }
		b.Run(name("load from the cache"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if s, err := store.Load(b.Context(), sessiontest.Host, token); s == nil || err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name("load from Redis"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if s, err := store.Fresh(b.Context(), sessiontest.Host, token); s == nil || err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name("save again"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := store.Save(b.Context(), sessiontest.Host, token, sess); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(usage(b, server, store.SessionKey(sessiontest.Host, token))), "redis-B")
		})
		b.Run(name("sign in"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := store.Save(b.Context(), sessiontest.Host, "", sess); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The index of many users costs a session this much more.
func BenchmarkIndexBytes(b *testing.B) {
	server := startServer(b)
	store := replica(b, server.client(b), nil)
	sessions := 0
	for b.Loop() {
		if _, err := store.Save(b.Context(), sessiontest.Host, "", sessiontest.WithGroups(fmt.Sprint("user", sessions), 0)); err != nil {
			b.Fatal(err)
		}
		sessions++
	}
	var total int64
	for _, key := range server.do(b, "KEYS", redisstore.DefaultKeyPrefix+"index:*").([]any) {
		total += usage(b, server, key)
	}
	b.ReportMetric(float64(total)/float64(sessions), "index-B/session")
}

func usage(b *testing.B, server *server, key any) int64 {
	b.Helper()
	return server.do(b, "MEMORY", "USAGE", key, "SAMPLES", 0).(int64)
}
