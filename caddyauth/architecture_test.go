package caddyauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	goparser "go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/caddy-okta/caddy-okta"

// pkg is what "go list" says of a package of ours.
type pkg struct {
	ImportPath                         string
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
	Deps                               []string
}

func listPackages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps=false", "-json=ImportPath,GoFiles,Imports,TestImports,XTestImports,Deps", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) < 10 {
		t.Fatalf("go list found %d packages only", len(pkgs))
	}
	return pkgs
}

// own strips the module's path: "caddyauth/okta", or "" for another's package.
func own(path string) string {
	rest, ours := strings.CutPrefix(path, module+"/")
	if !ours {
		return ""
	}
	return rest
}

// The arrows of the package documentation, which never turn back: who may
// import which of our own packages. A test may import any; what stands in
// nobody's list, as internal/rig does, is imported by tests only.
var arrows = map[string][]string{
	"cmd/caddy":                     {"caddyauth"},
	"cmd/oktasim":                   {"caddyauth/oktasim"},
	"cmd/demo":                      {"caddyauth", "caddyauth/oktasim"},
	"caddyauth":                     {"caddyauth/signin", "caddyauth/session", "caddyauth/session/redisstore", "caddyauth/policy", "caddyauth/identity", "caddyauth/assertion", "caddyauth/okta", "caddyauth/seal"},
	"caddyauth/assertion":           {"caddyauth/seal"},
	"caddyauth/signin":              {"caddyauth/okta", "caddyauth/idx", "caddyauth/seal", "templates"},
	"caddyauth/session":             {"caddyauth/seal"},
	"caddyauth/session/redisstore":  {"caddyauth/session", "caddyauth/seal"},
	"caddyauth/session/sessiontest": {"caddyauth/session", "caddyauth/seal"},
	"caddyauth/okta":                {"caddyauth/idx"},
	"caddyauth/idx":                 {},
	"caddyauth/seal":                {},
	"caddyauth/policy":              {},
	"caddyauth/policy/policytest":   {},
	"caddyauth/identity":            {},
	"caddyauth/oktasim":             {},
	"caddyauth/internal/rig":        {},
	"caddyauth/e2e":                 {"caddyauth/oktasim"},
	"caddyauth/container":           {"caddyauth/oktasim"},
	"caddyauth/apps":                {"caddyauth/oktasim"},
	"templates":                     {},
}

func TestArchitecture(t *testing.T) {
	for _, p := range listPackages(t) {
		name := own(p.ImportPath)
		allowed, known := arrows[name]
		if !known {
			t.Errorf("package %s has no place in the architecture: add it to the arrows, with care", name)
			continue
		}
		for _, imported := range p.Imports {
			if to := own(imported); to != "" && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s: this arrow turns back", name, to)
			}
			switch {
			case strings.HasPrefix(imported, "github.com/caddyserver/") && name != "caddyauth" && !strings.HasPrefix(name, "cmd/"):
				t.Errorf("%s imports %s: only caddyauth and cmd may, so that the leaves' tests run in seconds", name, imported)
			case imported == "github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth":
				t.Errorf("%s imports Caddy's package of the same name", name)
			case strings.HasPrefix(imported, "github.com/okta/") && name != "caddyauth/okta":
				t.Errorf("%s imports %s: only okta/interact.go may", name, imported)
			case strings.HasPrefix(imported, "github.com/redis/") && name != "caddyauth/session/redisstore":
				t.Errorf("%s imports %s: only session/redisstore may", name, imported)
			}
		}
		// The simulator shares no types with the client: a shared mistake would
		// pass every test. And it is in no production binary.
		if name == "caddyauth/oktasim" || name == "caddyauth/okta" || name == "caddyauth/idx" {
			for _, dep := range p.Deps {
				if name == "caddyauth/oktasim" && own(dep) != "" && dep != p.ImportPath ||
					name != "caddyauth/oktasim" && own(dep) == "caddyauth/oktasim" {
					t.Errorf("%s depends on %s", name, dep)
				}
			}
		}
		if name == "cmd/caddy" && slices.Contains(p.Deps, module+"/caddyauth/oktasim") {
			t.Error("the production binary contains the simulator")
		}
	}
}

// okta-idx-golang is imported by one file, and math/rand by none: whatever we
// make random guards something (CVE-2024-21495). The simulator's oddness alone
// wants numbers that come again.
//
// Rows: ToB-2.
func TestToB2_ImportsByFile(t *testing.T) {
	for _, p := range listPackages(t) {
		dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", p.ImportPath).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range p.GoFiles {
			for _, imported := range fileImports(t, filepath.Join(strings.TrimSpace(string(dir)), file)) {
				if strings.HasPrefix(imported, "github.com/okta/okta-idx-golang") && file != "interact.go" {
					t.Errorf("%s/%s imports okta-idx-golang", own(p.ImportPath), file)
				}
				if strings.HasPrefix(imported, "math/rand") && own(p.ImportPath)+"/"+file != "caddyauth/oktasim/oddness.go" {
					t.Errorf("%s/%s imports %s", own(p.ImportPath), file, imported)
				}
			}
		}
	}
}

func fileImports(t *testing.T, path string) (imports []string) {
	t.Helper()
	file, err := goparser.ParseFile(token.NewFileSet(), path, nil, goparser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		imports = append(imports, strings.Trim(spec.Path.Value, `"`))
	}
	return imports
}

// Versions below these have known faults, in modules that others bring along.
// "go get" of something else must not lower them unseen; and golang-jwt before
// v5, which the Okta SDK's relatives use, is not needed at all.
//
// Rows: CVE-2024-28180, CVE-2025-27144, CVE-2026-34986, CVE-2025-22868, CVE-2025-64702, CVE-2024-51744.
func TestCVE_2024_28180_DependencyFloors(t *testing.T) {
	floors := map[string][3]int{
		"github.com/go-jose/go-jose/v3": {3, 0, 5},
		"github.com/golang-jwt/jwt/v5":  {5, 2, 2}, // CVE-2025-30204; the simulator's alone
		"github.com/go-jose/go-jose/v4": {4, 1, 4},
		"github.com/lestrrat-go/jwx":    {1, 2, 31},
		"github.com/quic-go/quic-go":    {0, 59, 1},
		"golang.org/x/oauth2":           {0, 27, 0},
		"github.com/redis/go-redis/v9":  {9, 7, 3}, // CVE-2025-29923
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mod)) {
		var path, version string
		if n, _ := fmt.Sscanf(strings.TrimSpace(line), "%s %s", &path, &version); n != 2 {
			continue
		}
		if strings.Contains(path, "golang-jwt") && path != "github.com/golang-jwt/jwt/v5" {
			t.Errorf("go.mod has %s", path)
		}
		floor, named := floors[path]
		if !named {
			continue
		}
		var have [3]int
		if _, err := fmt.Sscanf(version, "v%d.%d.%d", &have[0], &have[1], &have[2]); err != nil || slices.Compare(have[:], floor[:]) < 0 {
			t.Errorf("%s %s is below %v", path, version, floor)
		}
		delete(floors, path)
	}
	for path := range floors {
		t.Errorf("go.mod names no version of %s: its floor is lost", path)
	}
}
