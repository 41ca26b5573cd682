package signin

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Ordinary deep links come back byte for byte: what the application put into
// its addresses is its own.
func TestSafeReturnKeeps(t *testing.T) {
	for _, s := range []string{
		"/", "/a", "/a/", "/a/b.html", "/?", "/?q=1&r=2", "/a?q=%2F..%2F&u=https%3A%2F%2Fexample.com%2F", "/a?u=https://example.com//x",
		"/a%2Fb", "/a%2fb", "/%2F%2Fexample.com", "/a/%C3%BC", "/a?%C3%BC=%F0%9F%94%91", "/a;v=1/b;w=2?x;y", "/a'b(c)*!$&+,=:@", "/a?'x'=(1)*!$+,:@/?",
		"/a%20b?c+d%20e", "/a//b", "/a///", "/a/b//", "/~user/-._", "/a?b=[1]&c[]=2", "/a?x={y}|z^w", "/%e2%80%a8", "/a%00b", "/a?%0d%0aX:y",
		"/a:b", "/a@b.example.com/", "/javascript:alert(1)", "/https://example.com/", "/a/http:/b", "/@example.com", "/:80", "/.well-known/x", "/...", "/a/..b/", "/a?../..//x", "/a?==&&",
		"/" + strings.Repeat("x", 2000) + "?" + strings.Repeat("y=1&", 1000),
	} {
		if got, ok := SafeReturn(s); !ok || got != s {
			t.Errorf("SafeReturn(%.100q) = %.100q, %v", s, got, ok)
		}
	}
	// What a header cannot carry raw is escaped, as a browser does it; a
	// fragment, which no server sees, is left out.
	for s, want := range map[string]string{
		"/ü": "/%C3%BC", "/a?ü=🔑": "/a?%C3%BC=%F0%9F%94%91", `/a?"<>` + "`": "/a?%22%3C%3E%60", "/a#b": "/a", "/a?b#c?d": "/a?b",
	} {
		if got, ok := SafeReturn(s); !ok || got != want {
			t.Errorf("SafeReturn(%q) = %q, %v, want %q", s, got, ok, want)
		}
	}
}

// Addresses that some browser or server takes for another site's.
//
// Rows: ToB-5, CVE-2020-5233.
func TestToB5_SafeReturnRefuses(t *testing.T) {
	for _, s := range []string{
		"", " ", "a", "?x", "#x", ".", "..", "./a", "../a",
		"https://evil.example.com", "HTTPS:evil.example.com", "https:/evil.example.com", "https:///evil.example.com", "javascript:alert(1)", "data:text/html,x", "mailto:a@b",
		"//evil.example.com", "///evil.example.com", "////evil.example.com", `/\evil.example.com`, `\\evil.example.com`, `\/evil.example.com`, `/a\..\\evil`,
		"/\t/evil.example.com", "/\n/evil.example.com", "/\r/evil.example.com", "\t//evil.example.com", " //evil.example.com", "/\x00/evil", "/a\x7f", "/\u0085/evil.example.com", "/\u00a0/evil", "\ufeff//evil.example.com", "/\ufeff/evil", "/\u2028/evil",
		"/.//evil.example.com", "/..//evil.example.com", "/./evil/..//", "/a/..//evil.example.com", "/a/%2E%2e//evil.example.com", "/%2e//evil.example.com",
		"/a\r\nSet-Cookie: x=y", "/a b", "/a\nb", "/%", "/%zz", "/\xff", "/a?\xc3", "/" + strings.Repeat("x", maxReturn),
	} {
		if got, ok := SafeReturn(s); ok {
			t.Errorf("SafeReturn(%.100q) = %.100q", s, got)
		}
	}
}

