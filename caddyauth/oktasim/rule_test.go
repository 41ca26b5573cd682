package oktasim_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// from begins a sign-in with these headers on /interact.
func (o *org) from(headers map[string]string) *flow {
	o.Helper()
	request, _ := http.NewRequest(http.MethodPost, o.issuer()+"/v1/interact", strings.NewReader(interactForm().Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	_, content := o.do(request)
	var out struct {
		Handle string `json:"interaction_handle"`
	}
	if err := json.Unmarshal(content, &out); err != nil || out.Handle == "" {
		o.Fatalf("interact: %s", content)
	}
	f := &flow{org: o, issuer: o.issuer(), handle: out.Handle}
	return f.introspect()
}

func (o *org) onDevice(token string) *flow {
	o.Helper()
	return o.from(map[string]string{"X-Device-Token": token})
}

var (
	factor  = []string{"select-authenticator-authenticate"}
	nothing = []string(nil) // signed in
)

func TestNewDevicesAreAskedForMore(t *testing.T) {
	rules := []oktasim.Rule{{Device: "new", Authenticate: [][]string{{"password"}, {"email"}}}}
	header := map[string]string{"X-Device-Token": "device-of-ada"}
	cookie := map[string]string{"Cookie": "DT=device-of-ada"}
	tests := []struct {
		from           string
		header, cookie []string // the step after the password, the second time
	}{
		{"header", nothing, factor},
		{"cookie", factor, nothing},
		{"either", nothing, nothing},
	}
	for _, test := range tests {
		t.Run(test.from, func(t *testing.T) {
			for name, device := range map[string]map[string]string{"header": header, "cookie": cookie} {
				o := start(t, &oktasim.Server{Policy: oktasim.Policy{Rules: rules, DeviceFrom: test.from}})
				f := o.from(device).identify(ada, adaPassword)
				expect(t, name+": first time", f.step(), factor)
				f.authenticate("okta_email", nil).mailed(ada).tokens()
				want := test.header
				if name == "cookie" {
					want = test.cookie
				}
				expect(t, name+": second time", o.from(device).identify(ada, adaPassword).step(), want)
			}
		})
	}
}

// Anybody can send X-Forwarded-For: an address counts only when a proxy that
// the org trusts says it.
func TestZonesBelieveTrustedProxiesOnly(t *testing.T) {
	rules := []oktasim.Rule{{Zones: []string{"!office"}, Authenticate: [][]string{{"password"}, {"email"}}}}
	zones := map[string][]string{"office": {"198.51.100.0/24"}}
	tests := []struct {
		name, forwarded string
		proxies         []string
		want            []string
	}{
		{"office", "198.51.100.7", []string{"127.0.0.0/8"}, nothing},
		{"elsewhere", "203.0.113.9", []string{"127.0.0.0/8"}, factor},
		{"no trusted proxy", "198.51.100.7", nil, factor},
		{"forged in front of the true one", "198.51.100.7, 203.0.113.9", []string{"127.0.0.0/8"}, factor},
		{"two proxies", "198.51.100.7, 192.0.2.1", []string{"127.0.0.0/8", "192.0.2.0/24"}, nothing},
		{"none", "", []string{"127.0.0.0/8"}, factor},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := start(t, &oktasim.Server{Policy: oktasim.Policy{Rules: rules, Zones: zones, TrustedProxies: test.proxies}})
			headers := map[string]string{}
			if test.forwarded != "" {
				headers["X-Forwarded-For"] = test.forwarded
			}
			expect(t, "step", o.from(headers).identify(ada, adaPassword).step(), test.want)
		})
	}
}

func TestRulesByGroupAndClient(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Rules: []oktasim.Rule{
		{Groups: []string{"Auditors"}, Deny: true, Link: "https://help.example.com/"},
		{Groups: []string{"Finance"}, Clients: []string{oktasim.DemoClientID}, Authenticate: [][]string{{"password"}, {"email"}}},
	}}})
	expect(t, "finance", o.signedIn().step(), factor)
	expect(t, "others", o.begin().identify("edgar@example.com", ` say "friend" \ enter `).step(), nothing)
	f := o.begin().identify("grace@example.com", "navy-compiler-1952")
	expect(t, "auditors", f.messages(), []string{"security.access_denied_custom_message"})
	expect(t, "status", f.status, http.StatusForbidden)
	expect(t, "wrong password first", o.begin().identify("grace@example.com", "x").messages(), []string{"errors.E0000004"})
}

func TestUsersWhoAreNotAssigned(t *testing.T) {
	o := start(t, &oktasim.Server{Clients: clientWith(func(c *oktasim.Client) { c.Groups = []string{"Engineering"} })})
	o.signedIn().tokens()
	expect(t, "messages", o.begin().identify("grace@example.com", "navy-compiler-1952").messages(), []string{"idx.error.code.user_not_assigned"})
}

func TestAssuranceAskedForAtInteract(t *testing.T) {
	o := start(t, &oktasim.Server{})
	form := interactForm()
	form.Set("acr_values", "urn:unknown urn:okta:loa:2fa:any")
	f := o.beginAt(o.issuer(), o.issuer()+"/v1/interact", form).identify(ada, adaPassword)
	expect(t, "step", f.step(), factor)
	claims := f.verified(f.authenticate("okta_email", nil).mailed(ada).tokens())
	expect(t, "acr", claims["acr"], any("urn:okta:loa:2fa:any"))
	form.Set("acr_values", "urn:unknown")
	f = o.beginAt(o.issuer(), o.issuer()+"/v1/interact", form).identify(ada, adaPassword)
	expect(t, "unsupported", f.verified(f.tokens())["acr"], any(nil))
}

func TestASignInTakesNoLongerThanThePolicyAllows(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now, Policy: oktasim.Policy{TransactionSeconds: 60}})
	f := o.begin()
	c.advance(61 * time.Second)
	expect(t, "messages", f.identify(ada, adaPassword).messages(), []string{"idx.session.expired"})
}
