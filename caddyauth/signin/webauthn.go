package signin

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// Task is what a script does for a form before it is submitted: it fills the
// hidden inputs that only a browser's own devices can.
type Task struct {
	// Kind is "webauthn".
	Kind string
	// Data is what the script works with, as JSON. It holds no secret but the
	// challenge that the browser is to sign.
	Data string
	// Inputs are the names of the hidden inputs that it fills.
	Inputs []string
	// Refused and Failed are what to tell the user when the browser did not do
	// it: because they said no or waited too long, or because it cannot.
	Refused, Failed string
	// Without is what stands there when there is no script.
	Without string
}

// webAuthnTask is the data of a "webauthn" task.
type webAuthnTask struct {
	Create  bool            `json:"create"`
	Options json.RawMessage `json:"options"`
	// Autofill offers passkeys in the list of the username field, from the start
	// (conditional mediation).
	Autofill bool `json:"autofill,omitempty"`
}

// task is what a script has to do for a form; nil when there is nothing that one
// could, with the reason if it is worth an operator's attention.
func (b *pageBuilder) task(rem *idx.Remediation, form idx.Form) *Task {
	w := b.answer.WebAuthn(rem)
	if w == nil || b.rpMismatch(w) != nil {
		return nil
	}
	data, err := json.Marshal(webAuthnTask{Create: w.Create, Options: w.Options, Autofill: isAutofill(rem)})
	if err != nil {
		return nil // it came as JSON
	}
	t := &Task{
		Kind: "webauthn", Data: string(data),
		Refused: b.Say("Your browser was not allowed to do it, or took too long. Please try again, or choose another way."),
		Failed:  b.Say("Your browser cannot do this here. Choose another way."),
		Without: b.Say("Passkeys and security keys need JavaScript, which is switched off in your browser."),
	}
	for _, in := range form.Script {
		t.Inputs = append(t.Inputs, in.Name)
	}
	return t
}

// isAutofill tells whether rem is the passkey that the browser offers by itself,
// beside the username.
func isAutofill(rem *idx.Remediation) bool {
	return rem.Name == "challenge-webauthn-autofillui-authenticator"
}

// rpMismatch is why the browser would refuse a credential on this page before
// anybody is asked: its relying party must be this host or a parent domain of it
// (WebAuthn Level 3, sections 5.1.3 and 5.1.4.1).
func (b *pageBuilder) rpMismatch(w *idx.WebAuthn) error {
	host := hostOf(b.visit.Host)
	switch {
	case host == "", host == w.RPID, w.RPID != "" && strings.HasSuffix(host, "."+w.RPID), w.RPID == "" && host == w.AppHost:
		return nil
	case w.RPID == "":
		return fmt.Errorf("passkeys cannot be used at %q: Okta takes those of %q, its own host; "+
			"set an RP ID under Security > Authenticators > Passkeys (FIDO2 WebAuthn) to a domain that covers both, with a custom domain for the org", host, w.AppHost)
	}
	return fmt.Errorf("passkeys cannot be used at %q: Okta's RP ID for them is %q, which does not cover it; "+
		"serve the application below that domain, or change the RP ID under Security > Authenticators > Passkeys (FIDO2 WebAuthn)", host, w.RPID)
}

// warnOfPasskeys notes for the operator why a step of the answer cannot be done.
func (b *pageBuilder) warnOfPasskeys(rem *idx.Remediation) {
	if w := b.answer.WebAuthn(rem); w != nil {
		if err := b.rpMismatch(w); err != nil && !slices.ContainsFunc(b.warnings, func(e error) bool { return e.Error() == err.Error() }) {
			b.warnings = append(b.warnings, err)
		}
	}
}
