package idx

import (
	"slices"
	"strconv"
)

// PasswordPolicy is what a new password must be like. Numbers are 0 when there
// is no such rule.
type PasswordPolicy struct {
	// MinLength and the others count characters.
	MinLength, MinLowerCase, MinUpperCase, MinNumber, MinSymbol int
	// MaxConsecutiveRepeating is how often one character may follow itself.
	MaxConsecutiveRepeating int
	// ExcludeUsername says that no part of the username may be in it.
	ExcludeUsername bool
	// ExcludeAttributes are the profile attributes, by name ("firstName",
	// "lastName"), whose value may not be in it.
	ExcludeAttributes []string
	// UseADComplexity says that Active Directory's rules hold: characters of
	// three kinds of four, no part of the user's name.
	UseADComplexity bool
	// MinAgeMinutes is for how long it cannot be changed again, HistoryCount how
	// many earlier ones it must differ from.
	MinAgeMinutes, HistoryCount int
	// DaysToExpiry is in how many days the present password expires, 0 for today;
	// nil when Okta does not say.
	DaysToExpiry *int
}

// PasswordPolicy is what Settings say of it; nil when they say nothing.
func (a *Authenticator) PasswordPolicy() *PasswordPolicy {
	if a == nil {
		return nil
	}
	return a.policy
}

func newPasswordPolicy(settings object) *PasswordPolicy {
	complexity, age := asObject(inner(settings["complexity"])), asObject(inner(settings["age"]))
	days, expires := asNumber(settings["daysToExpiry"])
	if len(complexity) == 0 && len(age) == 0 && !expires {
		return nil
	}
	p := &PasswordPolicy{
		MinLength:               asCount(complexity["minLength"]),
		MinLowerCase:            asCount(complexity["minLowerCase"]),
		MinUpperCase:            asCount(complexity["minUpperCase"]),
		MinNumber:               asCount(complexity["minNumber"]),
		MinSymbol:               asCount(complexity["minSymbol"]),
		MaxConsecutiveRepeating: asCount(complexity["maxConsecutiveRepeatingCharacters"]),
		ExcludeUsername:         asBool(complexity["excludeUsername"], false),
		UseADComplexity:         asBool(complexity["useADComplexityRequirements"], false),
		MinAgeMinutes:           asCount(age["minAgeMinutes"]),
		HistoryCount:            asCount(age["historyCount"]),
	}
	if expires {
		days = max(0, days)
		p.DaysToExpiry = &days
	}
	exclude := func(attribute string) {
		if attribute != "" && !slices.Contains(p.ExcludeAttributes, attribute) {
			p.ExcludeAttributes = append(p.ExcludeAttributes, attribute)
		}
	}
	for _, v := range list(complexity["excludeAttributes"]) {
		exclude(asString(v))
	}
	// The older spelling of the same.
	if asBool(complexity["excludeFirstName"], false) {
		exclude("firstName")
	}
	if asBool(complexity["excludeLastName"], false) {
		exclude("lastName")
	}
	return p
}

// asNumber reads a whole number, which may be negative.
func asNumber(v any) (n int, ok bool) {
	n64, err := strconv.ParseInt(asText(v), 10, 32)
	return int(n64), err == nil
}
