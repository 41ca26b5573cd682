//go:build linux

package container

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// repository is the folder that the Dockerfile is in.
const repository = "../.."

// tag of the image in the storage of this run.
const tag = "caddy-okta-test"

// scratch is for the whole run: build context, image, containers. No mount is
// left in it: vfs has none, and those of a container end with its mount
// namespace.
var scratch rig.Scratch

func TestMain(m *testing.M) { scratch.Main(m) }

// needImage builds the image once, or ends the test where that cannot be done.
func needImage(t *testing.T) {
	t.Helper()
	rig.Need(t, "buildah", "buildah")
	if os.Geteuid() != 0 {
		rig.Skip(t, "running a container without a daemon needs root")
	}
	if err := image(); err != nil {
		t.Fatal(err)
	}
}

// image runs the commands that the Dockerfile gives, in a context of its own so
// that the checkout stays as it is.
var image = sync.OnceValue(func() error {
	context := scratch.Path("context")
	dist, err := filepath.Abs(filepath.Join(context, "dist"))
	if err != nil {
		return err
	}
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dist, "caddy"), "./cmd/caddy")
	build.Dir = repository
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building cmd/caddy: %w\n%s", err, out)
	}
	for from, to := range map[string]string{
		filepath.Join(repository, "Dockerfile"):    "Dockerfile",
		filepath.Join(repository, ".dockerignore"): ".dockerignore",
		"/etc/ssl/certs/ca-certificates.crt":       "dist/ca-certificates.crt",
	} {
		content, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(context, to), content, 0o644); err != nil {
			return err
		}
	}
	_, err = try("bud", "--isolation", "chroot", "--format", "docker", "--target", "prebuilt", "-t", tag, context)
	return err
})

// buildah is the command with a storage that ends with the run.
func buildah(args ...string) *exec.Cmd {
	storage := []string{"--root", scratch.Path("root"), "--runroot", scratch.Path("run"), "--storage-driver", "vfs"}
	cmd := exec.Command("buildah", append(storage, args...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+scratch.Path())
	return cmd
}

// try runs buildah to its end, and returns what it writes to its output.
func try(args ...string) (string, error) {
	var out, errs strings.Builder
	cmd := buildah(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("buildah %s: %w\n%s", args[0], err, errs.String())
	}
	return strings.TrimSpace(out.String()), nil
}

// must is try for what has to work.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := try(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
