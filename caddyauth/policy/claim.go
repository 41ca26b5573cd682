package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Group is met when the user is in one of the groups: when the claim "groups",
// a list or a single text, has one of the names. Upper and lower case differ.
// Like every condition on a claim, it is Unknown when the claim is absent, null,
// empty, or of a kind that cannot be compared. The error is about a name that is
// empty, or about none being given.
func Group(names ...string) (Condition, error) {
	return member("group", "name", "groups", names)
}

// AMR is met when the user signed in with one of the methods, as the claim
// "amr" lists them: "mfa", "hwk", "swk", "pwd" (RFC 8176, and Okta's own).
func AMR(values ...string) (Condition, error) {
	return member("amr", "method", "amr", values)
}

// ACR is met when the claim "acr", the level of assurance that the sign-in
// reached, is one of the values.
func ACR(values ...string) (Condition, error) {
	return member("acr", "value", "acr", values)
}

// Claim is met when a claim, or an item of one that is a list, is one of the
// values. A number is compared by its decimals ("3", "2.5"; never "3.0" or
// "1e3"), a boolean by "true" and "false". The name of a nested claim is its
// path, "address.country". The error is about a name or a value that is empty.
func Claim(name string, values ...string) (Condition, error) {
	if err := checkClaim("claim", name); err != nil {
		return nil, err
	}
	return member("claim "+quote(name), "value", name, values)
}

// ClaimMatches is met when the whole of a claim, or of an item of one that is a
// list, matches the regular expression (RE2); texts are compared as Claim does.
// The error is about the name or the expression.
func ClaimMatches(name, regex string) (Condition, error) {
	const word = "claim_matches"
	if err := checkClaim(word, name); err != nil {
		return nil, err
	}
	if err := checkValues(word, "regular expression", []string{regex}); err != nil {
		return nil, err
	}
	// On its own first: "a)|(b" compiles between our parentheses, and would be
	// anchored at one end only.
	if _, err := regexp.Compile(regex); err != nil {
		return nil, fmt.Errorf("%s %s: %w", word, name, err)
	}
	whole, err := regexp.Compile(`\A(?:` + regex + `)\z`)
	if err != nil { // a \Q without its \E
		return nil, fmt.Errorf("%s %s: %q cannot be matched as a whole: %w", word, name, regex, err)
	}
	return onClaim{
		written: word + " " + quote(name) + " " + quote(regex),
		asked:   name + " matches " + regex,
		claim:   name,
		test:    pattern{whole},
	}, nil
}

// onClaim is a condition on one claim's value.
type onClaim struct {
	written string // String
	asked   string // the question, in Explain
	claim   string
	test    test
}

// member is met when a claim has one of the values; word is how the Caddyfile
// says it, kind what it calls a value.
func member(word, kind, claim string, values []string) (Condition, error) {
	if err := checkValues(word, kind, values); err != nil {
		return nil, err
	}
	asked := strings.TrimPrefix(word, "claim ") + " is "
	if len(values) > 1 {
		asked += "one of "
	}
	return onClaim{
		written: word + " " + quoteAll(values),
		asked:   asked + list(values),
		claim:   claim,
		test:    oneOf(values),
	}, nil
}

func (c onClaim) Claims() []string { return []string{c.claim} }

func (c onClaim) Judge(u User, _ time.Time) Truth { return judge(c.test, u.Claims[c.claim]) }

func (c onClaim) settle(u User) verdict { return judge(c.test, u.Claims[c.claim]) }

func (c onClaim) Explain(u User, _ time.Time) string { return c.asked + ": " + found(u, c.claim) }

func (c onClaim) String() string { return c.written }

// set holds of its members. A user may have as many groups as a rule has names,
// so members are looked up, not searched.
type set map[string]struct{}

func oneOf(values []string) set {
	s := make(set, len(values))
	for value := range slices.Values(values) {
		s[value] = struct{}{}
	}
	return s
}

func (s set) holds(text string) bool {
	_, ok := s[text]
	return ok
}

type pattern struct{ whole *regexp.Regexp }

func (p pattern) holds(text string) bool { return p.whole.MatchString(text) }
