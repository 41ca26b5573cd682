package oktasim_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// deviceForm identifies the confidential client.
func deviceForm(more url.Values) url.Values {
	form := url.Values{"client_id": {oktasim.DemoClientID}, "client_secret": {oktasim.DemoClientSecret}}
	for name, values := range more {
		form[name] = values
	}
	return form
}

func (o *org) device() document {
	o.Helper()
	status, out := o.postForm(o.issuer()+"/v1/device/authorize", deviceForm(url.Values{"scope": {"openid profile offline_access"}}))
	expect(o.T, "device authorization", status, http.StatusOK)
	return out
}

func (o *org) pollDevice(code any) (int, document) {
	o.Helper()
	return o.postForm(o.issuer()+"/v1/token", deviceForm(url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {code.(string)},
	}))
}

func activation() oktasim.Policy {
	return oktasim.Policy{Settings: oktasim.Settings{DeviceActivation: true}}
}

func TestDeviceIsActivated(t *testing.T) {
	c := newClock()
	o := start(t, &oktasim.Server{Policy: activation(), Now: c.Now})
	device := o.device()
	request, _ := http.NewRequest(http.MethodGet, device["verification_uri_complete"].(string), nil)
	if response, content := o.do(request); response.StatusCode != http.StatusOK || !strings.Contains(string(content), device["user_code"].(string)) {
		t.Fatalf("the page for the user: %d", response.StatusCode)
	}
	_, pending := o.pollDevice(device["device_code"])
	expect(t, "pending", pending["error"], any("authorization_pending"))
	_, hasty := o.pollDevice(device["device_code"])
	expect(t, "hasty", hasty["error"], any("slow_down"))

	f := o.begin()
	expect(t, "step", f.step(), []string{"user-code"})
	f.submit("user-code", document{"userCode": "XXXX-XXXX"})
	expect(t, "wrong code", f.messages(), []string{"api.authn.error.PASSCODE_INVALID"})
	typed := device["user_code"].(string)
	f.submit("user-code", document{"userCode": typed[:4] + "-" + typed[4:]})
	f.identify(ada, "wrong").identify(ada, adaPassword)
	expect(t, "end", f.messages(), []string{"idx.device.activated"})
	expect(t, "nothing more to do", f.step(), []string(nil))
	expect(t, "no code for the page", f.answer["successWithInteractionCode"], nil)

	c.advance(5 * time.Second)
	status, tokens := o.pollDevice(device["device_code"])
	if status != http.StatusOK || tokens["access_token"] == nil || tokens["id_token"] == nil || tokens["refresh_token"] == nil {
		t.Fatalf("%d %v", status, tokens)
	}
	_, again := o.pollDevice(device["device_code"])
	expect(t, "a second time", again["error"], any("invalid_grant"))
}

// The code that a device shows is short: who guesses must not guess often
// (RFC 8628, 5.1).
func TestUserCodesCannotBeGuessed(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: activation()})
	code := o.device()["user_code"]
	f := o.begin()
	for range 5 {
		f.submit("user-code", document{"userCode": "XXXXXXXX"})
	}
	expect(t, "after five", f.messages(), []string{"idx.device.not.activated.internal.error"})
	expect(t, "step", f.step(), []string(nil))
	f = o.begin().submit("user-code", document{"userCode": code})
	expect(t, "another sign-in", f.step()[0], "identify")
}

func TestDeviceCodeExpires(t *testing.T) {
	c := newClock()
	o := start(t, &oktasim.Server{Policy: activation(), Now: c.Now})
	device := o.device()
	c.advance(10*time.Minute + time.Second)
	f := o.begin().submit("user-code", document{"userCode": device["user_code"]})
	expect(t, "expired", f.status, http.StatusUnauthorized)
	_, out := o.pollDevice(device["device_code"])
	expect(t, "the device hears", out["error"], any("expired_token"))
}

func TestDeviceCodeOfAnotherClient(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: activation()})
	device := o.device()
	_, out := o.postForm(o.issuer()+"/v1/token", url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {device["device_code"].(string)}, "client_id": {oktasim.DemoPublicClientID},
	})
	expect(t, "another client", out["error"], any("invalid_grant"))
	status, _ := o.postForm(o.issuer()+"/v1/device/authorize", deviceForm(url.Values{"scope": {"no_such_scope"}}))
	expect(t, "unknown scope", status, http.StatusBadRequest)
}
