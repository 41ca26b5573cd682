package oktasim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// readStrict decodes the one JSON value that r has; a name it does not know is
// an error. Errors are for people who write JSON, not Go, and end with the
// shape that was expected.
func readStrict(r io.Reader, into any, shape string) error {
	content, err := io.ReadAll(r)
	if err == nil {
		err = decodeStrict(content, into)
	}
	if err != nil {
		return fmt.Errorf("%w; expected %s", err, shape)
	}
	return nil
}

func decodeStrict(content []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return inPlainWords(content, err)
	}
	if _, more := decoder.Token(); more != io.EOF {
		return errors.New("there is more than one JSON value")
	}
	return nil
}

// inPlainWords says what encoding/json found, without Go's words.
func inPlainWords(content []byte, err error) error {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		where := kind.Field
		if where == "" {
			where = "the value"
		}
		return fmt.Errorf("%s is %s; it must be %s", where, nounOf(kind.Value), nounOfType(kind.Type))
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(content[:min(int(syntax.Offset), len(content))], []byte("\n"))
		return fmt.Errorf("line %d is not JSON: %s", line, syntax.Error())
	case errors.Is(err, io.EOF):
		return errors.New("nothing was given")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON ends too early")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// nounOf names what was found, in the words of UnmarshalTypeError.Value.
func nounOf(found string) string {
	found, value, _ := strings.Cut(found, " ") // "number 1.5"
	noun, ok := map[string]string{"string": "a text", "number": "a number", "bool": "true or false", "array": "a list", "object": "an object"}[found]
	if !ok {
		return found
	}
	return strings.TrimSpace(noun + " " + value)
}

func nounOfType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return nounOfType(t.Elem())
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}
