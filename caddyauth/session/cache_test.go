package session_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

func TestCache(t *testing.T) {
	s := sessiontest.New("ada")
	cache := session.Cache{MaxAge: time.Minute}
	cache.Put("a", "token", s, noon)
	for _, c := range []struct {
		host, token string
		after       time.Duration
		want        bool
	}{
		{"a", "token", 0, true},
		{"a", "token", time.Minute - 1, true},
		{"a", "token", time.Minute, false},
		{"b", "token", 0, false},
		{"a", "other", 0, false},
		{"at", "oken", 0, false},
	} {
		if got := cache.Get(c.host, c.token, noon.Add(c.after)) == s; got != c.want {
			t.Errorf("%s %s after %v: there %v, want %v", c.host, c.token, c.after, got, c.want)
		}
	}
	cache.Drop("a", "token")
	cache.Drop("a", "token")
	if cache.Get("a", "token", noon) != nil {
		t.Error("a dropped token is there")
	}
	var none *session.Cache
	none.Put("a", "token", s, noon)
	none.Drop("a", "token")
	if none.Get("a", "token", noon) != nil {
		t.Error("no cache has something")
	}
}

// What is in use stays, however much is asked for once only; and there is never
// more than is allowed, in number or in bytes.
func TestCacheIsBounded(t *testing.T) {
	large := sessiontest.WithGroups("ada", 1000)
	for name, cache := range map[string]*session.Cache{"entries": {MaxEntries: 100}, "bytes": {MaxBytes: 10 << 20}} {
		cache.Put("", "in use", large, noon)
		for i := range 1000 {
			cache.Put("", fmt.Sprint(i), large, noon)
			cache.Put("", fmt.Sprint(i), large, noon) // again: it counts once
			if cache.Get("", "in use", noon) == nil {
				t.Fatalf("%s: lost what is in use after %d others", name, i)
			}
		}
		held := 0
		for i := range 1000 {
			if cache.Get("", fmt.Sprint(i), noon) != nil {
				held++
			}
		}
		if held < 20 || held > 200 {
			t.Errorf("%s: %d of 1000 are held, about a hundred have room", name, held)
		}
	}
}

// A token is cut out of a Cookie header of up to a megabyte, and a part of a
// string keeps all of it: a user with many cookies of other applications would
// fill the memory with them.
//
// Rows: F-26, F-38.
func TestF26_CacheKeepsNoHeaders(t *testing.T) {
	var cache session.Cache
	before := liveHeap()
	tokens := make([]string, 100)
	for i := range tokens {
		tokens[i] = fmt.Sprint(i)
		header := strings.Repeat("x", 1<<16) + tokens[i]
		token := header[1<<16:]
		cache.Put("", token, sessiontest.New("ada"), noon)
		cache.Get("", token, noon)
	}
	if taken := int64(liveHeap()) - int64(before); taken > 2<<20 {
		t.Errorf("%d bytes for %d small sessions", taken, len(tokens))
	}
	for _, token := range tokens {
		if cache.Get("", token, noon) == nil {
			t.Fatal("not there")
		}
	}
	runtime.KeepAlive(&cache)
}
