package oktasim_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func (o *org) log(query string) (entries []document, text string) {
	o.Helper()
	request, _ := http.NewRequest(http.MethodGet, o.manage+"/calls/log"+query, nil)
	_, content := o.do(request)
	if err := json.Unmarshal(content, &entries); err != nil {
		o.Fatalf("%s", content)
	}
	return entries, string(content)
}

// Whoever reads the log, or is sent it to find a mistake, learns no secret:
// not whole, not as a hash that can be tried against a million codes.
func TestLogOfCallsHoldsNoSecret(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Password: oktasim.SecondPage, Factors: []string{"email"}}})
	f := o.begin()
	handle := f.handle
	f.submit("identify", document{"identifier": ada})
	state := f.answer["stateHandle"].(string)
	f.passcode("wrong-Pa55word").passcode(adaPassword).choose()
	code, link := o.mail(ada)
	f.passcode(code)
	interactionCode := f.code()
	token := f.tokens()
	if _, err := f.renew(token.RefreshToken); err != nil {
		t.Fatal(err)
	}
	if _, err := f.userinfo(token); err != nil {
		t.Fatal(err)
	}
	o.begin().submit("identify", document{"identifier": "a-password-in-the-wrong-box"})
	request, _ := http.NewRequest(http.MethodPost, o.issuer()+"/v1/interact", strings.NewReader(interactForm().Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Device-Token", "the-device-of-ada")
	request.Header.Set("X-Device-Fingerprint", "the-fingerprint-of-ada")
	request.Header.Set("Cookie", "DT=the-cookie-of-ada")
	request.Header.Set("Referer", "https://app.example/?code=in-a-referer")
	o.do(request)
	request, _ = http.NewRequest(http.MethodPost, o.url+"/idp/idx/identify", strings.NewReader(`"a-bare-secret"`))
	request.Header.Set("Content-Type", "application/json")
	o.do(request)
	request, _ = http.NewRequest(http.MethodGet, o.issuer()+"/v1/logout?"+url.Values{"id_token_hint": {token.Extra("id_token").(string)}, "post_logout_redirect_uri": {"http://localhost/?secret=in-a-query"}}.Encode(), nil)
	o.do(request)
	request, _ = http.NewRequest(http.MethodGet, link, nil)
	o.do(request)

	_, text := o.log("")
	for what, secret := range map[string]string{
		"password": adaPassword, "wrong password": "wrong-Pa55word", "identifier that may be a password": "wrong-box",
		"interaction handle": handle, "state handle": state, "interaction code": interactionCode, "verifier": verifier,
		"secret": oktasim.DemoClientSecret, "basic": base64.StdEncoding.EncodeToString([]byte(oktasim.DemoClientID + ":" + oktasim.DemoClientSecret)),
		"access token": token.AccessToken, "refresh token": token.RefreshToken, "ID token": token.Extra("id_token").(string),
		"device": "the-device", "fingerprint": "the-fingerprint", "cookie": "the-cookie", "referer": "in-a-referer", "query": "in-a-query",
		"bare": "bare-secret", "link": link[strings.LastIndex(link, "/")+1:], "nonce": "some-nonce", "state": "some-state",
	} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds the %s", what)
		}
	}
	// Six digits stand within the times and hashes of the log by chance.
	if regexp.MustCompile(`\b` + code + `\b`).MatchString(text) {
		t.Error("the log holds the code")
	}
	for _, shown := range []string{
		`"endpoint":"challenge/answer"`, `"request":"POST /idp/idx/{path...}"`, `"identifier":"ada@example.com"`,
		`"client_id":"` + oktasim.DemoClientID, `"grant_type":"interaction_code"`, `"request":"GET /email/verify/{link}"`, `"status":401`,
		fmt.Sprintf(`"interactionHandle":"(%d characters, #`, len(handle)),
	} {
		if !strings.Contains(text, shown) {
			t.Errorf("the log does not hold %s", shown)
		}
	}
}

// Equal values look equal, so that a reader sees whether a client sent the
// right handle.
func TestLogOfCallsTellsEqualFromUnequal(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.begin().introspect()
	o.begin()
	f.introspect()
	var handles []any
	entries, _ := o.log("")
	for _, entry := range entries {
		if entry["endpoint"] == "introspect" {
			handles = append(handles, entry["body"].(document)["interactionHandle"])
		}
	}
	if handles[0] != handles[1] || handles[0] == handles[2] || handles[0] != handles[3] {
		t.Fatalf("%v", handles)
	}
	first := entries[0]["id"].(float64)
	later, _ := o.log(fmt.Sprintf("?after=%v", first+1))
	expect(t, "later", len(later), len(entries)-2)
	o.api("DELETE", "/calls", "")
	none, text := o.log("")
	expect(t, "cleared", len(none), 0)
	expect(t, "cleared", strings.TrimSpace(text), "[]")
	if status, _ := o.rawAPI("GET", "/calls/log?after=x", ""); status != 400 {
		t.Errorf("status %d", status)
	}
}

func TestLogOfCallsNamesFaults(t *testing.T) {
	o := start(t, &oktasim.Server{})
	o.spoil(document{"endpoint": "interact", "kind": "reset", "times": 1})
	if _, err := http.PostForm(o.issuer()+"/v1/interact", interactForm()); err == nil {
		t.Fatal("no reset")
	}
	entries, _ := o.log("")
	expect(t, "fault", entries[0]["fault"], any("reset"))
	expect(t, "status", entries[0]["status"], any(0.0))
}

// A client that calls for days, with bodies as large as they may be, does not
// fill the memory.
func TestLogOfCallsIsBounded(t *testing.T) {
	o := start(t, &oktasim.Server{})
	huge := document{}
	for i := range 20_000 {
		huge[fmt.Sprintf("name-%d-%s", i, strings.Repeat("x", 10))] = strings.Repeat("y", 20)
	}
	body, _ := json.Marshal(huge)
	for i := range 520 {
		content := "{}"
		if i%100 == 0 {
			content = string(body)
		}
		request, _ := http.NewRequest(http.MethodPost, o.url+"/idp/idx/identify", strings.NewReader(content))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("User-Agent", strings.Repeat("z", 5_000))
		o.do(request)
	}
	entries, text := o.log("")
	expect(t, "entries", len(entries), 500)
	expect(t, "the oldest", entries[0]["id"], any(21.0))
	if len(text) > 500_000 {
		t.Errorf("%d bytes", len(text))
	}
}
