package identity_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

var update = flag.Bool("update", false, "write the presets in docs/identity-headers.md anew")

const page = "../../docs/identity-headers.md"

// The presets on the page are those of the code.
func TestDocsOfPresets(t *testing.T) {
	const begin, end = "-run Docs -update -->\n", "<!-- end of presets -->"
	text := readPage(t)
	before, rest, found := strings.Cut(text, begin)
	kept, after, found2 := strings.Cut(rest, end)
	if !found || !found2 {
		t.Fatal("the page has no place for presets")
	}
	var made strings.Builder
	for _, p := range identity.Presets() {
		describe(t, &made, p)
	}
	made.WriteString("\n")
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+made.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		kept = made.String()
	}
	if diff := cmp.Diff(kept, made.String()); diff != "" {
		t.Errorf("run go test ./caddyauth/identity -run Docs -update; the page differs (-page +code):\n%s", diff)
	}
}

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// describe writes what the page has about a preset.
func describe(t *testing.T, out *strings.Builder, p identity.Preset) {
	t.Helper()
	o := identity.Options{Roles: []identity.Role{{Word: "w", Groups: []string{"g"}}}}
	definitions, removeAuthorization, err := identity.ForPreset(p.Name, o)
	if err != nil { // it has no roles
		definitions, removeAuthorization, err = identity.ForPreset(p.Name, identity.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(out, "\n### %s\n\n%s\n", p.Name, p.Doc)
	if len(definitions) > 0 {
		out.WriteString("\n| Header | Value |\n|---|---|\n")
	}
	for _, d := range definitions {
		value := "`" + strings.ReplaceAll(d.Value, "|", `\|`) + "`"
		switch {
		case strings.Contains(d.Value, "|choose("):
			value = "the word of the user's role"
		case d.Delimiter != "":
			value += ", joined by `" + strings.ReplaceAll(d.Delimiter, "|", `\|`) + "`"
		}
		fmt.Fprintf(out, "| `%s` | %s |\n", d.Name, value)
	}
	if removeAuthorization {
		out.WriteString("| `Authorization` | the client's is removed |\n")
	}
}

// Each function is on the page, with an example that is true.
func TestDocsOfFunctions(t *testing.T) {
	text := readPage(t)
	_, err := identity.Compile([]identity.Definition{{Name: "X-A", Value: "{claim.c|?}"}})
	_, all, _ := strings.Cut(fmt.Sprint(err), "there are ")
	for name := range strings.SplitSeq(all, ", ") {
		if !strings.Contains(text, "`"+name+"`") && !strings.Contains(text, "`"+name+"(") {
			t.Errorf("the page lacks %s", name)
		}
	}
	examples := 0
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
		if len(cells) != 7 || !strings.HasPrefix(cells[3], " `{claim.c") || strings.Contains(cells[5], " byte ") {
			continue
		}
		examples++
		code := func(i int) string { return strings.ReplaceAll(strings.Trim(cells[i], " `"), "\x00", "|") }
		var claim any
		if err := json.Unmarshal([]byte(code(4)), &claim); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		fields, _ := compile(t, identity.Definition{Name: "X-A", Value: code(3)}).Render(map[string]any{"c": claim})
		if diff := cmp.Diff([]identity.Field{header("X-A", code(5))}, fields); diff != "" {
			t.Errorf("%s (-page +got):\n%s", code(3), diff)
		}
	}
	if examples < 16 {
		t.Errorf("only %d examples were read", examples)
	}
}
