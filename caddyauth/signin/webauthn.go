package signin

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// webAuthnTask is the data of a "webauthn" task.
type webAuthnTask struct {
	Create  bool            `json:"create"`
	Options json.RawMessage `json:"options"`
	// Autofill offers passkeys in the list of the username field, from the start
	// (conditional mediation).
	Autofill bool `json:"autofill,omitempty"`
}

// webAuthn has the browser ask for a passkey or a security key. What it would
// refuse on this page is no task: warnOfPasskeys says why.
func (b *pageBuilder) webAuthn(rem *idx.Remediation, _ idx.Form) (*Task, any) {
	w := b.answer.WebAuthn(rem)
	if w == nil || b.rpMismatch(w) != nil {
		return nil, nil
	}
	return &Task{
		Refused: b.Say("Your browser was not allowed to do it, or took too long. Please try again, or choose another way."),
		Failed:  b.Say("Your browser cannot do this here. Choose another way."),
		Without: b.Say("Passkeys and security keys need JavaScript, which is switched off in your browser."),
	}, webAuthnTask{Create: w.Create, Options: w.Options, Autofill: isAutofill(rem)}
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
	host := hostname(b.visit.Host)
	switch {
	case host == "", host == w.RPID, w.RPID != "" && strings.HasSuffix(host, "."+w.RPID), w.RPID == "" && (w.AppHost == "" || host == w.AppHost):
		return nil // where Okta says nothing, browsers take the page's own host
	case w.RPID == "":
		return fmt.Errorf("passkeys cannot be used at %q: Okta takes those of %q, its own host; "+
			"set an RP ID under Security > Authenticators > Passkeys (FIDO2 WebAuthn) to a domain that covers both, with a custom domain for the org", host, w.AppHost)
	}
	return fmt.Errorf("passkeys cannot be used at %q: Okta's RP ID for them is %q, which does not cover it; "+
		"serve the application below that domain, or change the RP ID under Security > Authenticators > Passkeys (FIDO2 WebAuthn)", host, w.RPID)
}

// warnOfPasskeys notes for the operator why a step of the answer cannot be done.
func (b *pageBuilder) warnOfPasskeys(rem *idx.Remediation) {
	if len(b.warnings) > 0 || !b.mayLook() {
		return // one says it for all
	}
	if w := b.answer.WebAuthn(rem); w != nil {
		if err := b.rpMismatch(w); err != nil {
			b.warnings = append(b.warnings, err)
		}
	}
}
