package identity_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

// The header was removed in its own spelling, the client sent X_Forwarded_User
// or X.Forwarded.User, and the application read them as one.
//
// Rows: CVE-2025-64484, CVE-2026-52845.
func TestCVE_2025_64484_AliasedHeaders(t *testing.T) {
	s := identity.NewScrubber("X-Employee")
	for _, name := range []string{"X-Forwarded-User", "X-Employee", "SM_USER", "Remote-User"} {
		for _, spelling := range spellings(name) {
			h := http.Header{spelling: {"admin", "root"}, "Accept": {"*/*"}}
			s.Scrub(h)
			if diff := cmp.Diff(http.Header{"Accept": {"*/*"}}, h); diff != "" {
				t.Errorf("%q:\n%s", spelling, diff)
			}
		}
	}
}

// spellings are a name's forms: each separator as - _ . or doubled, in three
// cases.
func spellings(name string) []string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' })
	forms := []string{words[0]}
	for _, word := range words[1:] {
		var next []string
		for _, form := range forms {
			for _, separator := range []string{"-", "_", ".", "--", "-_", " "} {
				next = append(next, form+separator+word)
			}
		}
		forms = next
	}
	var out []string
	for _, form := range forms {
		out = append(out, form, strings.ToUpper(form), strings.ToLower(form), form+"-", "_"+form)
	}
	return out
}

func TestScrubberOwns(t *testing.T) {
	s := identity.NewScrubber("X-Company-*", "X-Employee")
	for name, want := range map[string]bool{
		"x-authentik-username": true, "X-Authentik-Meta-App": true, "OIDC_CLAIM_sub": true,
		"Oidc-Claim-Groups": true, "X-Pomerium-Claim-Email": true, "X-WEBAUTH-USER": true,
		"X-Goog-Authenticated-User-Email": true, "iv-user": true, "Group": true, "User-Name": true,
		"Remote_User": true, "X-Company-Role": true, "x_employee": true,
		strings.Repeat("X", 100) + "-User": false,
		"Authorization":                    false, "X-Forwarded-For": false, "X-Forwarded-Host": false,
		"X-Forwarded-Proto": false, "Cookie": false, "User-Agent": false, "X-Company": false,
		"X-Companyrole": false, "X-Employees": false, "Groups": false, "": false, "-": false,
		"X-Requested-With": false, "From": false,
	} {
		if got := s.Owns(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

// What Connection names, the proxy removes, after the identity was set. The
// client made the user nobody, and some applications made nobody an
// administrator.
//
// Rows: CVE-2024-45410, CVE-2026-29054, CVE-2025-48865.
func TestCVE_2024_45410_HopByHopStrip(t *testing.T) {
	s := identity.NewScrubber("X-Employee")
	for _, c := range []struct{ in, want []string }{
		{[]string{"close"}, []string{"close"}},
		{[]string{"keep-alive,Upgrade"}, []string{"keep-alive,Upgrade"}},
		{[]string{"close, X-Forwarded-User"}, []string{"close"}},
		{[]string{"Upgrade, x-forwarded-user"}, []string{"Upgrade"}},
		{[]string{"X-FORWARDED-USER,\tX_Employee\t,close , remote.user"}, []string{"close"}},
		{[]string{"x-employee"}, nil},
		{[]string{"close", "x-employee", "Upgrade,x-forwarded-groups"}, []string{"close", "Upgrade"}},
		{[]string{"OIDC_CLAIM_sub, close"}, []string{"close"}},
		{[]string{"close, cookie, X-Forwarded-For, X-Real-IP, Authorization"}, []string{"close"}},
		{[]string{"X-Private-Hop, x-employee"}, []string{"X-Private-Hop"}},
		{[]string{""}, []string{""}},
	} {
		for _, name := range []string{"Connection", "connection", "Trailer"} {
			h := http.Header{name: append([]string(nil), c.in...)}
			s.Scrub(h)
			if name == "Trailer" && strings.Contains(c.in[0], "cookie") {
				continue // those are guarded in Connection only
			}
			if diff := cmp.Diff(c.want, h[name]); diff != "" {
				t.Errorf("%s: %q (-want +got):\n%s", name, c.in, diff)
			}
		}
	}
}

// A connection that goes on as HTTP/2, or as TLS with HTTP in it, carries requests
// that nothing has looked at: with any identity, to any path (h2c smuggling). Other
// protocols than HTTP have no headers.
//
// Rows: S-45.
func TestS45_NoSecondHTTPInAConnection(t *testing.T) {
	s := identity.NewScrubber()
	for _, c := range []struct{ in, want []string }{
		{[]string{"websocket"}, []string{"websocket"}},
		{[]string{"WebSocket,SPDY/3.1"}, []string{"WebSocket,SPDY/3.1"}},
		{[]string{"h2c"}, nil},
		{[]string{"H2C"}, nil},
		{[]string{"websocket, h2c"}, []string{"websocket"}},
		{[]string{"\th2c\t,websocket", "h2c"}, []string{"websocket"}},
		{[]string{"h2", "HTTP/2.0", "http/3", "TLS/1.0, HTTP/1.1", "h2c-14"}, nil},
		{[]string{"tcp"}, []string{"tcp"}},
	} {
		for _, name := range []string{"Upgrade", "upgrade"} {
			h := http.Header{name: append([]string(nil), c.in...)}
			s.Scrub(h)
			if diff := cmp.Diff(c.want, h[name]); diff != "" {
				t.Errorf("%s: %q (-want +got):\n%s", name, c.in, diff)
			}
		}
	}
}

// Rows: S-45.
func TestS45_IdentityInATrailer(t *testing.T) {
	h := http.Header{"X-Forwarded-User": nil, "x_forwarded_user": {"admin"}, "Checksum": {"1"}}
	identity.NewScrubber().ScrubTrailer(h)
	if diff := cmp.Diff(http.Header{"Checksum": {"1"}}, h); diff != "" {
		t.Error(diff)
	}
	identity.NewScrubber().ScrubTrailer(nil)
}

// reference folds as the slowest and most literal reader could.
func reference(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	}), "-")
}

