package session

import (
	"iter"
	"net/http"
	"strings"
)

// This file reads Cookie headers by the rule that browsers write them by, pairs
// between semicolons (RFC 6265 5.4), and by no other: quotes and $Version mean
// nothing. Read and Strip share it, so that what we would take for ours is what
// the upstream does not see.

// pairs yields the name and value of each cookie. Of headers larger than any
// browser sends it yields nothing.
func pairs(r *http.Request) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		lines := r.Header["Cookie"]
		size := 0
		for _, line := range lines {
			size += len(line)
		}
		if size > maxHeader {
			return
		}
		for _, line := range lines {
			for pair := range strings.SplitSeq(line, ";") {
				name, value, _ := strings.Cut(pair, "=")
				if !yield(strings.Trim(name, " \t"), strings.Trim(value, " \t")) {
					return
				}
			}
		}
	}
}

// Strip removes our cookies from a request that goes upstream and leaves the
// bytes of all others as they came.
func Strip(h http.Header, cookies ...Cookie) {
	var lines []string
	for _, line := range h["Cookie"] {
		var rest []string
		removed := false
		for pair := range strings.SplitSeq(line, ";") {
			name, _, _ := strings.Cut(pair, "=")
			if owned(strings.Trim(name, " \t"), cookies) {
				removed = true
			} else {
				rest = append(rest, pair)
			}
		}
		if removed {
			line = strings.TrimLeft(strings.Join(rest, ";"), " \t")
			if line == "" {
				continue
			}
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		delete(h, "Cookie")
		return
	}
	h["Cookie"] = lines
}

// StripSetCookie removes the lines of a response that would set a cookie of
// ours: the upstream may neither sign a user out nor plant a session.
func StripSetCookie(h http.Header, cookies ...Cookie) {
	var lines []string
	for _, line := range h["Set-Cookie"] {
		if !owned(settles(line), cookies) {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		delete(h, "Set-Cookie")
		return
	}
	h["Set-Cookie"] = lines
}

// settles is the name under which a browser will send back what a Set-Cookie
// line sets. A cookie without a name ("=NAME=x") comes back as its value alone
// and reads as NAME=x.
func settles(line string) string {
	pair, _, _ := strings.Cut(line, ";")
	pair = strings.TrimLeftFunc(pair, func(r rune) bool { return r <= ' ' || r == '=' })
	name, _, _ := strings.Cut(pair, "=")
	name = strings.TrimRightFunc(name, func(r rune) bool { return r <= ' ' })
	// Browsers know the prefix in any case (RFC 6265bis 5.7), and an upstream
	// that reads names without case would take a look-alike for ours.
	const prefix = "__Host-"
	if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
		name = prefix + name[len(prefix):]
	}
	return name
}

func owned(name string, cookies []Cookie) bool {
	for _, c := range cookies {
		if c.Owns(name) {
			return true
		}
	}
	return false
}
