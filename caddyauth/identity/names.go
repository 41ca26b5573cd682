package identity

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// forbidden are the names, folded, that no definition may have: setting them
// would change what the request is, or they do not reach the upstream.
var forbidden = map[string]string{
	"connection": hopByHop, "keep-alive": hopByHop, "proxy-connection": hopByHop,
	"proxy-authenticate": hopByHop, "proxy-authorization": hopByHop, "te": hopByHop,
	"trailer": hopByHop, "transfer-encoding": hopByHop, "upgrade": hopByHop,
	"http2-settings": hopByHop,

	"host": framing, "content-length": framing, "content-type": framing,
	"content-encoding": framing, "expect": framing,

	"cookie": "the cookies are the browser's", "set-cookie": "it is a header of answers",
	"x-forwarded-for": rebuilt, "x-forwarded-host": rebuilt, "x-forwarded-proto": rebuilt,
}

const (
	hopByHop = "it is about the connection and is not passed on"
	framing  = "it describes the request itself"
	rebuilt  = "reverse_proxy sets it; use another name"
)

// checkName refuses a name that cannot be sent, or must not be.
func (d Definition) checkName() error {
	switch why := forbidden[fold(d.Name)]; {
	case d.Cookie && (!isToken(d.Name) || d.Name[0] == '$'):
		// Readers of RFC 2965 take $Version and $Path for something else.
		return errors.New("not a cookie name: use letters, digits, - and _")
	case !isToken(d.Name):
		return errors.New("not a header name: use letters, digits and -")
	case !d.Cookie && strings.IndexByte("+-!#$%&'.^`|~", d.Name[0]) >= 0:
		// Caddy's own header_up takes + and - before a name, to add and to remove.
		return fmt.Errorf("a name begins with a letter, and the header is always set: leave the %c out", d.Name[0])
	case !d.Cookie && why != "":
		return fmt.Errorf("this name cannot be an identity header: %s", why)
	}
	return nil
}

// isToken is the grammar of a header name (RFC 9110 5.6.2) without *, which
// stands for a family elsewhere, and with a letter or digit in it: a name of
// signs alone would fold to nothing.
func isToken(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"(),/:;<=>?@[\\]{}*", c) >= 0 {
			return false
		}
	}
	return fold(name) != ""
}

// wireName is the key under which a header is put into an http.Header. It is the
// form that Go's handlers look for and send, as case means nothing in a name
// (RFC 9110 5.1); but REMOTE_USER, which Go would make Remote_user, was meant to
// arrive as it was written.
func wireName(name string) string {
	if strings.Contains(name, "_") {
		return name
	}
	return http.CanonicalHeaderKey(name)
}
