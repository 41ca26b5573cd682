package apps

import (
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// output is what a program writes.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// run runs a program until the test ends, and returns when it listens at
// address: a host and port, or the path of a unix socket.
func run(t *testing.T, address string, cmd *exec.Cmd) *output {
	t.Helper()
	out := new(output)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
		if t.Failed() {
			text := out.String()
			t.Logf("%s wrote in the end:\n%s", cmd.Path, text[max(0, len(text)-3000):])
		}
	})
	network := "tcp"
	if strings.HasPrefix(address, "/") {
		network = "unix"
	}
	eventually(t, cmd.Path+" listens at "+address, func() bool {
		select {
		case <-done:
			t.Fatalf("%s has ended:\n%s", cmd.Path, out)
		default:
		}
		conn, err := net.DialTimeout(network, address, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
	return out
}
