package signin

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/caddy-okta/caddy-okta/templates"
)

// sentences are what this product says to users, in English, as they stand in
// the source of this package, of the one above it, and in the templates.
func sentences(t testing.TB) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, dir := range []string{".", ".."} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			switch filepath.Base(file) {
			case "gallery.go", "sample.go": // for operators, and for nobody
				continue
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				for _, s := range sentencesIn(n) {
					if strings.ContainsFunc(placeholder.ReplaceAllString(s, ""), func(c rune) bool { return c >= 'A' }) {
						found[s] = true
					}
				}
				return true
			})
		}
	}
	pages, err := fs.Glob(templates.Files, "*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		text, err := fs.ReadFile(templates.Files, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`\bsay \S+ "([^"]+)"`).FindAllSubmatch(text, -1) {
			found[string(match[1])] = true
		}
	}
	if len(found) < 200 {
		t.Fatalf("only %d sentences were found", len(found))
	}
	return found
}

// speaking are the names of variables and members that hold a sentence.
var speaking = map[string]bool{"title": true, "lead": true, "label": true, "text": true, "button": true, "hint": true, "yes": true, "no": true}

// tables are the variables whose values are sentences, and the types all of
// whose strings are.
var (
	tables  = map[string]bool{"looks": true, "enrollHints": true, "fieldLabels": true}
	tellers = map[string]bool{"ending": true}
)

// sentencesIn are the ones that one node holds.
func sentencesIn(n ast.Node) (found []string) {
	take := func(exprs ...ast.Expr) {
		for _, e := range exprs {
			if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s, _ := strconv.Unquote(lit.Value)
				found = append(found, s)
			}
		}
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		switch nameOfExpr(n.Fun) {
		case "Say", "note":
			take(n.Args[0])
		case "add", "refuse", "Fail": // hand their arguments on
			take(n.Args...)
		}
	case *ast.KeyValueExpr:
		if speaking[strings.ToLower(nameOfExpr(n.Key))] {
			take(n.Value)
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if speaking[strings.ToLower(nameOfExpr(left))] && i < len(n.Rhs) {
				take(n.Rhs[i])
			}
		}
	case *ast.CompositeLit:
		if tellers[nameOfExpr(n.Type)] {
			take(n.Elts...)
		}
	case *ast.ValueSpec:
		if !tables[n.Names[0].Name] {
			return nil
		}
		for _, e := range n.Values[0].(*ast.CompositeLit).Elts {
			switch v := e.(*ast.KeyValueExpr).Value.(type) {
			case *ast.CompositeLit:
				take(v.Elts...)
			default:
				take(v)
			}
		}
	}
	return found
}

// nameOfExpr is the last part of a name, or "".
func nameOfExpr(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// Every sentence is in every catalogue, and every catalogue has nothing else: a
// sentence that is changed in the code would else stay in English, unseen.
func TestCataloguesAreInStep(t *testing.T) {
	want := slices.Sorted(maps.Keys(sentences(t)))
	files, err := fs.Glob(templates.Files, "words/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("catalogues: %v, %v", files, err)
	}
	for _, file := range files {
		data, err := fs.ReadFile(templates.Files, file)
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(data, &words); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, english := range want {
			switch text := words[english]; {
			case text == "":
				t.Errorf("%s lacks %q", file, english)
			case strings.TrimSpace(text) != text:
				t.Errorf("%s: %q begins or ends with a space", file, text)
			}
			delete(words, english)
		}
		for stale := range words {
			t.Errorf("%s has %q, which nobody says", file, stale)
		}
	}
}

func TestCatalogue(t *testing.T) {
	ours := fstest.MapFS{
		"words/de.json":    {Data: []byte(`{"Sign in": "Anmelden", "Hello {name}": "Hallo {name}", "Go on": "Weiter"}`)},
		"words/pt-BR.json": {Data: []byte(`{"Sign in": "Entrar"}`)},
		"words/ar.json":    {Data: []byte(`{}`)},
	}
	theirs := fstest.MapFS{
		"words/de.json": {Data: []byte(`{"Sign in": "Einloggen"}`)},
		"words/en.json": {Data: []byte(`{"Sign in": "Log in"}`)},
	}
	c, err := NewCatalogue(ours, theirs)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ accept, lang, dir, signIn, goOn string }{
		{"", "en", "ltr", "Log in", "Go on"},
		{"de-AT,de;q=0.9,en;q=0.5", "de", "ltr", "Einloggen", "Weiter"},
		{"pt", "pt-BR", "ltr", "Entrar", "Go on"},
		{"ar-EG", "ar", "rtl", "Sign in", "Go on"},
		{"nl", "en", "ltr", "Log in", "Go on"},
		{"not a header;;;", "en", "ltr", "Log in", "Go on"},
	} {
		w := c.For(test.accept)
		if w.Lang() != test.lang || w.Dir() != test.dir || w.Say("Sign in") != test.signIn || w.Say("Go on") != test.goOn {
			t.Errorf("%.20q: %s %s %q %q", test.accept, w.Lang(), w.Dir(), w.Say("Sign in"), w.Say("Go on"))
		}
	}
	// What stands in a placeholder's place is not looked at again.
	if got := c.For("de").Say("Hello {name}", "name", "{name} Sign in"); got != "Hallo {name} Sign in" {
		t.Errorf("got %q", got)
	}
	var none *Catalogue
	if w := none.For("de"); w.Lang() != "en" || w.Dir() != "ltr" || w.Say("Go on") != "Go on" {
		t.Error("without a catalogue, pages are in English")
	}
}

func TestBrokenCatalogue(t *testing.T) {
	for name, test := range map[string]struct{ file, text, want string }{
		"no tag":              {"words/german!.json", `{}`, "words/german!.json: the name is no language tag"},
		"no JSON":             {"words/de.json", `{"Sign in"}`, "words/de.json: not an object"},
		"a placeholder less":  {"words/de.json", `{"Hello {name}": "Hallo"}`, `"Hello {name}": the translation has the placeholders [], not [{name}]`},
		"another placeholder": {"words/de.json", `{"Hello {name}": "Hallo {nome}"}`, "[{nome}], not [{name}]"},
	} {
		_, err := NewCatalogue(fstest.MapFS{test.file: {Data: []byte(test.text)}})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
