package caddyauth

import (
	"context"
	"encoding/json"
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
// through the gate: scrub, session, limits, rules, headers, placeholders, and the
// replacer that Caddy makes for each request.
func BenchmarkSignedIn(b *testing.B) {
	for _, store := range []string{"cookie", "memory"} {
		b.Run(store, func(b *testing.B) { benchmarkSignedIn(b, store) })
	}
	b.Run("assertion", func(b *testing.B) {
		benchmarkSignedIn(b, "cookie", Header{Name: "X-Identity", Value: "{token.assertion}"})
	})
}

func benchmarkSignedIn(b *testing.B, store string, headers ...Header) {
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	g := &Gate{Issuer: "https://acme.okta.com", ClientID: "0oa1", PublicURL: "https://app.example.com", Keys: []string{strings.Repeat("k", 40)}, Revocation: revocationProcess,
		SessionRaw: json.RawMessage(`{"store":"` + store + `"}`), HeaderUp: headers,
		Rules: []Rule{
			{Action: denyAction, Condition: Condition{Group: []string{"Contractors"}}},
			{Action: denyAction, MatcherSetsRaw: caddyhttp.RawMatcherSets{{"path": json.RawMessage(`["/admin/*"]`)}}, Condition: Condition{Not: &Condition{Group: []string{"Admins"}}}},
			{Action: allowAction, Condition: Condition{Group: []string{"Auditors"}}},
			{Action: allowAction, Condition: Condition{All: []Condition{{Group: []string{"Finance"}}, {SignedInWithin: caddy.Duration(time.Hour)}}}},
		},
	}
	if err := g.Provision(ctx); err != nil {
		b.Fatal(err)
	}
	defer g.Cleanup()
	e, err := g.getEngine(ctx)
	if err != nil {
		b.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodGet, "https://app.example.com/reports", nil)
	s := &session.Session{ID: session.NewID(), Subject: "00u1", Login: "ada@example.com", CreatedAt: time.Now(), UsedAt: time.Now(), AuthTime: time.Now(), Claims: map[string]any{
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
		if len(r.Header["X-Forwarded-User"]) != 1 || r.Header["X-Forwarded-User"][0] != "ada@example.com" {
			b.Error("the application does not know the user")
		}
		return nil
	})
	vars, header, w := make(map[string]any), make(http.Header), httptest.NewRecorder()
	// As the server prepares it: the request that the client sent is kept beside the
	// one that rewrites change.
	prepared := context.WithValue(context.WithValue(ctx, caddyhttp.VarsCtxKey, vars), caddyhttp.OriginalRequestCtxKey, *request.Clone(ctx))
	r := request.WithContext(prepared)
	cookies, accept, agent, forged := []string{cookie}, []string{"text/html"}, []string{"bench"}, []string{"root"}
	b.ReportAllocs()
	defer func() { b.ReportMetric(float64(len(cookie)), "cookie-bytes") }()
	for b.Loop() {
		// What the server does before the gate: a request of its own.
		clear(vars)
		clear(header)
		header["Cookie"], header["Accept"], header["User-Agent"], header["X-Forwarded-User"] = cookies, accept, agent, forged
		r := r.WithContext(context.WithValue(r.Context(), caddy.ReplacerCtxKey, caddy.NewReplacer()))
		r.Header = header
		if err := g.ServeHTTP(w, r, next); err != nil {
			b.Fatal(err)
		}
	}
}
