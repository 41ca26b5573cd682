package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Org is a simulated Okta org in the test's process, on loopback, with its
// management port as methods. A management call that fails ends the test.
type Org struct {
	// URL is the address of the org; Manage that of its management port.
	URL, Manage string

	t testing.TB
}

// OrgState is what the management port tells about the org.
type OrgState struct {
	Issuer         string         `json:"issuer"`     // of the custom authorization server
	OrgIssuer      string         `json:"org_issuer"` // of the org's own: thin ID tokens
	ClientID       string         `json:"client_id"`
	ClientSecret   string         `json:"client_secret"`
	PublicClientID string         `json:"public_client_id"`
	Users          []oktasim.User `json:"users"`
}

// Fault is misbehaviour of one endpoint; see oktasim.Fault.
type Fault struct {
	Endpoint string            `json:"endpoint"`
	Status   int               `json:"status,omitempty"`
	Body     any               `json:"body,omitempty"` // a string is sent as it is, anything else as JSON
	Headers  map[string]string `json:"headers,omitempty"`
	DelayMS  int               `json:"delay_ms,omitempty"`
	Times    int               `json:"times,omitempty"` // 0: until the faults are replaced
}

// Mail is a message in a user's mailbox.
type Mail struct{ Subject, Code, Link string }

// StartOrg runs an org with the demonstration users and clients: the password
// on the first page and nothing else. It ends with the test.
func StartOrg(t testing.TB) *Org {
	t.Helper()
	return StartOrgServer(t, &oktasim.Server{})
}

// StartOrgServer runs an org that a test has set up: its users, its clock, or
// an Intercept that drips, floods and hangs up.
func StartOrgServer(t testing.TB, server *oktasim.Server) *Org {
	t.Helper()
	return startOrg(t, server, server, nil)
}

// startOrg runs handler, which leads to server, on a listener; nil means any
// free port.
func startOrg(t testing.TB, server *oktasim.Server, handler http.Handler, on net.Listener) *Org {
	t.Helper()
	org := httptest.NewUnstartedServer(handler)
	if on != nil {
		org.Listener.Close()
		org.Listener = on
	}
	org.Start()
	t.Cleanup(org.Close)
	server.URL = org.URL
	manage := httptest.NewServer(server.Manage())
	t.Cleanup(manage.Close)
	return &Org{URL: org.URL, Manage: manage.URL, t: t}
}

// State returns issuers, clients and users.
func (o *Org) State() OrgState {
	o.t.Helper()
	var s OrgState
	o.call(http.MethodGet, "/state", nil, &s)
	return s
}

// Calls returns the counts of the endpoints that were called, and no zeros.
func (o *Org) Calls() map[string]int {
	o.t.Helper()
	var counts map[string]int
	o.call(http.MethodGet, "/calls", nil, &counts)
	for name, n := range counts {
		if n == 0 {
			delete(counts, name)
		}
	}
	return counts
}

// ResetCalls counts anew.
func (o *Org) ResetCalls() {
	o.t.Helper()
	o.call(http.MethodDelete, "/calls", nil, nil)
}

// Policy says where the password is asked for ("first_page", "second_page")
// and what after it ("email").
func (o *Org) Policy(password string, factors ...string) {
	o.t.Helper()
	o.call(http.MethodPut, "/policy", oktasim.Policy{Password: password, Factors: factors}, nil)
}

// Faults replaces the list of faults; none ends them all.
func (o *Org) Faults(faults ...Fault) {
	o.t.Helper()
	o.call(http.MethodPut, "/faults", append([]Fault{}, faults...), nil)
}

// Mailbox returns a user's mail, newest first.
func (o *Org) Mailbox(login string) []Mail {
	o.t.Helper()
	var mail []Mail
	o.call(http.MethodGet, "/mailbox/"+url.PathEscape(login), nil, &mail)
	return mail
}

// Code returns the code in a user's newest mail.
func (o *Org) Code(login string) string {
	o.t.Helper()
	mail := o.Mailbox(login)
	if len(mail) == 0 {
		o.t.Fatalf("no mail for %q", login)
	}
	noteMailed(o.t, mail[0].Code)
	return mail[0].Code
}

// Expire ends every pending sign-in at the org.
func (o *Org) Expire() {
	o.t.Helper()
	o.call(http.MethodPost, "/expire", struct{}{}, nil)
}

// RotateKeys makes new signing keys; the old ones are gone at once.
func (o *Org) RotateKeys() {
	o.t.Helper()
	o.call(http.MethodPost, "/keys/rotate", struct{}{}, nil)
}

// AddUser adds a user to the directory.
func (o *Org) AddUser(u oktasim.User) {
	o.t.Helper()
	o.call(http.MethodPost, "/users", u, nil)
}

// LastCall returns what the latest call of an endpoint looked like: its
// parameters' names, its headers, never a secret.
func (o *Org) LastCall(endpoint string) map[string]any {
	o.t.Helper()
	var last map[string]map[string]any
	o.call(http.MethodGet, "/calls/last", nil, &last)
	return last[endpoint]
}

func (o *Org) call(method, path string, in, out any) {
	o.t.Helper()
	var body io.Reader
	if in != nil {
		var content bytes.Buffer
		enc := json.NewEncoder(&content)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(in); err != nil {
			o.t.Fatal(err)
		}
		body = &content
	}
	req, err := http.NewRequest(method, o.Manage+path, body)
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		o.t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, content, err)
	}
	if out != nil {
		if err := json.Unmarshal(content, out); err != nil {
			o.t.Fatalf("%s %s: %v in %s", method, path, err, content)
		}
	}
}
