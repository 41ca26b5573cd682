package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Browser is a browser without script and without a person: it navigates,
// keeps cookies, and submits forms with the values that it is told.
type Browser struct {
	// Jar is its cookies.
	Jar *Jar
	// URL is the address bar. A page keeps it through posts that lead back.
	URL string
	// Page is what the last navigation showed; nil when it was no HTML.
	Page *Page
	// Last is the answer to the last navigation.
	Last *Answer
	// History is every step of the last navigation: "GET /a 303", and so on.
	History []string

	t      testing.TB
	base   *url.URL
	client *http.Client
}

// Answer is a response, read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	URL    string // that was asked for
	Proto  string
}

// NewBrowser opens a browser for a site, by HTTP/2 where the site has TLS.
func NewBrowser(t testing.TB, s *Site) *Browser {
	t.Helper()
	transport := &http.Transport{ForceAttemptHTTP2: true}
	if s.secure {
		transport.TLSClientConfig = s.TLS()
	}
	dialer := new(net.Dialer)
	transport.DialContext = func(ctx context.Context, _, addr string) (net.Conn, error) {
		_, port, _ := net.SplitHostPort(addr)
		return dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	}
	return newBrowser(t, s.URL, transport)
}

// NewBrowserBehind opens a browser that reaches a site of plain http by its
// public address, over a TLS proxy in front.
func NewBrowserBehind(t testing.TB, s *Site, public string) *Browser {
	t.Helper()
	return newBrowser(t, public, tlsProxy{s.Addr, http.DefaultTransport})
}

// Reroute makes the TLS proxy send everything from now on to another replica.
func (b *Browser) Reroute(s *Site) { b.client.Transport = tlsProxy{s.Addr, http.DefaultTransport} }

func newBrowser(t testing.TB, base string, transport http.RoundTripper) *Browser {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{Jar: new(Jar), t: t, base: u, client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       patience,
	}}
}

// tlsProxy ends TLS in front of the site, as load balancers do.
type tlsProxy struct {
	addr string
	next http.RoundTripper
}

func (p tlsProxy) RoundTrip(r *http.Request) (*http.Response, error) {
	inner := r.Clone(r.Context())
	if inner.Host == "" {
		inner.Host = r.URL.Host
	}
	inner.URL.Scheme, inner.URL.Host = "http", p.addr
	inner.Header.Set("X-Forwarded-Proto", r.URL.Scheme)
	return p.next.RoundTrip(inner)
}

// Request makes a request of the site with these headers, "Name: value", and
// nothing that a browser would add. Cookies are added by Do.
func (b *Browser) Request(method, target, body string, headers ...string) *http.Request {
	b.t.Helper()
	req, err := http.NewRequest(method, b.resolve(target), strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body == "" {
		req.Body, req.GetBody, req.ContentLength = nil, nil, 0
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ":")
		req.Header.Add(name, strings.TrimSpace(value))
	}
	return req
}

