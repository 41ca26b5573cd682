package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

// Every combination of what a rule is, whether it applies and whether its
// condition is met; the rule behind it decides what it does not.
func TestRuleDecides(t *testing.T) {
	u := has("x", "1")
	conditions := map[policy.Truth]policy.Condition{
		yes: must(policy.Claim("x", "1")), no: must(policy.Claim("x", "2")), unknown: must(policy.Claim("y", "1")),
	}
	for met, condition := range conditions {
		for _, applies := range []policy.Truth{no, yes, unknown} {
			first := func(rule int) policy.Truth {
				if rule == 0 {
					return applies
				}
				return yes
			}
			denyBehind := policy.NewRules(policy.Rule{Condition: condition}, policy.Rule{Deny: true, Condition: policy.SignedIn()})
			want := policy.Decision{Rule: 1}
			if applies == yes && met == yes {
				want = policy.Decision{Allowed: true, Rule: 0}
			}
			if got := denyBehind.Judge(u).Decide(now, first); got != want {
				t.Errorf("allow, applies %s, met %s: %+v, want %+v", applies, met, got, want)
			}

			allowBehind := policy.NewRules(policy.Rule{Deny: true, Condition: condition}, policy.Rule{Condition: policy.SignedIn()})
			want = policy.Decision{Rule: 0}
			if applies == no || met == no {
				want = policy.Decision{Allowed: true, Rule: 1}
			}
			if got := allowBehind.Judge(u).Decide(now, first); got != want {
				t.Errorf("deny, applies %s, met %s: %+v, want %+v", applies, met, got, want)
			}

			alone := policy.NewRules(policy.Rule{Condition: condition})
			want = policy.Decision{Rule: -1}
			if applies == yes && met == yes {
				want = policy.Decision{Allowed: true, Rule: 0}
			}
			if got := alone.Judge(u).Decide(now, first); got != want {
				t.Errorf("one allow, applies %s, met %s: %+v, want %+v", applies, met, got, want)
			}
		}
	}
}

