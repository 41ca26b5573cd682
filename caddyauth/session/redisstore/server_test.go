package redisstore_test

import (
	"cmp"
	"context"
	"net"
	"os/exec"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

// server is a real Redis on a loopback port.
type server struct {
	address string
	dir     string
	binary  string
	args    []string
	process *rig.Process
}

// startServer starts a Redis that keeps nothing on disk, and waits until it
// answers.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	s := newServer(t, args...)
	s.start(t)
	return s
}

func newServer(t testing.TB, args ...string) *server {
	t.Helper()
	port := rig.FreePort(t)
	return &server{address: "127.0.0.1:" + port, dir: t.TempDir(), binary: rig.Need(t, "redis-server", "redis-server"), args: append([]string{
		"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
	}, args...)}
}

// start runs the server until the test ends, and returns when it listens.
func (s *server) start(t testing.TB) {
	t.Helper()
	s.process = rig.Run(t, s.address, exec.Command(s.binary, append(s.args, "--dir", s.dir)...))
}

// kill ends the server at once, as a crash does. Its sockets are closed.
func (s *server) kill() { s.process.Kill() }

func (s *server) restart(t testing.TB) {
	t.Helper()
	s.kill()
	s.start(t)
}

// hang leaves the sockets open and answers nothing.
func (s *server) hang(t testing.TB) {
	t.Helper()
	if err := s.process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.goOn)
}

func (s *server) goOn() { _ = s.process.Signal(syscall.SIGCONT) }

// cli is a client of the test's own, beside the one under test.
func (s *server) cli(t testing.TB) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.address, DisableIdentity: true, Protocol: 2})
	t.Cleanup(func() { c.Close() })
	return c
}

func (s *server) do(t testing.TB, args ...any) any {
	t.Helper()
	c := s.cli(t)
	defer c.Close() // a benchmark asks more often than Redis has clients
	reply, err := c.Do(context.Background(), args...).Result()
	if err != nil && err != redis.Nil {
		t.Fatalf("%v: %v", args[0], err)
	}
	return reply
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// connect returns a client of a server. Where the config says nothing of it the
// client has patience: a machine that is busy for seconds is no outage.
func connect(t testing.TB, config redisstore.Config) *redisstore.Client {
	t.Helper()
	config.Timeout = cmp.Or(config.Timeout, rig.Patience)
	config.DialTimeout, config.ReadTimeout = cmp.Or(config.DialTimeout, rig.Patience/3), cmp.Or(config.ReadTimeout, rig.Patience/3)
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
