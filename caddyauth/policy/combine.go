package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Any is met when one of the conditions is; Unknown when none is and one is
// Unknown. The error is about none being given, or a nil one.
func Any(c ...Condition) (Condition, error) { return combine("any", True, c) }

// All is met when all of the conditions are; False when one is False, Unknown
// when none is and one is Unknown. The error is about none being given, or a nil
// one.
func All(c ...Condition) (Condition, error) { return combine("all", False, c) }

// Not is met when the condition is False. What is Unknown stays so: nobody
// passes by the absence of a claim. The error is about a nil condition.
func Not(c Condition) (Condition, error) {
	if c == nil {
		return nil, fmt.Errorf("not: it has no condition")
	}
	return negated{c}, nil
}

func combine(word string, decides Truth, conditions []Condition) (Condition, error) {
	if len(conditions) == 0 {
		return nil, fmt.Errorf("%s: it has no conditions", word)
	}
	if slices.Contains(conditions, nil) {
		return nil, fmt.Errorf("%s: one of its conditions is nil", word)
	}
	return combined{word: word, decides: decides, parts: slices.Clone(conditions)}, nil
}

// combined is Any or All. One of the two outcomes decides alone: True for Any,
// False for All; without it an Unknown does, and without that the other.
type combined struct {
	word    string
	decides Truth
	parts   []Condition
}

// open is what time has still to decide of a combination.
type open struct {
	decides Truth
	settled Truth // what the other parts come to
	parts   []verdict
}

func (c combined) settle(u User) verdict {
	rest := open{decides: c.decides, settled: c.decides.not()}
	for _, part := range c.parts {
		switch v := part.settle(u); v {
		case verdict(c.decides):
			return v
		case verdict(Unknown):
			rest.settled = Unknown
		case verdict(c.decides.not()):
		default:
			rest.parts = append(rest.parts, v)
		}
	}
	if len(rest.parts) == 0 {
		return rest.settled
	}
	return rest
}

func (o open) at(now time.Time) Truth {
	result := o.settled
	for _, part := range o.parts {
		switch part.at(now) {
		case o.decides:
			return o.decides
		case Unknown:
			result = Unknown
		}
	}
	return result
}

func (c combined) Judge(u User, now time.Time) Truth { return c.settle(u).at(now) }

func (c combined) Claims() []string { return claimsOf(c.parts) }

func (c combined) Explain(u User, now time.Time) string {
	parts := make([]string, len(c.parts))
	for i, part := range c.parts {
		parts[i] = fmt.Sprintf("%s (%s)", part.Explain(u, now), part.Judge(u, now))
	}
	return c.word + " of [" + strings.Join(parts, "; ") + "]"
}

func (c combined) String() string {
	var b strings.Builder
	b.WriteString(c.word + " {\n")
	for _, part := range c.parts {
		b.WriteString("\t" + strings.ReplaceAll(part.String(), "\n", "\n\t") + "\n")
	}
	b.WriteString("}")
	return b.String()
}

// claimsOf are the claims that any of the conditions asks for, sorted, each
// once.
func claimsOf(conditions []Condition) []string {
	var names []string
	for _, c := range conditions {
		names = append(names, c.Claims()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

type negated struct{ condition Condition }

// inverse is a negation that time has still to decide.
type inverse struct{ verdict verdict }

func (i inverse) at(now time.Time) Truth { return i.verdict.at(now).not() }

func (c negated) settle(u User) verdict {
	switch v := c.condition.settle(u).(type) {
	case Truth:
		return v.not()
	default:
		return inverse{v}
	}
}

func (c negated) Judge(u User, now time.Time) Truth { return c.condition.Judge(u, now).not() }

func (c negated) Claims() []string { return c.condition.Claims() }

func (c negated) Explain(u User, now time.Time) string {
	return "not [" + c.condition.Explain(u, now) + "]"
}

func (c negated) String() string { return "not " + c.condition.String() }
