package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// User is what conditions judge.
type User struct {
	// Claims are flat, by the full name that a condition's Claims gives. A nil
	// value was asked for and the user lacks it; an absent name was never asked
	// for; neither is known. Values are string, bool, json.Number, float64,
	// []any, map[string]any or nil; any other kind is Unknown to conditions.
	Claims map[string]any
	// AuthTime is when the user last proved who they are; zero when that is not
	// known.
	AuthTime time.Time
}

// Condition is a question about a user. It never changes once it is made, and
// many requests may ask it at once.
type Condition interface {
	// Claims are the names of the claims that it asks for, sorted, each once.
	Claims() []string
	// Judge answers for a user at a time.
	Judge(u User, now time.Time) Truth
	// Explain says in one clause what is asked and what was found, for an
	// operator: it names claim values, so it is never for the user's eyes nor
	// for a log.
	Explain(u User, now time.Time) string
	// String is the condition as it stands in a Caddyfile; that of Any and All
	// is a block of several lines.
	String() string

	// settle judges what time does not change, once for a session. It keeps
	// nothing of u.Claims.
	settle(u User) verdict
}

// verdict is what is left of a condition once the user is known: a Truth, which
// is final, or something that the time decides.
type verdict interface {
	at(now time.Time) Truth
}

// checkValues refuses configured values that would match nobody. "" in a list
// once matched whoever had an empty group (oauth2-proxy #3365).
func checkValues(word, kind string, values []string) error {
	if len(values) == 0 {
		return fmt.Errorf("%s: write at least one %s", word, kind)
	}
	for _, value := range values {
		if value == "" {
			return fmt.Errorf(`%s: an empty %s, "", matches nobody; leave it out`, word, kind)
		}
		if strings.ContainsFunc(value, unicode.IsControl) {
			return fmt.Errorf("%s: %q has control characters", word, value)
		}
	}
	return nil
}

// checkClaim refuses a name that no claim has.
func checkClaim(word, name string) error {
	// Dots lead into objects, and nothing is called "".
	if slices.Contains(strings.Split(name, "."), "") || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return fmt.Errorf(`%s: %q is not the name of a claim; write one such as "department" or "address.country"`, word, name)
	}
	return nil
}
