package identity_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

func compile(t testing.TB, definitions ...identity.Definition) *identity.Headers {
	t.Helper()
	h, err := identity.Compile(definitions)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestCompileRefuses(t *testing.T) {
	for _, c := range []struct {
		definition identity.Definition
		want       string // in the error, beside the name
	}{
		{identity.Definition{Name: "", Value: "v"}, "not a header name"},
		{identity.Definition{Name: "X Y", Value: "v"}, "not a header name"},
		{identity.Definition{Name: "X:Y", Value: "v"}, "not a header name"},
		{identity.Definition{Name: "X-Ünï", Value: "v"}, "not a header name"},
		{identity.Definition{Name: "X\r\nY", Value: "v"}, "not a header name"},
		{identity.Definition{Name: "X-*", Value: "v"}, "not a header name"},
		{identity.Definition{Name: "---", Value: "v"}, "not a header name"},
		{identity.Definition{Name: "Host", Value: "v"}, "describes the request"},
		{identity.Definition{Name: "content_LENGTH", Value: "v"}, "describes the request"},
		{identity.Definition{Name: "Connection", Value: "v"}, "connection"},
		{identity.Definition{Name: "transfer-encoding", Value: "v"}, "connection"},
		{identity.Definition{Name: "Cookie", Value: "v"}, "cookies"},
		{identity.Definition{Name: "X_Forwarded_For", Value: "v"}, "reverse_proxy"},
		{identity.Definition{Name: "X-A", Value: ""}, "no value"},
		{identity.Definition{Name: "X-A", Value: "a\nb"}, "control character"},
		{identity.Definition{Name: "X-A", Value: "{claim.sub"}, "not closed"},
		{identity.Definition{Name: "X-A", Value: "{claim.{claim.sub}}"}, "not closed"},
		{identity.Definition{Name: "X-A", Value: "claim.sub}"}, "without a {"},
		{identity.Definition{Name: "X-A", Value: "{claim.}"}, `"{claim.}"`},
		{identity.Definition{Name: "X-A", Value: "{}"}, `"{}"`},
		{identity.Definition{Name: "X-A", Value: "{sub}"}, `"{sub}"`},
		{identity.Definition{Name: "X-A", Value: "{http.request.uri}"}, `"{http.request.uri}"`},
		{identity.Definition{Name: "X-A", Value: "v", Delimiter: "\n"}, "delimiter"},
	} {
		_, err := identity.Compile([]identity.Definition{c.definition})
		if err == nil {
			t.Errorf("%+v: no error", c.definition)
			continue
		}
		if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "identity header") {
			t.Errorf("%+v: %v; want %q in it", c.definition, err, c.want)
		}
	}
}

func TestLaterDefinitionReplaces(t *testing.T) {
	h := compile(t, append(identity.Default(),
		identity.Definition{Name: "x_forwarded_USER", Value: "{claim.email}"},
		identity.Definition{Name: "X-Employee", Value: "{claim.employeeNumber}-{claim.site}"})...)
	wantNames := []string{"x_forwarded_USER", "X-Forwarded-User-Id", "X-Forwarded-Email",
		"X-Forwarded-Groups", "X-Forwarded-Preferred-Username", "X-Forwarded-Name", "X-Employee"}
	if diff := cmp.Diff(wantNames, h.Names()); diff != "" {
		t.Error(diff)
	}
	wantClaims := []string{"email", "employeeNumber", "groups", "name", "preferred_username", "site", "sub"}
	if diff := cmp.Diff(wantClaims, h.Claims()); diff != "" {
		t.Error(diff)
	}
	fields, problems := h.Render(map[string]any{"email": "ada@example.com"})
	want := []identity.Field{{Name: "x_forwarded_USER", Value: "ada@example.com"}, {Name: "X-Forwarded-Email", Value: "ada@example.com"}}
	if diff := cmp.Diff(want, fields); diff != "" || problems != nil {
		t.Errorf("%v\n%s", problems, diff)
	}
}

func TestLookup(t *testing.T) {
	claims := map[string]any{
		"address":                       map[string]any{"country": "NL", "geo.code": map[string]any{"x": "1"}},
		"a.b":                           "exact",
		"a":                             map[string]any{"b": "nested"},
		"https://acme.example.com/role": "url",
		"sub":                           "ada",
	}
	for name, want := range map[string]any{
		"address.country": "NL", "address.geo.code.x": "1", "a.b": "exact", "sub": "ada",
		"https://acme.example.com/role": "url",
		"address.city":                  nil, "sub.x": nil, ".": nil, "": nil, "address.": nil, "a.b.c": nil,
	} {
		got, ok := identity.Lookup(claims, name)
		if got != want || ok != (want != nil) {
			t.Errorf("%q: %v %v, want %v", name, got, ok, want)
		}
	}
	// What Claims names and Lookup finds can be kept flat and is found again.
	h := compile(t, identity.Definition{Name: "X-Country", Value: "{claim.address.country}"})
	kept := map[string]any{}
	for _, name := range h.Claims() {
		kept[name], _ = identity.Lookup(claims, name)
	}
	if fields, _ := h.Render(kept); len(fields) != 1 || fields[0].Value != "NL" {
		t.Errorf("got %v", fields)
	}
}
