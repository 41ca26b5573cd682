package policy

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain reports whether a URL's path can be read in one way only, by this
// proxy, by Caddy's matchers and by any application: not one that Refuse names,
// without an empty segment, without one that ends in a dot or a space, and of
// characters that mean nothing but themselves.
//
// Percent-encoding is plain for what may stand in a path anyhow ("%20", "%41",
// "%C3%A9"). It is not for what is not allowed in the clear either: ";" that Java
// cuts parameters at, "%" that is decoded twice, "#" and "?" that some cut the
// path at.
func Plain(u *url.URL) bool { return ordinary(u) || plain(u) }

// PlainQuery reports whether Caddy's matchers can read a URL's query. They find no
// parameter in one with a mistake or a ";", where applications find the others, and
// none where there are thousands.
func PlainQuery(u *url.URL) bool {
	if u.RawQuery == "" {
		return true
	}
	_, err := url.ParseQuery(u.RawQuery)
	return err == nil
}

func plain(u *url.URL) bool {
	if refuse(u) != "" || u.RawPath != "" && u.RawPath != u.EscapedPath() {
		// The client's spelling must be one that Go would repeat: the upstream
		// gets another one than that which stood in the request otherwise.
		return false
	}
	// An empty segment is none to some. Windows drops dots and spaces at the end of
	// a name, so that "admin." is "admin".
	for _, end := range []string{"//", "./", " /"} {
		if strings.Contains(u.Path, end) {
			return false
		}
	}
	if strings.HasSuffix(u.Path, ".") || strings.HasSuffix(u.Path, " ") {
		return false
	}
	for _, r := range u.Path {
		if !allowed(r) {
			return false
		}
	}
	return true
}

// ordinary tells at one look what most paths are, at every request: segments of
// ASCII letters, digits, "-" and "_", with single dots between these. They are plain;
// what is not ordinary may be all the same.
func ordinary(u *url.URL) bool {
	if u == nil || u.Opaque != "" || u.RawPath != "" || u.Path == "" || u.Path[0] != '/' {
		return false
	}
	last := byte('/')
	for i := 1; i < len(u.Path); i++ {
		c := u.Path[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		case (c == '/' || c == '.') && (last == '/' || last == '.'):
			return false
		case c != '/' && c != '.':
			return false
		}
		last = c
	}
	return last != '.'
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
