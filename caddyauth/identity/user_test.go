package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

func header(name, value string) identity.Field { return identity.Field{Name: name, Value: value} }

func TestTokens(t *testing.T) {
	h := compile(t,
		identity.Definition{Name: "Authorization", Value: "Bearer {token.access}"},
		identity.Definition{Name: "X-Id-Token", Value: "{token.id|base64}"})
	if access, id := h.Tokens(); !access || !id {
		t.Errorf("tokens %v %v", access, id)
	}
	if got := h.Claims(); len(got) != 0 {
		t.Errorf("claims %q", got)
	}
	fields, problems := h.RenderUser(identity.User{AccessToken: "a.b.c", IDToken: "d"})
	want := []identity.Field{header("Authorization", "Bearer a.b.c"), header("X-Id-Token", "ZA==")}
	if diff := cmp.Diff(want, fields); diff != "" || problems != nil {
		t.Errorf("%v\n%s", problems, diff)
	}
	fields, problems = h.Render(map[string]any{"token": map[string]any{"access": "claimed"}, "token.access": "claimed"})
	if fields != nil || problems != nil {
		t.Errorf("without tokens: %v %v", fields, problems)
	}
	if access, id := compile(t, identity.Default()...).Tokens(); access || id {
		t.Errorf("the defaults use tokens: %v %v", access, id)
	}
}

func TestAssertion(t *testing.T) {
	h := compile(t, identity.Definition{Name: "Authorization", Value: "Bearer {token.assertion}"})
	access, id := h.Tokens()
	if !h.Asserts() || access || id {
		t.Errorf("asserts %v, Okta's tokens %v %v", h.Asserts(), access, id)
	}
	fields, problems := h.RenderUser(identity.User{Assertion: "a.b.c"})
	if diff := cmp.Diff([]identity.Field{header("Authorization", "Bearer a.b.c")}, fields); diff != "" || problems != nil {
		t.Errorf("%v\n%s", problems, diff)
	}
	if fields, _ := h.RenderUser(identity.User{AccessToken: "a", IDToken: "b"}); fields != nil {
		t.Errorf("without an assertion: %v", fields)
	}
	if compile(t, identity.Default()...).Asserts() {
		t.Error("the defaults carry an assertion")
	}
}

// A token, a password or a claim that was left out stood in the log, in the line
// that said so.
func TestProblemsKeepSecrets(t *testing.T) {
	const secret = "canary"
	h := compile(t,
		identity.Definition{Name: "X-A", Value: "{token.access}"},
		identity.Definition{Name: "X-B", Value: "{token.id|max(2)}"},
		identity.Definition{Name: "X-C", Value: "{claim.c|local_part}"},
		identity.Definition{Name: "c", Value: "{token.id}", Cookie: true},
		identity.Basic("{claim.u}", "{token.access}"),
	)
	fields, problems := h.RenderUser(identity.User{
		Claims:      map[string]any{"c": secret + "@@", "u": secret + ":"},
		AccessToken: secret + "\n", IDToken: secret + ";",
	})
	if fields != nil || len(problems) != 5 {
		t.Errorf("%v\n%v", fields, problems)
	}
	if said := fmt.Sprint(problems); strings.Contains(said, secret) || !strings.Contains(said, `"token.access"`) {
		t.Error(said)
	}
}

func TestBasic(t *testing.T) {
	for _, c := range []struct {
		name           string
		user, password string
		claims         map[string]any
		want, problem  string
	}{
		{"fixed", "app", "Zoë:s3cret", nil, "Basic YXBwOlpvw6s6czNjcmV0", ""},
		{"user of a claim", "{claim.c|local_part}", "shared", map[string]any{"c": "ada@example.com"}, "Basic YWRhOnNoYXJlZA==", ""},
		{"both of claims", "{claim.c}", "{claim.pin}", map[string]any{"c": "ada", "pin": "1234"}, "Basic YWRhOjEyMzQ=", ""},
		{"no password", "{claim.c}", "", map[string]any{"c": "ada"}, "Basic YWRhOg==", ""},
		{"in ISO-8859-1", "{claim.c|latin1}", "x", map[string]any{"c": "Zoë"}, "Basic Wm/rOng=", ""},
		{"password in ISO-8859-1", "{claim.c}", "{claim.pin|latin1}", map[string]any{"c": "Zoë", "pin": "ë"}, "Basic Wm/rOus=", ""},
		{"not in ISO-8859-1", "{claim.c|latin1}", "x", map[string]any{"c": "営業"}, "", "ISO-8859-1"},
		{"nobody", "{claim.c}", "shared", nil, "", ""},
		{"password missing", "{claim.c}", "{claim.pin}", map[string]any{"c": "ada"}, "", ""},
		{"colon", "{claim.c}", "shared", map[string]any{"c": "ada:x"}, "", "which Basic credentials cannot express"},
		{"line break", "{claim.c}", "shared", map[string]any{"c": "ada\n"}, "", "control character"},
		{"too long", "{claim.c}", "shared", map[string]any{"c": strings.Repeat("x", 7000)}, "", "8192"},
	} {
		h := compile(t, identity.Basic(c.user, c.password))
		fields, problems := h.Render(c.claims)
		got, said := "", ""
		for _, f := range fields {
			got = f.Value
		}
		for _, p := range problems {
			said += p.String()
		}
		if got != c.want || (c.problem == "") != (said == "") || !strings.Contains(said, c.problem) {
			t.Errorf("%s: %q, %s", c.name, got, said)
		}
		if diff := cmp.Diff([]string{"Authorization"}, h.Names()); diff != "" {
			t.Error(diff)
		}
	}
}

