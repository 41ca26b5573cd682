package signin

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// Rule is what a script checks while a new password is typed. It only ever
// tells: what a password has to be like, Okta alone decides.
type Rule struct {
	// Kind is "length", "lower", "upper", "number", "symbol" (at least N),
	// "repeat" (of one character, at most N in a row), "kinds" (at least N of
	// lower, upper, number and symbol), "username" (no part of it) or
	// "attribute" (not in it).
	Kind string `json:"kind"`
	N    int    `json:"n,omitempty"`
	// Value is the username or attribute where it is known, Field the last part
	// of the name of the inputs where it may be typed on the same page.
	Value string   `json:"value,omitempty"`
	Field []string `json:"field,omitempty"`
}

func (r Rule) data() string {
	data, err := json.Marshal(r)
	if err != nil {
		return "" // strings and numbers encode
	}
	return string(data)
}

// passwordRules are what a new password must be like.
func (b *pageBuilder) passwordRules(p *idx.PasswordPolicy) Part {
	rules := Part{Kind: "rules", Title: b.Say("Your password needs")}
	if p == nil {
		return rules
	}
	note := func(text string, n int, kind string) {
		if n <= 0 {
			return
		}
		item := Item{Text: b.Say(text, "n", strconv.Itoa(n))}
		if kind != "" {
			item.Rule = Rule{Kind: kind, N: n}.data()
		}
		rules.Items = append(rules.Items, item)
	}
	note("at least {n} characters", p.MinLength, "length")
	if p.UseADComplexity { // which stands in place of the counts, though Okta sends them too
		note("at least {n} of: lower case letters, upper case letters, numbers, symbols", 3, "kinds")
	} else {
		note("lower case letters: at least {n}", p.MinLowerCase, "lower")
		note("upper case letters: at least {n}", p.MinUpperCase, "upper")
		note("numbers: at least {n}", p.MinNumber, "number")
		note("symbols: at least {n}", p.MinSymbol, "symbol")
	}
	note("no character more than {n} times in a row", p.MaxConsecutiveRepeating, "repeat")
	if p.ExcludeUsername {
		rule := Rule{Kind: "username", Value: b.user(), Field: []string{"login", "email", "identifier"}}
		rules.Items = append(rules.Items, Item{Text: b.Say("no part of your username"), Rule: rule.data()})
	}
	for _, name := range p.ExcludeAttributes {
		rule := Rule{Kind: "attribute", Field: []string{name}}
		rules.Items = append(rules.Items, Item{Text: b.Say("not your {name} in it", "name", b.attributeName(name)), Rule: rule.data()})
	}
	note("not one of your last {n} passwords", p.HistoryCount, "")
	if p.MinAgeMinutes > 0 {
		if n := p.MinAgeMinutes; n%60 == 0 {
			note("the next change is possible after {n} hours", n/60, "")
		} else {
			note("the next change is possible after {n} minutes", n, "")
		}
	}
	if p.DaysToExpiry != nil && *p.DaysToExpiry > 0 {
		rules.Text = b.Say("The present one expires in {n} days.", "n", strconv.Itoa(*p.DaysToExpiry))
	}
	return rules
}

func (b *pageBuilder) attributeName(name string) string {
	switch name {
	case "firstName":
		return b.Say("first name")
	case "lastName":
		return b.Say("last name")
	}
	return name
}

// unfit are the rules that a posted new password breaks beyond doubt: each is
// told at once, and none of it costs the user one of Okta's attempts. Okta
// remains the judge, and must not be kept from accepting anything: so it is
// counts only, of a password in ASCII, where there is one way to count them;
// and only where the user is known, because another's policy may be another.
func unfit(answer *okta.Answer, rem *idx.Remediation, posted map[string][]string) []note {
	about := aboutWhom(answer, rem)
	policy := about.PasswordPolicy()
	if policy == nil || rem.Name == "enroll-profile" || rem.Name == "profile-update" {
		return nil
	}
	var notes []note
	for _, form := range rem.Forms() {
		for _, in := range form.Inputs {
			if values := posted[in.Name]; len(values) == 1 && values[0] != "" && isNewPassword(answer, rem, in) {
				notes = append(notes, shortcomings(policy, in.Name, values[0])...)
			}
		}
		if len(notes) > 0 {
			break
		}
	}
	return notes
}

// shortcomings are those of a password in the field of that name.
func shortcomings(p *idx.PasswordPolicy, name, password string) []note {
	var lower, upper, number, symbol int
	for _, c := range []byte(password) {
		switch {
		case c >= 0x80:
			return nil
		case c >= 'a' && c <= 'z':
			lower++
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= '0' && c <= '9':
			number++
		default:
			symbol++ // Okta may count fewer
		}
	}
	var notes []note
	few := func(n, least int, text string) {
		if n < least {
			notes = append(notes, note{Own: true, Class: "ERROR", Path: name, Text: text, With: []string{"n", strconv.Itoa(least)}})
		}
	}
	few(len(password), p.MinLength, "at least {n} characters")
	if p.UseADComplexity {
		return notes
	}
	few(lower, p.MinLowerCase, "lower case letters: at least {n}")
	few(upper, p.MinUpperCase, "upper case letters: at least {n}")
	few(number, p.MinNumber, "numbers: at least {n}")
	few(symbol, p.MinSymbol, "symbols: at least {n}")
	return notes
}

// isNewPassword tells whether in chooses a password: the user has to know what it
// became.
func isNewPassword(answer *okta.Answer, rem *idx.Remediation, in idx.Input) bool {
	if !in.Secret || in.Path[len(in.Path)-1] != "passcode" {
		return false
	}
	switch rem.Name {
	case "enroll-profile", "profile-update":
		return true
	case "enroll-authenticator", "reset-authenticator", "reenroll-authenticator", "reenroll-authenticator-warning":
		a := aboutWhom(answer, rem)
		return a == nil || a.Key == "okta_password" || a.Type == "password"
	}
	return false
}

// choosesPassword tells whether the page's own form asks for a new password.
func (b *pageBuilder) choosesPassword() bool {
	if len(b.answer.Remediations) == 0 {
		return false
	}
	rem := b.answer.Remediations[0]
	return slices.ContainsFunc(rem.Forms(), func(f idx.Form) bool {
		return slices.ContainsFunc(f.Inputs, func(in idx.Input) bool { return isNewPassword(b.answer, rem, in) })
	})
}
