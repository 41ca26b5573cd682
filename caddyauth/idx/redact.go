package idx

import (
	"slices"
	"strings"
)

const (
	// maxHandles bounds how many state handles are looked for. An answer of
	// Okta's has one or two.
	maxHandles = 32
	// minHandle is the length in bytes from which a state handle is looked for
	// inside other values. Okta's have 40 and more; looking for "02" would take
	// half of an answer away.
	minHandle = 16
)

// handles collects the state handles of an answer, its own first.
func handles(root object) []string {
	var found []string
	add := func(v any) {
		s := asString(v)
		if len(s) >= minHandle && len(found) < maxHandles && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	add(root["stateHandle"])
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case object:
			add(v["stateHandle"])
			if asString(v["name"]) == stateHandle {
				add(v["value"])
			}
			for _, w := range v {
				walk(w)
			}
		case []any:
			for _, w := range v {
				walk(w)
			}
		}
	}
	walk(root)
	return found
}

// redact copies a part of the answer that is handed out as data, without what
// continues the transaction: whoever has a state handle or state token can go on
// in the user's place, so neither may reach a page, not even inside an address or
// a challenge. Forms are left out whole: they are remediations.
func (d *decoder) redact(v any) any {
	switch v := v.(type) {
	case object:
		if isForm(v) || asString(v["name"]) == stateHandle {
			return nil
		}
		o := make(object, len(v))
		for name, w := range v {
			if w = d.redact(w); w != nil && !isHandleName(name) {
				o[name] = w
			}
		}
		return o
	case []any:
		l := make([]any, 0, len(v))
		for _, w := range v {
			if w = d.redact(w); w != nil {
				l = append(l, w)
			}
		}
		return l
	case string:
		if isHandleName(v) || slices.ContainsFunc(d.handles, func(h string) bool { return strings.Contains(v, h) }) {
			return nil
		}
	}
	return v
}

// isHandleName says that s is, or names as an address's query does, a state
// handle or token.
func isHandleName(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "statehandle") || strings.Contains(s, "statetoken")
}
