package oktasim

import (
	"cmp"
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

// Whether an authenticator has to be set up, or a scope consented to.
const (
	Required = "required"
	Optional = "optional" // can be put off
)

// What becomes of an account at the last wrong password that Lockout allows.
const (
	LockTold   = "told"   // it is locked, and the user is told
	LockSilent = "silent" // it is locked, and looks like a wrong password
)

// What follows a password reset or an unlocking.
const (
	ThenSignIn  = "sign_in" // the sign-in goes on; what was proven counts
	ThenMessage = "message" // a message, and the user begins again
)

// A Policy says what a sign-in asks for. A sign-in keeps the policy that it
// began with. Each field with its zero value is what an org does that has only
// passwords.
type Policy struct {
	// Password is FirstPage or SecondPage. Default: FirstPage.
	Password string `json:"password"`

	// Factors are asked for after the password: the user chooses one from a
	// list. Default: none.
	Factors []string `json:"factors"`

	// Authenticate, when given, says it all in place of Factors: one
	// authenticator of each of these lists must be proven, in this order. A
	// password alone in the first list is asked for where Password says.
	Authenticate [][]string `json:"authenticate,omitempty"`

	// Rules are exceptions from Authenticate: the first that fits counts.
	Rules []Rule `json:"rules,omitempty"`

	// Zones are names for lists of networks ("198.51.100.0/24"), for Rules.
	Zones map[string][]string `json:"zones,omitempty"`

	// TrustedProxies are the networks whose X-Forwarded-For is believed, from
	// confidential clients that proved themselves. Default: none, and every
	// user comes from the client's own address.
	TrustedProxies []string `json:"trusted_proxies,omitempty"`

	// DeviceFrom is where a known device is recognised by: "header"
	// (X-Device-Token at /interact, of a confidential client), "cookie" (DT) or
	// "either". Which Okta reads is disputed. Default: "either".
	DeviceFrom string `json:"device_from,omitempty"`

	// AutoSelect begins with the only choice of a list without asking. What
	// Okta does is not public for all cases. Default: false.
	AutoSelect bool `json:"auto_select,omitempty"`

	// RevealUsers turns the prevention of user enumeration off: who names an
	// unknown user is told so. Default: false.
	RevealUsers bool `json:"reveal_users,omitempty"`

	// Enroll says which authenticators a user who lacks them is asked to set up
	// after proving something: Required or Optional, by name.
	Enroll map[string]string `json:"enroll,omitempty"`

	// SafeMode keeps users from setting anything up, as an org in maintenance
	// does. Default: false.
	SafeMode bool `json:"safe_mode,omitempty"`

	// SafeModePolls is how often who has signed in is made to wait and ask again,
	// as an org in safe mode does. Default: 0.
	SafeModePolls int `json:"safe_mode_polls,omitempty"`

	// Captcha is asked for where users name themselves. Default: nil, nowhere.
	Captcha *Captcha `json:"captcha,omitempty"`

	// Grace lets users put off what is Required, by name.
	Grace map[string]Grace `json:"grace,omitempty"`

	// PasswordRules are about new passwords and expiry. Default: 8 characters
	// with a lower-case letter, an upper-case letter and a number, without the
	// username, none of the last four, and no expiry.
	PasswordRules *PasswordRules `json:"password_rules,omitempty"`

	// Recover lists the authenticators of which one proves a user who forgot
	// the password. Default: none, and no link.
	Recover []string `json:"recover,omitempty"`

	// RecoverAlso is asked for after one of Recover: {"security_question"}.
	RecoverAlso []string `json:"recover_also,omitempty"`

	// AfterRecovery and AfterUnlock are ThenSignIn or ThenMessage. Defaults:
	// ThenSignIn after a reset, ThenMessage after an unlocking.
	AfterRecovery string `json:"after_recovery,omitempty"`
	AfterUnlock   string `json:"after_unlock,omitempty"`

	// Unlock lists the authenticators of which one unlocks an account. Default:
	// none, and no link.
	Unlock []string `json:"unlock,omitempty"`

	// Registration lets people sign up. Default: nil, and no link.
	Registration *Registration `json:"registration,omitempty"`

	// Progressive lists attributes that a user who lacks them is asked for
	// after signing in. Default: none. ProgressiveDisplay asks for them in the
	// form enroll-profile, under words of the administrator's.
	Progressive        []Attribute `json:"progressive,omitempty"`
	ProgressiveDisplay *Display    `json:"progressive_display,omitempty"`

	// IdentityVerification sends users to have their documents checked, once.
	// Default: nil, nobody.
	IdentityVerification *IDV `json:"identity_verification,omitempty"`

	// DeviceEnrollment ends every sign-in with how to have the device managed.
	// Default: nil, none.
	DeviceEnrollment *DeviceEnrollment `json:"device_enrollment,omitempty"`

	// KeepSignedIn asks after signing in whether to stay signed in: such a
	// device is asked for the first authenticator only, for KeepDays. Default:
	// not asked, 90 days.
	KeepSignedIn bool `json:"keep_signed_in,omitempty"`
	KeepDays     int  `json:"keep_days,omitempty"`

	// DeviceGrace warns about a device that will be refused: messages and a way
	// past. DeviceRefused refuses it. Default: nil, neither.
	DeviceGrace   *Assurance `json:"device_grace,omitempty"`
	DeviceRefused *Assurance `json:"device_refused,omitempty"`

	// MagicLink is "on" (mails have a link beside the code), "otp" (the link only
	// shows the code), "transfer" (the sign-in goes on where the link is opened)
	// or "off".
	// MagicLinkConsent asks who follows it for consent. Default: "on", false.
	MagicLink        string `json:"magic_link,omitempty"`
	MagicLinkConsent bool   `json:"magic_link_consent,omitempty"`

	// IDPs are external identity providers that a user can go to instead of
	// naming themselves. Default: none.
	IDPs []IDP `json:"idps,omitempty"`

	// Refresh is Persistent or Rotating. Default: Persistent.
	Refresh string `json:"refresh"`

	// RefreshGraceSeconds is how long a rotated refresh token still works.
	// Default: 0.
	RefreshGraceSeconds int `json:"refresh_grace_seconds,omitempty"`

	// RefreshSeconds is how long a refresh token is good, from the sign-in on.
	// RefreshIdleSeconds ends it when it was not used for so long. Default: 0,
	// no end.
	RefreshSeconds     int `json:"refresh_seconds,omitempty"`
	RefreshIdleSeconds int `json:"refresh_idle_seconds,omitempty"`

	// TokenSeconds is how long access and ID tokens are good. Default: 3600.
	TokenSeconds int `json:"token_seconds"`

	// TransactionSeconds is how long a sign-in may take. Default: 0, which is
	// the server's TransactionLifetime.
	TransactionSeconds int `json:"transaction_seconds,omitempty"`

	// RotateHandles makes the state handle a new one with every form that is
	// accepted; the one before is worth nothing. Default: false, one handle for
	// the whole sign-in.
	RotateHandles bool `json:"rotate_handles,omitempty"`

	// Lockout is the number of wrong answers in a row after which an
	// authenticator is suspended for a user, until the policy is put again.
	// Default: 0, never.
	Lockout int `json:"lockout"`

	// Settings are about single authenticators.
	Settings Settings `json:"settings,omitzero"`

	// RedirectForms ends a hosted sign-in with the form success-redirect or
	// failure-redirect, where an answer has success or failure otherwise; both
	// were seen. Default: false.
	RedirectForms bool `json:"redirect_forms,omitempty"`

	// LockAccount makes Lockout of the password lock the account: LockTold or
	// LockSilent. Default: it only suspends the password.
	LockAccount string `json:"lock_account,omitempty"`
}

func (p Policy) withDefaults() Policy {
	p.Password = cmp.Or(p.Password, FirstPage)
	p.Refresh = cmp.Or(p.Refresh, Persistent)
	p.TokenSeconds = cmp.Or(p.TokenSeconds, 3600)
	p.Factors = append([]string{}, p.Factors...)
	return p
}

// effective fills in what the JSON form of a policy leaves out.
func (p Policy) effective() Policy {
	p = p.withDefaults()
	if p.PasswordRules == nil {
		p.PasswordRules = defaultPasswordRules()
	}
	p.DeviceFrom = cmp.Or(p.DeviceFrom, "either")
	p.AfterRecovery = cmp.Or(p.AfterRecovery, ThenSignIn)
	p.AfterUnlock = cmp.Or(p.AfterUnlock, ThenMessage)
	p.MagicLink = cmp.Or(p.MagicLink, linkOn)
	p.KeepDays = cmp.Or(p.KeepDays, 90)
	return p
}

// rounds are what a sign-in asks for: one authenticator of each.
func (p Policy) rounds() [][]string {
	if len(p.Authenticate) > 0 {
		return p.Authenticate
	}
	if len(p.Factors) == 0 {
		return [][]string{{"password"}}
	}
	return [][]string{{"password"}, p.Factors}
}

func (p Policy) check() error {
	p = p.withDefaults()
	if p.TokenSeconds < 0 {
		return fmt.Errorf("token_seconds is %d; it must be positive", p.TokenSeconds)
	}
	for _, f := range []struct {
		name string
		n    int
	}{
		{"lockout", p.Lockout}, {"refresh_grace_seconds", p.RefreshGraceSeconds}, {"refresh_seconds", p.RefreshSeconds},
		{"refresh_idle_seconds", p.RefreshIdleSeconds}, {"transaction_seconds", p.TransactionSeconds}, {"keep_days", p.KeepDays},
		{"safe_mode_polls", p.SafeModePolls},
	} {
		if f.n < 0 {
			return fmt.Errorf("%s is %d; it must not be negative", f.name, f.n)
		}
	}
	if err := p.checkWords(); err != nil {
		return err
	}
	if err := p.checkNames(); err != nil {
		return err
	}
	if err := p.Settings.check(); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	for _, r := range p.Rules {
		if err := r.check(p.Zones); err != nil {
			return err
		}
	}
	for zone, networks := range p.Zones {
		if err := checkNetworks(networks); err != nil {
			return fmt.Errorf("zone %q: %w", zone, err)
		}
	}
	if err := checkNetworks(p.TrustedProxies); err != nil {
		return fmt.Errorf("trusted_proxies: %w", err)
	}
	asked := p.Progressive
	if p.Registration != nil {
		asked = slices.Concat(asked, p.Registration.Profile)
	}
	for _, a := range asked {
		if err := a.check(); err != nil {
			return err
		}
	}
	return checkIDPs(p.IDPs)
}

// checkWords checks the fields that take one of a few words.
func (p Policy) checkWords() error {
	words := []struct {
		name, value string
		known       []string
	}{
		{"password", p.Password, []string{FirstPage, SecondPage}},
		{"refresh", p.Refresh, []string{Persistent, Rotating}},
		{"device_from", p.DeviceFrom, []string{"header", "cookie", "either"}},
		{"after_recovery", p.AfterRecovery, []string{ThenSignIn, ThenMessage}},
		{"after_unlock", p.AfterUnlock, []string{ThenSignIn, ThenMessage}},
		{"magic_link", p.MagicLink, []string{linkOn, linkOTP, linkTransfer, linkOff}},
		{"lock_account", p.LockAccount, []string{LockTold, LockSilent}},
	}
	for name, how := range p.Enroll {
		words = append(words, struct {
			name, value string
			known       []string
		}{fmt.Sprintf("enroll of %q", name), cmp.Or(how, "empty"), []string{Required, Optional}})
	}
	for _, w := range words {
		if w.value != "" && !slices.Contains(w.known, w.value) {
			return fmt.Errorf("%s is %q; it can be %s", w.name, w.value, orList(w.known))
		}
	}
	return nil
}

// checkNames checks that every authenticator that is named exists.
func (p Policy) checkNames() error {
	for _, name := range p.Factors {
		if named(name, authenticators) == nil || name == "password" {
			return fmt.Errorf("factor %q is not known; known are: %s", name, strings.Join(authenticatorNames()[1:], ", "))
		}
	}
	names := slices.Concat(slices.Concat(p.Authenticate...), p.Recover, p.RecoverAlso, p.Unlock)
	for name := range p.Enroll {
		names = append(names, name)
	}
	for name := range p.Grace {
		names = append(names, name)
	}
	if p.Registration != nil {
		for name := range p.Registration.Enroll {
			names = append(names, name)
		}
	}
	for _, r := range p.Rules {
		names = append(names, slices.Concat(r.Authenticate...)...)
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

// orList is "a" or "b" or "c".
func orList(words []string) string {
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, fmt.Sprintf("%q", w))
	}
	return strings.Join(quoted, " or ")
}
