package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// The Okta SDK keeps one client for the whole process, so that of two sites one
// calls the other's org, and after a config reload the old one's. Under load
// and through reloads, no call is ever at the wrong org.
//
// Rows: S-23.
func TestS23_TwoSitesWithTwoOrgsNeverCross(t *testing.T) {
	t.Parallel()
	type tenant struct {
		org    *Org
		client oktasim.Client
		user   oktasim.User
		wrong  atomic.Int64
	}
	tenants := []*tenant{
		{client: oktasim.Client{ID: "0oaTenantA", Secret: "secret-of-tenant-a"}, user: oktasim.User{Login: "anna@a.example", Password: "password of a"}},
		{client: oktasim.Client{ID: "0oaTenantB", Secret: "secret-of-tenant-b"}, user: oktasim.User{Login: "bert@b.example", Password: "password of b"}},
	}
	for i, own := range tenants {
		other := tenants[1-i]
		own.org = StartOrgServer(t, &oktasim.Server{Clients: []oktasim.Client{own.client}, Users: []oktasim.User{own.user},
			Intercept: func(endpoint string, _ http.ResponseWriter, r *http.Request) bool {
				_ = r.ParseForm()
				if id := r.PostForm.Get("client_id"); id != "" && id != own.client.ID || strings.Contains(fmt.Sprint(r.PostForm), other.client.Secret) {
					own.wrong.Add(1)
				}
				return false
			}})
	}
	echo := StartEcho(t)
	caddyfile := func(note string) string {
		text := ""
		for i, port := range []string{"", "2"} {
			text += SiteBlock("http://localhost:{$PORT"+port+"}", "header X-Config "+note, fmt.Sprintf("okta_auth {\n issuer %s/oauth2/default\n client_id %s\n client_secret %s\n}",
				tenants[i].org.URL, tenants[i].client.ID, tenants[i].client.Secret), "reverse_proxy "+echo.Addr)
		}
		return text
	}
	site := StartSite(t, caddyfile("first"))
	addresses := []string{site.URL, site.URLOf(2)}

	const rounds, workers = 12, 3
	var load sync.WaitGroup
	var signedIn atomic.Int64
	for i, own := range tenants {
		for range workers {
			load.Go(func() {
				for n := range rounds {
					b := NewBrowser(t, site)
					target := fmt.Sprintf("%s/%s/%d", addresses[i], own.client.ID, n)
					// A reload closes connections and may take an answer with
					// it: what counts is where calls go and who ends up as whom.
					if answer, err := b.trySignIn(addresses[i], target, own.user); err == nil && strings.Contains(answer, UpstreamMark) {
						signedIn.Add(1)
						if !strings.Contains(answer, own.user.Login) || strings.Contains(answer, tenants[1-i].user.Login) {
							t.Errorf("%s: the application was told %s", own.user.Login, answer)
						}
					}
				}
			})
		}
	}
	for n := range 4 {
		if err := site.Reload(caddyfile(fmt.Sprint("reload-", n))); err != nil {
			t.Error(err)
		}
	}
	load.Wait()
	if got, all := signedIn.Load(), int64(2*rounds*workers); got < all*3/4 {
		t.Errorf("%d of %d sign-ins succeeded", got, all)
	}
	for _, own := range tenants {
		if n := own.wrong.Load(); n > 0 {
			t.Errorf("org of %s: %d calls of another site", own.user.Login, n)
		}
		if calls := own.org.Calls(); calls["introspect"] > calls["interact"] {
			t.Errorf("org of %s: handles from elsewhere: %v", own.user.Login, calls)
		}
	}
}

// trySignIn signs in with the password on the first page, and gives an error
// where the connection breaks.
func (b *Browser) trySignIn(base, target string, u oktasim.User) (string, error) {
	page, err := b.try(b.Request("GET", target, "", navigation...))
	if err != nil {
		return "", err
	}
	form := ParsePage(b.t, page.Body).Form("identify")
	if form == nil {
		return "", fmt.Errorf("no form: %d", page.Status)
	}
	req := b.Post(base+form.Action, form.Fill("identifier", u.Login, "credentials/passcode", u.Password))
	req.Header.Set("Origin", base)
	if _, err := b.try(req); err != nil {
		return "", err
	}
	answer, err := b.try(b.Request("GET", target, "", navigation...))
	if err != nil {
		return "", err
	}
	return answer.Body, nil
}

// A reload, good or bad, ends no session and no sign-in in progress.
//
// Rows: CVE-2026-27586, F-19.
func TestCVE_2026_27586_ReloadKeepsSessionsAndSignIns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := Caddyfile(w.org, w.echo)
	b, pending := w.signedIn(), w.browser()
	w.org.Policy("second_page")
	pending.Open("/pending?x=1")
	pending.Submit("identify", "identifier", grace)
	if err := w.site.Reload(strings.Replace(config, "okta_auth {", "header X-New 1\nokta_auth {", 1)); err != nil {
		t.Fatal(err)
	}
	if answer := b.Get("/"); answer.Header.Get("X-New") != "1" || !b.SignedIn("/") {
		t.Errorf("after a reload: %d", answer.Status)
	}
	pending.Submit("challenge-authenticator", "credentials/passcode", gracePassword)
	if pending.URL != w.site.URL+"/pending?x=1" || !strings.Contains(pending.Last.Body, UpstreamMark) {
		t.Errorf("the sign-in in progress: %s %d", pending.URL, pending.Last.Status)
	}
	if err := w.site.Reload(strings.Replace(config, "issuer", "no_such_subdirective", 1)); err == nil || !strings.Contains(err.Error(), "no_such_subdirective") {
		t.Errorf("a bad config: %v", err)
	}
	if !b.SignedIn("/") {
		t.Error("a bad config has ended a session")
	}
}
