package seal_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

const (
	secretA = "first secret of this test, long enough"
	secretB = "second secret of this test, long enough"
)

var here = seal.Binding{Purpose: "session", Name: "__Host-okta", Host: "app.example.com"}

func keyring(t testing.TB, secrets ...string) *seal.Keyring {
	t.Helper()
	k, err := seal.New(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealOpens(t *testing.T) {
	k := keyring(t, secretA)
	for _, n := range []int{0, 1, 16, 1000, 100_000} {
		want := bytes.Repeat([]byte("x"), n)
		got, ok := k.Open(here, k.Seal(here, want))
		if !ok || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: ok %v, %d bytes back", n, ok, len(got))
		}
	}
}

func TestSealedValueIsCookieSafe(t *testing.T) {
	k := keyring(t, secretA)
	for range 50 {
		s := k.Seal(here, []byte(seal.Random(20)))
		if i := strings.IndexFunc(s, func(r rune) bool {
			return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", r)
		}); i >= 0 {
			t.Fatalf("character %q at %d", s[i], i)
		}
	}
}

// A static initialisation vector made equal sessions look equal, and let an
// observer compare them.
//
// Rows: CVE-2021-32791, S-36.
func TestCVE_2021_32791_StaticNonce(t *testing.T) {
	k := keyring(t, secretA)
	seen := map[string]bool{}
	for range 1000 {
		s := k.Seal(here, []byte("the same"))
		if seen[s] {
			t.Fatal("two seals of one value are equal")
		}
		seen[s] = true
	}
}

// A credential made for one host, or one cookie, was accepted as another's, and
// fields joined without separators collided.
//
// Rows: CVE-2023-35941, S-36.
func TestCVE_2023_35941_BindingConfusion(t *testing.T) {
	k := keyring(t, secretA)
	sealed := k.Seal(seal.Binding{Purpose: "ab", Name: "cd", Host: "ef"}, []byte("v"))
	for _, b := range []seal.Binding{
		{},
		{Purpose: "xx", Name: "cd", Host: "ef"},
		{Purpose: "ab", Name: "xx", Host: "ef"},
		{Purpose: "ab", Name: "cd", Host: "xx"},
		{Purpose: "ab", Name: "cd"},
		{Purpose: "ab", Name: "cdef"},
		{Purpose: "ab", Name: "cde", Host: "f"},
		{Purpose: "abcd", Host: "ef"},
		{Purpose: "abcdef"},
		{Purpose: "cd", Name: "ab", Host: "ef"},
		{Purpose: "ab", Name: "CD", Host: "ef"},
	} {
		if _, ok := k.Open(b, sealed); ok {
			t.Errorf("opened under %+v", b)
		}
	}
}

// Parameters that should have been signed were not. Here every single bit
// counts, and so does every character.
//
// Rows: CVE-2021-29652, S-36.
func TestCVE_2021_29652_FlippedBits(t *testing.T) {
	k := keyring(t, secretA, secretB)
	sealed := k.Seal(here, []byte("value"))
	for i := range len(sealed) {
		for bit := range 8 {
			b := []byte(sealed)
			b[i] ^= 1 << bit
			if _, ok := k.Open(here, string(b)); ok {
				t.Errorf("bit %d of character %d flipped: opened", bit, i)
			}
		}
		if _, ok := k.Open(here, sealed[:i]); ok {
			t.Errorf("cut to %d characters: opened", i)
		}
		for _, extra := range []string{"\n", "\r", "=", "A", " "} {
			if _, ok := k.Open(here, sealed[:i]+extra+sealed[i:]); ok {
				t.Errorf("%q put in at %d: opened", extra, i)
			}
		}
	}
}

func TestOpenRefusesOversized(t *testing.T) {
	k := keyring(t, secretA)
	if _, ok := k.Open(here, k.Seal(here, make([]byte, seal.MaxSealed))); ok {
		t.Error("a value longer than MaxSealed opened")
	}
}

// Rows: S-36.
func TestS36_Rotation(t *testing.T) {
	old, both, next := keyring(t, secretA), keyring(t, secretB, secretA), keyring(t, secretB)
	sealedOld, sealedNew := old.Seal(here, []byte("old")), both.Seal(here, []byte("new"))
	for _, c := range []struct {
		name   string
		ring   *seal.Keyring
		sealed string
		want   bool
	}{
		{"old value during the overlap", both, sealedOld, true},
		{"new value during the overlap", both, sealedNew, true},
		{"new value after it", next, sealedNew, true},
		{"old value after it", next, sealedOld, false},
		{"new value on a replica that has only the old key", old, sealedNew, false},
	} {
		if _, ok := c.ring.Open(here, c.sealed); ok != c.want {
			t.Errorf("%s: opened %v, want %v", c.name, ok, c.want)
		}
	}
	if old.ID() == both.ID() || both.ID() != next.ID() {
		t.Errorf("IDs %s %s %s: want the newest key's", old.ID(), both.ID(), next.ID())
	}
}

// Two replicas with different keys sign each other's users out, again and again,
// and nothing says why. The id of the key that sealed a value tells.
//
// Rows: F-18.
func TestF18_KeyIDTellsReplicasApart(t *testing.T) {
	old, both, other := keyring(t, secretA), keyring(t, secretB, secretA), keyring(t, "third secret of this test, long enough")
	for name, ring := range map[string]*seal.Keyring{"one key": old, "two keys": both} {
		for _, n := range []int{0, 1, 2, 3, 600} {
			id, ok := seal.KeyID(ring.Seal(here, make([]byte, n)))
			if !ok || id != ring.ID() {
				t.Errorf("%s, %d bytes: key id %q %v, want %q", name, n, id, ok, ring.ID())
			}
			if !both.Has(id) || other.Has(id) || old.Has(id) != (ring == old) {
				t.Errorf("%s: known to both %v, to the other %v, to the old %v", name, both.Has(id), other.Has(id), old.Has(id))
			}
		}
	}
	if ids := both.IDs(); len(ids) != 2 || ids[0] != both.ID() || ids[1] != old.ID() {
		t.Errorf("ids %q", ids)
	}
	// Nobody seals with a key that has no id.
	if old.Has("") || both.Has(strings.ToUpper("abcdefgh")) {
		t.Error("has a key without a name")
	}
	genuine := old.Seal(here, nil)
	for _, s := range []string{
		"", "AQ", genuine[:8], genuine[:len(genuine)-1], "B" + genuine[1:], "=" + genuine[1:], genuine[:4] + "\n" + genuine[4:],
		strings.Repeat("!", 100), strings.Repeat("\n", 100), genuine + strings.Repeat("A", seal.MaxSealed),
	} {
		if id, ok := seal.KeyID(s); ok || id != "" {
			t.Errorf("%.40q: key id %q", s, id)
		}
	}
}

// Keys are derived once for each purpose, and from many goroutines at a time.
func TestManyPurposesAtOnce(t *testing.T) {
	k := keyring(t, secretA)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 200 { // more than are kept
				b := seal.Binding{Purpose: fmt.Sprint(i)}
				if got, ok := k.Open(b, k.Seal(b, []byte(b.Purpose))); !ok || string(got) != b.Purpose {
					t.Errorf("purpose %d: opened %v", i, ok)
				}
				if k.Hash(b.Purpose, "x") == k.Hash(b.Purpose+"0", "x") {
					t.Errorf("purposes %d and %d0 hash alike", i, i)
				}
			}
		})
	}
	group.Wait()
}

