package identity_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

func TestRender(t *testing.T) {
	for _, c := range []struct {
		name    string
		value   string // of the definition
		claim   any
		want    string // "": no header
		problem string // in the reason; "": none
	}{
		{"text", "{claim.c}", "ada", "ada", ""},
		{"text in text", "ACME\\{claim.c}!", "ada", "ACME\\ada!", ""},
		{"beyond ASCII", "{claim.c}", "Zoë 営業", "Zoë 営業", ""},
		{"a name with a comma", "{claim.c}", "Lovelace, Ada", "Lovelace, Ada", ""},
		{"true", "{claim.c}", true, "true", ""},
		{"false is a value", "{claim.c}", false, "false", ""},
		{"zero is a value", "{claim.c}", float64(0), "0", ""},
		{"integer", "{claim.c}", float64(12345678), "12345678", ""},
		{"large integer", "{claim.c}", 1e21, "1000000000000000000000", ""},
		{"fraction", "{claim.c}", 0.5, "0.5", ""},
		{"json.Number", "{claim.c}", json.Number("12345678901234567890"), "12345678901234567890", ""},
		{"json.Number with an exponent", "{claim.c}", json.Number("1e6"), "1000000", ""},
		{"json.Number out of range", "{claim.c}", json.Number("1e999999"), "", "out of range"},
		{"infinity", "{claim.c}", math.Inf(1), "", "out of range"},
		{"int", "{claim.c}", 7, "7", ""},
		{"int64", "{claim.c}", int64(-7), "-7", ""},
		{"list", "{claim.c}", []any{"a", "b"}, "a,b", ""},
		{"list of strings", "{claim.c}", []string{"a", "b"}, "a,b", ""},
		{"list of kinds", "{claim.c}", []any{"a", json.Number("1"), true, nil, ""}, "a,1,true", ""},

		{"null", "{claim.c}", nil, "", ""},
		{"empty text", "{claim.c}", "", "", ""},
		{"empty text in text", "ACME\\{claim.c}", "", "", ""},
		{"empty list", "{claim.c}", []any{}, "", ""},
		{"list of nothing", "{claim.c}", []any{"", nil}, "", ""},
		{"one of two missing", "{claim.c}{claim.absent}", "ada", "", ""},

		{"object", "{claim.c}", map[string]any{"a": "b"}, "", "object"},
		{"list in a list", "{claim.c}", []any{"a", []any{"b"}}, "a", "list within a list"},
		{"object in a list", "{claim.c}", []any{map[string]any{}, "a"}, "a", "object"},
		{"of no kind", "{claim.c}", struct{}{}, "", "kind"},
		{"not UTF-8", "{claim.c}", "a\xff", "", "UTF-8"},
		{"too long", "{claim.c}", strings.Repeat("x", identity.MaxValue+1), "", "8192"},
	} {
		h := compile(t, identity.Definition{Name: "X-A", Value: c.value})
		fields, problems := h.Render(map[string]any{"c": c.claim})
		check(t, c.name, fields, problems, c.want, c.problem)
	}
}

func check(t *testing.T, name string, fields []identity.Field, problems []identity.Problem, want, problem string) {
	t.Helper()
	var wantFields []identity.Field
	if want != "" {
		wantFields = []identity.Field{{Name: "X-A", Value: want}}
	}
	if diff := cmp.Diff(wantFields, fields); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	if problem == "" {
		if problems != nil {
			t.Errorf("%s: %v", name, problems)
		}
		return
	}
	if len(problems) != 1 || problems[0].Header != "X-A" || problems[0].Claim != "c" ||
		!strings.Contains(problems[0].Reason, problem) {
		t.Errorf("%s: problems %v, want one with %q", name, problems, problem)
	}
}

// A claim with a lone CR wrote a header of its own. Such a value is not sent at
// all, and the log does not repeat it.
//
// Rows: mod_auth_openidc 2026-05-23.
func TestModAuthOpenIDC_2026_05_23_HeaderInjection(t *testing.T) {
	h := compile(t, identity.Definition{Name: "X-A", Value: "{claim.c}"})
	for _, evil := range []string{
		"canary\r\nX-Admin: 1", "canary\r", "canary\n", "a\x00canary", "canary\x7f", "canary\u0085b", "a\tcanary", "\x1b[31mcanary",
	} {
		fields, problems := h.Render(map[string]any{"c": evil})
		check(t, evil, fields, problems, "", "control character")
		fields, problems = h.Render(map[string]any{"c": []any{"good", evil}})
		check(t, evil, fields, problems, "good", "1 of 2 items left out")
		if strings.Contains(problems[0].String(), "canary") {
			t.Errorf("%q repeats the value", problems[0])
		}
	}
}

