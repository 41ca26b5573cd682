package oktasim_test

import (
	"net/http"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestOktaVerifyLacksSomething(t *testing.T) {
	for lacks, keys := range map[string][]string{
		"biometrics": {
			"oie.authenticator.app.method.push.verify.enable.biometrics",
			"oie.authenticator.oktaverify.method.totp.verify.enable.biometrics",
			"oie.authenticator.oktaverify.method.fastpass.verify.enable.biometrics.mobile",
			"oie.authenticator.app.method.push.enroll.enable.biometrics",
		},
		"version": {
			"oie.authenticator.app.method.push.force.upgrade.number_challenge",
			"oie.authenticator.app.method.push.force.upgrade.number_challenge",
			"oie.authenticator.app.method.push.force.upgrade.number_challenge",
			"oie.authenticator.app.non_fips_compliant_enrollment_app_update_required",
		},
	} {
		policy := need("okta_verify")
		policy.Settings.OktaVerifyLacks = lacks
		o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
		f := o.signedIn().authenticate("okta_verify", document{"methodType": "push"})
		o.tap("approve")
		expect(t, "push", f.submit("challenge-poll", nil).messages(), []string{keys[0]})
		f.send(f.current()["resend"], nil)
		o.tap("approve")
		f.submit("challenge-poll", nil).tokens()

		f = o.signedIn().authenticate("okta_verify", document{"methodType": "totp"})
		expect(t, "code", f.credentials("challenge-authenticator", document{"totp": o.totp(sharedSecret)}).messages(), []string{keys[1]})
		f.credentials("challenge-authenticator", document{"totp": o.totp(sharedSecret)}).tokens()

		f = o.signedIn().authenticate("okta_verify", document{"methodType": "signed_nonce"})
		o.tap("approve")
		f.submit("challenge-poll", nil)
		expect(t, "FastPass", f.messages(), []string{keys[2]})
		expect(t, "status", f.status, http.StatusForbidden)
		o.tap("approve")
		f.submit("challenge-poll", nil).tokens()

		o.api("PATCH", "/users/"+ada, `{"enrollments":[]}`)
		f = o.signedIn().enroll("okta_verify", document{"channel": "qrcode"})
		o.tap("approve")
		expect(t, "set-up", f.submit("enroll-poll", nil).messages(), []string{keys[3]})
		o.tap("approve")
		f.submit("enroll-poll", nil).tokens()
	}
}

func TestOktaVerifySendsTheApp(t *testing.T) {
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: need("okta_verify")})
	f := o.signedIn().authenticate("okta_verify", nil)
	expect(t, "step", f.step()[0], "authenticator-verification-data")
	f.send(f.current()["send"], nil)
	_, link := o.mail(ada)
	expect(t, "link", link, o.url+"/phone/"+ada)
	f.submit("authenticator-verification-data", document{"authenticator": document{"id": list(f.remediation("authenticator-verification-data")["value"].([]any)[0].(document)["form"])[0].(document)["value"], "methodType": "totp"}})
	f.send(f.current()["send"], nil)
	f.credentials("challenge-authenticator", document{"totp": o.totp(sharedSecret)}).tokens()
}