// resolve follows the URL Standard (whatwg.org) from the application's origin:
// whether a Location of s leads to another host, and to which path. It is
// written from the standard's states and shares nothing with SafeReturn.
func resolve(s string) (elsewhere bool, path string) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	slash := func(i int) bool { return i < len(s) && (s[i] == '/' || s[i] == '\\') }
	if i := strings.IndexAny(s, ":/\\?#"); i > 0 && s[i] == ':' {
		return true, "" // scheme state
	}
	if slash(0) && slash(1) {
		return true, "" // special authority slashes state
	}
	rest, _, _ := strings.Cut(s, "#")
	rest, _, _ = strings.Cut(rest, "?")
	var segments []string
	parts := strings.FieldsFunc(strings.ReplaceAll(rest, "/", "\x01/"), func(r rune) bool { return r == '/' || r == '\\' })
	for i, part := range parts {
		part = strings.ReplaceAll(part, "\x01", "")
		if i == 0 && slash(0) {
			continue
		}
		switch strings.ToLower(strings.ReplaceAll(strings.ToLower(part), "%2e", ".")) {
		case ".":
			if i == len(parts)-1 {
				segments = append(segments, "")
			}
		case "..":
			if len(segments) > 0 {
				segments = segments[:len(segments)-1]
			}
			if i == len(parts)-1 {
				segments = append(segments, "")
			}
		default:
			segments = append(segments, part)
		}
	}
	return false, "/" + strings.Join(segments, "/")
}

func FuzzSafeReturn(f *testing.F) {
	for _, s := range []string{
		"/", "/a?b=c#d", "//x", `/\x`, "/\t/x", "/./", "/a/..//x", "/.%2e//x", "/%2e//x", "/%2F%2Fx|", "/x/..%2F%2Fevil|", "/a|b%2Fc", "https:x", "/ü%2F?ü", "/a\x85b", "/[%2F]", "/%5c%5cevil", "/a;b?c;d", "/a/%2e%2e//evil",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := SafeReturn(s)
		if !ok {
			if got != "" {
				t.Errorf("refused, but gave %q", got)
			}
			return
		}
		if elsewhere, path := resolve(got); elsewhere || strings.HasPrefix(path, "//") {
			t.Errorf("SafeReturn(%q) = %q leads to %q", s, got, path)
		}
		if again, ok := SafeReturn(got); !ok || again != got {
			t.Errorf("SafeReturn(%q) = %q, and of that %q, %v", s, got, again, ok)
		}
		for i := range len(got) {
			if c := got[i]; c <= ' ' || c >= 0x7f || c == '\\' {
				t.Fatalf("SafeReturn(%q) = %q has byte %#x", s, got, c)
			}
		}
		// The same resource: nothing but escapes may differ.
		before, _, _ := strings.Cut(s, "#")
		if a, b := escapeEach(before), escapeEach(got); a != b {
			t.Errorf("SafeReturn(%q) = %q: another address", s, got)
		}
		if !utf8.ValidString(s) {
			t.Errorf("SafeReturn(%q) passes", s)
		}
	})
}

// escapeEach escapes every byte that had no escape, so that a slash that was
// one and a slash that was %2F stay apart.
func escapeEach(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%' && i+2 < len(s):
			b.WriteString(strings.ToUpper(s[i : i+3]))
			i += 2
		case strings.IndexByte("/?&=;+", c) >= 0:
			b.WriteByte(c)
		default:
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// The resolver of this test knows the tricks; else the fuzz proves nothing.
func TestResolver(t *testing.T) {
	for s, want := range map[string]bool{
		"/a": false, "//x": true, `/\x`: true, `\\x`: true, "/\t/x": true, "https:x": true, " //x": true, "/a:b": false, "?a:b": false, "a/b:c": false,
	} {
		if got, _ := resolve(s); got != want {
			t.Errorf("resolve(%q) = %v", s, got)
		}
	}
	for s, want := range map[string]string{"/a/../b": "/b", "/./b": "/b", "/a/..//b": "//b", "/.%2e//b": "//b", "/a/.": "/a/", "/..": "/", "/a//b": "/a//b"} {
		if _, got := resolve(s); got != want {
			t.Errorf("resolve(%q) is %q, want %q", s, got, want)
		}
	}
}