// variables are the names under which applications find a header: in CGI and
// WSGI, behind Apache, and where only case is let go.
func variables(name string) []string {
	upper := strings.ToUpper(name)
	apache := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, upper)
	return []string{"HTTP_" + strings.ReplaceAll(upper, "-", "_"), "HTTP_" + apache, upper}
}

func FuzzScrub(f *testing.F) {
	s := identity.NewScrubber("X-Employee")
	for _, seed := range []string{
		"X-Forwarded-User", "x_forwarded.user", "X--Employee", "_X-EMPLOYEE", "Oidc_Claim_Sub",
		"Connection", "Accept", "X-Forwarded-For", "\x00", "X-Employeé", "x\u2011employee", "K-Employee",
	} {
		f.Add(seed)
	}
	ours := map[string]bool{
		"x-forwarded-user": true, "x-employee": true, "remote-user": true, "sm-user": true, "x-webauth-user": true,
	}
	found := map[string]bool{}
	for _, preset := range identity.Presets() {
		definitions, _, err := identity.ForPreset(preset.Name, identity.Options{})
		if err != nil {
			f.Fatal(err)
		}
		for _, d := range definitions {
			for _, variable := range variables(d.Name) {
				found[variable] = true
			}
		}
	}
	f.Fuzz(func(t *testing.T, name string) {
		h := http.Header{name: {"admin"}, "Connection": {"close, " + name}}
		s.Scrub(h)
		folded := reference(name)
		// ToLower knows letters beyond ASCII that fold into it (the Kelvin sign);
		// header names have none.
		if strings.IndexFunc(name, func(r rune) bool { return r > 0x7e }) >= 0 {
			folded = ""
		}
		mustGo := ours[folded] || strings.HasPrefix(folded, "oidc-claim-")
		if _, there := h[name]; there && mustGo {
			t.Errorf("%q survives", name)
		}
		if mustGo && len(h["Connection"]) > 0 && strings.Contains(h["Connection"][0], name) {
			t.Errorf("%q survives in Connection: %q", name, h["Connection"])
		}
		for left := range h {
			if s.Owns(left) {
				t.Errorf("%q is owned and left", left)
			}
			for _, variable := range variables(left) {
				if found[variable] && folded != "" {
					t.Errorf("%q is left, which an application finds as %s", left, variable)
				}
			}
		}
	})
}
