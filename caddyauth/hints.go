package caddyauth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// hint names the setting in the Okta admin console, or here, that mends what
// the org refused; "" where the error says it all.
func (g *Gate) hint(err error) string {
	var e *okta.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Kind {
	case okta.RateLimited:
		return "Okta counts all users as one client until this server's public address is a trusted proxy: Security > Networks"
	case okta.Unreachable:
		return "this machine does not reach the org: check DNS, firewall and outbound proxy"
	case okta.NotOkta:
		switch {
		case e.Status >= 500:
			return fmt.Sprintf("Okta, or a proxy in between, answers %d: see Okta's status page", e.Status)
		case e.Endpoint == "discovery" && e.Status == http.StatusNotFound:
			return fmt.Sprintf("there is no authorization server at %s: compare issuer with Security > API", g.Issuer)
		}
		return fmt.Sprintf("something else than Okta answers at %s: check issuer, and any proxy in between", g.Issuer)
	case okta.Refused:
	default:
		return ""
	}
	switch e.Code {
	case "invalid_client":
		return "compare client_id and client_secret with Client Credentials on the application's General tab, and see that the application is active"
	case "unauthorized_client":
		return "allow the grant type Interaction Code: on the application's General tab, under Advanced, and in the access policy of the authorization server (Security > API)"
	case "access_denied":
		if e.Endpoint == "token" {
			return "the access policy of the authorization server refuses this user or application: Security > API > Access Policies"
		}
		return "the org does not allow the Interaction Code grant: it needs Identity Engine, and Interaction Code under Settings > Account > Embedded widget sign-in support"
	case "idx.error.user.not.assigned.to.app":
		return "assign the user, or one of their groups, on the application's Assignments tab"
	case "invalid_scope":
		return "the authorization server lacks a scope that is asked for: add it under Security > API > Scopes, or set scopes"
	case "invalid_request":
		if strings.Contains(e.Description, "redirect") {
			return fmt.Sprintf("add %s to the sign-in redirect URIs on the application's General tab, or set redirect_uri to one of them", g.site.redirectURI)
		}
	}
	return ""
}
