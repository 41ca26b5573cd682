package e2e

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// newPeopleWorld has a user with a profile, whose browser it returns; the config
// changes as a test goes on.
func newPeopleWorld(t *testing.T) (*world, *Browser) {
	t.Helper()
	w := newRuledWorld(t, map[string]claims{"zoe@example.com": {
		"name": "Zoë Müller", "groups": []string{"Everyone", "eng-web", "eng-db", "a;b", "c,d"}, "employeeNumber": 42, "title": "Chef de Cuisine", "email": "Zoe.Mueller@example.com",
		"address": map[string]any{"country": "DE"}, "sites": "berlin paris",
	}}, nil)
	return w, w.as("zoe@example.com", "/")
}

// rerun runs the site with other lines; who was signed in still is.
func (w *world) rerun(lines ...string) {
	w.Helper()
	w.rerunAs(Caddyfile(w.org, w.echo, lines...))
}

func (w *world) rerunAs(caddyfile string) {
	w.Helper()
	w.site.write(caddyfile)
	w.site.Restart()
}

// Each preset as the application behind it reads it; what was the default before
// is gone, and a forged copy of either is.
func TestIdentityPresetsReachTheApplication(t *testing.T) {
	t.Parallel()
	w, b := newPeopleWorld(t)
	const user, name, mail, groups = "zoe@example.com", "Zoë Müller", "Zoe.Mueller@example.com", "Everyone,eng-web,eng-db,a;b"
	for _, c := range []struct {
		lines []string
		want  map[string]string // "" is none
	}{
		{nil, map[string]string{"X-Forwarded-User": user, "X-Forwarded-Name": name, "X-Forwarded-Groups": groups, "Authorization": "Bearer of-the-client", "X-WEBAUTH-USER": ""}},
		{[]string{"identity none"}, map[string]string{"X-Forwarded-User": "", "X-Forwarded-Email": "", "X-WEBAUTH-USER": ""}},
		{[]string{"identity grafana {\n role Admin Admins\n role Editor eng-*\n role Viewer *\n}"},
			map[string]string{"X-WEBAUTH-USER": user, "X-WEBAUTH-NAME": name, "X-WEBAUTH-EMAIL": mail, "X-WEBAUTH-GROUPS": groups, "X-WEBAUTH-ROLE": "Editor", "X-Forwarded-User": "", "Authorization": "Bearer of-the-client"}},
		{[]string{"identity jenkins"}, map[string]string{"X-Forwarded-User": user, "X-Forwarded-Mail": mail, "X-Forwarded-DisplayName": name, "X-Forwarded-Groups": "Everyone|eng-web|eng-db|a;b|c,d", "Authorization": "", "X-Forwarded-Email": ""}},
		{[]string{"identity remote-user {\n user {claim.email|local_part|lower}\n groups_delimiter ;\n}"}, map[string]string{"Remote-User": "zoe.mueller", "Remote-Groups": "Everyone;eng-web;eng-db;c,d", "Remote-Name": name, "Remote-Email": mail, "X-Forwarded-User": ""}},
		{[]string{"identity default grafana", "header_up X-Forwarded-User {claim.employeeNumber}"}, map[string]string{"X-Forwarded-User": "42", "X-WEBAUTH-USER": user, "X-Forwarded-Email": mail, "X-WEBAUTH-ROLE": ""}},
		{[]string{"identity none", "remove_authorization"}, map[string]string{"Authorization": ""}},
	} {
		w.rerun(c.lines...)
		w.echo.Reset()
		answer := b.Get("/app", "Authorization: Bearer of-the-client", "X-Forwarded-User: "+forged, "X-Forwarded-Groups: "+forged, "X-WebAuth-User: "+forged, "X-WebAuth-Role: "+forged,
			"X-WebAuth-Groups: "+forged, "Remote-User: "+forged, "X-Forwarded-Mail: "+forged, "X-Forwarded-Email: "+forged, "Remote-Email: "+forged)
		if answer.Status != http.StatusOK {
			t.Fatalf("%q: %d %s", c.lines, answer.Status, answer.Body)
		}
		got := w.echo.Last(t)
		for header, want := range c.want {
			if want == "" {
				expectHeader(t, got, header)
			} else {
				expectHeader(t, got, header, want)
			}
		}
		for _, line := range got.Header {
			if line[1] == forged {
				t.Errorf("%q: the application got %q", c.lines, line)
			}
		}
	}
}

