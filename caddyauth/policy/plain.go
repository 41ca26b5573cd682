package policy

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain reports whether a URL's path can be read in one way only, by this
// proxy, by Caddy's matchers and by any application: made of segments without
// a "." or ".." among them, without an empty one, and of characters that mean
// nothing but themselves.
//
// Percent-encoding is plain for what may stand in a path anyhow ("%20", "%41",
// "%C3%A9"). It is not for "/", ".", and everything that is not allowed in the
// clear either: "\" that Windows takes for "/", ";" that Java cuts parameters
// at, NUL, "%" that is decoded twice, "#" and "?" that some cut the path at.
func Plain(u *url.URL) bool {
	if u == nil || u.Opaque != "" || !strings.HasPrefix(u.Path, "/") || !utf8.ValidString(u.Path) {
		return false
	}
	raw := u.EscapedPath()
	if u.RawPath != "" && u.RawPath != raw {
		// The client's spelling is not one that Go would repeat: the upstream
		// gets another path than the one that stood in the request.
		return false
	}
	if hides(raw) {
		return false
	}
	for _, r := range u.Path {
		if !allowed(r) {
			return false
		}
	}
	segments := strings.Split(u.Path[1:], "/")
	for i, segment := range segments {
		// Windows drops dots and spaces at the end of a name, so that ".. " is
		// "..", and a name of them alone is never what it seems. An empty
		// segment, "//", is one "/" to some. The last may be empty: "/docs/".
		if strings.Trim(segment, ". ") == "" && (segment != "" || i < len(segments)-1) {
			return false
		}
	}
	return true
}

// hides reports whether an escaped path has a separator or a dot that is
// encoded.
func hides(escaped string) bool {
	for {
		i := strings.IndexByte(escaped, '%')
		if i < 0 || i+2 >= len(escaped) {
			return false
		}
		switch strings.ToUpper(escaped[i+1 : i+3]) {
		case "2E", "2F":
			return true
		}
		escaped = escaped[i+3:]
	}
}

// allowed lists what may stand in a plain path, decoded. Beyond ASCII letters,
// their marks and digits only: among the rest are characters that turn into
// ".", "/", "\" or ";" when an application normalises them (U+FF0F, U+2024,
// U+037E).
func allowed(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
			strings.ContainsRune("/-._~ !$&'()*+,=:@[]", r)
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}
