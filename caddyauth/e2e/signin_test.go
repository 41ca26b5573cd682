package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// expectCalls fails the test when the org was called otherwise since the last
// time, and counts anew.
func (w *world) expectCalls(want map[string]int) {
	w.Helper()
	if diff := cmp.Diff(want, w.org.Calls()); diff != "" {
		w.Errorf("calls to the org (-want +got):\n%s", diff)
	}
	w.org.ResetCalls()
}

// The address that was asked for, its query and the method's safety survive a
// sign-in with the password on the first page, in four calls to Okta.
func TestSignInOnTheFirstPage(t *testing.T) {
	w := newWorld(t)
	w.browser().SignIn("/warm-up", ada, adaPassword) // discovery and keys
	w.org.ResetCalls()
	w.echo.Reset()

	b := w.browser()
	const deep = "/reports/2026?quarter=3&q=a%20b&empty="
	if got := b.Open(deep); got.Status != http.StatusUnauthorized || got.Header.Get("Www-Authenticate") != "Bearer" {
		t.Errorf("first page: %d, WWW-Authenticate %q", got.Status, got.Header.Get("Www-Authenticate"))
	}
	if !strings.Contains(b.Last.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("Cache-Control %q", b.Last.Header.Get("Cache-Control"))
	}
	b.Submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	if b.URL != w.site.URL+deep {
		t.Errorf("ended at %q", b.URL)
	}
	if want := []string{"POST /.okta/signin/identify See Other", "GET " + deep + " OK"}; !slices.Equal(b.History, want) {
		t.Errorf("the way was %q, want %q", b.History, want)
	}
	if got := w.echo.Last(t).Line; got != "GET "+deep+" HTTP/1.1" {
		t.Errorf("the application got %q", got)
	}
	w.expectCalls(map[string]int{"interact": 1, "introspect": 1, "identify": 1, "token": 1})
	b.Reload()
	if len(w.org.Calls()) != 0 {
		t.Error("a signed-in request called the org")
	}
}
