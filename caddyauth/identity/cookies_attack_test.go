package identity

import (
	"net/http"
	"testing"
)

// PHP before 7.4.11 decodes the names of cookies, and takes what stands before a NUL
// for the name: the cookie user%00x is the cookie user. For somebody who has the
// claim the gate's own comes first; who lacks it would be whom they say.
//
// Rows: CVE-2026-30851
func TestCVE_2026_30851_CookieWithANULInItsName(t *testing.T) {
	s := NewCookieScrubber("user")
	for _, line := range []string{"user%00x=root", "user%00=root", "%75ser%00[a]=root", " user%00.y=root", `a="b user%00x=root"`} {
		h := http.Header{"Cookie": {line + "; other=1"}}
		s.Scrub(h)
		if got := h.Get("Cookie"); got != "other=1" {
			t.Errorf("%q becomes %q", line, got)
		}
	}
	h := http.Header{"Cookie": {"%00user=1; users%00=1"}}
	s.Scrub(h)
	if got := h.Get("Cookie"); got != "%00user=1; users%00=1" {
		t.Errorf("what is another name to everybody becomes %q", got)
	}
}
