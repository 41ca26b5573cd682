package oktasim

import (
	"fmt"
	"slices"
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

// Whether an authenticator has to be set up.
const (
	Required = "required"
	Optional = "optional" // can be put off
)

// A Policy says what a sign-in asks for. A sign-in keeps the policy that it
// began with.
type Policy struct {
	// Password is FirstPage or SecondPage. Default: FirstPage.
	Password string `json:"password"`

	// Factors are asked for after the password: the user chooses one from a
	// list. Default: none.
	Factors []string `json:"factors"`

	// Authenticate, when given, says it all in place of Password and Factors:
	// one authenticator of each of these lists must be proven, in this order.
	// A password alone in the first list is asked for where Password says.
	Authenticate [][]string `json:"authenticate,omitempty"`

	// AutoSelect begins with the only choice of a list without asking. What
	// Okta does is not public for all cases. Default: false.
	AutoSelect bool `json:"auto_select,omitempty"`

	// Enroll says which authenticators a user who lacks them is asked to set up
	// after proving something: Required or Optional, by name.
	Enroll map[string]string `json:"enroll,omitempty"`

	// Settings say how single authenticators behave.
	Settings Settings `json:"settings,omitzero"`

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

// rounds are what a sign-in asks for: one authenticator of each.
func (p Policy) rounds() [][]string {
	if p.Authenticate != nil {
		return p.Authenticate
	}
	if len(p.Factors) == 0 {
		return [][]string{{"password"}}
	}
	return [][]string{{"password"}, p.Factors}
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
		if named(name, authenticators) == nil || name == "password" {
			return fmt.Errorf("factor %q is not known; known are: %s", name, strings.Join(authenticatorNames()[1:], ", "))
		}
	}
	names := slices.Concat(p.Authenticate...)
	for name, how := range p.Enroll {
		if names = append(names, name); how != Required && how != Optional {
			return fmt.Errorf("enroll of %q is %q; it can be %q or %q", name, how, Required, Optional)
		}
	}
	for _, name := range names {
		if named(name, authenticators) == nil {
			return fmt.Errorf("authenticator %q is not known; known are: %s", name, strings.Join(authenticatorNames(), ", "))
		}
	}
	return nil
}

// authenticatorNames are all names that a policy can use, the password first.
func authenticatorNames() []string {
	var out []string
	for _, a := range authenticators {
		out = append(out, a.name)
	}
	return out
}
