package policy_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

// What applications use every day is let through, however odd; some of it is
// not plain.
func TestRefuseLetsThrough(t *testing.T) {
	for s, plain := range map[string]bool{
		"/": true, "/a/b.css": true, "/.well-known/x": true, "/a/...b/c..d/.e": true, "/my%20files/x": true, "/caf%C3%A9": true,
		"/caf%c3%a9": true, "/%41": true, "/a+b": true, "/(a)/[b]/{c}": false, "/a=b&c,d@e:f$!*'~": true, "/a%2Bb": true,
		"/x?a=/../&b=%2e%2e%2f%00\\": true,

		"//": false, "/a//b": false, "//a": false, "/a//": false, "/a/%20/b": false, "/Acme_Inc.": false, "/a.%20/b": false,
		"/100%25": false, "/100%25ab": false, "/50%25-off/x": false, "/100%2525": false, "/a%25zz": false, "/%2541": false,
		"/%25e9": false, "/a;jsessionid=1": false, "/a;x=../b": false, "/a%3bb": false, "/a%3Bv=1.2": false, "/;": false,
		"/a|b": false, "/a%7Cb": false, "/a%22b%22": false, "/a\"b": false, "/<x>": false, "/{id}": false, "/a^b`c": false,
		"/a%23b": false, "/a%3fb": false, "/a%3f..": false, "/caf\xc3\xa9": false, "/a|b/%41/%20/caf%C3%A9/%23": false,
		"/%ef%bc%8e%ef%bc%8e/app": false, "/%e2%88%95app": false, "/%ef%bf%bd": false, "/%f0%9f%98%80": false, "/%e2%80%ae": false,
		"http://app.example.com/a": true,
	} {
		u := target(t, s)
		if why := policy.Refuse(u); why != "" {
			t.Errorf("%q is refused: %s", s, why)
		}
		if got := policy.Plain(u); got != plain {
			t.Errorf("%q: plain %v, want %v", s, got, plain)
		}
	}
}

