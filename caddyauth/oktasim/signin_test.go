package oktasim_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/google/go-cmp/cmp"
)

const (
	ada         = "ada@example.com"
	adaPassword = "correct horse battery"
)

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func TestPasswordOnFirstPageTakesFourCalls(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.begin()
	expect(t, "step", f.step(), []string{"identify"})
	f.identify(ada, adaPassword).tokens()
	expect(t, "calls", o.calls(), map[string]int{"interact": 1, "introspect": 1, "identify": 1, "token": 1})
}

func TestPasswordOnSecondPageTakesFiveCalls(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Password: oktasim.SecondPage}})
	f := o.begin().submit("identify", document{"identifier": ada, "rememberMe": true})
	expect(t, "step", f.step(), []string{"challenge-authenticator"})
	f.passcode(adaPassword).tokens()
	expect(t, "calls", o.calls(), map[string]int{"interact": 1, "introspect": 1, "identify": 1, "challenge/answer": 1, "token": 1})
}

func TestEmailCodeAfterPassword(t *testing.T) {
	for _, page := range []string{oktasim.FirstPage, oktasim.SecondPage} {
		t.Run(page, func(t *testing.T) {
			o := start(t, &oktasim.Server{Policy: oktasim.Policy{Password: page, Factors: []string{"email"}}})
			f := o.begin()
			if page == oktasim.SecondPage {
				f.submit("identify", document{"identifier": ada}).passcode(adaPassword)
			} else {
				f.identify(ada, adaPassword)
			}
			expect(t, "step after the password", f.step(), []string{"select-authenticator-authenticate"})
			expect(t, "mail before choosing", o.api("GET", "/mailbox/"+ada, ""), any([]any{}))
			f.choose()
			expect(t, "step after choosing", f.step(), []string{"challenge-authenticator", "select-authenticator-authenticate"})
			code, _ := o.mail(ada)
			f.passcode(" " + code + " ").tokens() // spaces from a mail are forgiven
		})
	}
}

func TestResendKillsTheOldCode(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Factors: []string{"email"}}})
	f := o.begin().identify(ada, adaPassword).choose()
	old, oldLink := o.mail(ada)
	f.action("resend")
	expect(t, "status", f.status, http.StatusOK)
	fresh, link := o.mail(ada)
	if link == oldLink {
		t.Fatal("the link was not renewed")
	}
	if fresh != old { // one time in a million they are the same
		expect(t, "old code", f.passcode(old).status, http.StatusUnauthorized)
	}
	f.passcode(fresh).tokens()
}

func TestMailLinkFinishesThePollingTab(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Factors: []string{"email"}}})
	f := o.begin().identify(ada, adaPassword).choose().action("poll")
	expect(t, "step before the link", f.step(), []string{"challenge-authenticator", "select-authenticator-authenticate"})

	_, link := o.mail(ada)
	get, _ := http.NewRequest(http.MethodGet, link, nil)
	if response, _ := o.do(get); response.StatusCode != http.StatusOK {
		t.Fatalf("GET link: %d", response.StatusCode)
	}
	// A mail scanner that follows links signs nobody in.
	expect(t, "step after GET", f.action("poll").step(), []string{"challenge-authenticator", "select-authenticator-authenticate"})

	post, _ := http.NewRequest(http.MethodPost, link, nil)
	post.Header.Set("Origin", "http://elsewhere.example")
	if response, _ := o.do(post); response.StatusCode != http.StatusForbidden {
		t.Fatalf("POST from another site: %d", response.StatusCode)
	}
	post, _ = http.NewRequest(http.MethodPost, link, nil)
	if response, _ := o.do(post); response.StatusCode != http.StatusOK {
		t.Fatalf("POST link: %d", response.StatusCode)
	}
	f.action("poll").tokens()
}

func TestMailCodeExpires(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now, Policy: oktasim.Policy{Factors: []string{"email"}}})
	f := o.begin().identify(ada, adaPassword).choose()
	code, link := o.mail(ada)
	c.advance(6 * time.Minute)
	expect(t, "messages", f.passcode(code).messages(), []string{"passcode: api.authn.error.PASSCODE_INVALID"})
	get, _ := http.NewRequest(http.MethodGet, link, nil)
	if response, _ := o.do(get); response.StatusCode != http.StatusNotFound {
		t.Fatalf("old link: %d", response.StatusCode)
	}
}

