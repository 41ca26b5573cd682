package identity

// appendFold appends the spelling that all forms of a header name share: lower
// case letters and digits, with one '-' for whatever stands between them.
//
// CGI, PHP, WSGI and others read X-Auth-User, x_auth_user and X.Auth.User as
// one variable (RFC 3875 4.1.18, and PHP's own mangling), so a name that is
// removed in one spelling must be removed in all (oauth2-proxy CVE-2025-64484,
// Caddy CVE-2026-52845). Folding more than any of them does costs a client a
// header that nobody sends.
func appendFold(dst []byte, name string) []byte {
	separated := false
	for i := range len(name) {
		c := name[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		default:
			separated = true
			continue
		}
		if separated && len(dst) > 0 {
			dst = append(dst, '-')
		}
		separated = false
		dst = append(dst, c)
	}
	return dst
}

func fold(name string) string { return string(appendFold(nil, name)) }
