package policy_test

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

func public(t testing.TB, patterns ...string) policy.Public {
	t.Helper()
	var out policy.Public
	for _, p := range patterns {
		pattern, err := policy.ParsePublic(p)
		if err != nil {
			t.Fatal(err)
		}
		if pattern.String() != p {
			t.Errorf("%q reads back as %q", p, pattern)
		}
		out = append(out, pattern)
	}
	return out
}

// target reads a request target as Go's server does.
func target(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.ParseRequestURI(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return u
}

func TestMatch(t *testing.T) {
	p := public(t, "/healthz", "/static/*", "/public/*", "/my files/*", "/café", "/docs/")
	for s, want := range map[string]bool{
		"/healthz": true, "/healthz?verbose=1": true, "/healthz/": false, "/healthz/x": false, "/healthzx": false,
		"/static/": true, "/static/a/b.css": true, "/static/a.css?v=1": true, "/static": false, "/staticx/a": false,
		"/static/a%20b.css": true, "/static/caf%C3%A9.css": true, "/static/%E5%96%B6.css": true,
		"/static/%5Bslug%5D-1.js": true, "/static/[slug]-1.js": true, "/static/a%2Db.css": true,
		"/static/...a/b..c/.well-known": true, "/static/a+b,c=d@e:f!(g)~'h'*$&": true, "/%73tatic/a": true,
		"/my%20files/x": true, "/caf%C3%A9": true, "/caf%c3%a9": true, "/docs/": true, "/docs": false,
		"/HEALTHZ": false, "/Static/a": false, "/": false, "/app": false, "*": false,
		"http://app.example.com/static/a": true, "http://app.example.com/app": false,
	} {
		if got := p.Match(target(t, s)); got != want {
			t.Errorf("%q: public %v, want %v", s, got, want)
		}
	}
	if everything := public(t, "/*"); !everything.Match(target(t, "/")) || !everything.Match(target(t, "/a/b")) {
		t.Error("/* does not match everything")
	}
	if (policy.Public{}).Match(target(t, "/")) || (policy.Public{{}}).Match(&url.URL{}) {
		t.Error("nothing is public by default")
	}
}

// Stock Caddy's path matcher judged these public and forwarded them as they
// came; the application served what lies outside.
//
// Rows: S-47, Caddy #7941, CVE-2026-52844.
func TestS47_PathReadDifferentlyUpstream(t *testing.T) {
	p := public(t, "/public/*", "/assets/*", "/static/*", "/foo/*", "/status", "/")
	for _, s := range []string{
		"/public/..;/app", "/public/..%5capp", "/public/%252e%252e/app", "/public/%00/../app",
		"/app/%2e%2e/public/x", "/app%2f..%2fassets%2fx.css",
		"/public/../app", "/public/%2e%2e/app", "/public/..%2fapp", "/public//../app",
		"/app#/public/x", "/app?x=/public/",
		// one at a time, in every spelling
		"/public/./app", "/public/%2e/app", "/public/%2E%2E/app", "/public/.%2e/app", "/public/%2e./app",
		"/public/..", "/public/.", "/public/...", "/public/..%20/app", "/public/%20../app", "/public/.%20./app",
		"/public/a%2fb", "/public/a%2Fb", "/public/%2f", "/public//", "/public//app", "//public/x", "/public/a//b",
		"/public/..%5Capp", `/public/..\app`, `/public/a\b`, "/public/%5c", "/public/%255c",
		"/public/a;b", "/public/a%3bb", "/public/..;a=b/app", "/public/;/../app", "/public/..%3b/app", "/public/.;/app",
		"/public/%00", "/public/a%00.css", "/public/%0a", "/public/%0d%0a", "/public/%09", "/public/%7f", "/public/%1b",
		"/public/%25", "/public/%252f", "/public/%25252e",
		"/public/%23", "/public/%23/../app", "/public#x", "/public/#/app", "/public/%3f", "/public/a%3fb",
		// not UTF-8, or overlong: some decoders make a dot or a slash of it
		"/public/%c0%ae%c0%ae/app", "/public/%c0%af", "/public/%e0%80%ae/app", "/public/%ff", "/public/%ed%a0%80",
		// characters that normalise to a dot, a slash, a backslash, a semicolon
		"/public/%ef%bc%8e%ef%bc%8e/app", "/public/%e2%80%a4%e2%80%a4/app", "/public/%e2%80%a5/app",
		"/public/%ef%bc%8fapp", "/public/%e2%81%84app", "/public/%e2%88%95app", "/public/%ef%bc%bcapp",
		"/public/%cd%be/app", "/public/%ef%bc%85", "/public/%c2%a5app", "/public/%e2%92%88/app",
		// in the clear, as no browser sends them
		"/public/caf\xc3\xa9", "/public/\xff", "/public/a\"b", "/public/<x>", "/public/{x}", "/public/a|b", "/public/a^b", "/public/`x`",
		// oauth2-proxy: CVE-2026-41059, CVE-2025-54576
		"/protected%23/public", "/protected#/public", "/foo/secret%23/bar", "/private?x=/public", "/private?/status",
		"/private;/status", "/private%3f/status", "/status;", "/status%00", "/status%20", "/status%2f", "/status/..",
	} {
		u, err := url.ParseRequestURI(s)
		if err != nil {
			continue // the server answers 400 by itself
		}
		if p.Match(u) {
			t.Errorf("%q is public", s)
		}
	}
}

// The proxy's own rewriting, and requests that are no path at all.
//
// Rows: S-47.
func TestS47_PlainRefusesWhatIsNoPath(t *testing.T) {
	for name, u := range map[string]*url.URL{
		"nil":                    nil,
		"empty":                  {},
		"relative":               {Path: "public/x"},
		"opaque":                 {Scheme: "http", Opaque: "//host/public/x", Path: "/public/x"},
		"server-wide":            {Path: "*"},
		"raw path of another":    {Path: "/public/x", RawPath: "/app"},
		"raw path hides a slash": {Path: "/public/a/b", RawPath: "/public/a%2fb"},
		"raw path hides a dot":   {Path: "/public/../app", RawPath: "/public/%2e%2e/app"},
		"invalid raw path":       {Path: "/public/x", RawPath: "/public/%zz"},
		"decoded percent":        {Path: "/public/%2e"},
		"not UTF-8":              {Path: "/public/\xff"},
		"replacement character":  {Path: "/public/\ufffd"},
	} {
		if policy.Plain(u) {
			t.Errorf("%s: plain", name)
		}
	}
	if !policy.Plain(&url.URL{Path: "/a b/é", RawQuery: "x=/../;"}) {
		t.Error("a query makes a path not plain")
	}
}

func TestParsePublicSaysWhatToWrite(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                    `"/healthz" or "/static/*"`,
		"healthz":             `write "/healthz"`,
		"static/*":            `write "/static/*"`,
		"https://a.b/healthz": "without scheme and host",
		"*":                   `"/static/*"`,
		"*.css":               `"/static/*"`,
		"/static*":            `write "/static/*"`,
		"/*.css":              "only at the end",
		"/a/*/b":              "only at the end",
		"/a/*/*":              "only at the end",
		"/**":                 "only at the end",
		"/healthz?x=1":        `write "/healthz"`,
		"/app#x":              `write "/app"`,
		"/../app":             `segment ".."`,
		"/a/./b":              `segment "."`,
		"/a/..":               `segment ".."`,
		"/my%20files/*":       `write it decoded: "/my files/*"`,
		"/a%2fb":              `write it decoded: "/a/b"`,
		"/100%":               "never matches",
		"/%252e":              "never matches",
		"//":                  "single slashes",
		"/a//*":               "single slashes",
		`/a\b`:                "backslash",
		"/a;b":                `write "/a"`,
		"/a\x00":              "characters",
		"/a\xff":              "characters",
		"/a／b":                "characters",
		"/{env.X}":            "characters",
	} {
		_, err := policy.ParsePublic(pattern)
		if err == nil {
			t.Errorf("%q: no error", pattern)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "path \"") {
			t.Errorf("%q: %v; want %q in it", pattern, err, want)
		}
	}
}

