package identity_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

// ada is a user as Okta's ID token with the usual scopes has her.
var ada = map[string]any{
	"sub": "00u1", "preferred_username": "ada@example.com", "email": "ada.lovelace@example.com", "name": "Ada Lovelace",
	"given_name": "Ada", "family_name": "Lovelace", "groups": []any{"Everyone", "app-editors", "a^b|c,d"},
}

func TestPresets(t *testing.T) {
	want := map[string][]string{
		"none": nil,
		"default": {
			"X-Forwarded-User: ada@example.com", "X-Forwarded-User-Id: 00u1", "X-Forwarded-Email: ada.lovelace@example.com",
			"X-Forwarded-Groups: Everyone,app-editors", "X-Forwarded-Preferred-Username: ada@example.com", "X-Forwarded-Name: Ada Lovelace",
		},
		"oauth2-proxy": {
			"X-Forwarded-User: 00u1", "X-Forwarded-Email: ada.lovelace@example.com",
			"X-Forwarded-Groups: Everyone,app-editors", "X-Forwarded-Preferred-Username: ada@example.com",
		},
		"auth-request": {
			"X-Auth-Request-User: 00u1", "X-Auth-Request-Email: ada.lovelace@example.com",
			"X-Auth-Request-Groups: Everyone,app-editors", "X-Auth-Request-Preferred-Username: ada@example.com",
		},
		"remote-user": {
			"Remote-User: ada@example.com", "Remote-Groups: Everyone,app-editors", "Remote-Name: Ada Lovelace",
			"Remote-Email: ada.lovelace@example.com",
		},
		"authentik": {
			"X-Authentik-Username: ada@example.com", "X-Authentik-Groups: Everyone|app-editors",
			"X-Authentik-Email: ada.lovelace@example.com", "X-Authentik-Name: Ada Lovelace", "X-Authentik-Uid: 00u1",
		},
		"mod_auth_openidc": {
			"OIDC_CLAIM_sub: 00u1", "OIDC_CLAIM_email: ada.lovelace@example.com", "OIDC_CLAIM_name: Ada Lovelace",
			"OIDC_CLAIM_preferred_username: ada@example.com", "OIDC_CLAIM_given_name: Ada", "OIDC_CLAIM_family_name: Lovelace",
			"OIDC_CLAIM_groups: Everyone,app-editors",
		},
		"pomerium": {
			"X-Pomerium-Jwt-Assertion: signed", "X-Pomerium-Claim-User: 00u1", "X-Pomerium-Claim-Email: ada.lovelace@example.com",
			"X-Pomerium-Claim-Name: Ada Lovelace", "X-Pomerium-Claim-Groups: Everyone,app-editors",
		},
		"grafana": {
			"X-Webauth-User: ada@example.com", "X-Webauth-Name: Ada Lovelace", "X-Webauth-Email: ada.lovelace@example.com",
			"X-Webauth-Role: editor", "X-Webauth-Groups: Everyone,app-editors",
		},
		"jenkins": {
			"X-Forwarded-User: ada@example.com", "X-Forwarded-Mail: ada.lovelace@example.com",
			"X-Forwarded-Displayname: Ada Lovelace", "X-Forwarded-Groups: Everyone|app-editors",
		},
		"gitea": {
			"X-Webauth-User: ada", "X-Webauth-Email: ada.lovelace@example.com", "X-Webauth-Fullname: Ada Lovelace",
		},
		"sonarqube": {
			"X-Forwarded-Login: ada@example.com", "X-Forwarded-Name: Ada Lovelace",
			"X-Forwarded-Email: ada.lovelace@example.com", "X-Forwarded-Groups: Everyone,app-editors",
		},
		"nexus":  {"X-Sso-User: ada@example.com"},
		"netbox": {"Remote-User: ada@example.com", "Remote-User-Group: Everyone|app-editors"},
		"posit-connect": {
			"X-Auth-Username: ada@example.com", "X-Auth-First-Name: Ada", "X-Auth-Last-Name: Lovelace",
			"X-Auth-Email: ada.lovelace@example.com", "X-Auth-Rsc-Role: editor", "X-Auth-Groups: Everyone,app-editors",
		},
		"opensearch":   {"X-Proxy-User: ada@example.com", "X-Proxy-Roles: Everyone,app-editors"},
		"redash":       {"X-Forwarded-Remote-User: ada.lovelace@example.com"},
		"cloudera-efm": {"X-Webauth-User: ada@example.com"},
		"siteminder": {
			"SM_USER: ada@example.com", "SM_USERNAME: ada@example.com", "SM_FIRSTNAME: Ada", "SM_LASTNAME: Lovelace",
			"Group: Everyone^app-editors",
		},
		"peoplesoft": {"PS_USER: ada@example.com"},
	}
	roles := []identity.Role{{Word: "admin", Groups: []string{"it's", "app-admins"}}, {Word: "editor", Groups: []string{"app-e*"}}}
	for _, p := range identity.Presets() {
		o := identity.Options{}
		if p.Name == "grafana" || p.Name == "posit-connect" {
			o.Roles = roles
		}
		definitions, removeAuthorization, err := identity.ForPreset(p.Name, o)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		if removeAuthorization != (p.Name == "jenkins") {
			t.Errorf("%s: Authorization is removed: %v", p.Name, removeAuthorization)
		}
		fields, problems := compile(t, definitions...).RenderUser(identity.User{Claims: ada, Assertion: "signed"})
		var got []string
		for _, f := range fields {
			got = append(got, f.Name+": "+f.Value)
		}
		if diff := cmp.Diff(want[p.Name], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.Name, diff)
		}
		for _, problem := range problems {
			if problem.Claim != "groups" {
				t.Errorf("%s: %s", p.Name, problem)
			}
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		t.Errorf("there are no presets %v", want)
	}
}

