package e2e

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// An organisation tells by e-mail address whose sessions are to end, as Okta's
// Universal Logout does unless it is told otherwise. The authorization server puts
// no address into ID tokens, and the application wants none either: a session
// that does not know whose it is would outlive its user.
//
// Rows: S-37
func TestS37_SessionIsKnownByItsAddressWhateverTheApplicationGets(t *testing.T) {
	t.Parallel()
	server := &oktasim.Server{ShapeIDToken: func(said map[string]any) { delete(said, "email") }}
	w := &world{T: t, org: StartOrgServer(t, server), echo: StartEcho(t)}
	w.site = StartSite(t, Caddyfile(w.org, w.echo, "identity none", "session memory"))
	b := w.as(ada, "/")
	var me struct{ Email string }
	if answer := b.Get("/.okta/me", "Accept: application/json"); json.Unmarshal([]byte(answer.Body), &me) != nil || me.Email != ada {
		t.Errorf("the session's address is %q", me.Email)
	}
	w.site.revoke(url.Values{"email": {ada}}.Encode())
	if b.SignedIn("/") {
		t.Error("the session goes on after all of its user's were ended")
	}
}
