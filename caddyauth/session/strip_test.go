package session_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// Credentials of the proxy were passed on. Our cookies end here, and what
// belongs to the application arrives byte for byte.
//
// Rows: CVE-2026-41181, S-50.
func TestCVE_2026_41181_StripLeavesOthersAsTheyWere(t *testing.T) {
	device := session.Cookie{Name: "okta_device", Secure: true}
	for _, c := range []struct {
		in, want []string
	}{
		{nil, nil},
		{[]string{"__Host-okta=1.v"}, nil},
		{[]string{"__Host-okta=2.v; __Host-okta_1=v; __Host-okta_device=d"}, nil},
		{[]string{"a=1; __Host-okta=1.v; b=2"}, []string{"a=1; b=2"}},
		{[]string{"__Host-okta=1.v; a=1"}, []string{"a=1"}},
		{[]string{"a=1;__Host-okta=1.v"}, []string{"a=1"}},
		{[]string{"a=1", "__Host-okta=1.v", "b=2"}, []string{"a=1", "b=2"}},
		{[]string{"__Host-okta=1.v;"}, nil},
		// Nothing of ours: not a byte changes, however odd.
		{[]string{` a = "x y" ;;  b ;=c; $Version=1 ;`}, []string{` a = "x y" ;;  b ;=c; $Version=1 ;`}},
		{[]string{"okta=1; __host-okta=2; __Host-oktapus=3"}, []string{"okta=1; __host-okta=2; __Host-oktapus=3"}},
		// The forms of 0.9: whatever a lenient reader would take for ours goes.
		{[]string{`$Version=1; __Host-okta=x; $Path=/`}, []string{`$Version=1; $Path=/`}},
		{[]string{`x="a; __Host-okta=evil; b"`}, []string{`x="a; b"`}},
		{[]string{"a=1;\t__Host-okta\t=\tx ; b=2"}, []string{"a=1; b=2"}},
		{[]string{"__Host-okta; a=1"}, []string{"a=1"}},
		{[]string{`__Host-okta="1.v"; a="q;r"`}, []string{`a="q;r"`}},
		{[]string{"__Host-okta=x=y==; a=b=c"}, []string{"a=b=c"}},
		{[]string{"\u2000__Host-okta=x"}, []string{"\u2000__Host-okta=x"}},
	} {
		h := http.Header{"Accept": {"*/*"}}
		if c.in != nil {
			h["Cookie"] = c.in
		}
		session.Strip(h, secure, device)
		if diff := cmp.Diff(c.want, h["Cookie"]); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.in, diff)
		}
		if _, there := h["Cookie"]; there && c.want == nil {
			t.Errorf("%q: an empty header is left", c.in)
		}
	}
}

func TestStripOfManyCookies(t *testing.T) {
	h := http.Header{"Cookie": {strings.Repeat("a=b; ", 3001) + "__Host-okta=1.v; " + strings.Repeat("c=d; ", 200_000)}}
	session.Strip(h, secure)
	if strings.Contains(h.Get("Cookie"), "okta") {
		t.Error("ours hides among many")
	}
}

// Caddy 25b3eab6d: an upstream could set cookies of the proxy's own name. A
// session planted so would be another user's, a cleared one signs out.
//
// Rows: F-34, Caddy 25b3eab6d.
func TestF34_UpstreamCannotSetOurCookies(t *testing.T) {
	for _, c := range []struct {
		cookie session.Cookie
		line   string
		gone   bool
	}{
		{secure, "__Host-okta=evil; Path=/; Secure", true},
		{secure, "__Host-okta_1=evil", true},
		{secure, "__Host-okta=; Max-Age=0", true},
		{secure, "__Host-okta", true},
		{secure, "__Host-okta;", true},
		{secure, " \t__Host-okta \t= evil", true},
		{secure, "\x00__Host-okta=evil", true},
		{secure, "__HOST-okta=evil", true},
		{secure, "__host-okta_1=evil", true},
		{secure, "=__Host-okta=evil", true},
		{secure, " = __host-okta=evil", true},
		{shared, "__secure-okta_1=evil; Domain=example.com", true},
		{shared, "=__SECURE-okta=evil", true},
		{shared, "__Secure-okta=evil; Domain=example.com", true},
		{shared, "__Host-okta=theirs", false},
		{plain, "okta=evil; Domain=example.com", true},
		{plain, "=okta=evil", true},
		{plain, "OKTA=theirs", false},
		{secure, "okta=theirs", false},
		{secure, "__Host-Okta=theirs", false},
		{secure, "__Secure-okta=theirs", false},
		{secure, "theirs=__Host-okta=x", false},
		{secure, "theirs=x; __Host-okta=y", false},
		{secure, "", false},
	} {
		h := http.Header{"Set-Cookie": {"first=1", c.line, "last=1"}}
		session.StripSetCookie(h, c.cookie)
		want := []string{"first=1", c.line, "last=1"}
		if c.gone {
			want = []string{"first=1", "last=1"}
		}
		if diff := cmp.Diff(want, h["Set-Cookie"]); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.line, diff)
		}
	}
	h := http.Header{"Set-Cookie": {"__Host-okta=evil"}}
	session.StripSetCookie(h, secure)
	if len(h) != 0 {
		t.Errorf("left %v", h)
	}
}

// The gate works on a request that shares its header's values with the original
// one, which Caddy keeps for placeholders and logs: only the list may be replaced.
func TestStripChangesNoValueInPlace(t *testing.T) {
	lines := []string{"a=1; __Host-okta=1.v; b=2", "__Host-okta=1.v", "c=3"}
	before := slices.Clone(lines)
	h := http.Header{"Cookie": lines, "Set-Cookie": lines}
	session.Strip(h, secure)
	session.StripSetCookie(h, secure)
	if diff := cmp.Diff(before, lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a=1; b=2", "c=3"}, h["Cookie"]); diff != "" {
		t.Error(diff)
	}
}

// What a signed-in user's request costs before anything is looked up.
func TestCookiesAllocateLittle(t *testing.T) {
	device := session.Cookie{Name: "okta_device", Secure: true}
	for _, c := range []struct {
		line        string
		read, strip float64
	}{
		{"__Host-okta=1." + filler(900), 1, 0},
		{"__Host-okta=2." + filler(3900) + "; __Host-okta_1=" + filler(900), 2, 0},
		{"__Host-okta=1." + filler(900) + "; theme=dark", 1, 1},
		{"theme=dark; __Host-okta=1." + filler(900) + "; csrf=1", 1, 2},
		{"theme=dark", 0, 0},
	} {
		r, lines := request(c.line), []string{c.line}
		if got := testing.AllocsPerRun(100, func() { secure.Read(r) }); got > c.read {
			t.Errorf("%.40q: Read allocates %v times, at most %v is needed", c.line, got, c.read)
		}
		if got := testing.AllocsPerRun(100, func() {
			r.Header["Cookie"] = lines
			session.Strip(r.Header, secure, device)
		}); got > c.strip {
			t.Errorf("%.40q: Strip allocates %v times, at most %v is needed", c.line, got, c.strip)
		}
	}
}
