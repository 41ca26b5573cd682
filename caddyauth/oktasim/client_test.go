package oktasim_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/pquerna/otp/totp"
	"golang.org/x/oauth2"
)

// The tests' own little client. It knows of an answer only what the answer
// says: it fills the form that it finds and posts it where the form says.

const verifier = "a-verifier-that-is-long-enough-for-rfc-7636-0123456789"

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// org is a running simulator.
type org struct {
	*testing.T
	url, manage string
}

func start(t *testing.T, s *oktasim.Server) *org {
	t.Helper()
	return startBehind(t, s, s)
}

// startBehind runs a simulator that is reached through a handler.
func startBehind(t *testing.T, s *oktasim.Server, handler http.Handler) *org {
	t.Helper()
	front, back := httptest.NewUnstartedServer(watched(t, s, handler)), httptest.NewServer(s.Manage())
	s.URL = "http://" + front.Listener.Addr().String()
	front.Start()
	t.Cleanup(front.Close)
	t.Cleanup(back.Close)
	return &org{t, front.URL, back.URL}
}

func (o *org) issuer() string { return o.url + "/oauth2/default" }

type document = map[string]any

// api calls the management port, which must be content.
func (o *org) api(method, path, body string) any {
	o.Helper()
	status, out := o.rawAPI(method, path, body)
	if status != http.StatusOK {
		o.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	return out
}

func (o *org) rawAPI(method, path, body string) (int, any) {
	o.Helper()
	request, _ := http.NewRequest(method, o.manage+path, strings.NewReader(body))
	response, content := o.do(request)
	var out any
	if err := json.Unmarshal(content, &out); err != nil {
		o.Fatalf("%s %s: not JSON: %q", method, path, content)
	}
	return response.StatusCode, out
}

func (o *org) do(request *http.Request) (*http.Response, []byte) {
	o.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		o.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		o.Fatal(err)
	}
	return response, content
}

func (o *org) postForm(address string, form url.Values) (int, document) {
	o.Helper()
	request, _ := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, content := o.do(request)
	var out document
	_ = json.Unmarshal(content, &out)
	return response.StatusCode, out
}

// calls returns the counts that are not zero.
func (o *org) calls() map[string]int {
	o.Helper()
	out := map[string]int{}
	for name, n := range o.api("GET", "/calls", "").(document) {
		if n != 0.0 {
			out[name] = int(n.(float64))
		}
	}
	return out
}

// mail returns the newest mail of a user.
func (o *org) mail(login string) (code, link string) {
	o.Helper()
	box := o.api("GET", "/mailbox/"+login, "").([]any)
	if len(box) == 0 {
		o.Fatalf("%s has no mail", login)
	}
	newest := box[0].(document)
	return newest["code"].(string), newest["link"].(string)
}

// phone returns the newest code that a user's phone received, and where.
func (o *org) phone(login string) (code, number string) {
	o.Helper()
	rings := o.api("GET", "/phone/"+login, "").([]any)
	if len(rings) == 0 {
		o.Fatalf("the phone of %s did not ring", login)
	}
	newest := rings[0].(document)
	return newest["code"].(string), newest["number"].(string)
}

// policy changes what sign-ins ask for that begin from now on.
func (o *org) policy(p oktasim.Policy) {
	o.Helper()
	content, err := json.Marshal(p)
	if err != nil {
		o.Fatal(err)
	}
	o.api("PUT", "/policy", string(content))
}

// totp is the code that an authenticator app shows, which is worth something
// once: the clock then moves on.
func (o *org) totp(secret string) string {
	o.Helper()
	now, err := time.Parse(time.RFC3339Nano, o.api("POST", "/clock", `{"advance":"30s"}`).(document)["now"].(string))
	if err != nil {
		o.Fatal(err)
	}
	code, err := totp.GenerateCode(secret, now)
	if err != nil {
		o.Fatal(err)
	}
	return code
}

// A flow is one sign-in of the confidential client.
type flow struct {
	*org
	issuer      string
	handle      string
	status      int
	contentType string
	answer      document
}

func interactForm() url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{
		"client_id":             {oktasim.DemoClientID},
		"client_secret":         {oktasim.DemoClientSecret},
		"redirect_uri":          {"http://localhost:8080/.okta/callback"},
		"scope":                 {"openid profile email groups offline_access"},
		"state":                 {"some-state"},
		"nonce":                 {"some-nonce"},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(sum[:])},
		"code_challenge_method": {"S256"},
	}
}

// begin does interact and introspect.
func (o *org) begin() *flow { return o.beginAt(o.issuer(), o.issuer()+"/v1/interact", interactForm()) }

func (o *org) beginAt(issuer, interact string, form url.Values) *flow {
	o.Helper()
	status, out := o.postForm(interact, form)
	if status != http.StatusOK {
		o.Fatalf("interact: %d %v", status, out)
	}
	f := &flow{org: o, issuer: issuer, handle: out["interaction_handle"].(string)}
	f.introspect()
	return f
}

func (f *flow) introspect() *flow {
	f.Helper()
	f.post(f.url+"/idp/idx/introspect", "application/ion+json; okta-version=1.0.0", document{"interactionHandle": f.handle})
	return f
}

func (f *flow) post(address, contentType string, body any) {
	f.Helper()
	content, _ := json.Marshal(body)
	request, _ := http.NewRequest(http.MethodPost, address, bytes.NewReader(content))
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/ion+json; okta-version=1.0.0")
	response, content := f.do(request)
	f.status, f.contentType, f.answer = response.StatusCode, response.Header.Get("Content-Type"), nil
	if err := json.Unmarshal(content, &f.answer); err != nil {
		f.Fatalf("%s: not JSON: %q", address, content)
	}
}

