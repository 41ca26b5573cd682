package idx

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Reason is what is wrong with a posted value.
type Reason string

// The reasons for which Fill refuses.
const (
	Missing   Reason = "missing"            // required and empty
	Repeated  Reason = "repeated"           // posted more than once, where that is not asked for
	Unknown   Reason = "unknown"            // no input of the remediation
	NoOption  Reason = "not an option"      // identifies no option of the answer (any more)
	NoChoice  Reason = "not a choice"       // none of the choices of a select
	TooShort  Reason = "too short"          // below MinLength
	TooLong   Reason = "too long"           // above MaxLength
	NoNumber  Reason = "not a number"       // of a field that is one
	NoBoolean Reason = "not a boolean"      // of a field that is one
	NoText    Reason = "not valid UTF-8"    // would not arrive as typed
	NoForm    Reason = "a link, not a form" // the remediation has no body
)

// FillError says which input is wrong, and why; never what was posted in it.
type FillError struct {
	// Name is the input's, or the name posted when it is no input; "" when the
	// whole remediation is meant.
	Name   string
	Reason Reason
}

func (e *FillError) Error() string {
	name := e.Name
	if len(name) > 64 {
		name = name[:64] // a browser may post any name
	}
	return fmt.Sprintf("input %q: %s", name, e.Reason)
}

// Fill turns posted values into the JSON body that the remediation asks for:
// defaults, then what was posted, then what is fixed. posted holds names of
// inputs only; the caller removes its own. An error is a *FillError.
//
// A check box that is not posted is false. Secrets are passed on byte for byte;
// from a one-time code that is no secret spaces are removed. An empty value of an
// optional input is left out, unless it replaces a default.
func (r *Remediation) Fill(posted url.Values) ([]byte, error) {
	if r.IsLink() {
		return nil, &FillError{Reason: NoForm}
	}
	names := slices.Sorted(maps.Keys(posted))
	variants, err := choose(r.variants(), posted)
	if err != nil {
		return nil, err
	}
	// Options may be told apart by what they ask for only (a predefined security
	// question, or one's own): the first that takes the values is meant. If none
	// does, the one that was identified best says what is wrong.
	var refusal error
	for _, v := range variants {
		b, err := v.fill(names, posted)
		if err == nil {
			return encode(b)
		}
		if refusal == nil {
			refusal = err
		}
	}
	return nil, refusal
}

// choose returns the variants whose option was posted, the most closely
// identified first.
func choose(variants []variant, posted url.Values) ([]variant, error) {
	var found []variant
	marks := map[string]bool{}
	for _, v := range variants {
		matches := true
		for _, l := range v.leaves {
			if l.role == chosen {
				marks[l.Name] = true
				matches = matches && posted.Has(l.Name) && posted.Get(l.Name) == l.Value
			}
		}
		if matches {
			found = append(found, v)
		}
	}
	if len(found) == 0 {
		names := slices.Sorted(maps.Keys(marks))
		return nil, &FillError{names[0], NoOption}
	}
	slices.SortStableFunc(found, func(a, b variant) int { return b.count(chosen) - a.count(chosen) })
	return found, nil
}

func (v variant) count(as role) int {
	n := 0
	for _, l := range v.leaves {
		if l.role == as {
			n++
		}
	}
	return n
}

func (v variant) fill(names []string, posted url.Values) (body, error) {
	for _, name := range names {
		i := slices.IndexFunc(v.leaves, func(l *leaf) bool { return l.Name == name })
		switch {
		case i < 0 || !v.leaves[i].role.filled() && v.leaves[i].role != chosen:
			return nil, &FillError{name, Unknown}
		case len(posted[name]) != 1 && !v.leaves[i].Multiple:
			// Parameter pollution: which of two values counts must not be a
			// matter of who reads them.
			return nil, &FillError{name, Repeated}
		}
	}
	b := body{}
	for _, l := range v.leaves {
		value := l.value
		if l.role.filled() {
			var err error
			if value, err = l.read(posted); err != nil {
				return nil, err
			}
		}
		if value != nil {
			b.put(l.Path, value)
		}
	}
	return b, nil
}

