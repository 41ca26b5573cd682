package idx

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMembers(t *testing.T) {
	r := mustDecode(t, `{"version":"1","captcha":{"type":"object","value":{"id":"cap1","name":"Robots","siteKey":"key","type":"hcaptcha"}},
		"client":{"type":"object","value":{"browser":"FIREFOX","os":"Linux","location":{"city":"Oslo","country":"Norway","countryISO":"NO","postal":150,"state":null}}},
		"webauthnAutofillUIChallenge":{"type":"object","value":{"challengeData":{"challenge":"YWJj"}}}}`)
	if diff := cmp.Diff(&Captcha{ID: "cap1", Name: "Robots", SiteKey: "key", Type: "HCAPTCHA"}, r.Captcha()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&Client{Browser: "FIREFOX", OS: "Linux", City: "Oslo", Postal: "150", Country: "Norway", CountryISO: "NO"}, r.Client()); diff != "" {
		t.Error(diff)
	}
	if got := string(r.AutofillChallenge()); got != `{"challenge":"YWJj"}` {
		t.Errorf("challenge %s", got)
	}
	if c := mustDecode(t, `{"version":"1","client":{"value":{"browser":"FIREFOX"}}}`).Client(); c == nil || c.City != "" {
		t.Errorf("without a place, %+v", c)
	}
	for _, r := range []*Response{mustDecode(t, `{"version":"1"}`), new(Response)} {
		if r.Captcha() != nil || r.Client() != nil || r.AutofillChallenge() != nil || r.DeviceEnrollment() != nil {
			t.Error("what is absent is not nil")
		}
	}
}

func TestGracePeriod(t *testing.T) {
	two, none := 2, 0
	for authenticator, want := range map[string]*GracePeriod{
		`{"gracePeriod":{"expiry":"2031-02-03T04:05:06.000Z"}}`:                  {Expiry: time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)},
		`{"gracePeriod":{"type":"BY_SKIP_COUNT","remainingSkips":2}}`:            {RemainingSkips: &two},
		`{"gracePeriod":{"type":"object","value":{"remainingSkips":-1}}}`:        {RemainingSkips: &none},
		`{"gracePeriod":{"expiry":"soon","type":"BY_DATE"},"value":"unrelated"}`: nil,
		`{"key":"okta_email"}`: nil,
	} {
		r := mustDecode(t, `{"currentAuthenticator":{"type":"object","value":`+authenticator+`}}`)
		if diff := cmp.Diff(want, r.Authenticator.GracePeriod()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", authenticator, diff)
		}
	}
}
