//go:build unix

package caddyauth

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// Opening a pipe that nobody writes to never returns, and every sign-in and refresh
// waits for the secret.
func TestSecretFileThatBecomesAPipe(t *testing.T) {
	w := newSecretWorld(t)
	w.write("good")
	f := w.mustOpen()
	_ = os.Remove(w.path)
	if err := syscall.Mkfifo(w.path, 0o600); err != nil {
		t.Fatal(err)
	}
	w.expect(f, "a pipe", "good")
	if _, err := w.open(); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("at load: %v", err)
	}
}
