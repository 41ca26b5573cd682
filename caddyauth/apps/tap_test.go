package apps

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// tap stands between the gate and the application, and records what goes to
// the application, byte for byte.
type tap struct {
	// addr is where the gate finds the application.
	addr string

	mu       sync.Mutex
	received bytes.Buffer
}

// startTap leads to the application's address, a host and port or the path of a
// unix socket, until the test ends.
func startTap(t *testing.T, application string) *tap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &tap{addr: l.Addr().String()}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go p.lead(in, application)
		}
	}()
	return p
}

func (p *tap) lead(in net.Conn, application string) {
	defer in.Close()
	network := "tcp"
	if strings.HasPrefix(application, "/") {
		network = "unix"
	}
	out, err := net.Dial(network, application)
	if err != nil {
		return
	}
	defer out.Close()
	go func() {
		_, _ = io.Copy(in, out)
		in.Close()
	}()
	_, _ = io.Copy(io.MultiWriter(p, out), in)
}

// Write implements io.Writer.
func (p *tap) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.received.Write(b)
}

// has says whether the application received that text, whatever its case.
func (p *tap) has(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Contains(bytes.ToLower(p.received.Bytes()), bytes.ToLower([]byte(text)))
}
