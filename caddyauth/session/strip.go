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
				if !yield(trim(name), trim(value)) {
					return
				}
			}
		}
	}
}

// Strip removes our cookies from a request that goes upstream and leaves the
// bytes of all others as they came. The header's values are replaced and never
// changed: others may hold them.
func Strip(h http.Header, cookies ...Cookie) {
	replace(h, "Cookie", func(line string) (string, bool) { return without(line, cookies) })
}

// StripSetCookie removes the lines of a response that would set a cookie of
// ours: the upstream may neither sign a user out nor plant a session.
func StripSetCookie(h http.Header, cookies ...Cookie) {
	replace(h, "Set-Cookie", func(line string) (string, bool) { return "", owned(settles(line), cookies) })
}

// replace puts what change makes of each line of a header in its place, and
// nothing in the place of an empty one. Lines that are not changed stay.
func replace(h http.Header, name string, change func(line string) (changed string, is bool)) {
	var lines []string
	touched := false
	for i, line := range h[name] {
		changed, is := change(line)
		if is && !touched {
			touched = true
			lines = append(lines, h[name][:i]...)
		}
		switch {
		case is && changed != "":
			lines = append(lines, changed)
		case !is && touched:
			lines = append(lines, line)
		}
	}
	if len(lines) > 0 {
		h[name] = lines
	} else if touched || len(h[name]) == 0 {
		delete(h, name)
	}
}

// without returns a Cookie line without our cookies, and whether there were any.
// Mostly they are all that there is, or stand at one end of it: the rest is part
// of the line then.
func without(line string, cookies []Cookie) (rest string, removed bool) {
	var parts strings.Builder // all but the last part of what is left, a ";" after each
	from, to := -1, -1        // the last part
	ours := 0                 // bytes
	for start := 0; start <= len(line); {
		end := len(line)
		if i := strings.IndexByte(line[start:], ';'); i >= 0 {
			end = start + i
		}
		name, _, _ := strings.Cut(line[start:end], "=")
		switch {
		case owned(trim(name), cookies):
			removed = true
			ours += end - start
		case from >= 0 && to+1 == start:
			to = end
		default:
			if from >= 0 {
				parts.Grow(len(line) - ours - parts.Len())
				parts.WriteString(line[from:to])
				parts.WriteByte(';')
			}
			from, to = start, end
		}
		start = end + 1
	}
	switch {
	case !removed:
		return line, false
	case from < 0:
		return "", true
	}
	rest = line[from:to]
	if parts.Len() > 0 {
		parts.WriteString(rest)
		rest = parts.String()
	}
	return strings.TrimLeft(rest, " \t"), true
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
	for _, prefix := range []string{hostPrefix, securePrefix} {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) && name[:len(prefix)] != prefix {
			return prefix + name[len(prefix):]
		}
	}
	return name
}

// trim is strings.Trim of spaces and tabs, which at a dozen cookies a request is
// worth doing fast.
func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

func owned(name string, cookies []Cookie) bool {
	for _, c := range cookies {
		if c.Owns(name) {
			return true
		}
	}
	return false
}