// What a lenient application reads as another path than the one that was judged
// never gets to it.
//
// Rows: S-47, CVE-2026-52844, CVE-2025-66490.
func TestS47_PathThatShouldNotPass(t *testing.T) {
	for why, paths := range map[string][]string{
		`segment "." or ".."`: {
			"/..", "/.", "/a/..", "/a/.", "/a/../b", "/a/./b", "//../a", "/a//../b", "/public//..//app",
			"/a/.. /b", "/a/..%20/b", "/a/..%20", "/a/%20../b", "/a/.%20./b", "/a/.%20/b", "/a/.../b", "/a/....", "/a/..%20.%20/b",
			"/a/..;/b", "/a/..;", "/a/.;x/b", "/a/..;x=1;y/b", "/a/..%3b/b", "/a/..%3B", "/a/.;", "/a/...;/b", "/a/..%20;/b",
			"/a/..%3f/b", "/a/..%23/b", "/a/..%3fx", "/a/..%253b/b", "/a/..%25253b/b", "/a/..%2520/b", "/a/..%25%33%62/b",
		},
		"an encoded dot": {
			"/%2e", "/%2E%2E/a", "/a/%2e%2e/b", "/a/.%2e/b", "/a/%2e./b", "/a%2ecss", "/a/%252e%252e/b", "/a/%25252e/b", "/a/%25%32%65/b",
			"/a/%25%32e", "/a/%252%65", "/a|b%2e", "/a/%252E",
		},
		"an encoded slash": {
			"/a%2fb", "/a%2Fb", "/a/..%2fb", "/%2f", "/a%252fb", "/a%25252Fb", "/%2fexample.com",
		},
		"a backslash": {"/a%5cb", "/a/..%5Cb", "/a%255cb", "/a%25255cb", `/a\b`, `/a/..\b`, `/\example.com`, `/a|b\`},
		"a control character": {
			"/%00", "/a%00.css", "/a/%00/../b", "/a%0ab", "/a%0d%0ab", "/%09", "/%1b", "/%7f", "/a%2500", "/a%252500", "/a%250d%250a",
			"/%c2%80", "/%c2%85x", "/%25c2%2585",
		},
		"encoded over and over": {"/%2525252525252541", "/100%25252525252525", "/%2525252525252525252e"},
		"not UTF-8": {
			"/%ff", "/%c0%ae%c0%ae/b", "/%c0%af", "/%e0%80%ae/b", "/%ed%a0%80", "/caf%e9", "/a\xffb", "/%c3",
		},
		"do not fit together": {"/a#b", "/app#/public/x", "/a|b%3bc", "/a|b%3Dc", `/"%26`, "/|%2c", "/caf\xc3\xa9%3a", "/{%40}", "/^%24%2B", "/a|b%2f"},
	} {
		for _, s := range paths {
			u, err := url.ParseRequestURI(s)
			if err != nil {
				t.Errorf("%q: %v", s, err)
				continue
			}
			if got := policy.Refuse(u); !strings.Contains(got, why) {
				t.Errorf("%q: %q, want %q", s, got, why)
			}
			if policy.Plain(u) {
				t.Errorf("%q is plain", s)
			}
		}
	}
	for name, u := range map[string]*url.URL{
		"nil": nil, "empty": {}, "relative": {Path: "a"}, "server-wide": {Path: "*"},
		"opaque":                    {Scheme: "http", Opaque: "//host/a", Path: "/a"},
		"raw path of another":       {Path: "/public/x", RawPath: "/app"},
		"raw path that is not one":  {Path: "/a", RawPath: "/%zz"},
		"decoded percent":           {Path: "/a/%2e%2e/b"},
		"decoded dots":              {Path: "/a/../b"},
		"decoded NUL":               {Path: "/a\x00"},
		"decoded backslash":         {Path: `/a\b`},
		"decoded slash":             {Path: "/a/b", RawPath: "/a%2fb"},
		"decoded, not UTF-8":        {Path: "/\xff"},
		"decoded, parameter in one": {Path: "/a/..;x/b"},
	} {
		if policy.Refuse(u) == "" {
			t.Errorf("%s: not refused", name)
		}
	}
}

// A path of a megabyte, in the worst shapes, is read a fixed number of times: an
// encoding nested as deep as the path is long would be decoded for minutes.
func TestRefuseReadsAFewTimes(t *testing.T) {
	for _, s := range []string{
		"/" + strings.Repeat("25", 1<<19), "/%" + strings.Repeat("25", 1<<19), "/" + strings.Repeat("%25", 1<<18),
		"/" + strings.Repeat("/../", 1<<18), "/" + strings.Repeat("|", 1<<20), strings.Repeat("/", 1<<20), "/a" + strings.Repeat(";", 1<<20),
	} {
		policy.Refuse(target(t, s)) // a quadratic one does not come back
	}
}

// lenient decodes what is percent-encoded and leaves the rest.
func lenient(s string) string {
	var b strings.Builder
	for s != "" {
		if len(s) >= 3 && s[0] == '%' {
			if c, err := url.PathUnescape(s[:3]); err == nil {
				b.WriteString(c)
				s = s[3:]
				continue
			}
		}
		b.WriteByte(s[0])
		s = s[1:]
	}
	return b.String()
}

// dangerous looks for what some application takes for another path, in one
// reading of it.
func dangerous(reading string) string {
	if strings.ContainsAny(reading, "\\\x00\r\n") {
		return "backslash or control character"
	}
	for _, cut := range []string{"", ";", "?", "#"} {
		for _, segment := range strings.Split(reading, "/") {
			if cut != "" {
				segment = strings.Split(segment, cut)[0]
			}
			trimmed := strings.TrimRight(segment, " ")
			if trimmed == "." || trimmed == ".." || trimmed != "" && strings.Count(trimmed, ".") == len(trimmed) {
				return "dot segment"
			}
		}
	}
	return ""
}

func FuzzRefuse(f *testing.F) {
	for _, seed := range []string{
		"/", "/public/x", "/public/..;/app", "/public/..%5capp", "/public/%252e%252e/app", "/public/%00/../app", "/a/.. /b",
		"/app/%2e%2e/public/x", "/app%2f..%2fpublic%2fx", "/public/..%2fapp", "/public//../app", "/app#/public/x", "/100%25",
		"/a|b%3bc", "/a|b", "/caf\xc3\xa9", "/caf%C3%A9", "/%c0%ae", "/;jsessionid=1", "/a/..%253b", "/%25%32%65", "//", "/a/...", "*",
		"http://h/a", "http://h", "/a%20", "/Acme.", "/[x]", "/a%2541",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.ParseRequestURI(s)
		if err != nil {
			return
		}
		why, plain := policy.Refuse(u), policy.Plain(u)
		if plain && why != "" {
			t.Fatalf("%q is plain, and refused: %s", s, why)
		}
		came := u.RawPath
		if came == "" {
			came = u.EscapedPath()
		}
		forwarded := u.EscapedPath()
		if why != "" {
			mayBeRefused(t, u, came, why)
			return
		}
		if !strings.HasPrefix(forwarded, "/") || !utf8.ValidString(u.Path) {
			t.Fatalf("%q is not refused", s)
		}
		// What goes on decodes to the same, and no separator came out of an
		// encoding on the way.
		if lenient(came) != lenient(forwarded) || lenient(came) != u.Path {
			t.Fatalf("%q came, %q goes on, %q was judged", came, forwarded, u.Path)
		}
		for _, separator := range ";,=&@:+$/?#" {
			if strings.Count(came, string(separator)) != strings.Count(forwarded, string(separator)) {
				t.Fatalf("%q came, %q goes on: another number of %q", came, forwarded, separator)
			}
		}
		if plain && came != forwarded {
			t.Fatalf("%q is plain, came as %q, goes on as %q", s, came, forwarded)
		}
		for _, reading := range []string{came, forwarded} {
			slashes := strings.Count(reading, "/")
			for depth := range 5 {
				if danger := dangerous(reading); danger != "" {
					t.Fatalf("%q is not refused; decoded %d times it is %q: %s", s, depth, reading, danger)
				}
				if strings.Count(reading, "/") != slashes {
					t.Fatalf("%q is not refused; decoded %d times it is %q: more slashes", s, depth, reading)
				}
				reading = lenient(reading)
			}
		}
	})
}

// mayBeRefused holds Refuse to what it is for: a path of plain syntax is never
// refused, whatever its characters.
func mayBeRefused(t *testing.T, u *url.URL, came, why string) {
	if !strings.HasPrefix(u.Path, "/") || u.Opaque != "" || !utf8.ValidString(u.Path) || strings.ContainsAny(u.Path, `\#%`) ||
		strings.ContainsFunc(u.Path, unicode.IsControl) || strings.Contains(came, "%") {
		return
	}
	for _, segment := range strings.FieldsFunc(u.Path, func(r rune) bool { return strings.ContainsRune("/;?#", r) }) {
		if strings.Trim(segment, ". ") == "" && segment != "" {
			return
		}
	}
	t.Fatalf("%q is refused for no reason: %s", came, why)
}
