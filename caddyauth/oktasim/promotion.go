package oktasim

// promotionStep suggests, to somebody who has signed in without one, to set up
// a passkey on this device: the key is asked for at once, and can be put off.
var promotionStep = &step{
	due: func(t *turn) bool {
		return t.tx.policy.Settings.PasskeyPromotion && len(t.tx.proven) > 0 && !t.skipped(promotion) &&
			len(t.authenticator("webauthn").owns(t.tx.user)) == 0
	},
	enter: func(t *turn) bool {
		of := t.authenticator("webauthn")
		return t.attempt(enroll, of, &Enrollment{Authenticator: of.name}, selection{Channel: promotion}) == nil
	},
}

const promotion = "enroll-authenticator-promotion"

// promoted says whether the current attempt is the suggestion's.
func (t *turn) promoted() bool { return t.tx.attempt.given.Channel == promotion }

// remediateKey asks the browser for a key or a signature; in a suggestion,
// under a name of its own.
func remediateKey(t *turn) []form {
	ask := credentials(t.tx.attempt.of.ask(t)...)
	if !t.promoted() {
		return []form{t.answerForm(ask)}
	}
	out := t.form(promotion, "credential/enroll", answerAttempt, ask)
	out.RelatesTo = []string{"$.currentAuthenticator"}
	return []form{out, t.skippable(promotion)}
}

// finishKey takes the list of other choices away where there is none to make:
// what remediateKey offers stands before it.
func finishKey(t *turn, a *answer) {
	asAuthenticator(t, a)
	t.listKeys(a)
	if !t.promoted() {
		a.EnrollmentAuthenticator = nil // its set-up is shown once
	}
	switch {
	case t.promoted():
		a.Remediation.Value = a.Remediation.Value[:2]
		a.Authenticators = listOf(t.tx.attempt.of.is())
	case t.tx.identifier == "":
		a.Remediation.Value = a.Remediation.Value[:1]
		a.offer(t.form("enroll-webauthn-residentkey", "authenticators/webauthn/enrollresidentkey", giveUpNaming))
	}
}
