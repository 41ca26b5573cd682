package caddyauth

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// BenchmarkSignedIn is what a request of a signed-in user costs on its way
// through the gate: scrub, session, headers, placeholders.
func BenchmarkSignedIn(b *testing.B) {
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	g := &Gate{Issuer: "https://acme.okta.com", ClientID: "0oa1", PublicURL: "https://app.example.com", Keys: []string{strings.Repeat("k", 40)}}
	if err := g.Provision(ctx); err != nil {
		b.Fatal(err)
	}
	defer g.Cleanup()
	e, err := g.getEngine(ctx)
	if err != nil {
		b.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodGet, "https://app.example.com/reports", nil)
	s := &session.Session{ID: session.NewID(), Subject: "00u1", Login: "ada@example.com", CreatedAt: time.Now(), UsedAt: time.Now(), Claims: map[string]any{
		"sub": "00u1", "preferred_username": "ada@example.com", "email": "ada@example.com", "name": "Ada Lovelace", "groups": []any{"Everyone", "Engineering", "Finance"},
	}}
	token, err := e.store.Save(ctx, g.site.host(request), "", s)
	if err != nil {
		b.Fatal(err)
	}
	set := make(http.Header)
	g.cookies.session.Write(set, request, token, 0)
	cookie, _, _ := strings.Cut(set.Get("Set-Cookie"), ";")
	next := caddyhttp.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
		if r.Header.Get("X-Forwarded-User") != "ada@example.com" {
			b.Error("the application does not know the user")
		}
		return nil
	})
	b.ReportAllocs()
	defer func() { b.ReportMetric(float64(len(cookie)), "cookie-bytes") }()
	for b.Loop() {
		r := request.Clone(context.WithValue(context.WithValue(ctx, caddy.ReplacerCtxKey, caddy.NewReplacer()), caddyhttp.VarsCtxKey, map[string]any{}))
		r.Header = http.Header{"Cookie": {cookie}, "Accept": {"text/html"}, "User-Agent": {"bench"}, "X-Forwarded-User": {"root"}}
		if err := g.ServeHTTP(httptest.NewRecorder(), r, next); err != nil {
			b.Fatal(err)
		}
	}
}