// A header takes the place of a preset's, and a claim the shape that the
// application wants; what does not fit is left out whole.
func TestHeaderUpShapings(t *testing.T) {
	t.Parallel()
	w, b := newPeopleWorld(t)
	var lines []string
	want := map[string]string{}
	for i, c := range [][2]string{
		{`{claim.groups|filter(eng-*)|join(;)}`, "eng-web;eng-db"},
		{`"{claim.groups | choose(admins=Admin, eng-*=Engineer, *=User)}"`, "Engineer"},
		{`{claim.groups|map(eng-web=web,eng-db=data)}`, "web,data"},
		{`{claim.groups|first}`, "Everyone"},
		{`{claim.groups|join(|)}`, "Everyone|eng-web|eng-db|a;b|c,d"},
		{`{claim.email|local_part|upper}`, "ZOE.MUELLER"},
		{`{claim.email|lower|prefix(ACME\)}`, `ACME\zoe.mueller@example.com`},
		{"`{claim.email|replace('^([^.]+)\\.(.+)@.*$', '${2} ${1}')}`", "Mueller Zoe"},
		{`"{claim.sites|split(' ')|join(+)}"`, "berlin+paris"},
		{`{claim.name|rfc8187}`, "UTF-8''Zo%C3%AB%20M%C3%BCller"},
		{`{claim.name|percent}`, "Zo%C3%AB%20M%C3%BCller"},
		{`{claim.name|base64url}`, base64.RawURLEncoding.EncodeToString([]byte("Zoë Müller"))},
		{`{claim.name}`, "Zoë Müller"},
		{`{claim.name|latin1}`, "Zo\xeb M\xfcller"},
		{`{claim.name|max(5)}`, ""},
		{`{claim.address.country}`, "DE"},
		{`{claim.address|json}`, ""},
		{`{claim.employeeNumber}`, "42"},
		{`{claim.nobody-has-it}`, ""},
		{`"{claim.title}, {claim.nobody-has-it}"`, ""},
		{`"{claim.title} {claim.employeeNumber}"`, "Chef de Cuisine 42"},
		{`fixed`, "fixed"},
	} {
		name := fmt.Sprintf("X-H%02d", i)
		lines, want[name] = append(lines, "header_up "+name+" "+c[0]), c[1]
	}
	w.rerun(lines...)
	b.Get("/app")
	got := w.echo.Last(t)
	for i, line := range lines {
		name := strings.Fields(line)[1]
		if want[name] == "" {
			expectHeader(t, got, name)
		} else if values := got.Values(name); len(values) != 1 || values[0] != want[name] {
			t.Errorf("%s: %q, want %q", lines[i], values, want[name])
		}
	}
}

// An application that knows nothing but Basic gets it from us, for signed-in
// users, and never what a client says: not on any path.
//
// Rows: S-45.
func TestS45_ClientCannotForgeBasicCredentials(t *testing.T) {
	t.Parallel()
	w, b := newPeopleWorld(t)
	w.rerun("basic_auth_up {claim.email|local_part} {env.HOME}x", "public /public/*", "optional /optional/*")
	mine := "Basic " + base64.StdEncoding.EncodeToString([]byte("Zoe.Mueller:"+w.site.Storage+"x"))
	for _, c := range []struct {
		b    *Browser
		path string
		want []string
	}{{b, "/app", []string{mine}}, {b, "/optional/x", []string{mine}}, {b, "/public/x", nil}, {w.browser(), "/public/x", nil}, {w.browser(), "/optional/x", nil}} {
		for _, forgery := range []string{"Authorization: Basic cm9vdDpyb290", "authorization: Bearer x", "AUTHORIZATION: Digest x", "Authorization:", "X-Own: 1"} {
			w.echo.Reset()
			c.b.Get(c.path, forgery)
			expectHeader(t, w.echo.Last(t), "Authorization", c.want...)
		}
	}
}

