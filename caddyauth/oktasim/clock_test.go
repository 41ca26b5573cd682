package oktasim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestClockMovesOnAndBack(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	o := start(t, &oktasim.Server{Now: func() time.Time { return now }})
	f := o.begin()
	expect(t, "moved", o.api("POST", "/clock", `{"advance":"61m"}`), any(document{"now": "2026-01-02T04:05:05Z", "offset": "1h1m0s"}))
	f.introspect()
	expect(t, "messages", f.messages(), []string{"idx.session.expired"})
	request, _ := http.NewRequest(http.MethodGet, o.issuer()+"/v1/keys", nil)
	response, _ := o.do(request)
	expect(t, "Date", response.Header.Get("Date"), "Fri, 02 Jan 2026 04:05:05 GMT")
	o.api("POST", "/clock", `{"advance":"-1m"}`)
	expect(t, "moved", o.api("GET", "/clock", "").(document)["offset"], any("1h0m0s"))
	expect(t, "set", o.api("POST", "/clock", `{"offset":"-5m"}`).(document)["now"], any("2026-01-02T02:59:05Z"))
	for body, want := range map[string]string{
		`{"advance":"soon"}`:             `advance is "soon"; expected a duration`,
		`{}`:                             "give one of advance and offset",
		`{"advance":"1m","offset":"1m"}`: "give one of advance and offset",
		`{"offset":"2000000h"}`:          "a hundred years",
		`{"advance":10}`:                 "advance is a number; it must be a text",
	} {
		status, out := o.rawAPI("POST", "/clock", body)
		if message, _ := out.(document)["error"].(string); status != 400 || !strings.Contains(message, want) {
			t.Errorf("%s: %d %q", body, status, message)
		}
	}
}

func TestResetIsTheStart(t *testing.T) {
	o := start(t, &oktasim.Server{Limits: oktasim.Limits{User: 100}, Users: []oktasim.User{{Login: ada, Password: adaPassword}}})
	f := o.begin().identify(ada, adaPassword)
	before := o.api("GET", "/state", "")
	keys := o.look(time.Minute).body
	o.api("POST", "/users", `{"login":"new@example.com","password":"x"}`)
	o.api("POST", "/users", `{"login":"`+ada+`","password":"changed"}`)
	o.api("PUT", "/policy", `{"password":"second_page","factors":["email"]}`)
	o.api("PUT", "/limits", `true`)
	o.api("PUT", "/oddness", `{"off":["all"]}`)
	o.api("POST", "/clock", `{"advance":"10m"}`)
	o.api("PUT", "/faults", `[{"endpoint":"keys","status":503}]`)
	o.api("POST", "/reset", "")
	expect(t, "users", o.api("GET", "/state", ""), before)
	expect(t, "policy", o.api("GET", "/policy", "").(document)["password"], any("first_page"))
	expect(t, "limits", o.api("GET", "/limits", "").(document)["user"], any(100.0))
	expect(t, "oddness", o.api("GET", "/oddness", ""), any(document{"off": []any{}, "seed": 1.0}))
	expect(t, "clock", o.api("GET", "/clock", "").(document)["offset"], any("0s"))
	expect(t, "calls", o.calls(), map[string]int{})
	got := o.look(time.Minute)
	if got.status != 200 || got.body == keys {
		t.Errorf("keys: %d, the same: %v", got.status, got.body == keys)
	}
	if _, err := f.redeem(); err == nil {
		t.Error("a code from before is good")
	}
	o.begin().identify(ada, adaPassword).tokens()
}
