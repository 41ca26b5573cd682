package oktasim_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	diff "github.com/google/go-cmp/cmp"
)

const readmeFile = "../../cmd/oktasim/README.md"

// The README of the command is the reference: what it leaves out, nobody
// finds. Its lists are made from the code.
func TestListsOfTheReadmeAreThoseOfTheCode(t *testing.T) {
	kept, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	o := start(t, &oktasim.Server{})
	made := string(kept)
	for name, list := range map[string]string{"requests": o.requestList(), "faults": o.faultList(), "seed": seedList(t)} {
		begin, end := "<!-- "+name+": made from the code -->\n", "<!-- end of "+name+" -->"
		before, rest, found := strings.Cut(made, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("README.md has no place for %s", name)
		}
		made = before + begin + list + end + after
	}
	if *update {
		if err := os.WriteFile(readmeFile, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if difference := diff.Diff(string(kept), made); difference != "" {
		t.Errorf("run go test ./caddyauth/oktasim -run Readme -update; the lists differ (-file +code):\n%s", difference)
	}
}

func (o *org) requestList() string {
	var out strings.Builder
	out.WriteString("| request | |\n| --- | --- |\n")
	for _, request := range o.api("GET", "/requests", "").([]any) {
		request := request.(document)
		fmt.Fprintf(&out, "| `%s` | %s |\n", request["request"], request["does"])
	}
	return out.String()
}

func (o *org) faultList() string {
	var out strings.Builder
	out.WriteString("| kind | at | default value | what the org does |\n| --- | --- | --- | --- |\n")
	for _, kind := range o.api("GET", "/faults/kinds", "").([]any) {
		kind := kind.(document)
		var at []string
		for _, endpoint := range kind["endpoints"].([]any) {
			at = append(at, endpoint.(string))
		}
		where := strings.Join(at, ", ")
		if len(at) > 3 {
			where = "IDX"
		} else if where == "*" {
			where = "all"
		}
		value, _ := kind["value"].(string)
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", kind["kind"], where, value, kind["does"])
	}
	return out.String()
}

// seedList is the schema of seed files for people.
func seedList(t *testing.T) string {
	s := &schemas{comments: comments(t), defs: document{}}
	top := s.of(reflect.TypeFor[oktasim.Seed]())
	var out strings.Builder
	section := func(name string, of document) {
		fmt.Fprintf(&out, "\n### %s\n\n| name | type | |\n| --- | --- | --- |\n", name)
		properties := of["properties"].(document)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			property := properties[name].(document)
			said, _ := property["description"].(string)
			fmt.Fprintf(&out, "| `%s` | %s | %s |\n", name, typeOf(property), strings.ReplaceAll(strings.TrimPrefix(said, name+" is "), "|", "\\|"))
		}
	}
	section("The file", top)
	for _, name := range slices.Sorted(maps.Keys(s.defs)) {
		if name != "SeedOrg" { // the same members, and two that its own line tells
			section(name, s.defs[name].(document))
		}
	}
	return out.String() + "\n"
}

// typeOf names a type of the schema in few words.
func typeOf(property document) string {
	if ref, ok := property["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/$defs/")
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(name))
	}
	if options, ok := property["oneOf"].([]any); ok {
		return "true, false or " + typeOf(options[1].(document))
	}
	switch property["type"] {
	case "array":
		return "list of " + typeOf(property["items"].(document))
	case "object":
		return "object of " + typeOf(property["additionalProperties"].(document))
	case "string":
		return "text"
	case "integer":
		return "number"
	case "boolean":
		return "true or false"
	}
	return "anything"
}
