package identity

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// part is a piece of a header's value: literal text, or a placeholder for what
// a user brings, a claim or a token, with the functions that shape it.
type part struct {
	literal string
	claim   string
	token   string // accessToken, idToken or assertionToken
	steps   []step
	latin1  bool // the header is to be in ISO-8859-1
	escaped bool // a % in it is one of ours
}

const (
	accessToken    = "token.access"
	idToken        = "token.id"
	assertionToken = "token.assertion"
)

// source is what the part is made of, as Problem names it; "" for literal text.
func (p part) source() string { return p.claim + p.token }

// parse reads a value: literal text with placeholders in it. What expand gives
// is literal, whatever it looks like.
func parse(value string, expand func(string) (string, error)) ([]part, error) {
	if value == "" {
		return nil, errors.New("no value: write text with {claim.NAME} in it")
	}
	if strings.ContainsFunc(value, unicode.IsControl) || !utf8.ValidString(value) {
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
		s := scanner{text: rest[open:]}
		p, err := s.placeholder(expand)
		if errors.Is(err, errOpen) {
			return nil, fmt.Errorf("the value %q has a { that is not closed", value)
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
		rest = s.text[s.at:]
	}
	return parts, nil
}

// newPart looks up what a placeholder names. NAME of {claim.NAME} is anything
// but braces and |: Okta's custom claims may be URLs.
func newPart(name string, expand func(string) (string, error)) (part, error) {
	if claim, ok := strings.CutPrefix(name, "claim."); ok && claim != "" {
		return part{claim: claim}, nil
	}
	switch {
	case name == accessToken || name == idToken || name == assertionToken:
		return part{token: name}, nil
	case strings.HasPrefix(name, "token."):
		return part{}, fmt.Errorf("unknown placeholder %q: the tokens are {token.access}, {token.id} and {token.assertion}", "{"+name+"}")
	case expand == nil || strings.HasPrefix(name, "claim"):
		return part{}, fmt.Errorf("unknown placeholder %q: here only {claim.NAME} may stand", "{"+name+"}")
	}
	literal, err := expand(name)
	if err != nil {
		return part{}, fmt.Errorf("placeholder %q: %w", "{"+name+"}", err)
	}
	// Without the text: it may be a secret.
	if literal == "" || strings.ContainsFunc(literal, unicode.IsControl) || !utf8.ValidString(literal) {
		return part{}, fmt.Errorf("what stands for %q is empty, is not UTF-8, or has a line break or another control character", "{"+name+"}")
	}
	return part{literal: literal}, nil
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
