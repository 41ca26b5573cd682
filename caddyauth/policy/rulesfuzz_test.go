package policy_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

// The oracle of FuzzRules is another reading of the rules' documentation: a
// truth is 0, 1/2 or 1, Any is the maximum, All the minimum, Not the rest to 1;
// what each value of a claim says is written down by hand.

// choices are decisions drawn from the fuzzer's bytes; 0 once they are used up.
type choices []byte

func (c *choices) upTo(n int) int {
	if len(*c) == 0 {
		return 0
	}
	b := (*c)[0]
	*c = (*c)[1:]
	return int(b) % n
}

func pick[T any](c *choices, from []T) T { return from[c.upTo(len(from))] }

// sample is a value and the text that it is compared by: "" has none and says
// nothing, "?" cannot be told.
type sample struct {
	value any
	text  string
}

var samples = []sample{
	{"", ""}, {"a", "a"}, {"b", "b"}, {"3", "3"}, {"true", "true"}, {"A", "A"}, {"ab", "ab"},
	{true, "true"}, {false, "false"}, {json.Number("3"), "3"}, {json.Number("3.0"), "3"}, {3.0, "3"}, {1e40, "?"},
	{json.Number("x"), "?"}, {nil, "?"}, {[]any{"a"}, "?"}, {map[string]any{"a": "a"}, "?"}, {[]string{"a"}, "?"}, {7, "?"},
}

var names = []string{"a", "b", "3", "true", "c"}

// claim is a claim's value with the texts of its items.
type claim struct {
	value any
	texts []string
}

func drawClaim(c *choices) claim {
	if c.upTo(2) == 0 {
		s := pick(c, samples)
		if _, ok := s.value.([]any); ok { // not an item here, but a list: {"a"}
			return claim{s.value, []string{"a"}}
		}
		return claim{s.value, []string{s.text}}
	}
	items, texts := []any{}, []string(nil)
	for range c.upTo(4) {
		s := pick(c, samples)
		items, texts = append(items, s.value), append(texts, s.text)
	}
	return claim{items, texts}
}

// meets is 2 when a text is among the wanted, 1 when that cannot be told, 0 when
// it is not.
func (c claim) meets(wanted []string) int {
	known, unclear := 0, false
	for _, text := range c.texts {
		switch {
		case text == "?":
			unclear = true
		case text != "" && slices.Contains(wanted, text):
			return 2
		case text != "":
			known++
		}
	}
	if unclear || known == 0 {
		return 1
	}
	return 0
}

// person is a user, and what the oracle knows about it.
type person struct {
	policy.User
	claims   map[string]claim
	atDomain int // of "example.com": 0, 1, 2
}

func drawPerson(c *choices) person {
	p := person{claims: map[string]claim{}, User: policy.User{Claims: map[string]any{}}}
	for _, name := range []string{"groups", "amr", "acr", "x", "y.z"} {
		if c.upTo(8) == 0 {
			continue // never asked for
		}
		value := drawClaim(c)
		p.claims[name], p.Claims[name] = value, value.value
	}
	type address struct {
		value any
		at    int
	}
	email := pick(c, []address{
		{nil, 1}, {"a@example.com", 2}, {"A@EXAMPLE.com", 2}, {"a@evil.com", 0}, {"a@evil.com@example.com", 1}, {"a@example.com.", 1}, {1.5, 1},
	})
	verified := pick(c, []any{nil, true, false, "true", "True", 1.0, []any{true}})
	p.Claims["email"], p.Claims["email_verified"] = email.value, verified
	p.atDomain = 1
	if verified == true || verified == "true" {
		p.atDomain = email.at
	}
	if c.upTo(4) > 0 {
		p.AuthTime = now.Add(-time.Duration(c.upTo(200)-20) * time.Minute)
	}
	return p
}

// tree is a condition with its meaning.
type tree struct {
	policy.Condition
	means func(p person, at time.Time) int
}

