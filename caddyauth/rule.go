package caddyauth

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

// Rule lets users in or keeps them out.
type Rule struct {
	// `allow` or `deny`. Required.
	Action string `json:"action"`
	// Which requests the rule is about. An allow rule must match the request both
	// as the client sent it and as it is now, after a rewrite; a deny rule is
	// about requests that it matches either way, and about those whose path can
	// be read in several ways. Default: all.
	MatcherSetsRaw caddyhttp.RawMatcherSets `json:"match,omitempty" caddy:"namespace=http.matchers"`
	// Whom the rule is about.
	Condition
	// What to tell a user whom the rule keeps out: of an allow rule, who may come
	// in. Default: a sentence that names nothing.
	Message string `json:"message,omitempty"`

	matchers caddyhttp.MatcherSets
	about    string // the matchers, for an operator
	compiled policy.Condition
}

// Actions of rules.
const (
	allowAction = "allow"
	denyAction  = "deny"
)

// prepareRules compiles the rules and loads their matchers.
func (g *Gate) prepareRules(ctx caddy.Context) error {
	var rules []policy.Rule
	for i := range g.Rules {
		rule := &g.Rules[i]
		compiled, err := rule.prepare(ctx)
		if err != nil {
			return fmt.Errorf("rule %d of %d: %w", i+1, len(g.Rules), err)
		}
		rules = append(rules, compiled)
	}
	if len(rules) > 0 && !slices.ContainsFunc(rules, func(r policy.Rule) bool { return !r.Deny }) {
		g.logger.Warn("there are deny rules and no allow rule: nobody may pass; to let in everybody else, add at the end: allow signed_in")
	}
	g.rules = policy.NewRules(rules...)
	return nil
}

func (rule *Rule) prepare(ctx caddy.Context) (policy.Rule, error) {
	if rule.Action != allowAction && rule.Action != denyAction {
		return policy.Rule{}, fmt.Errorf("action %q is neither allow nor deny", rule.Action)
	}
	if err := checkText("message", rule.Message); err != nil {
		return policy.Rule{}, err
	}
	if rule.MatcherSetsRaw != nil {
		rule.about = describe(rule.MatcherSetsRaw) // Caddy lets go of them next
		loaded, err := ctx.LoadModule(rule, "MatcherSetsRaw")
		if err != nil {
			return policy.Rule{}, fmt.Errorf("loading matchers: %w", err)
		}
		if err := rule.matchers.FromInterface(loaded); err != nil {
			return policy.Rule{}, err
		}
	}
	var err error
	rule.compiled, err = rule.compile()
	return policy.Rule{Deny: rule.Action == denyAction, Condition: rule.compiled}, err
}

// goByRequest tells whether a rule is about some requests only.
func (g *Gate) goByRequest() bool {
	for i := range g.Rules {
		if len(g.Rules[i].matchers) > 0 {
			return true
		}
	}
	return false
}

// applies tells whether the rule is about the request.
func (rule *Rule) applies(v *request) policy.Truth {
	switch {
	case len(rule.matchers) == 0:
		return policy.True
	case !v.plain():
		return policy.Unknown
	}
	matched, views := 0, v.views()
	for _, view := range views {
		match, err := rule.matchers.AnyMatchWithError(view)
		if err != nil {
			return policy.Unknown
		}
		if match {
			matched++
		}
	}
	switch matched {
	case 0:
		return policy.False
	case len(views):
		return policy.True
	}
	return policy.Unknown // by one of the two it is: enough to deny, not to allow
}

// String is the rule as it stands in a Caddyfile, on one line.
func (rule *Rule) String() string {
	return strings.Join(strings.Fields(rule.Action+" "+rule.about+" "+rule.compiled.String()), " ")
}

// describe names matchers to an operator: a path as it is written, of others their
// names. Values are shown of methods and paths only: one of a header or of a query
// may be a secret, and this goes into the log.
func describe(sets caddyhttp.RawMatcherSets) string {
	described := make([]string, len(sets))
	for i, set := range sets {
		var matchers []string
		for _, name := range slices.Sorted(maps.Keys(set)) {
			var values []string
			if name == "path" || name == "method" {
				_ = json.Unmarshal(set[name], &values) // or loading it says why not
			}
			if len(sets) == 1 && len(set) == 1 && name == "path" && len(values) == 1 {
				return values[0]
			}
			matchers = append(matchers, strings.Join(append([]string{name}, values...), " "))
		}
		described[i] = strings.Join(matchers, ", ")
	}
	return "<" + strings.Join(described, " or ") + ">"
}

// checkText refuses what would not be one line of text on a page.
func checkText(name, text string) error {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("%s %q has a line break or another control character", name, text)
	}
	return nil
}
