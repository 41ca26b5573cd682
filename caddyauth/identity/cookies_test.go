package identity_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

func TestCookie(t *testing.T) {
	h := compile(t,
		identity.Definition{Name: "app_user", Value: "{claim.c}", Cookie: true},
		identity.Definition{Name: "App_User", Value: "v", Cookie: false},
	)
	if diff := cmp.Diff([][]string{{"App_User"}, {"app_user"}}, [][]string{h.Names(), h.Cookies()}); diff != "" {
		t.Error(diff)
	}
	for value, want := range map[string]string{
		"ada@example.com": "", "a+b": "", "a=b": "", "!#$&'()*+-./:<=>?@[]^_`{|}~": "",
		"a b": "|percent", "a;b=c": "|percent", "a,b": "|percent", `a"b`: "|percent", `a\b`: "|percent", "ë": "|base64url",
		"%61dmin": "decode", "a\nb": "control character",
	} {
		fields, problems := h.Render(map[string]any{"c": value})
		sent := len(fields) == 2 && fields[0] == identity.Field{Name: "app_user", Value: value, Cookie: true}
		if sent != (want == "") || len(problems) > 1 || want != "" && !strings.Contains(problems[0].Reason, want) {
			t.Errorf("%q: %v %v", value, fields, problems)
		}
	}
	h = compile(t, identity.Definition{Name: "user", Value: "{claim.c|percent}", Cookie: true})
	fields, problems := h.Render(map[string]any{"c": "Zoë; %"})
	if len(fields) != 1 || fields[0].Value != "Zo%C3%AB%3B%20%25" || problems != nil {
		t.Errorf("%v %v", fields, problems)
	}
	for _, name := range []string{"", "a b", "a;b", "a=b", "$Version", "ä", "a[b]"} {
		_, err := identity.Compile([]identity.Definition{{Name: name, Value: "v", Cookie: true}})
		if err == nil || !strings.Contains(err.Error(), "not a cookie name") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// The cookie was set, and the application read the one that the client had sent
// under a spelling that it takes for the same.
func TestForgedIdentityCookies(t *testing.T) {
	s := identity.NewCookieScrubber("app_user", "SSO.role")
	for _, c := range []struct{ in, want []string }{
		{nil, nil},
		{[]string{"a=b; c=d"}, []string{"a=b; c=d"}},
		{[]string{"a=b;c=d; "}, []string{"a=b;c=d; "}},
		{[]string{"app_user=admin"}, nil},
		{[]string{"a=b; app_user=admin; c=d"}, []string{"a=b; c=d"}},
		{[]string{"a=b;  APP_USER = admin;app_user=x"}, []string{"a=b"}},
		{[]string{"app.user=admin; app user=admin; app+user=x; App%5fUser=x; %61pp_user=x; app[user=x; c=d"}, []string{"c=d"}},
		{[]string{"app_user[]=admin; app_user[x]=y; app_user%5B0%5D=x; app_user"}, nil},
		{[]string{`"app_user"=admin`, "a=b"}, []string{"a=b"}},
		{[]string{"sso_role=admin; sso.role=x; SSO role=x"}, nil},
		{[]string{"a=b app_user=admin; c=d"}, []string{"c=d"}}, // SimpleCookie
		{[]string{"a=b, app_user =admin; c=d"}, []string{"c=d"}},
		{[]string{`a="b; app_user=admin; c"`}, []string{`a="b; c"`}},
		{[]string{"$Version=1; app_user=x; $Path=/"}, []string{"$Version=1; $Path=/"}},
		{[]string{"_app_user=1; app_user_id=2; xapp_user=3; app-user=4; theme=app_user; last=app_user=5; user=6"},
			[]string{"_app_user=1; app_user_id=2; xapp_user=3; app-user=4; theme=app_user; last=app_user=5; user=6"}},
	} {
		h := http.Header{"X": nil}
		if c.in != nil {
			h["Cookie"] = append([]string(nil), c.in...)
		}
		s.Scrub(h)
		if diff := cmp.Diff(c.want, h["Cookie"]); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.in, diff)
		}
		if _, there := h["Cookie"]; there != (c.want != nil) {
			t.Errorf("%q: an empty header is left", c.in)
		}
	}
	h := http.Header{"Cookie": {"app_user=x; ;;=;"}}
	identity.NewCookieScrubber().Scrub(h)
	if diff := cmp.Diff(http.Header{"Cookie": {"app_user=x; ;;=;"}}, h); diff != "" {
		t.Error(diff)
	}
}