// Do sends one request with the jar's cookies and keeps those of the answer. It
// follows no redirect and changes no page.
func (b *Browser) Do(req *http.Request) *Answer {
	b.t.Helper()
	answer, err := b.try(req)
	if err != nil {
		b.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	return answer
}

// try is Do for a connection that may break.
func (b *Browser) try(req *http.Request) (*Answer, error) {
	if cookies := b.Jar.For(req.URL); cookies != "" && req.Header.Get("Cookie") == "" {
		req.Header.Set("Cookie", cookies)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	b.Jar.Take(req.URL, resp.Header)
	return &Answer{resp.StatusCode, resp.Header, string(body), req.URL.String(), resp.Proto}, nil
}

// Get is Do with a request that only has these headers.
func (b *Browser) Get(target string, headers ...string) *Answer {
	b.t.Helper()
	return b.Do(b.Request(http.MethodGet, target, "", headers...))
}

// navigation is what a browser says of a person who goes to a page.
var navigation = []string{
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	"Accept-Language: en", "User-Agent: e2e-browser/1.0",
	"Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-User: ?1", "Upgrade-Insecure-Requests: 1",
}

// Open navigates to an address, as if it was typed, and follows redirects.
func (b *Browser) Open(target string) *Answer {
	b.t.Helper()
	b.History = nil
	return b.follow(b.Request(http.MethodGet, target, "", append(slices.Clone(navigation), "Sec-Fetch-Site: none")...))
}

// Reload navigates to the address bar again, with the same method that brought
// the page: after post/redirect/get always a GET.
func (b *Browser) Reload() *Answer { b.t.Helper(); return b.Open(b.URL) }

// Submit fills in the form of a remediation on the current page, posts it, and
// follows to where it leads. values are names and values in turn.
func (b *Browser) Submit(remediation string, values ...string) *Answer {
	b.t.Helper()
	form := b.Form(remediation)
	b.History = nil
	return b.follow(b.Post(form.Action, form.Fill(values...)))
}

// Form is a form of the current page; the test ends when there is none.
func (b *Browser) Form(remediation string) *Form {
	b.t.Helper()
	if b.Page == nil {
		b.t.Fatalf("no page to submit %q on: %s shows %d %.200s", remediation, b.URL, b.Last.Status, b.Last.Body)
	}
	form := b.Page.Form(remediation)
	if form == nil {
		b.t.Fatalf("page %q (%v) has no form %q but %q", b.Page.Heading, b.Page.Messages, remediation, b.Page.Remediations())
	}
	return form
}

// Fill is what a browser posts for the form with these values typed in.
func (f *Form) Fill(values ...string) url.Values {
	posted := url.Values{}
	for _, field := range f.Fields {
		if field.Name != "" && field.Type != "checkbox" && field.Type != "radio" {
			posted.Set(field.Name, field.Value)
		}
	}
	for i := 0; i+1 < len(values); i += 2 {
		posted.Set(values[i], values[i+1])
	}
	return posted
}

// Post makes the request that a form of this site sends; send it with Do, or
// change it first.
func (b *Browser) Post(action string, posted url.Values) *http.Request {
	b.t.Helper()
	return b.Request(http.MethodPost, action, posted.Encode(), append(slices.Clone(navigation), "Sec-Fetch-Site: same-origin",
		"Origin: "+b.base.Scheme+"://"+b.base.Host, "Content-Type: application/x-www-form-urlencoded")...)
}

// SignIn opens an address and signs in there with the password on the first
// page; it ends the test when that does not lead to the application.
func (b *Browser) SignIn(target, login, password string) *Answer {
	b.t.Helper()
	b.Open(target)
	b.Submit("identify", "identifier", login, "credentials/passcode", password)
	if b.Page != nil || b.Last.Status != http.StatusOK {
		b.t.Fatalf("signing in as %q did not lead to the application: %d %.300s", login, b.Last.Status, b.Last.Body)
	}
	return b.Last
}

// SignedIn reports whether a request of the address, as a program would send
// it, passes to the application.
func (b *Browser) SignedIn(target string) bool {
	b.t.Helper()
	return strings.Contains(b.Get(target).Body, UpstreamMark)
}

// maxRedirects is more than any sign-in needs.
const maxRedirects = 10

func (b *Browser) follow(req *http.Request) *Answer {
	b.t.Helper()
	for range maxRedirects {
		b.Last = b.Do(req)
		b.History = append(b.History, req.Method+" "+req.URL.RequestURI()+" "+http.StatusText(b.Last.Status))
		location := b.Last.Header.Get("Location")
		if location == "" || b.Last.Status < 300 || b.Last.Status > 399 {
			b.URL = req.URL.String()
			b.Page = nil
			if strings.HasPrefix(b.Last.Header.Get("Content-Type"), "text/html") {
				b.Page = ParsePage(b.t, b.Last.Body)
			}
			return b.Last
		}
		next, err := req.URL.Parse(location)
		if err != nil {
			b.t.Fatalf("Location %q: %v", location, err)
		}
		req = b.Request(http.MethodGet, next.String(), "", append(slices.Clone(navigation), "Sec-Fetch-Site: same-origin")...)
	}
	b.t.Fatalf("more than %d redirects: %q", maxRedirects, b.History)
	return nil
}

// resolve is the absolute address of a target of the site.
func (b *Browser) resolve(target string) string {
	if strings.HasPrefix(target, "/") {
		return b.base.Scheme + "://" + b.base.Host + target
	}
	return target
}
