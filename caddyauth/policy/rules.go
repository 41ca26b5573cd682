package policy

import (
	"slices"
	"time"
)

// Rule allows or denies whoever meets its condition.
type Rule struct {
	Deny      bool      // false: allow
	Condition Condition // nil is Unknown for everybody
}

// Rules are asked in order: the first that applies to a request and whose
// condition is met decides. Once there is a rule, whom none allows is denied.
// What cannot be evaluated denies (CVE-2021-21411: group checks that silently
// checked nothing):
//
//   - an allow rule decides if it applies and its condition is True; Unknown, of
//     either, passes it by;
//   - a deny rule decides if it may apply and its condition may be met: Unknown
//     counts as True there.
//
// Nil or without a rule, they allow everybody. Rules never change, and many
// requests may ask them at once.
type Rules struct{ rules []Rule }

// NewRules makes rules of the given ones, in their order.
func NewRules(rules ...Rule) *Rules { return &Rules{rules: slices.Clone(rules)} }

// Len is the number of rules.
func (r *Rules) Len() int {
	if r == nil {
		return 0
	}
	return len(r.rules)
}

// Claims are the names of the claims that the rules ask for, sorted, each once.
func (r *Rules) Claims() []string {
	var conditions []Condition
	for i := range r.Len() {
		if c := r.rules[i].Condition; c != nil {
			conditions = append(conditions, c)
		}
	}
	return claimsOf(conditions)
}

// Judge asks the conditions about a user, once for a session: what remains for
// a request is what its time decides. It keeps nothing of u.Claims.
func (r *Rules) Judge(u User) *Judgement {
	if r.Len() == 0 {
		return &Judgement{everybody: true}
	}
	j := &Judgement{rulings: make([]ruling, len(r.rules))}
	for i, rule := range r.rules {
		j.rulings[i] = ruling{deny: rule.Deny, verdict: Unknown}
		if rule.Condition != nil {
			j.rulings[i].verdict = rule.Condition.settle(u)
		}
	}
	return j
}

// Judgement is what the rules say about one user. Nil and the zero value deny.
// It never changes.
type Judgement struct {
	everybody bool // there are no rules
	rulings   []ruling
}

type ruling struct {
	deny    bool
	verdict verdict
}

// Decision is whether a request may pass.
type Decision struct {
	Allowed bool
	// Rule is the index of the rule that decided; -1 when none did: there are no
	// rules, or nobody allowed the user.
	Rule int
}

// Decide says whether the user may pass at now. applies tells whether a rule
// applies to the request; Unknown when that cannot be said, because its matcher
// failed, or because the path can be read in several ways (see Plain). It is
// asked about those rules only that would decide if they applied, in order.
func (j *Judgement) Decide(now time.Time, applies func(rule int) Truth) Decision {
	if j == nil {
		return Decision{Rule: -1}
	}
	for i, ruling := range j.rulings {
		met := ruling.verdict.at(now)
		if ruling.deny {
			if met != False && applies(i) != False {
				return Decision{Rule: i}
			}
		} else if met == True && applies(i) == True {
			return Decision{Allowed: true, Rule: i}
		}
	}
	return Decision{Allowed: j.everybody, Rule: -1}
}
