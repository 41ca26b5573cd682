package oktasim_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// visit goes to the identity provider of the current step and ends the visit
// there; it returns where the browser is sent.
func (f *flow) visit(outcome, login string) url.Values {
	f.Helper()
	redirect := f.remediation("redirect-idp")
	address := redirect["href"].(string)
	get, _ := http.NewRequest(http.MethodGet, address, nil)
	response, content := f.do(get)
	if response.StatusCode != http.StatusOK || !strings.Contains(string(content), "Example Books") {
		f.Fatalf("page of the provider: %d %s", response.StatusCode, content)
	}
	parsed, _ := url.Parse(address)
	form := url.Values{"stateToken": parsed.Query()["stateToken"], "outcome": {outcome}, "login": {login}}
	post, _ := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, _ = f.do(post)
	back, err := response.Location()
	if err != nil || !strings.HasPrefix(back.String(), "http://localhost:8080/.okta/callback?") {
		f.Fatalf("%d to %v", response.StatusCode, back)
	}
	expect(f.T, "state", back.Query().Get("state"), "some-state")
	return back.Query()
}

func orgWithIDP(t *testing.T, policy oktasim.Policy) *org {
	policy.IDPs = []oktasim.IDP{{Name: "Example Books", Type: "GOOGLE"}}
	return start(t, &oktasim.Server{Policy: policy})
}

// Okta's 5.1.1.
func TestSignedInAtTheIdentityProvider(t *testing.T) {
	o := orgWithIDP(t, oktasim.Policy{})
	f := o.begin()
	expect(t, "step", f.step(), []string{"identify", "redirect-idp"})
	back := f.visit("sign_in", ada)
	f.introspect()
	expect(t, "the code of the callback", back.Get("interaction_code"), f.code())
	claims := f.verified(f.tokens())
	expect(t, "who", claims["preferred_username"], any(ada))
	expect(t, "amr", claims["amr"], any([]any{"fed"}))
}

func TestTheIdentityProviderBringsANewUser(t *testing.T) {
	f := orgWithIDP(t, oktasim.Policy{}).begin()
	f.visit("sign_in", "reader@example.com")
	expect(t, "who", f.introspect().verified(f.tokens())["preferred_username"], any("reader@example.com"))
}

// Okta's 5.2.1, as a success: more steps are not an error.
func TestMoreStepsAfterTheIdentityProvider(t *testing.T) {
	for name, o := range map[string]*org{"policy": orgWithIDP(t, oktasim.Policy{Factors: []string{"email"}}), "asked for": orgWithIDP(t, oktasim.Policy{})} {
		outcome := "sign_in"
		if name == "asked for" {
			outcome = "more"
		}
		f := o.begin()
		expect(t, name, f.visit(outcome, ada).Get("error"), "interaction_required")
		f.introspect().authenticate("okta_email", nil).mailed(ada).tokens()
	}
}

func TestAccessDeniedAtTheIdentityProvider(t *testing.T) {
	f := orgWithIDP(t, oktasim.Policy{}).begin()
	expect(t, "error", f.visit("deny", "").Get("error"), "access_denied")
	f.introspect().identify(ada, adaPassword).tokens() // the other way is still open
}

func TestAUserWhomARuleKeepsOutIsDeniedAfterTheIdentityProvider(t *testing.T) {
	o := orgWithIDP(t, oktasim.Policy{Rules: []oktasim.Rule{{Groups: []string{"Finance"}, Deny: true}}})
	back := o.begin().visit("sign_in", ada)
	expect(t, "error", back.Get("error"), "access_denied")
	expect(t, "code", back.Get("interaction_code"), "")
}

func TestIdentityProviderAsAFactor(t *testing.T) {
	policy := need("external_idp")
	policy.IDPs = []oktasim.IDP{{Name: "Example Books", Factor: true}}
	o := start(t, &oktasim.Server{Oddness: plain, Policy: policy})
	f := o.signedIn().enroll("external_idp", nil)
	expect(t, "step", f.step(), []string{"redirect-idp", "select-authenticator-enroll"})
	expect(t, "back", f.visit("sign_in", ada).Get("error"), "")
	f.introspect().tokens()

	f = o.signedIn().authenticate("external_idp", nil)
	expect(t, "somebody else's account", f.visit("sign_in", "grace@example.com").Get("error"), "interaction_required")
	expect(t, "messages", f.introspect().messages(), []string{"oie.authenticator.verify.error.fail"})
	expect(t, "step", f.step(), []string{"redirect-idp", "select-authenticator-authenticate"})
	code := f.visit("sign_in", ada).Get("interaction_code")
	expect(t, "code", f.introspect().code(), code)
}

func TestNothingButIdentityProviders(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{IDPs: []oktasim.IDP{{Name: "Example Books", Only: true}}}})
	expect(t, "step", o.begin().step(), []string{"redirect-idp"})
}

// A visit is good for one sign-in that is still at its first step: nobody is
// slipped into a sign-in that somebody else has begun.
func TestAVisitInTheMiddleOfASignInIsRefused(t *testing.T) {
	o := orgWithIDP(t, oktasim.Policy{Password: oktasim.SecondPage})
	f := o.begin()
	address := f.remediation("redirect-idp")["href"].(string)
	f.submit("identify", document{"identifier": ada})
	get, _ := http.NewRequest(http.MethodGet, address, nil)
	response, _ := o.do(get)
	expect(t, "status", response.StatusCode, http.StatusNotFound)
}
