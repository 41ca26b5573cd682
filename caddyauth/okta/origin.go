package okta

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// IsLoopback tells whether host (no port) can only be this machine: localhost,
// a name below it (RFC 6761, section 6.3), or a loopback address.
func IsLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.Unmap().IsLoopback()
}

// Origin of u as scheme://host[:port], lower case, default ports left out
// (RFC 6454, section 4).
func Origin(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" && !(u.Scheme == "https" && p == "443") && !(u.Scheme == "http" && p == "80") {
		host += ":" + p
	}
	return strings.ToLower(u.Scheme) + "://" + host
}

// ownAddress refuses an address that is not on the origin of who gave it. Addresses in
// answers and in the discovery document are data: without this check, an answer
// could send a password, a code or a secret anywhere.
func (a *authority) ownAddress(what, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || !u.IsAbs() || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("%s address of the org's answer is not an absolute URL without a user", clean(what, 64))
	}
	if got := Origin(u); got != a.origin {
		return nil, fmt.Errorf("%s address is on %q, not on the org's origin %q: refused", clean(what, 64), clean(got, 100), a.origin)
	}
	return u, nil
}

// Owns tells whether an address of an answer is on the org's origin, so that
// something may be posted to it.
func (o *Org) Owns(address string) bool {
	_, err := o.ownAddress("some", address)
	return err == nil
}
