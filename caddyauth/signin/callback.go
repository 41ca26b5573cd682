package signin

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/url"
	"regexp"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// CallbackPath is the part of our paths that Okta sends browsers to, below the
// prefix: the redirect URI, and the address in e-mails.
const CallbackPath = "callback"

// A landing is what a browser that came by a link is told, at our own address
// without the link's query: codes and tokens in an address end up in histories
// and logs. It is kept beside a sign-in that may be under way.
type landing struct {
	Failure *failure `json:"f,omitempty"`
	// Code is to be typed where the sign-in began: the link was opened in
	// another browser.
	Code string `json:"c,omitempty"`
	// Recovery or Activation is the token of an e-mailed link, until the user
	// says to go on: mail scanners open links too, and a token is good for once.
	Recovery   string `json:"r,omitempty"`
	Activation string `json:"a,omitempty"`
}

// Callback takes what Okta sent a browser with. It always ends in a redirect to
// an address without a query.
//
// A sign-in is finished only in the browser that began it: its state must be the
// one in the transaction (RFC 6749, section 10.12). Anything else could sign a
// victim in as the attacker.
func (f *Flow) Callback(ctx context.Context, v *Visit, query url.Values) (out Outcome) {
	tx := f.open(v)
	defer func() { f.refer(&out, tx) }()
	one := func(name string) string {
		if len(query[name]) != 1 {
			return ""
		}
		return query.Get(name)
	}
	ours := tx != nil && tx.begun() && !tx.expired(f.Now()) &&
		subtle.ConstantTimeCompare([]byte(one("state")), []byte(tx.Interaction.State)) == 1
	away := tx != nil && tx.Away != nil && !tx.expired(f.Now()) &&
		subtle.ConstantTimeCompare([]byte(one("state")), []byte(tx.Away.State)) == 1
	if ours || away {
		v.Return = tx.back()
	}
	switch {
	case away && one("code") != "":
		in := *tx.Away
		tx.Away = nil
		tokens, err := f.Org.RedeemCode(ctx, v.Device, one("code"), in)
		return f.signedIn(ctx, v, tx, tokens, err)
	case away:
		tx.Away = nil
		return f.resume(v, tx, one("error"), one("error_description"))
	case linkToken.MatchString(one("recovery_token")):
		return f.land(v, tx, landing{Recovery: one("recovery_token")}, ReasonShown)
	case linkToken.MatchString(one("activation_token")):
		return f.land(v, tx, landing{Activation: one("activation_token")}, ReasonShown)
	case one("otp") != "" && ours:
		return f.mailed(ctx, v, tx, one("otp"))
	case one("otp") != "":
		if !plainCode.MatchString(one("otp")) {
			return f.land(v, tx, landing{Failure: lost()}, ReasonStale)
		}
		return f.land(v, tx, landing{Code: one("otp")}, ReasonElsewhere)
	case !ours:
		return f.land(v, tx, landing{Failure: lost()}, ReasonStale)
	case one("interaction_code") != "":
		unlock := f.Answers.lock(tx.Interaction.Handle)
		defer unlock()
		return f.finish(ctx, v, tx, one("interaction_code"))
	}
	return f.resume(v, tx, one("error"), one("error_description"))
}

// resume shows the step that Okta is at by now. Okta says "interaction_required"
// where the visit went well and more is asked for.
func (f *Flow) resume(v *Visit, tx *Transaction, code, description string) Outcome {
	tx.Turn++ // what is remembered of the step before is over
	out := Outcome{Redirect: v.Return, Reason: ReasonAccepted}
	tx.Advanced = code == "interaction_required"
	tx.tell()
	if !tx.Advanced {
		out.Reason = ReasonRejected
		tx.tell(noteAway)
		if description != "" {
			tx.tell(note{Class: "ERROR", Text: description})
		}
	}
	out.Transaction = f.seal(v, tx)
	return out
}

// mailed answers the step that waits for an e-mail with the code in its link.
func (f *Flow) mailed(ctx context.Context, v *Visit, tx *Transaction, code string) Outcome {
	unlock := f.Answers.lock(tx.Interaction.Handle)
	defer unlock()
	answer, err := f.introspect(ctx, v, tx)
	switch {
	case err != nil:
		return f.retry(v, tx, nil, err)
	case answer.Expired():
		return f.restart(v, tx)
	case answer.InteractionCode != "":
		return f.finish(ctx, v, tx, answer.InteractionCode)
	}
	rem := waitsForMail(answer)
	if rem == nil {
		return Outcome{Redirect: v.Return, Reason: ReasonStale}
	}
	return f.proceed(ctx, v, tx, rem, url.Values{"credentials/passcode": {code}})
}

