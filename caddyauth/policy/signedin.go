package policy

import (
	"fmt"
	"strings"
	"time"
)

// SignedIn is met by everybody: conditions are asked about signed-in users
// only. An allow rule with it opens what no rule before it has decided.
func SignedIn() Condition { return signedIn{} }

type signedIn struct{}

func (signedIn) Claims() []string               { return nil }
func (signedIn) Judge(User, time.Time) Truth    { return True }
func (signedIn) settle(User) verdict            { return True }
func (signedIn) Explain(User, time.Time) string { return "signed in: the user is" }
func (signedIn) String() string                 { return "signed_in" }

// SignedInWithin is met when the user proved who they are at most d ago. It is
// Unknown when that time is not known, or lies ahead by more than a minute: one
// of two clocks is wrong then, and the age means nothing. The error is about a d
// that is not above zero.
func SignedInWithin(d time.Duration) (Condition, error) {
	if d <= 0 {
		return nil, fmt.Errorf(`signed_in_within: %q is not above zero; write a duration such as "1h"`, d)
	}
	return age{limit: d}, nil
}

// ahead is by how much the issuer's clock may be before ours.
const ahead = time.Minute

type age struct{ limit time.Duration }

// aging is the age of one user's sign-in.
type aging struct {
	since time.Time
	limit time.Duration
}

func (a aging) at(now time.Time) Truth {
	if a.since.After(now.Add(ahead)) {
		return Unknown
	}
	return truth(now.Sub(a.since) <= a.limit)
}

func (c age) settle(u User) verdict {
	if u.AuthTime.IsZero() {
		return Unknown
	}
	return aging{since: u.AuthTime, limit: c.limit}
}

func (c age) Judge(u User, now time.Time) Truth { return c.settle(u).at(now) }

func (c age) Claims() []string { return nil }

func (c age) Explain(u User, now time.Time) string {
	asked := "signed in within " + short(c.limit) + ": "
	switch gone := now.Sub(u.AuthTime).Round(time.Second); {
	case u.AuthTime.IsZero():
		return asked + "the time of the sign-in is not known"
	case u.AuthTime.After(now.Add(ahead)):
		return asked + "the sign-in lies " + short(-gone) + " ahead, so a clock is wrong"
	default:
		return asked + "the user signed in " + short(max(gone, 0)) + " ago"
	}
}

func (c age) String() string { return "signed_in_within " + short(c.limit) }

// short is a duration without the zeroes at its end: "1h" for "1h0m0s".
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
