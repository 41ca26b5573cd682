package e2e

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// Site is the built server, running as a process.
type Site struct {
	// URL of the site, without a final slash: http://localhost:PORT, or https
	// where the Caddyfile says so.
	URL string
	// Addr is the host:port that it listens on.
	Addr string
	// Log is everything that the process has written.
	Log *Log
	// Storage is the folder that the process keeps its things in.
	Storage string

	t      testing.TB
	ports  []string
	folder string
	secure bool
	env    []string
	cmd    *rig.Process
}

// SiteOption changes how the process runs.
type SiteOption func(*Site)

// WithEnv gives the process environment variables, "NAME=value".
func WithEnv(env ...string) SiteOption { return func(s *Site) { s.env = append(s.env, env...) } }

// WithStorage lets the process use a storage that exists, to share it or to
// find it again.
func WithStorage(folder string) SiteOption { return func(s *Site) { s.Storage = folder } }

// StartSite runs the server with a Caddyfile until the test ends, and returns
// when it answers. {$PORT} in the Caddyfile is the port of the site; {$PORT2}
// and {$PORT3} are free as well. A first site https://localhost:{$PORT} with
// "tls internal" makes URL an https one.
//
// The global options are the harness's, and those of the Caddyfile beside
// them: no admin endpoint but a socket for Reload, no saved config, a
// storage of its own, no certificate in the machine's trust store, JSON logs at
// level DEBUG.
func StartSite(t testing.TB, caddyfile string, options ...SiteOption) *Site {
	t.Helper()
	folder := scratch.Folder(t) // for a unix socket too
	s := &Site{t: t, folder: folder, Storage: filepath.Join(folder, "storage"), Log: new(Log),
		secure: strings.Contains(caddyfile, "https://localhost:{$PORT}")}
	for _, option := range options {
		option(s)
	}
	s.ports = []string{rig.FreePort(t), rig.FreePort(t), rig.FreePort(t)}
	s.Addr = "127.0.0.1:" + s.ports[0]
	s.URL = "http://localhost:" + s.ports[0]
	if s.secure {
		s.URL = "https://localhost:" + s.ports[0]
	}
	s.write(caddyfile)
	Binary(t)
	t.Cleanup(s.cleanup)
	s.Start()
	return s
}

// URLOf is the address of the site on {$PORT2} (2) or {$PORT3} (3).
func (s *Site) URLOf(n int) string {
	return strings.TrimSuffix(s.URL, s.ports[0]) + s.ports[n-1]
}

// Start runs the process; StartSite has done it once.
func (s *Site) Start() {
	s.t.Helper()
	cmd := exec.Command(Binary(s.t), "run", "--config", s.config(), "--adapter", "caddyfile")
	cmd.Env = s.environment()
	s.cmd = rig.Start(s.t, cmd, &s.Log.Output)
	s.cmd.Await(s.t, "answers", s.answers)
}

// Stop ends the process, as a service manager would.
func (s *Site) Stop() { s.cmd.Stop() }

// Kill ends the process as a crash would: nothing is finished or written.
func (s *Site) Kill() { s.cmd.Kill() }

// Restart ends the process and runs it again, with the same storage and ports.
func (s *Site) Restart() {
	s.t.Helper()
	s.Stop()
	s.Start()
}

// Reload gives the running process another Caddyfile, and returns its error.
// Without one, the config before serves nobody any more.
func (s *Site) Reload(caddyfile string) error {
	s.t.Helper()
	s.write(caddyfile)
	out, err := s.Command("reload", "--config", s.config(), "--adapter", "caddyfile", "--address", "unix/"+s.socket())
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	s.settle()
	return nil
}

// settle waits until no config is on its way out. Caddy takes the one before down
// when a reload is over: until then it accepts connections, which it answers by
// itself or cuts.
func (s *Site) settle() {
	s.t.Helper()
	rig.Eventually(s.t, "the config before is down", func() bool {
		return !strings.Contains(s.goroutines(), "caddyhttp.(*App).stop")
	})
}

// Command runs the built server's command line in the site's environment.
func (s *Site) Command(args ...string) (string, error) {
	s.t.Helper()
	cmd := exec.Command(Binary(s.t), args...)
	cmd.Env = s.environment()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TLS is a client's configuration that trusts the site and nobody else.
func (s *Site) TLS() *tls.Config {
	s.t.Helper()
	pem, err := os.ReadFile(filepath.Join(s.Storage, "caddy/pki/authorities/local/root.crt"))
	if err != nil {
		s.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: roots, ServerName: "localhost"}
}

// Raw sends bytes as they are over one connection, TLS where the site has it,
// and returns the answer. The request should say "Connection: close" or be one
// whose answer has a length.
func (s *Site) Raw(request string) (*http.Response, string) {
	s.t.Helper()
	conn := s.Dial()
	defer conn.Close()
	return s.RawOn(conn, request)
}

// RawOn is Raw on a connection from Dial, which stays open.
func (s *Site) RawOn(conn net.Conn, request string) (*http.Response, string) {
	s.t.Helper()
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		s.t.Fatalf("no answer to %.200q: %v", request, err)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, ""
	}
	body, _ := io.ReadAll(resp.Body) // an answer that is cut off is still an answer
	return resp, string(body)
}

// Dial connects to the site, with HTTP/1.1 when it has TLS.
func (s *Site) Dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Addr)
	if err == nil && s.secure {
		config := s.TLS()
		config.NextProtos = []string{"http/1.1"}
		conn = tls.Client(conn, config)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn
}

func (s *Site) config() string { return filepath.Join(s.folder, "Caddyfile") }
func (s *Site) socket() string { return filepath.Join(s.folder, "admin") }

func (s *Site) environment() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.Storage, "XDG_DATA_HOME=" + s.Storage, "XDG_CONFIG_HOME=" + s.Storage,
		"PORT=" + s.ports[0], "PORT2=" + s.ports[1], "PORT3=" + s.ports[2]}
	return append(append(env, raceLog(s.folder)), s.env...)
}

// write adds the harness's global options.
func (s *Site) write(caddyfile string) {
	s.t.Helper()
	caddyfile = strings.TrimSpace(caddyfile)
	rest, hasGlobal := strings.CutPrefix(caddyfile, "{\n")
	if !hasGlobal {
		rest = "}\n" + caddyfile
	}
	trust := "" // naming it alone would make a CA, which needs a storage
	if s.secure {
		trust = "skip_install_trust"
	}
	global := fmt.Sprintf(`{
	admin unix/%s
	persist_config off
	auto_https disable_redirects
	%s
	grace_period 1s
	log {
		output stderr
		format json
		level DEBUG
	}
`, s.socket(), trust)
	if err := os.WriteFile(s.config(), []byte(global+rest+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Site) answers() bool {
	conn, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	if !s.secure {
		return true
	}
	// The certificate may still be on its way.
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	return tls.Client(conn, &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"}).Handshake() == nil
}

func (s *Site) cleanup() {
	s.Stop()
	if s.t.Failed() {
		s.t.Logf("the server's log, without debug and access lines:\n%s", s.Log.Brief())
	}
	s.Log.MustBeSound(s.t)
	mustNotRace(s.t, s.folder)
	s.Log.mustKeepSecrets(s.t)
}
