package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// referenceOf is the reference id that a page gives the user, or "".
func referenceOf(p *Page) string {
	for n := range p.Root.Descendants() {
		if n.Data == "p" && Attr(n, "class") == "reference" {
			_, id, _ := strings.Cut(text(n), " ")
			return id
		}
	}
	return ""
}

// expectRefusal fails the test unless the page tells the user whom to ask, with
// a reference, and one line of the log has the same reference and a hint that
// names the setting.
func (w *world) expectRefusal(what string, b *Browser, setting string) {
	w.Helper()
	if b.Page == nil || len(b.Page.Messages) == 0 || strings.Contains(b.Last.Body, UpstreamMark) {
		w.Errorf("%s: the user sees %d without a word", what, b.Last.Status)
		return
	}
	if !strings.Contains(strings.ToLower(text(b.Page.Root)), "administrator") {
		w.Errorf("%s: the page says %v, and not whom to ask", what, b.Page.Messages)
	}
	reference := referenceOf(b.Page)
	if reference == "" {
		w.Errorf("%s: the page %q has no reference", what, b.Page.Heading)
		return
	}
	var lines []map[string]any
	rig.Eventually(w, what+": a line in the log with the page's reference", func() bool {
		lines = slices.DeleteFunc(w.site.Log.Lines(), func(entry map[string]any) bool {
			return entry["reference"] != reference || entry["level"] == "debug"
		})
		return len(lines) > 0
	})
	if len(lines) != 1 {
		w.Errorf("%s: %d lines with the reference: %v", what, len(lines), lines)
	}
	if hint, _ := lines[0]["hint"].(string); !strings.Contains(hint, setting) {
		w.Errorf("%s: the log's hint is %q, it should name %q", what, hint, setting)
	}
	if lines[0]["reason"] == nil || lines[0]["client_ip"] != "127.0.0.1" {
		w.Errorf("%s: the log says %v", what, lines[0])
	}
	secrets := &secrets{seen: map[string]string{}}
	secrets.add("the password", adaPassword)
	secrets.add("the client secret", w.org.State().ClientSecret)
	secrets.add("the wrong client secret", wrongSecret)
	for _, c := range b.Jar.cookies {
		secrets.add("the cookie "+c.Name, c.Value)
	}
	if found := append(secrets.leaks(b.Last.Body), secrets.leaks(w.site.Log.String())...); len(found) > 0 {
		w.Errorf("%s: the page or the log has %v", what, found)
	}
}

const wrongSecret = "a-secret-of-last-year-0000"

// newRefusedWorld has its secret in the environment: Caddy itself writes what
// stands in a Caddyfile into its log at level debug.
func newRefusedWorld(t *testing.T, org *Org, lines ...string) *world {
	t.Helper()
	w := &world{T: t, org: org, echo: StartEcho(t)}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "client_secret") {
		lines = append(lines, "client_secret {env.CLIENT_SECRET}")
	}
	w.site = StartSite(t, Caddyfile(org, w.echo, lines...), WithEnv("CLIENT_SECRET="+org.State().ClientSecret, "WRONG_SECRET="+wrongSecret))
	return w
}

// What a wrong setting looks like when the whole way to Okta is real.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ line, setting string }{
		"wrong secret":       {"client_secret {env.WRONG_SECRET}", "client_secret"},
		"unknown client":     {"client_id 0oaNobodyKnowsThis", "client_id"},
		"wrong redirect URI": {"redirect_uri https://app.example.com/not/registered", "https://app.example.com/not/registered"},
		"unknown scope":      {"scopes openid profile of_their_own", "Scopes"},
	} {
		w := newRefusedWorld(t, StartOrg(t), c.line)
		b := w.browser()
		b.Open("/app")
		w.expectRefusal(what, b, c.setting)
	}
}

// What the org refuses, in Okta's own words, before a first page can be shown.
func TestOrgRefusesToBegin(t *testing.T) {
	t.Parallel()
	w := newRefusedWorld(t, StartOrg(t))
	for what, c := range map[string]struct {
		status               int
		code, words, setting string
	}{
		"Interaction Code grant off": {400, "unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [authorization_code].", "Interaction Code"},
		"wrong redirect URI":         {400, "invalid_request", "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings: https://acme-admin.okta.com/admin/app/oidc_client/instance/0oa1#tab-general", w.site.URL + "/.okta/callback"},
		"wrong secret":               {401, "invalid_client", "The client secret supplied for a confidential client is invalid.", "client_secret"},
		"app disabled":               {401, "invalid_client", "Client authentication failed. Either the client or the client credentials are invalid.", "active"},
		"Identity Engine off":        {403, "access_denied", "The requested feature is not enabled in this environment.", "Identity Engine"},
		"Identity Engine off, 400":   {400, "access_denied", "The requested feature is not enabled in this environment.", "Identity Engine"},
		"scope unknown":              {400, "invalid_scope", "One or more scopes are not configured for the authorization server resource.", "Scopes"},
	} {
		w.org.Faults(Fault{Endpoint: "interact", Status: c.status, Body: map[string]string{"error": c.code, "error_description": c.words}})
		b := w.browser()
		b.Open("/app")
		if b.Last.Status < 500 && b.Last.Status != http.StatusForbidden || strings.Contains(b.Last.Body, "acme-admin") {
			t.Errorf("%s: %d", what, b.Last.Status)
		}
		w.expectRefusal(what, b, c.setting)
		w.org.Faults()
		// Mended at Okta, it works without a restart.
		b.SignIn("/app", ada, adaPassword)
	}
}

