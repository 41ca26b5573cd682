package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Jar keeps cookies by the rules that browsers do (RFC 6265bis), and remembers
// what it had to refuse. Cookies do not know ports.
type Jar struct {
	cookies []jarCookie
	// Refused says why a cookie was not kept.
	Refused []string
}

type jarCookie struct {
	host   string
	domain bool // for subdomains too
	*http.Cookie
}

// Take keeps the cookies of a response from that address.
func (j *Jar) Take(from *url.URL, header http.Header) {
	for _, line := range header.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err == nil {
			err = acceptable(from, c, line)
		}
		if err != nil {
			j.Refused = append(j.Refused, fmt.Sprintf("%.60q: %v", line, err))
			continue
		}
		j.Put(from, c)
	}
}

// Put keeps a cookie without asking whether it may be there: an attacker's
// hand in the jar.
func (j *Jar) Put(from *url.URL, c *http.Cookie) {
	kept := jarCookie{host: from.Hostname(), Cookie: c}
	if c.Domain != "" {
		kept.host, kept.domain = strings.TrimPrefix(c.Domain, "."), true
	}
	if c.Path == "" {
		c.Path = "/"
	}
	j.cookies = slices.DeleteFunc(j.cookies, func(old jarCookie) bool {
		return old.Name == c.Name && old.host == kept.host && old.domain == kept.domain && old.Path == c.Path
	})
	expired := c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Now())
	if !expired {
		j.cookies = append(j.cookies, kept)
	}
}

// acceptable holds the rules of section 5.7.
func acceptable(from *url.URL, c *http.Cookie, line string) error {
	secure := from.Scheme == "https"
	host := from.Hostname()
	domain := strings.TrimPrefix(c.Domain, ".")
	switch name := strings.ToLower(c.Name); {
	case len(line) > 4096:
		return fmt.Errorf("%d bytes are more than 4096", len(line))
	case c.Secure && !secure:
		return fmt.Errorf("secure, but not over https")
	case strings.HasPrefix(name, "__secure-") && !c.Secure:
		return fmt.Errorf("__Secure- without Secure")
	case strings.HasPrefix(name, "__host-") && (!c.Secure || c.Path != "/" || c.Domain != ""):
		return fmt.Errorf("__Host- without Secure, without Path=/ or with Domain")
	case domain != "" && domain != host && !strings.HasSuffix(host, "."+domain):
		return fmt.Errorf("domain %q is not of %q", domain, host)
	}
	return nil
}

// For returns the Cookie header for a request: longer paths first.
func (j *Jar) For(to *url.URL) string {
	var sent []*http.Cookie
	for _, c := range j.cookies {
		host := to.Hostname()
		if c.host != host && !(c.domain && strings.HasSuffix(host, "."+c.host)) || c.Secure && to.Scheme != "https" {
			continue
		}
		path := max(to.Path, "/")
		if path == c.Path || strings.HasPrefix(path, strings.TrimSuffix(c.Path, "/")+"/") {
			sent = append(sent, c.Cookie)
		}
	}
	slices.SortStableFunc(sent, func(a, b *http.Cookie) int { return len(b.Path) - len(a.Path) })
	var pairs []string
	for _, c := range sent {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}

// Names lists the cookies that are kept.
func (j *Jar) Names() []string {
	var names []string
	for _, c := range j.cookies {
		names = append(names, c.Name)
	}
	return names
}

// Get returns the first cookie whose name ends in suffix, or nil: the prefix
// __Host- is there or not.
func (j *Jar) Get(suffix string) *http.Cookie {
	for _, c := range j.cookies {
		if strings.HasSuffix(c.Name, suffix) {
			return c.Cookie
		}
	}
	return nil
}

// Copy is a jar with the same cookies.
func (j *Jar) Copy() *Jar {
	out := &Jar{}
	for _, c := range j.cookies {
		copied := *c.Cookie
		out.cookies = append(out.cookies, jarCookie{c.host, c.domain, &copied})
	}
	return out
}

// Drop forgets the cookies whose name ends in suffix.
func (j *Jar) Drop(suffix string) {
	j.cookies = slices.DeleteFunc(j.cookies, func(c jarCookie) bool { return strings.HasSuffix(c.Name, suffix) })
}