func TestDefaultIsThePresetOfThisName(t *testing.T) {
	definitions, _, err := identity.ForPreset("default", identity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(definitions) != len(identity.Default()) {
		t.Fatal(definitions)
	}
	for i, d := range identity.Default() {
		if got := definitions[i]; got.Name != d.Name || got.Value != d.Value || got.Delimiter != d.Delimiter {
			t.Errorf("%+v, want %+v", got, d)
		}
	}
}

// A preset sets a header that is not removed from what clients send when another
// is in use: the application believes the client.
func TestEveryPresetsNamesAreRemoved(t *testing.T) {
	s := identity.NewScrubber()
	for _, p := range identity.Presets() {
		definitions, _, err := identity.ForPreset(p.Name, identity.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range definitions {
			if !s.Owns(d.Name) {
				t.Errorf("%s: %s is the client's to set", p.Name, d.Name)
			}
		}
		if p.Doc == "" || strings.Contains(p.Doc, "\n") {
			t.Errorf("%s: its line is %q", p.Name, p.Doc)
		}
	}
	if !slices.IsSortedFunc(identity.Presets(), func(a, b identity.Preset) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not sorted")
	}
}

func TestPresetOptions(t *testing.T) {
	definitions, _, err := identity.ForPreset("siteminder", identity.Options{User: "{claim.email|upper}", GroupsDelimiter: ";"})
	if err != nil {
		t.Fatal(err)
	}
	fields, _ := compile(t, definitions...).Render(ada)
	want := []identity.Field{
		header("SM_USER", "ADA.LOVELACE@EXAMPLE.COM"), header("SM_USERNAME", "ADA.LOVELACE@EXAMPLE.COM"),
		header("SM_FIRSTNAME", "Ada"), header("SM_LASTNAME", "Lovelace"), header("Group", "Everyone;app-editors;a^b|c,d"),
	}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Error(diff)
	}

	// In the order in which roles are written, also within one claim.
	definitions, _, err = identity.ForPreset("grafana", identity.Options{Roles: []identity.Role{
		{Word: "Editor", Groups: []string{"app-editors"}}, {Word: "Admin", Groups: []string{"Everyone", "{x}, 'y'=z"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for group, want := range map[string]string{"Everyone": "Admin", "{x}, 'y'=z": "Admin", "app-editors": "Editor", "everyone": "", "x": ""} {
		h := http.Header{}
		fields, _ := compile(t, definitions...).Render(map[string]any{"groups": []any{group}})
		for _, f := range fields {
			h.Set(f.Name, f.Value)
		}
		if got := h.Get("X-WEBAUTH-ROLE"); got != want {
			t.Errorf("%q: %q, want %q", group, got, want)
		}
	}
	fields, _ = compile(t, definitions...).Render(ada)
	if !slices.Contains(fields, header("X-Webauth-Role", "Editor")) {
		t.Error(fields)
	}

	definitions, _, err = identity.ForPreset("nexus", identity.Options{User: `{env.DOMAIN}\{claim.sub}`, Expand: func(string) (string, error) { return "ACME", nil }})
	if err != nil {
		t.Fatal(err)
	}
	fields, _ = compile(t, definitions...).Render(ada)
	if diff := cmp.Diff([]identity.Field{header("X-Sso-User", `ACME\00u1`)}, fields); diff != "" {
		t.Error(diff)
	}

	role := []identity.Role{{Word: "w", Groups: []string{"g"}}}
	for _, c := range []struct {
		preset string
		o      identity.Options
		want   string
	}{
		{"grafanna", identity.Options{}, "did you mean grafana? there are auth-request, authentik, cloudera-efm"},
		{"Jenkins", identity.Options{}, "did you mean jenkins?"},
		{"", identity.Options{}, "there are auth-request"},
		{"redash", identity.Options{Roles: role}, "no header for a role"},
		{"none", identity.Options{Roles: role}, "no header for a role"},
		{"redash", identity.Options{GroupsDelimiter: ";"}, "no header for groups"},
		{"none", identity.Options{User: "{claim.email}"}, "no header for the user's name"},
		{"mod_auth_openidc", identity.Options{User: "{claim.email}"}, "no header for the user's name"},
		{"grafana", identity.Options{User: "{claim.email"}, "not closed"},
		{"grafana", identity.Options{GroupsDelimiter: "\n"}, "delimiter"},
		{"grafana", identity.Options{Roles: []identity.Role{{Word: "", Groups: []string{"g"}}}}, "a role has a word"},
		{"grafana", identity.Options{Roles: []identity.Role{{Word: "w"}}}, "a role has a word"},
		{"grafana", identity.Options{Roles: []identity.Role{{Word: "w", Groups: []string{""}}}}, "a role has a word"},
		{"grafana", identity.Options{Roles: []identity.Role{{Word: "w", Groups: []string{"g\n"}}}}, "control character"},
		{"grafana", identity.Options{Roles: append(role, role...)}, "never reached"},
	} {
		_, _, err := identity.ForPreset(c.preset, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "preset") {
			t.Errorf("%s %+v: %v; want %q in it", c.preset, c.o, err, c.want)
		}
	}
}

func TestScrubberExcept(t *testing.T) {
	s, err := identity.NewScrubberExcept([]string{"group", "X-Authentik-Meta"}, "X-Employee")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"Group": false, "GROUP": false, "X-Authentik-Meta": false, "x_authentik_meta": false,
		"X-Authentik-Username": true, "X-Employee": true, "Remote-User": true,
	} {
		if s.Owns(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	for _, c := range []struct{ keep, want string }{
		{"x_employee", "this configuration sets it"},
		{"X-Company-Role", "this configuration sets it"},
		{"Accept", "nothing to keep"},
		{"X-Authentik-*", "name each header"},
	} {
		_, err := identity.NewScrubberExcept([]string{c.keep}, "X-Employee", "X-Company-*")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.keep, err)
		}
	}
}
