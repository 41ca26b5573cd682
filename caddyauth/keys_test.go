package caddyauth

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

func storedIn(storage certmagic.Storage) keySource {
	return keySource{storage: storage, logger: slog.New(slog.DiscardHandler)}
}

func folderStorage(path string) *certmagic.FileStorage { return &certmagic.FileStorage{Path: path} }

func mustKeyring(t *testing.T, s keySource) *seal.Keyring {
	t.Helper()
	keyring, err := s.keyring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keyring
}

func TestStoredKeyIsMadeOnce(t *testing.T) {
	storage := folderStorage(t.TempDir())
	ids := make(chan string, 8)
	var group sync.WaitGroup
	for range cap(ids) {
		group.Go(func() {
			// Each with a storage of its own, as replicas have.
			keyring, err := storedIn(folderStorage(storage.Path)).keyring(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			ids <- keyring.ID()
		})
	}
	group.Wait()
	close(ids)
	want := mustKeyring(t, storedIn(storage)).ID()
	for id := range ids {
		if id != want {
			t.Errorf("key %s beside key %s", id, want)
		}
	}
}

// A key that was cut short, by a full disk or a crash of the machine, is no key:
// a part of it is one that replicas do not share, or that can be guessed.
func TestTornKeyIsRefused(t *testing.T) {
	storage := folderStorage(t.TempDir())
	whole := seal.Generate()
	for n := range len(whole) {
		if err := storage.Store(t.Context(), storedKey, []byte(whole[:n])); err != nil {
			t.Fatal(err)
		}
		_, err := storedIn(storage).keyring(t.Context())
		if err == nil {
			t.Fatalf("%d characters of a key are a key", n)
		}
		for _, part := range []string{storage.Path, storedKey, "not a whole key", "put it back from a backup", "key {env.OKTA_AUTH_KEY}"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q does not say %q", err, part)
			}
		}
		if n > 4 && strings.Contains(err.Error(), whole[:n]) {
			t.Errorf("%q quotes the key", err)
		}
	}
	for _, other := range []string{strings.Repeat("\x00", 44), strings.Repeat("-", 44), whole + whole, "null"} {
		if err := storage.Store(t.Context(), storedKey, []byte(other)); err != nil {
			t.Fatal(err)
		}
		if _, err := storedIn(storage).keyring(t.Context()); err == nil {
			t.Errorf("%.10q... is a key", other)
		}
	}
	if err := storage.Store(t.Context(), storedKey, []byte(whole+"\n")); err != nil {
		t.Fatal(err)
	}
	mustKeyring(t, storedIn(storage))
}

// brokenStorage refuses what it has an error for.
type brokenStorage struct {
	certmagic.Storage
	load, lock, store, unlock error
}

func (b brokenStorage) Load(ctx context.Context, name string) ([]byte, error) {
	if b.load != nil {
		return nil, b.load
	}
	return b.Storage.Load(ctx, name)
}

func (b brokenStorage) Lock(ctx context.Context, name string) error {
	if b.lock != nil {
		return b.lock
	}
	return b.Storage.Lock(ctx, name)
}

func (b brokenStorage) Unlock(ctx context.Context, name string) error {
	return errors.Join(b.Storage.Unlock(ctx, name), b.unlock)
}

func (b brokenStorage) Store(ctx context.Context, name string, value []byte) error {
	if b.store != nil {
		return b.store
	}
	return b.Storage.Store(ctx, name, value)
}

