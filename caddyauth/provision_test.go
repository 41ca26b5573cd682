package caddyauth

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// validate does what "caddy validate" does, in this process.
func validate(t *testing.T, caddyfile string) error {
	t.Helper()
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	head := "{\n\tadmin off\n\tpersist_config off\n\tstorage file_system " + t.TempDir() + "\n}\n"
	data, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(head+caddyfile), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatal(err)
	}
	var config caddy.Config
	if err := json.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	return caddy.Validate(&config)
}

// site is a site block at an address, with these lines beside issuer and client.
func siteBlock(address string, lines ...string) string {
	return address + " {\n\tokta_auth {\n\t\tissuer https://acme.okta.com/oauth2/default\n\t\tclient_id 0oa1\n\t\t" +
		strings.Join(lines, "\n\t\t") + "\n\t}\n\treverse_proxy localhost:1\n}\n"
}

// public_url defaults to the site's single address when that is https or
// loopback; anything else is a load error that gives the line to write. It is
// never taken from a request.
//
// Rows: S-55.
func TestS55_PublicURLDefault(t *testing.T) {
	for _, test := range []struct{ name, config, want string }{
		{"https", siteBlock("app.example.com"), ""},
		{"https with a port", siteBlock("https://app.example.com:8443"), ""},
		{"loopback", siteBlock("http://localhost:8080"), ""},
		{"loopback address", siteBlock("http://127.0.0.1:8080"), ""},
		{"two sites", siteBlock("a.example.com") + siteBlock("b.example.com"), ""},
		{"plain http", siteBlock("http://app.example.com"), "public_url https://app.example.com"},
		{"port only", siteBlock(":8080"), "names no host"},
		{"two addresses", siteBlock("a.example.com, b.example.com"), "several addresses"},
		{"wildcard", siteBlock("*.example.com", "# tls is not set up"), "stands for several hosts"},
		{"wildcard with redirect_uri", siteBlock("*.example.com", "redirect_uri https://login.example.com/cb"), ""},
		{"behind a TLS proxy", siteBlock("http://:8080", "public_url https://app.example.com"), ""},
		{"one good, one bad", siteBlock("a.example.com") + siteBlock("http://b.example.com"), "http://b.example.com"},
	} {
		t.Run(test.name, func(t *testing.T) { expect(t, validate(t, test.config), test.want) })
	}
}

// Mistakes that the Caddyfile parser cannot see name field, value and fix.
//
// Rows: S-55, ToB #275.
func TestS55_ValidateErrors(t *testing.T) {
	t.Setenv("BAD_ISSUER", "acme.okta.com")
	t.Setenv("SHORT_KEY", "hunter2-hunter2")
	for _, test := range []struct{ name, line, want string }{
		{"issuer from the environment", "issuer {env.BAD_ISSUER}", `issuer "acme.okta.com" is not an address`},
		{"secret that is not set", "client_secret {env.NOT_SET_ANYWHERE}", `client_secret is "{env.NOT_SET_ANYWHERE}"`},
		{"secret file that is not there", "client_secret {file./does/not/exist}", "client_secret"},
		{"short key", "key {env.SHORT_KEY}", "openssl rand -base64 32"},
		{"scopes without openid", "scopes profile email", `"openid"`},
		{"none and another preset", "identity none grafana", "identity none sends nothing"},
		{"a header twice", "header_up X-A {claim.sub}\nheader_up x_a {claim.email}", "X-A and x_a are one header"},
		{"Basic and Authorization", "basic_auth_up {claim.sub} secret\nheader_up Authorization x", "Authorization and Authorization are one header"},
		{"recheck at every request", "recheck 100ms", "recheck 100ms: at least 1s"},
		{"placeholder in a header", "header_up X-A {env.NOT_SET_ANYWHERE}", "set the variable or file that it names"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := siteBlock("app.example.com", test.line)
			if strings.HasPrefix(test.line, "issuer") {
				config = strings.Replace(config, "issuer https://acme.okta.com/oauth2/default\n", "", 1)
			}
			err := validate(t, config)
			expect(t, err, test.want)
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error quotes a secret: %v", err)
			}
		})
	}
}

// Validating a config makes no key: it would be made by whoever checks a config,
// on whatever machine.
func TestValidateMakesNoKey(t *testing.T) {
	storage := t.TempDir()
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	data, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte("{\n\tadmin off\n\tpersist_config off\n\tstorage file_system "+storage+"\n}\n"+siteBlock("app.example.com")), nil)
	if err != nil {
		t.Fatal(err)
	}
	var config caddy.Config
	if err := json.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	if err := caddy.Validate(&config); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(storage)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "okta") {
			t.Errorf("validate made %s", e.Name())
		}
	}
}

