package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// An org that is down keeps no server from starting; people are told to try
// again, and once it is back they sign in without a restart.
//
// Rows: F-01.
func TestF01_OrgDownAtStart(t *testing.T) {
	t.Parallel()
	address := "127.0.0.1:" + rig.FreePort(t) // another test's org might begin to listen on one of ":0"
	echo := StartEcho(t)
	site := StartSite(t, SiteBlock("http://localhost:{$PORT}", "okta_auth {\n issuer http://"+address+"/oauth2/default\n client_id "+oktasim.DemoClientID+
		"\n client_secret "+oktasim.DemoClientSecret+"\n public /healthz\n}", "reverse_proxy "+echo.Addr))
	b := NewBrowser(t, site)
	answer := b.Open("/deep?x=1")
	if answer.Status != http.StatusServiceUnavailable || b.Page == nil || len(b.Page.Messages) == 0 || !strings.Contains(answer.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("while the org is down: %d %.300s", answer.Status, answer.Body)
	}
	if answer.Header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	if len(b.Page.Links) != 1 || b.Page.Links[0] != "/deep?x=1" {
		t.Errorf("the page leads to %q", b.Page.Links)
	}
	if !strings.Contains(b.Get("/healthz").Body, UpstreamMark) {
		t.Error("public paths are down with the org")
	}
	if len(site.Log.Find("sign-in did not work")) == 0 {
		t.Errorf("the log says nothing of it:\n%s", site.Log.Brief())
	}

	server := &oktasim.Server{}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	startOrg(t, server, server, listener)
	rig.Eventually(t, "the sign-in page is back", func() bool { return b.Open("/deep?x=1").Status == http.StatusUnauthorized })
	b.Submit("identify", credentials()...)
	if b.URL != site.URL+"/deep?x=1" || !b.SignedIn("/") {
		t.Errorf("after the org is back: %s %d", b.URL, b.Last.Status)
	}
}

// oddAnswers are bodies that Okta does not send, and those that the Okta SDK
// panics on.
var oddAnswers = []Fault{
	{Status: 500, Body: "{}"}, {Status: 429, Body: "{}"}, {Status: 400, Body: "null"}, {Status: 200, Body: "null"}, {Status: 200, Body: "{}"}, {Status: 200, Body: "[]"},
	{Status: 503, Body: "<html><script>alert(1)</script>gateway-canary</html>"}, {Status: 500, Body: "<html>gateway-canary</html>"}, {Status: 200, Body: ""}, {Status: 200, Body: `"x"`}, {Status: 200, Body: "1"},
	{Status: 200, Body: `{"version":"1.0.0","remediation":7,"messages":"x","stateHandle":{}}`}, {Status: 200, Body: `{"version":"1.0.0","remediation":{"type":"array","value":[null,{},1]}}`},
	{Status: 200, Body: `{"version":"1.0.0","stateHandle":"x`}, {Status: 200, Body: "\xff\xfe"}, {Status: 401, Body: "[]"}, {Status: 403, Body: `{"error":7}`}, {Status: 204},
	{Status: 200, Body: strings.Repeat("[", 10_000)}, {Status: 200, Body: `{"a":` + strings.Repeat(`{"a":`, 10_000)}, {Status: 200, Body: `{"version":"1.0.0","version":"2.0.0","intent":null}`},
	{Status: 200, Body: `{"version":"1.0.0","successWithInteractionCode":{"value":[{"name":"interaction_code","value":""}]}}`}, {Status: 200, Body: `{"access_token":1,"id_token":[],"expires_in":"x"}`},
	{Status: 200, Body: `{"access_token":"x","id_token":"a.b.c","token_type":"Bearer","expires_in":-1}`}, {Status: 200, Body: `{"interaction_handle":""}`}, {Status: 200, Body: `{"interaction_handle":null}`},
}

