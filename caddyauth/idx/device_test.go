package idx

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDeviceChallenge(t *testing.T) {
	const loopback = `{"challengeMethod":"loopback","challengeRequest":"eyJ.a.b","domain":"http://localhost/","httpsDomain":"https://device.example",
		"ports":["2000",6511,"x",0,70000],"probeTimeoutMillis":3000,"chromeLocalNetworkAccessDetails":{"chromeLNAHelpLink":"https://help.example"},
		"cancel":{"rel":["create-form"],"name":"cancel-polling","href":"https://org.example/c","value":[]}}`
	want := &DeviceChallenge{Method: "LOOPBACK", Request: "eyJ.a.b", Domain: "http://localhost", HTTPSDomain: "https://device.example",
		Ports: []int{2000, 6511}, ProbeTimeout: 3 * time.Second, HelpLink: "https://help.example"}
	for name, answer := range map[string]string{
		"by itself":             `{"authenticatorChallenge":{"type":"object","value":` + loopback + `}}`,
		"with an authenticator": `{"currentAuthenticatorEnrollment":{"value":{"type":"app"}},"currentAuthenticator":{"value":{"contextualData":{"challenge":{"type":"object","value":` + loopback + `}}}}}`,
	} {
		if diff := cmp.Diff(want, mustDecode(t, answer).DeviceChallenge()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	link := mustDecode(t, `{"authenticatorChallenge":{"value":{"challengeMethod":"CUSTOM_URI","href":"com-okta-authenticator:/c","downloadHref":"https://apps.example"}}}`).DeviceChallenge()
	if diff := cmp.Diff(&DeviceChallenge{Method: "CUSTOM_URI", Href: "com-okta-authenticator:/c", DownloadHref: "https://apps.example"}, link); diff != "" {
		t.Error(diff)
	}
	for _, odd := range []string{`{}`, `"x"`, `{"value":{"challengeMethod":7}}`, `{"value":[]}`, `null`} {
		if c := mustDecode(t, `{"version":"1","authenticatorChallenge":`+odd+`}`).DeviceChallenge(); c != nil {
			t.Errorf("%s gives %+v", odd, c)
		}
	}
	if c := new(Response).DeviceChallenge(); c != nil {
		t.Errorf("an empty response has %+v", c)
	}
}

// The page's script posts what is to be signed to DOMAIN:PORT/challenge. A domain
// that holds more than a host would send it elsewhere.
func TestLoopbackDomainIsAHost(t *testing.T) {
	for domain, want := range map[string]string{
		"http://localhost": "http://localhost", "http://127.0.0.1": "http://127.0.0.1", "https://d.example/": "https://d.example",
		"http://localhost/x?": "", "http://evil.example#x": "", "http://user@localhost": "", "http://localhost:80": "",
		"javascript://localhost": "", "localhost": "", "": "",
	} {
		if got := siteAddress(domain); got != want {
			t.Errorf("%q became %q, want %q", domain, got, want)
		}
	}
}

func TestDeviceEnrollment(t *testing.T) {
	r := mustDecode(t, `{"deviceEnrollment":{"type":"object","value":{"name":"WS1","platform":"ios","vendor":"Vendor","enrollmentLink":"https://mdm.example",
		"orgName":"Org","signInUrl":"https://org.example","challengeMethod":"loopback"}}}`)
	want := &DeviceEnrollment{Name: "ws1", Platform: "IOS", Vendor: "Vendor", EnrollmentLink: "https://mdm.example", OrgName: "Org",
		SignInURL: "https://org.example", ChallengeMethod: "LOOPBACK"}
	if diff := cmp.Diff(want, r.DeviceEnrollment()); diff != "" {
		t.Error(diff)
	}
	if e := mustDecode(t, `{"version":"1","deviceEnrollment":"x"}`).DeviceEnrollment(); e != nil {
		t.Errorf("read %+v", e)
	}
}
