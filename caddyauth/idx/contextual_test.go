package idx

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contextual reads the contextual data of an answer from https://org.example.
func contextual(t *testing.T, data string) Contextual {
	t.Helper()
	r := mustDecode(t, `{"stateHandle":"02.a-handle-long-enough","cancel":{"rel":["create-form"],"name":"cancel","href":"https://org.example/idp/idx/cancel"},
		"currentAuthenticator":{"type":"object","value":{"type":"app","contextualData":`+data+`}}}`)
	return r.Authenticator.Contextual()
}

func TestContextual(t *testing.T) {
	yes := true
	tests := map[string]struct {
		data string
		want Contextual
	}{
		"none":         {`{}`, Contextual{}},
		"of odd types": {`{"qrcode":"x","sharedSecret":{},"questions":{"a":1},"samedevice":[],"devicebootstrap":"x","email":7,"host":1,"challengeData":null}`, Contextual{}},
		"an app to scan": {`{"selectedChannel":"qrcode","qrcode":{"method":"embedded","Type":"image/png","href":"data:image/png;base64,iVBORw0KGgo="},"sharedSecret":"JBSW Y3DP"}`,
			Contextual{Channel: "qrcode", QRCode: "data:image/png;base64,iVBORw0KGgo=", SharedSecret: "JBSW Y3DP"}},
		"a question to answer": {`{"enrolledQuestion":{"question":"Which river?","questionKey":"river"}}`,
			Contextual{Question: Question{"river", "Which river?"}}},
		"questions to choose from": {`{"questionKeys":["custom"],"questions":[{"questionKey":"river","question":"Which river?"},{"question":"keyless"},7,{"questionKey":"hill"}]}`,
			Contextual{Questions: []Question{{"river", "Which river?"}, {Key: "hill"}}}},
		"a number to match": {`{"correctAnswer":"07"}`, Contextual{CorrectAnswer: "07"}},
		"as a number":       {`{"correctAnswer":46}`, Contextual{CorrectAnswer: "46"}},
		"a code to carry":   {`{"otp":"004211"}`, Contextual{OTP: "004211"}},
		"where it went": {`{"selectedChannel":"sms","phoneNumber":"+44 XXX 42","email":"a***@example.com","useEmailMagicLink":"true"}`,
			Contextual{Channel: "sms", PhoneNumber: "+44 XXX 42", Email: "a***@example.com", EmailMagicLink: &yes}},
		"a passkey": {`{"challengeData":{"challenge":"YWJj","userVerification":"preferred"},"activationData":{"rp":{"name":"Org"}}}`,
			Contextual{ChallengeData: []byte(`{"challenge":"YWJj","userVerification":"preferred"}`), ActivationData: []byte(`{"rp":{"name":"Org"}}`)}},
		"Duo": {`{"host":"api-1.duo.example","signedToken":"TX|a","script":"https://org.example/duo.js","integrationType":"iframe"}`,
			Contextual{Duo: &Duo{Host: "api-1.duo.example", Integration: "IFRAME", SignedToken: "TX|a", Script: "https://org.example/duo.js"}}},
		"Duo elsewhere": {`{"host":"evil.example/frame?","signedToken":"TX|a"}`, Contextual{}},
		"this device": {`{"samedevice":{"setupOVUrl":"com-okta-authenticator:/setup","downloadHref":"https://apps.example","orgUrl":"org.example","platform":"ios","securityLevel":"any"}}`,
			Contextual{SameDevice: &AppSetup{SetupURL: "com-okta-authenticator:/setup", DownloadURL: "https://apps.example", Org: "org.example", Platform: "IOS", SecurityLevel: "ANY"}}},
		"an address without a site": {`{"samedevice":{"setupOVUrl":"setup.html"}}`,
			Contextual{SameDevice: &AppSetup{SetupURL: "https://org.example/setup.html"}}},
		"another device":  {`{"devicebootstrap":{"enrolledDevices":"Ada's phone"}}`, Contextual{Bootstrap: &AppSetup{EnrolledDevices: []string{"Ada's phone"}}}},
		"several devices": {`{"devicebootstrap":{"enrolledDevices":["phone","",null,"tablet"]}}`, Contextual{Bootstrap: &AppSetup{EnrolledDevices: []string{"phone", "tablet"}}}},
		"a token to tap":  {`{"setupNfcUrl":"com-okta-authenticator:/nfc?a=b"}`, Contextual{NFCSetupURL: "com-okta-authenticator:/nfc?a=b"}},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, contextual(t, tt.data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(Contextual{}, (*Authenticator)(nil).Contextual()); diff != "" {
		t.Error(diff)
	}
}

// An enrolled question stands in the profile of an enrollment without data.
func TestQuestionOfTheProfile(t *testing.T) {
	r := mustDecode(t, `{"currentAuthenticatorEnrollment":{"value":{"type":"security_question","profile":{"questionKey":"river","question":"Which river?"}}}}`)
	if got := r.Authenticator.Contextual().Question; got != (Question{"river", "Which river?"}) {
		t.Errorf("question %+v", got)
	}
}

// An image in a page must be pixels: a data: address of another type is a
// document of someone else's, with scripts.
func TestQRCodeIsPixelsOnly(t *testing.T) {
	for _, href := range []string{
		"https://tracker.example/pixel.png", "javascript:alert(1)", "data:text/html;base64,PGI+", "data:image/svg+xml;base64,PHN2Zz4=",
		`data:image/png;base64,AAAA\" onerror=\"alert(1)`, "data:image/png,<svg>", "data:image/png;base64,", "x data:image/png;base64,AAAA",
		`data:image/png;base64,AAAA\ndata:text/html`,
	} {
		if got := contextual(t, `{"qrcode":{"href":"`+href+`"}}`).QRCode; got != "" {
			t.Errorf("%q became %q", href, got)
		}
	}
	for _, kind := range []string{"png", "jpeg", "gif"} {
		if contextual(t, `{"qrcode":{"href":"data:image/`+kind+`;base64,AAAA"}}`).QRCode == "" {
			t.Errorf("%s is refused", kind)
		}
	}
}

// A link that the page offers, and that the user trusts because the page is
// ours, must open an app of Okta's or a web page, nothing that runs code.
func TestAppAddresses(t *testing.T) {
	for s, want := range map[string]string{
		"com-okta-authenticator:/a?b=c": "com-okta-authenticator:/a?b=c",
		"COM-Okta-Authenticator:/a":     "COM-Okta-Authenticator:/a",
		"com.okta.mobile:/a":            "com.okta.mobile:/a",
		"https://verify.example/a":      "https://verify.example/a",
		"verify.html":                   "https://org.example/verify.html",
		"/verify.html?a=b":              "https://org.example/verify.html?a=b",
		"":                              "",
		"//evil.example/a":              "",
		"javascript:alert(1)":           "",
		" javascript:alert(1)":          "",
		"data:text/html,x":              "",
		"ms-msdt:/id":                   "",
		"intent://a#Intent;end":         "",
		"file:///etc/passwd":            "",
		"https:///path":                 "",
		"?query":                        "",
	} {
		if got := appAddress(s, origin(mustDecode(t, `{"cancel":{"rel":["create-form"],"href":"https://org.example/idp/idx/cancel"}}`).root)); got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
	if got := appAddress("verify.html", nil); got != "" {
		t.Errorf("without a site, %q", got)
	}
}

// With a state handle or state token whoever reads the page, a proxy's cache or
// a Referer goes on in the user's place. Okta puts them inside addresses and
// challenges too.
func TestViewsCarryNoStateHandle(t *testing.T) {
	const top, form, ours = "02.the-answer's-own-handle", "02.the-handle-of-a-form", "harmless"
	answer := `{"stateHandle":"` + top + `","cancel":{"rel":["create-form"],"name":"cancel","href":"https://org.example/cancel","value":[{"name":"stateHandle","value":"` + form + `"}]},
		"currentAuthenticator":{"value":{"type":"app","settings":{"x":"` + top + `"},"contextualData":{"stateHandle":"short","otp":"` + top + `","selectedChannel":"` + ours + `",
			"script":"https://org.example/s?stateToken=abc","host":"api.duo.example","signedToken":"a` + form + `z",
			"samedevice":{"setupOVUrl":"https://org.example/s?x=` + top + `","orgUrl":"org.example"},"setupNfcUrl":"com-okta-authenticator:/a?u=https%3A%2F%2Forg.example%2F%3FstateTokenExternalId%3Dabc",
			"activationData":{"challenge":["` + top + `"],"cancel":{"rel":["create-form"],"value":[{"name":"stateHandle","value":"short"}]}}}}},
		"authenticatorChallenge":{"value":{"challengeMethod":"LOOPBACK","challengeRequest":"` + top + `","href":"com-okta-authenticator:/x?challengeRequest=` + form + `","ports":["` + top + `",2000]}},
		"client":{"value":{"browser":"` + form + `","location":{"city":"` + top + `"}}},"captcha":{"value":{"id":"` + top + `","stateToken":"x"}},
		"deviceEnrollment":{"value":{"name":"oda","orgName":"` + top + `"}},"webauthnAutofillUIChallenge":{"value":{"challengeData":{"challenge":"` + form + `"}}},
		"odd":{"type":"object","value":{"a":"` + top + `","b":{"rel":["create-form"],"value":[]},"c":"` + ours + `"}}}`
	r := mustDecode(t, answer)
	shown := []any{r.DeviceChallenge(), r.DeviceEnrollment(), r.Captcha(), r.Client(), r.Authenticator.Contextual(), r.Authenticator.PasswordPolicy()}
	var all strings.Builder
	for _, v := range shown {
		b, err := encode(v)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	for _, b := range [][]byte{r.AutofillChallenge(), r.Value("odd"), r.Value("authenticatorChallenge"), r.Authenticator.ContextualData, r.Authenticator.Settings} {
		all.Write(b)
	}
	for _, secret := range []string{top, form, "short", "stateToken", "stateHandle"} {
		if strings.Contains(all.String(), secret) {
			t.Errorf("%q is in\n%s", secret, all.String())
		}
	}
	if c := r.DeviceChallenge(); c == nil || c.Method != "LOOPBACK" || !cmp.Equal(c.Ports, []int{2000}) || r.Authenticator.Contextual().Channel != ours {
		t.Errorf("more than the handles is gone: %+v", c)
	}
}
