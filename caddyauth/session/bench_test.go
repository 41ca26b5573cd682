package session_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

// stores are the ones of this package, as large as a session may need.
func stores(b *testing.B) map[string]session.Store {
	cookie, opened, memory := cookieStore(b), cookieStore(b), memoryStore(b)
	cookie.Opened, cookie.MaxBytes, opened.MaxBytes = nil, 1<<20, 1<<20
	return map[string]session.Store{"cookie": opened, "cookie-unopened": cookie, "memory": memory}
}

// BenchmarkLoad is a request of a signed-in user; cookie-unopened is what the first
// of them costs.
func BenchmarkLoad(b *testing.B) {
	for name, store := range stores(b) {
		for _, groups := range []int{0, 10, 200} {
			b.Run(fmt.Sprintf("%s/%d-groups", name, groups), func(b *testing.B) {
				token := create(b, store, sessiontest.WithGroups("ada", groups))
				b.ReportAllocs()
				for b.Loop() {
					if s, err := store.Load(context.Background(), sessiontest.Host, token); s == nil || err != nil {
						b.Fatal("no session")
					}
				}
				b.ReportMetric(float64(len(token)), "token-bytes")
			})
		}
	}
}

// BenchmarkLoadMiss is a session that was not in use lately.
func BenchmarkLoadMiss(b *testing.B) {
	store := memoryStore(b)
	store.MaxBytes = 1 << 20 // room for few open ones
	var tokens []string
	for i := range 200 {
		tokens = append(tokens, create(b, store, sessiontest.WithGroups(fmt.Sprint(i), 10)))
	}
	i := 0
	for b.Loop() {
		if s, _ := store.Load(context.Background(), sessiontest.Host, tokens[i%len(tokens)]); s == nil {
			b.Fatal("no session")
		}
		i++
	}
}

// BenchmarkLoadNobody is a stranger's cookie.
func BenchmarkLoadNobody(b *testing.B) {
	for name, store := range stores(b) {
		b.Run(name, func(b *testing.B) {
			token := []byte(create(b, store, sessiontest.WithGroups("ada", 10)))
			token[len(token)/2] ^= 1
			b.ReportAllocs()
			for b.Loop() {
				if s, _ := store.Load(context.Background(), sessiontest.Host, string(token)); s != nil {
					b.Fatal("a session")
				}
			}
		})
	}
}

func BenchmarkSave(b *testing.B) {
	for name, store := range stores(b) {
		if name == "cookie-unopened" {
			continue // Save is the same
		}
		for _, groups := range []int{0, 10, 200} {
			b.Run(fmt.Sprintf("%s/%d-groups", name, groups), func(b *testing.B) {
				s := sessiontest.WithGroups("ada", groups)
				token := create(b, store, s)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := store.Save(context.Background(), sessiontest.Host, token, s); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkMarked is what the list of marks adds to a request, empty and full.
func BenchmarkMarked(b *testing.B) {
	ring := sessiontest.Keyring(b)
	for _, n := range []int{0, 1, 100_000} {
		b.Run(fmt.Sprint(n, "-marks"), func(b *testing.B) {
			var marks session.Marks
			s := sessiontest.New("ada")
			for i := range n {
				marks.Add(s.CreatedAt, session.Mark{Name: fmt.Sprint("email:", i), Before: s.CreatedAt, Ends: sessiontest.Limits.Ends(s)})
			}
			b.ReportAllocs()
			for b.Loop() {
				if marks.Ended(s, ring) {
					b.Fatal("ended")
				}
			}
		})
	}
}

// BenchmarkSessionMemory is the live heap that a session takes in a MemoryStore,
// a typical one, without tokens, after it was used: as the store has it, and with
// what a gate derives from each that it keeps open.
func BenchmarkSessionMemory(b *testing.B) {
	const sessions = 20_000
	for _, groups := range []int{0, 10, 200} {
		for _, derived := range []int{0, 1000} {
			b.Run(fmt.Sprintf("%d-groups/%d-bytes-derived", groups, derived), func(b *testing.B) {
				for b.Loop() {
					store := memoryStore(b)
					before := liveHeap()
					for i := range sessions {
						token := create(b, store, sessiontest.WithGroups(fmt.Sprintf("00u%017d", i), groups))
						s, err := store.Load(context.Background(), sessiontest.Host, token)
						if err != nil || s == nil {
							b.Fatal("no session")
						}
						if derived > 0 {
							s.Derive(b, func() any { return make([]byte, derived) })
						}
					}
					taken := liveHeap() - before
					b.ReportMetric(float64(taken)/sessions, "heap-B/session")
					b.ReportMetric(float64(store.Memory.Usage().Bytes)/sessions, "counted-B/session")
					runtime.KeepAlive(store)
				}
			})
		}
	}
}

func liveHeap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// BenchmarkCookie is what a request costs before its session is looked up and
// after: ours is the only cookie, of one chunk or two, or one among others.
func BenchmarkCookie(b *testing.B) {
	device := session.Cookie{Name: "okta_device", Secure: true}
	for name, line := range map[string]string{
		"one-chunk":    "__Host-okta=1." + filler(900),
		"two-chunks":   "__Host-okta=2." + filler(3900) + "; __Host-okta_1=" + filler(1000),
		"among-others": "theme=dark; __Host-okta=1." + filler(900) + "; csrf=0123456789abcdef",
		"none":         "theme=dark; csrf=0123456789abcdef",
	} {
		r := request(line)
		b.Run("Read/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				secure.Read(r)
			}
		})
		b.Run("Strip/"+name, func(b *testing.B) {
			b.ReportAllocs()
			h, lines := http.Header{}, []string{line}
			for b.Loop() {
				h["Cookie"] = lines
				session.Strip(h, secure, device)
			}
		})
	}
	b.Run("StripSetCookie", func(b *testing.B) {
		b.ReportAllocs()
		h := http.Header{"Set-Cookie": {"theme=dark", "csrf=0123456789abcdef; Path=/"}}
		for b.Loop() {
			session.StripSetCookie(h, secure, device)
		}
	})
}

// BenchmarkAddToFullMarks is a sign-out when the list is full.
func BenchmarkAddToFullMarks(b *testing.B) {
	marks := session.Marks{Logger: slog.New(slog.DiscardHandler)}
	add := func(i int) {
		marks.Add(noon, session.Mark{Name: fmt.Sprint("session:", i), Before: noon, Ends: noon.Add(time.Duration(i) * time.Second)})
	}
	for i := range 100_000 {
		add(i + 1)
	}
	i := 100_001
	for b.Loop() {
		add(i)
		i++
	}
}
