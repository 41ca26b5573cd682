package caddyauth

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

// Condition is what a rule asks of the user. Where several fields are given, all
// must hold. What cannot be told, because the user lacks the claim or it is of
// another kind, is neither true nor false: it never lets anybody in, and a deny
// rule takes it for true.
type Condition struct {
	// Everybody who is signed in.
	SignedIn bool `json:"signed_in,omitempty"`
	// The claim `groups` has one of these. Upper and lower case differ.
	Group []string `json:"group,omitempty"`
	// The claim of that name has one of these values: text, a number, `true` or
	// `false`; of a list, one item. Dots lead into objects: `address.country`.
	Claim map[string][]string `json:"claim,omitempty"`
	// The claim of that name, or an item of it, is matched as a whole by this
	// regular expression (RE2).
	ClaimMatches map[string]string `json:"claim_matches,omitempty"`
	// The claim `email` is one address of exactly one of these domains, and Okta
	// says that it is verified. A subdomain is another domain.
	EmailDomain []string `json:"email_domain,omitempty"`
	// The claim `amr` has one of these: how the user proved who they are, such as
	// `mfa`, `pwd`, `otp`, `swk` (RFC 8176).
	AMR []string `json:"amr,omitempty"`
	// The claim `acr` is one of these: the assurance that Okta states, such as
	// `urn:okta:loa:2fa:any`.
	ACR []string `json:"acr,omitempty"`
	// The user proved who they are at most this long ago.
	SignedInWithin caddy.Duration `json:"signed_in_within,omitempty"`
	// One of these holds.
	Any []Condition `json:"any,omitempty"`
	// All of these hold.
	All []Condition `json:"all,omitempty"`
	// This does not hold.
	Not *Condition `json:"not,omitempty"`
}

// compile checks a condition and makes it ready to judge.
func (c Condition) compile() (policy.Condition, error) {
	if err := c.checkPlaceholders(); err != nil {
		return nil, err
	}
	var all []policy.Condition
	var failed error
	add := func(one policy.Condition, err error) {
		if err != nil && failed == nil {
			failed = err
		}
		all = append(all, one)
	}
	if c.SignedIn {
		add(policy.SignedIn(), nil)
	}
	if c.Group != nil {
		add(policy.Group(c.Group...))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Claim)) {
		add(policy.Claim(name, c.Claim[name]...))
	}
	for _, name := range slices.Sorted(maps.Keys(c.ClaimMatches)) {
		add(policy.ClaimMatches(name, c.ClaimMatches[name]))
	}
	if c.EmailDomain != nil {
		add(policy.EmailDomain(c.EmailDomain...))
	}
	if c.AMR != nil {
		add(policy.AMR(c.AMR...))
	}
	if c.ACR != nil {
		add(policy.ACR(c.ACR...))
	}
	if c.SignedInWithin != 0 {
		add(policy.SignedInWithin(time.Duration(c.SignedInWithin)))
	}
	if c.Any != nil {
		add(compileAll(c.Any, policy.Any))
	}
	if c.All != nil {
		add(compileAll(c.All, policy.All))
	}
	if c.Not != nil {
		inner, err := c.Not.compile()
		if err != nil {
			return nil, err
		}
		add(policy.Not(inner))
	}
	switch {
	case failed != nil:
		return nil, failed
	case len(all) == 0:
		return nil, errors.New("a rule without a condition: say whom it is about, such as: group Finance, or: signed_in")
	case len(all) == 1:
		return all[0], nil
	}
	return policy.All(all...)
}

// checkPlaceholders refuses what looks as if Caddy would replace it: nobody is in a
// group "{env.BLOCKED}", and a deny rule about it would let everybody pass.
func (c Condition) checkPlaceholders() error {
	values := slices.Concat(c.Group, c.EmailDomain, c.AMR, c.ACR, slices.Collect(maps.Keys(c.Claim)), slices.Collect(maps.Keys(c.ClaimMatches)), slices.Collect(maps.Values(c.ClaimMatches)))
	for _, more := range c.Claim {
		values = append(values, more...)
	}
	for _, value := range values {
		if err := checkLiteral(value); err != nil {
			return err
		}
	}
	return nil
}

// checkLiteral refuses a placeholder where nothing replaces it.
func checkLiteral(value string) error {
	if globalPlaceholder.MatchString(value) {
		return fmt.Errorf("%q is not replaced here: write {$NAME} for an environment variable, or the value itself", value)
	}
	return nil
}

