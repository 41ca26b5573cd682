package signin

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// Visit is one request of a browser that is not signed in.
type Visit struct {
	Candidates []string // values of the sign-in cookie, best first
	Host       string   // that the cookie is bound to
	Return     string   // address to come back to, as [SafeReturn] gives it
	Device     okta.Device
	Reference  string // names this request to the user and in the log
	LoginHint  string // a name to begin with; may be empty

	Remediation string     // of a post, or of an exit: which one
	Choice      string     // of an exit: which of several with that name
	Posted      url.Values // of a post: the form
	Script      bool       // of a post: a script asks, and wants no page
}

// hint is the name to begin with, if it can be one.
func (v *Visit) hint() string {
	if len(v.LoginHint) > maxValueText || strings.ContainsFunc(v.LoginHint, unicode.IsControl) {
		return ""
	}
	return v.LoginHint
}

// Outcome is what to do with a visit: show a page, or go somewhere.
type Outcome struct {
	Page     *Page
	Redirect string // 303 to here, when there is no page
	// Exit is an address of another site to go to, at the user's wish. It may
	// hold a secret of Okta's: it is for the Location header and no log.
	Exit string
	// Waiting answers a script that asks whether a step is over.
	Waiting *Waiting
	// Transaction is the new value of the sign-in cookie: nil leaves it as it
	// is, an empty string removes it.
	Transaction *string
	// SignedIn is set once, at the end.
	SignedIn *SignedIn
	// Reason names what happened, for the log; Err is why.
	Reason string
	Err    error
	// Warning is what an operator could put right, though the user can go on.
	Warning error
	// Ref ties the log lines of one sign-in together; it reveals nothing.
	Ref string
}

// SignedIn is a user whose ID token passed every check.
type SignedIn struct {
	Tokens *okta.Tokens
	Claims okta.Claims // the ID token's, then /userinfo's
	AtOkta bool        // the browser was on Okta's own pages, and may have a session there
	Keep   bool        // the user asked to be kept signed in
}

// Names of our own inputs. A JSON path never starts with a slash, so they meet
// no field of Okta's.
const (
	tokenInput  = "/token"
	ReturnInput = "/return"
	// confirmInput repeats a new password.
	confirmInput = "/confirm"
)

// Reasons of outcomes.
const (
	ReasonBegun    = "sign_in_begun"
	ReasonShown    = "step_shown"
	ReasonAccepted = "step_accepted"
	ReasonRejected = "step_rejected"
	ReasonExpired  = "sign_in_expired"
	ReasonStale    = "stale_form"
	ReasonCanceled = "sign_in_canceled"
	ReasonSignedIn = "signed_in"
	ReasonTrouble  = "okta_trouble"
	ReasonFailed   = "sign_in_failed"
	ReasonLimited  = "too_many_sign_ins"
	ReasonLeft     = "left_for_another_site"
	// ReasonElsewhere: a link was opened in another browser than the one that
	// waits for it.
	ReasonElsewhere = "link_opened_elsewhere"
)
