package rig

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// verdict stands in for a test that may fail.
type verdict struct {
	testing.TB
	fatal string
}

func (v *verdict) Helper() {}

func (v *verdict) Fatalf(format string, args ...any) {
	v.fatal = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// Nobody waits for a program that has ended, and what it said is told.
func TestAwaitEndsWithTheProgram(t *testing.T) {
	p := Start(t, exec.Command("sh", "-c", "echo out; echo the address is taken >&2; exit 1"), new(Output))
	<-p.Ended
	v := &verdict{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Await(v, "answers", func() bool { return false })
	}()
	<-done
	if !strings.HasSuffix(v.fatal, "sh has ended:\nout\nthe address is taken\n") {
		t.Errorf("the test ends with %q", v.fatal)
	}
	p.Stop() // once more
	p.Kill()
}

// A program that does not heed signals, or has been halted, still ends.
func TestKillEndsAnything(t *testing.T) {
	out := new(Output)
	p := Start(t, exec.Command("sh", "-c", "trap '' TERM; echo ready; kill -STOP $$"), out)
	Eventually(t, "it is ready", func() bool { return out.String() == "ready\n" })
	p.Kill()
	if p.Signal(syscall.Signal(0)) == nil {
		t.Error("it runs")
	}
}
