package e2e

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
)

// Log collects what a process writes.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is the whole log.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Lines are the log's entries; what is not JSON comes as {"msg": the line}.
func (l *Log) Lines() []map[string]any {
	var out []map[string]any
	for line := range strings.Lines(l.String()) {
		entry := map[string]any{}
		if json.Unmarshal([]byte(line), &entry) != nil {
			entry = map[string]any{"msg": strings.TrimRight(line, "\n")}
		}
		out = append(out, entry)
	}
	return out
}

// Find returns the entries whose message contains msg.
func (l *Log) Find(msg string) []map[string]any {
	var out []map[string]any
	for _, entry := range l.Lines() {
		if text, _ := entry["msg"].(string); strings.Contains(text, msg) {
			out = append(out, entry)
		}
	}
	return out
}

// Brief is the log without its debug and access lines.
func (l *Log) Brief() string {
	var out strings.Builder
	for line := range strings.Lines(l.String()) {
		if !strings.Contains(line, `"level":"debug"`) && !strings.Contains(line, `"logger":"http.log.access`) {
			out.WriteString(line)
		}
	}
	return out.String()
}

// mustBeSound fails the test when the process panicked or raced.
func (l *Log) mustBeSound(t testing.TB) {
	t.Helper()
	for _, sign := range []string{"panic", "DATA RACE", "fatal error:"} {
		text := l.String()
		if i := strings.Index(text, sign); i >= 0 {
			t.Errorf("%q in the server's output:\n%s", sign, text[max(0, i-200):min(len(text), i+3000)])
		}
	}
}
