package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Which attack is tested where is said twice: by the tests, in the line "Rows:"
// of their comments, and to readers by docs/security-tests.md. Both say the
// same, and a test that has an id in its name has it among its rows.
func TestSecurityTestsAreListed(t *testing.T) {
	const root = "../.."
	stated, listed := map[string][]string{}, map[string][]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			ids := rowsOf(f.Doc.Text())
			for _, id := range ids {
				stated[id] = append(stated[id], f.Name.Name)
			}
			prefix, _, named := cutLast(strings.TrimPrefix(f.Name.Name, "Test"), "_")
			if named && !slices.ContainsFunc(ids, func(id string) bool { return squeeze(id) == squeeze(prefix) }) {
				t.Errorf("%s: %s has the rows %q", path, f.Name.Name, ids)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs/security-tests.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.Contains(cells[3], "`") {
			continue
		}
		id := strings.TrimSpace(cells[1])
		for _, name := range strings.Split(cells[3], ",") {
			listed[id] = append(listed[id], strings.Trim(name, " `"))
		}
	}
	if len(stated) < 150 {
		t.Errorf("only %d rows have a test", len(stated))
	}
	for _, rows := range []map[string][]string{stated, listed} {
		for id, names := range rows { // two packages may have a test of one name
			rows[id] = slices.Compact(slices.Sorted(slices.Values(names)))
		}
	}
	if diff := cmp.Diff(stated, listed); diff != "" {
		t.Errorf("tests and docs/security-tests.md differ (-tests +page):\n%s", diff)
	}
}

// rowsOf reads the last paragraph of a comment: "Rows: S-38, ToB-5."
func rowsOf(comment string) []string {
	_, rows, found := strings.Cut("\n"+comment, "\nRows: ")
	if !found {
		return nil
	}
	return strings.Split(strings.TrimSuffix(strings.Join(strings.Fields(rows), " "), "."), ", ")
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

var punctuation = regexp.MustCompile(`[^a-z0-9]`)

// squeeze makes an id as it stands in prose and as it stands in a name equal.
func squeeze(id string) string { return punctuation.ReplaceAllString(strings.ToLower(id), "") }
