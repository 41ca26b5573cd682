package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// eve is a contractor, whom a part of the site keeps out.
func addEve(org *Org) {
	org.AddUser(oktasim.User{Login: "eve@example.com", Password: "pw", Groups: []string{"app-users", "Contractors"}})
}

// Two gates of a site share sessions. One keeps few groups, the other keeps
// contractors out: a contractor signs in at the first, whose filter drops the group
// that the second asks about, and walks over.
//
// Rows: CVE-2021-21411
func TestCVE_2021_21411_GroupsThatAnotherGateDropped(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	addEve(org)
	gate := func(matcher string, lines ...string) string {
		return strings.Replace(GateBlock(org, lines...), "okta_auth {", "okta_auth "+matcher+" {", 1)
	}
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}",
		gate("/few/*", "group_filter app-*"), gate("/all/*", "deny group Contractors", "allow signed_in"), "reverse_proxy "+echo.Addr))}
	b := w.as("eve@example.com", "/few/x")
	if w.passes(b, "GET", "/all/x") {
		t.Error("a contractor passes the rule that keeps contractors out")
	}
	// And the other way round nothing is shown that a filter drops.
	b = w.browser()
	b.SignIn("/few/x", "eve@example.com", "pw")
	b.Get("/all/x")
	b.Get("/few/x")
	expectHeader(t, w.echo.Last(t), "X-Forwarded-Groups", "app-users")
}

// An operator takes a filter away and keeps contractors out. Who signed in before
// has a session without the groups that the filter dropped, and is a contractor
// all the same. One who puts a filter in expects that the application sees no other
// group from then on.
//
// Rows: CVE-2021-21411
func TestCVE_2021_21411_GroupsThatTheConfigBeforeDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "group_filter app-*")
	addEve(w.org)
	b := w.as("eve@example.com", "/")
	reload := func(lines ...string) {
		t.Helper()
		if err := w.site.Reload(Caddyfile(w.org, w.echo, lines...)); err != nil {
			t.Fatal(err)
		}
	}
	reload("deny group Contractors", "allow signed_in")
	if w.passes(b, "GET", "/") {
		t.Error("a contractor of before passes the rule that keeps contractors out")
	}
	reload("group_filter Contr*")
	b.Get("/")
	expectHeader(t, w.echo.Last(t), "X-Forwarded-Groups", "Contractors")
}

// The groups were dropped by a refresh, which is remembered over the reload for
// browsers that missed its answer. A contractor shows the cookie from before it, and
// must not get by with what the refresh brought.
//
// Rows: CVE-2021-21411
func TestCVE_2021_21411_GroupsThatARefreshBeforeDropped(t *testing.T) {
	t.Parallel()
	inEveryStore(t, func(t *testing.T, _ string, lines []string, _ *Redis) {
		w := newAging(t, &oktasim.Server{}, append(lines, "group_filter app-*")...)
		addEve(w.org)
		b := w.signedInWith(spent, "eve@example.com", "pw")
		before := w.cookieOf(b)
		if !w.passes(b, "GET", "/") {
			t.Error("a contractor may not open what is open to all")
		}
		w.expectCalls(map[string]int{"refresh": 1})
		if err := w.site.Reload(Caddyfile(w.org, w.echo, append(lines, "deny group Contractors", "allow signed_in")...)); err != nil {
			t.Fatal(err)
		}
		if passed, status := w.asks(before); passed || status != http.StatusForbidden {
			t.Errorf("a contractor passes the rule that keeps contractors out: %d", status)
		}
		if n := w.org.Calls()["refresh"]; n != 1 {
			t.Errorf("%d more refreshes", n)
		}
	})
}

// A filter that drops what a condition asks about switches the condition off: who
// is kept out by a regular expression, or by a matcher, comes in.
//
// Rows: CVE-2021-21411
func TestCVE_2021_21411_FilterThatSwitchesAConditionOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name  string
		lines []string
		site  []string
		loads bool
	}{
		{"deny by regular expression", []string{"deny claim_matches groups Contr.*"}, nil, false},
		{"allow by what is not", []string{"allow not claim_matches groups Contr.*"}, nil, false},
		{"within any", []string{"deny {\n any {\n signed_in_within 1h\n claim_matches groups Contr.*\n }\n}"}, nil, false},
		{"allow by regular expression", []string{"allow claim_matches groups app-(users|admins)"}, nil, true},
		{"matcher", nil, []string{"@out okta_user group Contractors", "respond @out 403"}, false},
		{"matcher by regular expression", nil, []string{"@out okta_user claim_matches groups Contr.*", "respond @out 403"}, false},
		{"matcher of what is kept", nil, []string{"@in okta_user group app-users", "respond @in 200"}, true},
	} {
		site := append([]string{GateBlock(w.org, append(c.lines, "group_filter app-*")...)}, c.site...)
		err := w.site.Reload(SiteBlock("http://localhost:{$PORT}", append(site, "reverse_proxy "+w.echo.Addr)...))
		switch {
		case c.loads && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case !c.loads && (err == nil || !strings.Contains(err.Error(), "group_filter")):
			t.Errorf("%s loads: %v", c.name, err)
		}
	}
}