// Whoever may name a group "a,Admins" would be an administrator.
//
// Rows: F-28.
func TestF28_GroupThatBecomesTwo(t *testing.T) {
	for _, c := range []struct {
		delimiter string
		claim     any
		want      string
		problem   string
	}{
		{",", []any{"Everyone", "a,Admins"}, "Everyone", "delimiter"},
		{"", []any{"Everyone", "a,Admins"}, "Everyone", "delimiter"},
		{"|", []any{"Everyone", "a,Admins"}, "Everyone|a,Admins", ""},
		{"|", []any{"Everyone", "a|Admins"}, "Everyone", "delimiter"},
		{", ", []any{"Everyone", "a,Admins"}, "Everyone", "delimiter"},
		{", ", []any{"Finance Team", "b"}, "Finance Team, b", ""},
		{"||", []any{"a|", "b"}, "b", "delimiter"},
		{" ", []any{"Everyone", "a Admins"}, "Everyone", "delimiter"},
		{",", []any{"a,Admins"}, "", "1 of 1 items"},
		// The claim is a single text where the application expects a list.
		{",", "a,Admins", "", "delimiter"},
		{",", "Everyone", "Everyone", ""},
		// Split and trimmed, " Admins" is Admins.
		{",", []any{"Everyone", " Admins", "Admins\u00a0"}, "Everyone", "2 of 3 items"},
	} {
		h := compile(t, identity.Definition{Name: "X-A", Value: "{claim.c}", Delimiter: c.delimiter})
		fields, problems := h.Render(map[string]any{"c": c.claim})
		check(t, c.delimiter, fields, problems, c.want, c.problem)
	}
}

// The ends of a header's value are trimmed on arrival: a user who may choose
// the name " admin" would arrive as admin.
func TestWhiteSpaceAtTheEnds(t *testing.T) {
	h := compile(t, identity.Definition{Name: "X-A", Value: "{claim.c}"})
	for _, evil := range []string{" admin", "admin ", " ", "\u3000admin"} {
		fields, problems := h.Render(map[string]any{"c": evil})
		check(t, evil, fields, problems, "", "white space")
	}
}

// A header's value went through the replacer a second time, and a user's name
// read the server's environment.
//
// Rows: CVE-2026-30852.
func TestCVE_2026_30852_PlaceholdersInClaimsStayLiteral(t *testing.T) {
	h := compile(t, identity.Definition{Name: "X-A", Value: "{claim.c}"})
	for _, evil := range []string{
		"{env.OKTA_CLIENT_SECRET}", "{file./etc/passwd}", "{http.request.header.Cookie}", "{{.}}",
		"{claim.other}", "{claim.c}", "$(id)", "%{HTTP_COOKIE}e",
	} {
		fields, problems := h.Render(map[string]any{"c": evil, "other": "secret"})
		check(t, evil, fields, problems, evil, "")
	}
}

func FuzzRender(f *testing.F) {
	h := compile(f, identity.Definition{Name: "X-A", Value: "{claim.c}", Delimiter: ","})
	for _, seed := range []string{
		`"ada"`, `["a","b"]`, `["a,b"," c"]`, `{"a":1}`, `1e300`, `12345678901234567890`, `null`, `"\r\n"`, `[[1]]`, `"{env.X}"`, `"\u0085"`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, claim string) {
		dec := json.NewDecoder(strings.NewReader(claim))
		dec.UseNumber()
		var value any
		if dec.Decode(&value) != nil {
			return
		}
		fields, _ := h.Render(map[string]any{"c": value})
		for _, field := range fields {
			v := field.Value
			if v == "" || strings.TrimSpace(v) != v || strings.ContainsFunc(v, unicode.IsControl) || len(v) > identity.MaxValue {
				t.Errorf("%q was sent", v)
			}
			items := 1
			if list, ok := value.([]any); ok {
				items = len(list)
			}
			if got := len(strings.Split(v, ",")); got > items {
				t.Errorf("%d items became %d", items, got)
			}
		}
	})
}
