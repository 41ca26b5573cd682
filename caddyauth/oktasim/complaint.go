package oktasim

import "net/http"

// What Okta Verify of the user's phone may be found lacking: it answers rightly,
// and the answer does not count before that is mended. Here the owner mends it
// before the next answer of the same sign-in.
const (
	NoBiometrics = "biometrics" // the org requires them, and they are off
	OldVersion   = "version"    // the org requires a newer app
)

// complaints are the messages, by what is lacking and what was done.
var complaints = map[string]map[string]string{
	NoBiometrics: {
		"push":         "oie.authenticator.app.method.push.verify.enable.biometrics",
		"totp":         "oie.authenticator.oktaverify.method.totp.verify.enable.biometrics",
		"signed_nonce": "oie.authenticator.oktaverify.method.fastpass.verify.enable.biometrics.mobile",
		"":             "oie.authenticator.app.method.push.enroll.enable.biometrics", // set-up
	},
	OldVersion: {
		"push":         "oie.authenticator.app.method.push.force.upgrade.number_challenge",
		"totp":         "oie.authenticator.app.method.push.force.upgrade.number_challenge",
		"signed_nonce": "oie.authenticator.app.method.push.force.upgrade.number_challenge",
		"":             "oie.authenticator.app.non_fips_compliant_enrollment_app_update_required",
	},
}

// complained notes that Okta Verify was found lacking, once in a sign-in. It
// returns the message; empty: there is nothing to complain about.
func (t *turn) complained() string {
	at := t.tx.attempt
	const once = "okta verify complained"
	lacking := t.tx.policy.Settings.OktaVerifyLacks
	if lacking == "" || at.of.name != "okta_verify" || t.tx.settled[once] {
		return ""
	}
	t.tx.settled[once] = true
	if at.purpose == enroll {
		return complaints[lacking][""]
	}
	return complaints[lacking][at.method]
}

// complain refuses an approval of the phone that is found lacking. A push is as
// if it had been refused; other questions are asked again.
func (t *turn) complain(p *prompt) *rejection {
	key := t.complained()
	if key == "" {
		return nil
	}
	if t.tx.attempt.method == "push" && t.tx.attempt.purpose == authenticate {
		p.answer, p.why = denied, key
		return nil
	}
	p.answer = waiting
	return reject(http.StatusForbidden, say(key))
}