// PHP, Python and others read app.user, app_user[x] and "app user" as app_user.
//
// Rows: S-45.
func TestS45_ClientCannotForgeAnIdentityCookie(t *testing.T) {
	t.Parallel()
	w, b := newPeopleWorld(t)
	w.rerun("cookie_up app_user {claim.email|percent}", "cookie_up app_groups {claim.groups|filter(eng-*)|join(.)}", "optional /optional/*", "header_up X-Own {claim.email}")
	session := b.Jar.For(mustParse(w.site.URL))
	for _, cookie := range []string{
		"app_user=VALUE", "app_user=VALUE; app_user=VALUE", "APP_USER=VALUE", "app.user=VALUE", "app%5fuser=VALUE", "app%5Fuser=VALUE", "app user=VALUE", "app_user[0]=VALUE", "app[user=VALUE", "\tapp_user=VALUE", `"app_user"=VALUE`, "x=1,app_user=VALUE", "x=1 app_user=VALUE", `x="; app_user=VALUE`,
		"$Version=1; app_user=VALUE", "app_user =VALUE", "app+user=VALUE", "app_user", "app_groups=VALUE; App.Groups=VALUE",
	} {
		forgery := strings.ReplaceAll(cookie, "VALUE", forged)
		for _, c := range []struct{ path, session, want string }{
			{"/app", session, "app_user=Zoe.Mueller%40example.com; app_groups=eng-web.eng-db; own=1"}, {"/optional/x", "", "own=1"},
		} {
			w.echo.Reset()
			w.site.Raw("GET " + c.path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " + strings.TrimSuffix("own=1; "+c.session, "; ") + "\r\nCookie: " + forgery + "\r\n\r\n")
			got := strings.Join(w.echo.Last(t).Values("Cookie"), "; ")
			if strings.Contains(got, forged) || strings.Contains(got, "okta_auth") || !strings.HasPrefix(got, c.want) {
				t.Errorf("%s with %q: the application got %q", c.path, cookie, got)
			}
		}
	}
}

// The secret that proves that a request came through the gate goes with each that
// does, of anybody; a client's own copies never arrive, nor can Connection remove
// ours.
//
// Rows: S-45.
func TestS45_ProxySecretCannotBeForgedOrRemoved(t *testing.T) {
	t.Parallel()
	const secret = "a-secret-of-24-characters"
	w, b := newPeopleWorld(t)
	w.rerun("proxy_secret X-Gate-Secret "+secret, "public /public/*", "optional /optional/*")
	for _, cookie := range []string{"", "Cookie: " + b.Jar.For(mustParse(w.site.URL)) + "\r\n"} {
		for _, path := range []string{"/public/x", "/optional/x", "/app"} {
			w.echo.Reset()
			w.site.Raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close, x-gate-secret\r\n" + cookie + "X-Gate-Secret: " + forged + "\r\nx_gate_secret: " + forged + "\r\nX.Gate.Secret: " + forged + "\r\nX-GATE-SECRET: " + secret + "\r\n\r\n")
			if path == "/app" && cookie == "" {
				if len(w.echo.Requests()) > 0 {
					t.Errorf("passed without a session")
				}
				continue
			}
			expectHeader(t, w.echo.Last(t), "X-Gate-Secret", secret)
		}
	}
}

// The application gets a token of the user where the config asks for it, and no
// other: by default none, and never an own header of the client's in its place.
//
// Rows: S-28.
func TestS28_TokensReachTheApplicationOnlyWhereAskedFor(t *testing.T) {
	t.Parallel()
	w, b := newPeopleWorld(t)
	tokens := func() (found []string) {
		w.echo.Reset()
		if answer := b.Get("/app", "Authorization: Bearer of-the-client"); answer.Status != http.StatusOK || jwtLike.MatchString(fmt.Sprint(answer.Header)) {
			t.Errorf("%d %v", answer.Status, answer.Header)
		}
		for _, line := range w.echo.Last(t).Header {
			if jwtLike.MatchString(line[1]) {
				found = append(found, line[0])
			}
		}
		return found
	}
	if got := tokens(); len(got) > 0 {
		t.Errorf("by default the application gets a token in %q", got)
	}
	w.rerun(`header_up Authorization "Bearer {token.access}"`)
	if got := tokens(); len(got) != 1 || got[0] != "Authorization" {
		t.Errorf("the token is in %q", got)
	}
	if got := w.echo.Last(t).Values("Authorization"); len(got) != 1 || !strings.HasPrefix(got[0], "Bearer eyJ") {
		t.Error("the application did not get the access token, and nothing else")
	}
	w.rerun("identity default")
	if got := tokens(); len(got) > 0 {
		t.Errorf("when it is no longer asked for, the application gets a token in %q", got)
	}
}

// What an operator lets clients send is warned about at load, and is the client's
// again.
func TestKeepClientHeaderWarns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "identity grafana", "keep_client_header X-Forwarded-User", "public /public/*")
	if got := w.site.Log.Find("a client may send this header"); len(got) != 1 || got[0]["level"] != "warn" || got[0]["keep_client_header"] != "X-Forwarded-User" {
		t.Errorf("the log has %v", got)
	}
	for _, b := range []*Browser{w.signedIn(), w.browser()} {
		b.Get("/public/x", "X-Forwarded-User: theirs", "X-WebAuth-User: "+forged, "X-Forwarded-Email: "+forged)
		got := w.echo.Last(t)
		expectHeader(t, got, "X-Forwarded-User", "theirs")
		expectHeader(t, got, "X-WebAuth-User")
		expectHeader(t, got, "X-Forwarded-Email")
	}
}

