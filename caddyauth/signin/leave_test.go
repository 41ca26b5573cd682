package signin

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

const providers = `{"version":"1.0.0","stateHandle":"02.state","remediation":{"value":[
	{"rel":["create-form"],"name":"identify","href":"BASE/idp/idx/identify","method":"POST","value":[{"name":"identifier","label":"Username"},
		{"name":"stateHandle","value":"02.state","visible":false,"mutable":false}]},
	{"name":"redirect-idp","type":"GOOGLE","idp":{"id":"0oa1","name":"Google"},"href":"BASE/sso/idps/0oa1?stateToken=02.state","method":"GET"},
	{"name":"redirect-idp","type":"SAML2","idp":{"id":"0oa2","name":"Partner"},"href":"BASE/sso/idps/0oa2?stateToken=02.state","method":"GET"},
	{"name":"redirect-idp","type":"SAML2","idp":{"id":"0oa2","name":"Partner again"},"href":"BASE/sso/idps/0oa2b?stateToken=02.state","method":"GET"},
	{"name":"redirect-idp","type":"X509","idp":{"id":"0oa3"},"href":"https://acme.mtls.example.com/sso/idps/0oa3?stateToken=02.state","method":"GET"},
	{"name":"redirect-idp","type":"OIDC","idp":{"id":"0oa4","name":"Bad"},"href":"javascript:alert(1)//?stateToken=02.state","method":"GET"},
	{"name":"redirect-idp","type":"OIDC","idp":{"id":"0oa5","name":"Plain"},"href":"http://elsewhere.example.com/?stateToken=02.state","method":"GET"}
]}}`

func atProviders(t *testing.T) (*world, *browser) {
	t.Helper()
	w := newWorld(t, oktasim.Policy{})
	w.answerWith(func(endpoint string) string {
		if endpoint == "introspect" {
			return providers
		}
		return ""
	})
	b := w.browser()
	b.open()
	return w, b
}

// leave follows a link of the page.
func (b *browser) leave(f Form) Outcome {
	b.t.Helper()
	u, err := url.Parse(f.Action)
	if err != nil {
		b.t.Fatal(err)
	}
	v := b.visit()
	v.Remediation = strings.TrimPrefix(u.Path, "/.okta/leave/")
	v.Choice, v.Return = u.Query().Get("choice"), u.Query().Get("return")
	return b.take(b.flow.Leave(b.t.Context(), v))
}

// Each identity provider is a link to a path of ours, told apart by its id; only
// the redirect says where it leads.
func TestExits(t *testing.T) {
	w, b := atProviders(t)
	var labels, targets []string
	for _, f := range b.page.Others {
		if f.Remediation != "redirect-idp" {
			continue
		}
		labels = append(labels, f.Label)
		if !f.Exit {
			targets = append(targets, "explained")
			if f.Explanation == "" {
				t.Errorf("%+v is neither a link nor explained", f)
			}
			continue
		}
		if strings.Contains(f.Action, "02.state") || !strings.HasPrefix(f.Action, "/.okta/leave/redirect-idp?") {
			t.Errorf("link %q", f.Action)
		}
		out := b.leave(f)
		targets = append(targets, strings.ReplaceAll(out.Exit, w.org.URL, "BASE"))
	}
	want := []string{
		"BASE/sso/idps/0oa1?stateToken=02.state", "BASE/sso/idps/0oa2?stateToken=02.state", "BASE/sso/idps/0oa2b?stateToken=02.state",
		"https://acme.mtls.example.com/sso/idps/0oa3?stateToken=02.state", "explained", "explained",
	}
	if strings.Join(targets, "\n") != strings.Join(want, "\n") {
		t.Errorf("exits lead to\n%s\nwant\n%s", strings.Join(targets, "\n"), strings.Join(want, "\n"))
	}
	if got := strings.Join(labels[:4], ", "); got != "Sign in with Google, Sign in with Partner, Sign in with Partner again, Sign in with a smart card" {
		t.Errorf("labels %q", got)
	}
}

// An exit that the current step does not have leads back, whoever made the link.
func TestNoOtherExits(t *testing.T) {
	w, b := atProviders(t)
	for _, f := range []Form{
		{Action: "/.okta/leave/redirect-idp?choice=0oa9&return=%2Fdeep"},
		{Action: "/.okta/leave/redirect-idp?return=%2Fdeep"},
		{Action: "/.okta/leave/identify?return=%2Fdeep"},
		{Action: "/.okta/leave/redirect-idp?choice=0oa4&return=%2Fdeep"},
		{Action: "/.okta/leave/redirect-idp?choice=https%3A%2F%2Fevil.example&return=%2Fdeep"},
	} {
		if out := b.leave(f); out.Exit != "" || out.Redirect != "/deep" {
			t.Errorf("%s leads to %q, %q", f.Action, out.Exit, out.Redirect)
		}
	}
	stranger := w.browser()
	if out := stranger.leave(Form{Action: "/.okta/leave/redirect-idp?choice=0oa1&return=%2Fdeep"}); out.Exit != "" || out.Redirect != "/deep" {
		t.Errorf("a browser without a sign-in is led to %q", out.Exit)
	}
	w.clock = w.clock.Add(2 * time.Hour)
	if out := b.leave(Form{Action: "/.okta/leave/redirect-idp?choice=0oa1&return=%2Fdeep"}); out.Exit != "" {
		t.Errorf("an old sign-in leads to %q", out.Exit)
	}
}
