package caddyauth

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// previewAnswer asks for a name and a password; its message is an error.
const previewAnswer = `{
  "version": "1.0.0", "stateHandle": "02.handle.of.a.transaction~c.1", "intent": "LOGIN",
  "messages": {"type": "array", "value": [{"message": "Wrong, sorry", "i18n": {"key": "sample.wrong"}, "class": "ERROR"}]},
  "remediation": {"type": "array", "value": [
    {"rel": ["create-form"], "name": "identify", "href": "https://acme.okta.com/idp/idx/identify", "method": "POST",
     "accepts": "application/json; okta-version=1.0.0", "value": [
      {"name": "identifier", "label": "Username", "required": true},
      {"name": "credentials", "type": "object", "required": true, "form": {"value": [{"name": "passcode", "label": "Password", "secret": true}]}},
      {"name": "stateHandle", "required": true, "value": "02.handle.of.a.transaction~c.1", "visible": false, "mutable": false}]},
    {"name": "redirect-idp", "type": "GOOGLE", "href": "https://acme.okta.com/sso/idps/0oa1?stateToken=02.handle.of.a.transaction~c.1", "method": "GET"}]}
}`

// previewRun runs "caddy okta-auth preview".
func previewRun(ctx context.Context, stdin string, args ...string) (stdout, stderr string, err error) {
	root := &cobra.Command{Use: "okta-auth"}
	caddycmd.Commands()["okta-auth"].CobraFunc(root)
	var out, errs strings.Builder
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(append([]string{"preview"}, args...))
	err = root.ExecuteContext(ctx)
	return out.String(), errs.String(), err
}

// write makes a file of a test's folder, and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// expectPage runs the preview, and looks for what its page has, and has not.
func expectPage(t *testing.T, stdin string, args []string, has, hasNot []string) {
	t.Helper()
	page, stderr, err := previewRun(t.Context(), stdin, args...)
	if err != nil || stderr != "" {
		t.Fatalf("%q: %v, %s", args, err, stderr)
	}
	for _, s := range has {
		if !strings.Contains(page, s) {
			t.Errorf("%q: the page lacks %q", args, s)
		}
	}
	for _, s := range hasNot {
		if strings.Contains(page, s) {
			t.Errorf("%q: the page has %q", args, s)
		}
	}
}

func TestPreview(t *testing.T) {
	file := write(t, t.TempDir(), "answer.json", previewAnswer)
	whole := []string{"<!doctype html>", `data-remediation="identify"`, `name="credentials/passcode"`, `data-message="ERROR"`, `data-i18n="sample.wrong"`, "Wrong, sorry", "/.okta/assets/"}
	secret := []string{"02.handle", "stateToken"}
	expectPage(t, "", []string{file}, append(whole, `lang="en"`), secret)
	expectPage(t, previewAnswer, []string{"-"}, whole, secret)
	expectPage(t, "", []string{"--language", "de", file}, []string{`lang="de"`, `dir="ltr"`, "Anmelden", "Wrong, sorry"}, secret)
	expectPage(t, "", []string{"--language", "ar", "--status", "401", file}, []string{`lang="ar"`, `dir="rtl"`}, secret)
	expectPage(t, `{"version": "1.0.0"}`, []string{"-"}, []string{"<!-- generic"}, nil)
}

// What is posted goes to the org, so an address elsewhere is no way on.
func TestPreviewOfForeignAddresses(t *testing.T) {
	file := write(t, t.TempDir(), "answer.json", previewAnswer)
	form := []string{`action="/.okta/signin/identify"`}
	expectPage(t, "", []string{"--origin", "https://ACME.okta.com:443", file}, form, nil)
	expectPage(t, "", []string{"--origin", "https://evil.example", file}, []string{`data-remediation="identify"`}, form)
}

func TestPreviewRefusesWhatIsNoAnswer(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "answer.json", previewAnswer)
	for name, test := range map[string]struct {
		stdin string
		args  []string
		want  string
	}{
		"nothing":             {"", []string{"-"}, "-: reading IDX answer: not JSON"},
		"a page":              {"<!doctype html>\n<p>Sign in", []string{"-"}, "not JSON"},
		"another JSON":        {`{"status": "ok"}`, []string{"-"}, "without any of an IDX answer's members"},
		"a list":              {`[]`, []string{"-"}, "not a JSON object"},
		"too much":            {`{"version": "` + strings.Repeat("1", 1<<20) + `"}`, []string{"-"}, "more than 1048576 bytes"},
		"no file":             {"", []string{filepath.Join(dir, "none.json")}, "no such file"},
		"a folder":            {"", []string{dir}, "is a directory"},
		"no argument":         {"", nil, "preview takes one file"},
		"two files":           {"", []string{file, file}, "preview takes one file"},
		"an unknown flag":     {"", []string{"--stauts", "401", file}, "unknown flag: --stauts"},
		"a status of letters": {"", []string{"--status", "bad", file}, `"bad"`},
		"an odd status":       {"", []string{"--status", "42", file}, "--status 42 is no HTTP status"},
		"no language":         {"", []string{"--language", "de_!", file}, `--language "de_!" is no language tag`},
		"no origin":           {"", []string{"--origin", "acme.okta.com", file}, `--origin "acme.okta.com" is no origin`},
		"an issuer":           {"", []string{"--origin", "https://acme.okta.com/oauth2/default", file}, "is no origin"},
		"two standard inputs": {"", []string{"--config", "-", "-"}, "standard input cannot be both"},
		"no config":           {"", []string{"--config", filepath.Join(dir, "Caddyfile"), file}, "no such file"},
		"a gallery of a file": {"", []string{"--serve", ":0", file}, "is not a folder"},
		"a gallery nowhere":   {"", []string{"--serve", "here", dir}, `--serve "here" is no address`},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, err := previewRun(t.Context(), test.stdin, test.args...)
			if err == nil || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, test.want) {
				t.Errorf("%v, %q, %q; want one line with %q", err, stdout, stderr, test.want)
			}
		})
	}
}

