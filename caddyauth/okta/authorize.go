package okta

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// Authorize begins a sign-in on Okta's own pages, for what cannot be done on
// another host: the address to send the browser to, by authorization code and
// PKCE (RFC 6749, section 4.1; RFC 7636). The interaction has no handle; its
// other members are for the way back. It makes no call but for the discovery
// document.
func (o *Org) Authorize(ctx context.Context, loginHint string) (address string, in *Interaction, err error) {
	disc, err := o.discover(ctx)
	if err != nil {
		return "", nil, err
	}
	if disc.Authorization == "" {
		return "", nil, &Error{Kind: NotOkta, Endpoint: "authorize", Err: errors.New("the authorization server lists no authorization_endpoint")}
	}
	scopes, err := o.scopes(ctx)
	if err != nil {
		return "", nil, err
	}
	in = &Interaction{Verifier: oauth2.GenerateVerifier(), State: rand.Text(), Nonce: rand.Text()}
	query := url.Values{
		"response_type": {"code"}, "client_id": {o.cfg.ClientID}, "redirect_uri": {o.cfg.RedirectURI},
		"scope": {strings.Join(scopes, " ")}, "state": {in.State}, "nonce": {in.Nonce},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(in.Verifier)}, "code_challenge_method": {"S256"},
	}
	if loginHint != "" {
		query.Set("login_hint", loginHint)
	}
	return disc.Authorization + "?" + query.Encode(), in, nil
}

// RedeemCode exchanges an authorization code for tokens, with the interaction
// that Authorize gave, and checks the ID token, nonce included.
func (o *Org) RedeemCode(ctx context.Context, d Device, code string, in Interaction) (*Tokens, error) {
	return o.redeem(ctx, d, in, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {o.cfg.RedirectURI},
		"code_verifier": {in.Verifier},
	})
}
