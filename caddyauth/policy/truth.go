package policy

import "time"

// Truth is the outcome of a condition. What cannot be evaluated is Unknown; it
// never grants, and it always denies (Rules say how). The logic is Kleene's:
// Unknown stays Unknown unless what is known decides alone.
type Truth int8

// The outcomes of a condition. The zero value is False.
const (
	False Truth = iota
	True
	Unknown
)

// String is "false", "true" or "unknown".
func (t Truth) String() string {
	switch t {
	case False:
		return "false"
	case True:
		return "true"
	}
	return "unknown"
}

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}

// not leaves Unknown as it is: who is not known to be in a group is not known
// to be outside of it either.
func (t Truth) not() Truth {
	switch t {
	case False:
		return True
	case True:
		return False
	}
	return Unknown
}

// at makes a Truth a verdict that time does not change.
func (t Truth) at(time.Time) Truth { return t }
