package oktasim_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/net/html"
	"golang.org/x/oauth2"
)

const landing = "http://localhost:8080/.okta/callback"

// A guest is a browser without script at the org's own pages.
type guest struct {
	*org
	address string
	page    *html.Node
	landed  url.Values // parameters with which the application was reached
}

func authorizeQuery(also ...string) url.Values {
	query := interactForm()
	query.Del("client_secret")
	query.Set("response_type", "code")
	for i := 0; i < len(also); i += 2 {
		query.Set(also[i], also[i+1])
	}
	return query
}

// visit begins a hosted sign-in.
func (o *org) visit(also ...string) *guest {
	o.Helper()
	v := &guest{org: o}
	v.get(o.issuer() + "/v1/authorize?" + authorizeQuery(also...).Encode())
	return v
}

func (v *guest) get(address string) {
	v.Helper()
	request, _ := http.NewRequest(http.MethodGet, address, nil)
	v.follow(request)
}

func (v *guest) follow(request *http.Request) {
	v.Helper()
	for range 5 {
		v.address = request.URL.String()
		if strings.HasPrefix(v.address, landing) {
			v.landed = request.URL.Query()
			return
		}
		response, content := v.do(request)
		if to := response.Header.Get("Location"); to != "" {
			request, _ = http.NewRequest(http.MethodGet, to, nil)
			continue
		}
		var err error
		if v.page, err = html.Parse(bytes.NewReader(content)); err != nil {
			v.Fatal(err)
		}
		return
	}
	v.Fatalf("redirects without end: %s", v.address)
}

func attribute(n *html.Node, name string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}

func words(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(out.String())
}

// press fills the form with that button and sends it.
func (v *guest) press(button string, values ...string) *guest {
	v.Helper()
	var there []string
	for form := range v.page.Descendants() {
		if form.Data != "form" {
			continue
		}
		filled, found := url.Values{}, false
		for n := range form.Descendants() {
			switch n.Data {
			case "button":
				there = append(there, words(n))
				found = words(n) == button
			case "input", "select":
				filled.Set(attribute(n, "name"), attribute(n, "value"))
				if attribute(n, "type") == "checkbox" {
					filled.Del(attribute(n, "name"))
				}
			}
		}
		if !found {
			continue
		}
		for i := 0; i < len(values); i += 2 {
			if !filled.Has(values[i]) {
				v.Fatalf("%q asks for no %q: %v", button, values[i], slices.Sorted(maps.Keys(filled)))
			}
			filled.Set(values[i], values[i+1])
		}
		request, _ := http.NewRequest(http.MethodPost, v.url+attribute(form, "action"), strings.NewReader(filled.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		v.follow(request)
		return v
	}
	v.Fatalf("no button %q; there are %q on: %s", button, there, words(v.page))
	return nil
}

func (v *guest) signIn() *guest {
	v.Helper()
	return v.press("Sign in", "identifier", ada, "credentials/passcode", adaPassword)
}

func (v *guest) says(text string) {
	v.Helper()
	if !strings.Contains(words(v.page), text) {
		v.Errorf("the page does not say %q: %s", text, words(v.page))
	}
}

// exchange redeems an authorization code with golang.org/x/oauth2.
func (v *guest) exchange() (*oauth2.Token, error) {
	config := (&flow{org: v.org, issuer: v.issuer()}).config()
	config.RedirectURL = landing
	return config.Exchange(context.Background(), v.landed.Get("code"), oauth2.VerifierOption(verifier))
}

func TestHostedSignIn(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("email")})
	v := o.visit("acr_values", "urn:okta:loa:2fa:any")
	v.press("Sign in", "identifier", ada, "credentials/passcode", "wrong").says("Authentication failed")
	v.signIn().press("Email")
	code, _ := o.mail(ada)
	v.press("Continue", "credentials/passcode", wrong(code)).says("Invalid code. Try again.")
	v.press("Continue", "credentials/passcode", code)
	expect(t, "state", v.landed.Get("state"), "some-state")

	token, err := v.exchange()
	if err != nil {
		t.Fatal(err)
	}
	provider, err := oidc.NewProvider(t.Context(), o.issuer())
	if err != nil {
		t.Fatal(err)
	}
	id, err := provider.Verifier(&oidc.Config{ClientID: oktasim.DemoClientID}).Verify(t.Context(), token.Extra("id_token").(string))
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		ACR string   `json:"acr"`
		AMR []string `json:"amr"`
	}
	if err := id.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	expect(t, "nonce", id.Nonce, "some-nonce")
	expect(t, "acr", claims.ACR, "urn:okta:loa:2fa:any")
	expect(t, "amr", claims.AMR, []string{"pwd", "email", "mfa"})
	expect(t, "calls", o.calls()["authorize"], 1)

	_, err = v.exchange()
	if err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("the code works twice: %v", err)
	}
}

