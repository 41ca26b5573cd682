package apps

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// The people of the simulated org.
const (
	ada, adaPassword     = "ada@example.com", "correct horse battery"
	grace, gracePassword = "grace@example.com", "navy-compiler-1952"
)

// issuer is the org of the examples.
const issuer = "https://acme.okta.com/oauth2/default"

// gate is the built server in front of an application.
type gate struct {
	url string
	// application is the address of the application itself, past the gate.
	application string
	// tap sees what reaches the application.
	tap *tap
}

// setting says what an example's Caddyfile is about.
type setting struct {
	caddyfile      string   // below examples
	site, upstream string   // the addresses in its Caddyfile
	application    string   // where the application really listens
	headers        []string // by which the application knows the user
	env            []string // beside the client's, NAME=value
}

// startGate runs the server with an example's Caddyfile until the test ends.
// Only what cannot be the same on every machine is replaced: the addresses of
// the site, of the org and of the application.
func startGate(t *testing.T, s setting) *gate {
	t.Helper()
	g := &gate{url: "http://localhost" + port(free(t)), application: "http://" + s.application, tap: startTap(t, s.application)}
	startServer(t, g.url, s.headers, s.env,
		adapted(t, example(t, s.caddyfile), s.site, g.url, issuer, startOrg(t), s.upstream, g.tap.addr))
	return g
}

// startServer runs the server with a site at url until the test ends.
//
// By itself, Caddy drops the spellings of a header with "_" and ".", which many
// applications read as one with "-". Here they are let in, as some operators
// have to: what then keeps them from the application is the gate.
func startServer(t *testing.T, url string, headers, env []string, site string) {
	t.Helper()
	dir := scratch.Folder(t)
	aliases := ""
	if names := strings.Join(headers, " "); names != "" {
		aliases = fmt.Sprintf("servers {\nexpected_underscore_headers %s\nexpected_dot_headers %s\n}",
			strings.ReplaceAll(names, "-", "_"), strings.ReplaceAll(names, "-", "."))
	}
	write(t, filepath.Join(dir, "Caddyfile"), fmt.Sprintf("{\nadmin off\npersist_config off\nlog {\nlevel WARN\n}\n%s\n}\n%s", aliases, site))
	cmd := exec.Command(scratch.Server(t), "run", "--config", "Caddyfile")
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir,
		"OKTA_CLIENT_ID=" + oktasim.DemoClientID, "OKTA_CLIENT_SECRET=" + oktasim.DemoClientSecret}, env...)
	server := rig.Run(t, "127.0.0.1"+port(url), cmd)
	t.Cleanup(func() {
		server.Stop()
		server.Output.MustBeSound(t)
	})
}

// startOrg runs a simulated org, whose people are named above, and returns its
// issuer.
func startOrg(t *testing.T) string {
	t.Helper()
	server := new(oktasim.Server)
	org := httptest.NewUnstartedServer(server)
	server.URL = "http://" + org.Listener.Addr().String()
	org.Start()
	t.Cleanup(org.Close)
	return org.URL + "/oauth2/default"
}

// port is the end of an address: ":8080".
func port(address string) string { return address[strings.LastIndexByte(address, ':'):] }
