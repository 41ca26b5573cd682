package caddyauth

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// secretWorld is a folder with a secret's file in it, and a clock.
type secretWorld struct {
	t    *testing.T
	path string
	now  time.Time
	log  bytes.Buffer
}

func newSecretWorld(t *testing.T) *secretWorld {
	return &secretWorld{t: t, path: filepath.Join(t.TempDir(), "secret"), now: time.Unix(1_790_000_000, 0)}
}

func (w *secretWorld) write(content string) {
	w.t.Helper()
	if err := os.WriteFile(w.path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *secretWorld) open() (*secretFile, error) {
	return newSecretFile(w.path, slog.New(slog.NewTextHandler(&w.log, nil)), func() time.Time { return w.now })
}

func (w *secretWorld) mustOpen() *secretFile {
	w.t.Helper()
	f, err := w.open()
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// expect asks a second later.
func (w *secretWorld) expect(f *secretFile, why string, want ...string) {
	w.t.Helper()
	w.now = w.now.Add(secretCheck)
	if got := f.Secrets(); !slices.Equal(got, want) {
		w.t.Errorf("%s: %q, want %q", why, got, want)
	}
}

func TestSecretFileIsReadAgain(t *testing.T) {
	w := newSecretWorld(t)
	w.write("first\n")
	f := w.mustOpen()
	w.expect(f, "at load", "first")

	w.write("next\nfirst\n")
	if got := f.Secrets(); !slices.Equal(got, []string{"first"}) {
		t.Errorf("looked again within a second: %q", got)
	}
	w.expect(f, "two lines", "next", "first")
	w.write("\r\n  next  \r\n\r\nlast\r\n")
	w.expect(f, "white space around", "next", "last")
	w.write("gone!\n")
	w.now = w.now.Add(-time.Hour) // a clock that is set back
	if got := f.Secrets(); !slices.Equal(got, []string{"gone!"}) {
		t.Errorf("after the clock was set back: %q", got)
	}

	// Another content of the same size and time, in a new file of the same name.
	info, err := os.Stat(w.path)
	if err != nil {
		t.Fatal(err)
	}
	other := w.path + ".new"
	if err := os.WriteFile(other, []byte("here!\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(other, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, w.path); err != nil {
		t.Fatal(err)
	}
	w.expect(f, "a file in place of the other", "here!")
	for _, secret := range []string{"first", "next", "last", "gone!", "here!"} {
		if strings.Contains(w.log.String(), "secret="+secret) || strings.Contains(w.log.String(), " "+secret) {
			t.Errorf("a secret is in the log:\n%s", w.log.String())
		}
	}
}

// What Kubernetes does: the file is a link into a folder that is a link, and the
// folder's link is what changes.
func TestSecretFileBehindLinks(t *testing.T) {
	w := newSecretWorld(t)
	folder := filepath.Dir(w.path)
	version := func(name, content string) {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name, "secret"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(name, filepath.Join(folder, "..tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(folder, "..tmp"), filepath.Join(folder, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	version("..1", "first")
	if err := os.Symlink("..data/secret", w.path); err != nil {
		t.Fatal(err)
	}
	f := w.mustOpen()
	version("..2", "other")
	w.expect(f, "after the swap", "other")
	if err := os.Remove(filepath.Join(folder, "..data")); err != nil {
		t.Fatal(err)
	}
	w.expect(f, "between two links", "other")
	version("..3", "third")
	w.expect(f, "after the second swap", "third")
}

// Who writes the file may remove it or empty it first. Sign-ins go on, and the
// log says what is wrong, once.
func TestSecretFileKeepsTheLastGoodSecret(t *testing.T) {
	w := newSecretWorld(t)
	w.write("good")
	f := w.mustOpen()
	for name, spoil := range map[string]func(){
		"gone":           func() { _ = os.Remove(w.path) },
		"empty":          func() { w.write("") },
		"blank":          func() { w.write(" \n\n") },
		"three secrets":  func() { w.write("a\nb\nc\n") },
		"two in a line":  func() { w.write("hunter2 hunter3\n") },
		"not text":       func() { w.write("hunter2\x00\x01") },
		"huge":           func() { w.write(strings.Repeat("hunter2", maxSecretFile)) },
		"a folder there": func() { _ = os.Remove(w.path); _ = os.Mkdir(w.path, 0o700) },
	} {
		w.log.Reset()
		spoil()
		for range 5 {
			w.expect(f, name, "good")
		}
		if log := w.log.String(); strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, w.path) || strings.Contains(log, "hunter2") {
			t.Errorf("%s: want one warning that names the file and quotes nothing of it:\n%s", name, log)
		}
		_ = os.Remove(w.path)
		w.write("good")
		w.expect(f, name+" no more", "good")
	}
}

func TestSecretFileErrorsAtLoad(t *testing.T) {
	w := newSecretWorld(t)
	if _, err := w.open(); err == nil || !strings.Contains(err.Error(), w.path) || !strings.Contains(err.Error(), "mount it there") {
		t.Errorf("missing: %v", err)
	}
	for content, want := range map[string]string{
		"": "is empty: put the application's client secret into it", "\n": "is empty", "a\nb\nc": "has 3 secrets", "hunter2 hunter3": "white space",
	} {
		w.write(content)
		if _, err := w.open(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), w.path) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%q: %v", content, err)
		}
	}
	w.path = filepath.Dir(w.path)
	if _, err := w.open(); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a folder: %v", err)
	}
}

func TestSecretFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := newSecretFile(path, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				if len(f.Secrets()) != 1 {
					t.Error("no secret")
				}
			}
		})
	}
	group.Wait()
}
