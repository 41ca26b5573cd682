package oktasim_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func limited(t *testing.T, limits oktasim.Limits) (*org, *clock) {
	at := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return start(t, &oktasim.Server{Limits: limits, Now: at.Now}), at
}

func TestTenCallsOfOneSignInInFiveSeconds(t *testing.T) {
	o, at := limited(t, oktasim.Limits{StateToken: 10})
	f := o.begin() // the first introspect
	for range 9 {
		expect(t, "status", f.introspect().status, 200)
	}
	f.introspect()
	expect(t, "status", f.status, 429)
	expect(t, "messages", f.messages(), []string{"tooManyRequests"})
	o.begin() // another sign-in
	at.advance(5 * time.Second)
	expect(t, "status", f.introspect().identify(ada, adaPassword).status, 200)
}

func TestTwentyCallsOfOneUserInFiveSeconds(t *testing.T) {
	o, _ := limited(t, oktasim.Limits{User: 20})
	var f *flow
	for range 4 {
		f = o.begin().submit("identify", document{"identifier": ada, "credentials": document{"passcode": adaPassword}})
		for range 5 {
			expect(t, "status", f.introspect().status, 200)
		}
	}
	expect(t, "status", f.introspect().status, 429)
	o.api("PUT", "/limits", `{"user":1,"dialect":"api"}`)
	expect(t, "allowed again", f.introspect().status, 200)
	expect(t, "the other dialect", f.introspect().answer["errorCode"], any("E0000047"))
	o.api("PUT", "/limits", `{"user":20}`)
	other := o.begin().identify("grace@example.com", "navy-compiler-1952")
	expect(t, "another user", other.introspect().status, 200)
}

// Whoever forwards neither the user's address nor the device makes all users
// one, and the sixty-first call of a minute belongs to somebody else.
func TestSixtyCallsOfOneClientAddressAndDeviceInAMinute(t *testing.T) {
	o, at := limited(t, oktasim.Limits{Client: 60})
	send := func(device string) *http.Response {
		request, _ := http.NewRequest(http.MethodPost, o.issuer()+"/v1/interact", strings.NewReader(interactForm().Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if device != "" {
			request.Header.Set("X-Device-Token", device)
		}
		response, _ := o.do(request)
		return response
	}
	reset := strconv.FormatInt(at.Now().Add(time.Minute).Unix(), 10)
	for i := range 60 {
		response := send("")
		expect(t, "status", response.StatusCode, 200)
		expect(t, "limit", response.Header.Get("X-Rate-Limit-Limit"), "60")
		expect(t, "remaining", response.Header.Get("X-Rate-Limit-Remaining"), strconv.Itoa(59-i))
		expect(t, "reset", response.Header.Get("X-Rate-Limit-Reset"), reset)
	}
	response := send("")
	expect(t, "status", response.StatusCode, 429)
	expect(t, "remaining", response.Header.Get("X-Rate-Limit-Remaining"), "0")
	expect(t, "type", response.Header.Get("Content-Type"), "application/json")
	expect(t, "another device", send("device-2").StatusCode, 200)
	expect(t, "exempt", o.look(time.Minute).status, 200)
	at.advance(time.Minute)
	expect(t, "a minute later", send("").StatusCode, 200)
}

func TestFiveCallsAtOnce(t *testing.T) {
	arrived, leave := make(chan bool), make(chan bool)
	limits := oktasim.Limits{Concurrent: 5}
	o := start(t, &oktasim.Server{Limits: limits})
	o.api("PUT", "/faults", `[{"endpoint":"interact","kind":"drip","value":"10m","times":5}]`)
	var waiting sync.WaitGroup
	for range 5 {
		waiting.Go(func() {
			request, _ := http.NewRequest(http.MethodPost, o.issuer()+"/v1/interact", strings.NewReader(interactForm().Encode()))
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			response, err := http.DefaultClient.Do(request)
			arrived <- err == nil
			<-leave
			if err == nil {
				response.Body.Close()
			}
		})
	}
	for range 5 {
		if !<-arrived {
			t.Error("a call failed")
		}
	}
	status, out := o.postForm(o.issuer()+"/v1/interact", interactForm())
	expect(t, "status", status, 429)
	expect(t, "code", out["errorCode"], any("E0000047"))
	close(leave)
	waiting.Wait()
	deadline := time.Now().Add(10 * time.Second)
	for status == 429 && time.Now().Before(deadline) {
		status, _ = o.postForm(o.issuer()+"/v1/interact", interactForm())
	}
	expect(t, "when they are gone", status, 200)
}

func TestLimitsAreOneSwitch(t *testing.T) {
	o := start(t, &oktasim.Server{})
	off := document{"state_token": 0.0, "user": 0.0, "client": 0.0, "concurrent": 0.0}
	expect(t, "default", o.api("GET", "/limits", ""), any(off))
	expect(t, "on", o.api("PUT", "/limits", "true"), any(document{"state_token": 10.0, "user": 20.0, "client": 60.0, "concurrent": 5.0}))
	expect(t, "one", o.api("PUT", "/limits", `{"client":3}`), any(document{"state_token": 0.0, "user": 0.0, "client": 3.0, "concurrent": 0.0}))
	expect(t, "off", o.api("PUT", "/limits", "false"), any(off))
	for body, want := range map[string]string{`{"client":-1}`: "must not be negative", `{"clients":1}`: `unknown field "clients"; expected true`, `"on"`: "expected true", `{"dialect":"x"}`: `dialect is "x"`} {
		status, out := o.rawAPI("PUT", "/limits", body)
		if message, _ := out.(document)["error"].(string); status != 400 || !strings.Contains(message, want) {
			t.Errorf("%s: %d %q", body, status, message)
		}
	}
}
