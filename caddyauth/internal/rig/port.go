package rig

import (
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
)

// FreePort is one that nobody listens on and that no other test of this process
// was given. It is below those that the system hands out by itself (for ":0"),
// so that it is not taken between now and the moment a program binds it: Caddy
// shares ports (SO_REUSEPORT), and two sites on one port answer by turns.
func FreePort(t testing.TB) string {
	t.Helper()
	for range portRange {
		port := strconv.Itoa(firstPort + int(nextPort.Add(1))%portRange)
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

const firstPort, portRange = 12_000, 20_000

// nextPort begins elsewhere in each process: several test binaries may run at
// the same time.
var nextPort atomic.Int64

func init() { nextPort.Store(int64(os.Getpid()*97) % portRange) }
