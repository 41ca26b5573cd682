package identity

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// value is what a placeholder has come to on its way into a header: nothing (no
// items), one text, or a list of texts. No item is empty.
type value struct {
	items []string
	shape shape
}

type shape int

const (
	single shape = iota
	list
	// joined is a text that was made of a list, by join or json. It has its
	// separators where they belong, and is not looked through for them again.
	joined
)

func text(s string, as shape) value {
	if s == "" {
		return value{}
	}
	return value{items: []string{s}, shape: as}
}

// size is how many bytes a value has.
func (v value) size() (n int) {
	for _, item := range v.items {
		n += len(item)
	}
	return n
}

// take makes a value of a claim. The reason is given where the claim holds
// something that cannot be a text.
func take(claim any) (v value, reason string) {
	var items []any
	switch claim := claim.(type) {
	case []any:
		items = claim
	case []string:
		for _, item := range claim {
			items = append(items, item)
		}
	default:
		s, reason := scalar(claim)
		return text(s, single), reason
	}
	kept, reason := each(items, list, scalar)
	return value{items: kept, shape: list}, reason
}

// each puts every item of a value through f, in the value's shape.
func (v value) each(f func(string) (text, reason string)) (value, string) {
	items, reason := each(v.items, v.shape, f)
	return value{items: items, shape: v.shape}, reason
}

// each puts items through f and keeps what becomes of them. Those for which f
// has a reason are left out, and counted; those that become nothing just go.
func each[T any](items []T, as shape, f func(T) (text, reason string)) (kept []string, reason string) {
	omitted := 0
	for _, item := range items {
		text, why := f(item)
		switch {
		case why != "":
			omitted++
			reason = why
		case text != "":
			kept = append(kept, text)
		}
	}
	if omitted > 0 && as == list {
		reason = fmt.Sprintf("%d of %d items left out, the last because: %s", omitted, len(items), reason)
	}
	return kept, reason
}

// join makes a list one text. It leaves out the items that would not be read
// back as they are: a group named "a,Admins" must not become two groups. The
// others stand.
func (v value) join(delimiter string) (value, string) {
	if v.shape != list {
		return v, ""
	}
	within := splitters(delimiter)
	kept, reason := v.each(func(item string) (string, string) {
		if why := unfit(item); why != "" {
			return "", why
		}
		if strings.ContainsAny(item, within) {
			return "", fmt.Sprintf("contains the delimiter %q", delimiter)
		}
		return item, ""
	})
	return text(strings.Join(kept.items, delimiter), joined), reason
}

// splitters are the characters that an item may not have. Applications trim
// what they split, and "||" splits "a|||b" in two ways: so none of a
// delimiter's characters, spaces aside.
func splitters(delimiter string) string {
	if trimmed := strings.TrimSpace(delimiter); trimmed != "" {
		return trimmed
	}
	return delimiter
}

// scalar is the text of a single value, or the reason why there is none.
func scalar(value any) (text, reason string) {
	switch value := value.(type) {
	case nil:
		return "", ""
	case bool:
		return strconv.FormatBool(value), ""
	case int:
		return strconv.Itoa(value), ""
	case int64:
		return strconv.FormatInt(value, 10), ""
	case float64:
		return decimal(value)
	case json.Number:
		// As the issuer wrote it, unless it has an exponent: a number of 20
		// digits must not go through a float.
		if strings.ContainsAny(value.String(), "eE") {
			f, _ := value.Float64()
			return decimal(f)
		}
		return value.String(), ""
	case string:
		if !utf8.ValidString(value) {
			return "", "the value is not valid UTF-8"
		}
		return value, ""
	case map[string]any:
		return "", "it is an object; name one of its members: {claim.NAME.MEMBER}"
	case []any, []string:
		return "", "it is a list within a list"
	}
	return "", "it is of a kind that claims do not have"
}

// decimal writes a number without an exponent.
func decimal(f float64) (text, reason string) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return "", "the number is out of range"
	}
	return strconv.FormatFloat(f, 'f', -1, 64), ""
}

// unfit is the reason why a text would not arrive as it was sent, or "".
func unfit(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "the value is not valid UTF-8"
	case strings.ContainsFunc(s, unicode.IsControl):
		// A line break would begin another header (RFC 9110 5.5).
		return "the value has a line break or another control character"
	case strings.TrimSpace(s) != s:
		// Recipients remove white space at the ends, of a header and often of
		// the items of a list: " admin" would arrive as "admin".
		return "the value begins or ends with white space"
	}
	return ""
}
