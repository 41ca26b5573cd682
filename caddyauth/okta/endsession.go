package okta

import (
	"context"
	"fmt"
	"net/url"
)

// SignOutAddress is where a browser ends its session at Okta, and is sent back to
// back from there, which must be registered as a sign-out redirect URI (OpenID
// Connect RP-Initiated Logout 1.0, section 2). Okta knows the session by an ID token
// of it, which may have expired.
func (o *Org) SignOutAddress(ctx context.Context, idToken, back string) (string, error) {
	disc, err := o.discover(ctx)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(disc.EndSession)
	if disc.EndSession == "" || err != nil {
		return "", fmt.Errorf("okta sign-out: the authorization server lists no end_session_endpoint")
	}
	query := u.Query()
	query.Set("id_token_hint", idToken)
	query.Set("post_logout_redirect_uri", back)
	u.RawQuery = query.Encode()
	return u.String(), nil
}
