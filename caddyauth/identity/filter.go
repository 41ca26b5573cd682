package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// glob is a pattern in which * stands for any run of characters, also for none.
// Case counts.
type glob string

func (g glob) match(s string) bool {
	pieces := strings.Split(string(g), "*")
	last := len(pieces) - 1
	if last == 0 {
		return s == string(g)
	}
	s, ok := strings.CutPrefix(s, pieces[0])
	if !ok {
		return false
	}
	// The first place at which a piece fits leaves the most for the others.
	for _, piece := range pieces[1:last] {
		i := strings.Index(s, piece)
		if i < 0 {
			return false
		}
		s = s[i+len(piece):]
	}
	return strings.HasSuffix(s, pieces[last])
}

// Filter keeps the groups that an application is meant to see: a user may be in
// hundreds. It does not change after NewFilter and may be shared.
type Filter struct{ globs []glob }

// NewFilter takes patterns in which * stands for any run of characters. A name
// that matches one of them is kept. Case counts.
func NewFilter(globs ...string) (*Filter, error) {
	if len(globs) == 0 {
		return nil, errors.New("no pattern: name the groups to keep, such as app-*")
	}
	f := &Filter{}
	for _, g := range globs {
		if g == "" || unfit(g) != "" {
			return nil, fmt.Errorf("the pattern %q is empty, has a control character, or white space at an end", g)
		}
		f.globs = append(f.globs, glob(g))
	}
	return f, nil
}

// Match reports whether a name is kept.
func (f *Filter) Match(name string) bool {
	return slices.ContainsFunc(f.globs, func(g glob) bool { return g.match(name) })
}

// Keep returns a claim without what does not match: a list of the same kind with
// the items that do, a single text or nil. A claim, or an item, that is no text
// cannot be judged and is not kept.
func (f *Filter) Keep(claim any) any {
	switch claim := claim.(type) {
	case string:
		if f.Match(claim) {
			return claim
		}
	case []string:
		kept := []string{}
		for _, item := range claim {
			if f.Match(item) {
				kept = append(kept, item)
			}
		}
		return kept
	case []any:
		kept := []any{}
		for _, item := range claim {
			if name, ok := item.(string); ok && f.Match(name) {
				kept = append(kept, item)
			}
		}
		return kept
	}
	return nil
}
