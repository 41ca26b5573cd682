package rig

import (
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Output is what programs write. It may be read while they run, and is a file of
// the system's own, not a pipe: a line that a program has written before it
// answered somebody is there when they look for it.
type Output struct {
	once sync.Once
	file *os.File
}

func (o *Output) open() *os.File {
	o.once.Do(func() {
		file, err := os.CreateTemp("", "output-")
		if err != nil {
			panic(err)
		}
		_ = os.Remove(file.Name()) // it lives on while it is open
		o.file = file
	})
	return o.file
}

// Write implements io.Writer.
func (o *Output) Write(p []byte) (int, error) { return o.open().Write(p) }

// String is the whole of it.
func (o *Output) String() string {
	text, err := io.ReadAll(io.NewSectionReader(o.open(), 0, math.MaxInt64))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// alarms are what a program in Go says when it panics. They stand by themselves:
// within the random characters of a name, "panic" is chance.
var alarms = regexp.MustCompile(`\bpanic(?:ked|king)?\b|\bfatal error:`)

// MustBeSound fails the test when a program in Go has panicked.
func (o *Output) MustBeSound(t testing.TB) {
	t.Helper()
	text := o.String()
	if at := alarms.FindStringIndex(text); at != nil {
		t.Errorf("%q in the server's output:\n%s", text[at[0]:at[1]], text[max(0, at[0]-200):min(len(text), at[0]+3000)])
	}
}

// Process is a program that a test has started.
type Process struct {
	*os.Process
	// Output is what it has written.
	Output *Output
	// Ended is closed when it has ended.
	Ended <-chan struct{}

	name string
}

// grace is how long a program may take to end.
const grace = 10 * time.Second

// Start runs a program, which writes to out. Whoever starts it ends it: Run is
// for programs that end with the test.
func Start(t testing.TB, cmd *exec.Cmd, out *Output) *Process {
	t.Helper()
	cmd.Stdout, cmd.Stderr = out.open(), out.open()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	return &Process{cmd.Process, out, ended, cmd.Path}
}

// Run runs a program until the test ends, and returns when it listens at
// address: a host and port, or the path of a unix socket.
func Run(t testing.TB, address string, cmd *exec.Cmd) *Process {
	t.Helper()
	p := Start(t, cmd, new(Output))
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			text := p.Output.String()
			t.Logf("%s wrote in the end:\n%s", p.name, text[max(0, len(text)-5000):])
		}
	})
	network := "tcp"
	if strings.HasPrefix(address, "/") {
		network = "unix"
	}
	p.Await(t, "listens at "+address, func() bool {
		conn, err := net.DialTimeout(network, address, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
	return p
}

// Await is Eventually for what the program does, and fails the test at once
// when the program has ended.
func (p *Process) Await(t testing.TB, does string, ok func() bool) {
	t.Helper()
	Eventually(t, p.name+" "+does, func() bool {
		select {
		case <-p.Ended:
			t.Fatalf("%s has ended:\n%s", p.name, p.Output)
		default:
		}
		return ok()
	})
}

// Stop ends the program, as a service manager would. It does nothing to one
// that has ended, or, when p is nil, never began.
func (p *Process) Stop() {
	if p == nil {
		return
	}
	_ = p.Signal(syscall.SIGTERM)
	select {
	case <-p.Ended:
	case <-time.After(grace):
		p.Kill()
	}
}

// Kill ends the program, as a crash would; otherwise it is like Stop.
func (p *Process) Kill() {
	if p == nil {
		return
	}
	_ = p.Process.Kill()
	<-p.Ended
}
