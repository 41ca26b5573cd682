package policy

import (
	"net/url"
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
