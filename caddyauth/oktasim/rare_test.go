package oktasim_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// What few orgs ask.

// leads posts a form of a page, and returns where it leads.
func (o *org) leads(address string, form url.Values) url.Values {
	o.Helper()
	request, _ := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, content := o.do(request)
	to, err := response.Location()
	if err != nil {
		o.Fatalf("%d %s", response.StatusCode, content)
	}
	return to.Query()
}

func TestIdentityVerification(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{IdentityVerification: &oktasim.IDV{ID: "IDV_PERSONA", Name: "Persona"}}})
	visit := func(outcome string) url.Values {
		f := o.signedIn()
		to := f.remediation("redirect-idverify")["href"].(string)
		request, _ := http.NewRequest(http.MethodGet, to, nil)
		response, _ := o.do(request)
		expect(t, "page", response.StatusCode, http.StatusOK)
		address, _ := url.Parse(to)
		return o.leads(o.url+address.Path, url.Values{"stateTokenExternalId": address.Query()["stateTokenExternalId"], "outcome": {outcome}})
	}
	expect(t, "not verified", visit("failed").Get("error"), "access_denied")
	expect(t, "verified", visit("verified").Has("interaction_code"), true)
	o.signedIn().tokens() // once is enough
}

func TestSafeModeMakesWait(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{SafeModePolls: 2}})
	f := o.signedIn()
	expect(t, "step", f.step(), []string{"poll"})
	expect(t, "pause", f.remediation("poll")["refresh"], any(3000.0))
	expect(t, "next pause", f.submit("poll", nil).remediation("poll")["refresh"], any(2000.0))
	f.submit("poll", nil).tokens()
}

func TestDeviceHasToBeManaged(t *testing.T) {
	for _, d := range []oktasim.DeviceEnrollment{
		{Name: "oda", Platform: "ANDROID", ChallengeMethod: "LOOPBACK"},
		{Name: "ws1", Platform: "IOS", Vendor: "Workspace ONE", Link: "https://mdm.example/enroll"},
	} {
		o := start(t, &oktasim.Server{Policy: oktasim.Policy{DeviceEnrollment: &d}})
		f := o.signedIn()
		expect(t, "steps", f.step(), []string(nil))
		is := f.answer["deviceEnrollment"].(document)["value"].(document)
		expect(t, "name", is["name"], any(d.Name))
	}
}

func TestProfileUnderTheAdministratorsWords(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{
		Progressive:        []oktasim.Attribute{{Name: "department", Label: "Department", Required: true}},
		ProgressiveDisplay: &oktasim.Display{Label: "Tell us more", Button: "Done"},
	}})
	f := o.signedIn()
	expect(t, "words", f.answer["uiDisplay"].(document)["value"], any(document{"label": "Tell us more", "buttonLabel": "Done"}))
	f.submit("enroll-profile", document{"userProfile": document{"department": "Engines"}}).tokens()
	expect(t, "calls", o.calls()["enroll/update"], 1)
}

func TestSmartCardOnTheFirstPage(t *testing.T) {
	for _, form := range []string{"redirect-idp", "piv-idp"} {
		o := start(t, &oktasim.Server{Policy: oktasim.Policy{IDPs: []oktasim.IDP{{ID: "0oapiv", Name: "Smart card", Type: "X509", Form: form}}}})
		link := o.begin().remediation(form)
		expect(t, "type", link["type"], any("X509"))
		address, _ := url.Parse(link["href"].(string))
		back := o.leads(o.url+address.Path, url.Values{"stateToken": address.Query()["stateToken"], "outcome": {"sign_in"}, "login": {ada}})
		expect(t, "code", back.Has("interaction_code"), true)
	}
}

func TestWarningOfAPasswordThatIsChangedElsewhere(t *testing.T) {
	c := newClock()
	o := start(t, &oktasim.Server{Now: c.Now, Policy: oktasim.Policy{PasswordRules: &oktasim.PasswordRules{MaxAgeDays: 10, WarnDays: 5, SiteName: "Intranet", SiteURL: "http://localhost:3000/password"}}})
	o.signedIn().tokens()
	c.advance(7 * 24 * time.Hour)
	f := o.signedIn()
	expect(t, "name", f.remediation("reenroll-custom-password-expiry-warning")["customExpiredPasswordName"], any("Intranet"))
	f.submit("skip", nil).tokens()
}
