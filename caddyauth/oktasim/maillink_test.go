package oktasim_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// waiting is a sign-in that waits for the link in a mail; token is what a
// hosted page would open it with.
func (o *org) waiting() (f *flow, token string) {
	o.Helper()
	f = o.signedIn().authenticate("okta_email", nil)
	_, link := o.mail(ada)
	return f, link[strings.LastIndex(link, "/")+1:]
}

// A tab that polls is told where the sign-in is, however it got there.
func TestPollAfterOthersWentOn(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("email")})
	f, token := o.waiting()
	poll := f.current()["poll"]
	o.open(token)
	f.send(poll, nil)
	expect(t, "status", f.status, http.StatusOK)
	f.tokens()
}

// open opens the link elsewhere.
func (o *org) open(token string) *flow {
	o.Helper()
	f := &flow{org: o, issuer: o.issuer()}
	f.post(o.url+"/idp/idx/introspect", "application/json", document{"stateToken": token})
	return f
}

func TestLinkToTheApplicationsOwnPage(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("email"), Clients: clientWith(func(c *oktasim.Client) { c.EmailCallbackURI = "http://localhost:8080/.okta/email?from=mail" })})
	f := o.signedIn().authenticate("okta_email", nil)
	code, link := o.mail(ada)
	address, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "parameters", address.Query(), url.Values{"from": {"mail"}, "otp": {code}, "state": {"some-state"}})
	f.introspect().passcode(address.Query().Get("otp")).tokens()
}

func TestLinkOpenedElsewhereLetsTheTabGoOn(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("email")})
	f, token := o.waiting()
	elsewhere := o.open(token)
	expect(t, "elsewhere", elsewhere.messages(), []string{"idx.return.to.original.tab"})
	f.action("poll").tokens()
}

func TestLinkThatOnlyShowsTheCode(t *testing.T) {
	policy := need("email")
	policy.MagicLink = "otp"
	o := start(t, &oktasim.Server{Policy: policy})
	f, token := o.waiting()
	elsewhere := o.open(token)
	expect(t, "elsewhere", elsewhere.messages(), []string{"idx.enter.otp.in.original.tab"})
	code, link := o.mail(ada)
	expect(t, "code", elsewhere.contextual()["otp"], any(code))
	get, _ := http.NewRequest(http.MethodGet, link, nil)
	if _, content := o.do(get); !strings.Contains(string(content), code) {
		t.Fatalf("the page does not show the code: %s", content)
	}
	expect(t, "the tab", f.action("poll").step(), []string{"challenge-authenticator", "select-authenticator-authenticate"})
	f.passcode(code).tokens()
}

func TestConsentToALink(t *testing.T) {
	policy := need("email")
	policy.MagicLinkConsent = true
	for _, yes := range []bool{true, false} {
		o := start(t, &oktasim.Server{Policy: policy})
		f, token := o.waiting()
		elsewhere := o.open(token)
		expect(t, "elsewhere", elsewhere.step(), []string{"email-challenge-consent"})
		elsewhere.submit("email-challenge-consent", document{"consent": yes})
		if yes {
			expect(t, "allowed", elsewhere.messages(), []string{"idx.return.to.original.tab"})
			f.action("poll").tokens()
			continue
		}
		expect(t, "denied", elsewhere.messages(), []string{"idx.operation.cancelled.on.other.device"})
		expect(t, "the tab", f.action("poll").messages(), []string{"idx.operation.cancelled.by.user"})
	}
}

func TestLinksThatAreOver(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now, Policy: need("email")})
	f, token := o.waiting()
	f.action("resend")
	expect(t, "replaced", o.open(token).messages(), []string{"idx.return.stale"})
	_, link := o.mail(ada)
	c.advance(6 * time.Minute)
	expect(t, "too old", o.open(link[strings.LastIndex(link, "/")+1:]).messages(), []string{"idx.return.link.expired"})
	expect(t, "unknown", o.open("nothing").messages(), []string{"idx.session.expired"})
}

func TestMailsWithoutLinks(t *testing.T) {
	policy := need("email")
	policy.MagicLink = "off"
	o := start(t, &oktasim.Server{Policy: policy})
	f := o.signedIn().authenticate("okta_email", nil)
	code, link := o.mail(ada)
	expect(t, "link", link, "")
	expect(t, "said so", f.contextual(), document{"useEmailMagicLink": false})
	expect(t, "poll", f.current()["poll"], any(nil))
	f.passcode(code).tokens()
}

func TestTheSignInGoesOnWhereTheLinkIsOpened(t *testing.T) {
	policy := need("email")
	policy.MagicLink = "transfer"
	o := start(t, &oktasim.Server{Policy: policy})
	f, token := o.waiting()
	elsewhere := o.open(token)
	expect(t, "the tab", f.action("poll").messages(), []string{"idx.transferred.to.new.tab"})
	elsewhere.handle = f.handle
	elsewhere.tokens()
}