// A preview takes the look and the org from a config, and needs nothing else of
// it: neither its secrets nor its address.
func TestPreviewConfig(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "data"))
	file := write(t, dir, "answer.json", previewAnswer)
	write(t, dir, "look/theme.css", ":root { --accent: #c00; }")
	write(t, dir, "look/words/de.json", `{"Sign in": "Hereinspaziert"}`)
	caddyfile := write(t, dir, "Caddyfile", `http://reports.example.com {
	okta_auth {
		issuer https://acme.okta.com/oauth2/default
		client_id 0oa1
		client_secret {env.A_SECRET_THAT_IS_NOT_SET}
		prefix /.signin/
		theme look
	}
}
`)
	has := []string{`action="/.signin/signin/identify"`, "/.signin/assets/theme.", "Hereinspaziert"}
	expectPage(t, "", []string{"--config", caddyfile, "--language", "de", file}, has, nil)
	expectPage(t, "", []string{"--config", caddyfile, "--origin", "https://evil.example", "--language", "de", file}, has[1:], has[:1])

	// The same as JSON, and from standard input.
	config := `{"apps": {"http": {"servers": {"b": {"routes": [{"handle": [{"handler": "okta_auth", "issuer": "https://other.okta.com"}]}]},
		"a": {"routes": [{"handle": [{"handler": "subroute", "routes": [{"handle": [{"handler": "okta_auth",
		"issuer": "https://acme.okta.com", "prefix": "/.signin/", "theme": "` + filepath.Join(dir, "look") + `"}]}]}]}]}}}}}`
	expectPage(t, config, []string{"--config", "-", "--language", "de", file}, has, nil)
	expectPage(t, "", []string{"-c", write(t, dir, "caddy.json", config), "--language", "de", file}, has, nil)

	if _, err := os.Stat(filepath.Join(dir, "data")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written to Caddy's storage: %v", err)
	}
}

// Errors name the file and the line.
func TestPreviewOfBrokenConfigs(t *testing.T) {
	file := write(t, t.TempDir(), "answer.json", previewAnswer)
	block := func(lines string) string {
		return "a.example.com {\n\tokta_auth {\n\t\tissuer https://acme.okta.com\n\t\tclient_id 0oa1\n" + lines + "\t}\n}\n"
	}
	for name, test := range map[string]struct{ name, text, want string }{
		"a misspelt line":      {"Caddyfile", block("\t\tthemes look\n"), "Caddyfile:5"},
		"no block":             {"Caddyfile", "a.example.com {\n\trespond hello\n}\n", "Caddyfile has no okta_auth"},
		"broken JSON":          {"caddy.json", "{\n \"apps\":\n}", "caddy.json:3: "},
		"no theme":             {"Caddyfile", block("\t\ttheme none\n"), "no such file"},
		"a file as theme":      {"Caddyfile", block("\t\ttheme Caddyfile\n"), "is not a folder"},
		"an unset variable":    {"Caddyfile", block("\t\ttheme {env.NOT_SET_AT_ALL}\n"), `theme is "{env.NOT_SET_AT_ALL}"`},
		"a misspelt file":      {"Caddyfile", block("\t\ttheme misspelt\n"), "themes.css: a theme has no such file"},
		"a template's error":   {"Caddyfile", block("\t\ttheme broken\n"), "step.html:2"},
		"a form without token": {"Caddyfile", block("\t\ttheme tokenless\n"), `lacks the hidden input "/token"`},
		"an issuer's variable": {"caddy.json", `{"handler": "okta_auth", "issuer": "{env.NOT_SET_AT_ALL}"}`, "or give --origin"},
		"an odd prefix":        {"caddy.json", `{"handler": "okta_auth", "issuer": "https://acme.okta.com", "prefix": "okta"}`, `prefix "okta"`},
		"an odd type":          {"caddy.json", `{"handler": "okta_auth", "theme": 5}`, "caddy.json: okta_auth: json: "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "misspelt/themes.css", "a{}")
			write(t, dir, "broken/step.html", "{{define \"content\"}}\n{{.Titel}}\n{{end}}")
			write(t, dir, "tokenless/form.html", tokenless(t))
			_, stderr, err := previewRun(t.Context(), "", "--config", write(t, dir, test.name, test.text), file)
			if err == nil || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, test.want) {
				t.Errorf("%v, %q; want one line with %q", err, stderr, test.want)
			}
		})
	}
}

// tokenless is our template of forms, as somebody might spoil it.
func tokenless(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../templates/form.html")
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(string(text), "{{range .Hidden}}")
	if !found {
		t.Fatal("form.html has no hidden inputs")
	}
	_, after, _ = strings.Cut(after, "{{end -}}")
	return before + after
}

// Whatever Okta is known to answer has a page.
func TestPreviewCorpus(t *testing.T) {
	for _, file := range rig.CorpusFiles(t) {
		page, stderr, err := previewRun(t.Context(), "", file)
		if err != nil || stderr != "" || !strings.HasPrefix(page, "<!doctype html>") || !strings.Contains(page, "</html>") {
			t.Errorf("%s: %v, %s", filepath.Base(file), err, stderr)
		}
	}
}
