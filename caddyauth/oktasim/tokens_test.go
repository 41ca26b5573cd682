package oktasim_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// shown returns what an app or a token of Ada's displays.
func (o *org) shown(label string) string {
	o.Helper()
	found := regexp.MustCompile(regexp.QuoteMeta("<td>"+label+"</td><td>") + `<span class="code">([^<]*)</span>`).FindStringSubmatch(o.handset())
	if found == nil {
		o.Fatalf("%s shows nothing", label)
	}
	return found[1]
}

func TestTokensThatShowACode(t *testing.T) {
	for name, label := range map[string]string{
		"custom_otp": "Custom OTP", "rsa_token": "RSA SecurID", "onprem_mfa": "Custom On-prem", "yubikey_token": "YubiKey Authenticator",
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := start(t, &oktasim.Server{Users: having(&oktasim.Enrollment{Authenticator: name}), Policy: need(name), Now: c.Now})
			f := o.signedIn().authenticate(name, nil)
			code := o.shown(label)
			expect(t, "wrong code", f.passcode("x"+code[1:]).status, http.StatusUnauthorized)
			expect(t, "message", f.messages(), []string{"passcode: api.authn.error.PASSCODE_INVALID"})
			f.passcode(code).tokens()
			f = o.signedIn().authenticate(name, nil)
			expect(t, "replayed", f.passcode(code).status, http.StatusUnauthorized)
			c.advance(30 * time.Second)
			f.passcode(o.shown(label)).tokens()
		})
	}
}

func TestCustomOTPIsSetUpByAdministrators(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Enroll: map[string]string{"custom_otp": "optional"}}})
	f := o.signedIn().enroll("custom_otp", nil)
	expect(t, "message", f.messages(), []string{"enroll.hotp.restricted"})
	expect(t, "step", f.step()[0], "select-authenticator-enroll")
	f.submit("skip", nil).tokens()
}

func TestYubiKeyEnroll(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("yubikey_token")})
	f := o.signedIn().enroll("yubikey_token", nil)
	typed := o.shown("YubiKey Authenticator")
	if len(typed) != 44 {
		t.Fatalf("typed %q", typed)
	}
	f.credentials("enroll-authenticator", document{"passcode": typed}).tokens()
	f = o.signedIn().authenticate("yubikey_token", nil)
	expect(t, "replayed", f.passcode(typed).status, http.StatusUnauthorized)
	f.passcode(o.shown("YubiKey Authenticator")).tokens()
}

func TestSymantecEnrollWantsTwoCodes(t *testing.T) {
	c := newClock()
	o := start(t, &oktasim.Server{Policy: need("symantec_vip"), Now: c.Now})
	f := o.signedIn().enroll("symantec_vip", nil)
	shown := regexp.MustCompile(`^(VSMT\d{8}) (\d{6}), then (\d{6})$`).FindStringSubmatch(o.shown("Symantec VIP"))
	if shown == nil {
		t.Fatalf("shown: %q", o.shown("Symantec VIP"))
	}
	enroll := func(id, one, two string) *flow {
		return f.credentials("enroll-authenticator", document{"credentialId": id, "passcode": one, "nextPasscode": two})
	}
	expect(t, "one code", enroll(shown[1], shown[2], shown[2]).status, http.StatusUnauthorized)
	expect(t, "wrong name", enroll("VSMT00000000", shown[2], shown[3]).status, http.StatusUnauthorized)
	expect(t, "no name", enroll("", shown[2], shown[3]).messages(), []string{"credentialId: model.validation.field.blank"})
	enroll(shown[1], shown[2], shown[3]).tokens()
	c.advance(time.Minute)
	f = o.signedIn().authenticate("symantec_vip", nil)
	f.passcode(strings.Fields(o.shown("Symantec VIP"))[1][:6]).tokens()
}

func TestSecurIDEnrollWantsTheNextToken(t *testing.T) {
	for name, label := range map[string]string{"rsa_token": "RSA SecurID", "onprem_mfa": "Custom On-prem"} {
		c := newClock()
		o := start(t, &oktasim.Server{Policy: need(name), Now: c.Now})
		f := o.signedIn().enroll(name, nil)
		first := o.shown(label)
		enroll := func(code string) *flow {
			return f.credentials("enroll-authenticator", document{"clientData": "ada", "passcode": code})
		}
		expect(t, "wrong", enroll(wrong(first)).messages(), []string{"passcode: api.authn.error.PASSCODE_INVALID"})
		expect(t, "first code", enroll(first).messages(), []string{"errors.E0000113"})
		message := list(f.answer["messages"])[0].(document)
		expect(t, "words", message["message"], message["i18n"].(document)["params"].([]any)[0])
		expect(t, "the same code", enroll(first).status, http.StatusUnauthorized)
		c.advance(30 * time.Second)
		enroll(o.shown(label)).tokens()
	}
}

