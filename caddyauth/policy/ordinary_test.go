package policy

import (
	"net/url"
	"strings"
	"testing"
)

// The short way must never lead where the long one does not: every path of up to
// six of the characters that matter goes both.
func TestOrdinaryPathsArePlain(t *testing.T) {
	const letters = "aZ0-_./;%\\ \x00?#~é"
	count := 0
	var try func(path string, left int)
	try = func(path string, left int) {
		u := &url.URL{Path: path}
		if ordinary(u) {
			count++
			if why := refuse(u); why != "" || !plain(u) {
				t.Errorf("%q is ordinary; refused: %q, plain: %v", path, why, plain(u))
			}
		}
		if left > 0 {
			for _, r := range letters {
				try(path+string(r), left-1)
			}
		}
	}
	try("", 4)
	try("/", 5)
	if count < 1000 {
		t.Errorf("%d paths are ordinary", count)
	}
	for _, u := range []*url.URL{nil, {}, {Path: "*"}, {Path: "a"}, {Path: "/a", RawPath: "/%61"}, {Opaque: "x", Path: "/a"}} {
		if ordinary(u) {
			t.Errorf("%v is ordinary", u)
		}
	}
}

// A parameter that Caddy's matchers do not find, and an application does.
func TestPlainQuery(t *testing.T) {
	for query, want := range map[string]bool{
		"": true, "a=1&a=2&b": true, "q=100%25&x=a+b": true, "&": true, "utf8=%E2%9C%93": true,
		"a=1&q=100%": false, "a=%zz": false, "%=1": false, "a=1;b=2": false, ";": false, strings.Repeat("&", 20_000): false,
	} {
		if got := PlainQuery(&url.URL{Path: "/", RawQuery: query}); got != want {
			t.Errorf("%.40q: %t, want %t", query, got, want)
		}
	}
}
