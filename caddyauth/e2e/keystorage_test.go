package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// Where the server keeps a key that nobody configured, and the lock that it
// holds while it makes one.
func (s *Site) storedKey() string { return filepath.Join(s.Storage, "caddy/okta_auth/sealing_key") }
func (s *Site) keyLock() string {
	return filepath.Join(s.Storage, "caddy/locks/okta_authsealing_key.lock")
}

// wholeKey tells whether a key is stored, and fails the test when it is a part
// of one.
func (s *Site) wholeKey() bool {
	s.t.Helper()
	data, err := os.ReadFile(s.storedKey())
	if err == nil && len(data) != 44 { // 32 bytes in base64
		s.t.Fatalf("%d characters of a key are stored", len(data))
	}
	return err == nil
}

// lockAsOf leaves the lock of a process that was killed some time ago.
func (s *Site) lockAsOf(ago time.Duration) {
	s.t.Helper()
	at := time.Now().Add(-ago).Format(time.RFC3339Nano)
	if err := os.MkdirAll(filepath.Dir(s.keyLock()), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.keyLock(), fmt.Appendf(nil, `{"created":%q,"updated":%q}`, at, at), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

const madeAKey = "made a sealing key and stored it; replicas must share this storage or be given the same key"

// Two replicas that share Caddy's storage begin with nothing and get their first
// requests in the same moment. There is one key, and the log of the one that
// made it says that the storage looks temporary: it is below /tmp.
func TestReplicasThatStartAtOnceMakeOneKey(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	config := SiteBlock("http://:{$PORT}", GateBlock(org, "public_url "+behindBalancer), "reverse_proxy "+echo.Addr)
	storage := WithStorage(filepath.Join(t.TempDir(), "shared"))
	sites := []*Site{StartSite(t, config, storage), StartSite(t, config, storage)}
	var group sync.WaitGroup
	for _, site := range sites {
		browser := NewBrowserBehind(t, site, behindBalancer)
		for range 4 {
			request := browser.Request("GET", "/", "", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")
			group.Go(func() {
				if got, err := browser.try(request); err != nil || got.Status != http.StatusUnauthorized {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
	}
	group.Wait()
	b := NewBrowserBehind(t, sites[0], behindBalancer)
	b.SignIn("/", ada, adaPassword)
	b.Reroute(sites[1])
	if !b.SignedIn("/") {
		t.Error("a session of one replica is none of the other")
	}
	made, temporary := 0, 0
	rig.Eventually(t, "the logs tell of a key", func() bool {
		made, temporary = 0, 0
		for _, site := range sites {
			made += len(site.Log.Find(madeAKey))
			temporary += strings.Count(site.Log.String(), "storage that looks temporary")
		}
		return made > 0 && temporary > 0
	})
	if made != 1 || temporary != 1 {
		t.Errorf("%d keys were made, with %d warnings", made, temporary)
	}
}

// kill -9 at any moment of the first request, in which the key is made: what is
// stored is a whole key or none, and the next process serves, with that key if
// there is one.
func TestServerKilledWhileItMakesItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 5 {
		if err := os.RemoveAll(filepath.Dir(w.site.storedKey())); err != nil {
			t.Fatal(err)
		}
		first, err := http.NewRequest("GET", w.site.URL+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		first.Header.Set("Sec-Fetch-Mode", "navigate")
		go func() {
			if resp, err := http.DefaultTransport.RoundTrip(first); err == nil {
				resp.Body.Close()
			}
		}()
		<-time.After(rand.N(15 * time.Millisecond)) // the moment of the kill, any will do
		w.site.Kill()
		had := w.site.wholeKey()
		if _, err := os.Stat(w.site.keyLock()); err == nil {
			w.site.lockAsOf(time.Minute) // and a while later
		}
		before, _ := os.ReadFile(w.site.storedKey())
		w.site.Start()
		if got := w.browser().Open("/"); got.Status != http.StatusUnauthorized {
			t.Errorf("after the kill: %d %.200s", got.Status, got.Body)
		}
		if after, _ := os.ReadFile(w.site.storedKey()); !w.site.wholeKey() || had && string(after) != string(before) {
			t.Errorf("a stored key (%v) was replaced", had)
		}
	}
	w.browser().SignIn("/", ada, adaPassword)
}

// A process was killed a moment ago while it made the key, and its lock is still
// fresh. Whoever comes now waits for it to become stale, or gets an error whose
// cause in the log names the lock; nobody has to do anything.
func TestLockOfAKilledProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.site.lockAsOf(0)
	refused := 0
	b := w.browser()
	rig.Eventually(t, "a page", func() bool {
		switch got := b.Open("/"); got.Status {
		case http.StatusUnauthorized:
			return true
		case http.StatusInternalServerError, http.StatusServiceUnavailable:
			refused++
		default:
			t.Fatalf("%d %.200s", got.Status, got.Body)
		}
		return false
	})
	if refused > 0 {
		rig.Eventually(t, "the log names the lock", func() bool { return strings.Contains(w.site.Log.String(), w.site.keyLock()) })
	}
	if !w.site.wholeKey() {
		t.Error("no key is stored")
	}
	b.SignIn("/", ada, adaPassword)
}

// A key that was cut short: an error that names it, no session and no page; once
// it is put back, or removed, the server goes on by itself.
func TestTornKeyInStorage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	whole, err := os.ReadFile(w.site.storedKey())
	if err != nil {
		t.Fatal(err)
	}
	w.site.Stop()
	for _, n := range []int{0, 20, 43} {
		if err := os.WriteFile(w.site.storedKey(), whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		w.site.Start()
		if got := b.Open("/"); got.Status != http.StatusInternalServerError || strings.Contains(got.Body, UpstreamMark) {
			t.Errorf("%d characters: %d %.200s", n, got.Status, got.Body)
		}
		rig.Eventually(t, "the log says what to do", func() bool {
			log := w.site.Log.Brief()
			return strings.Contains(log, fmt.Sprintf("okta_auth/sealing_key, %d characters, is not a whole key", n)) && strings.Contains(log, "put it back from a backup, or remove it")
		})
		if n > 0 && strings.Contains(w.site.Log.String(), string(whole[:n])) {
			t.Error("the key is in the log")
		}
		if n < 43 {
			w.site.Stop()
		}
	}
	if err := os.WriteFile(w.site.storedKey(), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	rig.Eventually(t, "the session is back with the key", func() bool { return b.SignedIn("/") })
}

// The storage goes while the server runs: nobody notices. After a restart there
// is a new key, and everybody signs in anew; the log says that one was made.
func TestStorageGoneLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	if err := os.RemoveAll(filepath.Join(w.site.Storage, "caddy")); err != nil {
		t.Fatal(err)
	}
	if !b.SignedIn("/") {
		t.Error("signed out when the storage goes")
	}
	w.browser().SignIn("/", grace, gracePassword)
	w.site.Restart()
	if b.SignedIn("/") {
		t.Error("signed in by a key that is gone")
	}
	b.SignIn("/", ada, adaPassword)
	rig.Eventually(t, "the log tells of two keys", func() bool { return len(w.site.Log.Find(madeAKey)) == 2 })
}
