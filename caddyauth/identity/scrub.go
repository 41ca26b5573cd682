package identity

import (
	"fmt"
	"net/http"
	"strings"
)

// Scrubber removes what a client sends under the names of identity headers.
// It does not change after NewScrubber and may be shared.
type Scrubber struct {
	names    map[string]bool // folded
	families []string        // folded, up to and with the separator
	kept     map[string]bool // folded
}

// NewScrubber knows the names of all presets and the given ones. A name that
// ends in * is a family: "X-Company-*".
func NewScrubber(names ...string) *Scrubber {
	s := &Scrubber{names: map[string]bool{}}
	s.add(presetNames)
	s.add(names)
	return s
}

// NewScrubberExcept is NewScrubber for a site whose clients send a header of a
// preset's name for reasons of their own. What is in keep passes, in every
// spelling; the application must not take it for an identity. It is an error to
// keep one of names, or one that would not be removed anyway.
func NewScrubberExcept(keep []string, names ...string) (*Scrubber, error) {
	ours := &Scrubber{names: map[string]bool{}}
	ours.add(names)
	s := NewScrubber(names...)
	kept := map[string]bool{}
	for _, name := range keep {
		switch {
		case strings.Contains(name, "*"):
			return nil, fmt.Errorf("%q cannot be kept: name each header", name)
		case ours.Owns(name):
			return nil, fmt.Errorf("%q cannot be kept: this configuration sets it, and a client could set it for a user who does not get it", name)
		case !s.Owns(name):
			return nil, fmt.Errorf("%q is not removed from what clients send, so there is nothing to keep", name)
		}
		kept[fold(name)] = true
	}
	s.kept = kept
	return s, nil
}

func (s *Scrubber) add(names []string) {
	for _, name := range names {
		if family, ok := strings.CutSuffix(name, "*"); ok {
			s.families = append(s.families, fold(family)+"-")
		} else {
			s.names[fold(name)] = true
		}
	}
}

// Owns reports whether a header is an identity header in any spelling.
func (s *Scrubber) Owns(name string) bool {
	var buf [64]byte
	folded := appendFold(buf[:0], name)
	return !s.kept[string(folded)] && (s.names[string(folded)] || s.inFamily(folded))
}

func (s *Scrubber) inFamily(folded []byte) bool {
	for _, family := range s.families {
		if len(folded) > len(family) && string(folded[:len(family)]) == family {
			return true
		}
	}
	return false
}

// Scrub removes the identity headers from a request, before ours are set: a
// header that this user does not get must not be the client's either (Caddy
// CVE-2026-30851). It also takes their names out of Connection and Trailer, and
// HTTP out of Upgrade.
func (s *Scrubber) Scrub(h http.Header) {
	for name := range h {
		switch {
		case s.Owns(name):
			delete(h, name)
		case strings.EqualFold(name, "Connection"):
			// What Connection names, a proxy removes (RFC 9110 7.6.1), and it does
			// so after we set ours: the client could make the user nobody (Traefik
			// CVE-2024-45410, CVE-2026-29054).
			without(h, name, func(token string) bool { return s.Owns(token) || endToEnd[fold(token)] })
		case strings.EqualFold(name, "Trailer"):
			without(h, name, s.Owns)
		case strings.EqualFold(name, "Upgrade"):
			// A proxy makes a tunnel of such a connection, and every further request in
			// it has whatever headers and path the client likes (h2c smuggling).
			without(h, name, carriesHTTP)
		}
	}
}

// carriesHTTP tells whether a protocol that Upgrade names (RFC 9110 7.8) is another
// version of HTTP, or TLS with HTTP in it (RFC 2817).
func carriesHTTP(protocol string) bool {
	name, _, _ := strings.Cut(fold(protocol), "-") // h2c of h2c-14, http of HTTP/2.0
	switch name {
	case "h2", "h2c", "h3", "http", "https", "ssl", "tls":
		return true
	}
	return false
}

// ScrubTrailer removes the identity headers from trailers. A server fills in a
// request's trailers when the body has been read, the ones that were never
// announced too, so it is due then once more.
func (s *Scrubber) ScrubTrailer(t http.Header) {
	for name := range t {
		if s.Owns(name) {
			delete(t, name)
		}
	}
}

// endToEnd are further headers, folded, that the upstream may rely on and no
// client has a reason to call hop-by-hop.
var endToEnd = map[string]bool{
	"authorization": true, "cookie": true, "forwarded": true, "host": true, "x-real-ip": true,
	"x-forwarded-for": true, "x-forwarded-host": true, "x-forwarded-proto": true, "x-forwarded-port": true,
}

// without takes the elements that drop wants out of a comma-separated header,
// and leaves the lines that have none as they came.
func without(h http.Header, name string, drop func(string) bool) {
	var lines []string
	for _, line := range h[name] {
		var rest []string
		dropped := false
		for element := range strings.SplitSeq(line, ",") {
			if drop(element) {
				dropped = true
			} else {
				rest = append(rest, strings.TrimSpace(element))
			}
		}
		if dropped {
			line = strings.Join(rest, ", ")
		}
		if line != "" || !dropped {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		delete(h, name)
		return
	}
	h[name] = lines
}