// waitsForMail is the form that takes the code of an e-mail, if that is the step.
func waitsForMail(answer *okta.Answer) *idx.Remediation {
	for _, name := range []string{"challenge-authenticator", "enroll-authenticator"} {
		if rem := answer.Find(name); rem != nil {
			if a := aboutWhom(answer, rem); a != nil && a.Key == "okta_email" {
				return rem
			}
		}
	}
	return nil
}

// land keeps what is to be told, and goes to our own address without a query.
func (f *Flow) land(v *Visit, tx *Transaction, l landing, reason string) Outcome {
	if tx == nil {
		tx = (*Transaction)(nil).again(f.Now())
	}
	if l.Failure != nil {
		l.Failure.Reference = v.Reference
	}
	tx.Landing = &l
	return Outcome{Redirect: f.Prefix + CallbackPath, Transaction: f.seal(v, tx), Reason: reason}
}

// Landed shows what a browser that came by a link is told; where there is
// nothing, it leads on.
func (f *Flow) Landed(v *Visit) Outcome {
	tx := f.open(v)
	if tx == nil || tx.Landing == nil {
		return Outcome{Redirect: v.Return, Reason: ReasonStale}
	}
	l, words := tx.Landing, f.Words.For(v.Device.AcceptLanguage)
	page := &Page{Template: "message", Status: http.StatusOK, Lang: words.Lang(), Dir: words.Dir(), App: hostOf(v.Host)}
	switch {
	case l.Code != "":
		page.Title, page.Lead = words.Say("Your code"), words.Say("Type it into the window where you began to sign in.")
		page.Parts = []Part{{Kind: "code", Title: words.Say("Your code"), Text: l.Code}}
		page.Links = []Link{{URL: v.Return, Label: words.Say("Sign in here instead")}}
	case l.Failure != nil:
		l.Failure.Return = v.Return
		page = f.failurePage(l.Failure)
	default:
		page.Title, page.Lead = words.Say("Go on to your account"), words.Say("You followed a link in an e-mail.")
		page.Form = &Form{
			Action: f.Prefix + CallbackPath, Label: words.Say("Continue"), Style: "primary",
			Hidden: []Hidden{{tokenInput, f.landingToken(v, tx)}},
		}
		return Outcome{Page: page, Reason: ReasonShown} // also after a reload
	}
	tx.Landing = nil
	out := Outcome{Page: page, Transaction: new(string), Reason: ReasonShown}
	if tx.begun() || tx.Away != nil {
		out.Transaction = f.seal(v, tx)
	}
	return out
}

// Follow begins the sign-in that an e-mailed link is for, at the user's word.
func (f *Flow) Follow(ctx context.Context, v *Visit) Outcome {
	tx := f.open(v)
	if tx == nil || tx.Landing == nil || !sameToken(v.Posted, f.landingToken(v, tx)) {
		return Outcome{Redirect: v.Return, Reason: ReasonStale}
	}
	if f.Beginnings != nil && !f.Beginnings.allow(v.Device.Address, f.Now()) {
		return Outcome{Page: f.failurePage(tooMany(v.Return)), Reason: ReasonLimited}
	}
	l := tx.Landing
	next := tx.again(f.Now())
	in, err := f.Org.Interact(ctx, v.Device, okta.InteractOptions{RecoveryToken: l.Recovery, ActivationToken: l.Activation})
	if err != nil {
		next.Failure = describe(err, f.Now())
		if deadLink(err) {
			next.Failure = &failure{Status: http.StatusBadRequest, Title: "This link does not work",
				Text: "It is too old, was used already, or is not whole. Ask for a new one, or sign in."}
		}
		next.Failure.Reference = v.Reference
		return Outcome{Redirect: v.Return, Transaction: f.seal(v, next), Reason: ReasonRejected, Err: err}
	}
	next.Interaction = *in
	return Outcome{Redirect: v.Return, Transaction: f.seal(v, next), Reason: ReasonBegun}
}

// landingToken binds the form of a landing to this browser's transaction.
func (f *Flow) landingToken(v *Visit, tx *Transaction) string {
	return mac(tx, v.Host, f.Binding, CallbackPath, tx.Landing.Recovery, tx.Landing.Activation)
}

// deadLink tells whether Okta refused the token of a link, rather than us.
func deadLink(err error) bool {
	e, ok := okta.AsError(err)
	return ok && e.Kind == okta.Refused && e.Code == "invalid_request"
}

// lost is told to a browser that brings the end of a sign-in that it did not
// begin, or has forgotten.
func lost() *failure {
	return &failure{Status: http.StatusBadRequest, Title: "This sign-in did not begin here",
		Text: "It can only be finished in the browser window where it began, within an hour. Please sign in again."}
}

// What a link may bring: anybody can make one, and what it holds is kept in a
// cookie or shown on a page.
var (
	plainCode = regexp.MustCompile(`^[A-Za-z0-9]{4,8}$`)
	linkToken = regexp.MustCompile(`^[A-Za-z0-9._~+/=-]{1,256}$`)
)