// The error of a config with a bad password is in the log.
func TestPasswordIsNotInAnError(t *testing.T) {
	for _, password := range []string{"hunter2{", "}hunter2", "{hunter2}", "hunter2\n", "{claim.hunter2|hunter2}"} {
		_, err := identity.Compile([]identity.Definition{identity.Basic("app", password)})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestConstant(t *testing.T) {
	h := compile(t,
		identity.Definition{Name: "X-Gate", Value: "s3cret"},
		identity.Definition{Name: "gate", Value: "s3cret", Cookie: true},
		identity.Definition{Name: "X-User", Value: "{claim.sub}"},
		identity.Definition{Name: "X-Token", Value: "{token.id}"},
		identity.Definition{Name: "X-Role", Value: "{claim.groups|choose(*=Viewer)}"},
		identity.Definition{Name: "X-Gone", Value: "first"},
		identity.Definition{Name: "x_gone", Value: "{claim.sub}"},
	)
	want := []identity.Field{header("X-Gate", "s3cret"), {Name: "gate", Value: "s3cret", Cookie: true}}
	fields, _ := h.Render(nil)
	if diff := cmp.Diff(append(want, header("X-Role", "Viewer")), fields); diff != "" {
		t.Error(diff)
	}
	for _, d := range []identity.Definition{
		{Name: "X-Gate", Value: "s3cret "},
		{Name: "gate", Value: "s3 cret", Cookie: true},
		{Name: "X-Gate", Value: strings.Repeat("x", identity.MaxValue+1)},
		identity.Basic("a:b", "s3cret"),
	} {
		if _, err := identity.Compile([]identity.Definition{d}); err == nil {
			t.Errorf("%q was accepted", d.Value)
		}
	}
}

func TestExpand(t *testing.T) {
	expand := func(name string) (string, error) {
		switch name {
		case "env.SECRET":
			return "{claim.sub}|}{", nil
		case "env.EMPTY":
			return "", nil
		case "file./run/two lines":
			return "canary\ncanary", nil
		}
		return "", errors.New("there is none")
	}
	h := compile(t, identity.Definition{Name: "X-A", Value: "{env.SECRET} {claim.c}", Expand: expand})
	fields, problems := h.Render(map[string]any{"c": "{env.SECRET}", "sub": "ada"})
	check(t, "braces in a secret", fields, problems, "{claim.sub}|}{ {env.SECRET}", "")

	for value, want := range map[string]string{
		"{env.EMPTY}":           `"{env.EMPTY}" is empty`,
		"{file./run/two lines}": "line break",
		"{env.OTHER}":           `"{env.OTHER}": there is none`,
		"{env.SECRET|lower}":    "only a claim or a token can be shaped",
		"{claims.sub}":          "unknown placeholder",
		"{env.SECRET":           "not closed",
	} {
		_, err := identity.Compile([]identity.Definition{{Name: "X-A", Value: value, Expand: expand}})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestNamesAsTheyGoOut(t *testing.T) {
	for name, want := range map[string]string{
		"X-WEBAUTH-USER": "X-Webauth-User", "iv-user": "Iv-User", "x.user": "X.user", "REMOTE_USER": "REMOTE_USER",
		"OIDC_CLAIM_sub": "OIDC_CLAIM_sub", "x_forwarded-User": "x_forwarded-User",
	} {
		h := compile(t, identity.Definition{Name: name, Value: "v"})
		fields, _ := h.Render(nil)
		if diff := cmp.Diff([]identity.Field{header(want, "v")}, fields); diff != "" {
			t.Error(diff)
		}
	}
}

// Whatever the application makes of it, the name of a user goes out as it is or
// not at all, and nothing in it is looked up.
func TestHostileClaims(t *testing.T) {
	for evil, refused := range map[string]string{
		"{env.X}": "", "{claim.sub}": "", "{token.access}": "", "{{claim.sub}}|lower": "", "'${1}'": "",
		"a\rb": "control", "a\nb": "control", "a\x00b": "control", "a\u0085b": "control", "a\x7fb": "control",
		"\ufeffadmin": "", "a\xffb": "UTF-8", "\xc0\x80": "UTF-8", strings.Repeat("x", 10<<10): "8192",
		" admin": "white space", "admin\u2028": "white space",
	} {
		for _, value := range []string{"{claim.c}", "{claim.c|first}", "{claim.c|replace('(^.*$)', '$1')}"} {
			h := compile(t, identity.Definition{Name: "X-A", Value: value})
			want := evil
			if refused != "" {
				want = ""
			}
			fields, problems := h.RenderUser(identity.User{Claims: map[string]any{"c": evil, "sub": "ada"}, AccessToken: "canary"})
			check(t, evil, fields, problems, want, refused)
		}
		// An encoding that keeps every byte makes all of them safe to send.
		h := compile(t, identity.Definition{Name: "X-A", Value: "{claim.c|base64url}"})
		if fields, _ := h.Render(map[string]any{"c": evil}); refused == "control" && len(fields) != 1 {
			t.Errorf("%q in base64: %v", evil, fields)
		}
	}
}
