package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// Scratch is a folder for a whole run of a package's tests, with the server
// that they share in it. There is none before Main.
type Scratch struct {
	// BuildFlags are of "go build", for the server.
	BuildFlags []string

	path   string
	once   sync.Once
	failed error
}

// Main runs the tests, and ends the process and the folder with them. It is all
// of a TestMain.
func (s *Scratch) Main(m *testing.M) {
	code := 1
	var err error
	// Not below a folder of a test's, whose path may be long: that of a unix
	// socket must be short.
	if s.path, err = os.MkdirTemp("", "caddy-okta-"); err == nil {
		code = m.Run()
		err = os.RemoveAll(s.path)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scratch:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Path is that of a file in the folder.
func (s *Scratch) Path(elements ...string) string {
	return filepath.Join(append([]string{s.path}, elements...)...)
}

// Folder makes a folder of a test's own, which ends with the run.
func (s *Scratch) Folder(t testing.TB) string {
	t.Helper()
	path, err := os.MkdirTemp(s.path, "t")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Server is the path of the server, which is built once.
func (s *Scratch) Server(t testing.TB) string {
	t.Helper()
	binary := s.Path("caddy")
	s.once.Do(func() {
		args := slices.Concat([]string{"build", "-o", binary}, s.BuildFlags, []string{"github.com/caddy-okta/caddy-okta/cmd/caddy"})
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			s.failed = fmt.Errorf("building cmd/caddy: %w\n%s", err, out)
		}
	})
	if s.failed != nil {
		t.Fatal(s.failed)
	}
	return binary
}
