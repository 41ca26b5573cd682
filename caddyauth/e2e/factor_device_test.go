package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/chromedp/cdproto/network"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var deviceTrials = []trial{
	{name: "new device", org: oktasim.Policy{Rules: []oktasim.Rule{{Device: "new", Authenticate: [][]string{{"password"}, {"email"}}}}}, run: onNewDevice},
	{name: "network zones by X-Forwarded-For", org: office, run: fromTheOffice, server: "{\n\tservers {\n\t\ttrusted_proxies static 127.0.0.0/8 ::1\n\t}\n}\n"},
	{name: "device that must be mended", org: oktasim.Policy{DeviceRefused: outdated(time.Time{})}, run: refusedDevice},
	{name: "device that is to be mended soon", org: oktasim.Policy{DeviceGrace: outdated(time.Date(2031, 5, 1, 9, 0, 0, 0, time.UTC))}, run: tolerated},
	{name: "activation of a device", org: oktasim.Policy{Settings: oktasim.Settings{DeviceActivation: true}}, run: activatesDevice},
}

// Okta knows a browser by the device token: it is asked for a code once.
func onNewDevice(she *guest) {
	for _, somebody := range []*guest{she, she.another()} {
		somebody.waitsForMail()
		somebody.typesMailedCode()
		somebody.arrives("Ada Lovelace", ada)
		somebody.leaves()
		somebody.follows(deep)
		somebody.signsIn()
		somebody.arrives("Ada Lovelace", ada)
	}
}

var office = oktasim.Policy{
	TrustedProxies: []string{"127.0.0.0/8"}, Zones: map[string][]string{"office": {"198.51.100.0/24"}},
	Rules: []oktasim.Rule{{Zones: []string{"!office"}, Authenticate: [][]string{{"password"}, {"email"}}}},
}

func fromTheOffice(she *guest) {
	she.from("198.51.100.7")
	she.follows(deep)
	she.signsIn()
	she.arrives("Ada Lovelace", ada)
	she.forgets()
	she.from("203.0.113.9")
	she.waitsForMail()
	she.typesMailedCode()
	she.arrives("Ada Lovelace", ada)
}

// from puts a proxy in front, which says where she is.
func (she *guest) from(address string) {
	she.Helper()
	headers := network.Headers{"X-Forwarded-For": address}
	command(she.tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: headers})
}

func outdated(due time.Time) *oktasim.Assurance {
	return &oktasim.Assurance{DueBy: due, Help: "https://help.example.com/devices", Options: [][]oktasim.AssuranceStep{
		{{Key: "android.upgrade_os_version", Params: []any{"14"}, Link: "https://support.google.com/android/answer/7680439"}},
		{{Key: "use_other_browser", Link: "https://www.google.com/chrome/"}},
	}}
}

func refusedDevice(she *guest) {
	she.follows(deep)
	she.signsIn()
	she.leadsTo("https://help.example.com/devices")
	she.leadsTo("https://support.google.com/android/answer/7680439")
	she.sees("Option 1")
	she.sees("Option 2")
	she.atHome()
	she.inspects()
	she.presses("Back to sign in")
	she.shows("Sign in")
}

func tolerated(she *guest) {
	she.follows(deep)
	she.signsIn()
	she.shows("Your device needs attention")
	she.leadsTo("https://support.google.com/android/answer/7680439")
	she.atHome()
	she.presses("Remind me later")
	she.arrives("Ada Lovelace", ada)
}

// leadsTo fails the test when the page has no link to that address.
func (she *guest) leadsTo(address string) {
	she.Helper()
	she.must(`[...document.links].some(a => a.href === `+quoted(address)+`)`, "no link to %q", address)
}

// A television shows a code, and its user types it at the application.
func activatesDevice(she *guest) {
	answer, err := http.PostForm(she.world.org.URL+"/oauth2/default/v1/device/authorize", url.Values{
		"client_id": {oktasim.DemoClientID}, "client_secret": {oktasim.DemoClientSecret}, "scope": {"openid"},
	})
	if err != nil {
		she.Fatal(err)
	}
	defer answer.Body.Close()
	var device struct {
		UserCode string `json:"user_code"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&device); err != nil || device.UserCode == "" {
		she.Fatalf("the org gives a device no code: %d %v", answer.StatusCode, err)
	}
	she.follows(deep)
	she.shows("Activate your device")
	she.fillsIn("Activation Code", "WRNG-CODE")
	she.presses("Next")
	she.isTold("Invalid code. Try again.")
	she.fillsIn("Activation Code", device.UserCode[:4]+"-"+device.UserCode[4:])
	she.presses("Next")
	she.signsIn()
	she.sees("activated")
	she.atHome()
	she.inspects()
}
