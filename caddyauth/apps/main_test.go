package apps

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// scratch is for the whole run.
var scratch rig.Scratch

func TestMain(m *testing.M) { scratch.Main(m) }

// needFile ends the test where no package has brought that file or folder.
func needFile(t *testing.T, debian, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		rig.Skip(t, "needs an application that is not installed: apt-get install "+debian)
	}
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

// free is a loopback address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	return "127.0.0.1:" + rig.FreePort(t)
}