// What the org refuses at the end, when the user has done everything right.
func TestOrgRefusesTheCode(t *testing.T) {
	t.Parallel()
	w := newRefusedWorld(t, StartOrg(t))
	for what, c := range map[string]struct {
		status               int
		code, words, setting string
		page                 int
	}{
		"wrong secret":               {401, "invalid_client", "The client secret supplied for a confidential client is invalid.", "client_secret", 502},
		"Interaction Code grant off": {400, "unauthorized_client", "The client is not authorized to use the provided grant type.", "Interaction Code", 502},
		"policy refuses the user":    {400, "access_denied", "Policy evaluation failed for this request, please check the policy configurations.", "Access Policies", 403},
	} {
		b := w.browser()
		b.Open("/app")
		w.org.Faults(Fault{Endpoint: "token", Status: c.status, Body: map[string]string{"error": c.code, "error_description": c.words}})
		b.Submit("identify", credentials()...)
		if b.Last.Status != c.page || b.URL != w.site.URL+"/app" {
			t.Errorf("%s: %s %d", what, b.URL, b.Last.Status)
		}
		w.expectRefusal(what, b, c.setting)
		w.org.Faults()
		b.SignIn("/app", ada, adaPassword)
	}
}

// Okta says it of a user who is not assigned in an answer that looks like the
// first page. Trying again with the same name is of no use: the user must learn
// whom to ask, and the operator where to assign people.
func TestUserWhoIsNotAssigned(t *testing.T) {
	t.Parallel()
	w := newRefusedWorld(t, StartOrg(t))
	for _, endpoint := range []string{"identify", "challenge/answer"} {
		w.org.Policy("second_page")
		b := w.browser()
		b.Open("/app")
		if endpoint == "challenge/answer" {
			b.Submit("identify", "identifier", ada)
		}
		w.org.Faults(Fault{Endpoint: endpoint, Status: 400, Times: 1, Body: notAssigned(w.org.URL)})
		if endpoint == "identify" {
			b.Submit("identify", "identifier", ada)
		} else {
			b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
		}
		if !b.Page.Says("idx.error.user.not.assigned.to.app") || b.URL != w.site.URL+"/app" {
			t.Errorf("%s: %s %d, messages %v", endpoint, b.URL, b.Last.Status, b.Page.Messages)
		}
		w.expectRefusal("not assigned, at "+endpoint, b, "Assignments")
		// Another name can be tried at once.
		if b.Page.Form("identify") == nil {
			b.Open("/app")
		}
		b.Form("identify")
	}
}

// notAssigned is Okta's answer about such a user.
func notAssigned(org string) any {
	form := func(name, href string, values ...any) map[string]any {
		state := map[string]any{"name": "stateHandle", "required": true, "value": "02.not-assigned", "visible": false, "mutable": false}
		return map[string]any{"rel": []string{"create-form"}, "name": name, "href": org + href, "method": "POST", "accepts": "application/json; okta-version=1.0.0",
			"produces": "application/ion+json; okta-version=1.0.0", "value": append(values, state)}
	}
	message := map[string]any{"message": "User is not assigned to this application.", "i18n": map[string]string{"key": "idx.error.user.not.assigned.to.app"}, "class": "ERROR"}
	return map[string]any{
		"version": "1.0.0", "stateHandle": "02.not-assigned", "intent": "LOGIN", "expiresAt": "2099-01-01T00:00:00.000Z",
		"remediation": map[string]any{"type": "array", "value": []any{
			form("identify", "/idp/idx/identify", map[string]any{"name": "identifier", "label": "Username"}),
			form("unlock-account", "/idp/idx/unlock-account"),
		}},
		"messages": map[string]any{"type": "array", "value": []any{message}},
		"cancel":   form("cancel", "/idp/idx/cancel"),
	}
}

