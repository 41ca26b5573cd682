package oktasim_test

import (
	"net/http"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestFastPassInEachWay(t *testing.T) {
	for way, method := range map[string]string{
		"": "CUSTOM_URI", oktasim.Loopback: "LOOPBACK", oktasim.CustomURI: "CUSTOM_URI", oktasim.AppLink: "APP_LINK", oktasim.UniversalLink: "UNIVERSAL_LINK",
	} {
		policy := need("okta_verify")
		policy.Settings.FastPass = way
		o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
		f := o.signedIn().authenticate("okta_verify", document{"methodType": "signed_nonce"})
		challenge := f.contextual()["challenge"].(document)["value"].(document)
		expect(t, "method", challenge["challengeMethod"], any(method))
		f.submit("challenge-poll", nil)
		expect(t, "waits", f.step()[0], "challenge-poll")
		o.tap("approve")
		f.submit("challenge-poll", nil).tokens()
	}
}

// A browser that finds no Okta Verify goes back to the list.
func TestFastPassUnreachable(t *testing.T) {
	policy := need("okta_verify", "email")
	policy.Settings.FastPass = oktasim.Loopback
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
	f := o.signedIn().authenticate("okta_verify", document{"methodType": "signed_nonce"})
	f.send(f.current()["cancel"], document{"reason": "OV_UNREACHABLE_BY_LOOPBACK", "statusCode": nil})
	expect(t, "step", f.step(), []string{"select-authenticator-authenticate"})
	f.authenticate("okta_email", nil)
	code, _ := o.mail(ada)
	f.passcode(code).tokens()
}

func TestFastPassWithoutUsername(t *testing.T) {
	policy := oktasim.Policy{Authenticate: [][]string{{"password", "okta_verify"}}}
	policy.Settings.FastPassButton, policy.Settings.FastPassFirst = true, true
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
	challenge := func(f *flow) document { return f.answer["authenticatorChallenge"].(document)["value"].(document) }

	f := o.begin()
	expect(t, "first", f.step(), []string{"device-challenge-poll"})
	f.send(challenge(f)["cancel"], document{"reason": "USER_CANCELED"})
	expect(t, "after the exit", f.step()[0], "identify")
	f.submit("launch-authenticator", nil)
	expect(t, "after the button", f.step(), []string{"device-challenge-poll"})
	o.tap("deny")
	f.submit("device-challenge-poll", nil)
	expect(t, "after a no", f.step()[0], "identify")

	f = o.begin().submit("device-challenge-poll", nil)
	expect(t, "waits", f.step(), []string{"device-challenge-poll"})
	o.tap("approve")
	f.submit("device-challenge-poll", nil)
	expect(t, "user", f.answer["user"].(document)["value"].(document)["identifier"], any(ada))
	f.tokens()
}

// Grace has no Okta Verify: her phone is not asked.
func TestFastPassAsksOnlyWhoHasIt(t *testing.T) {
	policy := oktasim.Policy{}
	policy.Settings.FastPassFirst = true
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
	o.begin()
	if status, _ := o.rawAPI("POST", "/push/grace@example.com", `{"approve":true}`); status != http.StatusBadRequest {
		t.Fatalf("status %d", status)
	}
}
