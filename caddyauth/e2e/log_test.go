package e2e

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Log is what a site writes.
type Log struct{ rig.Output }

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

// secretShapes are what no line of a log may look like: a JWT, and the value of
// a cookie of ours.
var secretShapes = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|okta_auth\w*=\d\.[\w-]{20,}`)

// mailed are the codes that each test has fetched from a mailbox.
var mailed struct {
	sync.Mutex
	codes map[testing.TB][]string
}

func noteMailed(t testing.TB, code string) {
	mailed.Lock()
	defer mailed.Unlock()
	if mailed.codes == nil {
		mailed.codes = map[testing.TB][]string{}
	}
	mailed.codes[t] = append(mailed.codes[t], code)
}

// tells says whether a secret stands in a text. Six digits, as in a mailed code,
// stand inside of a time or of a random id by chance now and then: such a secret
// counts only by itself, neither within a word or number nor as its decimals.
func tells(text, secret string) bool {
	if len(secret) > 8 {
		return strings.Contains(text, secret)
	}
	alone := regexp.MustCompile(`(?:^|[^\w.]|%[0-9A-F]{2})` + regexp.QuoteMeta(secret) + `(?:\W|$)`)
	return alone.MatchString(text)
}

// mustKeepSecrets fails the test when its log, at level DEBUG, has a password,
// a mailed code, the client secret, a token or a cookie of ours. Every test of
// this package ends with it.
func (l *Log) mustKeepSecrets(t testing.TB) {
	t.Helper()
	found := func(what, line string) {
		t.Errorf("%s is in the server's log: %.2000s", what, line)
	}
	mailed.Lock()
	codes := mailed.codes[t]
	mailed.Unlock()
	for line := range strings.Lines(l.String()) {
		for _, user := range oktasim.DemoUsers() {
			quoted, _ := json.Marshal(user.Password)
			if strings.Contains(line, strings.Trim(string(quoted), `"`)) {
				found("the password of "+user.Login, line)
			}
		}
		for _, code := range codes {
			if tells(line, code) {
				found("a mailed code", line)
			}
		}
		// What stands in a Caddyfile, Caddy itself writes out at this level.
		ofCaddy := strings.Contains(line, `"adjusted config"`) || strings.Contains(line, `"initial configuration"`)
		if !ofCaddy && strings.Contains(line, oktasim.DemoClientSecret) {
			found("the client secret", line)
		}
		if shape := secretShapes.FindString(line); shape != "" {
			found("a token or a cookie ("+shape[:12]+"...)", line)
		}
	}
}
