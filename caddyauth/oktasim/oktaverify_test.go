package oktasim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func adasApp() *oktasim.Enrollment {
	return &oktasim.Enrollment{Authenticator: "okta_verify", Data: map[string]string{"secret": sharedSecret}}
}

func TestOktaVerifyEnrollByEachChannel(t *testing.T) {
	data := map[string]document{"email": {"email": "ada@home.example"}, "sms": {"phoneNumber": "+1 555 555 0100"}}
	policy := need("okta_verify")
	policy.Settings.Channels = []string{"qrcode", "email", "sms", "samedevice", "devicebootstrap"}
	for _, channel := range policy.Settings.Channels {
		t.Run(channel, func(t *testing.T) {
			o := start(t, &oktasim.Server{Policy: policy})
			f := o.signedIn().enroll("okta_verify", document{"channel": channel})
			if given := data[channel]; given != nil {
				expect(t, "step", f.step()[0], "enrollment-channel-data")
				f.submit("enrollment-channel-data", document{})
				expect(t, "no address", f.status, http.StatusBadRequest)
				f.submit("enrollment-channel-data", given)
			}
			expect(t, "step", f.step()[0], "enroll-poll")
			expect(t, "channel", f.contextual()["selectedChannel"], any(channel))
			switch channel {
			case "qrcode":
				if qr := f.contextual()["qrcode"].(document)["href"].(string); !strings.HasPrefix(qr, "data:image/png;base64,") {
					t.Fatalf("QR code: %.40s", qr)
				}
			case "email":
				if _, link := o.mail(ada); !strings.HasPrefix(link, o.url) {
					t.Fatalf("link %q", link)
				}
			case "sms":
				expect(t, "number", o.rang()["number"], any("+15555550100"))
			}
			f.submit("enroll-poll", nil)
			expect(t, "before the phone", f.step()[0], "enroll-poll")
			o.tap("approve")
			f.submit("enroll-poll", nil).tokens()
			f = o.signedIn().authenticate("okta_verify", document{"methodType": "push"})
			o.tap("approve")
			f.submit("challenge-poll", nil).tokens()
		})
	}
}

func TestOktaVerifyChannelCanBeChanged(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("okta_verify")})
	f := o.signedIn().enroll("okta_verify", nil)
	expect(t, "channel", f.contextual()["selectedChannel"], any("qrcode"))
	form := f.remediation("select-enrollment-channel")
	nested := form["value"].([]any)[0].(document)["value"].(document)["form"].(document)["value"].([]any)
	id := nested[0].(document)["value"]
	change := func(channel string) {
		f.post(form["href"].(string), "application/json", document{
			"stateHandle": f.answer["stateHandle"], "authenticator": document{"id": id, "channel": channel},
		})
	}
	change("samedevice")
	expect(t, "a channel that the org does not have", f.status, http.StatusBadRequest)
	expect(t, "channel", f.contextual()["selectedChannel"], any("qrcode"))
	change("sms")
	expect(t, "step", f.step()[0], "enrollment-channel-data")
	f.submit("enrollment-channel-data", document{"phoneNumber": "+15555550100"})
	o.tap("approve")
	f.submit("enroll-poll", nil).tokens()
}

func TestPushApprovedDeniedIgnored(t *testing.T) {
	c := newClock()
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: need("okta_verify"), Now: c.Now})
	f := o.signedIn().authenticate("okta_verify", document{"methodType": "push"})
	expect(t, "step", f.step(), []string{"challenge-poll", "select-authenticator-authenticate"})
	expect(t, "rang", o.rang(), document{"kind": "push"})
	f.submit("challenge-poll", nil)
	expect(t, "ignored", f.step()[0], "challenge-poll")

	o.api("POST", "/push/"+ada, `{"approve":false}`)
	f.submit("challenge-poll", nil)
	expect(t, "denied", f.messages(), []string{"api.authn.poll.error.push_rejected"})
	expect(t, "status", f.status, http.StatusOK)
	expect(t, "step", f.step()[0], "resend")
	if status, _ := o.rawAPI("POST", "/push/"+ada, `{"approve":true}`); status != http.StatusBadRequest {
		t.Fatalf("a denial was taken back: %d", status)
	}
	resend := f.remediation("resend")["value"].([]any)[0].(document)["value"].(document)["form"].(document)["value"].([]any)
	f.post(f.remediation("resend")["href"].(string), "application/json", document{
		"stateHandle":   f.answer["stateHandle"],
		"authenticator": document{"id": resend[0].(document)["value"], "methodType": resend[1].(document)["value"]},
	})
	expect(t, "step", f.step()[0], "challenge-poll")
	o.api("POST", "/push/"+ada, `{"approve":true}`)
	f.submit("challenge-poll", nil).tokens()

	f = o.signedIn().authenticate("okta_verify", document{"methodType": "push"})
	c.advance(6 * time.Minute)
	f.submit("challenge-poll", nil)
	expect(t, "too late", f.messages(), []string{"core.system.transaction_resource_not_found"})
	expect(t, "status", f.status, http.StatusNotFound)
}

func TestPushRejectsWhatItDoesNotKnow(t *testing.T) {
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: need("okta_verify")})
	for _, c := range []struct{ login, body string }{
		{ada, `{"approve":true}`}, {"nobody@example.com", `{"approve":true}`}, {ada, `{}`}, {ada, `{"aprove":true}`},
	} {
		if status, _ := o.rawAPI("POST", "/push/"+c.login, c.body); status != http.StatusBadRequest {
			t.Errorf("%v: %d", c, status)
		}
	}
}

