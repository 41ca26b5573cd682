package identity_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

func TestFilter(t *testing.T) {
	f, err := identity.NewFilter("app-*", "Finance", "*.eu")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"app-": true, "app-admins": true, "Finance": true, "x.eu": true, ".eu": true, "app-x.eu": true,
		"finance": false, "Finance2": false, "my-app-": false, "x.eu2": false, "": false, "app": false,
	} {
		if f.Match(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	for _, c := range []struct{ in, want any }{
		{[]any{"app-a", "b", "Finance", 7, nil}, []any{"app-a", "Finance"}},
		{[]string{"b", "x.eu"}, []string{"x.eu"}},
		{[]any{"b"}, []any{}},
		{"Finance", "Finance"},
		{"b", nil},
		{nil, nil},
		{7, nil},
		{map[string]any{"Finance": true}, nil},
	} {
		if diff := cmp.Diff(c.want, f.Keep(c.in)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.in, diff)
		}
	}
	for _, globs := range [][]string{nil, {""}, {"a", "b\n"}, {" a"}} {
		if _, err := identity.NewFilter(globs...); err == nil {
			t.Errorf("%q was accepted", globs)
		}
	}
}

// A pattern as a regular expression, which is another's work.
func FuzzFilter(f *testing.F) {
	for _, seed := range [][2]string{{"a*b", "a-b"}, {"*", ""}, {"**a", "ba"}, {"a*a", "a"}, {"*ab*ab*", "abab"}, {"a*bc*c", "abcc"}, {"a.c", "abc"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		filter, err := identity.NewFilter(pattern)
		if err != nil {
			return
		}
		// (?s) and \C are no match for invalid UTF-8.
		name = strings.ToValidUTF8(name, "?")
		want := regexp.MustCompile(`(?s)\A` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `\z`).MatchString(name)
		if got := filter.Match(name); got != want {
			t.Errorf("%q %q: %v", pattern, name, got)
		}
	})
}
