package oktasim_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	diff "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the files that tests keep in step with the code")

const schemaFile = "../../cmd/oktasim/seed.schema.json"

// An editor that knows the schema of seed files completes their names and says
// what they mean. It is made from the types and their comments.
func TestSchemaOfSeedFilesIsThatOfTheTypes(t *testing.T) {
	s := &schemas{comments: comments(t), defs: document{}, faults: start(t, &oktasim.Server{}).faultKinds()}
	schema := s.of(reflect.TypeFor[oktasim.Seed]())
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "Seed file of oktasim, a simulated Okta org"
	schema["$defs"] = s.defs
	var made bytes.Buffer
	encoder := json.NewEncoder(&made)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, made.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if difference := diff.Diff(string(kept), made.String()); difference != "" {
		t.Errorf("run go test ./caddyauth/oktasim -run Schema -update; the file differs (-file +types):\n%s", difference)
	}
}

func (o *org) faultKinds() []any {
	var out []any
	for _, kind := range o.api("GET", "/faults/kinds", "").([]any) {
		out = append(out, kind.(document)["kind"])
	}
	return out
}

type schemas struct {
	comments map[string]string // by "Type.Field"
	defs     document
	faults   []any
}

// mandatory are the members without which a value is refused.
var mandatory = map[string][]string{
	"User": {"login"}, "Client": {"client_id"}, "AuthServer": {"name"}, "Claim": {"name", "value"}, "Fault": {"endpoint"}, "SeedOrg": {"name", "listen"},
}

// words are the values that a text can have.
func (s *schemas) words(field string) []any {
	return map[string][]any{
		"Policy.Password":      {oktasim.FirstPage, oktasim.SecondPage},
		"Policy.Refresh":       {oktasim.Persistent, oktasim.Rotating},
		"Policy.AfterRecovery": {oktasim.ThenSignIn, oktasim.ThenMessage},
		"Policy.AfterUnlock":   {oktasim.ThenSignIn, oktasim.ThenMessage},
		"Policy.LockAccount":   {oktasim.LockTold, oktasim.LockSilent},
		"User.Status":          {oktasim.Active, oktasim.Staged, oktasim.LockedOut, oktasim.PasswordExpired, oktasim.Suspended, oktasim.Deprovisioned},
		"Fault.Kind":           s.faults,
	}[field]
}

func (s *schemas) of(t reflect.Type) document {
	switch t {
	case reflect.TypeFor[time.Time]():
		return document{"type": "string", "format": "date-time"}
	case reflect.TypeFor[json.RawMessage]():
		return document{}
	case reflect.TypeFor[oktasim.Seed]():
		return s.object(t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Struct:
		name := t.Name()
		if s.defs[name] == nil {
			s.defs[name] = document{} // a type that contains itself
			s.defs[name] = s.object(t)
		}
		ref := document{"$ref": "#/$defs/" + name}
		if t == reflect.TypeFor[oktasim.Limits]() {
			return document{"oneOf": []any{document{"type": "boolean"}, ref}}
		}
		return ref
	case reflect.Slice:
		return document{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return document{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Bool:
		return document{"type": "boolean"}
	case reflect.String:
		return document{"type": "string"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return document{"type": "integer"}
	}
	return document{} // anything
}

func (s *schemas) object(t reflect.Type) document {
	properties := document{}
	s.fields(t, properties)
	out := document{"type": "object", "properties": properties, "additionalProperties": false}
	if required := mandatory[t.Name()]; required != nil {
		out["required"] = required
	}
	return out
}

func (s *schemas) fields(t reflect.Type, into document) {
	for field := range t.Fields() {
		if field.Anonymous {
			s.fields(field.Type, into)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "-" {
			continue
		}
		of := s.of(field.Type)
		full := t.Name() + "." + field.Name
		if words := s.words(full); words != nil {
			of["enum"] = words
		}
		if comment := s.comments[full]; comment != "" {
			of["description"] = comment
		}
		into[name] = of
	}
}

// comments reads what is said of the fields of every type in the package, and
// says it with the names and values that a file has instead of Go's.
func comments(t *testing.T) map[string]string {
	t.Helper()
	set, out, values := token.NewFileSet(), map[string]string{}, map[string]string{}
	names, _ := filepath.Glob("*.go")
	var types []*ast.TypeSpec
	for _, name := range names {
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				types = append(types, n)
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if literal, ok := valueAt(n.Values, i).(*ast.BasicLit); ok && name.IsExported() && literal.Kind == token.STRING {
						values[name.Name] = literal.Value
					}
				}
			}
			return true
		})
	}
	for _, declared := range types {
		of, ok := declared.Type.(*ast.StructType)
		if !ok {
			continue
		}
		words := maps.Clone(values)
		for _, field := range of.Fields.List {
			for _, name := range field.Names {
				if field.Tag != nil {
					tag, _ := strconv.Unquote(field.Tag.Value)
					words[name.Name], _, _ = strings.Cut(reflect.StructTag(tag).Get("json"), ",")
				}
			}
		}
		said, line := "", 0
		for _, field := range of.Fields.List {
			// One comment may stand over several fields.
			if field.Doc != nil || set.Position(field.Pos()).Line != line+1 || field.Comment != nil {
				said = field.Doc.Text()
			}
			line = set.Position(field.End()).Line
			for _, name := range field.Names {
				out[declared.Name.Name+"."+name.Name] = goName.ReplaceAllStringFunc(strings.Join(strings.Fields(cmp.Or(said, field.Comment.Text())), " "), func(word string) string {
					return cmp.Or(words[word], word)
				})
			}
		}
	}
	return out
}

var goName = regexp.MustCompile(`\b[A-Z]\w*`)

func valueAt(values []ast.Expr, i int) ast.Expr {
	if i < len(values) {
		return values[i]
	}
	return nil
}
