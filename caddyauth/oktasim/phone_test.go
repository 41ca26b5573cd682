package oktasim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var adasPhone = &oktasim.Enrollment{Authenticator: "phone", Profile: map[string]string{"phoneNumber": "+15555550142"}}

func TestPhoneSignIn(t *testing.T) {
	for _, method := range []string{"sms", "voice"} {
		t.Run(method, func(t *testing.T) {
			o := start(t, &oktasim.Server{Users: having(adasPhone), Policy: need("phone")})
			f := o.signedIn().authenticate("phone_number", document{"methodType": method})
			expect(t, "masked", f.current()["profile"], any(document{"phoneNumber": "+1 XXX-XXX-0142"}))
			rang := o.rang()
			expect(t, "rang", document{"kind": rang["kind"], "number": rang["number"]}, document{"kind": method, "number": "+15555550142"})
			code := rang["code"].(string)
			f.passcode(wrong(code))
			expect(t, "wrong code", f.messages(), []string{"passcode: api.authn.error.PASSCODE_INVALID"})
			expect(t, "status", f.status, http.StatusUnauthorized)
			f.passcode(code).tokens()
		})
	}
}

// A method that was not named is asked for on a page of its own.
func TestPhoneAsksForTheMethod(t *testing.T) {
	o := start(t, &oktasim.Server{Users: having(adasPhone), Policy: need("phone")})
	f := o.signedIn().authenticate("phone_number", nil)
	expect(t, "step", f.step(), []string{"authenticator-verification-data", "select-authenticator-authenticate"})
	id := f.remediation("authenticator-verification-data")["value"].([]any)[0].(document)["form"].(document)["value"].([]any)[0].(document)["value"]
	f.submit("authenticator-verification-data", document{"authenticator": document{"id": id, "methodType": "voice"}})
	expect(t, "kind", o.rang()["kind"], any("voice"))
	f.passcode(o.rang()["code"].(string)).tokens()
}

func TestPhoneCodeExpiresAndIsRenewed(t *testing.T) {
	c := newClock()
	o := start(t, &oktasim.Server{Users: having(adasPhone), Policy: need("phone"), Now: c.Now})
	f := o.signedIn().authenticate("phone_number", document{"methodType": "sms"})
	old := o.rang()["code"].(string)
	c.advance(5*time.Minute + time.Second)
	expect(t, "expired", f.passcode(old).status, http.StatusUnauthorized)
	f.action("resend")
	if fresh := o.rang()["code"].(string); fresh != old {
		expect(t, "old code after a new one", f.passcode(old).status, http.StatusUnauthorized)
	}
	f.passcode(o.rang()["code"].(string)).tokens()
}

// A code of one sign-in is worth nothing in another.
func TestCodeOfAnotherSignInIsRefused(t *testing.T) {
	o := start(t, &oktasim.Server{Users: having(adasPhone), Policy: need("phone")})
	victim := o.signedIn().authenticate("phone_number", document{"methodType": "sms"})
	code := o.rang()["code"].(string)
	attacker := o.signedIn().authenticate("phone_number", document{"methodType": "sms"})
	if o.rang()["code"] != code {
		expect(t, "another's code", attacker.passcode(code).status, http.StatusUnauthorized)
	}
	victim.passcode(code).tokens()
}

func TestTwoPhonesAreToldApart(t *testing.T) {
	other := &oktasim.Enrollment{Authenticator: "phone", Profile: map[string]string{"phoneNumber": "+4915155550199"}, Nickname: "work"}
	o := start(t, &oktasim.Server{Users: having(adasPhone, other), Policy: need("phone")})
	f := o.signedIn()
	options := optionsOf(f.answer, f.remediation("select-authenticator-authenticate"))
	expect(t, "options", len(options), 2)
	chosen := document{"methodType": "sms"}
	for _, field := range list(options[1]["value"].(document)["form"]) {
		if value, ok := field.(document)["value"]; ok {
			chosen[field.(document)["name"].(string)] = value
		}
	}
	f.submit("select-authenticator-authenticate", document{"authenticator": chosen})
	expect(t, "number", o.rang()["number"], any("+4915155550199"))
	expect(t, "masked", f.current()["profile"], any(document{"phoneNumber": "+49 XXX-XXX-0199"}))
	f.passcode(o.rang()["code"].(string)).tokens()
}

func TestPhoneEnrollAndUse(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("phone")})
	f := o.signedIn().enroll("phone_number", document{"methodType": "sms"})
	expect(t, "step", f.step()[0], "authenticator-enrollment-data")
	data := func(number string) *flow {
		id := f.remediation("authenticator-enrollment-data")["value"].([]any)[0].(document)["form"].(document)["value"].([]any)[0].(document)["value"]
		return f.submit("authenticator-enrollment-data", document{"authenticator": document{"id": id, "methodType": "sms", "phoneNumber": number}})
	}
	for _, number := range []string{"12", "5555550100", "+0555550100", "+1555555010012345"} {
		data(number)
		expect(t, number, f.messages(), []string{"phoneNumber: oie.phone.invalid"})
		expect(t, number, f.status, http.StatusBadRequest)
	}
	data("+1 (555) 555-0100")
	expect(t, "step", f.step(), []string{"enroll-authenticator", "select-authenticator-enroll"})
	expect(t, "number", o.rang()["number"], any("+15555550100"))
	code := o.rang()["code"].(string)
	expect(t, "wrong code", f.credentials("enroll-authenticator", document{"passcode": wrong(code)}).status, http.StatusUnauthorized)
	f.credentials("enroll-authenticator", document{"passcode": code}).tokens()

	f = o.signedIn().authenticate("phone_number", document{"methodType": "voice"})
	f.passcode(o.rang()["code"].(string)).tokens()
}

// Text messages cost money, and some attackers earn by having them sent to
// numbers of their own ("toll fraud"): nobody gets any number of them.
func TestPhoneFloodIsStopped(t *testing.T) {
	c := newClock()
	users := having(adasPhone)
	o := start(t, &oktasim.Server{Users: users, Policy: oktasim.Policy{Factors: []string{"phone"}, Settings: oktasim.Settings{PhoneLimit: 2}}, Now: c.Now})
	f := o.signedIn().authenticate("phone_number", document{"methodType": "voice"}).action("resend").action("resend")
	expect(t, "third call", f.status, http.StatusTooManyRequests)
	expect(t, "message", f.messages(), []string{"errors.E0000151"})
	expect(t, "step", f.step()[0], "challenge-authenticator")
	o.signedIn().authenticate("phone_number", document{"methodType": "sms"}) // counted apart
	expect(t, "kind", o.rang()["kind"], any("sms"))
	c.advance(time.Minute)
	expect(t, "a minute later", f.action("resend").status, http.StatusOK)
	f.passcode(o.rang()["code"].(string)).tokens()
}

func TestHandsetShowsMessages(t *testing.T) {
	o := start(t, &oktasim.Server{Users: having(adasPhone), Policy: need("phone")})
	o.signedIn().authenticate("phone_number", document{"methodType": "sms"})
	if page := o.handset(); !strings.Contains(page, o.rang()["code"].(string)) || !strings.Contains(page, "+15555550142") {
		t.Fatalf("the message is not on the page:\n%s", page)
	}
	request, _ := http.NewRequest(http.MethodGet, o.url+"/phone/nobody@example.com", nil)
	response, _ := o.do(request)
	expect(t, "nobody's phone", response.StatusCode, http.StatusNotFound)
}
