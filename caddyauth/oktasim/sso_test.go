package oktasim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// verifyByBrowser posts the form that Apple's extension would answer.
func (f *flow) verifyByBrowser() *http.Response {
	f.Helper()
	form := f.remediation("device-apple-sso-extension")
	request, _ := http.NewRequest(http.MethodPost, form["href"].(string), strings.NewReader(fmt.Sprintf(`{"stateHandle":%q}`, f.answer["stateHandle"])))
	request.Header.Set("Content-Type", "application/json")
	response, content := f.do(request)
	f.status = response.StatusCode
	f.answer = nil
	if err := json.Unmarshal(content, &f.answer); err != nil {
		f.Fatal(err)
	}
	return response
}

func TestAppleSSOExtension(t *testing.T) {
	policy := need("okta_verify", "email")
	policy.Settings.FastPass = oktasim.AppleSSO
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
	f := o.signedIn().authenticate("okta_verify", document{"methodType": "signed_nonce"})
	response := f.verifyByBrowser()
	expect(t, "without the extension", response.StatusCode, http.StatusUnauthorized)
	expect(t, "header", response.Header.Get("WWW-Authenticate"), `Oktadevicejwt realm="Okta Device"`)
	expect(t, "step", f.step()[0], "cancel-transaction")
	expect(t, "no error", f.messages(), []string(nil))
	f.submit("cancel-transaction", nil)
	expect(t, "step", f.step(), []string{"select-authenticator-authenticate"})

	f.authenticate("okta_verify", document{"methodType": "signed_nonce"})
	o.tap("approve")
	expect(t, "with the extension", f.verifyByBrowser().StatusCode, http.StatusOK)
	f.tokens()
	expect(t, "counted", o.calls()["authenticators/sso_extension"], 3)
}

func TestAppleSSOExtensionFirst(t *testing.T) {
	policy := oktasim.Policy{Authenticate: [][]string{{"password", "okta_verify"}}}
	policy.Settings.FastPass, policy.Settings.FastPassFirst = oktasim.AppleSSO, true
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
	f := o.begin()
	expect(t, "step", f.step(), []string{"device-apple-sso-extension"})
	f.verifyByBrowser()
	expect(t, "in vain", f.submit("cancel-transaction", nil).step()[0], "identify")
	f = o.begin()
	o.tap("approve")
	f.verifyByBrowser()
	f.tokens()
}

func TestChromeDeviceTrust(t *testing.T) {
	policy := oktasim.Policy{}
	policy.Settings.FastPass, policy.Settings.FastPassFirst = oktasim.ChromeDTC, true
	o := start(t, &oktasim.Server{Policy: policy})
	f := o.begin()
	challenge := f.answer["authenticatorChallenge"].(document)["value"].(document)
	expect(t, "method", challenge["challengeMethod"], any("CHROME_DTC"))
	expect(t, "waits", f.submit("device-challenge-poll", nil).step()[0], "device-challenge-poll")
	request, _ := http.NewRequest(http.MethodGet, challenge["href"].(string), nil)
	response, _ := o.do(request)
	expect(t, "frame", response.StatusCode, http.StatusOK)
	f.submit("device-challenge-poll", nil).identify(ada, adaPassword).tokens()
}

func TestNFCWithoutUsername(t *testing.T) {
	policy := oktasim.Policy{Password: oktasim.SecondPage, Authenticate: [][]string{{"nfc_pin", "password"}}}
	policy.Settings.NFCButton = true
	o := start(t, &oktasim.Server{Users: having(&oktasim.Enrollment{Authenticator: "nfc_pin"}), Policy: policy})
	f := o.begin().submit("launch-nfc-authenticator", nil)
	expect(t, "step", f.step(), []string{"challenge-poll"})
	o.tap("deny")
	expect(t, "refused", f.submit("challenge-poll", nil).step()[0], "identify")
	f.submit("launch-nfc-authenticator", nil)
	o.tap("approve")
	f.submit("challenge-poll", nil).passcode("123456")
	expect(t, "user", f.answer["user"].(document)["value"].(document)["identifier"], any(ada))
	f.tokens()
}
