//go:build linux

package container

import (
	"encoding/json"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// config is what the image says about running it.
type config struct {
	User         string
	Env          []string
	Entrypoint   []string
	Cmd          []string
	ExposedPorts map[string]struct{}
	Healthcheck  struct{ Test []string }
}

func inspect(t *testing.T) config {
	t.Helper()
	var image struct {
		Docker struct{ Config config }
	}
	if err := json.Unmarshal([]byte(must(t, "inspect", "--type", "image", tag)), &image); err != nil {
		t.Fatal(err)
	}
	return image.Docker.Config
}

// healthcheck is the image's own, as its arguments.
func (c config) healthcheck(t *testing.T) []string {
	t.Helper()
	if len(c.Healthcheck.Test) < 2 || c.Healthcheck.Test[0] != "CMD" {
		t.Fatalf("the health check is %q: without a shell it must be a command", c.Healthcheck.Test)
	}
	return c.Healthcheck.Test[1:]
}

func TestImageConfig(t *testing.T) {
	needImage(t)
	got := inspect(t)
	got.Env = slices.DeleteFunc(got.Env, func(v string) bool { return strings.HasPrefix(v, "PATH=") }) // buildah's
	want := config{
		User:         "65532:65532",
		Env:          []string{"XDG_CONFIG_HOME=/config", "XDG_DATA_HOME=/data"},
		Entrypoint:   []string{"/usr/bin/caddy"},
		Cmd:          []string{"run", "--config", "/etc/caddy/Caddyfile"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
	}
	want.Healthcheck.Test = []string{"CMD", "/usr/bin/caddy", "okta-auth", "health"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whoever takes the process over finds no shell, no other program, and nothing
// that its user may change: not the program, not the certificates that Okta's
// is checked with.
func TestImageHoldsNothingToUseOrChange(t *testing.T) {
	needImage(t)
	var files []string
	root := newContainer(t).root
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		path = strings.TrimPrefix(path, root)
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 0 || owner.Gid != 0 || info.Mode().Perm()&0o022 != 0 {
			t.Errorf("%s/ is of %d:%d with mode %s", path, owner.Uid, owner.Gid, info.Mode())
		}
		if !entry.IsDir() {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/etc/ssl/certs/ca-certificates.crt", "/usr/bin/caddy"}, files); diff != "" {
		t.Error(diff)
	}
}
