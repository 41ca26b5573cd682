package okta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Tokens that Okta issued, the ID token checked. All strings are secret.
type Tokens struct {
	Access    string
	Refresh   string // empty when the org grants none
	ID        string
	ExpiresAt time.Time // of the access token; zero when not said
	Claims    Claims    // of the ID token
}

// Redeem exchanges an interaction code for tokens, with the verifier of the
// interaction that it belongs to, and checks the ID token, nonce included.
func (o *Org) Redeem(ctx context.Context, d Device, code string, in Interaction) (*Tokens, error) {
	return o.redeem(ctx, d, in, url.Values{
		"grant_type":       {"interaction_code"},
		"interaction_code": {code},
		"code_verifier":    {in.Verifier},
	})
}

// redeem makes the token call that ends a sign-in.
func (o *Org) redeem(ctx context.Context, d Device, in Interaction, form url.Values) (*Tokens, error) {
	t, err := o.token(ctx, d, form)
	if err != nil {
		return nil, err
	}
	if t.ID == "" {
		return nil, untrusted("token", errors.New("answer has no id_token"))
	}
	if err := o.trust(ctx, t, hasNonce(in.Nonce)); err != nil {
		return nil, err
	}
	if t.Refresh == "" && o.AsksFor("offline_access") {
		o.goWithoutRefresh("the org granted no refresh token")
	}
	return t, nil
}

// goWithoutRefresh remembers that refresh tokens are not to be had, and says so
// once.
func (o *Org) goWithoutRefresh(why string) {
	if o.noOffline.CompareAndSwap(false, true) {
		o.cfg.Logger.Warn(why + ": sessions cannot be refreshed; " +
			"allow the grant type \"Refresh Token\" on the application's General tab, or leave offline_access out of scopes")
	}
}

// trust checks the ID token of t and takes its claims.
func (o *Org) trust(ctx context.Context, t *Tokens, bound func(Claims) error) error {
	claims, err := o.verify(ctx, t.ID, t.Access, bound)
	if err != nil {
		var call *Error
		if errors.As(err, &call) { // the keys could not be had: nothing is known about the token
			return call
		}
		return untrusted("token", err)
	}
	t.Claims = claims
	return nil
}

// token calls the token endpoint (RFC 6749, section 5).
func (o *Org) token(ctx context.Context, d Device, form url.Values) (*Tokens, error) {
	disc, err := o.discover(ctx)
	if err != nil {
		return nil, err
	}
	a, err := o.postForm(ctx, "token", disc.Token, form, d)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, o.refusal("token", a)
	}
	var body struct {
		AccessToken  string  `json:"access_token"`
		TokenType    string  `json:"token_type"`
		ExpiresIn    float64 `json:"expires_in"`
		RefreshToken string  `json:"refresh_token"`
		IDToken      string  `json:"id_token"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil || body.AccessToken == "" {
		return nil, &Error{Kind: NotOkta, Endpoint: "token", Status: a.status, Err: errors.New("answer is not a token response")}
	}
	t := &Tokens{Access: body.AccessToken, Refresh: body.RefreshToken, ID: body.IDToken}
	if s := body.ExpiresIn; s > 0 && s < 1e9 {
		t.ExpiresAt = o.cfg.Now().Add(time.Duration(s) * time.Second)
	}
	return t, nil
}

// Revoke ends a refresh token at Okta (RFC 7009). An org without a revocation
// endpoint is an error.
func (o *Org) Revoke(ctx context.Context, d Device, refreshToken string) error {
	disc, err := o.discover(ctx)
	if err != nil {
		return err
	}
	if disc.Revocation == "" {
		return fmt.Errorf("okta revoke: the authorization server lists no revocation_endpoint")
	}
	a, err := o.postForm(ctx, "revoke", disc.Revocation, url.Values{"token": {refreshToken}, "token_type_hint": {"refresh_token"}}, d)
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return o.refusal("revoke", a)
	}
	return nil
}
