package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// TestTask is what our scripts do that a form cannot: they call the user's own
// device, show the frame of another company, run another company's script, and
// look at a password while it is typed. And it is what a page is without them.
func TestTask(t *testing.T) {
	others := startElsewhere(t)
	c := startChromium(t, chromedp.Flag("ignore-certificate-errors", true), chromedp.Flag("host-resolver-rules", others.rules()))
	for _, test := range []struct {
		name string
		run  func(*testing.T, *chromium, *elsewhere)
	}{
		{"loopback answers", loopbackAnswers},
		{"loopback as a second factor", loopbackAsFactor},
		{"loopback without an answer", loopbackWithoutAnswer},
		{"loopback that the browser denies", loopbackDenied},
		{"Duo", duoFrame},
		{"captcha", captcha},
		{"captcha that is blocked", captchaBlocked},
		{"rules of a password", passwordRules},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.run(t, c, others) })
	}
}

// elsewhere is the rest of the web: what the browser takes for other companies'
// hosts.
type elsewhere struct {
	server *httptest.Server
	mu     sync.Mutex
	hosts  map[string]http.Handler
}

// companies are the hosts that there are.
var companies = []string{"*.duosecurity.com", "js.hcaptcha.com", "newassets.hcaptcha.com"}

func startElsewhere(t *testing.T) *elsewhere {
	t.Helper()
	e := &elsewhere{hosts: map[string]http.Handler{}}
	e.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		handler := e.hosts[r.Host]
		e.mu.Unlock()
		if handler == nil {
			http.NotFound(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(e.server.Close)
	return e
}

// rules send the browser here for the companies' hosts, and nowhere for the rest.
func (e *elsewhere) rules() string {
	var rules []string
	for _, host := range companies {
		rules = append(rules, "MAP "+host+" "+e.server.Listener.Addr().String())
	}
	return strings.Join(append(rules, "MAP www.google.com ~NOTFOUND"), ", ")
}

// serve answers for a host.
func (e *elsewhere) serve(host string, handler http.HandlerFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hosts[host] = handler
}

// changing is a world whose org says something else on the way: change gets
// what the org answers. What was posted to each path is kept.
type changing struct {
	*world
	mu     sync.Mutex
	posted map[string]string
}

func newChanging(t *testing.T, policy oktasim.Policy, users []oktasim.User, change func(org, answer string) string) *changing {
	t.Helper()
	c := &changing{world: &world{T: t, echo: StartEcho(t)}, posted: map[string]string{}}
	server := &oktasim.Server{Policy: policy, Users: users}
	c.org = startOrg(t, server, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone
		}
		c.mu.Lock()
		c.posted[r.URL.Path] = string(body)
		c.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, r)
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(rec.Code)
		_, _ = io.WriteString(w, change("http://"+r.Host, rec.Body.String()))
	}), nil)
	c.echo.Answer(application)
	c.site = StartSite(t, Caddyfile(c.org, c.echo))
	return c
}

// sent is what was last posted to the org at a path.
func (c *changing) sent(path string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.posted[path]
}

func having(enrollment *oktasim.Enrollment) []oktasim.User {
	users := oktasim.DemoUsers()
	users[0].Enrollments = append(users[0].Enrollments, enrollment)
	return users
}

// comesTo waits for the page with that heading, which comes by itself.
func (p *tab) comesTo(heading string) {
	p.Helper()
	rig.Eventually(p.T, fmt.Sprintf("the page %q comes by itself", heading), func() bool {
		if _, complete := p.loads(); !complete {
			return false
		}
		// The page may go away while it is asked.
		got, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.querySelector("h1")?.innerText ?? ""`))
		return err == nil && got == heading
	})
}

// strict fails the test when the page allows anybody else anything.
func (p *tab) strict() {
	p.Helper()
	const plain = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'"
	if got := p.policy(); got != plain {
		p.Errorf("the page's policy is %q", got)
	}
}

func (p *tab) policy() string {
	p.Helper()
	return evaluate[string](p, `document.querySelector("meta[http-equiv=Content-Security-Policy]").content`)
}