// Identity Engine's other way to say that it is off is the answer to introspect
// or identify, in OAuth's shape.
func TestFeatureOffInTheMiddle(t *testing.T) {
	t.Parallel()
	w := newRefusedWorld(t, StartOrg(t))
	for _, endpoint := range []string{"introspect", "identify"} {
		b := w.browser()
		if endpoint == "identify" {
			b.Open("/app")
		}
		w.org.Faults(Fault{Endpoint: endpoint, Status: 403, Body: map[string]string{"error": "access_denied", "error_description": "The requested feature is not enabled in this environment."}})
		if endpoint == "identify" {
			b.Submit("identify", credentials()...)
		} else {
			b.Open("/app")
		}
		w.expectRefusal("feature off at "+endpoint, b, "Identity Engine")
		w.org.Faults()
	}
}

// An application that may have no refresh tokens signs people in without. That
// is remembered, and said once in the log, with the setting that mends it.
func TestOfflineAccessRefused(t *testing.T) {
	t.Parallel()
	scopes := []string{"openid", "profile", "email", "groups"}
	w := &world{T: t, org: StartOrgServer(t, &oktasim.Server{Scopes: scopes}), echo: StartEcho(t)}
	w.site = StartSite(t, Caddyfile(w.org, w.echo))
	for n := range 3 {
		w.org.ResetCalls()
		b := w.browser()
		b.SignIn("/app", ada, adaPassword)
		want := 1
		if n == 0 {
			want = 2
		}
		if got := w.org.Calls()["interact"]; got != want {
			t.Errorf("sign-in %d asked %d times", n, got)
		}
		expectHeader(t, w.echo.Last(t), "X-Forwarded-Groups", "Everyone,Engineering,Finance")
		b.signOut("/.okta/signout")
		if b.SignedIn("/") || w.org.Calls()["revoke"] > 0 {
			t.Errorf("signing out: calls %v", w.org.Calls())
		}
	}
	var warnings []map[string]any
	rig.Eventually(t, "the log tells of it", func() bool { warnings = w.site.Log.Find("offline_access"); return len(warnings) > 0 })
	if len(warnings) != 1 || warnings[0]["level"] != "warn" || !strings.Contains(fmt.Sprint(warnings[0]["msg"]), "Refresh Token") || !strings.Contains(fmt.Sprint(warnings[0]["msg"]), "General") {
		t.Errorf("the log says %v", warnings)
	}
}

// And an org that grants the scope, but no token for it, is no different.
func TestNoRefreshTokenDespiteTheScope(t *testing.T) {
	t.Parallel()
	var w *world
	server := &oktasim.Server{}
	org := startOrg(t, server, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/v1/token") {
			server.ServeHTTP(rw, r)
			return
		}
		var tokens map[string]any
		_ = json.Unmarshal([]byte(recorded(server, r)), &tokens)
		delete(tokens, "refresh_token")
		tokens["expires_in"] = spent
		_ = json.NewEncoder(rw).Encode(tokens)
	}), nil)
	w = &world{T: t, org: org, echo: StartEcho(t)}
	w.site = StartSite(t, Caddyfile(org, w.echo))
	b := w.browser()
	b.SignIn("/app", ada, adaPassword)
	for range 3 {
		if !b.SignedIn("/") {
			t.Fatal("a session without a refresh token has ended with its access token")
		}
	}
	rig.Eventually(t, "the log tells of it", func() bool { return len(w.site.Log.Find("Refresh Token")) > 0 })
}

// Groups are asked for only where the authorization server lists them; one that
// lists them and refuses them is an operator's fault to hear of.
func TestGroupsScope(t *testing.T) {
	t.Parallel()
	without := &world{T: t, org: StartOrgServer(t, &oktasim.Server{Scopes: []string{"openid", "profile", "email", "offline_access"}}), echo: StartEcho(t)}
	without.site = StartSite(t, Caddyfile(without.org, without.echo))
	without.browser().SignIn("/app", ada, adaPassword)
	expectHeader(t, without.echo.Last(t), "X-Forwarded-Groups")
	if n := without.org.Calls()["interact"]; n != 1 {
		t.Errorf("asked %d times", n)
	}

	server := &oktasim.Server{Intercept: func(endpoint string, rw http.ResponseWriter, r *http.Request) bool {
		if endpoint != "interact" || r.ParseForm() != nil || !strings.Contains(r.PostForm.Get("scope"), "groups") {
			return false
		}
		rw.WriteHeader(http.StatusBadRequest)
		_, _ = rw.Write([]byte(`{"error":"invalid_scope","error_description":"One or more scopes are not configured for the authorization server resource."}`))
		return true
	}}
	listed := newRefusedWorld(t, StartOrgServer(t, server))
	b := listed.browser()
	b.Open("/app")
	listed.expectRefusal("groups listed and refused", b, "Scopes")
}

// recorded is what the org answers.
func recorded(server *oktasim.Server, r *http.Request) string {
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, r)
	return answer.Body.String()
}
