package caddyauth

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// A look at a stream makes nothing anew for a session that is as it was: no assertion
// that is sent nowhere, and no passport in turn with another gate, or another config,
// of the same session.
func TestLooksAtStreamsMakeNothing(t *testing.T) {
	g, e, now := asserting(t, nil)
	s := &session.Session{ID: "one", Subject: "00u1", CreatedAt: *now, UsedAt: *now, Claims: map[string]any{"email": "ada@example.com"}}
	r := httptest.NewRequest(http.MethodGet, "https://app.example.com/events", nil)
	r = r.WithContext(context.WithValue(r.Context(), caddyhttp.VarsCtxKey, map[string]any{}))
	_, over := g.watch(g.newRequest(r), g.passport(e, s))
	defer over()
	others := s.Derive("another gate", func() any { return "its own" })

	*now = now.Add(4 * time.Minute) // another assertion would be due
	all := &g.kept.streams
	all.mu.Lock()
	defer all.mu.Unlock()
	for open := range all.open {
		if open.over() {
			t.Fatal("the stream is over")
		}
	}
	if kept := s.Derive("another gate", func() any { return "made anew" }); len(all.open) != 1 || kept != others {
		t.Errorf("what another gate derived is %s", kept)
	}
}
