package policytest_test

import (
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy/policytest"
)

// A net with a hole passes everything: each of these is found, and plain paths
// are read in one way.
func TestReadings(t *testing.T) {
	for _, target := range []string{
		"/admin/x", "/public/../admin/x", "/public/..;/admin/x", "/public/..%5cadmin/x", "/public/%252e%252e/admin/x", "/public/%25252e%25252e%25252fadmin%25252fx",
		"/public/%00/../admin/x", "/ADMIN/x", "/admin;a=b/x", "/admin%3ba=b/x", "//admin/x", "/./admin/x", `/public\..\admin\x`, "/admin./x", "/admin%20/x", "/admin. ./x",
		"/public/..%20/admin/x", "/admin/x%00.css", "/admin%23/../../admin/x", "/admin//x", "http://h/admin/x", "/%61dmin/x", "/%2561dmin%252Fx", "/public/..;a=b/;c/admin/x",
	} {
		if some, _ := policytest.Below(target, "/admin/"); !some {
			t.Errorf("%q is not found: %q", target, policytest.Readings(target))
		}
	}
	for _, target := range []string{"/public/x", "/public/", "/public/admin/x", "/public/a%20b", "/public/x?/../admin/x", "/public/admin/../x"} {
		if some, all := policytest.Below(target, "/admin/"); some || all {
			t.Errorf("%q is taken for an administrator's: %q", target, policytest.Readings(target))
		}
		if _, all := policytest.Below(target, "/public/"); !all {
			t.Errorf("%q is not public in every reading: %q", target, policytest.Readings(target))
		}
	}
	if some, _ := policytest.Below("/admin", "/admin/"); some {
		t.Error("a folder's own name is below it")
	}
}