func drawTree(c *choices, depth int) tree {
	kinds := 7
	if depth > 0 {
		kinds = 10
	}
	wanted := names[:1+c.upTo(len(names))]
	onClaim := func(condition policy.Condition, name string, wanted ...string) tree {
		return tree{condition, func(p person, _ time.Time) int { return p.claims[name].meets(wanted) }}
	}
	switch c.upTo(kinds) {
	case 0:
		return onClaim(must(policy.Group(wanted...)), "groups", wanted...)
	case 1:
		return onClaim(must(policy.AMR(wanted...)), "amr", wanted...)
	case 2:
		return onClaim(must(policy.ACR(wanted...)), "acr", wanted...)
	case 3:
		name := pick(c, []string{"x", "y.z"})
		return onClaim(must(policy.Claim(name, wanted...)), name, wanted...)
	case 4:
		return onClaim(must(policy.ClaimMatches("x", "[ab]|tr.*|b?")), "x", "a", "b", "true")
	case 5:
		return tree{must(policy.EmailDomain("example.com")), func(p person, _ time.Time) int { return p.atDomain }}
	case 6:
		limit := time.Duration(1+c.upTo(120)) * time.Minute
		return tree{must(policy.SignedInWithin(limit)), func(p person, at time.Time) int {
			switch {
			case p.AuthTime.IsZero(), p.AuthTime.Sub(at) > time.Minute:
				return 1
			case at.Sub(p.AuthTime) > limit:
				return 0
			}
			return 2
		}}
	case 7:
		inner := drawTree(c, depth-1)
		return tree{must(policy.Not(inner.Condition)), func(p person, at time.Time) int { return 2 - inner.means(p, at) }}
	case 8:
		return drawMany(c, depth, policy.Any, slices.Max[[]int])
	default:
		return drawMany(c, depth, policy.All, slices.Min[[]int])
	}
}

func drawMany(c *choices, depth int, combine func(...policy.Condition) (policy.Condition, error), fold func([]int) int) tree {
	var parts []tree
	var conditions []policy.Condition
	for range 1 + c.upTo(3) {
		part := drawTree(c, depth-1)
		parts, conditions = append(parts, part), append(conditions, part.Condition)
	}
	return tree{must(combine(conditions...)), func(p person, at time.Time) int {
		var outcomes []int
		for _, part := range parts {
			outcomes = append(outcomes, part.means(p, at))
		}
		return fold(outcomes)
	}}
}

// truths is what the oracle's numbers mean.
var truths = []policy.Truth{no, unknown, yes}

// decide is the documentation of Rules, word by word.
func decide(rules []policy.Rule, outcomes, applies []int) policy.Decision {
	for i, rule := range rules {
		if !rule.Deny && applies[i] == 2 && outcomes[i] == 2 {
			return policy.Decision{Allowed: true, Rule: i}
		}
		if rule.Deny && applies[i] >= 1 && outcomes[i] >= 1 {
			return policy.Decision{Allowed: false, Rule: i}
		}
	}
	return policy.Decision{Allowed: len(rules) == 0, Rule: -1}
}

func FuzzRules(f *testing.F) {
	f.Add([]byte{})
	for seed := range 64 {
		var data []byte
		for i := range 120 {
			data = append(data, byte((seed*31+7)*(i*i+3*i+1)>>2))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := choices(data)
		p := drawPerson(&c)
		var trees []tree
		var rules []policy.Rule
		var applies []int
		for range c.upTo(5) {
			tree := drawTree(&c, 3)
			trees = append(trees, tree)
			rules = append(rules, policy.Rule{Deny: c.upTo(2) == 1, Condition: tree.Condition})
			applies = append(applies, 2-c.upTo(3))
		}
		all := policy.NewRules(rules...)
		judgement := all.Judge(p.User)
		for _, after := range []time.Duration{-time.Hour, 0, 30 * time.Minute, 3 * time.Hour} {
			at := now.Add(after)
			var outcomes []int
			for _, tree := range trees {
				want := tree.means(p, at)
				outcomes = append(outcomes, want)
				if got := tree.Judge(p.User, at); got != truths[want] {
					t.Errorf("%s: %s, want %s; the user: %#v", tree, got, truths[want], p.User)
				}
				if tree.Explain(p.User, at) == "" {
					t.Errorf("%s: nothing to explain", tree)
				}
			}
			want := decide(rules, outcomes, applies)
			if got := judgement.Decide(at, func(rule int) policy.Truth { return truths[applies[rule]] }); got != want {
				t.Errorf("%+v, want %+v; the user: %#v, outcomes %v, applies %v, rules %v", got, want, p.User, outcomes, applies, rules)
			}
		}
		if claims := all.Claims(); !slices.IsSorted(claims) || len(slices.Compact(slices.Clone(claims))) != len(claims) {
			t.Errorf("claims %q", claims)
		}
		// What a condition does not name, it does not look at.
		asked := map[string]any{}
		for _, name := range all.Claims() {
			if value, ok := p.Claims[name]; ok {
				asked[name] = value
			}
		}
		lean := all.Judge(policy.User{Claims: asked, AuthTime: p.AuthTime})
		applied := func(rule int) policy.Truth { return truths[applies[rule]] }
		if got, want := lean.Decide(now, applied), judgement.Decide(now, applied); got != want {
			t.Errorf("%+v with the claims that are asked for, %+v with all", got, want)
		}
	})
}