// At every endpoint, whatever the org answers, the user sees one clean page of
// ours, nobody is signed in, the process lives, and the next sign-in works.
//
// Rows: F-05, mod_auth_openidc 2026-08-12.
func TestF05_OddAnswersOfTheOrg(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, Caddyfile(org, echo, "issuer "+org.State().OrgIssuer))}
	for _, endpoint := range []string{"discovery", "keys", "interact", "introspect", "identify", "challenge/answer", "token", "userinfo"} {
		for i, fault := range oddAnswers {
			if endpoint == "discovery" || endpoint == "keys" { // cached: only a new process asks
				if i != 0 {
					continue
				}
				w.site.Restart()
			}
			org.Policy("second_page")
			what := fmt.Sprintf("%s answers %d %.60v", endpoint, fault.Status, fault.Body)
			b := w.browser()
			fault.Endpoint = endpoint
			org.Faults(fault)
			echo.Reset()
			b.Open("/app")
			for _, step := range []struct{ form, name, value string }{{"identify", "identifier", ada}, {"challenge-authenticator", "credentials/passcode", adaPassword}} {
				if b.Page != nil && b.Page.Form(step.form) != nil {
					b.Submit(step.form, step.name, step.value)
				}
			}
			if b.Page == nil || len(b.Page.Messages) == 0 || b.Last.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s: %d without a word", what, b.Last.Status)
			}
			if strings.Contains(b.Last.Body, "gateway-canary") || b.URL != w.site.URL+"/app" {
				t.Errorf("%s: at %s the page shows a body that is not Okta's", what, b.URL)
			}
			if b.SignedIn("/") || len(echo.Requests()) > 0 {
				t.Errorf("%s: signed in", what)
			}
			org.Faults()
			// The same browser goes on, without help.
			b.Open("/app")
			if b.Page != nil && b.Page.Form("identify") == nil && b.Page.Form("challenge-authenticator") == nil {
				b.Open("/app") // a failure is shown once
			}
			if b.Page != nil && b.Page.Form("identify") != nil {
				b.Submit("identify", "identifier", ada)
			}
			if b.Page != nil && b.Page.Form("challenge-authenticator") != nil {
				b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
			}
			if !b.SignedIn("/") {
				t.Errorf("%s: no way on after it ended: %d", what, b.Last.Status)
			}
		}
	}
}

// An answer that ends a sign-in is shown, and the way on from it begins anew.
//
// Rows: F-05.
func TestF05_TerminalAnswersOfferAWayOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	message := func(class, key, text string) map[string]any {
		return map[string]any{"version": "1.0.0", "messages": map[string]any{"type": "array", "value": []any{
			map[string]any{"message": text, "class": class, "i18n": map[string]any{"key": key}}}}}
	}
	for _, fault := range []Fault{
		{Endpoint: "identify", Status: 200, Body: message("INFO", "idx.email.verification.required", "To finish, check your e-mail.")},
		{Endpoint: "identify", Status: 403, Body: message("ERROR", "security.access_denied", "You do not have permission to perform the requested action.")},
		{Endpoint: "identify", Status: 400, Body: message("ERROR", "idx.error.server.safe.mode.enrollment.unavailable", "The service is in read only mode.")},
		{Endpoint: "introspect", Status: 403, Body: message("ERROR", "security.access_denied", "You do not have permission to perform the requested action.")},
	} {
		fault.Times = 1
		w.org.Faults(fault)
		b := w.browser()
		b.Open("/app")
		if b.Page.Form("identify") != nil {
			b.Submit("identify", credentials()...)
		}
		value := fault.Body.(map[string]any)["messages"].(map[string]any)["value"].([]any)[0].(map[string]any)
		if !b.Page.Says(value["message"].(string)) {
			t.Errorf("%s, %d: the page says %v", fault.Endpoint, fault.Status, b.Page.Messages)
		}
		if b.Page.Form("identify") == nil {
			if len(b.Page.Links) == 0 {
				t.Errorf("%s, %d: no way on", fault.Endpoint, fault.Status)
				continue
			}
			if b.Open(b.Page.Links[0]); b.Page.Form("identify") == nil {
				t.Errorf("%s, %d: %q leads to the same page again", fault.Endpoint, fault.Status, b.Page.Links)
				continue
			}
		}
		b.Submit("identify", credentials()...)
		if !b.SignedIn("/app") {
			t.Errorf("%s, %d: no way on: %d", fault.Endpoint, fault.Status, b.Last.Status)
		}
	}
}

