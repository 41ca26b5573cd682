package caddyauth

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// A directive with an argument too few made the Caddyfile parser of another
// module panic. Every config that is cut short, has a line twice, an empty or a
// huge argument is an error or a config, and it does not end the process that
// runs.
//
// Rows: ToB-10, S-55.
func TestToB10_BrokenCaddyfiles(t *testing.T) {
	data, err := os.ReadFile("testdata/adapt/every_subdirective.caddyfiletest")
	if err != nil {
		t.Fatal(err)
	}
	whole, _, _ := strings.Cut(string(data), goldenLine)
	adapts := func(input string) bool {
		_, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(input), nil)
		return err == nil
	}
	if !adapts(whole) {
		t.Fatal("the whole config is refused")
	}
	for n := range len(whole) {
		adapts(whole[:n])
		adapts(whole[:n] + "\n}\n}\n")
	}
	lines := strings.Split(whole, "\n")
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		for _, other := range []string{
			words[0], words[0] + ` ""`, words[0] + " " + strings.Repeat("x", 1<<20), line + " more and more", line + " {", line + " {\nx\n}", words[0] + " \x00", words[0] + " {", words[0] + " {env.}", words[0] + " {file.}", words[0] + " {$}",
			words[0] + " `\n`", line + "\n" + line,
		} {
			changed := append(append([]string{}, lines[:i]...), other)
			adapts(strings.Join(append(changed, lines[i+1:]...), "\n"))
		}
	}
}

// The same for JSON, which no parser of ours has seen before it is provisioned:
// members that are missing, empty or of another type.
//
// Rows: ToB-10, ToB #275, CVE-2026-27586, CVE-2023-29406.
func TestToB10_BrokenJSON(t *testing.T) {
	storage := t.TempDir()
	t.Setenv("XDG_DATA_HOME", storage)
	good := map[string]any{
		"handler": "okta_auth",
		"issuer":  "https://acme.okta.com/oauth2/default", "client_id": "0oa1", "client_secret": "s", "public_url": "https://app.example.com", "redirect_uri": "https://app.example.com/.okta/callback", "prefix": "/.okta/",
		"keys": []string{"a sealing key that is long enough for anybody"}, "scopes": []string{"openid"}, "public": map[string]any{"paths": []string{"/x"}}, "lifetime": "1h", "idle": "1h", "page_status": 200, "claims": []string{"x"},
		"header_up": []any{map[string]string{"name": "X-A", "value": "b"}},
	}
	validates := func(gate map[string]any) bool {
		body, err := json.Marshal(map[string]any{
			"admin": map[string]any{"disabled": true}, "storage": map[string]any{"module": "file_system", "root": storage},
			"logging": map[string]any{"logs": map[string]any{"default": map[string]any{"writer": map[string]any{"output": "discard"}}}},
			"apps": map[string]any{"http": map[string]any{"servers": map[string]any{"s": map[string]any{
				"listen": []string{"127.0.0.1:0"}, "routes": []any{map[string]any{"handle": []any{gate}}},
			}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		var config caddy.Config
		if err := json.Unmarshal(body, &config); err != nil {
			t.Fatal(err)
		}
		return caddy.Validate(&config) == nil
	}
	if !validates(good) {
		t.Fatal("the whole config is refused")
	}
	for member := range good {
		if member == "handler" {
			continue
		}
		for _, value := range []any{nil, "", "x", "\x00", "{env.NOT_SET_ANYWHERE}", "https://app.example.com\r\nX-Evil: 1", "/x/\r\nX-Evil: 1/", "{file.}", "{file./}", "{file./does/not/exist}", 0, -1, 1e300, true, []any{}, []any{""}, []any{nil}, []any{map[string]any{}}, map[string]any{}, strings.Repeat("x", 1<<16)} {
			changed := maps.Clone(good)
			changed[member] = value
			accepted := validates(changed)
			text, _ := value.(string)
			injects := strings.Contains(text, "\r") && !strings.HasPrefix(member, "client_") // those are sent percent-encoded
			if accepted && (injects || strings.HasPrefix(text, "{")) {
				t.Errorf("%s %.40q is accepted", member, value)
			}
		}
	}
}