// A user of many groups has a small session where the application needs a
// few, and the rules, headers and placeholders see just these.
func TestGroupFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	groups := []string{"app-users", "app-admins"}
	for i := range 60 {
		groups = append(groups, fmt.Sprintf("Department of %x", i*7919))
	}
	w.org.AddUser(oktasim.User{Login: "many@example.com", Password: "pw", Groups: groups})
	size := func() int {
		b := w.as("many@example.com", "/")
		return len(b.Jar.For(mustParse(w.site.URL)))
	}
	whole := size()
	w.rerun("group_filter app-*", "allow group app-users")
	b := w.as("many@example.com", "/")
	filtered := len(b.Jar.For(mustParse(w.site.URL)))
	b.Get("/")
	expectHeader(t, w.echo.Last(t), "X-Forwarded-Groups", "app-users,app-admins")
	if whole-filtered < 500 {
		t.Errorf("the session of 62 groups has %d bytes, that of 2 has %d", whole, filtered)
	}
	err := w.site.Reload(Caddyfile(w.org, w.echo, "group_filter app-*", "allow {\n any {\n group app-users\n not group Finance\n }\n}"))
	if err == nil || !strings.Contains(err.Error(), "which group_filter drops: add it to group_filter") {
		t.Errorf("a rule about a group that is dropped: %v", err)
	}
}

// What the org says beyond what the config uses makes no session larger.
//
// Rows: S-28.
func TestS28_SessionKeepsNoClaimThatNobodyUses(t *testing.T) {
	t.Parallel()
	more := claims{}
	for i := range 20 {
		more[fmt.Sprintf("claim%d", i)] = strings.Repeat(fmt.Sprintf("%x", i*104729), 20)
	}
	w := newRuledWorld(t, map[string]claims{"u1@example.com": {}, "u2@example.com": more}, []string{"claims claim0"})
	size := func(login string) int { return len(w.as(login, "/").Jar.For(mustParse(w.site.URL))) }
	// One claim is used. What remains of a difference is chance: ids of random
	// characters, made smaller a little more or less.
	if small, large := size("u1@example.com"), size("u2@example.com"); large-small > 300 {
		t.Errorf("sessions of %d and %d bytes", small, large)
	}
}