// The user is told when to come back, and nobody asks again for them.
//
// Rows: F-07.
func TestF07_RateLimitedByTheOrg(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, endpoint := range []string{"interact", "introspect"} {
		for _, reset := range []string{"", "9999999999", "0", "garbage", "-1", "1795341600000"} {
			w.org.ResetCalls()
			w.org.Faults(Fault{Endpoint: endpoint, Status: 429, Body: map[string]string{"errorCode": "E0000047", "errorSummary": "API call exceeded rate limit due to too many requests."},
				Headers: map[string]string{"X-Rate-Limit-Reset": reset}})
			b := w.browser()
			if answer := b.Open("/"); answer.Status != http.StatusServiceUnavailable || b.Page == nil || len(b.Page.Messages) == 0 || answer.Header.Get("Retry-After") == "" {
				t.Errorf("%s, reset %q: %d, Retry-After %q", endpoint, reset, answer.Status, answer.Header.Get("Retry-After"))
			}
			if n := w.org.Calls()[endpoint]; n != 1 {
				t.Errorf("%s, reset %q: called %d times", endpoint, reset, n)
			}
		}
	}
	w.org.Faults()
	b := w.browser()
	b.Open("/")
	w.org.Faults(Fault{Endpoint: "identify", Status: 429, Body: map[string]string{"errorCode": "E0000047"}, Times: 1})
	b.Submit("identify", credentials()...)
	if b.Form("identify").Value("identifier") != ada || len(b.Page.Messages) == 0 {
		t.Errorf("what was typed is lost: %v", b.Page.Messages)
	}
	b.Submit("identify", credentials()...)
	if !b.SignedIn("/") {
		t.Error("the same step cannot be tried again")
	}
}

// Of an answer without an end no more is read than fits into an answer of
// Okta's.
//
// Rows: F-06, CVE-2026-26998.
func TestF06_EndlessAnswersOfTheOrg(t *testing.T) {
	t.Parallel()
	const most = 64 << 20 // far below 2 GB, far above 1 MB and what sockets buffer
	var at, sent atomic.Value
	at.Store("")
	org := StartOrgServer(t, &oktasim.Server{Intercept: func(endpoint string, w http.ResponseWriter, r *http.Request) bool {
		if endpoint != at.Load().(string) {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for total := 0; total < 2<<30; total += len(chunk) {
			sent.Store(total)
			if _, err := w.Write(chunk); err != nil || r.Context().Err() != nil || total > most {
				break
			}
		}
		return true
	}})
	echo := StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, Caddyfile(org, echo, "issuer "+org.State().OrgIssuer))}
	for _, endpoint := range []string{"discovery", "interact", "introspect", "identify", "keys", "token", "userinfo"} {
		at.Store(endpoint)
		sent.Store(0)
		b := w.browser()
		b.Open("/")
		if b.Page.Form("identify") != nil {
			b.Submit("identify", credentials()...)
		}
		if b.Page == nil || b.SignedIn("/") {
			t.Errorf("%s: %d", endpoint, b.Last.Status)
		}
		if got := sent.Load().(int); got >= most || got == 0 {
			t.Errorf("%s: %d MB were taken", endpoint, got>>20)
		}
		at.Store("")
	}
	w.browser().SignIn("/", ada, adaPassword)
}

