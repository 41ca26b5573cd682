package policy

import (
	"fmt"
	"strings"
	"time"
)

// EmailDomain is met when the claim "email" is one well-formed address at one of
// the domains, and "email_verified" says that it is the user's. A subdomain is
// another domain. Upper and lower case do not differ. A domain with other than
// ASCII letters is given in its xn-- form, the only one that can match.
//
// Whatever is not exactly that is Unknown, not False: an address that is
// malformed, not verified (false as well as absent) or not ASCII says nothing
// about whom it belongs to, so it is neither at a domain nor known to be outside
// of it. The error is about a domain that is not one.
func EmailDomain(domains ...string) (Condition, error) {
	const word = "email_domain"
	if err := checkValues(word, "domain", domains); err != nil {
		return nil, err
	}
	lower := make([]string, len(domains))
	for i, domain := range domains {
		if !isDomain(domain) {
			return nil, fmt.Errorf(`%s: %q is not a domain; write one such as "example.com", without "@" or "*", and other than ASCII letters in their xn-- form`, word, domain)
		}
		lower[i] = strings.ToLower(domain)
	}
	return atDomain{domains: lower}, nil
}

type atDomain struct{ domains []string } // lower case

func (c atDomain) Claims() []string { return []string{"email", "email_verified"} }

func (c atDomain) settle(u User) verdict { return c.Judge(u, time.Time{}) }

func (c atDomain) Judge(u User, _ time.Time) Truth {
	if v := u.Claims["email_verified"]; v != true && v != "true" {
		return Unknown
	}
	address, _ := u.Claims["email"].(string) // a list of addresses is not one
	domain, ok := domainOf(address)
	if !ok {
		return Unknown
	}
	for _, d := range c.domains {
		// Both are ASCII, so no other letter folds into one of theirs.
		if strings.EqualFold(d, domain) {
			return True
		}
	}
	return False
}

func (c atDomain) Explain(u User, _ time.Time) string {
	asked := "e-mail domain is "
	if len(c.domains) > 1 {
		asked += "one of "
	}
	return asked + list(c.domains) + ": email: " + found(u, "email") + "; email_verified: " + found(u, "email_verified")
}

func (c atDomain) String() string { return "email_domain " + quoteAll(c.domains) }

// domainOf is the domain of one plain address, local@domain (RFC 5321 4.1.2,
// without quoted local parts, comments and address literals). Everything that
// mail software reads in a way of its own is none: "a@evil.com@example.com"
// passed as an address at example.com (CVE-2026-40574).
func domainOf(address string) (string, bool) {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || !isDomain(domain) || len(local) > 64 {
		return "", false
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, notAtext) {
			return "", false
		}
	}
	return domain, true
}

// notAtext is what RFC 5322 3.2.3 does not let into an atom.
func notAtext(r rune) bool {
	return !isAlnum(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// isDomain tells whether s is made of labels of letters, digits and hyphens
// (RFC 1123 2.1), without the dot at the end that makes two names of one.
func isDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool { return !isAlnum(r) && r != '-' }) {
			return false
		}
	}
	return true
}

// isAlnum knows ASCII only.
func isAlnum(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}
