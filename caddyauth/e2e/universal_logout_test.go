package e2e

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

const universalLogoutPath = "/.okta/universal-logout"

// universalLogout lets the org tell an application to end somebody's sessions; who
// is "login" or "email", and a value. It returns the application's status.
func (o *Org) universalLogout(to, who, value string) int {
	o.t.Helper()
	var got struct {
		Status int
		Body   string
	}
	o.call(http.MethodPost, "/universal-logout", map[string]string{who: value, "to": to}, &got)
	if got.Status == http.StatusNoContent && got.Body != "" {
		o.t.Errorf("204 with a body: %q", got.Body)
	}
	return got.Status
}

// Okta ends all sessions of a user: by address in any case, by id; of a site with
// the custom authorization server as its issuer and with the org's own. The user's
// other refresh tokens end at Okta when their browsers next come, once each.
func TestUniversalLogout(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"session cookie", "session memory"} {
		for _, own := range []bool{false, true} {
			lines := []string{store}
			org := StartOrg(t)
			if own {
				lines = append(lines, "issuer "+org.State().OrgIssuer)
			}
			w := &world{T: t, org: org, echo: StartEcho(t)}
			w.site = StartSite(t, SiteBlock("http://localhost:{$PORT}", "log", GateBlock(org, lines...), "reverse_proxy "+w.echo.Addr))
			to := w.site.URL + universalLogoutPath
			// Nobody has signed in yet: nobody can say who has a sealed cookie.
			if got := org.universalLogout(to, "email", ada); got != http.StatusNoContent {
				t.Errorf("%q: before the first sign-in: %d", lines, got)
			}
			for _, who := range [][2]string{{"email", "ADA@Example.com"}, {"login", ada}} {
				first, second, other := w.signedIn(), w.signedIn(), w.browser()
				other.SignIn("/", grace, gracePassword)
				org.ResetCalls()
				if got := org.universalLogout(to, who[0], who[1]); got != http.StatusNoContent {
					t.Fatalf("%q: %q: %d", lines, who, got)
				}
				copied := first.Jar.Copy()
				for range 3 {
					if first.SignedIn("/") || second.SignedIn("/") {
						t.Fatalf("%q: %q: a session goes on", lines, who)
					}
					first.Open("/") // which takes the cookie away
					first.Jar = copied.Copy()
				}
				if !other.SignedIn("/") {
					t.Errorf("%q: %q: another user was signed out", lines, who)
				}
				rig.Eventually(t, "the refresh tokens end at Okta", func() bool { return org.Calls()["revoke"] >= 2 })
				if n := org.Calls()["revoke"]; n != 2 {
					t.Errorf("%q: %d calls end the tokens of two sessions", lines, n)
				}
				first.SignIn("/", ada, adaPassword)
				if !first.SignedIn("/") {
					t.Errorf("%q: who signs in again is not in", lines)
				}
			}
			if w.logged("universal_logout")["by"] == nil {
				t.Error("the log does not tell of it")
			}
		}
	}
}

// Several sites of one application: Okta tells one of them, and it is over at all.
func TestUniversalLogoutOfAllSites(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo}
	w.site = StartSite(t, SiteBlock("http://localhost:{$PORT}", GateBlock(org), "reverse_proxy "+echo.Addr)+
		SiteBlock("http://localhost:{$PORT2}", GateBlock(org, "session memory"), "reverse_proxy "+echo.Addr)+
		SiteBlock("http://localhost:{$PORT3}", GateBlock(org, "key \"a key of the third site alone, long enough\""), "reverse_proxy "+echo.Addr))
	var browsers []*Browser
	for n := 1; n <= 3; n++ {
		b := newBrowser(t, w.site.URLOf(n), http.DefaultTransport)
		b.SignIn("/", ada, adaPassword)
		browsers = append(browsers, b)
	}
	// The second process shares Caddy's storage, and has another address.
	away := StartSite(t, SiteBlock("http://localhost:{$PORT}", GateBlock(org), "reverse_proxy "+echo.Addr), WithStorage(w.site.Storage))
	elsewhere := NewBrowser(t, away)
	elsewhere.SignIn("/", ada, adaPassword)
	if got := org.universalLogout(w.site.URL+universalLogoutPath, "email", ada); got != http.StatusNoContent {
		t.Fatal(got)
	}
	for i, b := range browsers {
		if b.SignedIn("/") {
			t.Errorf("the session at site %d goes on", i+1)
		}
	}
	rig.Eventually(t, "it is over in the other process", func() bool { return !elsewhere.SignedIn("/") })
}

// caught is what the org sends, without sending it to the site: it is caught on
// the way, to be sent again, or changed.
func (w *world) caught(to string) (authorization, body string) {
	w.Helper()
	echo := StartEcho(w)
	proxy := "http://" + echo.Addr + strings.TrimPrefix(to, w.site.URL)
	w.org.universalLogout(proxy, "email", ada)
	got := echo.Last(w)
	return got.Values("Authorization")[0], got.Body
}

