package oktasim_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// junk is what no form asks for: wrong types, wrong depths, nothing.
var junk = []document{
	{}, {"credentials": nil}, {"credentials": "text"}, {"credentials": []any{1}},
	{"credentials": document{"passcode": 7, "totp": []any{}, "answer": document{}, "questionKey": true}},
	{"credentials": document{"passcode": "x", "totp": "x", "answer": "x", "questionKey": "x", "question": "x", "credentialId": "x", "nextPasscode": "x", "signatureData": "!", "clientData": "!", "attestation": "!", "authenticatorData": "!", "userHandle": "!"}},
	{"credentials": document{"clientData": "e30", "attestation": "o2NmbXQ", "authenticatorData": "AA", "signatureData": "AA", "userHandle": "AA", "transports": "{"}},
	{"authenticator": "text"}, {"authenticator": document{"id": 7}}, {"authenticator": document{"id": "x", "methodType": "x", "channel": "x", "enrollmentId": "x"}},
	{"authenticator": document{"methodType": "push", "autoChallenge": "yes"}},
	{"userCode": 7}, {"userCode": "x"}, {"email": "x", "phoneNumber": "x"}, {"email": 7}, {"autoChallenge": "yes"}, {"reason": 7, "statusCode": "x"},
}

// Whoever posts nonsense gets a refusal with the step that they are at, never a
// crash: each form of each authenticator is tried.
func TestJunkIsRefused(t *testing.T) {
	for key, name := range map[string]string{
		"phone_number": "phone", "security_question": "security_question", "google_otp": "google_otp", "webauthn": "webauthn", "okta_verify": "okta_verify",
		"custom_app": "custom_app", "custom_otp": "custom_otp", "yubikey_token": "yubikey_token", "symantec_vip": "symantec_vip", "rsa_token": "rsa_token",
		"onprem_mfa": "onprem_mfa", "duo": "duo", "tac": "tac", "nfc_pin": "nfc_pin",
	} {
		bare := &oktasim.Enrollment{Authenticator: name} // as a careless seed has it
		for _, method := range map[string][]any{"phone": {"sms", "voice"}, "okta_verify": {"push", "totp", "signed_nonce"}}[name] {
			policy := need(name, "email")
			policy.Settings = oktasim.Settings{AutoChallenge: true, NumberChallenge: true, PhoneLimit: -1}
			o := start(t, &oktasim.Server{Users: having(bare), Policy: policy})
			o.signedIn().authenticate(key, document{"methodType": method, "autoChallenge": true}).tryJunk(fmt.Sprint(name, " by ", method))
		}
		o := start(t, &oktasim.Server{Users: having(bare), Policy: need(name, "email")})
		o.signedIn().authenticate(key, nil).tryJunk(name)
		if name != "custom_app" && name != "tac" {
			o = start(t, &oktasim.Server{Policy: need(name)})
			o.signedIn().enroll(key, nil).tryJunk("enrolling " + name)
		}
	}
	policy := oktasim.Policy{Settings: oktasim.Settings{Passkeys: true, FastPassButton: true}}
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
	o.begin().tryJunk("the first page")
	policy.Settings.FastPassFirst, policy.Settings.DeviceActivation = true, true
	o = start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
	o.begin().tryJunk("user code")
}

// tryJunk posts junk to every form of the step, which stays what it is.
func (f *flow) tryJunk(where string) {
	f.Helper()
	for _, remediation := range list(f.answer["remediation"]) {
		form := remediation.(document)
		if form["rel"] == nil || form["name"] == "skip" {
			continue
		}
		for _, body := range junk {
			given := document{"stateHandle": f.answer["stateHandle"]}
			for name, value := range body {
				given[name] = value
			}
			f.post(form["href"].(string), "application/json", given)
			if f.status >= http.StatusInternalServerError || f.answer["version"] != "1.0.0" {
				f.Errorf("%s, %s, %v: %d %v", where, form["name"], body, f.status, f.answer)
			}
			if f.answer["successWithInteractionCode"] != nil {
				f.Fatalf("%s, %s: signed in with %v", where, form["name"], body)
			}
		}
	}
}
