package signin

import (
	"crypto/rand"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// PreviewOptions say how an answer is looked at outside of a sign-in.
type PreviewOptions struct {
	// Prefix of our own paths, with both slashes: "/.okta/".
	Prefix string
	// Owns tells whether an address is the org's; nil: every one is.
	Owns func(address string) bool
	// Words are what the page says besides Okta's words; nil: English.
	Words *Catalogue
	// Language is an Accept-Language header's value.
	Language string
	// Return is where "back to sign in" leads. Default: "/".
	Return string
}

// Preview is the page that an answer gives: what a user whose browser gets this
// answer would see. Its forms bear tokens of no sign-in.
func Preview(answer *okta.Answer, options PreviewOptions) *Page {
	if options.Owns == nil {
		options.Owns = func(string) bool { return true }
	}
	if options.Return == "" {
		options.Return = "/"
	}
	b := &pageBuilder{
		Words: options.Words.For(options.Language), prefix: options.Prefix,
		visit: &Visit{Return: options.Return, Reference: "preview"},
		tx:    new(Transaction), answer: answer, owns: options.Owns,
		token: func(*idx.Remediation) string { return rand.Text() },
	}
	return b.page()
}
