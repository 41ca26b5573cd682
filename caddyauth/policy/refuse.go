package policy

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Refuse says why a request with this path should not pass at all, or "" when it
// may. The proxy forwards a path as it came, so one that some applications take
// for another path would be judged as the one and served as the other. The reason
// is fixed text that repeats nothing of the path. The price is paid by the few
// applications that put an encoded slash into a path for good reasons (GitLab's
// API, %2F; Jenkins' branches, %252F).
//
// Refused is a path that
//
//   - does not begin with "/";
//   - has a "." or ".." as a segment, in the clear too, since browsers resolve
//     these before they send; also with dots and spaces around it that Windows
//     drops ("..%20", "...", "%20.."), and before a ";", "?" or "#" that some
//     applications cut a segment at ("..;", ".;x", "..%3f");
//   - has an encoded dot, slash or backslash (%2e, %2f, %5c), or a backslash;
//   - has a control character, NUL first of all;
//   - is one of these once it is decoded again (%252e, %252f, "..%253b"), however
//     often, or is encoded over and over;
//   - is not UTF-8 (overlong encodings of dots and slashes among it);
//   - would go on with another meaning than it came with: with a "#" in the clear,
//     which goes on encoded, or with an encoded separator beside a character that
//     has to be encoded and is not ("%3b" beside "|": Go encodes the whole path
//     anew then, and writes ";").
//
// Not refused, for applications use them every day, is the rest: "//", spaces,
// letters of all scripts, "100%25", ";jsessionid=1", "|", "%22", "+", "{}", "%3b",
// characters that Unicode has as look-alikes of dots and slashes. Many of these
// can be read in several ways: they are not Plain, and so never public, and
// whether a rule's matcher covers them is Unknown.
func Refuse(u *url.URL) (why string) {
	if ordinary(u) {
		return "" // as refuse would find, in a tenth of the time
	}
	return refuse(u)
}

func refuse(u *url.URL) (why string) {
	switch {
	case u == nil || u.Opaque != "" || !strings.HasPrefix(u.Path, "/"):
		return `a path that does not begin with "/"`
	case !utf8.ValidString(u.Path):
		return "a path that is not UTF-8"
	case respelled(u):
		return "a path with encodings that do not fit together"
	}
	// Where no spelling is kept, Go's own was sent, which encodes nothing that
	// would be hidden by it.
	spelling := u.RawPath
	if spelling == "" {
		spelling = u.Path
	}
	// No application decodes a path more often than this.
	for range 4 {
		if why := hidden(spelling); why != "" {
			return why
		}
		if hasDotSegment(spelling) {
			return `a path with a segment "." or ".."`
		}
		decoded := decode(spelling)
		if decoded == spelling {
			return ""
		}
		spelling = decoded
	}
	return "a path that is encoded over and over"
}

// respelled tells whether the path goes on with another meaning than that of the
// spelling that came. Go repeats a spelling if it could be one of its own;
// otherwise it decodes and encodes anew, which brings separators that came
// encoded into the clear.
func respelled(u *url.URL) bool {
	if strings.Contains(u.RawPath, "#") {
		return true // cuts the path for some readers, and goes on encoded
	}
	if u.RawPath == "" || u.RawPath == u.EscapedPath() {
		return false
	}
	if path, err := url.PathUnescape(u.RawPath); err != nil || path != u.Path {
		return true
	}
	for i := range len(u.RawPath) {
		if c, ok := encoded(u.RawPath[i:]); ok && strings.IndexByte("$&+,/:;=@", c) >= 0 {
			return true
		}
	}
	return false
}

// hidden names a character in one spelling of a path that is, or ends, a segment
// for some readers only. Dots and slashes are harmless in the clear, so they are
// looked for encoded; what is not comes to light once it is decoded.
func hidden(spelling string) (why string) {
	for i, r := range spelling {
		if r == '%' {
			switch c, _ := encoded(spelling[i:]); c {
			case '.':
				return "a path with an encoded dot"
			case '/':
				return "a path with an encoded slash"
			}
		}
		if r == '\\' {
			return "a path with a backslash"
		}
		if unicode.IsControl(r) {
			return "a path with a control character"
		}
	}
	return ""
}

// hasDotSegment tells whether a segment is one of dots, before what some cut it
// at, and with the spaces and further dots that Windows drops.
func hasDotSegment(spelling string) bool {
	if !strings.Contains(spelling, ".") {
		return false // most paths
	}
	for segment := range strings.SplitSeq(spelling, "/") {
		if end := strings.IndexAny(segment, ";?#"); end >= 0 {
			segment = segment[:end]
		}
		if strings.Trim(segment, ". ") == "" && strings.Contains(segment, ".") {
			return true
		}
	}
	return false
}

// decode undoes percent-encoding once, and leaves a "%" that encodes nothing, as
// lenient applications do.
func decode(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if c, ok := encoded(s[i:]); ok {
			out = append(out, c)
			i += 2
		} else {
			out = append(out, s[i])
		}
	}
	return string(out)
}

// encoded is the byte that s begins with in percent-encoding; 0 and false if it
// does not.
func encoded(s string) (c byte, ok bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	high, ok1 := hexDigit(s[1])
	low, ok2 := hexDigit(s[2])
	if !ok1 || !ok2 {
		return 0, false
	}
	return high<<4 | low, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
