package caddyauth

import (
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// rule takes a condition on the line, conditions in a block of which all must
// hold, or both.
//
//	allow|deny [<matcher>] <condition>
//	allow|deny [<matcher>] [<condition>] {
//	    <condition>
//	    message <text>
//	}
func (p *parser) rule() error {
	rule := Rule{Action: p.Val()}
	nesting := p.Nesting()
	if p.NextArg() {
		set, named, err := p.matcherToken(rule.Action)
		switch {
		case err != nil:
			return err
		case named:
			rule.MatcherSetsRaw = caddyhttp.RawMatcherSets{set}
		default:
			p.Prev()
		}
	}
	var conditions []Condition
	if p.NextArg() {
		if second := p.Val(); rule.MatcherSetsRaw != nil && (strings.HasPrefix(second, "/") || strings.HasPrefix(second, "@")) {
			return p.Errf("%s takes one matcher, and '%s' is a second: give several paths a name, such as: @name path /a/* /b/*", rule.Action, second)
		}
		c, err := parseCondition(p.Dispenser)
		if err != nil {
			return err
		}
		conditions = append(conditions, c)
	}
	for p.NextBlock(nesting) {
		if p.Val() == "message" {
			if rule.Message != "" {
				return p.Errf("message already specified")
			}
			if err := p.text(&rule.Message, func(s string) error { return checkText("message", s) }); err != nil {
				return err
			}
			continue
		}
		c, err := parseCondition(p.Dispenser)
		if err != nil {
			return err
		}
		conditions = append(conditions, c)
	}
	switch len(conditions) {
	case 0:
		return p.Errf("%s without a condition: say whom it is about, such as: %s group Finance, or: %s signed_in", rule.Action, rule.Action, rule.Action)
	case 1:
		rule.Condition = conditions[0]
	default:
		rule.Condition = Condition{All: conditions}
	}
	p.gate.Rules = append(p.gate.Rules, rule)
	return nil
}

// matcherToken reads the current token as a matcher: a path, or the name of one.
func (p *parser) matcherToken(subdirective string) (set caddy.ModuleMap, named bool, err error) {
	arg := p.Val()
	switch {
	case arg == "*":
		return nil, false, p.Errf("%s *: leave the * out, a line without a matcher is about every request", subdirective)
	case strings.HasPrefix(arg, "/"):
		return caddy.ModuleMap{"path": caddyconfig.JSON(caddyhttp.MatchPath{arg}, nil)}, true, nil
	case !strings.HasPrefix(arg, "@"):
		return nil, false, nil
	case p.matcher == nil:
		return nil, false, p.Errf("%s %s: the global option knows no matchers; put this line into the site's %s", subdirective, arg, directive)
	}
	p.Prev()
	if set, _, err = p.matcher(); err != nil {
		return nil, false, p.Errf("%s %s: %v: define it in this site, such as: %s path /private/*", subdirective, arg, err, arg)
	}
	return set, true, nil
}

// paths takes paths and named matchers.
//
//	public|optional|api <path|@matcher...>
func (p *parser) paths(field **Paths) error {
	name, n := p.Val(), 0
	if *field == nil {
		*field = new(Paths)
	}
	into := *field
	for p.NextArg() {
		n++
		if arg := p.Val(); !strings.HasPrefix(arg, "@") {
			if err := checkPath(name, arg); err != nil {
				return p.WrapErr(err)
			}
			into.Paths = append(into.Paths, arg)
			continue
		}
		set, _, err := p.matcherToken(name)
		if err != nil {
			return err
		}
		into.MatcherSetsRaw = append(into.MatcherSetsRaw, set)
	}
	if n == 0 {
		return p.Errf("%s takes one path or more, such as: %s /healthz /static/*", name, name)
	}
	return nil
}
