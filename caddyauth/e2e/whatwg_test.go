package e2e

import (
	"net/url"
	"strings"
	"testing"
)

// leadsTo is the origin that a browser goes to for a Location header in an
// answer of base, by the WHATWG URL standard's basic parser as far as origins
// need it. net/url reads the payloads that matter in another way.
func leadsTo(base *url.URL, location string) string {
	same := base.Scheme + "://" + base.Host
	s := strings.TrimFunc(location, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	scheme, rest, found := strings.Cut(s, ":")
	isScheme := found && scheme != "" && strings.Trim(strings.ToLower(scheme), "abcdefghijklmnopqrstuvwxyz0123456789+-.") == "" &&
		strings.Contains("abcdefghijklmnopqrstuvwxyz", strings.ToLower(scheme[:1]))
	if !isScheme {
		scheme, rest = base.Scheme, s
	}
	scheme = strings.ToLower(scheme)
	switch scheme {
	case "http", "https", "ws", "wss", "ftp":
	default:
		return scheme + ":"
	}
	rest = strings.ReplaceAll(rest, `\`, "/")
	slashes := len(rest) - len(strings.TrimLeft(rest, "/"))
	if slashes < 2 && (!isScheme || scheme == base.Scheme) {
		return same // a path of this origin
	}
	authority := rest[slashes:]
	if i := strings.IndexAny(authority, "/?#"); i >= 0 {
		authority = authority[:i]
	}
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		authority = authority[i+1:]
	}
	if host, err := url.PathUnescape(authority); err == nil {
		authority = host
	}
	return scheme + "://" + strings.ToLower(authority)
}

// The judge of the redirect tests is judged first.
func TestLeadsTo(t *testing.T) {
	base, _ := url.Parse("http://localhost:8080/app")
	for location, want := range map[string]string{
		"/x": "http://localhost:8080", "x": "http://localhost:8080", "?x=//evil": "http://localhost:8080", "http:x": "http://localhost:8080",
		"//evil": "http://evil", `/\evil`: "http://evil", `\\evil`: "http://evil", "/\t/evil": "http://evil", "\n//evil": "http://evil",
		"https:evil": "https://evil", "https:/evil": "https://evil", "http:///evil": "http://evil", "HTTP://EVIL/x": "http://evil", "///evil": "http://evil",
		"//a@evil": "http://evil", "//localhost:8080@evil": "http://evil", "javascript:alert(1)": "javascript:", "//%65vil": "http://evil", " //evil": "http://evil",
		"//localhost:8080/x": "http://localhost:8080", "./x:y": "http://localhost:8080", "data:text/html,x": "data:",
	} {
		if got := leadsTo(base, location); got != want {
			t.Errorf("%q leads to %q, want %q", location, got, want)
		}
	}
}
