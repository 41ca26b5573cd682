package okta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Claims about a user, as JSON values; numbers are json.Number.
type Claims map[string]any

// Text returns a string claim, or "".
func (c Claims) Text(name string) string {
	s, _ := c[name].(string)
	return s
}

// Has tells whether the claim is there with a value.
func (c Claims) Has(name string) bool {
	v, ok := c[name]
	return ok && v != nil && v != ""
}

// decodeClaims reads a JSON object. Numbers are kept as they were written; a
// member that comes twice is refused, because readers differ in which of the
// two they take (RFC 8725, section 2.4; RFC 8259, section 4).
func decodeClaims(into func(any) error) (Claims, error) {
	var raw json.RawMessage
	if err := into(&raw); err != nil {
		return nil, errors.New("not JSON")
	}
	object, err := members(raw)
	if err != nil {
		return nil, err
	}
	claims := make(Claims, len(object))
	for name, value := range object {
		dec := json.NewDecoder(bytes.NewReader(value))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("claim %q cannot be read", name)
		}
		claims[name] = v
	}
	return claims, nil
}

// members of a JSON object, none of which comes twice.
func members(data []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	object := map[string]json.RawMessage{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, errors.New("not a JSON object")
		}
		key, _ := name.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("member %q cannot be read", key)
		}
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("%q comes twice", key)
		}
		object[key] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errors.New("not a JSON object")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("more than a JSON object")
	}
	return object, nil
}
