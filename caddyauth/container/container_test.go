//go:build linux

package container

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// container is made from the image, with more files.
type container struct {
	t      *testing.T
	id     string
	root   string // the folder that is its root file system
	config config
	env    []string // what Compose or Kubernetes would set
}

func newContainer(t *testing.T) *container {
	t.Helper()
	c := &container{t: t, id: must(t, "from", "--pull-never", tag), config: inspect(t)}
	t.Cleanup(func() { must(t, "rm", c.id) })
	c.root = must(t, "mount", c.id)
	return c
}

// put puts a file into the container, as a mounted ConfigMap would.
func (c *container) put(path, content string) {
	c.t.Helper()
	from := filepath.Join(c.t.TempDir(), "file")
	if err := os.WriteFile(from, []byte(content), 0o644); err != nil {
		c.t.Fatal(err)
	}
	must(c.t, "copy", c.id, from, path)
}

// way is how to run a program of the container; args begin with the program.
type way func(c *container, args []string) *exec.Cmd

// byBuildah runs it as "buildah run" does: for the image's user, with /proc,
// /dev and a resolv.conf, on the machine's network.
func byBuildah(c *container, args []string) *exec.Cmd {
	run := []string{"run", "--isolation", "chroot"}
	for _, v := range c.env {
		run = append(run, "--env", v)
	}
	return buildah(slices.Concat(run, []string{c.id, "--"}, args)...)
}

// readOnly runs it for the image's user on a root file system that nobody can
// write to, in a mount namespace of its own that ends with it. buildah cannot:
// it makes the places for its mounts first.
func readOnly(c *container, args []string) *exec.Cmd {
	const script = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" &&
		user=$1 && shift && exec chroot --userspec "$user" "$0" "$@"`
	cmd := exec.Command("unshare", slices.Concat(
		[]string{"--mount", "--propagation", "private", "sh", "-c", script, c.root, c.config.User}, args)...)
	cmd.Env = slices.Concat(c.config.Env, c.env)
	return cmd
}

// start runs the image's command until the test ends, and returns when it
// listens on a port.
func (c *container) start(by way, port string) *rig.Process {
	c.t.Helper()
	return rig.Run(c.t, "127.0.0.1:"+port, by(c, slices.Concat(c.config.Entrypoint, c.config.Cmd)))
}

// health runs the image's health check against another port than the default.
func (c *container) health(by way, port string) (string, error) {
	c.t.Helper()
	out, err := by(c, append(c.config.healthcheck(c.t), "--url", fmt.Sprintf("http://127.0.0.1:%s/.okta/health", port), "--timeout", rig.Patience.String())).CombinedOutput()
	return string(out), err
}
