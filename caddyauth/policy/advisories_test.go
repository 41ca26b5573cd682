package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

// always says that a rule applies, as one without a matcher does.
func always(int) policy.Truth { return yes }

// groups is a list of n groups that no rule here names.
func groups(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = fmt.Sprintf("Group %03d", i)
	}
	return list
}

// A refactor of oauth2-proxy left its group checks in place and their input
// empty: every signed-in user passed. So a rule that cannot be evaluated denies,
// whichever way it is written: an allow rule does not allow, a deny rule denies,
// and "not in the group" is not met by not knowing the groups.
//
// Rows: CVE-2021-21411.
func TestCVE_2021_21411_RuleThatCannotBeEvaluatedDenies(t *testing.T) {
	group := must(policy.Group("Finance"))
	outside := must(policy.Not(group))
	allow := policy.NewRules(policy.Rule{Condition: group})
	allowOutside := policy.NewRules(policy.Rule{Condition: outside})
	denyFirst := policy.NewRules(policy.Rule{Deny: true, Condition: group}, policy.Rule{Condition: policy.SignedIn()})
	denyOutside := policy.NewRules(policy.Rule{Deny: true, Condition: outside}, policy.Rule{Condition: policy.SignedIn()})

	object := map[string]any{"name": "Finance"}
	for name, row := range map[string]struct {
		user   policy.User
		member policy.Truth
	}{
		"no claims":          {policy.User{}, unknown},
		"missing":            {has("group", []any{"Finance"}), unknown},
		"null":               {has("groups", nil), unknown},
		"empty":              {has("groups", []any{}), unknown},
		"empty text":         {has("groups", ""), unknown},
		"empty texts":        {has("groups", []any{"", ""}), unknown},
		"object":             {has("groups", object), unknown},
		"list of objects":    {has("groups", []any{object}), unknown},
		"list of lists":      {has("groups", []any{[]any{"Finance"}}), unknown},
		"another kind":       {has("groups", []string{"Finance"}), unknown},
		"text, comma":        {has("groups", "Staff,Finance"), no},
		"text, other":        {has("groups", "Staff"), no},
		"text":               {has("groups", "Finance"), yes},
		"200 groups, not in": {has("groups", groups(200)), no},
		"200 groups, in":     {has("groups", append(groups(200), "Finance")), yes},
	} {
		for _, rules := range []struct {
			name  string
			rules *policy.Rules
			want  bool
		}{
			{"allow group", allow, row.member == yes},
			{"allow not group", allowOutside, row.member == no},
			{"deny group", denyFirst, row.member == no},
			{"deny not group", denyOutside, row.member == yes},
		} {
			if got := rules.rules.Judge(row.user).Decide(now, always); got.Allowed != rules.want {
				t.Errorf("%s, %s: allowed %v, want %v", name, rules.name, got.Allowed, rules.want)
			}
		}
	}
	// A rule whose condition was lost on the way denies too.
	for _, rules := range []*policy.Rules{
		policy.NewRules(policy.Rule{}),
		policy.NewRules(policy.Rule{Deny: true}, policy.Rule{Condition: policy.SignedIn()}),
	} {
		if rules.Judge(has("groups", "Finance")).Decide(now, always).Allowed {
			t.Error("a rule without a condition lets through")
		}
	}
	// And so does a judgement that was never made.
	if (*policy.Judgement)(nil).Decide(now, always).Allowed || new(policy.Judgement).Decide(now, always).Allowed {
		t.Error("no judgement lets through")
	}
}

