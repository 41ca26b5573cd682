package identity

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// step is one function of a placeholder, ready to run. The reason is given
// where something is left out that is not meant to go: a filter has none.
type step func(value) (value, string)

// function is one that may stand behind a | in a placeholder.
type function struct {
	usage    string
	pairs    bool // the arguments are FROM=TO
	min, max int  // how many arguments
	build    func(arguments) (step, error)
}

type arguments []argument

// argument is a word, or two with a = between them where the function takes
// pairs.
type argument struct{ from, text string }

const many = 1000

var functions = map[string]function{
	"first":      {"first", false, 0, 0, fixed(first)},
	"split":      {"split(SEPARATOR)", false, 1, 1, buildSplit},
	"join":       {"join(SEPARATOR)", false, 1, 1, buildJoin},
	"lower":      {"lower", false, 0, 0, eachText(lower)},
	"upper":      {"upper", false, 0, 0, eachText(upper)},
	"local_part": {"local_part", false, 0, 0, fixed(func(v value) (value, string) { return v.each(localPart) })},
	"prefix":     {"prefix(TEXT)", false, 1, 1, buildPrefix},
	"replace":    {"replace(REGEX, SUBSTITUTION)", false, 2, 2, buildReplace},
	"filter":     {"filter(GLOB, ...)", false, 1, many, buildFilter},
	"map":        {"map(GLOB=TO, ..., *=DEFAULT)", true, 1, many, buildMap},
	"choose":     {"choose(GLOB=WORD, ..., *=DEFAULT)", true, 1, many, buildChoose},
	"max":        {"max(BYTES)", false, 1, 1, buildMax},
	"base64":     {"base64", false, 0, 0, eachText(toBase64)},
	"base64url":  {"base64url", false, 0, 0, eachText(toBase64URL)},
	"percent":    {"percent", false, 0, 0, eachText(toPercent)},
	"rfc8187":    {"rfc8187", false, 0, 0, eachText(toRFC8187)},
	"json":       {"json", false, 0, 0, fixed(toJSON)},
	// The whole header changes its encoding, when it is otherwise done.
	"latin1": {"latin1", false, 0, 0, fixed(func(v value) (value, string) { return v, "" })},
}

