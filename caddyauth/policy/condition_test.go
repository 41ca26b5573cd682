package policy_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

const (
	no      = policy.False
	yes     = policy.True
	unknown = policy.Unknown
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// must takes what a constructor returns.
func must(c policy.Condition, err error) policy.Condition {
	if err != nil {
		panic(err)
	}
	return c
}

// has is a user with one claim.
func has(name string, value any) policy.User {
	return policy.User{Claims: map[string]any{name: value}}
}

func TestTruth(t *testing.T) {
	for truth, want := range map[policy.Truth]string{no: "false", yes: "true", unknown: "unknown", 7: "unknown"} {
		if got := truth.String(); got != want {
			t.Errorf("%d is %q, want %q", truth, got, want)
		}
	}
}

func TestClaimConditions(t *testing.T) {
	finance := must(policy.Group("Finance", "Auditors"))
	level := must(policy.Claim("level", "3", "2.5", "true", "-7", "0.0000001", "12345678901234567890"))
	region := must(policy.ClaimMatches("region", `eu-.*|us`))
	object := map[string]any{"a": "Finance"}
	for _, c := range []struct {
		condition policy.Condition
		value     any
		want      policy.Truth
	}{
		{finance, []any{"Staff", "Finance"}, yes},
		{finance, []any{"Auditors"}, yes},
		{finance, "Finance", yes},
		{finance, []any{"Staff"}, no},
		{finance, []any{"finance", "FINANCE", " Finance", "Finance ", "Financ", "Finance2"}, no},
		{finance, []any{"Staff", ""}, no},
		{finance, "Staff", no},
		{finance, []any{"Finance", object, nil, ""}, yes},
		// what could be the group for all we know
		{finance, []any{"Staff", object}, unknown},
		{finance, []any{"Staff", nil}, unknown},
		{finance, []any{[]any{"Finance"}}, unknown},
		{finance, []string{"Finance"}, unknown},
		{finance, []any{}, unknown},
		{finance, []any(nil), unknown},
		{finance, []any{"", ""}, unknown},
		{finance, "", unknown},
		{finance, nil, unknown},
		{finance, object, unknown},

		{level, "3", yes},
		{level, json.Number("3"), yes},
		{level, json.Number("3.0"), yes},
		{level, json.Number("3e0"), yes},
		{level, json.Number("30E-1"), yes},
		{level, 3.0, yes},
		{level, json.Number("2.5"), yes},
		{level, json.Number("2.50"), yes},
		{level, 2.5, yes},
		{level, -7.0, yes},
		{level, json.Number("-7"), yes},
		{level, 1e-7, yes},
		{level, json.Number("1e-07"), yes},
		{level, json.Number("12345678901234567890"), yes},
		{level, json.Number("12345678901234567891"), no},
		{level, "3.0", no},
		{level, json.Number("4"), no},
		{level, 4.0, no},
		{level, json.Number("0"), no},
		{level, math.Copysign(0, -1), no},
		{level, true, yes},
		{level, false, no},
		{level, []any{false, json.Number("3")}, yes},
		// a float that could be another number, and what is no number
		{level, 12345678901234567890.0, unknown},
		{level, json.Number("1e300"), unknown},
		{level, json.Number("1e999"), unknown},
		{level, json.Number("three"), unknown},
		{level, json.Number(""), unknown},
		{level, math.NaN(), unknown},
		{level, math.Inf(1), unknown},
		{level, 3, unknown}, // an int is not among the kinds of a User

		{region, "eu-west", yes},
		{region, "us", yes},
		{region, []any{"asia", "us"}, yes},
		{region, "us-east", no},
		{region, "neu-west", no},
		{region, "us\n", no},
		{region, "us\nx", no},
		{region, "", unknown},
		{region, nil, unknown},
		{region, []any{"asia", nil}, unknown},
	} {
		names := c.condition.Claims()
		if len(names) != 1 {
			t.Fatalf("%s asks for %q", c.condition, names)
		}
		if got := c.condition.Judge(has(names[0], c.value), now); got != c.want {
			t.Errorf("%s, the user has %#v: %s, want %s", c.condition, c.value, got, c.want)
		}
		if got := c.condition.Judge(policy.User{}, now); got != unknown {
			t.Errorf("%s, no claims: %s", c.condition, got)
		}
	}
	if got := must(policy.ClaimMatches("x", ".*")).Judge(has("x", []any{""}), now); got != unknown {
		t.Errorf(".* and an empty text: %s", got)
	}
}

// An operator's alternative, or a closing parenthesis, must not open one end of
// the anchored expression: "admin.*" would be met by "not-admin".
func TestClaimMatchesTheWholeClaimOnly(t *testing.T) {
	for _, regex := range []string{"a|b", "(?m)^a$", "(?i)A|B", "(?s)a|b", "^a|b$"} {
		c := must(policy.ClaimMatches("x", regex))
		if c.Judge(has("x", "a"), now) != yes {
			t.Errorf("%q does not match %q", regex, "a")
		}
		for _, value := range []string{"xa", "ax", "bx", "xb", "a\nx", "x\na", "a\n"} {
			if c.Judge(has("x", value), now) != no {
				t.Errorf("%q matches %q", regex, value)
			}
		}
	}
	for _, regex := range []string{"a)|(b", "a)|(?:b", "(", "[", `\Qa`, "", "a**"} {
		if _, err := policy.ClaimMatches("x", regex); err == nil {
			t.Errorf("%q: no error", regex)
		}
	}
}

func TestMethodsAndAssurance(t *testing.T) {
	amr, acr := must(policy.AMR("mfa", "hwk")), must(policy.ACR("urn:okta:loa:2fa:any"))
	for _, c := range []struct {
		condition policy.Condition
		user      policy.User
		want      policy.Truth
	}{
		{amr, has("amr", []any{"pwd", "mfa"}), yes},
		{amr, has("amr", []any{"pwd"}), no},
		{amr, has("amr", []any{}), unknown},
		{amr, has("acr", "mfa"), unknown},
		{acr, has("acr", "urn:okta:loa:2fa:any"), yes},
		{acr, has("acr", "urn:okta:loa:1fa:any"), no},
		{acr, has("acr", nil), unknown},
	} {
		if got := c.condition.Judge(c.user, now); got != c.want {
			t.Errorf("%s, %v: %s, want %s", c.condition, c.user.Claims, got, c.want)
		}
	}
}

func TestSignedInWithin(t *testing.T) {
	c := must(policy.SignedInWithin(time.Hour))
	for name, row := range map[string]struct {
		at      time.Time
		want    policy.Truth
		explain string
	}{
		"just now":          {now, yes, "signed in within 1h: the user signed in 0s ago"},
		"at the limit":      {now.Add(-time.Hour), yes, "signed in within 1h: the user signed in 1h ago"},
		"past it":           {now.Add(-time.Hour - time.Second), no, "signed in within 1h: the user signed in 1h0m1s ago"},
		"long ago":          {time.Unix(0, 0), no, ""},
		"a clock that errs": {now.Add(time.Minute), yes, "signed in within 1h: the user signed in 0s ago"},
		"ahead":             {now.Add(time.Minute + time.Second), unknown, "signed in within 1h: the sign-in lies 1m1s ahead, so a clock is wrong"},
		"far ahead":         {now.AddDate(500, 0, 0), unknown, ""},
		"not known":         {time.Time{}, unknown, "signed in within 1h: the time of the sign-in is not known"},
	} {
		u := policy.User{AuthTime: row.at}
		if got := c.Judge(u, now); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
		if got := c.Explain(u, now); row.explain != "" && got != row.explain {
			t.Errorf("%s: %q, want %q", name, got, row.explain)
		}
	}
}

// Kleene's tables, in both orders.
func TestLogic(t *testing.T) {
	made := map[policy.Truth]policy.Condition{
		yes:     must(policy.Claim("x", "1")),
		no:      must(policy.Claim("x", "2")),
		unknown: must(policy.Claim("y", "1")),
	}
	u := has("x", "1")
	for _, c := range []struct{ a, b, any, all policy.Truth }{
		{no, no, no, no}, {no, yes, yes, no}, {no, unknown, unknown, no},
		{yes, yes, yes, yes}, {yes, unknown, yes, unknown}, {unknown, unknown, unknown, unknown},
	} {
		for _, pair := range [][]policy.Condition{{made[c.a], made[c.b]}, {made[c.b], made[c.a]}} {
			if got := must(policy.Any(pair...)).Judge(u, now); got != c.any {
				t.Errorf("any of %s, %s: %s, want %s", c.a, c.b, got, c.any)
			}
			if got := must(policy.All(pair...)).Judge(u, now); got != c.all {
				t.Errorf("all of %s, %s: %s, want %s", c.a, c.b, got, c.all)
			}
		}
	}
	for of, want := range map[policy.Truth]policy.Truth{no: yes, yes: no, unknown: unknown} {
		if got := must(policy.Not(made[of])).Judge(u, now); got != want {
			t.Errorf("not %s: %s, want %s", of, got, want)
		}
	}
	if policy.SignedIn().Judge(policy.User{}, now) != yes {
		t.Error("somebody is not signed in")
	}
}

// String is what the operator wrote, Claims what the session must keep, Explain
// one clause for the operator.
func TestConditionsDescribeThemselves(t *testing.T) {
	u := policy.User{
		Claims: map[string]any{
			"groups": []any{"Everyone", "R&D, EMEA", "\u202ex", ""}, "level": json.Number("3"), "rate": json.Number("3.0"), "share": 1e6, "acr": nil,
			"email": "ann@example.com", "email_verified": false, "address.country": "CH", "odd": []any{nil, map[string]any{}, []any{}, 2.5, true},
			"none": []any{},
		},
		AuthTime: now.Add(-90 * time.Minute),
	}
	group := must(policy.Group("Finance", "R&D EMEA"))
	fresh := must(policy.SignedInWithin(90 * time.Second))
	for _, c := range []struct {
		condition       policy.Condition
		claims          []string
		written, clause string
	}{
		{
			group, []string{"groups"}, `group Finance "R&D EMEA"`,
			`group is one of Finance, R&D EMEA: the user has Everyone, "R&D, EMEA", "\u202ex", ""`,
		},
		{must(policy.Group("A")), []string{"groups"}, "group A", `group is A: the user has Everyone, "R&D, EMEA", "\u202ex", ""`},
		{must(policy.Claim("level", "3")), []string{"level"}, "claim level 3", "level is 3: the user has 3"},
		{must(policy.Claim("rate", "3.0")), []string{"rate"}, "claim rate 3.0", "rate is 3.0: the user has 3"},
		{must(policy.Claim("share", "1e6")), []string{"share"}, "claim share 1e6", "share is 1e6: the user has 1000000"},
		{must(policy.Claim("address.country", "CH", "AT")), []string{"address.country"}, "claim address.country CH AT", "address.country is one of CH, AT: the user has CH"},
		{must(policy.Claim("odd", "x")), []string{"odd"}, "claim odd x", "odd is x: the user has null, an object, a list, 2.5, true"},
		{must(policy.Claim("none", "x")), []string{"none"}, "claim none x", "none is x: the user has an empty list"},
		{must(policy.Claim("gone", `"`, "`", `\d`, "#x", "{", "a#b")), []string{"gone"}, "claim gone `\"` \"`\" `\\d` \"#x\" \"{\" a#b", "gone is one of \"\\\"\", `, \\d, #x, {, a#b: it is not known"},
		{must(policy.ClaimMatches("region", `eu-\w+`)), []string{"region"}, "claim_matches region `eu-\\w+`", `region matches eu-\w+: it is not known`},
		{must(policy.ACR("phr")), []string{"acr"}, "acr phr", "acr is phr: the user has none"},
		{must(policy.AMR("mfa", "hwk")), []string{"amr"}, "amr mfa hwk", "amr is one of mfa, hwk: it is not known"},
		{
			must(policy.EmailDomain("Example.COM", "a.example")), []string{"email", "email_verified"}, "email_domain example.com a.example",
			"e-mail domain is one of example.com, a.example: email: the user has ann@example.com; email_verified: the user has false",
		},
		{fresh, nil, "signed_in_within 1m30s", "signed in within 1m30s: the user signed in 1h30m ago"},
		{policy.SignedIn(), nil, "signed_in", "signed in: the user is"},
		{must(policy.Not(must(policy.ACR("phr")))), []string{"acr"}, "not acr phr", "not [acr is phr: the user has none]"},
		{
			must(policy.Any(must(policy.All(must(policy.ACR("phr")), fresh)), must(policy.Claim("level", "4")), must(policy.ACR("x")))),
			[]string{"acr", "level"},
			"any {\n\tall {\n\t\tacr phr\n\t\tsigned_in_within 1m30s\n\t}\n\tclaim level 4\n\tacr x\n}",
			"any of [all of [acr is phr: the user has none (unknown); signed in within 1m30s: the user signed in 1h30m ago (false)] (false); " +
				"level is 4: the user has 3 (false); acr is x: the user has none (unknown)]",
		},
	} {
		if got := c.condition.String(); got != c.written {
			t.Errorf("%q, want %q", got, c.written)
		}
		if diff := cmp.Diff(c.claims, c.condition.Claims()); diff != "" {
			t.Errorf("%s: claims (-want +got)\n%s", c.condition, diff)
		}
		if got := c.condition.Explain(u, now); got != c.clause {
			t.Errorf("explains %q\nwant     %q", got, c.clause)
		}
	}
	// what a caller does with the slices is its own affair
	names, values := group.Claims(), []policy.Condition{group}
	names[0] = "x"
	all := must(policy.All(values...))
	values[0] = nil
	if group.Claims()[0] != "groups" || all.Judge(has("groups", "Finance"), now) != yes {
		t.Error("a condition changed")
	}
}

func TestConstructorsSayWhatToWrite(t *testing.T) {
	of := func(c policy.Condition, err error) error { return err }
	for want, err := range map[string]error{
		"group: write at least one name":      of(policy.Group()),
		`group: an empty name, ""`:            of(policy.Group("a", "")),
		`group: "a\nb" has control`:           of(policy.Group("a\nb")),
		"claim x: write at least one value":   of(policy.Claim("x")),
		"claim x: an empty value":             of(policy.Claim("x", "")),
		`claim: "" is not the name`:           of(policy.Claim("", "a")),
		`claim: "a b" is not the name`:        of(policy.Claim("a b", "a")),
		`claim_matches: "" is not the name`:   of(policy.ClaimMatches("", "a")),
		`claim: "a..b" is not the name`:       of(policy.Claim("a..b", "a")),
		`claim: ".a" is not the name`:         of(policy.Claim(".a", "a")),
		`claim_matches: "a." is not the name`: of(policy.ClaimMatches("a.", "a")),
		"claim_matches: an empty regular":     of(policy.ClaimMatches("x", "")),
		"claim_matches x: error parsing":      of(policy.ClaimMatches("x", "(")),
		"amr: write at least one method":      of(policy.AMR()),
		"acr: an empty value":                 of(policy.ACR("")),
		"email_domain: write at least one":    of(policy.EmailDomain()),
		`"@example.com" is not a domain`:      of(policy.EmailDomain("@example.com")),
		`"*.example.com" is not a domain`:     of(policy.EmailDomain("*.example.com")),
		`"example.com." is not a domain`:      of(policy.EmailDomain("example.com.")),
		"in their xn-- form":                  of(policy.EmailDomain("bücher.example")),
		"signed_in_within: \"0s\" is not":     of(policy.SignedInWithin(0)),
		"signed_in_within: \"-1h0m0s\" is":    of(policy.SignedInWithin(-time.Hour)),
		"any: it has no conditions":           of(policy.Any()),
		"all: it has no conditions":           of(policy.All()),
		"any: one of its conditions is nil":   of(policy.Any(policy.SignedIn(), nil)),
		"all: one of its conditions is nil":   of(policy.All(nil)),
		"not: it has no condition":            of(policy.Not(nil)),
		"email_domain: an empty domain, \"\"": of(policy.EmailDomain("")),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q in it", err, want)
		}
	}
}
