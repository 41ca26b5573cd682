package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Real tokens of the org, for this very application and a user who may sign in:
// presented as the session cookie or as a bearer they open nothing.
//
// Rows: CVE-2024-47616, CVE-2022-29226.
func TestCVE_2024_47616_TokensAreNoSession(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var tokens []string
	server := &oktasim.Server{}
	org := startOrg(t, server, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, r)
		var answer struct {
			Access  string `json:"access_token"`
			ID      string `json:"id_token"`
			Refresh string `json:"refresh_token"`
		}
		if json.Unmarshal(rec.Body.Bytes(), &answer) == nil && answer.ID != "" {
			mu.Lock()
			tokens = append(tokens, answer.Access, answer.ID, answer.Refresh)
			mu.Unlock()
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}), nil)
	echo := StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, Caddyfile(org, echo))}
	w.signedIn()
	mu.Lock()
	seen := slices.Clone(tokens)
	mu.Unlock()
	if len(seen) != 3 {
		t.Fatalf("the org gave %d tokens", len(seen))
	}
	for _, token := range seen {
		for _, cookie := range []string{
			"okta_auth=" + token, "okta_auth=1." + token, "okta_auth_signin=" + token, "x=1\r\nAuthorization: Bearer " + token, "x=1\r\nAuthorization: DPoP " + token,
			"x=1\r\nX-Forwarded-Access-Token: " + token, "access_token=" + token,
		} {
			if passed, status := w.asks(cookie); passed || status != http.StatusUnauthorized {
				t.Errorf("%.60q: passed %v, status %d", cookie, passed, status)
			}
		}
	}
}

// Endpoints for users and debuggers have shown tokens. Of ours none does, signed
// in or out, and none runs a profiler.
//
// Rows: CVE-2022-24797, CVE-2024-39315.
func TestCVE_2022_24797_OwnPathsTellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, b := range map[string]*Browser{"in": w.signedIn(), "out": w.browser()} {
		sealed := ""
		if c := b.Jar.Get("okta_auth"); c != nil {
			_, sealed, _ = strings.Cut(c.Value, ".")
		}
		for _, path := range []string{
			"", "signin", "signin/", "signin/identify", "signin/cancel", "signout", "signed-out", "callback", "ping", "health", "healthz", "userinfo", "user", "session", "me", "token", "tokens", "debug", "debug/pprof/",
			"debug/vars", "metrics", "config", "admin", "jwks", "keys", ".well-known/openid-configuration", "assets/", "assets/../",
		} {
			answer := b.Do(b.Request("GET", "/.okta/"+path, "", navigation...))
			lower := strings.ToLower(answer.Body)
			if answer.Status >= 500 || secretShapes.MatchString(answer.Body) || strings.Contains(answer.Body, oktasim.DemoClientSecret) || strings.Contains(lower, "goroutine") ||
				sealed != "" && strings.Contains(answer.Body, sealed) || strings.Contains(answer.Body, UpstreamMark) {
				t.Errorf("signed %s, %q: %d %.300q", name, path, answer.Status, answer.Body)
			}
		}
	}
}

// Whoever reads the config over the admin endpoint reads where the secrets are,
// and not the secrets.
//
// Rows: CVE-2026-27589.
func TestCVE_2026_27589_AdminConfigHoldsNoSecret(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	const key = "the sealing key of this test, which nobody may see"
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, Caddyfile(org, echo, "key {env.SEALING_KEY}", "client_secret {env.CLIENT_SECRET}"),
		WithEnv("SEALING_KEY="+key, "CLIENT_SECRET="+org.State().ClientSecret))}
	w.signedIn()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", w.site.socket())
	}}}
	resp, err := client.Get("http://127.0.0.1/config/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(body), "{env.CLIENT_SECRET}") {
		t.Fatalf("%v: %s", err, body)
	}
	if strings.Contains(string(body), key) || strings.Contains(string(body), org.State().ClientSecret) {
		t.Error("the config shows a secret")
	}
}