// readings are the paths that lenient applications may take a request for:
// decoded again and again, with "\" for "/", with parameters cut off, with
// dots resolved, in each combination.
func readings(raw string) []string {
	seen := map[string]bool{}
	todo := []string{raw}
	for len(todo) > 0 && len(seen) < 200 {
		s := todo[0]
		todo = todo[1:]
		if seen[s] {
			continue
		}
		seen[s] = true
		if decoded, err := url.PathUnescape(s); err == nil {
			todo = append(todo, decoded)
		}
		segments := strings.Split(s, "/")
		for i := range segments {
			segments[i], _, _ = strings.Cut(segments[i], ";")
			segments[i] = strings.TrimRight(segments[i], " ")
		}
		before, _, _ := strings.Cut(s, "\x00")
		todo = append(todo, strings.ReplaceAll(s, `\`, "/"), strings.Join(segments, "/"), before, path.Clean(s))
	}
	var out []string
	for s := range seen {
		out = append(out, path.Clean("/"+s))
	}
	return out
}

func FuzzPublic(f *testing.F) {
	p := public(f, "/public/*")
	for _, seed := range []string{
		"/public/x", "/public/..;/app", "/public/..%5capp", "/public/%252e%252e/app", "/public/%00/../app",
		"/app/%2e%2e/public/x", "/app%2f..%2fpublic%2fx", "/public/..%2fapp", "/public//../app", "/app#/public/x",
		"/app?x=/public/", "/public/.. /app", "/public/%c0%ae%c0%ae/app", "/public/caf%C3%A9", "/public/[x]",
		"http://h/public/x", "//public/x", "*",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.ParseRequestURI(s)
		if err != nil || !p.Match(u) {
			return
		}
		for _, reading := range readings(u.EscapedPath()) {
			if reading != "/public" && !strings.HasPrefix(reading, "/public/") {
				t.Errorf("%q is public, and may be read as %q", s, reading)
			}
		}
	})
}
