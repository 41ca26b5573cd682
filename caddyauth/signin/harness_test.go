package signin

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// world is one org, one flow, and browsers that visit it.
type world struct {
	t      *testing.T
	sim    *oktasim.Server
	org    *httptest.Server
	manage http.Handler
	flow   *Flow
	clock  time.Time
}

const secret = "a sealing key for tests, long enough"

func newWorld(t *testing.T, policy oktasim.Policy) *world {
	t.Helper()
	w := &world{t: t, clock: time.Now()}
	w.sim = &oktasim.Server{Policy: policy, Now: func() time.Time { return w.clock }}
	w.org = httptest.NewServer(w.sim)
	t.Cleanup(w.org.Close)
	w.manage = w.sim.Manage()
	w.flow = w.newFlow("/oauth2/default")
	return w
}

// newFlow is a replica: it shares the key with the others and nothing else.
func (w *world) newFlow(issuerPath string) *Flow {
	w.t.Helper()
	now := func() time.Time { return w.clock }
	org, err := okta.New(okta.Config{
		Issuer: w.org.URL + issuerPath, ClientID: oktasim.DemoClientID, ClientSecret: oktasim.DemoClientSecret,
		RedirectURI: "http://localhost:8080/.okta/callback", Now: now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	keyring, err := seal.New(secret)
	if err != nil {
		w.t.Fatal(err)
	}
	return &Flow{
		Org: org, Keyring: keyring, Answers: new(Answers), Prefix: "/.okta/", Binding: "test", Now: now,
		Claims: func() []string { return []string{"sub", "preferred_username", "email", "name", "groups"} },
	}
}

// tell asks the org's management port for something.
func (w *world) tell(method, path, body string, into any) {
	w.t.Helper()
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	w.manage.ServeHTTP(rec, req)
	if rec.Code >= 300 {
		w.t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
	if into != nil {
		if err := json.NewDecoder(bytes.NewReader(rec.Body.Bytes())).Decode(into); err != nil {
			w.t.Fatal(err)
		}
	}
}

// calls are the org's counts since the last time, those above zero.
func (w *world) calls() map[string]int {
	w.t.Helper()
	var all map[string]int
	w.tell("GET", "/calls", "", &all)
	w.tell("DELETE", "/calls", "", nil)
	for name, n := range all {
		if n == 0 {
			delete(all, name)
		}
	}
	return all
}

func (w *world) code(login string) string {
	w.t.Helper()
	var mail []struct{ Code string }
	w.tell("GET", "/mailbox/"+login, "", &mail)
	if len(mail) == 0 {
		w.t.Fatal("no mail for " + login)
	}
	return mail[0].Code
}

// browser keeps the one cookie that the flow sets.
type browser struct {
	*world
	flow   *Flow
	cookie string
	at     string
	page   *Page
	last   Outcome
}

func (w *world) browser() *browser { return &browser{world: w, flow: w.flow, at: "/deep/link?q=1"} }

func (b *browser) visit() *Visit {
	v := &Visit{Host: "https://app.example.com", Return: b.at, Reference: "ref12345", Device: okta.Device{Token: "device"}}
	if b.cookie != "" {
		v.Candidates = []string{b.cookie}
	}
	return v
}

func (b *browser) take(out Outcome) Outcome {
	b.last = out
	if out.Transaction != nil {
		b.cookie = *out.Transaction
	}
	if out.Page != nil {
		b.page = out.Page
	}
	return out
}

// open navigates to the address.
func (b *browser) open() *Page {
	b.t.Helper()
	out := b.take(b.flow.Show(b.t.Context(), b.visit()))
	if out.Page == nil {
		b.t.Fatalf("no page, but a redirect to %q (%s, %v)", out.Redirect, out.Reason, out.Err)
	}
	return out.Page
}

// form finds a form on the page by its remediation.
func (b *browser) form(remediation string) *Form {
	b.t.Helper()
	if f := b.page.Form; f != nil && f.Remediation == remediation {
		return f
	}
	for i := range b.page.Others {
		if b.page.Others[i].Remediation == remediation {
			return &b.page.Others[i]
		}
	}
	b.t.Fatalf("page %q has no form %q", b.page.Title, remediation)
	return nil
}

// filled is what the browser would post for the form with these values.
func filled(f *Form, values ...string) url.Values {
	posted := url.Values{}
	for _, h := range f.Hidden {
		posted.Set(h.Name, h.Value)
	}
	for _, field := range f.Fields {
		if field.Type != "checkbox" {
			posted.Set(field.Name, field.Value)
		}
	}
	for i := 0; i+1 < len(values); i += 2 {
		posted.Set(values[i], values[i+1])
	}
	return posted
}

// post sends what it is given, as the form of that remediation.
func (b *browser) post(remediation string, posted url.Values) Outcome {
	v := b.visit()
	v.Remediation, v.Posted = remediation, posted
	return b.take(b.flow.Submit(b.t.Context(), v))
}

// submit fills the form in, posts it, and follows to the next page.
func (b *browser) submit(remediation string, values ...string) Outcome {
	b.t.Helper()
	out := b.post(remediation, filled(b.form(remediation), values...))
	if out.Page != nil || out.Redirect != b.at {
		b.t.Fatalf("a post must end in a redirect to %q, got page %v, redirect %q", b.at, out.Page, out.Redirect)
	}
	if out.SignedIn == nil {
		b.open()
	}
	return out
}

func (b *browser) texts() string {
	var s []string
	for _, m := range b.page.Messages {
		s = append(s, m.Text)
	}
	if b.page.Form != nil {
		for _, f := range b.page.Form.Fields {
			for _, m := range f.Messages {
				s = append(s, f.Name+": "+m.Text)
			}
		}
	}
	return strings.Join(s, "\n")
}

func (b *browser) value(name string) string {
	for _, f := range b.page.Form.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