// What the application did wrong it is told; what nobody may be sent to, or on
// behalf of whom nobody knows, ends on a page.
func TestRefusedAuthorize(t *testing.T) {
	o := start(t, &oktasim.Server{})
	for what, test := range map[string]struct {
		change []string
		code   string
	}{
		"response type": {[]string{"response_type", "token"}, "unsupported_response_type"},
		"response mode": {[]string{"response_mode", "okta_post_message"}, "unsupported_response_mode"},
		"PKCE":          {[]string{"code_challenge", ""}, "invalid_request"},
		"scope":         {[]string{"scope", "openid unheard_of"}, "invalid_scope"},
		"no session":    {[]string{"prompt", "none"}, "login_required"},
	} {
		v := o.visit(test.change...)
		expect(t, what, v.landed.Get("error"), test.code)
		expect(t, what, v.landed.Get("state"), "some-state")
	}
	o.visit("client_id", "nobody").says("client_id")
	o.visit("redirect_uri", "https://evil.example/").says("redirect_uri")
}

func TestAuthorizationCodeBelongsToItsAddress(t *testing.T) {
	o := start(t, &oktasim.Server{})
	v := o.visit().signIn()
	config := (&flow{org: o, issuer: o.issuer()}).config()
	config.RedirectURL = landing + "/other"
	if _, err := config.Exchange(t.Context(), v.landed.Get("code"), oauth2.VerifierOption(verifier)); err == nil {
		t.Error("redeemed for another address")
	}
	status, out := o.postForm(o.issuer()+"/v1/token", url.Values{
		"grant_type": {"interaction_code"}, "interaction_code": {o.visit().signIn().landed.Get("code")}, "code_verifier": {verifier},
		"client_id": {oktasim.DemoClientID}, "client_secret": {oktasim.DemoClientSecret},
	})
	expect(t, "as an interaction code", status, http.StatusBadRequest)
	expect(t, "error", out["error"], "invalid_grant")
}

func TestHostedFragment(t *testing.T) {
	o := start(t, &oktasim.Server{})
	request, _ := http.NewRequest(http.MethodGet, o.issuer()+"/v1/authorize?"+authorizeQuery("response_mode", "fragment", "prompt", "none").Encode(), nil)
	response, _ := o.do(request)
	if to := response.Header.Get("Location"); !strings.HasPrefix(to, landing+"#error=login_required") {
		t.Errorf("back to %q", to)
	}
}

