package idx

import (
	"net/url"
	"strings"
)

// appAddress is s if a page may link to it: an absolute http or https address,
// or one of an app of Okta's on the user's device ("com-okta-authenticator:").
// A reference without a scheme is taken from the root of base, the org's; "" when
// there is no base. Everything else is "": of the schemes that a device may have
// a program for, some run code ("javascript:", "ms-msdt:").
func appAddress(s string, base *url.URL) string {
	u, err := url.Parse(s)
	if err != nil || s == "" || isHandleName(s) {
		return ""
	}
	switch scheme := strings.ToLower(u.Scheme); {
	case scheme == "" && u.Host == "" && u.Path != "" && base != nil:
		return webAddress(base.ResolveReference(u).String())
	case strings.HasPrefix(scheme, "com-okta-"), strings.HasPrefix(scheme, "com.okta."):
		return s
	}
	return webAddress(s)
}

// origin is the root of the site that the answer's own addresses are on: that of
// the first one that is absolute. Nil when none is.
func origin(root object) *url.URL {
	for _, item := range append(list(root["remediation"]), root["cancel"]) {
		u, err := url.Parse(webAddress(asString(asObject(item)["href"])))
		if err == nil && u.Host != "" {
			return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}
		}
	}
	return nil
}
