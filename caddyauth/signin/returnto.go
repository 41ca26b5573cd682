package signin

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxReturn bounds a return address, in bytes. A longer one is not an address
// that a person asked for.
const maxReturn = 12 << 10

// SafeReturn checks an address to return to after sign-in or sign-out, and
// gives it back in the form in which it may stand in a Location header: a path
// of this origin with its query. What is not such a path, byte for byte, is
// refused; nothing is repaired, because browsers and servers repair differently
// (CVE-2020-4037, CVE-2020-11053, CVE-2024-21497 and their like: "//host",
// "/\host", "/\t/host", "https:host").
func SafeReturn(s string) (string, bool) {
	if len(s) == 0 || len(s) > maxReturn || s[0] != '/' || strings.HasPrefix(s, "//") || !utf8.ValidString(s) {
		return "", false
	}
	for _, r := range s {
		// WHATWG URL: tab and newlines are dropped.
		if r <= ' ' || r == 0x7f || (r >= 0x80 && r <= 0xa0) || r == '\u2028' || r == '\u2029' || r == '\ufeff' {
			return "", false
		}
	}
	if _, err := url.Parse(s); err != nil {
		return "", false
	}
	s, _, _ = strings.Cut(s, "#") // a fragment is not for servers
	path, query, asked := strings.Cut(s, "?")
	// WHATWG URL: in a path a backslash is a slash.
	if strings.Contains(path, `\`) || strings.HasPrefix(resolved(path), "//") {
		return "", false
	}
	out := escapeRaw(path)
	if asked {
		out += "?" + escapeRaw(query)
	}
	return out, true
}

// resolved is path as it is once a browser or server has worked its dot
// segments in: "/a/..//host" becomes "//host", which the next redirect of the
// application could take for another site.
func resolved(path string) string {
	var kept []string
	for segment := range strings.SplitSeq(path[1:], "/") {
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/")
}

// escapeRaw percent-encodes what may not stand raw in a header, and leaves
// every other byte as it was asked for: a decoded and encoded %2F would be
// another address.
func escapeRaw(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x80 || c == '"' || c == '<' || c == '>' || c == '`' || c == '\\':
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
