package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// scratch is a folder for the whole run.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "caddy-okta-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// build makes the server once.
var build = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(scratch, "caddy")
	args := []string{"build", "-o", binary}
	if raceWanted() {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "github.com/caddy-okta/caddy-okta/cmd/caddy")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building cmd/caddy: %w\n%s", err, out)
	}
	return binary, nil
})

func raceWanted() bool { return os.Getenv("CADDY_OKTA_RACE") != "" }

// Binary is the path of the built server.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Skip ends a test that cannot run on this machine, and fails it where skips
// are not wanted.
func Skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CADDY_OKTA_NO_SKIP") != "" {
		t.Fatal("a skip is not wanted here: " + why)
	}
	t.Skip(why)
}

// patience is how long anything may take that has to happen at all.
const patience = 30 * time.Second

// Eventually polls until ok is true, and fails the test when that takes too
// long.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within %s", what, patience)
		case <-tick.C:
		}
	}
}
