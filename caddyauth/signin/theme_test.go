package signin

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"github.com/caddy-okta/caddy-okta/templates"
)

// theme is a folder of an operator's, from names and texts.
func theme(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i+1 < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

// ours is the text of one of our own templates.
func ours(t *testing.T, name string) string {
	t.Helper()
	text, err := templates.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What a theme's templates are held to, ours pass.
func TestOurTemplatesAreWhole(t *testing.T) {
	if err := newRenderer(t).prove(true); err != nil {
		t.Error(err)
	}
}

func TestTheme(t *testing.T) {
	r, err := NewRenderer("/.okta/", theme(
		"theme.css", ":root { --accent: #c00; }",
		"logo.png", "\x89PNG, say",
		"words/de.json", `{"Sign in": "Hereinspaziert"}`,
		"words/nl.json", `{"Sign in": "Inloggen"}`,
		"step.html", ours(t, "step.html")+"{{/* the operator's */}}",
		".git/config", "not looked at", "..data/x", "not looked at", "step.html~", "not looked at",
	))
	if err != nil {
		t.Fatal(err)
	}
	_, doc := render(t, r, &Page{Template: "step", Lang: "nl", Dir: "ltr", App: "Reports"})
	var sheets []string
	for _, link := range tagged(doc, "link") {
		if attr(link, "rel") == "stylesheet" {
			sheets = append(sheets, attr(link, "href"))
		}
	}
	if len(sheets) != 2 || !strings.HasPrefix(sheets[0], "/.okta/assets/signin.") || !strings.HasPrefix(sheets[1], "/.okta/assets/theme.") {
		t.Errorf("stylesheets: %q: the theme's must follow ours", sheets)
	}
	logos := all(doc, func(n *html.Node) bool {
		return n.Data == "img" && strings.HasPrefix(attr(n, "src"), "/.okta/assets/logo.")
	})
	if len(logos) != 1 || !has(logos[0], "alt") {
		t.Fatalf("the page has %d logos", len(logos))
	}
	rec := httptest.NewRecorder()
	if !r.ServeAsset(rec, httptest.NewRequest("GET", "/", nil), strings.TrimPrefix(attr(logos[0], "src"), "/.okta/assets/")) || rec.Body.String() != "\x89PNG, say" {
		t.Errorf("the logo is not served: %q", rec.Body)
	}
	for accept, want := range map[string]string{"de": "Hereinspaziert", "nl": "Inloggen", "en": "Sign in"} {
		if got := r.Words().For(accept).Say("Sign in"); got != want {
			t.Errorf("%s: %q, want %q", accept, got, want)
		}
	}
}

// A page that is about no answer of Okta's is said in the browser's language;
// of one that is, not a word of Okta's is looked up, not even one that is
// spelled like one of ours.
func TestWhoseWordsAreTranslated(t *testing.T) {
	r, err := NewRenderer("/.okta/", theme("words/nl.json", `{"Sign in": "Inloggen", "Go on": "Verder", "Wrong": "Fout", "Sign out": "Uitloggen"}`))
	if err != nil {
		t.Fatal(err)
	}
	page := func(lang string) *Page {
		return &Page{Template: "message", Lang: lang, Title: "Sign in", Lead: "Go on", App: "Go on", User: "Go on",
			Messages: []Message{{Class: "ERROR", Text: "Wrong", Links: []Link{{"/", "Go on"}}}},
			Form:     &Form{Action: "/.okta/signout", Label: "Sign out"}, Links: []Link{{"/", "Go on"}}}
	}
	for lang, want := range map[string]string{"": "Inloggen Verder Fout Uitloggen", "en": "Sign in Go on Wrong Sign out"} {
		p := page(lang)
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("Accept-Language", "nl")
		rec := httptest.NewRecorder()
		if err := r.Render(rec, req, p); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join([]string{p.Title, p.Lead, p.Messages[0].Text, p.Form.Label}, " "); got != want || p.App != "Go on" || p.User != "Go on" {
			t.Errorf("%q: %s", lang, got)
		}
		if lang == "" && (rec.Header().Get("Content-Language") != "nl" || p.Links[0].Label != "Verder" || p.Messages[0].Links[0].Label != "Verder") {
			t.Errorf("not all is said in the browser's language: %+v", p)
		}
	}
}

func TestThemeIsChecked(t *testing.T) {
	step := ours(t, "step.html")
	replaced := func(name, old, by string) []string {
		text := ours(t, name)
		if !strings.Contains(text, old) {
			t.Fatalf("%s has no %q", name, old)
		}
		return []string{name, strings.ReplaceAll(text, old, by)}
	}
	for name, test := range map[string]struct {
		files []string
		want  string
	}{
		"a misspelt name":      {[]string{"themes.css", "a{}"}, "themes.css: a theme has no such file: there are layout.html, "},
		"a folder":             {[]string{"img/x.png", "x"}, "img: a theme has no such file"},
		"a folder of a name":   {[]string{"theme.css/x", "x"}, "theme.css: a theme has no such file"},
		"an empty file":        {[]string{"theme.css", ""}, "theme.css: the file is empty"},
		"a large file":         {[]string{"logo.png", strings.Repeat("x", maxThemeFile+1)}, "logo.png: 1048577 bytes are too many"},
		"two logos":            {[]string{"logo.png", "x", "logo.svg", "<svg/>"}, "logo.png: there is another logo"},
		"a broken template":    {[]string{"step.html", step + "\n{{if}}"}, "step.html:"},
		"an unknown member":    {[]string{"step.html", "{{define \"content\"}}\n{{.Colour}}{{end}}"}, "step.html:2"},
		"an unknown template":  {[]string{"step.html", `{{define "content"}}{{template "nothing"}}{{end}}`}, "nothing"},
		"an unknown function":  {[]string{"step.html", "\n\n{{shout .Title}}"}, "step.html:3"},
		"a page without forms": {[]string{"step.html", `{{define "content"}}{{template "messages" .}}{{end}}`}, "step.html"},
		"no messages":          {[]string{"message.html", strings.ReplaceAll(ours(t, "message.html"), `{{- template "messages" .}}`, "")}, "message.html"},
		"an inline style":      {replaced("layout.html", "</head>", "<style>a{}</style></head>"), "<style> is blocked"},
		"no script":            {replaced("layout.html", `<script src="{{.}}" defer></script>`, ""), "is not loaded: write out all of .Scripts"},
		"a style attribute":    {replaced("layout.html", "<main", `<main style="color:red"`), "the attribute style of <main> is blocked"},
		"an inline script":     {replaced("layout.html", "</head>", "<script>alert(1)</script></head>"), "a script inside the page is blocked"},
		"an event":             {replaced("layout.html", "<main", `<main onclick="x()"`), "the attribute onclick of <main>"},
		"a foreign picture":    {replaced("layout.html", "<main", `<img src="https://cdn.example/x.png"><main`), `loads "https://cdn.example/x.png"`},
		"a foreign stylesheet": {replaced("layout.html", "</head>", `<link rel="stylesheet" href="//cdn.example/x.css"></head>`), "//cdn.example/x.css"},
		"a form in the frame":  {[]string{"frame.html", `{{define "content"}}<form></form>{{range .Links}}{{.Label}}{{end}}{{end}}`}, "the page inside a frame has a form"},
		"words":                {[]string{"words/de.json", `["Sign in"]`}, "words/de.json: not an object"},
		"words of no language": {[]string{"words/german.de.json", `{}`}, "words/german.de.json: the name is no language tag"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewRenderer("/.okta/", theme(test.files...))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// A volume of Kubernetes is a folder of links into a hidden folder.
func TestThemeOfLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "..2026"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "..2026", "theme.css"), []byte("a{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"..data": "..2026", "theme.css": "..data/theme.css"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := NewRenderer("/.okta/", os.DirFS(dir))
	if err != nil || r.theme == "" {
		t.Errorf("%v, stylesheet %q", err, r.theme)
	}
}

// TestSVGScript: an SVG is a document that can run scripts. Opened at its own
// address, a logo that somebody made would run them on the application's origin,
// with the user's session.
func TestSVGScript(t *testing.T) {
	r, err := NewRenderer("/.okta/", theme("logo.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`))
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	if !r.ServeAsset(rec, httptest.NewRequest("GET", r.logo, nil), strings.TrimPrefix(r.logo, "/.okta/assets/")) {
		t.Fatal("the logo is not served")
	}
	h := rec.Header()
	if policy := h.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") {
		t.Errorf("policy %q", policy)
	}
	if h.Get("Content-Type") != "image/svg+xml" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Disposition") != "attachment" {
		t.Errorf("headers %v", h)
	}
}

// The documentation names what a theme can change: every file, every property of
// the stylesheet, and no others.
func TestThemeIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/theme.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range themeFiles() {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/theme.md lacks %s", name)
		}
	}
	css := ours(t, "assets/signin.css")
	root, _, _ := strings.Cut(css, "}")
	properties := map[string]bool{}
	for _, match := range regexp.MustCompile(`(--[a-z-]+):`).FindAllStringSubmatch(root, -1) {
		properties[match[1]] = true
	}
	for _, match := range regexp.MustCompile("`(--[a-z-]+)`[,` ]").FindAllStringSubmatch(string(text), -1) {
		if strings.HasPrefix(match[1], "--") && !properties[match[1]] {
			t.Errorf("docs/theme.md has %s, which the stylesheet has not", match[1])
		}
	}
	for name := range properties {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/theme.md lacks %s", name)
		}
	}
}
