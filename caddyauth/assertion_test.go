package caddyauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// asserting is a gate with an assertion in a header, and a clock.
func asserting(t *testing.T, a *Assertion) (*Gate, *engine, *time.Time) {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	g := &Gate{
		Issuer: "https://acme.okta.com", ClientID: "0oa1", PublicURL: "https://app.example.com", Keys: []string{strings.Repeat("k", 40)}, Revocation: revocationProcess,
		Identity: []Preset{{Name: "none"}}, HeaderUp: []Header{{Name: "X-Identity", Value: "{token.assertion}"}}, Assertion: a,
	}
	t.Cleanup(func() { _ = g.Cleanup() })
	if err := g.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	e, err := g.getEngine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	g.now = func() time.Time { return now }
	return g, e, &now
}

// claimsOf reads an assertion without verifying it, as nobody should.
func claimsOf(t *testing.T, p *passport) (claims map[string]any) {
	t.Helper()
	if len(p.values) != 1 {
		t.Fatalf("%d headers, problems %v", len(p.values), p.problems)
	}
	parts := strings.Split(p.values[0], ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %q", p.values[0])
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// One that is made once for each session would be over after five minutes, and one
// that outlives its session would be an identity that nobody can take back.
//
// Rows: S-46.
func TestS46_AssertionIsRenewedAndEndsWithTheSession(t *testing.T) {
	g, e, now := asserting(t, nil)
	start := *now
	s := &session.Session{Subject: "00u1", CreatedAt: start, UsedAt: start, Claims: map[string]any{"email": "ada@example.com"}}
	first := g.passport(e, s)
	if again := g.passport(e, s); again != first {
		t.Error("made anew for the next request")
	}
	ends := start.Add(time.Duration(g.Lifetime))
	made := 1
	for p := first; now.Before(ends); *now = now.Add(10 * time.Second) {
		next := g.passport(e, s)
		if next != p {
			p = next
			made++
		}
		exp := time.Unix(int64(claimsOf(t, p)["exp"].(float64)), 0)
		if left, want := exp.Sub(*now), min(140*time.Second, ends.Sub(*now)/2); left < want.Truncate(time.Second) || exp.After(ends) {
			t.Fatalf("%s after sign-in it is good for %s", now.Sub(start), left)
		}
	}
	if made < 100 || made > 400 {
		t.Errorf("%d were made in %s", made, time.Duration(g.Lifetime))
	}
	*now = ends.Add(time.Hour) // nobody asks, but nothing hangs
	g.passport(e, s)
}

func TestAssertionSaysWhatIsConfigured(t *testing.T) {
	user := map[string]any{"email": "ada@example.com", "name": "Ada", "groups": []any{"Everyone"}, "address": map[string]any{"country": "DE"}, "title": nil}
	for name, c := range map[string]struct {
		config *Assertion
		want   map[string]any
	}{
		"default": {nil, map[string]any{"iss": "https://app.example.com", "aud": "https://app.example.com", "sub": "00u1", "email": "ada@example.com", "name": "Ada"}},
		"named":   {&Assertion{Audience: []string{"one"}, Claims: []string{"address.country", "title"}}, map[string]any{"aud": "one", "address.country": "DE", "email": nil, "title": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			g, e, now := asserting(t, c.config)
			got := claimsOf(t, g.passport(e, &session.Session{Subject: "00u1", CreatedAt: *now, Claims: user}))
			for claim, want := range c.want {
				if value, given := got[claim]; value != want || given != (want != nil) {
					t.Errorf("%s is %v, want %v", claim, value, want)
				}
			}
			for _, claim := range g.asserted {
				if !strings.Contains(strings.Join(g.claimsUsed(), " "), claim) {
					t.Errorf("sessions do not keep %s", claim)
				}
			}
		})
	}
}

func TestAssertionConfig(t *testing.T) {
	for name, c := range map[string]struct {
		gate *Gate
		want string
	}{
		"own claim": {&Gate{PublicURL: "https://app.example.com", Assertion: &Assertion{Claims: []string{"exp"}}}, `the claim "exp" is the assertion's own`},
		"no site":   {&Gate{RedirectURI: "https://login.example.com/.okta/callback"}, "add public_url"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
			defer cancel()
			g := c.gate
			defer g.Cleanup()
			g.Issuer, g.ClientID, g.HeaderUp = "https://acme.okta.com", "0oa1", []Header{{Name: "X-Identity", Value: "{token.assertion}"}}
			if err := g.Provision(ctx); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}