// A quote that is left open would swallow what follows, and the application
// would find nobody signed in.
func TestCookieThatSwallowsOurs(t *testing.T) {
	h := http.Header{"Cookie": {`a="b`, "c=d"}}
	identity.AppendCookies(h, []identity.Field{
		{Name: "user", Value: "ada", Cookie: true}, {Name: "X-User", Value: "ada"}, {Name: "role", Value: "x", Cookie: true},
	})
	if diff := cmp.Diff(http.Header{"Cookie": {`user=ada; role=x; a="b; c=d`}}, h); diff != "" {
		t.Error(diff)
	}
	h = http.Header{}
	identity.AppendCookies(h, []identity.Field{{Name: "X-User", Value: "ada"}})
	if len(h) != 0 {
		t.Error(h)
	}
	identity.AppendCookies(h, []identity.Field{{Name: "user", Value: "ada", Cookie: true}})
	if diff := cmp.Diff(http.Header{"Cookie": {"user=ada"}}, h); diff != "" {
		t.Error(diff)
	}
}

// simpleCookie is how Python reads a Cookie header.
var simpleCookie = regexp.MustCompile(`\s*([\w!#%&'~_` + "`" + `><@,:/$*+\-.^|)(?}{=]+?)\s*=\s*("(?:[^\\"]|\\.)*"|[\w!#%&'~_` + "`" + `><@,:/$*+\-.^|)(?}{=\[\]]*)\s*(?:\s+|;|$)`)

// readers give the names that an application finds in a Cookie header: in PHP,
// old and new, in Python, and with Go's parser and no regard for case.
func readers(header string) []string {
	var names []string
	for pair := range strings.SplitSeq(header, ";") {
		name, _, assigned := strings.Cut(pair, "=")
		if !assigned {
			continue
		}
		for _, name := range []string{name, queryUnescaped(name)} {
			name = strings.TrimLeft(name, " \t")
			array, _, isArray := strings.Cut(name, "[")
			if isArray && strings.Contains(name, "]") {
				name = array
			}
			names = append(names, strings.NewReplacer(".", "_", " ", "_", "[", "_").Replace(name))
		}
	}
	for _, found := range simpleCookie.FindAllStringSubmatch(header, -1) {
		names = append(names, found[1])
	}
	for _, c := range (&http.Request{Header: http.Header{"Cookie": {header}}}).Cookies() {
		names = append(names, strings.ToLower(c.Name))
	}
	return names
}

func queryUnescaped(s string) string {
	decoded, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return decoded
}

func FuzzCookieScrub(f *testing.F) {
	for _, seed := range []string{
		"app_user=x", "a=b; app.user=x; c=d", "a=b app_user=x", `a="; app_user=x"`, "app%5Fuser=x", "app_user[0]=x", "APP_USER=x",
		"a=b, app_user=x", "=app_user=x", "a==app_user =x", ";;=;", "app_user", "x=app_user", "app_user%20=x",
		"+app user=x",
	} {
		f.Add(seed)
	}
	s := identity.NewCookieScrubber("app_user")
	f.Fuzz(func(t *testing.T, header string) {
		// What a server lets through, and one that finds ours signed in ASCII.
		for i := range len(header) {
			if header[i] < ' ' && header[i] != '\t' || header[i] >= 0x7f {
				return
			}
		}
		h := http.Header{"Cookie": {header}}
		s.Scrub(h)
		left := strings.Join(h["Cookie"], "; ")
		for _, name := range readers(left) {
			if name == "app_user" {
				t.Errorf("%q became %q, with the cookie in it", header, left)
			}
		}
		s.Scrub(h)
		if again := strings.Join(h["Cookie"], "; "); again != left {
			t.Errorf("%q became %q, then %q", header, left, again)
		}
	})
}
