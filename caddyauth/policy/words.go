package policy

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// quote writes a value so that Caddy's lexer reads it back: in double quotes
// where it needs some, in backquotes where it has double quotes or backslashes.
func quote(value string) string {
	switch {
	case strings.ContainsAny(value, `"\`) && !strings.Contains(value, "`"):
		return "`" + value + "`"
	case value == "" || strings.ContainsFunc(value, unicode.IsSpace) || strings.ContainsAny(value, "\"\\`{}") ||
		strings.HasPrefix(value, "#") || strings.HasPrefix(value, "<<"):
		return `"` + strings.ReplaceAll(value, `"`, `\"`) + `"`
	}
	return value
}

func quoteAll(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = quote(value)
	}
	return strings.Join(quoted, " ")
}

// list names values to an operator: "Finance, Auditors".
func list(values []string) string {
	shown := make([]string, len(values))
	for i, value := range values {
		shown[i] = show(value)
	}
	return strings.Join(shown, ", ")
}

// show names a text: as it is, or quoted where it would be misread: an empty
// one, one with spaces at its ends or a comma, or with what would move an
// operator's terminal (escape sequences, bidirectional marks).
func show(text string) string {
	if text == "" || text != strings.TrimSpace(text) || strings.ContainsAny(text, `",;[]`) ||
		strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return strconv.Quote(text)
	}
	return text
}

// found says what a user has for a claim.
func found(u User, claim string) string {
	value, asked := u.Claims[claim]
	switch v := value.(type) {
	case nil:
		if asked {
			return "the user has none"
		}
		return "it is not known"
	case []any:
		if len(v) == 0 {
			return "the user has an empty list"
		}
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = showValue(item)
		}
		return "the user has " + strings.Join(items, ", ")
	}
	return "the user has " + showValue(value)
}

func showValue(value any) string {
	switch v := value.(type) {
	case string:
		return show(v)
	case bool, json.Number, float64:
		if compared, ok := text(v); ok { // 3 for 3.0
			return compared
		}
		return show(fmt.Sprint(v))
	case nil:
		return "null"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("a value that cannot be compared (%T)", value)
}
