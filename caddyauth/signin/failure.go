package signin

import (
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// failure is the end of a sign-in that did not work out, in words for the user.
// The cause is in the operator's log, under the same reference.
type failure struct {
	Status    int    `json:"s"`
	Retry     int    `json:"a,omitempty"` // seconds
	Title     string `json:"t"`
	Text      string `json:"x"`
	Reference string `json:"r,omitempty"`
	Return    string `json:"-"`
}

// describe says what a failed call to Okta means for the user.
func describe(err error, now time.Time) *failure {
	var e *okta.Error
	if !errors.As(err, &e) {
		return &failure{Status: http.StatusInternalServerError, Title: "Something went wrong",
			Text: "Sign-in stopped because of a fault on our side. Please try again; if it happens again, tell your administrator the reference below."}
	}
	switch e.Kind {
	case okta.RateLimited:
		x := &failure{Status: http.StatusServiceUnavailable, Retry: 60, Title: "Too many sign-ins at the moment",
			Text: "Please wait a minute, then try again."}
		if s := math.Ceil(e.RetryAt.Sub(now).Seconds()); s >= 1 && s <= 3600 {
			x.Retry = int(s)
		}
		return x
	case okta.Unreachable, okta.NotOkta:
		if e.Endpoint == "discovery" && e.Status == http.StatusNotFound {
			return notSetUp()
		}
		return &failure{Status: http.StatusServiceUnavailable, Retry: 15, Title: "Sign-in is not available right now",
			Text: "We could not reach the sign-in service. Please try again in a moment."}
	case okta.Untrusted:
		return &failure{Status: http.StatusBadGateway, Title: "Sign-in could not be completed",
			Text: "The answer of the sign-in service did not pass our checks, so nobody was signed in. Please try again; if it happens again, tell your administrator the reference below."}
	case okta.Refused:
		if e.Code == notAssigned || e.Code == "access_denied" && e.Endpoint == "token" {
			return &failure{Status: http.StatusForbidden, Title: "You do not have access",
				Text: "Your account may not use this application. Ask your administrator, and give the reference below."}
		}
		return notSetUp()
	}
	return &failure{Status: http.StatusInternalServerError, Title: "Something went wrong", Text: "Please try again."}
}

func notSetUp() *failure {
	return &failure{Status: http.StatusBadGateway, Title: "Sign-in is not set up correctly",
		Text: "The sign-in service refused this application. Only an administrator can mend this: please give them the reference below."}
}

// tooMany answers an address that begins one sign-in after the other.
func tooMany(returnTo string) *failure {
	return &failure{Status: http.StatusTooManyRequests, Retry: 5, Return: returnTo, Title: "Too many sign-ins at the moment",
		Text: "Very many sign-ins have begun from your network. Please try again in a few seconds."}
}

// denial is what an answer says that no other try of the user's changes, only an
// administrator; nil where there is nothing of the kind.
func denial(step string, a *okta.Answer) error {
	e := &okta.Error{Kind: okta.Refused, Endpoint: step, Status: a.Status}
	switch {
	case !a.Rejected():
		return nil
	case a.HasMessage(notAssigned):
		e.Code = notAssigned
	case a.ErrorCode == "access_denied": // OAuth's shape: the org lacks the feature
		e.Code = a.ErrorCode
	default:
		return nil
	}
	return e
}

// notAssigned is Okta's key for a user whom the application is not assigned to.
const notAssigned = "idx.error.user.not.assigned.to.app"

// fail answers a navigation that could not even show a step.
func (f *Flow) fail(v *Visit, err error) Outcome {
	x := describe(err, f.Now())
	x.Reference, x.Return = v.Reference, v.Return
	return Outcome{Page: f.failurePage(x), Reason: ReasonTrouble, Err: err}
}

// abandon ends a sign-in that was accepted by Okta and refused by us. The page
// comes after a redirect, so that reloading it posts nothing.
func (f *Flow) abandon(v *Visit, tx *Transaction, err error) Outcome {
	n := tx.again(f.Now())
	n.Failure = describe(err, f.Now())
	n.Failure.Reference = v.Reference
	return Outcome{Redirect: v.Return, Transaction: f.seal(v, n), Reason: ReasonFailed, Err: err}
}

// Fail ends a sign-in for a reason of the caller's (a session that cannot be
// kept, say): the next page shows it, once. The status is 503 where trying again
// after retry seconds is of use, and 500 where retry is 0.
func (f *Flow) Fail(v *Visit, retry int, title, text string, err error) Outcome {
	n := (*Transaction)(nil).again(f.Now())
	n.Failure = &failure{Status: http.StatusInternalServerError, Retry: retry, Title: title, Text: text, Reference: v.Reference}
	if retry > 0 {
		n.Failure.Status = http.StatusServiceUnavailable
	}
	return Outcome{Redirect: v.Return, Transaction: f.seal(v, n), Reason: ReasonFailed, Err: err}
}

func (f *Flow) failurePage(x *failure) *Page {
	return &Page{
		Template: "message", Status: x.Status, RetryAfter: x.Retry,
		Title: x.Title, Messages: []Message{{Class: "ERROR", Text: x.Text}}, Reference: x.Reference,
		Links: []Link{{URL: x.Return, Label: "Try again"}},
	}
}