func TestWrongAnswersShowTheFullFormAgain(t *testing.T) {
	tests := []struct {
		name     string
		policy   oktasim.Policy
		answer   func(o *org, f *flow)
		status   int
		step     []string
		messages []string
	}{
		{"password on the first page", oktasim.Policy{}, func(_ *org, f *flow) { f.identify(ada, "wrong") },
			401, []string{"identify"}, []string{"errors.E0000004"}},
		{"unknown user on the first page", oktasim.Policy{}, func(_ *org, f *flow) { f.identify("nobody@example.com", "wrong") },
			401, []string{"identify"}, []string{"errors.E0000004"}},
		{"password on the second page", oktasim.Policy{Password: oktasim.SecondPage}, func(_ *org, f *flow) {
			f.submit("identify", document{"identifier": ada}).passcode("wrong")
		}, 401, []string{"challenge-authenticator"}, []string{"errors.E0000004"}},
		{"unknown user on the second page", oktasim.Policy{Password: oktasim.SecondPage}, func(_ *org, f *flow) {
			f.submit("identify", document{"identifier": "nobody@example.com"}).passcode("wrong")
		}, 401, []string{"challenge-authenticator"}, []string{"errors.E0000004"}},
		{"code", oktasim.Policy{Factors: []string{"email"}}, func(_ *org, f *flow) {
			f.identify(ada, adaPassword).choose().passcode("no code")
		}, 401, []string{"challenge-authenticator", "select-authenticator-authenticate"}, []string{"passcode: api.authn.error.PASSCODE_INVALID"}},
		{"no identifier", oktasim.Policy{}, func(_ *org, f *flow) { f.identify("", "x") },
			400, []string{"identify"}, []string{"identifier: model.validation.field.blank"}},
		{"no password", oktasim.Policy{}, func(_ *org, f *flow) { f.submit("identify", document{"identifier": ada}) },
			400, []string{"identify"}, []string{"passcode: model.validation.field.blank"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := start(t, &oktasim.Server{Policy: test.policy})
			f := o.begin()
			test.answer(o, f)
			expect(t, "status", f.status, test.status)
			expect(t, "step", f.step(), test.step)
			expect(t, "messages", f.messages(), test.messages)
			expect(t, "messages after introspect", f.introspect().messages(), []string(nil))
			expect(t, "step after introspect", f.step(), test.step)
		})
	}
}

// An answer must not tell who has an account here.
func TestUnknownUserLooksLikeAKnownOne(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Password: oktasim.SecondPage}})
	known := shapeOf("", o.begin().submit("identify", document{"identifier": ada}).answer)
	unknown := shapeOf("", o.begin().submit("identify", document{"identifier": "nobody@example.com"}).answer)
	expect(t, "shape", unknown, known)
}

