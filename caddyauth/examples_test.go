package caddyauth

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// environment finds the variables that a Caddyfile names.
var environment = regexp.MustCompile(`\{env\.(\w+)\}`)

// TestExamples adapts and validates every Caddyfile of the repository, and
// holds them to "caddy fmt".
func TestExamples(t *testing.T) {
	t.Setenv("OKTA_AUTH_KEY", strings.Repeat("k", 44))
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	found := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasPrefix(entry.Name(), "Caddyfile") {
			return nil
		}
		found++
		t.Run(filepath.ToSlash(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(caddyfile.Format(text)) != string(text) {
				t.Errorf("not formatted: run caddy fmt --overwrite %s", path)
			}
			for _, name := range environment.FindAllStringSubmatch(string(text), -1) {
				if _, set := os.LookupEnv(name[1]); !set {
					t.Setenv(name[1], "an-id-or-a-secret")
				}
			}
			data, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text, map[string]any{"filename": path})
			if err != nil {
				t.Fatal(err)
			}
			var config caddy.Config
			if err := json.Unmarshal(data, &config); err != nil {
				t.Fatal(err)
			}
			if err := caddy.Validate(&config); err != nil {
				t.Error(err)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 5 {
		t.Errorf("found %d Caddyfiles only", found)
	}
}

// TestReference keeps the README's reference in step with the parser.
func TestReference(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range subdirectives {
		if !strings.Contains(string(readme), "| `"+sub.name) {
			t.Errorf("the README's reference lacks %s", sub.name)
		}
	}
}
