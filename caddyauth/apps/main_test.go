package apps

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// scratch is a folder for the whole run.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "caddy-okta-apps-"); err != nil {
		fmt.Fprintln(os.Stderr, "apps:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// server builds the server, once.
var server = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(scratch, "caddy")
	out, err := exec.Command("go", "build", "-o", binary, "github.com/caddy-okta/caddy-okta/cmd/caddy").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building cmd/caddy: %w\n%s", err, out)
	}
	return binary, nil
})

// need returns the path of a program, or ends the test where no package has
// brought it. sbin is no part of an ordinary user's PATH.
func need(t *testing.T, debian string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
		if found, _ := filepath.Glob(filepath.Join("/usr/sbin", name)); len(found) > 0 {
			return found[0]
		}
	}
	lacking(t, "needs an application that is not installed: apt-get install "+debian)
	return ""
}

// needFile ends the test where no package has brought that file or folder.
func needFile(t *testing.T, debian, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		lacking(t, "needs an application that is not installed: apt-get install "+debian)
	}
}

func lacking(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CADDY_OKTA_NO_SKIP") != "" {
		t.Fatal("a skip is not wanted here: " + why)
	}
	t.Skip(why)
}

// example is the path of a file in an example's folder.
func example(t *testing.T, elements ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(append([]string{"../../examples"}, elements...)...))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// adapted is a file of an example with old and new strings in turn replaced.
// Each old one has to be there, so that an example cannot drift away from its
// test.
func adapted(t *testing.T, path string, oldnew ...string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(string(content), oldnew[i]) {
			t.Fatalf("%s has no %q", path, oldnew[i])
		}
	}
	return strings.NewReplacer(oldnew...).Replace(string(content))
}

// write writes a file of a test's own, and returns its path.
func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// folder makes a folder whose path is short enough for a unix socket in it.
func folder(t *testing.T) string {
	t.Helper()
	path, err := os.MkdirTemp(scratch, "t")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// free is a loopback address that nobody listens on. Its port is below those
// that the system hands out by itself, so that none takes it before the program
// that it is for.
func free(t *testing.T) string {
	t.Helper()
	for range portRange {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+int(nextPort.Add(1))%portRange)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

const firstPort, portRange = 7_000, 3_000

// nextPort begins elsewhere in each process.
var nextPort atomic.Int64

func init() { nextPort.Store(int64(os.Getpid()*97) % portRange) }

// patience is how long anything may take that has to happen at all.
const patience = 30 * time.Second

// eventually polls until ok is true, and fails the test when that takes too
// long.
func eventually(t *testing.T, what string, ok func() bool) {
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
