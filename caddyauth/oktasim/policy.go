package oktasim

import (
	"fmt"
	"strings"
)

// Where the password is asked for.
const (
	FirstPage  = "first_page"  // beside the username
	SecondPage = "second_page" // on a page of its own
)

// How refresh tokens behave.
const (
	Persistent = "persistent" // the same one until it is revoked
	Rotating   = "rotating"   // a new one at each use; using an old one ends them all
)

// A Policy says what a sign-in asks for. A sign-in keeps the policy that it
// began with.
type Policy struct {
	// Password is FirstPage or SecondPage. Default: FirstPage.
	Password string `json:"password"`

	// Factors are asked for after the password: the user chooses one from a
	// list. Known: "email". Default: none.
	Factors []string `json:"factors"`

	// Refresh is Persistent or Rotating. Default: Persistent.
	Refresh string `json:"refresh"`

	// TokenSeconds is how long access and ID tokens are good. Default: 3600.
	TokenSeconds int `json:"token_seconds"`

	// Lockout is the number of wrong answers in a row after which an
	// authenticator is suspended for a user, until the policy is put again.
	// Default: 0, never.
	Lockout int `json:"lockout"`
}

func (p Policy) withDefaults() Policy {
	if p.Password == "" {
		p.Password = FirstPage
	}
	if p.Refresh == "" {
		p.Refresh = Persistent
	}
	if p.TokenSeconds == 0 {
		p.TokenSeconds = 3600
	}
	p.Factors = append([]string{}, p.Factors...)
	return p
}

func (p Policy) check() error {
	p = p.withDefaults()
	if p.Password != FirstPage && p.Password != SecondPage {
		return fmt.Errorf("password is %q; it can be %q or %q", p.Password, FirstPage, SecondPage)
	}
	if p.Refresh != Persistent && p.Refresh != Rotating {
		return fmt.Errorf("refresh is %q; it can be %q or %q", p.Refresh, Persistent, Rotating)
	}
	if p.TokenSeconds < 0 {
		return fmt.Errorf("token_seconds is %d; it must be positive", p.TokenSeconds)
	}
	if p.Lockout < 0 {
		return fmt.Errorf("lockout is %d; it must not be negative", p.Lockout)
	}
	for _, name := range p.Factors {
		if a := authenticatorNamed(name); a == nil || a == passwordAuthenticator {
			return fmt.Errorf("factor %q is not known; known are: %s", name, strings.Join(factorNames(), ", "))
		}
	}
	return nil
}

func factorNames() []string {
	var out []string
	for _, a := range authenticators {
		if a != passwordAuthenticator {
			out = append(out, a.name)
		}
	}
	return out
}