// A redirect from the org is not followed: the secret, the code and the
// password would go along.
//
// Rows: CVE-2024-45336, CVE-2023-45289, CVE-2025-4673, S-54.
func TestCVE_2024_45336_RedirectsOfTheOrgAreNotFollowed(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(elsewhere.Close)
	org, echo := StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, Caddyfile(org, echo, "issuer "+org.State().OrgIssuer))}
	for _, endpoint := range []string{"discovery", "keys", "interact", "introspect", "identify", "token", "userinfo"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			if endpoint == "discovery" || endpoint == "keys" { // cached: only a new process asks
				w.site.Restart()
			}
			org.Faults(Fault{Endpoint: endpoint, Status: status, Headers: map[string]string{"Location": elsewhere.URL + "/x"}})
			b := w.browser()
			b.Open("/")
			if b.Page.Form("identify") != nil {
				b.Submit("identify", credentials()...)
			}
			if b.Page == nil || b.SignedIn("/") {
				t.Errorf("%s, %d: signed in", endpoint, status)
			}
			org.Faults()
		}
	}
	if n := hits.Load(); n > 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

// An answer of the org's that names another host as the place to post to makes
// no request there; the browser names a step and never an address.
//
// Rows: S-24, S-13, F-10.
func TestS24_ForeignAddressesInAnswersAreNotCalled(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(elsewhere.Close)
	w := newWorld(t)
	w.browser().SignIn("/warm-up", ada, adaPassword)
	w.echo.Reset()
	own := strings.TrimPrefix(w.org.URL, "http://")
	for _, href := range []string{elsewhere.URL + "/idp/idx/identify", "http://169.254.169.254/latest", "file:///etc/passwd", "//" + strings.TrimPrefix(elsewhere.URL, "http://") + "/x",
		"http://" + own + "@" + strings.TrimPrefix(elsewhere.URL, "http://") + "/x", elsewhere.URL + "#" + w.org.URL, "https://" + own + "/idp/idx/identify", `http:\\` + own, "", "/idp/idx/identify"} {
		answer := map[string]any{"version": "1.0.0", "stateHandle": "02.hostile", "remediation": map[string]any{"type": "array", "value": []any{map[string]any{
			"rel": []string{"create-form"}, "name": "identify", "href": href, "method": "POST", "accepts": "application/json; okta-version=1.0.0",
			"value": []any{map[string]any{"name": "identifier", "label": "Username"}, map[string]any{"name": "stateHandle", "required": true, "value": "02.hostile", "visible": false, "mutable": false}},
		}}}}
		body, _ := json.Marshal(answer)
		w.org.Faults(Fault{Endpoint: "introspect", Body: string(body)})
		b := w.browser()
		b.Open("/")
		if b.Page.Form("identify") != nil {
			b.Submit("identify", "identifier", ada)
		}
		if b.Page == nil || b.Page.Form("identify") != nil || !strings.Contains(b.Last.Body, "outside the sign-in service") && !strings.Contains(b.Last.Body, "cannot be trusted") {
			t.Errorf("%q: %d without a word", href, b.Last.Status)
		}
	}
	if n := hits.Load(); n > 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
	w.org.Faults()

	// S-13: nor does the discovery document lead anywhere else.
	var discovery map[string]any
	resp, err := http.Get(w.org.State().Issuer + "/.well-known/openid-configuration")
	if err == nil {
		defer resp.Body.Close()
		err = json.NewDecoder(resp.Body).Decode(&discovery)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"issuer", "token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint"} {
		kept := discovery[field]
		discovery[field] = elsewhere.URL + "/v1/x"
		w.org.Faults(Fault{Endpoint: "discovery", Body: discovery})
		w.site.Restart()
		if b := w.browser(); b.Open("/").Status < 500 {
			t.Errorf("%s at another host: %d", field, b.Last.Status)
		}
		discovery[field] = kept
	}
	if n := hits.Load(); n > 0 {
		t.Errorf("%d requests went where the discovery document said", n)
	}
}

// Keys that change between two sign-ins, the old ones gone at once.
//
// Rows: F-09, S-12.
func TestF09_SigningKeyRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().SignIn("/", ada, adaPassword)
	b := w.browser()
	b.Open("/")
	w.org.RotateKeys()
	b.Submit("identify", credentials()...)
	if !b.SignedIn("/") {
		t.Error("a sign-in fails when the org has new keys")
	}
	w.org.RotateKeys()
	w.browser().SignIn("/", ada, adaPassword)
}