// A client that trims, re-encodes or concatenates a password is found out.
func TestPasswordsAreComparedByteForByte(t *testing.T) {
	const password = ` "quoted" \ back\\slash, tab	, é and 😀 `
	o := start(t, &oktasim.Server{Users: []oktasim.User{{Login: "edgar", Password: password}}})
	o.begin().identify("EDGAR", password).tokens()
	for _, spoilt := range []string{strings.TrimSpace(password), strings.ReplaceAll(password, `\\`, `\`), strings.ReplaceAll(password, "é", "e\u0301")} {
		expect(t, "status", o.begin().identify("edgar", spoilt).status, http.StatusUnauthorized)
	}
}

func TestCancelBeginsAgainWithANewStateHandle(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Password: oktasim.SecondPage}})
	f := o.begin().submit("identify", document{"identifier": ada})
	old := f.answer["stateHandle"]
	f.send(f.answer["cancel"], nil)
	expect(t, "step", f.step(), []string{"identify"})
	if f.answer["stateHandle"] == old || f.answer["user"] != nil {
		t.Fatalf("cancel kept something of the last sign-in: %v", f.answer)
	}
	fresh := f.answer
	f.post(o.url+"/idp/idx/challenge/answer", "application/json", document{"stateHandle": old, "credentials": document{"passcode": adaPassword}})
	expect(t, "old handle", f.messages(), []string{"idx.session.expired"})
	f.answer = fresh
	f.submit("identify", document{"identifier": "grace@example.com"}).passcode("navy-compiler-1952").tokens()
}

func TestExpiredTransaction(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now, TransactionLifetime: time.Minute})
	byTime, byHand := o.begin(), (*flow)(nil)
	c.advance(2 * time.Minute)
	byTime.identify(ada, adaPassword)
	byHand = o.begin()
	o.api("POST", "/expire", "")
	byHand.identify(ada, adaPassword)
	for _, f := range []*flow{byTime, byHand} {
		expect(t, "status", f.status, http.StatusUnauthorized)
		expect(t, "messages", f.messages(), []string{"idx.session.expired"})
		expect(t, "step", f.step(), []string(nil))
		expect(t, "type", f.contentType, "application/ion+json; okta-version=1.0.0")
		expect(t, "introspect", f.introspect().messages(), []string{"idx.session.expired"})
	}
}

func TestIntrospectErrorTypeIsSwitchable(t *testing.T) {
	o := start(t, &oktasim.Server{IntrospectErrorType: "application/json"})
	f := &flow{org: o, handle: "unknown"}
	expect(t, "type", f.introspect().contentType, "application/json")
	expect(t, "status", f.status, http.StatusUnauthorized)
}

func TestStateTokenIntrospectsToo(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.begin()
	want := f.step()
	f.post(o.url+"/idp/idx/introspect", "application/json", document{"stateToken": f.answer["stateHandle"]})
	expect(t, "step", f.step(), want)
}

func TestEveryRequestTypeOfTheSDKs(t *testing.T) {
	o := start(t, &oktasim.Server{})
	for _, kind := range []string{"application/json", "application/json; okta-version=1.0.0", "application/ion+json", "application/ion+json; okta-version=1.0.0", "application/vnd.okta.v1+json"} {
		f := o.begin()
		f.post(o.url+"/idp/idx/identify", kind, document{"stateHandle": f.answer["stateHandle"], "identifier": ada, "credentials": document{"passcode": adaPassword}})
		f.code()
	}
	request, _ := http.NewRequest(http.MethodPost, o.url+"/idp/idx/identify", strings.NewReader("x"))
	request.Header.Set("Content-Type", "text/plain")
	if response, _ := o.do(request); response.StatusCode != http.StatusUnsupportedMediaType {
		t.Fatalf("text/plain: %d", response.StatusCode)
	}
}

func TestFormsOutOfTurnChangeNothing(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Factors: []string{"email"}}})
	f := o.begin().identify(ada, adaPassword)
	handle := f.answer["stateHandle"]
	for _, path := range []string{"identify", "challenge/answer", "challenge/resend"} {
		f.post(o.url+"/idp/idx/"+path, "application/json", document{"stateHandle": handle, "identifier": "grace@example.com"})
		expect(t, path+" status", f.status, http.StatusBadRequest)
		expect(t, path+" step", f.step(), []string{"select-authenticator-authenticate"})
		expect(t, path+" user", f.answer["user"].(document)["value"].(document)["identifier"], any(ada))
	}
	f.post(o.url+"/idp/idx/challenge", "application/json", document{"stateHandle": handle, "authenticator": document{"id": "aut-of-another-org"}})
	expect(t, "unknown authenticator", f.status, http.StatusBadRequest)
	f.post(o.url+"/idp/idx/challenge", "application/json", document{"stateHandle": handle, "authenticator": "email"})
	expect(t, "malformed", f.status, http.StatusBadRequest)
}

func TestLockout(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Lockout: 2}})
	f := o.begin()
	expect(t, "first", f.identify(ada, "wrong").messages(), []string{"errors.E0000004"})
	expect(t, "second", f.identify(ada, "wrong").messages(), []string{"authfactor.challenge.suspended_factor"})
	expect(t, "status", f.status, http.StatusForbidden)
	expect(t, "right password", f.identify(ada, adaPassword).messages(), []string{"authfactor.challenge.suspended_factor"})
	f.identify("grace@example.com", "navy-compiler-1952").code() // nobody else is
	o.api("PUT", "/policy", `{"lockout":2}`)
	o.begin().identify(ada, adaPassword).code()
}

func TestLoginHintFillsTheIdentifier(t *testing.T) {
	o := start(t, &oktasim.Server{})
	form := interactForm()
	form.Set("login_hint", ada)
	f := o.beginAt(o.issuer(), o.issuer()+"/v1/interact", form)
	identifier := list(f.answer["remediation"])[0].(document)["value"].([]any)[0].(document)
	expect(t, "value", identifier["value"], any(ada))
}

// The password and the codes of one org must be worth nothing at another.
func TestTwoOrgsShareNothing(t *testing.T) {
	a, b := start(t, &oktasim.Server{}), start(t, &oktasim.Server{})
	f := a.begin().identify(ada, adaPassword)
	f.code()
	stray := &flow{org: b, handle: f.handle}
	expect(t, "handle at the other org", stray.introspect().messages(), []string{"idx.session.expired"})
	status, _ := b.postForm(b.issuer()+"/v1/token", f.tokenForm())
	expect(t, "code at the other org", status, http.StatusBadRequest)
}

func TestHrefsAreAbsoluteAtTheAddressTheClientUsed(t *testing.T) {
	o := start(t, &oktasim.Server{})
	request, _ := http.NewRequest(http.MethodGet, strings.Replace(o.url, "127.0.0.1", "localhost", 1)+"/.well-known/openid-configuration", nil)
	_, content := o.do(request)
	if !bytes.Contains(content, []byte(`"issuer":"http://localhost:`)) {
		t.Fatalf("%s", content)
	}
}
