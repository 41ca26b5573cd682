//go:build linux

package container

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// browser is just enough of one to sign in. It reaches the sidecar by its
// public address, as over a TLS proxy in front.
type browser struct {
	t       *testing.T
	client  *http.Client
	public  string
	address string // the address bar
	body    string
}

func newBrowser(t *testing.T, public, port string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, public: public, client: &http.Client{Jar: jar, Transport: tlsProxy("127.0.0.1:" + port)}}
}

// tlsProxy ends TLS in front of the sidecar at this address.
type tlsProxy string

func (p tlsProxy) RoundTrip(r *http.Request) (*http.Response, error) {
	inner := r.Clone(r.Context())
	inner.Host, inner.URL.Scheme, inner.URL.Host = r.URL.Host, "http", string(p)
	inner.Header.Set("X-Forwarded-Proto", "https")
	resp, err := http.DefaultTransport.RoundTrip(inner)
	if resp != nil {
		resp.Request = r // the address that the browser sees
	}
	return resp, err
}

// signIn opens an address, fills in the page that appears, and follows to where
// it leads.
func (b *browser) signIn(target, user, password string) {
	b.t.Helper()
	b.navigate(http.MethodGet, b.public+target, nil)
	action, fields := b.form("identify")
	fields.Set("identifier", user)
	fields.Set("credentials/passcode", password)
	b.navigate(http.MethodPost, b.public+action, fields)
}

func (b *browser) navigate(method, address string, fields url.Values) {
	b.t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(fields.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header = http.Header{
		"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"same-origin"},
	}
	if method == http.MethodPost {
		req.Header.Set("Origin", b.public)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.address, b.body = resp.Request.URL.String(), string(body)
}

// form finds the page's form of a remediation, and the values that it has.
func (b *browser) form(remediation string) (action string, fields url.Values) {
	b.t.Helper()
	page, err := html.Parse(strings.NewReader(b.body))
	if err != nil {
		b.t.Fatal(err)
	}
	for form := range page.Descendants() {
		if form.Data != "form" || attribute(form, "data-remediation") != remediation {
			continue
		}
		fields = url.Values{}
		for input := range form.Descendants() {
			if name := attribute(input, "name"); input.Data == "input" && name != "" {
				fields.Set(name, attribute(input, "value"))
			}
		}
		return attribute(form, "action"), fields
	}
	b.t.Fatalf("%s has no form %s: %.500s", b.address, remediation, b.body)
	return "", nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
