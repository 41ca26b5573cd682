package policytest

import (
	"path"
	"strings"
)

// most readings of one path that are looked at, and how deep an encoding is
// undone: no application decodes oftener.
const (
	most  = 3000
	depth = 4
)

// Readings are the paths that some application may take a request target for:
// what all of them do alone (decode, cut parameters off, take "\" for "/", drop
// what Windows drops, end at a NUL, "#" or "?", leave control characters and empty segments
// out), in every order, up to four decodings deep. All are resolved, begin with "/" and are in
// lower case; whether one ends in "/" is kept, as "/admin" and "/admin/" are two.
func Readings(target string) []string {
	if scheme := strings.Index(target, "://"); scheme > 0 && !strings.HasPrefix(target, "/") {
		rest := target[scheme+len("://"):]
		target = "/"
		if slash := strings.Index(rest, "/"); slash >= 0 {
			target = rest[slash:]
		}
	}
	target, _, _ = strings.Cut(target, "?")
	decoded := map[string]int{target: 0} // by how many decodings
	todo := []string{target}
	for len(todo) > 0 && len(decoded) < most {
		s := todo[0]
		todo = todo[1:]
		add := func(next string, level int) {
			if before, seen := decoded[next]; level <= depth && (!seen || level < before) {
				decoded[next] = level
				todo = append(todo, next)
			}
		}
		level := decoded[s]
		add(decode(s), level+1)
		for _, read := range []func(string) string{
			backslashes, parameters, windowsNames, strings.ToLower, resolve,
			slashes, visible, before("\x00"), before("#"), before("?"),
		} {
			add(read(s), level)
		}
	}
	all := map[string]bool{}
	for s := range decoded {
		all[resolve(strings.ToLower(s))] = true
	}
	out := make([]string, 0, len(all))
	for s := range all {
		out = append(out, s)
	}
	return out
}

// Below reports whether some reading is one of the paths below one of the
// prefixes, which end in "/"; all whether every one is.
func Below(target string, prefixes ...string) (some, all bool) {
	all = true
	for _, reading := range Readings(target) {
		below := false
		for _, prefix := range prefixes {
			below = below || strings.HasPrefix(reading, prefix)
		}
		some, all = some || below, all && below
	}
	return some, all
}

// decode undoes percent-encoding and leaves what is none.
func decode(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if high, low := hex(s[i+1]), hex(s[i+2]); high >= 0 && low >= 0 {
				out.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

func hex(c byte) int { return strings.IndexByte("0123456789abcdef", c|0x20) }

func backslashes(s string) string { return strings.ReplaceAll(s, `\`, "/") }

func slashes(s string) string { return strings.ReplaceAll(s, "//", "/") }

// visible leaves control characters out, as some parsers do.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

func parameters(s string) string {
	return eachSegment(s, func(segment string) string { segment, _, _ = strings.Cut(segment, ";"); return segment })
}

func windowsNames(s string) string {
	return eachSegment(s, func(segment string) string {
		if bare := strings.TrimRight(segment, " "); bare == "." || bare == ".." {
			return bare
		}
		return strings.TrimRight(segment, ". ")
	})
}

func eachSegment(s string, read func(string) string) string {
	segments := strings.Split(s, "/")
	for i := range segments {
		segments[i] = read(segments[i])
	}
	return strings.Join(segments, "/")
}

func before(mark string) func(string) string {
	return func(s string) string { s, _, _ = strings.Cut(s, mark); return s }
}

// resolve leaves empty and dot segments out, as most routers do.
func resolve(s string) string {
	clean := path.Clean("/" + s)
	if clean != "/" && (strings.HasSuffix(s, "/") || strings.HasSuffix(s, "/.")) {
		clean += "/"
	}
	return clean
}