func TestNewRefusesWeakSecrets(t *testing.T) {
	for _, secrets := range [][]string{
		nil,
		{""},
		{"hunter2-hunter2"},
		{strings.Repeat(" ", 40)},
		{secretA, "hunter2-hunter2"},
	} {
		_, err := seal.New(secrets...)
		if err == nil {
			t.Errorf("%d secrets: no error", len(secrets))
			continue
		}
		if !strings.Contains(err.Error(), "openssl rand -base64 32") {
			t.Errorf("%q does not say how to make a key", err)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q quotes the secret", err)
		}
	}
}

func TestWhiteSpaceAroundASecretDoesNotCount(t *testing.T) {
	fromFile, fromEnv := keyring(t, secretA+"\n"), keyring(t, secretA)
	if _, ok := fromFile.Open(here, fromEnv.Seal(here, nil)); !ok {
		t.Error("a secret read from a file with a final newline is another secret")
	}
}

func TestHash(t *testing.T) {
	a, b := keyring(t, secretA), keyring(t, secretB)
	h := a.Hash("log", "ada@example.com")
	if len(h) != 22 || h != a.Hash("log", "ada@example.com") {
		t.Errorf("hash %q", h)
	}
	for name, other := range map[string]string{
		"another value":   a.Hash("log", "bob@example.com"),
		"another purpose": a.Hash("lookup", "ada@example.com"),
		"another key":     b.Hash("log", "ada@example.com"),
		"run together":    a.Hash("loga", "da@example.com"),
	} {
		if other == h {
			t.Errorf("%s: the same hash", name)
		}
	}
}

// Identifiers from a generator seeded with the time could be guessed. Ours are
// long and never repeat.
//
// Rows: ToB-2, S-30.
func TestToB2_PredictableRandom(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		for _, s := range []string{seal.Random(16), seal.Generate()} {
			if seen[s] || len(s) < 22 {
				t.Fatalf("repeated or short: %d characters", len(s))
			}
			seen[s] = true
		}
	}
	if _, err := seal.New(seal.Generate()); err != nil {
		t.Errorf("a generated secret is refused: %v", err)
	}
}

// A keyring is a field of things that get logged.
func TestKeyringNeverPrintsItsKeys(t *testing.T) {
	k := keyring(t, secretA)
	want := "keyring(" + k.ID() + ")"
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		if got := fmt.Sprintf(format, k); got != want {
			t.Errorf("%s prints %d characters, want %q", format, len(got), want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	k := keyring(f, secretA, secretB)
	genuine := k.Seal(here, []byte("value"))
	f.Add(genuine)
	f.Add(genuine[:len(genuine)-1])
	f.Add(genuine + "A")
	f.Add(keyring(f, secretB).Seal(here, []byte("other")))
	f.Add(k.Seal(seal.Binding{Purpose: "transaction"}, []byte("value")))
	f.Add("")
	f.Add("AQ")
	f.Add(strings.Repeat("A", 200))
	f.Add("AQAAAAA\n")
	f.Fuzz(func(t *testing.T, sealed string) {
		got, ok := k.Open(here, sealed)
		if id, named := seal.KeyID(sealed); ok && !(named && k.Has(id)) {
			t.Errorf("%q opened, and has the key id %q, %v", sealed, id, named)
		}
		if !ok {
			if got != nil {
				t.Error("refused, and yet bytes came back")
			}
			return
		}
		// Only what was sealed opens: the fuzzer cannot make a new value. Seeds
		// are sealed anew in each process, so compare what came out.
		if s := string(got); s != "value" && s != "other" {
			t.Errorf("%q opened as %q", sealed, got)
		}
	})
}