// A storage that cannot be written to: with a key in it, it serves; without one,
// the error says what to add. No key is made that only this process has.
//
// Rows: S-48.
func TestS48_ReadOnlyStorage(t *testing.T) {
	folder := folderStorage(t.TempDir())
	readOnly := brokenStorage{Storage: folder, lock: syscall.EROFS, store: syscall.EROFS}
	for name, broken := range map[string]brokenStorage{
		"read-only":       readOnly,
		"full":            {Storage: folder, store: syscall.ENOSPC},
		"nobody may read": {Storage: folder, load: fs.ErrPermission},
	} {
		for range 2 {
			_, err := storedIn(broken).keyring(t.Context())
			if err == nil || !strings.Contains(err.Error(), "key {env.OKTA_AUTH_KEY}") || !strings.Contains(err.Error(), "openssl rand -base64 32") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if folder.Exists(t.Context(), storedKey) {
		t.Fatal("a key is stored")
	}
	// One that cannot unlock has stored the key all the same.
	made := mustKeyring(t, storedIn(brokenStorage{Storage: folder, unlock: errors.New("gone")}))
	if got := mustKeyring(t, storedIn(readOnly)); got.ID() != made.ID() {
		t.Errorf("key %s instead of %s", got.ID(), made.ID())
	}
}

// A lock that nobody breaks: the error names it, within the time that the caller
// gives.
func TestKeyBehindALock(t *testing.T) {
	storage := folderStorage(t.TempDir())
	if err := storage.Lock(t.Context(), storedKey); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s := storedIn(storage)
	_, err := s.keyring(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), s.lockName()) {
		t.Errorf("%v, want an error that names the lock", err)
	}
	if _, err := os.Stat(s.lockName()); err != nil {
		t.Errorf("that is not where the lock is: %v", err)
	}
	// The other one was about to store a key, and was killed after it had: the
	// lock does not matter.
	want := seal.Generate()
	if err := storage.Store(t.Context(), storedKey, []byte(want)); err != nil {
		t.Fatal(err)
	}
	mustKeyring(t, s)
	// A lock that nobody can read is named too.
	if err := storage.Delete(t.Context(), storedKey); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.lockName(), []byte(`{"created":"20`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.keyring(t.Context()); err == nil || !strings.Contains(err.Error(), s.lockName()) || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("%v, want an error that names the lock", err)
	}
}

// helperFolder is set for the process that TestKilledWhileMakingAKey kills.
const helperFolder = "CADDY_OKTA_KEY_HELPER"

// A process for the next test: it makes keys, one folder after the other, until
// it is killed.
func TestHelperMakesKeys(t *testing.T) {
	folder := os.Getenv(helperFolder)
	if folder == "" {
		return // this is the test run itself
	}
	fmt.Println("ready")
	for i := 0; ; i++ {
		if _, err := storedIn(folderStorage(filepath.Join(folder, strconv.Itoa(i)))).keyring(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// kill -9 at any moment of the making of a key leaves a whole key or none, never
// a part of one that some replicas would take for theirs; and what is left does
// not keep the next process from starting.
func TestKilledWhileMakingAKey(t *testing.T) {
	kills := 20
	if n, err := strconv.Atoi(os.Getenv("CADDY_OKTA_KILLS")); err == nil {
		kills = n
	}
	made, none, locks := 0, 0, 0
	for range kills {
		folder := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^TestHelperMakesKeys$")
		cmd.Env = append(os.Environ(), helperFolder+"="+folder)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
			t.Fatalf("%q, %v", line, err)
		}
		<-time.After(rand.N(20 * time.Millisecond)) // the moment of the kill, any will do
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			s := storedIn(folderStorage(filepath.Join(folder, entry.Name())))
			switch _, err := s.load(t.Context()); {
			case err == nil:
				made++
			case errors.Is(err, fs.ErrNotExist):
				none++
			default:
				t.Fatalf("a part of a key: %v", err)
			}
			if _, err := os.Stat(s.lockName()); err == nil {
				locks++
				outdate(t, s.lockName())
			}
			mustKeyring(t, s)
		}
	}
	t.Logf("%d kills: %d keys, %d folders without one, %d locks left behind", kills, made, none, locks)
}

// outdate lets ten seconds pass for a lock whose holder is dead. The storage
// takes an empty one for stale as well.
func outdate(t *testing.T, lock string) {
	t.Helper()
	old := time.Now().Add(-time.Minute).Format(time.RFC3339Nano)
	if err := os.WriteFile(lock, []byte(`{"created":"`+old+`","updated":"`+old+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A container without a volume loses the key, and everybody's session with it.
// The log says so when the key is made.
func TestTemporaryStorageIsNamed(t *testing.T) {
	var log bytes.Buffer
	folder := filepath.Join(os.TempDir(), "caddy-okta-"+seal.Random(8))
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	s := keySource{storage: folderStorage(folder), logger: slog.New(slog.NewTextHandler(&log, nil))}
	for range 2 {
		mustKeyring(t, s)
	}
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, folder) || !strings.Contains(text, "key {env.OKTA_AUTH_KEY}") {
		t.Errorf("want one warning that names the folder and says what to add:\n%s", text)
	}
	for path, want := range map[string]bool{"/dev/shm": true, "/": false, "/proc/none": false} {
		info, err := os.Stat(path)
		if path == "/dev/shm" && (err != nil || !info.IsDir()) {
			continue // not on this system
		}
		if why := whyTemporary(folderStorage(path)); (why != "") != want && path != "/" || why != "" && !strings.HasPrefix(why, "it is in ") {
			t.Errorf("%s: %q", path, why)
		}
	}
	if why := whyTemporary(brokenStorage{Storage: folderStorage(folder)}) + whyAlone(brokenStorage{Storage: folderStorage(folder)}); why != "" {
		t.Errorf("another kind of storage: %q", why)
	}
	for path, want := range map[string]bool{"/tmp": true, "/tmp/x/y": true, "/tmpx": false, "/": false, "/var/tmp": false, "/tmp/../etc": false, "/tmp/..x": true} {
		if got := below(path, "/tmp"); got != want {
			t.Errorf("%s is below /tmp: %v", path, got)
		}
	}
}

func TestKeygen(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		var out strings.Builder
		cmd := keygenCommand()
		cmd.SetOut(&out)
		cmd.SetArgs(nil)
		if err := cmd.Execute(); err != nil {
			t.Fatal(err)
		}
		key, rest, _ := strings.Cut(out.String(), "\n")
		if _, err := seal.New(key); err != nil || rest != "" || seen[key] {
			t.Errorf("%d characters, then %q: %v", len(key), rest, err)
		}
		seen[key] = true
	}
	cmd := keygenCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs([]string{"more"})
	if err := cmd.Execute(); err == nil {
		t.Error("an argument is accepted")
	}
}

// A storage that other processes cannot read from, or the next one, is told by where
// it is, whether there is anything yet or not; nothing is written to find out.
func TestStorageOfOneProcessIsTold(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	shared := whyAlone(folderStorage(folder)) // in a container it is the container's own
	for path, want := range map[string]string{file: "it cannot be written to", file + "/a/b": "it cannot be written to", folder + "/a/b": shared} {
		if why := whyAlone(folderStorage(path)); why != want {
			t.Errorf("%s: %q, want %q", path, why, want)
		}
	}
	if _, err := os.Stat(folder + "/a"); err == nil {
		t.Error("a folder was made")
	}
}
