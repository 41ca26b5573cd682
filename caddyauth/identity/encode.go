package identity

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
)

// The characters beside letters and digits that stay as they are.
const (
	unreserved = "-._~"         // RFC 3986 2.3
	attrChar   = "!#$&+-.^_`|~" // RFC 8187 3.2.1
)

// percent writes every byte as %XX that is no letter, digit or one of keep.
func percent(s, keep string) string {
	var out strings.Builder
	for i := range len(s) {
		if c := s[i]; isAlphanumeric(c) || strings.IndexByte(keep, c) >= 0 {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func toBase64(s string) string    { return base64.StdEncoding.EncodeToString([]byte(s)) }
func toBase64URL(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
func toPercent(s string) string   { return percent(s, unreserved) }
func toRFC8187(s string) string   { return "UTF-8''" + percent(s, attrChar) }

// toJSON writes a list as an array and a text as a string, in ASCII: what may
// pass for a header in one server's eyes passes in all.
func toJSON(v value) (value, string) {
	var data any = v.items
	switch {
	case len(v.items) == 0:
		return value{}, ""
	case v.shape != list:
		data = v.items[0]
	}
	written, err := json.Marshal(data)
	if err != nil {
		return value{}, "it cannot be written as JSON"
	}
	var out strings.Builder
	for _, r := range string(written) {
		switch {
		case ' ' <= r && r <= '~':
			out.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		}
	}
	return text(out.String(), joined), ""
}

// toLatin1 writes a text in ISO-8859-1, one byte a character.
func toLatin1(s string) (bytes, reason string) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return "", "the value has a character that ISO-8859-1 lacks: use |percent or |rfc8187 if the application reads it"
		}
		out = append(out, byte(r))
	}
	return string(out), ""
}