// A stranger would like to sign users out, or an old request to be obeyed again.
// Nobody is signed out; the answers say no more than that it was refused; no cookie
// is set and no token is logged.
//
// Rows: S-52, S-17.
func TestS17_UniversalLogoutRefused(t *testing.T) {
	t.Parallel()
	w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
	w.site = StartSite(t, SiteBlock("http://localhost:{$PORT}", "log", GateBlock(w.org), "reverse_proxy "+w.echo.Addr))
	b := w.signedIn()
	to := w.site.URL + universalLogoutPath
	elsewhere, sameBody := w.caught(to) // it is for another address
	post := func(method, authorization, body string, header ...string) *Answer {
		if authorization != "" {
			header = append(header, "Authorization: "+authorization)
		}
		return w.browser().Do(w.browser().Request(method, universalLogoutPath, body, append(header, "Content-Type: application/json")...))
	}
	idToken := "Bearer " + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"global-token-revocation+jwt"}`)) + ".e30."
	for name, c := range map[string]struct {
		method, authorization, body string
		status                      int
	}{
		"no token":          {"POST", "", sameBody, 401},
		"no token, no body": {"POST", "", "", 401},
		"not a token":       {"POST", "Bearer x", sameBody, 401},
		"basic":             {"POST", "Basic b2t0YTpva3Rh", sameBody, 401},
		"no signature":      {"POST", idToken, sameBody, 401},
		"for another site":  {"POST", elsewhere, sameBody, 403},
		"changed":           {"POST", elsewhere[:len(elsewhere)-4] + "AAAA", sameBody, 401},
		"too large":         {"POST", elsewhere, strings.Repeat("x", 64<<10), 400},
		"GET":               {"GET", elsewhere, "", 404},
		"PUT":               {"PUT", elsewhere, sameBody, 404},
	} {
		got := post(c.method, c.authorization, c.body)
		if got.Status != c.status || len(got.Header.Values("Set-Cookie")) > 0 || secretShapes.MatchString(got.Body) {
			t.Errorf("%s: %d, cookies %q, %s", name, got.Status, got.Header.Values("Set-Cookie"), got.Body)
		}
		if !b.SignedIn("/") {
			t.Fatalf("%s: the user was signed out", name)
		}
	}
	if strings.Contains(w.site.Log.String(), strings.Split(elsewhere, ".")[1]) {
		t.Error("a token is in the log")
	}
}

// A request is obeyed as a program of Okta's sends it, without Origin and cookies;
// what a browser would say of itself changes nothing. The same one is not obeyed
// again, and a mistaken body does not use the token up.
//
// Rows: S-38, S-21.
func TestS21_UniversalLogoutOnce(t *testing.T) {
	t.Parallel()
	clients := oktasim.DemoClients()
	w := &world{T: t, org: StartOrgServer(t, &oktasim.Server{Clients: clients}), echo: StartEcho(t)}
	// The address that the org is told is one of a program that passes requests on
	// to a socket of ours, and keeps them.
	front := StartEcho(t)
	public := "http://" + front.Addr
	w.site = StartSite(t, SiteBlock("http://:{$PORT}", "log", GateBlock(w.org, "public_url "+public), "reverse_proxy "+w.echo.Addr))
	b := NewBrowserBehind(t, w.site, public)
	b.SignIn("/", ada, adaPassword)
	w.org.universalLogout(public+universalLogoutPath, "email", ada)
	got := front.Last(t)
	authorization, body := got.Values("Authorization")[0], got.Body
	send := func(body string, header ...string) *Answer {
		program := NewBrowserBehind(t, w.site, public)
		return program.Do(program.Request(http.MethodPost, universalLogoutPath, body, append(header, "Authorization: "+authorization, "Content-Type: application/json")...))
	}
	for _, bad := range []string{"", "{}", "[]", "null", `{"sub_id":{}}`, `{"sub_id":{"format":"phone_number","phone_number":"1"}}`, `{"sub_id":{"format":"email"}}`, body + body} {
		if got := send(bad); got.Status != http.StatusBadRequest || !b.SignedIn("/") {
			t.Errorf("body %q: %d", bad, got.Status)
		}
	}
	if got := send(`{"sub_id":{"format":"iss_sub","iss":"https://other.okta.com","sub":"00u1"}}`); got.Status != http.StatusForbidden {
		t.Errorf("a user of another org: %d", got.Status)
	}
	if got := send(body, "Origin: https://acme.okta.com", "Sec-Fetch-Site: cross-site"); got.Status != http.StatusNoContent || len(got.Header.Values("Set-Cookie")) > 0 || b.SignedIn("/") {
		t.Fatalf("the request itself: %d", got.Status)
	}
	b.SignIn("/", ada, adaPassword)
	if got := send(body); got.Status != http.StatusUnauthorized || !b.SignedIn("/") {
		t.Errorf("the same request again: %d", got.Status)
	}
	var problem struct{ Status int }
	if got := send(body); json.Unmarshal([]byte(got.Body), &problem) != nil || problem.Status != http.StatusUnauthorized {
		t.Errorf("the answer to a program: %s", got.Body)
	}
}