func TestNoRulesAllowEverybody(t *testing.T) {
	for name, rules := range map[string]*policy.Rules{"nil": nil, "zero": {}, "empty": policy.NewRules()} {
		if got, want := rules.Judge(policy.User{}).Decide(now, always), (policy.Decision{Allowed: true, Rule: -1}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if rules.Len() != 0 || rules.Claims() != nil {
			t.Errorf("%s: %d rules, claims %q", name, rules.Len(), rules.Claims())
		}
	}
	onlyDeny := policy.NewRules(policy.Rule{Deny: true, Condition: must(policy.Group("Guests"))})
	if onlyDeny.Judge(has("groups", "Staff")).Decide(now, always).Allowed {
		t.Error("a deny rule allows whom it does not deny")
	}
}

func TestRulesNameTheirClaims(t *testing.T) {
	all := must(policy.All(must(policy.Group("A")), must(policy.Claim("x", "1"))))
	rules := policy.NewRules(policy.Rule{Condition: all}, policy.Rule{}, policy.Rule{Deny: true, Condition: must(policy.Not(must(policy.Group("B"))))})
	if diff := cmp.Diff([]string{"groups", "x"}, rules.Claims()); diff != "" || rules.Len() != 3 {
		t.Errorf("%d rules, claims (-want +got)\n%s", rules.Len(), diff)
	}
}

// A judgement is made once for a session and outlives it by no claim; but the
// age of a sign-in goes on.
func TestJudgementAges(t *testing.T) {
	fresh := must(policy.SignedInWithin(time.Hour))
	staff := must(policy.Group("Staff"))
	rules := policy.NewRules(
		policy.Rule{Deny: true, Condition: must(policy.All(must(policy.Group("Guests")), fresh))},
		policy.Rule{Condition: must(policy.All(staff, fresh))},
		policy.Rule{Deny: true, Condition: must(policy.Not(must(policy.Any(fresh, must(policy.Group("Robots"))))))},
		policy.Rule{Condition: policy.SignedIn()},
	)
	u := has("groups", []any{"Staff"})
	u.AuthTime = now
	j := rules.Judge(u)
	u.Claims["groups"] = nil // the session's own, from here on
	for after, want := range map[time.Duration]policy.Decision{
		0: {Allowed: true, Rule: 1}, time.Hour: {Allowed: true, Rule: 1}, time.Hour + 1: {Rule: 2}, -2 * time.Minute: {Rule: 2},
	} {
		if got := j.Decide(now.Add(after), always); got != want {
			t.Errorf("after %s: %+v, want %+v", after, got, want)
		}
	}
}

// Matchers are asked for no rule that could not decide anyway.
func TestDecideAsksInOrderAndNoMoreThanItMust(t *testing.T) {
	met, unmet := policy.SignedIn(), must(policy.Not(policy.SignedIn()))
	rules := policy.NewRules(
		policy.Rule{Condition: unmet}, policy.Rule{Deny: true, Condition: unmet}, policy.Rule{Deny: true, Condition: met},
		policy.Rule{Condition: must(policy.ACR("x"))}, policy.Rule{Condition: met}, policy.Rule{Condition: met},
	)
	var asked []int
	got := rules.Judge(policy.User{}).Decide(now, func(rule int) policy.Truth {
		asked = append(asked, rule)
		return map[int]policy.Truth{4: yes}[rule]
	})
	if diff := cmp.Diff([]int{2, 4}, asked); diff != "" || got != (policy.Decision{Allowed: true, Rule: 4}) {
		t.Errorf("%+v, asked (-want +got)\n%s", got, diff)
	}
}

// manyRules are 10, of which only the last allows, and a user of 200 groups.
func manyRules() (*policy.Rules, policy.User) {
	names := make([]string, 200)
	for i := range names {
		names[i] = fmt.Sprintf("Team %03d", i)
	}
	rules := []policy.Rule{
		{Deny: true, Condition: must(policy.Group(names...))},
		{Condition: must(policy.All(must(policy.Group("Finance")), must(policy.SignedInWithin(time.Hour))))},
		{Condition: must(policy.All(must(policy.Group("Group 007")), must(policy.SignedInWithin(time.Minute))))},
		{Condition: must(policy.EmailDomain("example.com", "example.org"))},
		{Deny: true, Condition: must(policy.Any(must(policy.ACR("none")), must(policy.Not(must(policy.AMR("mfa"))))))},
		{Condition: must(policy.Claim("department", "Sales"))},
		{Condition: must(policy.ClaimMatches("region", "eu-.*"))},
		{Deny: true, Condition: must(policy.Group("Contractors"))},
		{Condition: must(policy.SignedInWithin(time.Second))},
		{Condition: must(policy.Group("Group 199"))},
	}
	return policy.NewRules(rules...), policy.User{
		Claims: map[string]any{
			"groups": groups(200), "email": "ann@example.net", "email_verified": true, "acr": "phr", "amr": []any{"pwd", "mfa"},
			"department": "Legal", "region": "us",
		},
		AuthTime: now.Add(-30 * time.Minute),
	}
}

func TestDecideAllocatesNothing(t *testing.T) {
	rules, u := manyRules()
	j := rules.Judge(u)
	if got := j.Decide(now, always); got != (policy.Decision{Allowed: true, Rule: 9}) {
		t.Fatalf("%+v", got)
	}
	if n := testing.AllocsPerRun(100, func() { j.Decide(now, always) }); n != 0 {
		t.Errorf("%v allocations a request", n)
	}
	for _, c := range []policy.Condition{
		must(policy.Group("Finance")), must(policy.Claim("department", "Sales")), must(policy.EmailDomain("example.com", "example.net")),
		must(policy.AMR("hwk")), must(policy.ACR("phr")), must(policy.Not(must(policy.Any(must(policy.Group("Finance")), must(policy.ACR("x")))))),
	} {
		if n := testing.AllocsPerRun(100, func() { c.Judge(u, now) }); n != 0 {
			t.Errorf("%s: %v allocations", c, n)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	rules, u := manyRules()
	j := rules.Judge(u)
	b.ReportAllocs()
	for b.Loop() {
		j.Decide(now, always)
	}
}

func BenchmarkJudge(b *testing.B) {
	rules, u := manyRules()
	b.ReportAllocs()
	for b.Loop() {
		rules.Judge(u)
	}
}

func BenchmarkPlain(b *testing.B) {
	for name, s := range map[string]string{
		"short": "/reports/2026/q1", "long": "/" + strings.Repeat("segment/", 100), "encoded": "/my%20files/caf%C3%A9/a%2Db",
	} {
		b.Run(name, func(b *testing.B) {
			u := target(b, s)
			b.ReportAllocs()
			for b.Loop() {
				policy.Plain(u)
			}
		})
	}
}
