package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// hinted is a world whose org notes the login_hint of each /interact.
type hinted struct {
	*world
	mu    sync.Mutex
	hints [][]string
}

func newHinted(t *testing.T, lines ...string) *hinted {
	t.Helper()
	h := &hinted{}
	org := StartOrgServer(t, &oktasim.Server{Intercept: func(endpoint string, _ http.ResponseWriter, r *http.Request) bool {
		if endpoint == "interact" && r.ParseForm() == nil {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.hints = append(h.hints, r.PostForm["login_hint"])
		}
		return false
	}})
	h.world = &world{T: t, org: org, echo: StartEcho(t)}
	h.site = StartSite(t, Caddyfile(org, h.echo, lines...))
	return h
}

// last is the login_hint of the latest /interact: none or one.
func (h *hinted) last() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.hints) == 0 {
		return nil
	}
	return h.hints[len(h.hints)-1]
}

func TestLoginHintFromTheConfig(t *testing.T) {
	t.Parallel()
	w := newHinted(t, "login_hint "+grace)
	b := w.browser()
	b.Open("/app")
	if got := b.Form("identify").Value("identifier"); got != grace || !slices.Equal(w.last(), []string{grace}) {
		t.Errorf("the page names %q, Okta heard %q", got, w.last())
	}
	// A link does not overrule it unless that is allowed.
	b = w.browser()
	b.Open("/.okta/signin?login_hint=" + url.QueryEscape(ada))
	if !slices.Equal(w.last(), []string{grace}) {
		t.Errorf("a link made it %q", w.last())
	}
	// It is a suggestion: anybody may sign in.
	b.Submit("identify", credentials()...)
	if !b.SignedIn("/") {
		t.Error("somebody else cannot sign in")
	}
}

// Anybody can make a link. Without allow_login_hint it fills nothing in, with it
// only the sign-in's own address does, and only a name.
func TestLoginHintFromALink(t *testing.T) {
	t.Parallel()
	closed, open := newHinted(t), newHinted(t, "allow_login_hint")
	for _, target := range []string{"/.okta/signin?login_hint=" + url.QueryEscape(ada), "/app?login_hint=" + url.QueryEscape(ada)} {
		for _, w := range []*hinted{closed, open} {
			allowed := w == open && strings.HasPrefix(target, "/.okta/")
			b := w.browser()
			b.Open(target)
			got := b.Form("identify").Value("identifier")
			if allowed != (got == ada) || allowed != slices.Equal(w.last(), []string{ada}) || !allowed && len(w.last()) > 0 {
				t.Errorf("%s, allowed %v: the page names %q, Okta heard %q", target, w == open, got, w.last())
			}
		}
	}
	for _, hostile := range []string{strings.Repeat("x", 5000), "a\r\nb", "\x00", "a\x1b[2J", "%zz"} {
		b := open.browser()
		b.Open("/.okta/signin?login_hint=" + url.QueryEscape(hostile))
		if b.Page == nil || b.Page.Form("identify") == nil {
			t.Errorf("%.20q: %d", hostile, b.Last.Status)
			continue
		}
		b.Reload()
		b.Submit("identify", credentials()...)
		if !b.SignedIn("/") {
			t.Errorf("%.20q: nobody can sign in", hostile)
		}
	}
	b := open.browser()
	b.Open("/.okta/signin?return_to=/deep&login_hint=" + url.QueryEscape(`"><svg onload=1>`))
	if got := b.Form("identify").Value("identifier"); got != `"><svg onload=1>` {
		t.Errorf("the name is %q", got)
	}
	skeleton(t, b.Page)
}

// The link leads on: the user signs in there and lands where it says.
func TestLoginHintLinkLeadsOn(t *testing.T) {
	t.Parallel()
	w := newHinted(t, "allow_login_hint")
	b := w.browser()
	b.Open("/.okta/signin?return_to=" + url.QueryEscape("/deep?x=1") + "&login_hint=" + url.QueryEscape(ada))
	b.Submit("identify", "credentials/passcode", adaPassword)
	if b.URL != w.site.URL+"/deep?x=1" || !strings.Contains(b.Last.Body, UpstreamMark) {
		t.Errorf("ended at %s: %d", b.URL, b.Last.Status)
	}
	// In a session, the same link signs nobody out and leads on too.
	w.org.ResetCalls()
	b.Open("/.okta/signin?return_to=/else&login_hint=" + url.QueryEscape(grace))
	if b.URL != w.site.URL+"/else" || len(w.org.Calls()) > 0 {
		t.Errorf("with a session: %s, calls %v", b.URL, w.org.Calls())
	}
}

// Front proxies that replace the bodies of 4xx answers would hide the page.
func TestPageStatus200(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "page_status 200")
	b := w.browser()
	if got := b.Open("/app?x=1"); got.Status != http.StatusOK || !strings.Contains(got.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("the first page: %d, Cache-Control %q", got.Status, got.Header.Get("Cache-Control"))
	}
	b.Submit("identify", "identifier", ada, "credentials/passcode", "wrong")
	if b.Last.Status != http.StatusOK || !b.Page.Says("errors.E0000004") {
		t.Errorf("after a wrong password: %d %v", b.Last.Status, b.Page.Messages)
	}
	// Programs are told the truth all the same.
	if got := w.browser().Get("/api"); got.Status != http.StatusUnauthorized || !strings.HasPrefix(got.Header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("a program gets %d %s", got.Status, got.Header.Get("Content-Type"))
	}
	if len(w.echo.Requests()) > 0 {
		t.Error("the application was reached")
	}
	b.Submit("identify", credentials()...)
	if b.URL != w.site.URL+"/app?x=1" || !b.SignedIn("/") {
		t.Errorf("ended at %s", b.URL)
	}
}
