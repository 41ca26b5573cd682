package caddyauth

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/policy/policytest"
)

// sink is a site in this process: Caddy's own server with a gate and a proxy, and
// in place of the network somebody who keeps what the upstream would get.
type sink struct {
	server *caddyhttp.Server
	gate   *Gate  // the last
	cookie string // of a user who is signed in at all
	got    *http.Request
}

func (s *sink) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body) // its end brings the trailers
	}
	s.got = r.Clone(context.Background())
	return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// newSink sets up a site with these directives; GATE is an okta_auth with these
// lines.
func newSink(t testing.TB, site string, lines ...string) *sink {
	t.Helper()
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	gate := "okta_auth {\nissuer http://127.0.0.1:1/oauth2/default\nclient_id 0oa1\nkey " + strings.Repeat("k", 40) + "\n" + strings.Join(lines, "\n") + "\n}"
	text := "{\n\tadmin off\n\tpersist_config off\n\tlog {\n\t\toutput discard\n\t}\n" +
		// Caddy drops these by itself, which would hide what we let through.
		"\tservers {\n\t\texpected_underscore_headers app_* x_* remote_*\n\t\texpected_dot_headers x.* remote.*\n\t}\n}\nhttp://localhost:8080 {\n" + strings.ReplaceAll(site, "GATE", gate) + "\n}\n"
	data, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	var config caddy.Config
	if err := json.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	ctx, err := caddy.ProvisionContext(&config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caddy.Stop() })
	app, err := ctx.App("http")
	if err != nil {
		t.Fatal(err)
	}
	s := new(sink)
	for _, s.server = range app.(*caddyhttp.App).Servers {
		s.wire(t, s.server.Routes)
	}
	if s.cookie == "" {
		t.Fatal("the site has no gate")
	}
	return s
}

// wire takes the network away and signs a user in at the gates.
func (s *sink) wire(t testing.TB, routes caddyhttp.RouteList) {
	t.Helper()
	for _, route := range routes {
		for _, handler := range route.Handlers {
			switch h := handler.(type) {
			case *caddyhttp.Subroute:
				s.wire(t, h.Routes)
			case *reverseproxy.Handler:
				h.Transport = s
			case *Gate:
				s.gate = h
				// The config never runs, so nobody else takes it down.
				t.Cleanup(func() { _ = h.Cleanup() })
				e, err := h.getEngine(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				user := h.newSession(okta.Claims{"sub": "00u1", "preferred_username": "ada@example.com", "email": "ada@example.com", "name": "Ada", "groups": []any{"Staff"}},
					&okta.Tokens{Access: "a", ID: "i", ExpiresAt: time.Now().Add(time.Hour)})
				r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/", nil)
				token, err := e.store.Save(r.Context(), h.sessionHost(r), "", user)
				if err != nil {
					t.Fatal(err)
				}
				set := make(http.Header)
				h.cookies.session.Write(set, r, token, 0)
				for _, line := range set["Set-Cookie"] {
					cookie, _, _ := strings.Cut(line, ";")
					s.cookie = strings.TrimPrefix(s.cookie+"; "+cookie, "; ")
				}
			}
		}
	}
}

// send sends a request as the bytes of one, and returns what the upstream gets:
// nil where nothing goes on, or where Go does not read the bytes.
func (s *sink) send(raw string) *http.Request {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		return nil
	}
	r.RemoteAddr = "192.0.2.1:1234"
	s.got = nil
	s.server.ServeHTTP(httptest.NewRecorder(), r)
	return s.got
}