func compileAll(conditions []Condition, join func(...policy.Condition) (policy.Condition, error)) (policy.Condition, error) {
	var compiled []policy.Condition
	for _, c := range conditions {
		one, err := c.compile()
		if err != nil {
			return nil, err
		}
		compiled = append(compiled, one)
	}
	return join(compiled...)
}

// conditionWords are those that begin a condition in a Caddyfile.
const conditionWords = "signed_in, group, claim, claim_matches, email_domain, amr, acr, signed_in_within, any, all, not"

// conditionForms are the values of those conditions that are one line, and how many
// of them there must and may be.
var conditionForms = map[string]struct {
	values      string
	least, most int
}{
	"signed_in":        {"", 0, 0},
	"group":            {"<name...>", 1, math.MaxInt},
	"claim":            {"<name> <value...>", 2, math.MaxInt},
	"claim_matches":    {"<name> <regexp>", 2, 2},
	"email_domain":     {"<domain...>", 1, math.MaxInt},
	"amr":              {"<method...>", 1, math.MaxInt},
	"acr":              {"<value...>", 1, math.MaxInt},
	"signed_in_within": {"<duration>", 1, 1},
}

// parseCondition reads one condition, whose first word is the current token:
//
//	signed_in
//	group            <name...>
//	claim            <name> <value...>
//	claim_matches    <name> <regexp>
//	email_domain     <domain...>
//	amr              <method...>
//	acr              <value...>
//	signed_in_within <duration>
//	any {
//	    <condition>
//	    ...
//	}
//	all {
//	    <condition>
//	    ...
//	}
//	not <condition>
//
// It is checked by itself at once, where file and line are known.
func parseCondition(d *caddyfile.Dispenser) (Condition, error) {
	c, err := readCondition(d)
	if err != nil {
		return c, err
	}
	if _, err := c.compile(); err != nil {
		return c, d.WrapErr(err)
	}
	return c, nil
}

func readCondition(d *caddyfile.Dispenser) (c Condition, err error) {
	name := d.Val()
	switch name {
	case "any":
		c.Any, err = conditionBlock(d, name)
		return c, err
	case "all":
		c.All, err = conditionBlock(d, name)
		return c, err
	case "not":
		var inner Condition
		if d.NextArg() {
			inner, err = parseCondition(d)
		} else {
			inner.All, err = conditionBlock(d, name)
		}
		c.Not = &inner
		return c, err
	}
	form, known := conditionForms[name]
	if !known {
		return c, d.Errf("unrecognized condition '%s': there are %s; a matcher before it begins with / or @; a rule's block may have a message too", name, conditionWords)
	}
	var args []string
	for d.NextArg() {
		// `group Admins amr mfa` would let in whoever is in a group "mfa".
		if word := d.Val(); len(args) > 0 && !d.Token().Quoted() && (word == "message" || slices.Contains(strings.Split(conditionWords, ", "), word)) {
			return c, d.Errf("'%s' among the values of %s: write one condition a line, in a block; if it is a value, quote it", word, name)
		}
		args = append(args, d.Val())
	}
	if len(args) < form.least || len(args) > form.most {
		return c, d.Errf("%q: write it like: %s", strings.Join(append([]string{name}, args...), " "), strings.TrimSpace(name+" "+form.values))
	}
	switch name {
	case "signed_in":
		c.SignedIn = true
	case "group":
		c.Group = args
	case "claim":
		c.Claim = map[string][]string{args[0]: args[1:]}
	case "claim_matches":
		c.ClaimMatches = map[string]string{args[0]: args[1]}
	case "email_domain":
		c.EmailDomain = args
	case "amr":
		c.AMR = args
	case "acr":
		c.ACR = args
	case "signed_in_within":
		duration, err := caddy.ParseDuration(args[0])
		if err != nil || duration <= 0 {
			return c, d.Errf("signed_in_within '%s' is not a positive duration: write it like 12h, 30m or 1d", args[0])
		}
		c.SignedInWithin = caddy.Duration(duration)
	}
	return c, nil
}

// conditionBlock reads the conditions of a block, one a line.
func conditionBlock(d *caddyfile.Dispenser, name string) (conditions []Condition, err error) {
	if d.NextArg() {
		return nil, d.Errf("%s takes a block of conditions, not '%s'", name, d.Val())
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		c, err := parseCondition(d)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, c)
	}
	if len(conditions) == 0 {
		return nil, d.Errf("%s without a condition: open a block with one condition a line", name)
	}
	return conditions, nil
}
