package session

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Check says what is wrong with a cookie that an operator has put together: what
// browsers would refuse, and what they would accept and should not.
func (c Cookie) Check() error {
	switch {
	case c.Name == "" || strings.Trim(c.Name, nameChars) != "":
		return fmt.Errorf("cookie name %q: letters, digits and the like only", c.Name)
	case len(c.Name) > maxName:
		return fmt.Errorf("cookie name %q is longer than %d characters", c.Name, maxName)
	case strings.HasPrefix(c.Name, "__"):
		// __Host-, __Secure- and what is still to come, in any case.
		return fmt.Errorf("cookie name %q: what begins with \"__\" is for prefixes, and the right one is added", c.Name)
	case isChunk(c.Name[max(0, strings.LastIndexByte(c.Name, '_')):]):
		return fmt.Errorf("cookie name %q: what ends in \"_\" and a number is a part of another cookie", c.Name)
	case c.SameSite == http.SameSiteNoneMode && !c.Secure:
		return fmt.Errorf("cookie %q: SameSite=None needs https", c.Name)
	case c.Domain != "" && !c.Secure:
		return fmt.Errorf("cookie %q: a domain needs https, or anybody on the way could set it for all of %q", c.Name, c.Domain)
	case c.Domain != "" && !isDomain(c.Domain):
		return fmt.Errorf("cookie domain %q: a domain in lower case is needed, such as \"example.com\"", c.Domain)
	}
	return nil
}

const (
	// nameChars is what a cookie's name may hold (RFC 6265 4.1.1: a token of RFC
	// 9110 5.6.2).
	nameChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
	maxName   = 80 // with its prefix and a chunk's number below what carried lists
)

// Covers reports whether a browser takes the cookie from host and sends it back:
// without a port, in lower case.
func (c Cookie) Covers(host string) bool {
	return c.Domain == "" || host == c.Domain || strings.HasSuffix(host, "."+c.Domain)
}

// isDomain refuses a leading dot, which browsers ignore, addresses, and names of
// one label: no browser shares a cookie of a whole top-level domain. Those of
// the public suffix list it refuses by itself.
func isDomain(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil || len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
			label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}