func TestTemporaryAccessCode(t *testing.T) {
	c := newClock()
	given := func() *oktasim.Enrollment {
		return &oktasim.Enrollment{Authenticator: "tac", Data: map[string]string{
			"code": "let-ada-in", "once": "true", "expires": c.Now().Add(time.Hour).Format(time.RFC3339),
		}}
	}
	o := start(t, &oktasim.Server{Users: having(given()), Policy: need("tac", "email"), Now: c.Now})
	f := o.signedIn().authenticate("tac", nil)
	expect(t, "wrong", f.passcode("let-me-in").status, http.StatusUnauthorized)
	f.passcode(o.shown("Temporary Access Code")).tokens()
	expect(t, "used", o.signedIn().authenticate("tac", nil).passcode("let-ada-in").status, http.StatusUnauthorized)

	o = start(t, &oktasim.Server{Users: having(given()), Policy: need("tac", "email"), Now: c.Now})
	f = o.signedIn().authenticate("tac", nil)
	c.advance(time.Hour)
	expect(t, "expired", f.passcode("let-ada-in").status, http.StatusUnauthorized)
}

func TestSmartCard(t *testing.T) {
	o := start(t, &oktasim.Server{Users: having(&oktasim.Enrollment{Authenticator: "smart_card_idp"}), Policy: need("smart_card_idp")})
	visit := func(f *flow, answer string) url.Values {
		t.Helper()
		link := f.remediation("redirect-idp")
		expect(t, "type", link["type"], any("X509"))
		request, _ := http.NewRequest(http.MethodGet, link["href"].(string), nil)
		if response, content := o.do(request); response.StatusCode != http.StatusOK || !strings.Contains(string(content), ada) {
			t.Fatalf("the page of the card: %d", response.StatusCode)
		}
		href, _ := url.Parse(link["href"].(string))
		form := url.Values{"stateToken": {href.Query().Get("stateToken")}, "answer": {answer}}
		request, _ = http.NewRequest(http.MethodPost, o.url+href.Path, strings.NewReader(form.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, _ := o.do(request)
		to, err := response.Location()
		if err != nil {
			t.Fatalf("%d: %v", response.StatusCode, err)
		}
		return to.Query()
	}
	f := o.signedIn().authenticate("smart_card_idp", nil)
	expect(t, "no card", visit(f, "none").Get("error"), "access_denied")
	back := visit(f, "card")
	f.introspect()
	expect(t, "code", back.Get("interaction_code"), f.code())
	expect(t, "state", back.Get("state"), "some-state")
	f.tokens()

	f = o.signedIn()
	request, _ := http.NewRequest(http.MethodGet, o.url+"/sso/x509?stateToken="+url.QueryEscape(f.answer["stateHandle"].(string)), nil)
	response, _ := o.do(request)
	expect(t, "a card that nobody asked for", response.StatusCode, http.StatusNotFound)
}

func TestNFC(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("nfc_pin")})
	f := o.signedIn().enroll("nfc_pin", nil)
	expect(t, "step", f.step()[0], "enroll-poll")
	o.tap("approve")
	f.submit("enroll-poll", nil)
	for _, pin := range []string{"12345", "abcdef", "1234567"} {
		expect(t, pin, f.credentials("enroll-authenticator", document{"passcode": pin}).status, http.StatusBadRequest)
	}
	f.credentials("enroll-authenticator", document{"passcode": "271828"}).tokens()

	f = o.signedIn().authenticate("nfc_pin", nil)
	f.submit("challenge-poll", nil)
	expect(t, "before the card", f.step()[0], "challenge-poll")
	o.tap("approve")
	f.submit("challenge-poll", nil)
	expect(t, "wrong PIN", f.passcode("314159").messages(), []string{"passcode: api.authenticator.error.nfc.pin_incorrect"})
	f.passcode("271828").tokens()

	f = o.signedIn().authenticate("nfc_pin", nil)
	o.tap("deny")
	f.submit("challenge-poll", nil)
	expect(t, "after a no", f.step(), []string{"select-authenticator-authenticate"})
}
