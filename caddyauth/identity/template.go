package identity

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// part is a piece of a header's value: literal text, or a claim.
type part struct {
	literal string
	claim   string
}

// parse reads a value: literal text with {claim.NAME} in it. NAME is anything
// but braces: Okta's custom claims may be URLs.
func parse(value string) ([]part, error) {
	if value == "" {
		return nil, errors.New("no value: write text with {claim.NAME} in it")
	}
	if strings.ContainsFunc(value, unicode.IsControl) {
		return nil, fmt.Errorf("the value %q has a line break or another control character", value)
	}
	var parts []part
	for rest := value; rest != ""; {
		open := strings.IndexAny(rest, "{}")
		if open < 0 {
			return append(parts, part{literal: rest}), nil
		}
		if rest[open] == '}' {
			return nil, fmt.Errorf("the value %q has a } without a {", value)
		}
		if open > 0 {
			parts = append(parts, part{literal: rest[:open]})
		}
		rest = rest[open+1:]
		end := strings.IndexAny(rest, "{}")
		if end < 0 || rest[end] == '{' {
			return nil, fmt.Errorf("the value %q has a { that is not closed", value)
		}
		claim, ok := strings.CutPrefix(rest[:end], "claim.")
		if !ok || claim == "" {
			return nil, fmt.Errorf("unknown placeholder %q: here only {claim.NAME} may stand", "{"+rest[:end]+"}")
		}
		parts = append(parts, part{claim: claim})
		rest = rest[end+1:]
	}
	return parts, nil
}

// Lookup finds a claim by name. A claim of exactly that name comes first; then
// the dots may lead into objects: "address.country".
func Lookup(claims map[string]any, name string) (any, bool) {
	if value, ok := claims[name]; ok {
		return value, true
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if object, ok := claims[name[:i]].(map[string]any); ok {
			if value, ok := Lookup(object, name[i+1:]); ok {
				return value, true
			}
		}
	}
	return nil, false
}
