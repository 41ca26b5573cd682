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
	"time"
)

// repository is the folder that the Dockerfile is in.
const repository = "../.."

// tag of the image in the storage of this run.
const tag = "caddy-okta-test"

// scratch is a folder for the whole run: build context, image, containers.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "caddy-okta-container-"); err != nil {
		fmt.Fprintln(os.Stderr, "container:", err)
		os.Exit(1)
	}
	code := m.Run()
	// No mount is left: vfs has none, and those of a container end with its
	// mount namespace.
	if err := os.RemoveAll(scratch); err != nil {
		fmt.Fprintln(os.Stderr, "container:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// needImage builds the image once, or ends the test where that cannot be done.
func needImage(t *testing.T) {
	t.Helper()
	var why string
	switch _, err := exec.LookPath("buildah"); {
	case err != nil:
		why = "buildah is not installed: apt-get install buildah"
	case os.Geteuid() != 0:
		why = "running a container without a daemon needs root"
	}
	if why != "" && os.Getenv("CADDY_OKTA_NO_SKIP") != "" {
		t.Fatal("a skip is not wanted here: " + why)
	}
	if why != "" {
		t.Skip(why)
	}
	if err := image(); err != nil {
		t.Fatal(err)
	}
}

// image runs the commands that the Dockerfile gives, in a context of its own so
// that the checkout stays as it is.
var image = sync.OnceValue(func() error {
	context := filepath.Join(scratch, "context")
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
	storage := []string{"--root", filepath.Join(scratch, "root"), "--runroot", filepath.Join(scratch, "run"), "--storage-driver", "vfs"}
	cmd := exec.Command("buildah", append(storage, args...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+scratch)
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

// eventually polls until ok is true, and fails the test when that takes too
// long.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("%s: not within 30s", what)
		case <-tick.C:
		}
	}
}
