package okta

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// Kind of a failed call, for those who decide what to tell the user.
type Kind string

const (
	// Unreachable: no answer, or not a whole one.
	Unreachable Kind = "unreachable"
	// NotOkta: an answer, but not one that Okta gives (a proxy's page, say).
	NotOkta Kind = "not_okta"
	// RateLimited: 429. Error.RetryAt says when to come back, if Okta did.
	RateLimited Kind = "rate_limited"
	// Refused: Okta understood and said no, for a reason in Error.Code.
	Refused Kind = "refused"
	// Untrusted: a token or an address that must not be used.
	Untrusted Kind = "untrusted"
)

// Error is a call to the org that did not give what was asked for. Its text is
// for the operator's log: it holds Okta's code and description, never a token,
// code, handle or secret.
type Error struct {
	Kind        Kind
	Endpoint    string // "interact", "introspect", "token", ...
	Status      int    // 0 when there was no answer
	Code        string // OAuth "error" or Okta's errorCode (E0000047)
	Description string
	RequestID   string // X-Okta-Request-Id, what Okta's support asks for
	RetryAt     time.Time
	Err         error
}

func (e *Error) Error() string {
	s := "okta " + e.Endpoint + ": " + string(e.Kind)
	if e.Status != 0 {
		s += fmt.Sprintf(", status %d", e.Status)
	}
	if e.Code != "" {
		s += fmt.Sprintf(", %s", e.Code)
	}
	if e.Description != "" {
		s += fmt.Sprintf(": %q", e.Description)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.RequestID != "" {
		s += " (request " + e.RequestID + ")"
	}
	return s
}

// AsError finds the *Error in err.
func AsError(err error) (*Error, bool) {
	var e *Error
	return e, errors.As(err, &e)
}

func (e *Error) Unwrap() error { return e.Err }

// unreachable wraps a transport failure. The address is dropped from it: the
// endpoint's name says as much, and an address may carry a token.
func unreachable(endpoint string, err error) *Error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return &Error{Kind: Unreachable, Endpoint: endpoint, Err: err}
}

func untrusted(endpoint string, err error) *Error {
	return &Error{Kind: Untrusted, Endpoint: endpoint, Err: err}
}

// callError is err as an *Error: the one that it is, or a call that gave none.
func callError(endpoint string, err error) error {
	var e *Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return unreachable(endpoint, err)
}

// refusal reads the error shapes of OAuth (RFC 6749, section 5.2) and of Okta's
// API out of an answer that is not a success.
func (o *Org) refusal(endpoint string, a *answer) *Error {
	// Withheld first: a value that is cut short would not be found.
	safe := func(s string, most int) string { return clean(withhold(s, a.sent), most) }
	e := &Error{Kind: Refused, Endpoint: endpoint, Status: a.status, RequestID: safe(a.header.Get("X-Okta-Request-Id"), 64)}
	var body struct {
		Error            string `json:"error"`
		ErrorDescription string `json:"error_description"`
		ErrorCode        string `json:"errorCode"`
		ErrorSummary     string `json:"errorSummary"`
	}
	if json.Unmarshal(a.body, &body) == nil {
		e.Code, e.Description = safe(body.Error, 64), safe(body.ErrorDescription, 300)
		if body.ErrorCode != "" {
			e.Code, e.Description = safe(body.ErrorCode, 64), safe(body.ErrorSummary, 300)
		}
	}
	switch {
	case a.status == http.StatusTooManyRequests:
		e.Kind = RateLimited
		e.RetryAt = o.retryAt(a.header)
	case !oktaCode.MatchString(e.Code), a.status < 400 || a.status >= 500:
		e.Kind = NotOkta
	}
	return e
}

// oktaCode is what Okta's codes look like, OAuth's and its own. A proxy that
// blocks the call says {"error": "Forbidden"} and the like.
var oktaCode = regexp.MustCompile(`^([a-z]+(_[a-z]+)*|E[0-9]{7})$`)

// retryAt reads X-Rate-Limit-Reset (seconds since 1970); zero when it is absent
// or not within the next hour.
func (o *Org) retryAt(h http.Header) time.Time {
	n, err := strconv.ParseInt(h.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	now, at := o.cfg.Now(), time.Unix(n, 0)
	if at.Before(now) || at.After(now.Add(time.Hour)) {
		return time.Time{}
	}
	return at
}

// clean makes a string from the wire fit for a log line.
func clean(s string, most int) string {
	out := make([]rune, 0, min(len(s), most))
	for _, r := range s {
		if r < 0x20 || r == 0x7f {
			r = ' '
		}
		if out = append(out, r); len(out) == most {
			break
		}
	}
	return string(out)
}
