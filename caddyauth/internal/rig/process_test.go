package rig

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// verdict stands in for a test that may fail.
type verdict struct {
	testing.TB
	fatal  string
	failed bool
}

func (v *verdict) Helper() {}

func (v *verdict) Errorf(string, ...any) { v.failed = true }

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

// What a program has written before it answers is there when the answer is.
func TestOutputIsThereWithTheAnswer(t *testing.T) {
	answers, answer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer answers.Close()
	cmd := exec.Command("sh", "-c", `while read n; do echo "line $n"; echo "$n" >&3; done`)
	cmd.ExtraFiles = []*os.File{answer}
	questions, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := Start(t, cmd, new(Output))
	defer p.Kill()
	answer.Close() // the program has its own
	in := bufio.NewReader(answers)
	for n := range 1000 {
		if _, err := fmt.Fprintln(questions, n); err != nil {
			t.Fatal(err)
		}
		if _, err := in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("line %d\n", n); !strings.HasSuffix(p.Output.String(), want) {
			t.Fatalf("after answer %d the output lacks %q", n, want)
		}
	}
}

// The signs of a panic are seen in every form, and not in a random name.
func TestMustBeSound(t *testing.T) {
	for text, sound := range map[string]bool{
		"panic: runtime error: index out of range [3]\n":                   false,
		"2026/11/22 http: panic serving 127.0.0.1:1: x\n":                  false,
		`{"level":"panic","msg":"x"}`:                                      false,
		`{"level":"error","msg":"a handler has panicked"}`:                 false,
		"fatal error: concurrent map writes\n":                             false,
		`{"level":"info","msg":"signed in","session":"Xq7panicVt1_0aBcD"}`: true,
		"": true,
	} {
		v, out := &verdict{TB: t}, new(Output)
		if _, err := io.WriteString(out, text); err != nil {
			t.Fatal(err)
		}
		if out.MustBeSound(v); v.failed == sound {
			t.Errorf("%q: sound is %v", text, !v.failed)
		}
	}
}
