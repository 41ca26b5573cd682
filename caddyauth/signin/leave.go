package signin

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// Some ways on are a visit elsewhere: an identity provider, a smart card, an app
// on this device. Their addresses hold the state token, so a page never has
// them: it has a link of ours, and only the redirect says where it leads.

// LeavePath is the part of our paths for exits, below the prefix.
const LeavePath = "leave/"

// appleExtension is a request that the extension takes from the browser on its
// way to Okta's own pages: followed from here it leads nowhere.
const appleExtension = "device-apple-sso-extension"

// An exit is a way on that the browser follows by GET.
type exit struct {
	rem     *idx.Remediation
	choice  string // tells several of one name apart
	address string // where it leads
}

// exits are the ways out that an answer has: remediations that are links, and
// the end of a sign-in that Okta itself takes the browser on from.
func exits(answer *okta.Answer) []exit {
	var out []exit
	add := func(rem *idx.Remediation) {
		if rem == nil || !rem.IsLink() || rem.Name == appleExtension {
			return
		}
		e := exit{rem: rem, choice: rem.IDP.ID, address: rem.Href}
		for _, other := range out {
			if other.rem.Name == e.rem.Name && other.choice == e.choice {
				e.choice = strconv.Itoa(len(out)) // the same provider twice
			}
		}
		out = append(out, e)
	}
	for _, rem := range answer.Remediations {
		add(rem)
	}
	for _, rem := range answer.Remediations {
		out = append(out, appExits(answer, rem)...)
	}
	add(answer.Success)
	add(answer.Failure)
	return out
}

// Choices of exits that stand beside a form.
const (
	exitPassword = "password" // where a password is changed that Okta does not keep
	exitOpenApp  = "app"      // opens Okta Verify on this device
	exitGetApp   = "download" // gets it
)

// appExits are the ways out that stand beside the form of rem.
func appExits(answer *okta.Answer, rem *idx.Remediation) []exit {
	var out []exit
	add := func(choice, address string) {
		if address != "" {
			out = append(out, exit{rem, choice, address})
		}
	}
	add(exitPassword, rem.PasswordSite.URL)
	if !isPoll(rem) {
		return out
	}
	if c := answer.DeviceChallenge(); c != nil {
		switch c.Method {
		case "CUSTOM_URI", "UNIVERSAL_LINK", "APP_LINK":
			add(exitOpenApp, c.Href)
			add(exitGetApp, c.DownloadHref)
		}
	}
	c := answer.Authenticator.Contextual()
	for _, s := range []*idx.AppSetup{c.SameDevice, c.Bootstrap} {
		if s != nil {
			add(exitOpenApp, s.SetupURL)
			add(exitGetApp, s.DownloadURL)
		}
	}
	add(exitOpenApp, c.NFCSetupURL)
	return out
}

// Leave answers a visit to one of our exits: on to where it leads, or, when the
// step that had it is over, back.
func (f *Flow) Leave(ctx context.Context, v *Visit) (out Outcome) {
	tx := f.open(v)
	defer func() { f.refer(&out, tx) }()
	if v.Remediation == continueAtOkta && f.ContinueAtOkta {
		return f.goToOkta(ctx, v, tx)
	}
	back := Outcome{Redirect: v.Return, Reason: ReasonStale}
	if tx == nil || !tx.begun() || tx.expired(f.Now()) {
		return back
	}
	answer, known := f.Answers.get(tx.key(), f.Now())
	if known && answer == nil {
		return back
	}
	if !known {
		var err error
		if answer, err = f.introspect(ctx, v, tx); err != nil {
			return f.retry(v, tx, nil, err)
		}
	}
	for _, e := range exits(answer) {
		if e.rem.Name == v.Remediation && e.choice == v.Choice && f.mayLeaveFor(e.address) {
			if answer.Terminal() {
				return Outcome{Exit: e.address, Transaction: new(string), Reason: ReasonLeft} // whoever comes back begins anew
			}
			tx.AtOkta = tx.AtOkta || f.Org.Owns(e.address)
			tx.seenAt(v.Return)
			return Outcome{Exit: e.address, Transaction: f.seal(v, tx), Reason: ReasonLeft}
		}
	}
	return back
}

// continueAtOkta is the name of the exit to Okta's own pages.
const continueAtOkta = "continue-at-okta"

// goToOkta begins a sign-in on Okta's own pages. It keeps the one under way, for
// somebody who comes back by the back button.
func (f *Flow) goToOkta(ctx context.Context, v *Visit, tx *Transaction) Outcome {
	if tx == nil {
		tx = tx.again(f.Now())
	}
	address, away, err := f.Org.Authorize(ctx, tx.Identifier)
	if err != nil {
		return f.fail(v, err)
	}
	tx.Away, tx.AtOkta = away, true
	tx.seenAt(v.Return)
	return Outcome{Exit: address, Transaction: f.seal(v, tx), Reason: ReasonLeft}
}

// exitAction is our own address for an exit. The page to come back to stands in
// it, for an exit that is over by the time it is followed.
func exitAction(prefix string, e exit, back string) string {
	query := url.Values{"return": {back}}
	if e.choice != "" {
		query.Set("choice", e.choice)
	}
	return prefix + LeavePath + url.PathEscape(e.rem.Name) + "?" + query.Encode()
}

// exits are the answer's, with their words, by remediation.
func (b *pageBuilder) exits() map[*idx.Remediation][]*exitView {
	by := map[*idx.Remediation][]*exitView{}
	for _, e := range exits(b.answer) {
		if !mayLeaveFor(e.address, b.owns) {
			continue
		}
		view := &exitView{exit: e, label: b.buttonLabel(e.rem, idx.Form{}), icon: "app"}
		if !b.owns(e.address) {
			view.hint = hostOf(e.address)
		}
		switch e.choice {
		case exitPassword:
			view.label = firstOf(e.rem.PasswordSite.Label, view.label)
		case exitOpenApp:
			view.label = b.Say("Open Okta Verify")
		case exitGetApp:
			view.label = b.Say("Get the app")
		}
		by[e.rem] = append(by[e.rem], view)
	}
	return by
}

// tellsState tells whether an address holds the secret of the transaction.
func (b *pageBuilder) tellsState(address string) bool {
	handle := b.answer.StateHandle
	return handle != "" && strings.Contains(address, handle) || strings.Contains(strings.ToLower(address), "statetoken")
}

func (f *Flow) mayLeaveFor(address string) bool { return mayLeaveFor(address, f.Org.Owns) }

// mayLeaveFor tells whether the browser may be sent to an address: the org's,
// any https page, or Okta Verify on this device. An answer that was tampered
// with must not make the browser run a script of somebody's.
func mayLeaveFor(address string, owns func(string) bool) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	switch {
	case owns(address):
		return true
	case u.Scheme == "https":
		return u.Host != ""
	}
	return slices.Contains(appSchemes, u.Scheme)
}

// appSchemes are those that Okta Verify listens to.
var appSchemes = []string{"com-okta-authenticator", "okta-verify", "com-okta-oktaverify"}

// hostOf names where an address leads, for the user to know before they go.
func hostOf(address string) string { return strings.TrimPrefix(hostname(address), "www.") }

// hostname is the host of an address, lower case, without its port.
func hostname(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
