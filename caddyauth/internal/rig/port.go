package rig

import (
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
)

// FreePort is one that nobody listens on and that no other test was given, be it
// of this process or of another that runs at the same time: Caddy shares ports
// (SO_REUSEPORT), and two sites on one port answer by turns. It is below those
// that the system hands out by itself (for ":0"), so that it is not taken between
// now and the moment a program binds it.
func FreePort(t testing.TB) string {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for ports.next < ports.end || ports.claim() {
		port := ports.next
		ports.next++
		if l, err := listenAt(port); err == nil {
			l.Close()
			return strconv.Itoa(port)
		}
	}
	t.Fatal("no port is free")
	return ""
}

// Ports are given out in blocks. A process has a block for itself while it
// listens on the first port of it.
const firstPort, blocks, blockSize = 12_000, 200, 100

// ports are what is left of the block that this process claimed last.
var ports claimed

type claimed struct {
	sync.Mutex
	next, end int
	claims    []net.Listener // they end with the process
}

// claim takes the next block that nobody has. It begins elsewhere in each process,
// since the ports of one that has just ended may still be in use by its programs.
func (c *claimed) claim() bool {
	for i := range blocks {
		first := firstPort + (os.Getpid()+len(c.claims)+i)%blocks*blockSize
		if l, err := listenAt(first); err == nil {
			c.claims = append(c.claims, l)
			c.next, c.end = first+1, first+blockSize
			return true
		}
	}
	return false
}

func listenAt(port int) (net.Listener, error) {
	return net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
}
