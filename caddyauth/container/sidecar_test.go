//go:build linux

package container

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// The example for Kubernetes, in the image, with an org and an application of
// the test's: it gets healthy and signs a user in with a key from the
// environment, though it can write nowhere.
func TestSidecar(t *testing.T) {
	needImage(t)
	for name, by := range map[string]way{"buildah run": byBuildah, "read-only root": readOnly} {
		t.Run(name, func(t *testing.T) {
			c, port := newSidecar(t, nil)
			if out, err := c.health(by, port); err == nil || !strings.Contains(out, "connection refused") {
				t.Errorf("healthy before it runs: %v, %s", err, out)
			}
			sidecar := c.start(by, port)
			if out, err := c.health(by, port); err != nil || out != "" {
				t.Errorf("the health check: %v, %s", err, out)
			}
			b := newBrowser(t, publicURL, port)
			b.signIn("/reports?year=2026", "ada@example.com", "correct horse battery")
			if want := "ada@example.com at /reports?year=2026"; b.body != want || b.address != publicURL+"/reports?year=2026" {
				t.Errorf("ended at %s: %.300s", b.address, b.body)
			}
			if name == "read-only root" {
				expectConfined(t, sidecar.Pid)
			}
		})
	}
}

// Without a key and without a storage nobody can be signed in. The health check
// says so at once, rather than the first user.
func TestHealthNeedsAKey(t *testing.T) {
	needImage(t)
	c, port := newSidecar(t, func(caddyfile string) string { return strings.Replace(caddyfile, "key {env.OKTA_AUTH_KEY}", "", 1) })
	c.start(readOnly, port)
	if out, err := c.health(readOnly, port); err == nil || !strings.Contains(out, "503") || strings.Count(out, "\n") != 1 {
		t.Errorf("the health check: %v, %s", err, out)
	}
}

// publicURL is the example's address.
const publicURL = "https://app.example.com"

// newSidecar makes a container with the example's Caddyfile, where only the
// addresses are the test's own, and returns the port that it will listen on.
func newSidecar(t *testing.T, change func(caddyfile string) string) (*container, string) {
	t.Helper()
	server := &oktasim.Server{Clients: oktasim.DemoClients()}
	server.Clients[0].RedirectURIs = []string{publicURL + "/.okta/callback"}
	org := httptest.NewServer(server)
	t.Cleanup(org.Close)
	server.URL = org.URL
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s at %s", r.Header.Get("X-Forwarded-User"), r.URL)
	}))
	t.Cleanup(app.Close)

	content, err := os.ReadFile(filepath.Join(repository, "examples/kubernetes/Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	caddyfile, port := string(content), rig.FreePort(t)
	for _, r := range [][2]string{
		{"http://:8080 {", "http://:" + port + " {\n\tbind 127.0.0.1"},
		{"https://acme.okta.com", org.URL},
		{"127.0.0.1:3000", app.Listener.Addr().String()},
	} {
		if strings.Count(caddyfile, r[0]) != 1 {
			t.Fatalf("the example does not have %q once", r[0])
		}
		caddyfile = strings.Replace(caddyfile, r[0], r[1], 1)
	}
	if change != nil {
		caddyfile = change(caddyfile)
	}
	c := newContainer(t)
	c.env = []string{
		"OKTA_CLIENT_ID=" + oktasim.DemoClientID, "OKTA_CLIENT_SECRET=" + oktasim.DemoClientSecret,
		"OKTA_AUTH_KEY=a key of the test, which is long enough",
	}
	c.put("/etc/caddy/Caddyfile", caddyfile)
	return c, port
}

// expectConfined asks the kernel what the process may do.
func expectConfined(t *testing.T, pid int) {
	t.Helper()
	proc := fmt.Sprintf("/proc/%d/", pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"Name:\tcaddy\n", "Uid:\t65532\t65532\t65532\t65532\n", "CapEff:\t0000000000000000\n"} {
		if !strings.Contains(string(status), line) {
			t.Errorf("the process is not %q:\n%s", line, status)
		}
	}
	mounts, err := os.ReadFile(proc + "mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		// ID, parent, device, root, mount point, options
		if fields := strings.Fields(line); fields[4] != "/" || !strings.HasPrefix(fields[5], "ro") {
			t.Errorf("it can see a mount that is not a read-only root: %s", line)
		}
	}
}
