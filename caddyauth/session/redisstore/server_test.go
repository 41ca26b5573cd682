package redisstore_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

// server is a real Redis on a loopback port.
type server struct {
	address string
	dir     string
	args    []string
	cmd     *exec.Cmd
	output  *bytes.Buffer
	exited  chan struct{}
}

// startServer starts a Redis that keeps nothing on disk, and waits until it
// answers.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	s := newServer(t, args...)
	s.start(t)
	s.awaitPort(t)
	return s
}

func newServer(t testing.TB, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CADDY_OKTA_NO_SKIP") != "" {
			t.Fatal("there is no redis-server here")
		}
		t.Skip("skipped: there is no redis-server here")
	}
	address := freeAddress(t)
	return &server{address: address, dir: t.TempDir(), args: append([]string{
		"--port", portOf(address), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
	}, args...)}
}

func (s *server) start(t testing.TB) {
	t.Helper()
	s.output, s.exited = new(bytes.Buffer), make(chan struct{})
	s.cmd = exec.Command("redis-server", append(s.args, "--dir", s.dir)...)
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	cmd, exited := s.cmd, s.exited
	go func() { cmd.Wait(); close(exited) }()
	t.Cleanup(func() { s.kill() })
}

// kill ends the server at once, as a crash does. Its sockets are closed.
func (s *server) kill() {
	s.cmd.Process.Signal(syscall.SIGCONT)
	s.cmd.Process.Kill()
	<-s.exited
}

func (s *server) restart(t testing.TB) {
	t.Helper()
	s.kill()
	s.start(t)
	s.awaitPort(t)
}

// hang leaves the sockets open and answers nothing.
func (s *server) hang(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Signal(syscall.SIGCONT) })
}

func (s *server) goOn() { s.cmd.Process.Signal(syscall.SIGCONT) }

func (s *server) awaitPort(t testing.TB) {
	t.Helper()
	eventually(t, "redis-server listens", func() bool {
		select {
		case <-s.exited:
			t.Fatalf("redis-server ended:\n%s", s.output)
		default:
		}
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// cli is a client of the test's own, beside the one under test.
func (s *server) cli(t testing.TB) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.address, DisableIdentity: true, Protocol: 2})
	t.Cleanup(func() { c.Close() })
	return c
}

func (s *server) do(t testing.TB, args ...any) any {
	t.Helper()
	reply, err := s.cli(t).Do(context.Background(), args...).Result()
	if err != nil && err != redis.Nil {
		t.Fatalf("%v: %v", args[0], err)
	}
	return reply
}

func freeAddress(t testing.TB) string {
	t.Helper()
	for {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := listener.Addr().String()
		listener.Close()
		// A Cluster's nodes talk on the port 10,000 above.
		if len(portOf(address)) < 5 || portOf(address) < "55000" {
			return address
		}
	}
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// eventually polls until it is so, for at most 30 seconds.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-deadline.C:
			t.Fatalf("not within 30 s: %s", what)
		case <-tick.C:
		}
	}
}

// connect returns a client of a server.
func connect(t testing.TB, config redisstore.Config) *redisstore.Client {
	t.Helper()
	client, err := redisstore.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func (s *server) client(t testing.TB) *redisstore.Client {
	t.Helper()
	return connect(t, redisstore.Config{Addresses: []string{s.address}})
}

// open returns a store of the client whose name no other test has.
func open(t testing.TB, client *redisstore.Client) sessiontest.Opened {
	t.Helper()
	o := sessiontest.Opened{Keyring: sessiontest.Keyring(t), Marks: new(session.Marks)}
	o.Store = replica(t, client, o.Marks)
	return o
}

// replica returns one more store of the test's application, as another process
// has it.
func replica(t testing.TB, client *redisstore.Client, marks *session.Marks) *redisstore.Store {
	t.Helper()
	store := client.Store(sessiontest.Keyring(t), t.Name(), sessiontest.Limits)
	store.Marks = marks
	return store
}

func (s *server) sentinel(t testing.TB) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.address, Password: "pass-of-sentinel", DisableIdentity: true, Protocol: 2})
	t.Cleanup(func() { c.Close() })
	return c
}
