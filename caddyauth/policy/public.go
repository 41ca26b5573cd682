package policy

import (
	"fmt"
	"net/url"
	"strings"
)

// Public are the paths that need no sign-in. An empty one matches nothing.
type Public []Pattern

// Match reports whether the path is public: plain, and one of the patterns'.
// Upper and lower case differ. Query and fragment do not count.
func (p Public) Match(u *url.URL) bool {
	if len(p) == 0 || !Plain(u) {
		return false
	}
	for _, pattern := range p {
		if pattern.match(u.Path) {
			return true
		}
	}
	return false
}

// Pattern is one path, or all paths below one. The zero value matches nothing.
type Pattern struct {
	path  string // decoded; for a prefix up to and with its final slash
	below bool
}

func (p Pattern) match(path string) bool {
	if p.below {
		return strings.HasPrefix(path, p.path)
	}
	return p.path != "" && path == p.path
}

// String is the pattern as ParsePublic reads it.
func (p Pattern) String() string {
	if p.below {
		return p.path + "*"
	}
	return p.path
}

// ParsePublic reads a pattern:
//
//	/healthz     this path only
//	/static/*    everything below /static/, not /static itself
//	/*           everything: signing in is left to the user
//
// Paths are written decoded, "/my files/*" and not "/my%20files/*".
func ParsePublic(pattern string) (Pattern, error) {
	fail := func(why string, args ...any) (Pattern, error) {
		return Pattern{}, fmt.Errorf("path %q: %s", pattern, fmt.Sprintf(why, args...))
	}
	path, below := strings.CutSuffix(pattern, "/*")
	if below {
		path += "/"
	}
	switch {
	case pattern == "":
		return fail(`it is empty; write a path such as "/healthz" or "/static/*"`)
	case !strings.HasPrefix(pattern, "/"):
		if strings.HasPrefix(pattern, "*") {
			return fail(`it must begin with "/"; a * stands only at the end, for everything below a path: "/static/*"`)
		}
		if strings.Contains(pattern, "://") {
			return fail(`it must begin with "/"; write the path without scheme and host`)
		}
		return fail(`it must begin with "/"; write %q`, "/"+pattern)
	case strings.HasSuffix(path, "*") && !strings.Contains(path[:len(path)-1], "*"):
		return fail(`a * stands only behind a "/"; write %q for what is below, or name each path`, strings.TrimSuffix(path, "*")+"/*")
	case strings.Contains(path, "*"):
		return fail(`a * stands only at the end, for everything below a path: "/static/*"`)
	case strings.ContainsAny(path, "?#"):
		return fail("a path has no query and no fragment; write %q", path[:strings.IndexAny(path, "?#")])
	case strings.Contains(path, "%"):
		if decoded, err := url.PathUnescape(pattern); err == nil && !strings.Contains(decoded, "%") {
			return fail("write it decoded: %q", decoded)
		}
		return fail("a path with %% in it never matches")
	case strings.Contains(path, "//"):
		return fail(`a path with an empty segment never matches; write single slashes`)
	case strings.Contains(path, `\`):
		return fail(`a path with a backslash never matches; write "/"`)
	case strings.Contains(path, ";"):
		return fail("a path with a semicolon never matches; write %q", path[:strings.Index(path, ";")])
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment != "" && strings.Trim(segment, ". ") == "" {
			return fail(`a path with a segment %q never matches; write where it leads to`, segment)
		}
		if strings.TrimRight(segment, ". ") != segment {
			return fail(`a path with a segment %q never matches: Windows drops dots and spaces at its end`, segment)
		}
	}
	if !Plain(&url.URL{Path: path}) {
		return fail("it has characters that never match; use letters, digits and -._~")
	}
	return Pattern{path: path, below: below}, nil
}