// send posts a form of the answer with these values; what the form holds
// itself wins, unless it may be changed.
func (f *flow) send(form any, values document) *flow {
	f.Helper()
	body := maps.Clone(values)
	if body == nil {
		body = document{}
	}
	of := form.(document)
	for _, field := range of["value"].([]any) {
		field := field.(document)
		name := field["name"].(string)
		_, given := values[name]
		if value, ok := field["value"]; ok && !(given && field["mutable"] == true) {
			body[name] = value
		}
	}
	f.post(of["href"].(string), of["accepts"].(string), body)
	return f
}

// step returns the names of the remediations, in their order.
func (f *flow) step() []string {
	var out []string
	for _, r := range list(f.answer["remediation"]) {
		out = append(out, r.(document)["name"].(string))
	}
	return out
}

// submit answers a remediation of the current step.
func (f *flow) submit(name string, values document) *flow {
	f.Helper()
	for _, r := range list(f.answer["remediation"]) {
		if r.(document)["name"] == name {
			return f.send(r, values)
		}
	}
	f.Fatalf("no remediation %q; there is %v and %v", name, f.step(), f.messages())
	return nil
}

func (f *flow) identify(login, password string) *flow {
	f.Helper()
	return f.submit("identify", document{"identifier": login, "credentials": document{"passcode": password}})
}

func (f *flow) passcode(code string) *flow {
	f.Helper()
	return f.submit("challenge-authenticator", document{"credentials": document{"passcode": code}})
}

// choose picks the first authenticator of the list.
func (f *flow) choose() *flow {
	f.Helper()
	for _, r := range list(f.answer["remediation"]) {
		if form := r.(document); form["name"] == "select-authenticator-authenticate" {
			option := form["value"].([]any)[0].(document)["options"].([]any)[0].(document)
			chosen := document{}
			for _, field := range option["value"].(document)["form"].(document)["value"].([]any) {
				chosen[field.(document)["name"].(string)] = field.(document)["value"]
			}
			return f.send(form, document{"authenticator": chosen})
		}
	}
	f.Fatalf("nothing to choose; there is %v", f.step())
	return nil
}

// action runs an action of the current authenticator: resend or poll.
func (f *flow) action(name string) *flow {
	f.Helper()
	return f.send(f.answer["currentAuthenticatorEnrollment"].(document)["value"].(document)[name], nil)
}

// list returns the value of a wrapped array.
func list(of any) []any {
	wrapped, _ := of.(document)
	values, _ := wrapped["value"].([]any)
	return values
}

// messages returns the i18n keys of all messages: on top, then on fields, with
// the field's name.
func (f *flow) messages() []string {
	var out []string
	for _, m := range list(f.answer["messages"]) {
		out = append(out, m.(document)["i18n"].(document)["key"].(string))
	}
	var walk func(fields []any)
	walk = func(fields []any) {
		for _, field := range fields {
			field := field.(document)
			for _, m := range list(field["messages"]) {
				out = append(out, field["name"].(string)+": "+m.(document)["i18n"].(document)["key"].(string))
			}
			walk(list(field["form"]))
		}
	}
	for _, r := range list(f.answer["remediation"]) {
		fields, _ := r.(document)["value"].([]any) // a link has none
		walk(fields)
	}
	return out
}

// code returns the interaction code of a finished sign-in.
func (f *flow) code() string {
	f.Helper()
	success, _ := f.answer["successWithInteractionCode"].(document)
	if success == nil {
		f.Fatalf("not finished: %d %v %v", f.status, f.step(), f.messages())
	}
	for _, field := range success["value"].([]any) {
		if field.(document)["name"] == "interaction_code" {
			return field.(document)["value"].(string)
		}
	}
	f.Fatal("no interaction code")
	return ""
}

func (f *flow) tokenForm() url.Values {
	f.Helper()
	return url.Values{
		"grant_type":       {"interaction_code"},
		"interaction_code": {f.code()},
		"code_verifier":    {verifier},
		"client_id":        {oktasim.DemoClientID},
		"client_secret":    {oktasim.DemoClientSecret},
	}
}

// config is golang.org/x/oauth2 set up for the org's confidential client.
func (f *flow) config() *oauth2.Config {
	base := f.issuer
	if base == f.url {
		base += "/oauth2"
	}
	return &oauth2.Config{
		ClientID: oktasim.DemoClientID, ClientSecret: oktasim.DemoClientSecret,
		Endpoint: oauth2.Endpoint{TokenURL: base + "/v1/token", AuthStyle: oauth2.AuthStyleInHeader},
	}
}

// redeem turns the code into tokens with golang.org/x/oauth2.
func (f *flow) redeem() (*oauth2.Token, error) {
	f.Helper()
	return f.config().Exchange(context.Background(), "",
		oauth2.SetAuthURLParam("grant_type", "interaction_code"),
		oauth2.SetAuthURLParam("interaction_code", f.code()),
		oauth2.VerifierOption(verifier))
}

func (f *flow) tokens() *oauth2.Token {
	f.Helper()
	token, err := f.redeem()
	if err != nil {
		f.Fatal(err)
	}
	return token
}

// renew uses a refresh token with golang.org/x/oauth2.
func (f *flow) renew(refresh string) (*oauth2.Token, error) {
	return f.config().TokenSource(context.Background(), &oauth2.Token{RefreshToken: refresh}).Token()
}
