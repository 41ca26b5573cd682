package identity

import (
	"net/http"
	"net/url"
	"strings"
)

// CookieScrubber removes what a client sends under the names of cookies that we
// set. It does not change after NewCookieScrubber and may be shared.
type CookieScrubber struct{ names map[string]bool } // folded

// NewCookieScrubber knows the given names, such as those of Headers.Cookies.
func NewCookieScrubber(names ...string) *CookieScrubber {
	s := &CookieScrubber{names: map[string]bool{}}
	for _, name := range names {
		s.names[foldCookie(name)] = true
	}
	return s
}

// Scrub removes the client's copies from a request, and leaves the other cookies
// as they came.
func (s *CookieScrubber) Scrub(h http.Header) {
	if len(s.names) == 0 {
		return
	}
	var lines []string
	for _, line := range h["Cookie"] {
		var rest []string
		dropped := false
		for pair := range strings.SplitSeq(line, ";") {
			if s.owns(pair) {
				dropped = true
			} else {
				rest = append(rest, strings.TrimSpace(pair))
			}
		}
		if dropped {
			line = strings.Join(rest, "; ")
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	if lines == nil {
		delete(h, "Cookie")
		return
	}
	h["Cookie"] = lines
}

// owns reports whether some reader finds one of the names in a piece of a Cookie
// header between two semicolons. To most the name is what stands before the
// first =, and PHP allows spaces in it. Python's SimpleCookie and readers of RFC
// 2109 also begin another cookie after white space, a comma or a quote.
func (s *CookieScrubber) owns(pair string) bool {
	name, rest, assigns := strings.Cut(pair, "=")
	if s.ownsName(name) {
		return true
	}
	for assigns {
		name = strings.TrimRightFunc(name, isCookieBreak)
		if i := strings.LastIndexFunc(name, isCookieBreak); i >= 0 && s.ownsName(name[i+1:]) {
			return true
		}
		name, rest, assigns = strings.Cut(rest, "=")
	}
	return false
}

func isCookieBreak(r rune) bool { return r <= ' ' || r == ',' || r == '"' || r == 0x7f }

// ownsName also knows what PHP makes an array of: user[name] is in user.
func (s *CookieScrubber) ownsName(name string) bool {
	name = foldCookie(name)
	array, _, _ := strings.Cut(name, "[")
	return s.names[array] || s.names[strings.ReplaceAll(name, "[", "_")]
}

// foldCookie is the spelling that all forms of a cookie's name share: PHP makes
// _ of dots and spaces (and of a [, which ownsName looks at), some readers
// decode %XX in names (PHP CVE-2020-7070, Rack CVE-2020-8184), and some look for
// a name in any case.
func foldCookie(name string) string {
	if decoded, err := url.PathUnescape(name); err == nil {
		name, _, _ = strings.Cut(decoded, "\x00") // where a reader in C stops
	}
	name = strings.Trim(strings.ReplaceAll(name, "+", " "), " \t\"")
	return strings.NewReplacer(".", "_", " ", "_", "\t", "_").Replace(asciiLower(name))
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// AppendCookies adds the fields that are cookies to a request. They come before
// the client's: a quote that the client leaves open cannot swallow them.
func AppendCookies(h http.Header, fields []Field) {
	var pairs []string
	for _, f := range fields {
		if f.Cookie {
			pairs = append(pairs, f.Name+"="+f.Value)
		}
	}
	if pairs != nil {
		h["Cookie"] = []string{strings.Join(append(pairs, h["Cookie"]...), "; ")}
	}
}

// isCookieValue is the grammar of a cookie's value (RFC 6265 4.1.1), without the
// quotes around it.
func isCookieValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`",;\`, c) >= 0 {
			return false
		}
	}
	return true
}
