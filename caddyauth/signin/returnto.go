package signin

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxReturn bounds a return address, in bytes. A longer one is not an address
// that a person asked for.
const maxReturn = 8 << 10

// SafeReturn checks an address to return to after sign-in or sign-out, and
// gives it back in the form in which it may stand in a Location header: a path
// of this origin with its query. What is not such a path, byte for byte, is
// refused; nothing is repaired, because browsers and servers repair differently
// (CVE-2020-4037, CVE-2020-11053, CVE-2021-24497 and their like: "//host",
// "/\host", "/\t/host", "https:host").
func SafeReturn(s string) (string, bool) {
	if len(s) == 0 || len(s) > maxReturn || s[0] != '/' || !utf8.ValidString(s) {
		return "", false
	}
	if strings.HasPrefix(s, "//") {
		return "", false
	}
	for _, r := range s {
		// WHATWG URL: a backslash is a slash, tab and newlines are dropped.
		if r <= ' ' || r == '\\' || r == 0x7f || (r >= 0x80 && r <= 0xa0) || r == '\u2028' || r == '\u2029' || r == '\ufeff' {
			return "", false
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	u.Fragment, u.RawFragment = "", ""
	out := u.EscapedPath()
	// Dot segments at the start can leave "//host" behind once resolved.
	for _, segment := range strings.SplitAfter(out, "/")[1:] {
		if segment == "./" || segment == "../" || segment == "/" {
			return "", false
		}
		break
	}
	if u.RawQuery != "" {
		out += "?" + escapeQuery(u.RawQuery)
	}
	return out, true
}

// escapeQuery percent-encodes what may not stand raw in a header, and leaves
// every other byte as it was asked for.
func escapeQuery(q string) string {
	var b strings.Builder
	for i := range len(q) {
		switch c := q[i]; {
		case c >= 0x80 || c == '"' || c == '<' || c == '>' || c == '`':
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
