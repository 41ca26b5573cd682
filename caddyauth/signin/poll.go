package signin

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// Some steps end elsewhere: in an e-mail, on a phone. Whoever shows one asks
// Okta from time to time whether it has, and nothing waits in between: each look
// is a request of its own, by the page's script, by a refresh of a page without
// script, or by the user's own hand.

// How long to wait between two looks where Okta does not say; and after it said
// that there were too many, where it does not say that either.
const (
	pollInterval = 4 * time.Second
	pollRest     = time.Minute
)

// Waiting is what a script that polls needs to know.
type Waiting struct {
	// Mark is the page's, as it would be shown now: another one than the
	// script's own page has means that there is something new to see.
	Mark string
	// Wait is how long to wait before looking again.
	Wait time.Duration
}

// isPoll tells whether submitting rem only asks whether something has happened.
func isPoll(rem *idx.Remediation) bool {
	switch rem.Name {
	case "poll", "challenge-poll", "enroll-poll", "device-challenge-poll":
		return true
	}
	return rem.Refresh > 0
}

// pollOf is the way to ask whether the step is over; nil when it ends here.
func pollOf(answer *okta.Answer) *idx.Remediation {
	for _, list := range [][]*idx.Remediation{answer.Remediations, answer.Actions} {
		for _, rem := range list {
			if isPoll(rem) && !rem.IsLink() {
				return rem
			}
		}
	}
	return nil
}

func interval(rem *idx.Remediation) time.Duration {
	if rem.Refresh <= 0 {
		return pollInterval
	}
	return max(rem.Refresh, time.Second/2)
}

// look asks Okta whether the step that answer shows is over. The outcome is nil
// when it is not: the answer that came, which may have news, is then the current
// one. The caller holds the lock of the sign-in.
func (f *Flow) look(ctx context.Context, v *Visit, tx *Transaction, answer *okta.Answer, rem *idx.Remediation, posted url.Values) (*okta.Answer, *Outcome, error) {
	body, err := rem.Fill(posted)
	if err != nil {
		return answer, nil, err
	}
	next, err := f.Org.Proceed(ctx, v.Device, rem, body)
	if err != nil {
		var e *okta.Error
		if errors.As(err, &e) && e.Kind == okta.RateLimited {
			until := f.Now().Add(pollRest)
			if e.RetryAt.After(f.Now()) {
				until = e.RetryAt
			}
			f.Answers.rest(tx.key(), until)
		}
		return answer, nil, err
	}
	switch {
	case next.Expired():
		out := f.restart(v, tx)
		return nil, &out, nil
	case next.InteractionCode != "":
		out := f.finish(ctx, v, tx, next.InteractionCode)
		return nil, &out, nil
	case len(next.Remediations) == 0 && next.Rejected():
		out := f.advance(v, tx, rem, next)
		return nil, &out, nil
	case stepOf(next) != stepOf(answer):
		out := f.advance(v, tx, rem, next)
		return nil, &out, nil
	}
	f.Answers.put(tx.key(), next, f.Now())
	return next, nil, nil
}

// stepOf tells one step from another: what is asked for, and of what.
func stepOf(answer *okta.Answer) string {
	s := ""
	if len(answer.Remediations) > 0 {
		s = answer.Remediations[0].Name
	}
	if a := answer.Authenticator; a != nil {
		s += "\x00" + a.Key + "\x00" + a.ID
	}
	return s
}

// glance is the look at a step that a GET takes when it is time for one. A
// failure changes nothing: the page stays, and the next look may go better.
func (f *Flow) glance(ctx context.Context, v *Visit, tx *Transaction, answer *okta.Answer) (*okta.Answer, *Outcome) {
	rem := pollOf(answer)
	if rem == nil {
		return answer, nil
	}
	if due, _ := f.Answers.due(tx.key(), interval(rem), f.Now()); !due {
		return answer, nil
	}
	unlock := f.Answers.lock(tx.Interaction.Handle)
	defer unlock()
	current, known := f.Answers.get(tx.key(), f.Now())
	if known && current == nil { // a post was faster
		return nil, &Outcome{Redirect: v.Return, Reason: ReasonStale}
	}
	next, out, _ := f.look(ctx, v, tx, answer, rem, defaults(rem))
	return next, out
}

// polled answers a script's look, or a press of the button, at a step that may
// have ended elsewhere.
func (f *Flow) polled(ctx context.Context, v *Visit, tx *Transaction, answer *okta.Answer, rem *idx.Remediation) Outcome {
	if v.Script {
		if due, wait := f.Answers.due(tx.key(), interval(rem), f.Now()); !due {
			return f.waiting(v, tx, answer, wait)
		}
	}
	next, out, err := f.look(ctx, v, tx, answer, rem, fieldsOf(v.Posted))
	switch {
	case out != nil:
		return *out
	case v.Script:
		_, wait := f.Answers.due(tx.key(), interval(rem), f.Now())
		return f.waiting(v, tx, next, wait)
	case err != nil:
		return f.retry(v, tx, rem, err)
	}
	tx.Advanced = false
	tx.tell(noteNotYet)
	return Outcome{Redirect: v.Return, Transaction: f.seal(v, tx), Reason: ReasonShown}
}

// waiting tells a script what there is to see.
func (f *Flow) waiting(v *Visit, tx *Transaction, answer *okta.Answer, wait time.Duration) Outcome {
	if wait <= 0 {
		wait = pollInterval
	}
	return Outcome{Waiting: &Waiting{Mark: f.stepPage(v, tx, answer).Mark, Wait: wait}, Reason: ReasonShown}
}

// defaults are what a browser would post of a form that nobody has touched.
func defaults(rem *idx.Remediation) url.Values {
	values := url.Values{}
	forms := rem.Forms()
	if len(forms) == 0 {
		return values
	}
	for _, in := range forms[0].Chosen {
		values.Set(in.Name, in.Value)
	}
	for _, in := range forms[0].Inputs {
		switch {
		case in.Kind == "boolean" && in.Checked:
			values.Set(in.Name, "true")
		case in.Kind != "boolean" && in.Value != "":
			values.Set(in.Name, in.Value)
		}
	}
	return values
}