// build makes a step of a function's name and arguments.
func build(name string, args arguments) (step, error) {
	f, ok := functions[name]
	if !ok {
		return nil, fmt.Errorf("no function %q: %s", name, oneOf(name, slices.Collect(maps.Keys(functions))))
	}
	if len(args) < f.min || len(args) > f.max {
		return nil, fmt.Errorf("%s has %d arguments: write %s", name, len(args), f.usage)
	}
	run, err := f.build(args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return run, nil
}

func fixed(run step) func(arguments) (step, error) {
	return func(arguments) (step, error) { return run, nil }
}

func eachText(f func(string) string) func(arguments) (step, error) {
	return fixed(func(v value) (value, string) {
		return v.each(func(s string) (string, string) { return f(s), "" })
	})
}

func first(v value) (value, string) {
	if v.shape == list && len(v.items) > 0 {
		return text(v.items[0], single), ""
	}
	return v, ""
}

func lower(s string) string { return strings.Map(caseWithinASCII(unicode.ToLower), s) }
func upper(s string) string { return strings.Map(caseWithinASCII(unicode.ToUpper), s) }

// caseWithinASCII leaves alone the letters beyond ASCII that would turn into
// one within: the Kelvin sign into k, the dotless i into I. Whoever may choose
// a name with such a letter would become the user with the plain one.
func caseWithinASCII(change func(rune) rune) func(rune) rune {
	return func(r rune) rune {
		if changed := change(r); (r > unicode.MaxASCII) == (changed > unicode.MaxASCII) {
			return changed
		}
		return r
	}
}

// localPart is what stands before the @ of an address. A text without an @ is
// one already; one that is no address is nobody's (oauth2-proxy CVE-2026-40574
// read a@evil.com@company.com as an address of company.com).
func localPart(s string) (string, string) {
	local, domain, address := strings.Cut(s, "@")
	if address && (local == "" || domain == "" || strings.Contains(domain, "@")) {
		return "", "it is not an e-mail address with one @"
	}
	return local, ""
}

func buildSplit(args arguments) (step, error) {
	separator := args[0].text
	if separator == "" {
		return nil, errors.New("the separator is empty")
	}
	return func(v value) (value, string) {
		out := value{shape: list}
		for _, item := range v.items {
			for piece := range strings.SplitSeq(item, separator) {
				if piece != "" {
					out.items = append(out.items, piece)
				}
			}
		}
		return out, ""
	}, nil
}

func buildJoin(args arguments) (step, error) {
	separator := args[0].text
	if separator == "" {
		return nil, errors.New("the separator is empty, so that a and bc would be ab and c")
	}
	return func(v value) (value, string) { return v.join(separator) }, nil
}

func buildPrefix(args arguments) (step, error) {
	prefix := args[0].text
	return func(v value) (value, string) {
		return v.each(func(s string) (string, string) { return prefix + s, "" })
	}, nil
}

func buildReplace(args arguments) (step, error) {
	pattern, err := regexp.Compile(args[0].text)
	if err != nil {
		return nil, fmt.Errorf("%q is not a regular expression in RE2 syntax: %w", args[0].text, err)
	}
	substitution := args[1].text
	if err := checkSubstitution(pattern, substitution); err != nil {
		return nil, err
	}
	return func(v value) (value, string) {
		return v.each(func(s string) (string, string) { return pattern.ReplaceAllString(s, substitution), "" })
	}, nil
}

// reference finds what package regexp takes for one in a substitution.
var reference = regexp.MustCompile(`\$(?:\$|(\w+)|\{(\w+)\}|)`)

// checkSubstitution refuses a reference to a group that there is not. It would
// become nothing: "$1x" is the group called 1x.
func checkSubstitution(pattern *regexp.Regexp, substitution string) error {
	for _, found := range reference.FindAllStringSubmatch(substitution, -1) {
		name := found[1] + found[2]
		switch number, err := strconv.Atoi(name); {
		case found[0] == "$$":
		case name == "":
			return fmt.Errorf("the $ in %q names no group: write ${1}, or $$ for a dollar sign", substitution)
		case err == nil && number <= pattern.NumSubexp():
		case err != nil && pattern.SubexpIndex(name) >= 0:
		default:
			return fmt.Errorf("%q refers to the group %q, which %q has not: write ${1} where letters or digits follow", substitution, name, pattern)
		}
	}
	return nil
}

func buildFilter(args arguments) (step, error) {
	globs := make([]string, len(args))
	for i, a := range args {
		globs[i] = a.text
	}
	f, err := NewFilter(globs...)
	if err != nil {
		return nil, err
	}
	return func(v value) (value, string) {
		return v.each(func(s string) (string, string) {
			if f.Match(s) {
				return s, ""
			}
			return "", ""
		})
	}, nil
}

// checkPairs refuses pairs that nothing would ever reach.
func checkPairs(args arguments) error {
	for i, a := range args {
		switch {
		case a.from == "" || a.text == "":
			return fmt.Errorf("%q=%q has an empty side", a.from, a.text)
		case slices.ContainsFunc(args[:i], func(b argument) bool { return b.from == "*" || b.from == a.from }):
			return fmt.Errorf("%q=%q comes after %q or * and is never reached", a.from, a.text, a.from)
		}
	}
	return nil
}

// wordFor is the right side of the first pair whose left side matches.
func wordFor(args arguments, item string) string {
	for _, a := range args {
		if glob(a.from).match(item) {
			return a.text
		}
	}
	return ""
}

func buildMap(args arguments) (step, error) {
	if err := checkPairs(args); err != nil {
		return nil, err
	}
	return func(v value) (value, string) {
		seen := map[string]bool{}
		return v.each(func(s string) (string, string) {
			word := wordFor(args, s)
			if seen[word] {
				return "", ""
			}
			seen[word] = true
			return word, ""
		})
	}, nil
}

func buildChoose(args arguments) (step, error) {
	if err := checkPairs(args); err != nil {
		return nil, err
	}
	return func(v value) (value, string) {
		for _, a := range args {
			// Okta leaves a claim of groups out for a user who is in none: the
			// word for everybody else is for them too.
			if a.from == "*" || slices.ContainsFunc(v.items, glob(a.from).match) {
				return text(a.text, single), ""
			}
		}
		return value{}, ""
	}, nil
}

func buildMax(args arguments) (step, error) {
	limit, err := strconv.Atoi(args[0].text)
	if err != nil || limit < 1 || limit > MaxValue {
		return nil, fmt.Errorf("%q is not a number of bytes between 1 and %d", args[0].text, MaxValue)
	}
	return func(v value) (value, string) {
		return v.each(func(s string) (string, string) {
			if len(s) > limit {
				return "", fmt.Sprintf("it has %d bytes, more than the %d of max", len(s), limit)
			}
			return s, ""
		})
	}, nil
}
