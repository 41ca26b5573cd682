package oktasim

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// PasswordRules say what a new password must be, and how long it is good.
// Passwords that users came with are not judged.
type PasswordRules struct {
	MinLength    int  `json:"min_length,omitempty"`
	MinLowerCase int  `json:"min_lower_case,omitempty"`
	MinUpperCase int  `json:"min_upper_case,omitempty"`
	MinNumber    int  `json:"min_number,omitempty"`
	MinSymbol    int  `json:"min_symbol,omitempty"`
	MaxRepeat    int  `json:"max_repeat,omitempty"` // consecutive equal characters; 0: any
	NoUsername   bool `json:"no_username,omitempty"`

	// NoAttributes names attributes that must not be in the password, such as
	// "firstName".
	NoAttributes []string `json:"no_attributes,omitempty"`

	// Common refuses passwords that everybody uses.
	Common bool `json:"common,omitempty"`

	// ActiveDirectory asks for three of the four kinds of characters and for no
	// part of the user's names, in place of the numbers above.
	ActiveDirectory bool `json:"active_directory,omitempty"`

	// History is how many of the last passwords may not be used again.
	History int `json:"history,omitempty"`

	// MinAgeMinutes is how old a password must be before it can be changed.
	MinAgeMinutes int `json:"min_age_minutes,omitempty"`

	// MaxAgeDays is when a password expires; 0: never. WarnDays before that the
	// user is told, and can put it off.
	MaxAgeDays int `json:"max_age_days,omitempty"`
	WarnDays   int `json:"warn_days,omitempty"`

	// SiteName and SiteURL are where passwords that expire are changed, when
	// that is not here.
	SiteName string `json:"site_name,omitempty"`
	SiteURL  string `json:"site_url,omitempty"`
}

// defaultPasswordRules are those of a new org.
func defaultPasswordRules() *PasswordRules {
	return &PasswordRules{MinLength: 8, MinLowerCase: 1, MinUpperCase: 1, MinNumber: 1, NoUsername: true, History: 4}
}

// commonPasswords stand for Okta's long list.
var commonPasswords = []string{"password", "password1", "password123", "qwerty123", "12345678", "letmein1", "abcd1234", "welcome1", "iloveyou1"}

const (
	msgPasswordRules  = "password.passwordRequirementsNotMet"
	msgPasswordCommon = "password.common"
	msgPasswordTooNew = "errors.E0000080"
)

// settings are the rules as an answer tells them.
func (r *PasswordRules) settings() object {
	complexity := object{
		"minLength": r.MinLength, "minLowerCase": r.MinLowerCase, "minUpperCase": r.MinUpperCase, "minNumber": r.MinNumber,
		"minSymbol": r.MinSymbol, "excludeUsername": r.NoUsername, "excludeAttributes": append([]string{}, r.NoAttributes...),
	}
	if r.MaxRepeat > 0 {
		complexity["maxConsecutiveRepeatingCharacters"] = r.MaxRepeat
	}
	if r.ActiveDirectory {
		complexity["useADComplexityRequirements"] = true
	}
	return object{"complexity": complexity, "age": object{"minAgeMinutes": r.MinAgeMinutes, "historyCount": r.History}}
}

// judge returns what is wrong with a new password; ok when nothing is.
func (r *PasswordRules) judge(u *User, password string, now time.Time) (m message, ok bool) {
	old := append([]string{u.Password}, u.OldPasswords...)
	switch {
	case r.Common && slices.Contains(commonPasswords, strings.ToLower(password)):
		return say(msgPasswordCommon, ""), false
	case u.Password != "" && r.MinAgeMinutes > 0 && now.Sub(u.passwordSet()) < time.Duration(r.MinAgeMinutes)*time.Minute:
		return say(msgPasswordTooNew), false
	case !r.complex(u, password), r.History > 0 && slices.Contains(old[:min(r.History, len(old))], password):
		return say(msgPasswordRules, r.words()), false
	}
	return message{}, true
}

func (r *PasswordRules) complex(u *User, password string) bool {
	count := func(is func(rune) bool) int {
		return len([]rune(strings.Map(func(c rune) rune {
			if is(c) {
				return c
			}
			return -1
		}, password)))
	}
	lower, upper, number := count(unicode.IsLower), count(unicode.IsUpper), count(unicode.IsNumber)
	length := len([]rune(password))
	symbol := length - lower - upper - number
	if length < r.MinLength || r.MaxRepeat > 0 && longestRun(password) > r.MaxRepeat {
		return false
	}
	if r.NoUsername && containsPart(password, u.Login) {
		return false
	}
	for _, name := range r.NoAttributes {
		if value, _ := u.attribute(name).(string); containsPart(password, value) {
			return false
		}
	}
	if r.ActiveDirectory {
		kinds := 0
		for _, n := range []int{lower, upper, number, symbol} {
			if n > 0 {
				kinds++
			}
		}
		return kinds >= 3 && !containsPart(password, u.Login) && !containsPart(password, u.Name)
	}
	return lower >= r.MinLowerCase && upper >= r.MinUpperCase && number >= r.MinNumber && symbol >= r.MinSymbol
}

func longestRun(text string) int {
	longest, run, last := 0, 0, rune(-1)
	for _, c := range text {
		if run++; c != last {
			run = 1
		}
		last, longest = c, max(longest, run)
	}
	return longest
}

// containsPart says whether a part of a name of at least four characters is in
// the password, whatever the case.
func containsPart(password, name string) bool {
	parts := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return strings.ContainsRune(".,-_#@ ", c) })
	return slices.ContainsFunc(parts, func(part string) bool {
		return len(part) >= 4 && strings.Contains(strings.ToLower(password), part)
	})
}

// words are the rules in a sentence, which Okta sends as the parameter of the
// message.
func (r *PasswordRules) words() string {
	parts := []string{fmt.Sprintf("at least %d characters", r.MinLength)}
	if r.ActiveDirectory {
		parts = append(parts, "at least 3 of the following: lowercase letter, uppercase letter, number, symbol", "no parts of your username")
	} else {
		for _, kind := range []struct {
			n    int
			word string
		}{{r.MinLowerCase, "a lowercase letter"}, {r.MinUpperCase, "an uppercase letter"}, {r.MinNumber, "a number"}, {r.MinSymbol, "a symbol"}} {
			if kind.n > 0 {
				parts = append(parts, kind.word)
			}
		}
		if r.NoUsername {
			parts = append(parts, "no parts of your username")
		}
	}
	words := "Password requirements: " + strings.Join(parts, ", ") + "."
	if r.History > 0 {
		words += fmt.Sprintf(" Your password cannot be any of your last %d passwords.", r.History)
	}
	return words
}

// expiry says when the password of a user expires; zero: never.
func (r *PasswordRules) expiry(u *User) time.Time {
	if r.MaxAgeDays == 0 {
		return time.Time{}
	}
	return u.passwordSet().AddDate(0, 0, r.MaxAgeDays)
}
