package signin

import (
	"context"
	"errors"
	"net/url"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// Submit takes a posted form. It always ends in a redirect (post/redirect/get),
// so that reloading a page never posts again.
func (f *Flow) Submit(ctx context.Context, v *Visit) (out Outcome) {
	tx := f.open(v)
	defer func() { f.refer(&out, tx) }()
	if tx == nil || !tx.begun() || tx.expired(f.Now()) {
		return f.restart(v, tx)
	}
	unlock := f.Answers.lock(tx.Interaction.Handle)
	defer unlock()

	answer, known := f.Answers.get(tx.key(), f.Now())
	if known && answer == nil {
		return Outcome{Redirect: v.Return, Reason: ReasonStale}
	}
	if !known {
		var err error
		if answer, err = f.introspect(ctx, v, tx); err != nil {
			return f.retry(v, tx, nil, err)
		}
	}
	if answer.Expired() {
		return f.restart(v, tx)
	}
	rem := meant(answer, v)
	if rem == nil && v.Remediation == giveUp.Name && f.tokenMatches(v, tx, answer, giveUp) {
		return Outcome{Redirect: v.Return, Transaction: new(string), Reason: ReasonCanceled}
	}
	if rem == nil {
		// Not the current step: a page from before. The current one is shown.
		return Outcome{Redirect: v.Return, Reason: ReasonStale}
	}
	if !f.tokenMatches(v, tx, answer, rem) {
		return f.stale(v, tx)
	}
	switch {
	case rem == answer.Cancel:
		return f.cancel(ctx, v, tx, rem)
	case isPoll(rem):
		return f.polled(ctx, v, tx, answer, rem)
	}
	if !confirmed(rem, v.Posted) {
		return f.reject(v, tx, rem, noteMismatch)
	}
	if wrong := unfit(answer, rem, v.Posted); len(wrong) > 0 {
		return f.reject(v, tx, rem, wrong...)
	}
	tx.wish(v.Posted)
	return f.proceed(ctx, v, tx, rem, fieldsOf(v.Posted))
}

// wish notes whether the user wants to be kept signed in: a box beside the name, or
// a question of its own. Of a box that is not checked nothing is posted.
func (t *Transaction) wish(posted url.Values) {
	switch {
	case posted.Has("identifier"):
		t.Keep = posted.Get("rememberMe") == "true"
	case posted.Has("keepMeSignedIn"):
		t.Keep = posted.Get("keepMeSignedIn") == "true"
	}
}

// proceed sends a form to Okta, and goes where the answer leads. The caller holds
// the lock of the sign-in.
func (f *Flow) proceed(ctx context.Context, v *Visit, tx *Transaction, rem *idx.Remediation, fields url.Values) Outcome {
	body, err := rem.Fill(fields)
	if err != nil {
		return f.retry(v, tx, rem, err)
	}
	next, err := f.Org.Proceed(ctx, v.Device, rem, body)
	switch {
	case err != nil:
		return f.retry(v, tx, rem, err)
	case next.Expired():
		return f.restart(v, tx)
	case next.InteractionCode != "":
		return f.finish(ctx, v, tx, next.InteractionCode)
	}
	return f.advance(v, tx, rem, next)
}

// meant is the remediation that a form was for. Where several share the name, it
// is the one that takes what was posted.
func meant(answer *okta.Answer, v *Visit) *idx.Remediation {
	all := answer.FindAll(v.Remediation)
	for _, rem := range all {
		if _, err := rem.Fill(fieldsOf(v.Posted)); err == nil {
			return rem
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return answer.Find(v.Remediation)
}

// advance moves to Okta's next answer, or stays at the step that it rejected.
func (f *Flow) advance(v *Visit, tx *Transaction, rem *idx.Remediation, next *okta.Answer) Outcome {
	f.Answers.supersede(tx.key(), f.Now())
	tx.Turn++
	tx.seenAt(v.Return)
	if id := v.Posted.Get("identifier"); id != "" {
		tx.Identifier = truncate(id, maxValueText)
	}
	if next.Rejected() {
		denied := denial(rem.Name, next)
		if denied != nil && next.Terminal() {
			return f.abandon(v, tx, denied)
		}
		tx.Advanced = false
		tx.tell(notesOf(next.AllMessages())...)
		if len(tx.Notes) == 0 {
			tx.tell(noteRejected)
		}
		if denied != nil {
			tx.Notes, tx.Reference = append(tx.Notes, noteAsk), v.Reference
		}
		tx.remember(rem.Name, typed(rem, v.Posted))
		if len(next.Remediations) > 0 { // else the current step has to be asked for
			f.Answers.put(tx.key(), next, f.Now())
		}
		return Outcome{Redirect: v.Return, Transaction: f.seal(v, tx), Reason: ReasonRejected, Err: denied}
	}
	tx.Advanced = true
	tx.tell()
	if rem.Name == "resend" {
		tx.tell(noteResent)
	}
	tx.remember("", nil)
	f.Answers.put(tx.key(), next, f.Now())
	return Outcome{Redirect: v.Return, Transaction: f.seal(v, tx), Reason: ReasonAccepted}
}

// finish redeems the code and checks what comes for it. The caller holds the
// lock of the sign-in: of several tabs that find its end, one redeems, and the
// others go where that leads.
func (f *Flow) finish(ctx context.Context, v *Visit, tx *Transaction, code string) Outcome {
	ended := tx.Interaction.Handle + "#end"
	if _, known := f.Answers.get(ended, f.Now()); known {
		return Outcome{Redirect: v.Return, Transaction: new(string), Reason: ReasonStale}
	}
	f.Answers.supersede(ended, f.Now())
	f.Answers.supersede(tx.key(), f.Now())
	tokens, err := f.Org.Redeem(ctx, v.Device, code, tx.Interaction)
	return f.signedIn(ctx, v, tx, tokens, err)
}

// signedIn ends a sign-in that gave tokens, or failed to.
func (f *Flow) signedIn(ctx context.Context, v *Visit, tx *Transaction, tokens *okta.Tokens, err error) Outcome {
	var claims okta.Claims
	if err == nil {
		if claims, err = f.Org.Complete(ctx, v.Device, tokens, f.Claims()); err != nil && tokens.Refresh != "" {
			// Nobody will use it; that it could not be revoked changes nothing here.
			_ = f.Org.Revoke(ctx, v.Device, tokens.Refresh)
		}
	}
	if err != nil {
		return f.abandon(v, tx, err)
	}
	return Outcome{
		Redirect:    v.Return,
		Transaction: new(string),
		SignedIn:    &SignedIn{Tokens: tokens, Claims: claims, AtOkta: tx.AtOkta, Keep: tx.Keep},
		Reason:      ReasonSignedIn,
	}
}

// cancel ends the sign-in at Okta and forgets who it was for. Okta's answer
// would be a first step, but the clients of Okta's own begin anew too.
func (f *Flow) cancel(ctx context.Context, v *Visit, tx *Transaction, rem *idx.Remediation) Outcome {
	out := Outcome{Redirect: v.Return, Transaction: new(string), Reason: ReasonCanceled}
	f.Answers.supersede(tx.key(), f.Now())
	body, err := rem.Fill(nil)
	if err == nil {
		_, err = f.Org.Proceed(ctx, v.Device, rem, body)
	}
	out.Err = err
	return out
}

// restart begins again at the next page, with the name that the user gave.
func (f *Flow) restart(v *Visit, tx *Transaction) Outcome {
	n := tx.again(f.Now(), noteExpired)
	if id := v.Posted.Get("identifier"); id != "" {
		n.Identifier = truncate(id, maxValueText)
	}
	return Outcome{Redirect: v.Return, Transaction: f.seal(v, n), Reason: ReasonExpired}
}

// stale answers a form of this step that is not of this sign-in: from another
// tab, which began one of its own, or from nowhere. Nothing of it goes to Okta.
func (f *Flow) stale(v *Visit, tx *Transaction) Outcome {
	if id := v.Posted.Get("identifier"); id != "" {
		tx.Identifier = truncate(id, maxValueText)
		tx.remember("", nil)
	}
	tx.Advanced = false
	tx.tell(noteStale)
	return Outcome{Redirect: v.Return, Transaction: f.seal(v, tx), Reason: ReasonStale}
}

// reject keeps the step and everything typed but secrets, and tells why nothing
// was sent.
func (f *Flow) reject(v *Visit, tx *Transaction, rem *idx.Remediation, why ...note) Outcome {
	tx.tell(why...)
	tx.Advanced = false
	tx.remember(rem.Name, typed(rem, v.Posted))
	return Outcome{Redirect: v.Return, Transaction: f.seal(v, tx), Reason: ReasonRejected}
}

// retry keeps the step and everything typed but secrets, with the reason why
// the post did not work.
func (f *Flow) retry(v *Visit, tx *Transaction, rem *idx.Remediation, err error) Outcome {
	out := Outcome{Redirect: v.Return, Reason: ReasonTrouble, Err: err}
	var fill *idx.FillError
	if errors.As(err, &fill) {
		out.Reason, out.Err = ReasonRejected, nil
		tx.tell(noteFill(fill))
	} else {
		tx.tell(noteTrouble(err, f.Now()))
	}
	tx.Advanced = false
	if rem != nil {
		tx.remember(rem.Name, typed(rem, v.Posted))
	}
	out.Transaction = f.seal(v, tx)
	return out
}