// What a rule was judged by is what the upstream gets: whatever the path, and
// whatever rewrites it on the way, a request that passes is below /open/ or public
// for a reader who decodes four times, takes both slashes, cuts parameters off,
// resolves dots and knows no case; and none is below /admin/.
func FuzzJudgedPath(f *testing.F) {
	const public, matchers = "public /public/* /app/public/*", "@admin path /admin/* /app/admin/*\n@open path /open/* /app/open/*\n"
	type layout struct {
		*sink
		allows bool
	}
	var layouts []layout
	for _, site := range []string{
		"GATE\nreverse_proxy u:1",
		"uri strip_prefix /app\nGATE\nreverse_proxy u:1",
		"uri replace /x/ /\nGATE\nreverse_proxy u:1",
		"uri path_regexp /+ /\nGATE\nreverse_proxy u:1",
		"rewrite /old/* /open{path}\nGATE\nreverse_proxy u:1",
		"route {\nGATE\nuri /app/* strip_prefix /app\nreverse_proxy u:1\n}",
		"GATE\nhandle_path /app/* {\nreverse_proxy u:1\n}\nhandle {\nreverse_proxy u:1\n}",
		"handle_path /app/* {\nGATE\nreverse_proxy u:1\n}",
	} {
		layouts = append(layouts,
			layout{newSink(f, matchers+site, public, "deny @admin signed_in", "allow signed_in"), false},
			layout{newSink(f, matchers+site, public, "allow @open signed_in"), true})
	}
	for _, seed := range []string{
		"/", "/public/x", "/open/x", "/admin/x", "/app/open/x", "/app/admin/x", "/old/x", "/x/admin/x", "/public/..;/admin/x", "/public/..%5cadmin/x", "/public/%252e%252e/admin/x", "/public/%00/../admin/x",
		"/admin/%2e%2e/public/x", "/admin%2f..%2fopen%2fx", "/open/..%2fadmin/x", "/open//../admin/x", "/admin%23/../open/x", "/open/.%2e/admin", `/open/..\admin/x`, "//admin/x", "/./admin/x", "/;/admin/x",
		"/admin;a=b/x", "/admin./x", "/admin%20/x", "/ADMIN/x", "/%61dmin/x", "/%2561dmin/x", "/open/%c0%ae%c0%ae/admin/x", "/open/%ef%bc%8f../admin", "/open/...;/admin/x", "/open|/%2e%2e/admin/x",
		"http://localhost/admin/x", "http://localhost/open/../admin/x", "/app/app/admin/x", "/app%2fadmin/x", "/app/x/admin/x", "/AppAdmin/", "/x/%2fadmin/x", "/app;/admin/x", "/open/caf\xc3\xa9", "/open/a%20b?x=/../admin",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		if strings.ContainsAny(target, " \r\n") {
			return
		}
		for i, l := range layouts {
			for _, cookie := range []string{"", "Cookie: " + l.cookie + "\r\n"} {
				got := l.send("GET " + target + " HTTP/1.1\r\nHost: localhost:8080\r\nSec-Fetch-Mode: cors\r\n" + cookie + "\r\n")
				if got == nil {
					continue
				}
				sent := got.URL.RequestURI()
				_, public := policytest.Below(sent, "/public/", "/app/public/")
				_, open := policytest.Below(sent, "/open/", "/app/open/")
				admin, _ := policytest.Below(sent, "/admin/")
				switch nobody := len(got.Header["X-Forwarded-User"]) == 0; {
				case nobody && !public:
					t.Errorf("layout %d: %q passes as public, the upstream gets %q", i, target, sent)
				case !nobody && cookie == "":
					t.Errorf("layout %d: %q is somebody's", i, target)
				case admin:
					t.Errorf("layout %d: %q passes, the upstream gets %q", i, target, sent)
				case !nobody && l.allows && !open:
					t.Errorf("layout %d: %q passes as open, the upstream gets %q", i, target, sent)
				}
			}
		}
	})
}

// The upstream gets no header that some application reads as one of identity,
// but ours: whatever names a client makes up, in the head, in Connection, in a
// trailer.
//
// Rows: S-45, CVE-2025-64484.
func FuzzScrub(f *testing.F) {
	s := newSink(f, "GATE\nreverse_proxy u:1", "optional /optional/*", "identity default grafana jenkins", "header_up X-Employee_Id {claim.email}",
		"proxy_secret X-Gate-Secret this-is-the-secret-of-it", "basic_auth_up app {claim.email}")
	for cookie, user := range map[string]string{"": "", s.cookie: "ada@example.com"} {
		got := s.send("GET /optional/x HTTP/1.1\r\nHost: localhost:8080\r\nApp_Own: 1\r\nCookie: " + cookie + "\r\n\r\n")
		if got == nil || got.Header.Get("X-WebAuth-User") != user || len(got.Header["App_own"]) != 1 {
			f.Fatalf("this would show nothing: %v", got)
		}
	}
	var guardedNames []string
	guarded := []string{"X-Forwarded-User", "X-Forwarded-Groups", "X-WebAuth-User", "X-WEBAUTH-ROLE", "X-Employee_Id", "X-Gate-Secret", "Authorization", "Remote-User", "X-Auth-Request-Email", "X-Authentik-Username"}
	for _, name := range guarded {
		guardedNames = append(guardedNames, squeeze(name))
		f.Add(name, "close")
		f.Add(strings.ToLower(name), name)
		f.Add(strings.ReplaceAll(name, "-", "_"), strings.ToUpper(name)+", x")
		f.Add(strings.ReplaceAll(name, "-", "."), "")
		f.Add(name+"_", "keep-alive,"+name)
	}
	f.Fuzz(func(t *testing.T, name, connection string) {
		const forged = "forged-by-the-client"
		if strings.ContainsAny(name+connection, "\r\n") || strings.EqualFold(name, "cookie") {
			return
		}
		for _, cookie := range []string{"", s.cookie} {
			got := s.send("POST /optional/x HTTP/1.1\r\nHost: localhost:8080\r\nCookie: " + cookie + "\r\nTransfer-Encoding: chunked\r\nTrailer: " + name + "\r\nConnection: " + connection +
				"\r\nAccept: a\r\n" + name + ": " + forged + "\r\n\r\n1\r\na\r\n0\r\n" + name + ": " + forged + "\r\n\r\n")
			if got == nil {
				continue
			}
			for _, fields := range []http.Header{got.Header, got.Trailer} {
				for sent, values := range fields {
					if slices.Contains(values, forged) && slices.Contains(guardedNames, squeeze(sent)) {
						t.Errorf("%q passes as %q", name, sent)
					}
				}
			}
			if !slices.Equal(got.Header["X-Gate-Secret"], []string{"this-is-the-secret-of-it"}) {
				t.Errorf("Connection %q: the secret is %q", connection, got.Header["X-Gate-Secret"])
			}
			if cookie != "" && !slices.Equal(got.Header["X-Forwarded-User"], []string{"ada@example.com"}) {
				t.Errorf("Connection %q: the user is %q", connection, got.Header["X-Forwarded-User"])
			}
		}
	})
}

// squeeze is a name as the most forgetful reader knows it: without case, and with
// whatever stands between words as one mark.
func squeeze(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), "-")
}
