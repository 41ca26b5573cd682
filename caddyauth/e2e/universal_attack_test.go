package e2e

import (
	"net/http"
	"testing"
)

// Two sites of one application keep what ended early in different places: one
// shares it, the other keeps it to itself. Okta posts to one address of an
// application. What it says of a user holds at the other site of the same server
// all the same.
//
// Rows: S-37.
func TestS37_UniversalLogoutReachesSitesThatKeepMarksElsewhere(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo}
	w.site = StartSite(t, SiteBlock("http://localhost:{$PORT}", GateBlock(org), "reverse_proxy "+echo.Addr)+
		SiteBlock("http://localhost:{$PORT2}", GateBlock(org, "revocation process"), "reverse_proxy "+echo.Addr))
	other := newBrowser(t, w.site.URLOf(2), http.DefaultTransport)
	other.SignIn("/", ada, adaPassword)
	if got := org.universalLogout(w.site.URL+universalLogoutPath, "email", ada); got != http.StatusNoContent {
		t.Fatal(got)
	}
	if other.SignedIn("/") {
		t.Error("the session at the other site goes on")
	}
}
