package idx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// maxDepth bounds the nesting of an answer. Okta's deepest known answers nest
// about 20 levels; everything here that recurses does so over the answer's own
// nesting, so this is what keeps a hostile one from exhausting the stack.
const maxDepth = 64

// object is a JSON object of an answer. Answers are read from a tree of plain
// JSON values, not into structs: with structs one member of an unexpected type
// fails the whole answer, and Okta's members change type between answers.
// Reading from a nil object is fine and finds nothing.
type object = map[string]any

// parse reads the one JSON object that body must be.
func parse(body []byte) (object, error) {
	if tooDeep(body) {
		return nil, fmt.Errorf("nested more than %d levels deep", maxDepth)
	}
	body = bytes.TrimPrefix(body, []byte("\uFEFF")) // as some proxies and editors put in front
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // numbers leave as they came
	var v any
	if err := dec.Decode(&v); err != nil {
		// Not the decoder's own words: they can quote the body, which may hold
		// a state handle.
		return nil, errors.New("not JSON")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	o, ok := v.(object)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return o, nil
}

// tooDeep says whether the brackets of body, outside strings, nest deeper than
// maxDepth. It runs before the parser so that no depth is ever built.
func tooDeep(body []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func asObject(v any) object {
	o, _ := v.(object)
	return o
}

func asString(v any) string {
	s, _ := v.(string)
	return s
}

// asText writes a scalar as a page shows and posts it; "" for anything else.
func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// asBool reads a boolean that Okta sometimes sends as a string.
func asBool(v any, absent bool) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		if b, err := strconv.ParseBool(v); err == nil {
			return b
		}
	}
	return absent
}

// asCount reads a length or a number of milliseconds; 0 when there is none.
func asCount(v any) int {
	n, err := strconv.ParseInt(asText(v), 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return int(n)
}

// isScalar says whether v is a value that an input can carry.
func isScalar(v any) bool {
	switch v.(type) {
	case string, json.Number, bool:
		return true
	}
	return false
}

// inner takes v out of Okta's {"type":…,"value":…} wrapper, if it is in one. A
// wrapper without a value holds nothing.
func inner(v any) any {
	o, ok := v.(object)
	if !ok {
		return v
	}
	if w, ok := o["value"]; ok {
		return w
	}
	if _, ok := o["type"]; ok && len(o) == 1 {
		return nil
	}
	return v
}

// list is the members of an array, wrapped or not. A single object counts as a
// list of one.
func list(v any) []any {
	switch v := inner(v).(type) {
	case []any:
		return v
	case object:
		return []any{v}
	}
	return nil
}

// raw writes a part of the answer as JSON again; nil for an absent one.
func raw(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, err := encode(v)
	if err != nil {
		return nil
	}
	return b
}

// encode is json.Marshal without the escaping of <, > and &: a password is sent
// as typed, and nothing of it is ever put into HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
