package signin

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// Flow is the conversation of one Okta application with all its visitors. It
// keeps nothing that cannot be lost. Safe for concurrent use.
type Flow struct {
	Org     *okta.Org
	Keyring *seal.Keyring
	Answers *Answers
	// Beginnings limits the sign-ins that one address begins; nil: no limit.
	Beginnings *Beginnings
	// Prefix of our own paths, with both slashes: "/.okta/".
	Prefix string
	// Binding tells this application's transactions from those of another
	// one on the same host: no other Flow opens them.
	Binding string
	// Claims that a session needs; /userinfo is asked for those that the ID
	// token lacks.
	Claims func() []string
	// ContinueAtOkta offers Okta's own pages where a step cannot be done here.
	ContinueAtOkta bool
	// Words are what the pages say besides Okta's; nil: English.
	Words  *Catalogue
	Logger *slog.Logger
	Now    func() time.Time

	told sync.Map // what the log says once: makers of captchas, passkeys that do not fit
}

// Show answers a navigation: with the current step, or the first one. It posts
// nothing that a user has not asked for.
func (f *Flow) Show(ctx context.Context, v *Visit) (out Outcome) {
	tx := f.open(v)
	defer func() { f.refer(&out, tx) }()
	if tx != nil && tx.Failure != nil {
		tx.Failure.Return = v.Return
		return Outcome{Page: f.failurePage(tx.Failure), Transaction: new(string), Reason: ReasonShown}
	}
	if hint := v.hint(); tx == nil || !tx.begun() || tx.expired(f.Now()) || hint != "" && tx.Hint != hint {
		return f.begin(ctx, v, tx)
	}
	answer, _ := f.Answers.get(tx.key(), f.Now())
	if answer == nil {
		var err error
		if answer, err = f.introspect(ctx, v, tx); err != nil {
			return f.fail(v, err)
		}
	}
	switch {
	case answer.Expired():
		return f.begin(ctx, v, tx.again(f.Now(), noteExpired))
	case answer.InteractionCode != "":
		unlock := f.Answers.lock(tx.Interaction.Handle)
		defer unlock()
		return f.finish(ctx, v, tx, answer.InteractionCode)
	}
	if answer, done := f.glance(ctx, v, tx, answer); done == nil {
		return f.show(v, tx, answer, Outcome{Reason: ReasonShown})
	} else {
		return *done
	}
}

// show makes the page of an answer. An end is shown once: with its transaction
// gone, trying again begins anew.
func (f *Flow) show(v *Visit, tx *Transaction, answer *okta.Answer, out Outcome) Outcome {
	out.Page = f.stepPage(v, tx, answer)
	out.Err = errors.Join(out.Page.why...)
	for _, w := range out.Page.warnings {
		if _, told := f.told.LoadOrStore(w.Error(), true); !told { // once, not for every page
			out.Warning = errors.Join(out.Warning, w)
		}
	}
	f.tellOfCaptcha(out.Page)
	if out.Page.stuck || answer.Terminal() && answer.Success == nil && answer.Failure == nil {
		out.Transaction = new(string)
	}
	return out
}

// begin starts at Okta; before, which may be nil, gives the user's name and
// what to tell first.
func (f *Flow) begin(ctx context.Context, v *Visit, before *Transaction) Outcome {
	if f.Beginnings != nil && !f.Beginnings.allow(v.Device.Address, f.Now()) {
		return Outcome{Page: f.failurePage(tooMany(v.Return)), Reason: ReasonLimited}
	}
	tx := before.again(f.Now())
	if before != nil && !before.begun() {
		tx.Notes = before.Notes
	}
	if hint := v.hint(); hint != "" {
		tx.Hint = hint
		if before == nil || before.Hint != hint {
			tx.Identifier = hint
		}
	}
	in, err := f.Org.Interact(ctx, v.Device, okta.InteractOptions{LoginHint: tx.Hint})
	if err != nil {
		return f.fail(v, err)
	}
	answer, err := f.Org.Introspect(ctx, v.Device, in.Handle)
	if err != nil {
		return f.fail(v, err)
	}
	if err := denial("introspect", answer); err != nil {
		return f.fail(v, err)
	}
	tx.Interaction = *in
	tx.seenAt(v.Return)
	f.Answers.put(tx.key(), answer, f.Now())
	out := Outcome{Transaction: f.seal(v, tx), Reason: ReasonBegun}
	f.refer(&out, tx)
	return f.show(v, tx, answer, out)
}

// refer names the sign-in in the outcome, unless another one has begun since.
func (f *Flow) refer(out *Outcome, tx *Transaction) {
	if out.Ref == "" && tx != nil && tx.begun() {
		out.Ref = f.Keyring.Hash("transaction", tx.Interaction.Handle)
	}
}

// introspect asks Okta for the current step, and remembers it.
func (f *Flow) introspect(ctx context.Context, v *Visit, tx *Transaction) (*okta.Answer, error) {
	answer, err := f.Org.Introspect(ctx, v.Device, tx.Interaction.Handle)
	if err == nil {
		f.Answers.put(tx.key(), answer, f.Now())
	}
	return answer, err
}