// The pages draw every step that needs no script.
func TestHostedPagesDriveTheSteps(t *testing.T) {
	users := having(
		&oktasim.Enrollment{Authenticator: "phone", Profile: map[string]string{"phoneNumber": "+15555550142"}},
		&oktasim.Enrollment{Authenticator: "okta_verify"},
		&oktasim.Enrollment{Authenticator: "security_question", Profile: map[string]string{"questionKey": "custom", "question": "Which engine?"}, Data: map[string]string{"answer": "analytical"}},
	)
	t.Run("phone", func(t *testing.T) {
		o := start(t, &oktasim.Server{Users: users, Policy: need("phone")})
		v := o.visit().signIn().press("Phone", "authenticator/methodType", "sms")
		code, _ := o.phone(ada)
		v.press("Continue", "credentials/passcode", code)
		expect(t, "code", v.landed.Has("code"), true)
	})
	t.Run("push", func(t *testing.T) {
		o := start(t, &oktasim.Server{Users: users, Policy: oktasim.Policy{Factors: []string{"okta_verify"}, Settings: oktasim.Settings{NumberChallenge: true}}})
		v := o.visit().signIn().press("Okta Verify", "authenticator/methodType", "push")
		v.says(o.rang()["number"].(string))
		o.api("POST", "/push/"+ada, `{"approve":true}`)
		v.get(refreshes(v))
		expect(t, "code", v.landed.Has("code"), true)
	})
	t.Run("question", func(t *testing.T) {
		o := start(t, &oktasim.Server{Users: users, Policy: need("security_question")})
		v := o.visit().signIn().press("Security Question")
		v.says("Which engine?")
		v.press("Continue", "credentials/answer", "analytical")
		expect(t, "code", v.landed.Has("code"), true)
	})
	t.Run("sign up", func(t *testing.T) {
		o := start(t, &oktasim.Server{Policy: oktasim.Policy{Registration: &oktasim.Registration{}}})
		v := o.visit().press("Sign up")
		v.press("Continue", "userProfile/firstName", "Mary", "userProfile/lastName", "Jackson", "userProfile/email", "mary@example.com")
		v.press("Password").press("Continue", "credentials/passcode", "Wind-tunnel-1958")
		v.press("Email")
		code, _ := o.mail("mary@example.com")
		v.press("Continue", "credentials/passcode", code)
		expect(t, "code", v.landed.Has("code"), true)
	})
	t.Run("consent", func(t *testing.T) {
		clients := oktasim.DemoClients()
		clients[0].Consent = oktasim.Required
		o := start(t, &oktasim.Server{Clients: clients})
		v := o.visit().signIn().press("Don't Allow")
		v.says("Operation cancelled")
		for n := range v.page.Descendants() {
			if n.Data == "a" && words(n) == "Back to the application" {
				v.get(attribute(n, "href"))
				break
			}
		}
		expect(t, "error", v.landed.Get("error"), "access_denied")
	})
	t.Run("identity provider", func(t *testing.T) {
		o := start(t, &oktasim.Server{Policy: oktasim.Policy{IDPs: []oktasim.IDP{{ID: "0oaidp", Name: "Elsewhere"}}}})
		v := o.visit()
		token := v.stateToken()
		request, _ := http.NewRequest(http.MethodPost, o.url+"/sso/idps/0oaidp", strings.NewReader(url.Values{"stateToken": {token}, "outcome": {"sign_in"}, "login": {ada}}.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		v.follow(request)
		expect(t, "code", v.landed.Has("code"), true)
	})
}

// refreshes is where a page that waits comes back to.
func refreshes(v *guest) string {
	v.Helper()
	for n := range v.page.Descendants() {
		if n.Data == "meta" && attribute(n, "http-equiv") == "refresh" {
			_, to, _ := strings.Cut(attribute(n, "content"), "url=")
			return to
		}
	}
	v.Fatalf("the page does not wait: %s", words(v.page))
	return ""
}

func (v *guest) stateToken() string {
	v.Helper()
	at, err := url.Parse(v.address)
	if err != nil || at.Query().Get("stateToken") == "" {
		v.Fatalf("no state token in %q", v.address)
	}
	return at.Query().Get("stateToken")
}

// A client that draws the org's pages itself knows the sign-in by its state
// token, and is told at the end where the browser goes.
func TestIntrospectWithStateToken(t *testing.T) {
	for _, forms := range []bool{false, true} {
		t.Run(fmt.Sprint(forms), func(t *testing.T) {
			clients := oktasim.DemoClients()
			clients[0].Groups = []string{"Auditors"}
			o := start(t, &oktasim.Server{Policy: oktasim.Policy{RedirectForms: forms}, Clients: clients})
			ends := func(login, password, how string) url.Values {
				v := o.visit()
				f := &flow{org: o, issuer: o.issuer()}
				f.post(o.url+"/idp/idx/introspect", "application/ion+json; okta-version=1.0.0", document{"stateToken": v.stateToken()})
				f.identify(login, password)
				expect(t, "interaction code", f.answer["successWithInteractionCode"], nil)
				leave, _ := f.answer[how].(document)
				if forms {
					leave = f.remediation(how + "-redirect")
				}
				v.get(leave["href"].(string))
				return v.landed
			}
			expect(t, "code", ends("grace@example.com", "navy-compiler-1952", "success").Has("code"), true)
			expect(t, "error", ends(ada, adaPassword, "failure").Get("error"), "access_denied")
		})
	}
}
