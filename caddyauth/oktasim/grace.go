package oktasim

import (
	"slices"
	"time"
)

// Grace lets users put off setting up what they must, until a time or for so
// many sign-ins.
type Grace struct {
	Until time.Time `json:"until,omitzero"`
	Skips int       `json:"skips,omitempty"`
}

// graceOf is what is left of the grace for an authenticator; nil: nothing.
func (t *turn) graceOf(a *authenticator) object {
	for _, round := range t.unmet() {
		if slices.Contains(round, a.name) {
			return nil // without it there is no sign-in
		}
	}
	grace, ok := t.tx.policy.Grace[a.name]
	left := grace.Skips - t.tx.user.putOff[a.name]
	switch {
	case !ok:
		return nil
	case t.Now().Before(grace.Until):
		return object{"expiry": isoTime(grace.Until)}
	case left > 0:
		return object{"type": "BY_SKIP_COUNT", "remainingSkips": left}
	}
	return nil
}

// putOff skips the list of what is to be set up, and counts it where that is
// limited.
func putOff(t *turn) *rejection {
	for _, a := range t.enrollable() {
		if t.graceOf(a) != nil {
			t.tx.user.putOff[a.name]++
			t.tx.skipped = append(t.tx.skipped, enrollList+a.name)
		}
	}
	t.tx.skipped = append(t.tx.skipped, enrollList)
	t.tx.attempt = nil
	return nil
}

// postponable says whether nothing on the list has to be set up now.
func (t *turn) postponable() bool {
	return !slices.ContainsFunc(t.required(), func(a *authenticator) bool { return t.graceOf(a) == nil })
}
