package session

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A value that does not fit into one cookie is spread over several: NAME,
// NAME_1, NAME_2 and so on. The first begins with their number and a dot
// ("3.AbC..."), so that a missing chunk is noticed and a value whose length is
// an exact multiple of the chunk size is as whole as any other. Chunks of
// different values do not fit together: that is for the seal to find out.
const (
	maxLine   = 4096 // name, value and attributes together: what every browser keeps
	maxChunks = 5    // one digit; more would not pass a server's header limit

	// Bounds of what a request can make us do. A browser sends one cookie of a
	// name, or a few when a sibling domain has tossed some over the fence.
	maxHeader     = 64 << 10
	maxDuplicates = 8
	maxCandidates = 16
	maxCleared    = 16
)

// Cookie is one cookie of ours as the browser sees it: HttpOnly, Path=/.
type Cookie struct {
	Name string
	// Secure adds the attribute and a prefix. __Host- keeps siblings and plain
	// http from setting it (RFC 6265bis 4.1.3.2); __Secure- keeps plain http from
	// it (4.1.3.1).
	Secure bool
	// Domain shares the cookie with every host below it, and makes the prefix
	// __Secure-: each of them can read it and set another one. A session is good
	// on all of them only where the store is asked for it under one host. Empty,
	// the default, is this host alone.
	Domain string
	// SameSite is Lax where it is not set. Strict takes the session from who
	// follows a link of another site; None gives it to every page that embeds
	// this one, and browsers take it with Secure only.
	SameSite http.SameSite
}

// FullName is the name on the wire.
func (c Cookie) FullName() string { return c.prefix() + c.Name }

const (
	hostPrefix   = "__Host-"
	securePrefix = "__Secure-"
)

func (c Cookie) prefix() string {
	switch {
	case !c.Secure:
		return ""
	case c.Domain != "":
		return securePrefix
	}
	return hostPrefix
}

// Owns reports whether a cookie of this name is ours: the name itself or any
// chunk's. Names are case-sensitive.
func (c Cookie) Owns(name string) bool {
	suffix, ok := c.suffix(name)
	return ok && (suffix == "" || isChunk(suffix))
}

// suffix is what name has beyond ours. Requests ask for it often: nothing is
// allocated.
func (c Cookie) suffix(name string) (suffix string, ok bool) {
	if rest, ok := strings.CutPrefix(name, c.prefix()); ok {
		return strings.CutPrefix(rest, c.Name)
	}
	return "", false
}

func isChunk(suffix string) bool {
	digits, ok := strings.CutPrefix(suffix, "_")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// Read returns the values that the request may mean, in the order in which the
// browser sent them. There is more than one when cookies of one name come
// twice (RFC 6265 5.4 lets the path decide which is first, so an attacker's may
// be): the caller takes the first that opens. A value with a chunk missing is
// not among them.
func (c Cookie) Read(r *http.Request) []string {
	var chunks [maxChunks][]string
	var usual [maxChunks][1]string // one of each: not worth an allocation
	for i := range chunks {
		chunks[i] = usual[i][:0]
	}
	for key, value := range pairs(r) {
		suffix, ok := c.suffix(key)
		if !ok {
			continue
		}
		i := 0
		if suffix != "" {
			if !isChunk(suffix) || len(suffix) != 2 || suffix[1] == '0' {
				continue
			}
			i = int(suffix[1] - '0')
		}
		if i < maxChunks && len(chunks[i]) < maxDuplicates {
			chunks[i] = append(chunks[i], value)
		}
	}
	var values []string
	for _, first := range chunks[0] {
		// The count is one digit within bounds, whatever it claims: a number
		// taken at its word made a loop of billions (CVE-2024-24814).
		if len(first) < 2 || first[0] < '1' || first[0] > '0'+maxChunks || first[1] != '.' {
			continue
		}
		values = combine(values, first[2:], chunks[1:first[0]-'0'])
	}
	return values
}

// combine appends head joined with each choice of one chunk from every list of
// tail, as long as there is room.
func combine(values []string, head string, tail [][]string) []string {
	for _, choices := range tail {
		if len(choices) == 0 {
			return values
		}
	}
	if len(tail) == 0 {
		return append(values, head)
	}
	for _, chunk := range tail[0] {
		if len(values) >= maxCandidates {
			break
		}
		values = combine(values, head+chunk, tail[1:])
	}
	return values
}

// Write sets the cookie on a response: as many lines as the value needs, and
// lines that clear chunks which r still carries beyond those. It replaces what
// was written to h before. The value consists of characters that a cookie may
// hold. A maxAge of 0 makes a cookie that ends with the browser. An empty value,
// or one that no browser would keep whole (five cookies), clears instead.
func (c Cookie) Write(h http.Header, r *http.Request, value string, maxAge time.Duration) {
	attributes := c.attributes()
	if maxAge > 0 {
		// Rounded up: Max-Age=0 would delete.
		attributes = fmt.Sprintf("; Max-Age=%d%s", (maxAge+time.Second-1)/time.Second, attributes)
	}
	name := c.FullName()
	room := max(1, maxLine-len(name)-len("_1=")-len(attributes))
	count := (len(value) + room - 1) / room
	if count == 0 || count > maxChunks {
		c.Clear(h, r)
		return
	}
	StripSetCookie(h, c) // RFC 6265 4.1.1: one line a name
	written := map[string]bool{}
	for i := range count {
		chunk, prefix := name, strconv.Itoa(count)+"."
		if i > 0 {
			chunk, prefix = name+"_"+strconv.Itoa(i), ""
		}
		part := value[:min(room, len(value))]
		value = value[len(part):]
		h.Add("Set-Cookie", chunk+"="+prefix+part+attributes)
		written[chunk] = true
	}
	for _, surplus := range c.carried(r) {
		if !written[surplus] {
			c.clear(h, surplus)
		}
	}
}

// Clear removes the cookie from the browser: the name itself, whether r
// carries it or not, and every chunk that r carries. It replaces what was
// written to h before.
func (c Cookie) Clear(h http.Header, r *http.Request) {
	StripSetCookie(h, c)
	c.clear(h, c.FullName())
	for _, name := range c.carried(r) {
		if name != c.FullName() {
			c.clear(h, name)
		}
	}
}

// clear has the same attributes as Write: a browser ignores the removal of a
// __Host- cookie that lacks Secure or Path=/ (Envoy CVE-2025-55162).
func (c Cookie) clear(h http.Header, name string) {
	h.Add("Set-Cookie", name+"=; Max-Age=0"+c.attributes())
}

func (c Cookie) attributes() string {
	text := "; Path=/"
	if c.Domain != "" {
		text += "; Domain=" + c.Domain
	}
	text += "; HttpOnly"
	if c.Secure {
		text += "; Secure"
	}
	switch c.SameSite {
	case http.SameSiteStrictMode:
		return text + "; SameSite=Strict"
	case http.SameSiteNoneMode:
		return text + "; SameSite=None"
	}
	return text + "; SameSite=Lax"
}

// carried lists the names of ours in the request, each once.
func (c Cookie) carried(r *http.Request) []string {
	var names []string
	seen := map[string]bool{}
	for name := range pairs(r) {
		if len(names) < maxCleared && len(name) < 100 && c.Owns(name) && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// Present reports whether the request brings a cookie of this name at all,
// whatever it holds.
func (c Cookie) Present(r *http.Request) bool {
	for name := range pairs(r) {
		if suffix, ok := c.suffix(name); ok && suffix == "" {
			return true
		}
	}
	return false
}
