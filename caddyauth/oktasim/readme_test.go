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
	o := start(t, &oktasim.Server{})
	readmeHas(t, "requests", o.requestList())
	readmeHas(t, "faults", o.faultList())
	readmeHas(t, "seed", seedList(t))
}

// readmeHas compares a list of the README with the one that is made from the
// code or, with -update, puts it there.
func readmeHas(t *testing.T, name, list string) {
	t.Helper()
	content, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	kept, begin, end := string(content), "<!-- "+name+": made from the code -->\n", "<!-- end of "+name+" -->"
	before, rest, found := strings.Cut(kept, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("README.md has no place for %s", name)
	}
	made := before + begin + list + end + after
	if *update {
		if err := os.WriteFile(readmeFile, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if difference := diff.Diff(kept, made); difference != "" {
		t.Errorf("run go test ./caddyauth/oktasim -update; the list of %s differs (-file +code):\n%s", name, difference)
	}
}

// askedList has all remediations and authenticators that the tests of single
// flows met, so that whoever reads it knows what a client can be tried with.
func askedList(answers []map[string]any) string {
	methods := map[string]map[string]bool{}
	for _, answer := range answers {
		var met []any
		for _, where := range []string{"authenticators", "authenticatorEnrollments"} {
			met = append(met, list(answer[where])...)
		}
		for _, where := range []string{"currentAuthenticator", "currentAuthenticatorEnrollment"} {
			if current, ok := answer[where].(document); ok {
				met = append(met, current["value"])
			}
		}
		for _, is := range met {
			is := is.(document)
			key, _ := is["key"].(string)
			if methods[key] == nil {
				methods[key] = map[string]bool{}
			}
			offered, _ := is["methods"].([]any)
			for _, m := range offered {
				methods[key][m.(document)["type"].(string)] = true
			}
		}
	}
	var out strings.Builder
	out.WriteString("Steps: `" + strings.Join(slices.Sorted(maps.Keys(remediationNames(answers))), "`, `") + "`.\n\nAuthenticators, with their methods: ")
	for i, key := range slices.Sorted(maps.Keys(methods)) {
		if i > 0 {
			out.WriteString("; ")
		}
		fmt.Fprintf(&out, "`%s` (%s)", key, strings.Join(slices.Sorted(maps.Keys(methods[key])), ", "))
	}
	out.WriteString(".\n")
	return out.String()
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