// read returns the value to send for a leaf that the browser fills, nil for none.
func (l *leaf) read(posted url.Values) (any, error) {
	if l.Multiple {
		return l.readAll(posted[l.Name])
	}
	if posted.Has(l.Name) {
		return l.readOne(posted.Get(l.Name))
	}
	switch {
	case l.Kind == "boolean" && l.role == asked:
		return false, nil
	case l.value == nil && l.Required:
		return nil, &FillError{l.Name, Missing}
	}
	return l.value, nil
}

// readAll reads a leaf that is an array. As with check boxes, what is not posted
// is not chosen.
func (l *leaf) readAll(posted []string) (any, error) {
	values := []any{}
	for i, s := range posted {
		if s == "" {
			continue
		}
		if slices.Contains(posted[:i], s) {
			return nil, &FillError{l.Name, Repeated}
		}
		v, err := l.readOne(s)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	switch {
	case len(values) == 0 && l.Secret && l.value != nil:
		return l.value, nil // the page could not show it: it stays
	case len(values) == 0 && l.Required:
		return nil, &FillError{l.Name, Missing}
	case len(values) == 0 && l.value == nil:
		return nil, nil
	}
	return values, nil
}

// readOne reads a posted value.
func (l *leaf) readOne(s string) (any, error) {
	refuse := func(why Reason) (any, error) { return nil, &FillError{l.Name, why} }
	if !utf8.ValidString(s) {
		// JSON would carry U+FFFD instead: another password than the one typed.
		return refuse(NoText)
	}
	if l.squeezed {
		s = strings.Map(func(c rune) rune {
			if unicode.IsSpace(c) {
				return -1
			}
			return c
		}, s)
	}
	if s == "" {
		switch {
		case l.Secret && l.value != nil:
			return l.value, nil // the page could not show it: it stays
		case l.Required:
			return refuse(Missing)
		case l.Kind == "text" && l.value != nil && !l.isNumber():
			return "", nil
		}
		return nil, nil
	}
	n := len(utf16.Encode([]rune(s)))
	switch {
	case l.Kind == "select":
		i := slices.IndexFunc(l.Choices, func(c Choice) bool { return c.Value == s })
		if i < 0 {
			return refuse(NoChoice)
		}
		return l.values[i], nil
	case l.MinLength > 0 && n < l.MinLength:
		return refuse(TooShort)
	case l.MaxLength > 0 && n > l.MaxLength:
		return refuse(TooLong)
	case l.Type == "boolean":
		switch strings.ToLower(s) {
		case "true", "on", "1":
			return true, nil
		case "false", "off", "0":
			return false, nil
		}
		return refuse(NoBoolean)
	case l.isNumber():
		num := json.Number(strings.TrimSpace(s))
		if _, err := num.Float64(); err != nil || !json.Valid([]byte(num)) ||
			l.isInteger() && strings.ContainsAny(string(num), ".eE") {
			return refuse(NoNumber)
		}
		return num, nil
	}
	return s, nil
}

func (l *leaf) isNumber() bool { return l.isInteger() || slices.Contains(fractions, l.Type) }

func (l *leaf) isInteger() bool { return slices.Contains(integers, l.Type) }

// The types of numbers: Ion's, and those that profile attributes have besides.
var (
	integers  = []string{"integer", "int", "long"}
	fractions = []string{"number", "decimal", "double", "float"}
)

// body is an object of what is sent. It is a type of its own so that put never
// writes into an object that came with the answer.
type body map[string]any

// put sets the value at path, keeping what other fields set beside it. Where a
// path runs into a plain value, what was there first stays.
func (b body) put(path []string, value any) {
	for _, name := range path[:len(path)-1] {
		if _, taken := b[name]; !taken {
			b[name] = body{}
		}
		next, ok := b[name].(body)
		if !ok {
			return
		}
		b = next
	}
	last := path[len(path)-1]
	if _, taken := b[last]; !taken {
		b[last] = value
	}
}