// oauth2-proxy compared the end of an address with the domain, so that
// "a@evil.com@example.com" passed. Only one well-formed address that Okta has
// verified is at a domain; what is not one is not known to be outside of it
// either.
//
// Rows: CVE-2026-40574.
func TestCVE_2026_40574_EmailOfAnotherDomain(t *testing.T) {
	c := must(policy.EmailDomain("example.com", "xn--bcher-kva.example"))
	long := strings.Repeat("a", 64)
	for address, want := range map[string]policy.Truth{
		"ann@example.com": yes, "ANN@Example.COM": yes, "ann.o'brien+x=1@example.com": yes, "a@xn--bcher-kva.example": yes,
		"a@XN--Bcher-KVA.example": yes, long + "@example.com": yes,

		"a@evil.com": no, "a@sub.example.com": no, "a@badexample.com": no, "a@example.com.evil": no, "a@com": no,
		"a@example.co": no, "a@xn--exmple-cua.com": no, "a@example-com": no,

		// none, two and three "@"
		"": unknown, "example.com": unknown, "ann": unknown, "@example.com": unknown, "ann@": unknown, "@": unknown,
		"a@evil.com@example.com": unknown, "a@example.com@evil.com": unknown, "a@b@c@example.com": unknown,
		"a@@example.com": unknown, "@@@example.com": unknown, `"a@evil.com"@example.com`: unknown,
		// dots
		"a@example.com.": unknown, "a@.example.com": unknown, "a@example..com": unknown, ".a@example.com": unknown,
		"a.@example.com": unknown, "a..b@example.com": unknown,
		// NUL, control characters, white space, line breaks
		"a@example.com\x00": unknown, "a\x00@example.com": unknown, "a@evil.com\x00@example.com": unknown,
		"a@example.com\n": unknown, "a\r\nb@example.com": unknown, " a@example.com": unknown, "a@example.com ": unknown,
		"a b@example.com": unknown, "a@exam\tple.com": unknown, "a@example.com\u00a0": unknown, "a\u200b@example.com": unknown,
		"a@example.com\x7f": unknown,
		// lists, names, comments, address literals, other syntax
		"a@example.com,b@evil.com": unknown, "b@evil.com,a@example.com": unknown, "a@evil.com;a@example.com": unknown,
		"Ann <a@example.com>": unknown, "<a@example.com>": unknown, "a@example.com(evil)": unknown, "a@[127.0.0.1]": unknown,
		`a\@example.com`: unknown, "mailto:a@example.com": unknown, "a@example.com/x": unknown, "a@example.com?x": unknown,
		"a@example.com:25": unknown, "a@exa_mple.com": unknown, "a@-example.com": unknown, "a@example-.com": unknown,
		// homographs: Cyrillic a, dotless i, Kelvin sign, long s, full width, soft hyphen; and IDN in its own letters
		"a@ex\u0430mple.com": unknown, "\u0430@example.com": unknown, "a@example.\u0441om": unknown, "a@b\u00fccher.example": unknown,
		"a@\u212aexample.com": unknown, "a@example\uff0ecom": unknown, "a\uff20example.com": unknown, "a@exam\u00adple.com": unknown,
		"a@example\u3002com": unknown, "a@\xff.com": unknown, "a\xff@example.com": unknown,
		// length
		long + "a@example.com": unknown, "a@" + long + ".com": unknown, "a@" + strings.Repeat("a.", 126) + "com": unknown,
	} {
		u := policy.User{Claims: map[string]any{"email": address, "email_verified": true}}
		if got := c.Judge(u, now); got != want {
			t.Errorf("%q: %s, want %s", address, got, want)
		}
	}
	// A Kelvin sign folds into a k, and a long s into an s.
	for domain, address := range map[string]string{"kiosk.com": "a@\u212aiosk.com", "shop.com": "a@\u017fhop.com"} {
		u := policy.User{Claims: map[string]any{"email": address, "email_verified": true}}
		if got := must(policy.EmailDomain(domain)).Judge(u, now); got != unknown {
			t.Errorf("%q is at %q: %s", address, domain, got)
		}
	}

	for _, address := range []string{"ann@example.com", "ann@evil.com"} {
		for verified, means := range map[any]bool{
			true: true, "true": true,
			nil: false, false: false, "false": false, "": false, "TRUE": false, "True": false, "1": false, "yes": false, 1.0: false,
		} {
			u := policy.User{Claims: map[string]any{"email": address, "email_verified": verified}}
			if got := c.Judge(u, now); (got != unknown) != means || got == yes && address != "ann@example.com" {
				t.Errorf("%q, email_verified %#v: %s", address, verified, got)
			}
		}
		if got := c.Judge(has("email", address), now); got != unknown {
			t.Errorf("%q, email_verified absent: %s", address, got)
		}
		for name, verified := range map[string]any{"list": []any{true}, "object": map[string]any{"value": true}} {
			u := policy.User{Claims: map[string]any{"email": address, "email_verified": verified}}
			if got := c.Judge(u, now); got != unknown {
				t.Errorf("%q, email_verified is a %s: %s", address, name, got)
			}
		}
	}
	for name, value := range map[string]any{"list": []any{"ann@example.com"}, "object": map[string]any{"value": "ann@example.com"}, "null": nil, "number": 1.0} {
		u := policy.User{Claims: map[string]any{"email": value, "email_verified": true}}
		if got := c.Judge(u, now); got != unknown {
			t.Errorf("email is a %s: %s", name, got)
		}
	}
}

// oauth2-proxy (#3365) split an unset list of allowed groups into one empty
// text, and an empty group of the user's matched it.
//
// Rows: oauth2-proxy #3365.
func TestOAuth2Proxy_3365_EmptyTextsMatchNobody(t *testing.T) {
	for name, make := range map[string]func(...string) (policy.Condition, error){
		"group": policy.Group, "amr": policy.AMR, "acr": policy.ACR, "email_domain": policy.EmailDomain,
		"claim": func(values ...string) (policy.Condition, error) { return policy.Claim("x", values...) },
	} {
		for _, values := range [][]string{nil, {}, {""}, {"a", ""}, {"", "a"}} {
			if c, err := make(values...); err == nil || c != nil {
				t.Errorf("%s %q: no error", name, values)
			}
		}
	}
	for _, value := range []any{"", []any{""}, []any{"", ""}, []any{"", "b"}} {
		for _, c := range []policy.Condition{
			must(policy.Group("a")), must(policy.Claim("groups", "a", "c")), must(policy.ClaimMatches("groups", "a?")),
			must(policy.ClaimMatches("groups", "[^b]*")),
		} {
			if c.Judge(has("groups", value), now) == yes {
				t.Errorf("%s is met by %q", c, value)
			}
			if policy.NewRules(policy.Rule{Condition: c}).Judge(has("groups", value)).Decide(now, always).Allowed {
				t.Errorf("allow %s lets %q through", c, value)
			}
		}
	}
}