// Push fatigue: an attacker who has the password asks until the owner taps
// "approve". With a number challenge the owner cannot know which number.
func TestPushFatigueMeetsTheNumber(t *testing.T) {
	policy := need("okta_verify")
	policy.Settings.NumberChallenge = true
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
	f := o.signedIn().authenticate("okta_verify", document{"methodType": "push"})
	number := f.contextual()["correctAnswer"].(string)
	expect(t, "rang", o.rang(), document{"kind": "push", "number": number})
	page := o.handset()
	shown := []string{}
	for _, part := range strings.Split(page, `name="answer" value="`)[1:] {
		value, _, _ := strings.Cut(part, `"`)
		shown = append(shown, value)
	}
	if len(shown) != 4 || !slices.Contains(shown, number) || slices.Contains(shown, "approve") {
		t.Fatalf("the phone offers %v, want three numbers with %s", shown, number)
	}
	o.tap("approve") // there is no such button
	f.submit("challenge-poll", nil)
	expect(t, "step", f.step()[0], "challenge-poll")
	i := slices.IndexFunc(shown, func(n string) bool { return n != number })
	o.tap(shown[i])
	f.submit("challenge-poll", nil)
	expect(t, "wrong number", f.messages(), []string{"api.authn.poll.error.push_rejected"})

	f = o.signedIn().authenticate("okta_verify", document{"methodType": "push"})
	o.tap(f.contextual()["correctAnswer"].(string))
	f.submit("challenge-poll", nil).tokens()
}

func TestOktaVerifyCode(t *testing.T) {
	c := newClock()
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: need("okta_verify"), Now: c.Now})
	f := o.signedIn().authenticate("okta_verify", nil)
	expect(t, "step", f.step()[0], "authenticator-verification-data")
	f = o.signedIn().authenticate("okta_verify", document{"methodType": "totp"})
	code := codeAt(t, sharedSecret, c.Now())
	f.credentials("challenge-authenticator", document{"passcode": code})
	expect(t, "a passcode is not what is asked", f.messages(), []string{"totp: model.validation.field.blank"})
	f.credentials("challenge-authenticator", document{"totp": wrong(code)})
	expect(t, "wrong code", f.messages(), []string{"totp: api.authn.error.PASSCODE_INVALID"})
	f.credentials("challenge-authenticator", document{"totp": code}).tokens()
	f = o.signedIn().authenticate("okta_verify", document{"methodType": "totp"})
	expect(t, "replayed", f.credentials("challenge-authenticator", document{"totp": code}).status, http.StatusUnauthorized)
}

func TestPushWithoutAsking(t *testing.T) {
	policy := need("okta_verify")
	policy.AutoSelect, policy.Settings.AutoChallenge = true, true
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: policy})
	f := o.signedIn()
	expect(t, "step", f.step()[0], "authenticator-verification-data")
	data := f.remediation("authenticator-verification-data")
	fields := data["value"].([]any)[0].(document)["form"].(document)["value"].([]any)
	expect(t, "tick box", fields[len(fields)-1].(document)["name"], any("autoChallenge"))
	f.submit("authenticator-verification-data", document{"authenticator": document{
		"id": fields[0].(document)["value"], "methodType": "push", "autoChallenge": true,
	}})
	o.tap("approve")
	f.submit("challenge-poll", document{"autoChallenge": true}).tokens()

	f = o.signedIn()
	expect(t, "next time", f.step()[0], "challenge-poll")
	expect(t, "rang", o.rang()["kind"], any("push"))
	o.tap("approve")
	poll := f.remediation("challenge-poll")
	f.post(poll["href"].(string), "application/json", document{"stateHandle": f.answer["stateHandle"], "autoChallenge": false})
	f.tokens()
	expect(t, "after the tick was taken away", o.signedIn().step()[0], "authenticator-verification-data")
}

func TestCustomPush(t *testing.T) {
	o := start(t, &oktasim.Server{Users: having(&oktasim.Enrollment{Authenticator: "custom_app"}), Policy: need("custom_app")})
	f := o.signedIn().authenticate("custom_app", nil)
	logo, _ := f.current()["logoUri"].(string)
	request, _ := http.NewRequest(http.MethodGet, o.url+logo, nil)
	if response, _ := o.do(request); response.Header.Get("Content-Type") != "image/svg+xml" {
		t.Fatalf("the logo %q is %s", logo, response.Header.Get("Content-Type"))
	}
	o.tap("deny")
	f.submit("challenge-poll", nil)
	expect(t, "denied", f.step()[0], "resend")
	f = o.signedIn().authenticate("custom_app", nil)
	o.tap("approve")
	f.submit("challenge-poll", nil).tokens()
}

func TestAnotherSitesPageCannotTap(t *testing.T) {
	o := start(t, &oktasim.Server{Users: having(adasApp()), Policy: need("okta_verify")})
	o.signedIn().authenticate("okta_verify", document{"methodType": "push"})
	request, _ := http.NewRequest(http.MethodPost, o.url+"/phone/"+ada, strings.NewReader("answer=approve"))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	response, _ := o.do(request)
	expect(t, "status", response.StatusCode, http.StatusForbidden)
}