// A rejected reload must not destroy the state of the config that goes on
// running (Caddy calls Cleanup after a Provision that failed, too).
func TestCleanupAfterFailedProvision(t *testing.T) {
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	defer cancel()
	good := func() *Gate {
		return &Gate{Issuer: "https://acme.okta.com", ClientID: "0oa1", PublicURL: "https://app.example.com", Keys: []string{strings.Repeat("k", 40)}, Revocation: revocationProcess}
	}
	running := good()
	if err := running.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	bad := good()
	bad.HeaderUp = []Header{{Name: "X-A", Value: "{nonsense"}}
	if err := bad.Provision(ctx); err == nil {
		t.Fatal("a bad config was accepted")
	}
	if err := bad.Cleanup(); err != nil {
		t.Fatal(err)
	}
	next := good()
	if err := next.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	if next.kept != running.kept {
		t.Error("the state was lost in a reload")
	}
	for _, g := range []*Gate{running, next} {
		if err := g.Cleanup(); err != nil {
			t.Fatal(err)
		}
	}
	if refs, there := keptPool.References(next.Issuer); there || refs != 0 {
		t.Error("the state outlives the last config")
	}
}

// expect wants no error for "", else one that holds the text.
func expect(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error: %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want one with %q", err, want)
	}
}

// Two gates of one site that share a prefix: a password that is meant for one
// org would go to the other.
func TestTwoGatesOfOneSite(t *testing.T) {
	gate := func(matcher, client, line string) string {
		return "\tokta_auth " + matcher + " {\n\t\tissuer https://acme.okta.com/oauth2/default\n\t\tclient_id " + client + "\n\t\t" + line + "\n\t}\n"
	}
	t.Setenv("CLIENT", "0oa1")
	const proxy = "\treverse_proxy localhost:1\n}\n"
	for _, test := range []struct{ name, config, want string }{
		{"same client", "a.example.com {\n" + gate("/a/*", "0oa1", "") + gate("/b/*", "0oa1", "") + proxy, ""},
		{"same client from the environment", "a.example.com {\n" + gate("/a/*", "{env.CLIENT}", "") + gate("/b/*", "0oa1", "") + proxy, ""},
		{"other client", "a.example.com {\n" + gate("/a/*", "0oa1", "") + gate("/b/*", "0oa2", "") + proxy, "prefix /.okta2/"},
		{"other client, nested", "a.example.com {\n\thandle /a/* {\n" + gate("", "0oa1", "") + "\t}\n" + gate("/b/*", "0oa2", "") + proxy, "prefix /.okta2/"},
		{"other client, no host", "http://:8080 {\n" + gate("/a/*", "0oa1", "public_url https://a.example.com") + gate("/b/*", "0oa2", "public_url https://a.example.com") + proxy, "prefix /.okta2/"},
		{"other client and prefix", "a.example.com {\n" + gate("/a/*", "0oa1", "") + gate("/b/*", "0oa2", "prefix /.okta2/") + proxy, ""},
		{"other client, other site", "a.example.com {\n" + gate("", "0oa1", "") + proxy + "b.example.com {\n" + gate("", "0oa2", "") + proxy, ""},
	} {
		t.Run(test.name, func(t *testing.T) { expect(t, validate(t, test.config), test.want) })
	}
}

// A gate without a matcher decides about every request. One in a handle behind it is
// never asked: whom its rules keep out walks in, and nothing says so.
func TestNoGateBehindOneThatDecidesAlone(t *testing.T) {
	gate := func(matcher, line string) string {
		return "okta_auth " + matcher + " {\nissuer https://acme.okta.com/oauth2/default\nclient_id 0oa1\n" + line + "\n}\n"
	}
	const refused, admins = "behind one without a matcher", "allow group Admins"
	for _, test := range []struct{ name, site, want string }{
		{"in a handle", gate("", "") + "handle /admin/* {\n" + gate("", admins) + "}", refused},
		{"both in a handle", "handle {\n" + gate("", "") + "handle /admin/* {\n" + gate("", admins) + "}\n}", refused},
		{"in a route", "route {\n" + gate("", "") + gate("/admin/*", admins) + "}", refused},
		{"with a prefix", gate("", "") + "handle /admin/* {\n" + gate("", admins+"\nprefix /.okta2/") + "}", refused},
		// Of other directives Caddy puts the one with the longer path in front.
		{"with a path, further down", gate("", "") + gate("/admin/*", admins), refused},
		{"with a path, further up", gate("/admin/*", admins) + gate("", ""), ""},
		{"the first has a matcher", gate("/app/*", "") + "handle /admin/* {\n" + gate("", admins) + "}", ""},
		{"either", "handle /admin/* {\n" + gate("", admins) + "}\nhandle {\n" + gate("", "") + "}", ""},
		{"either, in routes", "route /admin/* {\n" + gate("", admins) + "}\nhandle /x/* {\n" + gate("", "") + "}", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, validate(t, "a.example.com {\n"+test.site+"\nreverse_proxy localhost:1\n}\n"), test.want)
		})
	}
}
