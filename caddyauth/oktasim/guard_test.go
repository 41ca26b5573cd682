package oktasim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// A page on the internet points its own name at 127.0.0.1 and asks the
// simulator for everything it knows.
func TestDNSRebindingIsRefused(t *testing.T) {
	s := &oktasim.Server{URL: "http://127.0.0.1:1"}
	for name, handler := range map[string]http.Handler{"org": s, "management": s.Manage()} {
		for host, want := range map[string]int{
			"evil.example": 421, "127.0.0.1.evil.example": 421, "": 421, "localhost.evil.example:80": 421, "10.0.0.1": 421, "0.0.0.0": 421,
			"localhost": 200, "LOCALHOST:81": 200, "acme.localhost:81": 200, "127.0.0.1:81": 200, "127.9.9.9": 200, "[::1]:81": 200,
		} {
			request := httptest.NewRequest(http.MethodGet, "/", nil)
			request.Host = host
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			if answer.Code != want {
				t.Errorf("%s, Host %q: %d, want %d", name, host, answer.Code, want)
			}
			if answer.Header().Get("X-Okta-Simulator") == "" {
				t.Errorf("%s, Host %q: the answer does not say that it is a simulator's", name, host)
			}
		}
	}
}

// Another site's page cannot read an answer, but it could cause a change.
func TestManagementTakesNoChangesFromOtherOrigins(t *testing.T) {
	o := start(t, &oktasim.Server{})
	request, _ := http.NewRequest(http.MethodPost, o.manage+"/expire", nil)
	request.Header.Set("Origin", "https://evil.example")
	if response, _ := o.do(request); response.StatusCode != http.StatusForbidden {
		t.Fatalf("status %d", response.StatusCode)
	}
}

func TestCORS(t *testing.T) {
	o := start(t, &oktasim.Server{})
	for _, origin := range []string{"http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080"} {
		request, _ := http.NewRequest(http.MethodOptions, o.url+"/idp/idx/identify", nil)
		request.Header.Set("Origin", origin)
		request.Header.Set("Access-Control-Request-Method", "POST")
		request.Header.Set("Access-Control-Request-Headers", "accept, content-type, x-okta-user-agent-extended")
		response, _ := o.do(request)
		expect(t, "status", response.StatusCode, http.StatusNoContent)
		expect(t, "origin", response.Header.Get("Access-Control-Allow-Origin"), origin)
		expect(t, "credentials", response.Header.Get("Access-Control-Allow-Credentials"), "true")
		expect(t, "headers", response.Header.Get("Access-Control-Allow-Headers"), "accept, content-type, x-okta-user-agent-extended")

		request, _ = http.NewRequest(http.MethodGet, o.issuer()+"/v1/keys", nil)
		request.Header.Set("Origin", origin)
		response, _ = o.do(request)
		expect(t, "origin", response.Header.Get("Access-Control-Allow-Origin"), origin)
		if !strings.Contains(response.Header.Get("Access-Control-Expose-Headers"), "x-okta-request-id") || response.Header.Get("X-Okta-Request-Id") == "" {
			t.Fatalf("no request id: %v", response.Header)
		}
	}
	request, _ := http.NewRequest(http.MethodGet, o.issuer()+"/v1/keys", nil)
	request.Header.Set("Origin", "https://evil.example")
	response, _ := o.do(request)
	expect(t, "other origin", response.Header.Get("Access-Control-Allow-Origin"), "")
	expect(t, "preflights are not counted", o.calls(), map[string]int{"keys": 4})
}

func TestCookiesAreNewEachTime(t *testing.T) {
	o := start(t, &oktasim.Server{})
	seen := map[string]bool{}
	for range 2 {
		request, _ := http.NewRequest(http.MethodPost, o.url+"/idp/idx/introspect", strings.NewReader("{}"))
		request.Header.Set("Content-Type", "application/json")
		response, _ := o.do(request)
		for _, cookie := range response.Cookies() {
			seen[cookie.Name+cookie.Value] = true
		}
	}
	expect(t, "cookies", len(seen), 4)
}

func TestPagesSayWhatTheyAreAndEscape(t *testing.T) {
	o := start(t, &oktasim.Server{Users: []oktasim.User{{Login: "<b>bobby</b>", Password: "<script>", Name: "<script>alert(1)</script>"}}})
	for _, address := range []string{o.url + "/", o.url + "/mail", o.url + "/mail/nobody", o.url + "/email/verify/x", o.issuer() + "/v1/authorize", o.manage + "/"} {
		request, _ := http.NewRequest(http.MethodGet, address, nil)
		response, content := o.do(request)
		page := string(content)
		if !strings.Contains(page, "simulator") || strings.Contains(page, "<script>") || strings.Contains(page, "<b>") {
			t.Errorf("%s: %s", address, page)
		}
		if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", address, policy)
		}
	}
}

func TestListenRefusesAddressesThatOthersReach(t *testing.T) {
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.168.0.1:0", "example.com:0", "8081"} {
		if listener, err := oktasim.Listen(address); err == nil {
			listener.Close()
			t.Errorf("%q was accepted", address)
		}
	}
	listener, err := oktasim.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
}
