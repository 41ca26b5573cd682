package identity_test

import (
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

func TestFunctions(t *testing.T) {
	groups := []any{"app-admins", "app-users", "Everyone"}
	for _, c := range []struct {
		value   string // of the definition
		claim   any
		want    string // "": no header
		problem string // in the reason; "": none
	}{
		{"{claim.c|first}", groups, "app-admins", ""},
		{"{claim.c|first}", "ada", "ada", ""},
		{"{claim.c|first}", []any{}, "", ""},
		{"{claim.c|first}", []any{nil, "", "b"}, "b", ""},

		{"{claim.c|split(;)}", "a;b;;c", "a,b,c", ""},
		{"{claim.c|split(', ')|join(|)}", "a, b", "a|b", ""},
		{"{claim.c|split(;)}", []any{"a;b", "c"}, "a,b,c", ""},
		{"{claim.c|split(;)}", "a; b", "a", "white space"},
		{"{claim.c|split(;)}", ";", "", ""},

		{"{claim.c|join(' ')}", groups, "app-admins app-users Everyone", ""},
		{"{claim.c|join(;)}", []any{"a;b", "c"}, "c", "1 of 2 items left out"},
		{"{claim.c|join(;)}", []any{"a\nb", "c"}, "c", "control character"},
		{"{claim.c|join(,)}", "a,b", "a,b", ""},
		{"{claim.c|join(,)|split(,)|join(;)}", groups, "app-admins;app-users;Everyone", ""},

		{"{claim.c|lower}", "Ada.ÉCOLE", "ada.école", ""},
		{"{claim.c|upper}", []any{"a", "é"}, "A,É", ""},

		{"{claim.c|local_part}", "ada@example.com", "ada", ""},
		{"{claim.c|local_part}", "ada", "ada", ""},
		{"{claim.c|local_part}", []any{"ada@example.com", "b@"}, "ada", "1 of 2 items"},

		{`{claim.c|prefix(ACME\)}`, "ada", `ACME\ada`, ""},
		{"{claim.c|prefix('cn=')}", []any{"a", "b"}, "cn=a,cn=b", ""},
		{"{claim.c|prefix(x)}", nil, "", ""},

		{"{claim.c|replace('@.*', '')}", "ada@example.com", "ada", ""},
		{"{claim.c|replace('^(\\w+)@(\\w+)\\..*$', '$2\\${1}')}", "ada@acme.com", `acme\ada`, ""},
		{"{claim.c|replace(^app-, )}", groups, "admins,users,Everyone", ""},
		{"{claim.c|replace('(?P<n>a)', '${n}$$')}", "ada", "a$da$", ""},
		{"{claim.c|replace('.*', '')}", "ada", "", ""},
		{"{claim.c|replace('[{]1,2}', '-')}", "a{1,2}b", "a-b", ""},
		{"{claim.c|replace('\\s+', ' ')}", "a\r\nb", "a b", ""},

		{"{claim.c|filter(app-*)}", groups, "app-admins,app-users", ""},
		{"{claim.c|filter(*-users, Everyone)}", groups, "app-users,Everyone", ""},
		{"{claim.c|filter(APP-*)}", groups, "", ""},
		{"{claim.c|filter(app-*)}", "app-users", "app-users", ""},
		{"{claim.c|filter(app-*)}", "Everyone", "", ""},

		{"{claim.c|map(app-admins=Admin, app-users=User)}", groups, "Admin,User", ""},
		{"{claim.c|map(app-admins=Admin, *=User)}", groups, "Admin,User", ""},
		{"{claim.c|map(app-*=User)}", groups, "User", ""},
		{"{claim.c|map('Every''one'=x, Every one = y z , 'a=b'=c=d)}", []any{"Every'one", "Every one", "a=b"}, "x,y z,c=d", ""},
		{"{claim.c|map(a=b)}", "c", "", ""},
		{"{claim.c|map(a=b, *=z)}", nil, "", ""},

		{"{claim.c|choose(app-admins=Admin, app-users=Editor)}", groups, "Admin", ""},
		{"{claim.c|choose(app-users=Editor, app-admins=Admin)}", groups, "Editor", ""},
		{"{claim.c|choose(none=Admin)}", groups, "", ""},
		{"{claim.c|choose(none=Admin, *=Viewer)}", groups, "Viewer", ""},
		{"{claim.c|choose(none=Admin, *=Viewer)}", nil, "Viewer", ""},
		{"{claim.c|choose(none=Admin, *=Viewer)}", map[string]any{}, "", "object"},
		{"{claim.c|choose(none=Admin, *=Viewer)}", []any{[]any{"none"}}, "", "list within a list"},
		{"{claim.c|choose(app-*=a, Every*=e)}", "Everyone", "e", ""},

		{"{claim.c|base64}", "a?b>c~", "YT9iPmN+", ""},
		{"{claim.c|base64url}", "a?b>c~\u00ff", "YT9iPmN-w78", ""},
		{"{claim.c|base64}", "a\r\n", "YQ0K", ""},
		{"{claim.c|join(,)|base64}", []any{"a", "b"}, "YSxi", ""},
		{"{claim.c|rfc8187}", "Zoë O'Hara", "UTF-8''Zo%C3%AB%20O%27Hara", ""},
		{"{claim.c|percent}", "a b/ë~\n", "a%20b%2F%C3%AB~%0A", ""},
		{"{claim.c|json}", []any{"a\"b", "ë", "😀", "\u007f", "\r\n"}, `["a\"b","\u00eb","\ud83d\ude00","\u007f","\r\n"]`, ""},
		{"{claim.c|json}", "<ada>", `"\u003cada\u003e"`, ""},
		{"{claim.c|json}", nil, "", ""},
		{"{claim.c|latin1}", "Zoë", "Zo\xeb", ""},
		{"É {claim.c|upper|latin1}", "zoë", "\xc9 ZO\xcb", ""},
		{"{claim.c|latin1}", "Zoë 営業", "", "ISO-8859-1"},
		{"{claim.c|latin1}", "a\u0085b", "", "control character"},
		{"{claim.c|latin1}", "admin\u00a0", "", "white space"},

		{"{claim.c|max(3)}", "abc", "abc", ""},
		{"{claim.c|max(3)}", "abcd", "", "4 bytes"},
		{"{claim.c|max(3)}", []any{"abcd", "abc"}, "abc", "1 of 2 items"},
		{"{claim.c|join(,)|max(3)}", []any{"ab", "cd"}, "", "5 bytes"},

		{"{claim.c | filter( app-* ) | first | upper }!", groups, "APP-ADMINS!", ""},
		{"{claim.c|lower}", "a\xff", "", "UTF-8"},
		{"{claim.c|lower}", "a\nb", "", "control character"},
	} {
		h := compile(t, identity.Definition{Name: "X-A", Value: c.value})
		fields, problems := h.Render(map[string]any{"c": c.claim})
		check(t, c.value, fields, problems, c.want, c.problem)
	}
}

// Where the definition has a delimiter, a text is looked through for it, but not
// one that was just made of a list.
func TestDelimiterAfterFunctions(t *testing.T) {
	for _, c := range []struct {
		value string
		claim any
		want  string
		why   string
	}{
		{"{claim.c|json}", []any{"a", "b"}, `["a","b"]`, ""},
		{"{claim.c|join(,)}", []any{"a", "b"}, "a,b", ""},
		{"{claim.c|first}", []any{"a,b"}, "", "delimiter"},
		{"{claim.c|lower}", "A,B", "", "delimiter"},
		{"{claim.c|percent}", []any{"a,b", "c"}, "a%2Cb,c", ""},
	} {
		h := compile(t, identity.Definition{Name: "X-A", Value: c.value, Delimiter: ","})
		fields, problems := h.Render(map[string]any{"c": c.claim})
		check(t, c.value, fields, problems, c.want, c.why)
	}
}

func TestFunctionsRefuse(t *testing.T) {
	for value, want := range map[string]string{
		"{claim.c|lowr}":                         "did you mean lower? there are base64, base64url, choose",
		"{claim.c|Lower}":                        "did you mean lower?",
		"{claim.c|frobnicate}":                   `no function "frobnicate": there are base64`,
		"{claim.c|}":                             `no function ""`,
		"{claim.c||lower}":                       `no function ""`,
		"{claim.c|lower(x)}":                     "lower has 1 arguments: write lower",
		"{claim.c|join}":                         "join has 0 arguments: write join(SEPARATOR)",
		"{claim.c|join()}":                       "join has 0 arguments",
		"{claim.c|join('')}":                     "separator is empty",
		"{claim.c|split('')}":                    "separator is empty",
		"{claim.c|replace(a)}":                   "replace(REGEX, SUBSTITUTION)",
		"{claim.c|replace('(', x)}":              "RE2",
		"{claim.c|replace('(a)', '$1x')}":        "${1}",
		"{claim.c|replace('(a)', '${2}')}":       `group "2"`,
		"{claim.c|replace('(a)', 'US$')}":        "$$",
		"{claim.c|replace((a), x)}":              "single quotes",
		"{claim.c|replace(a{2}, x)}":             "single quotes",
		"{claim.c|replace(it's, x)}":             "single quotes",
		"{claim.c|replace('a'b, x)}":             "single quotes",
		"{claim.c|replace('a, x)}":               "quote ' is not closed",
		"{claim.c|filter()}":                     "filter has 0 arguments",
		"{claim.c|filter(a,)}":                   "pattern",
		"{claim.c|filter(a":                      "a ) is missing",
		"{claim.c|map(a)}":                       "FROM=TO",
		"{claim.c|map(a=)}":                      "empty side",
		"{claim.c|map(=a)}":                      "empty side",
		"{claim.c|map(*=a, b=c)}":                "never reached",
		"{claim.c|map(a=b, a=c)}":                "never reached",
		"{claim.c|choose(*=a, *=b)}":             "never reached",
		"{claim.c|max(0)}":                       `"0" is not a number of bytes`,
		"{claim.c|max(8193)}":                    "8192",
		"{claim.c|max(x)}":                       `"x"`,
		"{claim.c|latin1|base64}":                "must be the last",
		"{claim.c|lower upper}":                  "no function",
		"{claim.c|join(,) upper}":                "after a function",
		"{claim.c|join(,){":                      "after a function",
		"{claim.c|lower":                         "not closed",
		"{claim.c|join(,)":                       "not closed",
		"{token.refresh}":                        "the tokens are {token.access}, {token.id} and {token.assertion}",
		"{claim.c|replace('(?P<n>a)', '${no}')}": `group "no"`,
	} {
		_, err := identity.Compile([]identity.Definition{{Name: "X-A", Value: value}})
		switch {
		case err == nil:
			t.Errorf("%s: no error", value)
		case !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v; want %q in it", value, err, want)
		case !strings.Contains(err.Error(), `identity header "X-A"`):
			t.Errorf("%s: %v does not name the header", value, err)
		}
	}
}

// Somebody may choose a user name with the Kelvin sign in it, and lower case
// makes a k of that: they would be the user Kim. The dotless i and the long s do
// the same in upper case.
func TestLetterThatBecomesAnother(t *testing.T) {
	for _, c := range []struct{ value, claim, want string }{
		{"{claim.c|lower}", "\u212aIM", "\u212aim"},
		{"{claim.c|lower}", "ADM\u0130N", "adm\u0130n"},
		{"{claim.c|upper}", "adm\u0131n", "ADM\u0131N"},
		{"{claim.c|upper}", "\u017fysadmin", "\u017fYSADMIN"},
	} {
		h := compile(t, identity.Definition{Name: "X-A", Value: c.value})
		fields, problems := h.Render(map[string]any{"c": c.claim})
		check(t, c.claim, fields, problems, c.want, "")
	}
}

// An address with two @ was taken for one of the last domain, and its first part
// for the name of a user there.
func TestLocalPartOfNoAddress(t *testing.T) {
	h := compile(t, identity.Definition{Name: "X-A", Value: "{claim.c|local_part}"})
	for _, evil := range []string{"admin@evil.example@example.com", "@example.com", "admin@", "@", "admin@@example.com"} {
		fields, problems := h.Render(map[string]any{"c": evil})
		check(t, evil, fields, problems, "", "e-mail address")
	}
}

// A few substitutions that double a value make 2^n of it.
func TestValueThatGrows(t *testing.T) {
	value := "{claim.c" + strings.Repeat("|replace('(.+)', '$1$1')", 60) + "}"
	h := compile(t, identity.Definition{Name: "X-A", Value: value})
	fields, problems := h.Render(map[string]any{"c": "ada"})
	check(t, value, fields, problems, "", "more than 1048576 bytes")
}
