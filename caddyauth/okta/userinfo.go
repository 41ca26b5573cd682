package okta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// Complete returns the ID token's claims, filled up from /userinfo when one of
// those that are needed is absent or empty: the org authorization server issues ID
// tokens without profile and groups for this grant. A claim that both have is
// the ID token's.
func (o *Org) Complete(ctx context.Context, d Device, t *Tokens, needed []string) (Claims, error) {
	if !slices.ContainsFunc(needed, func(name string) bool { return !t.Claims.Has(name) }) {
		return t.Claims, nil
	}
	more, err := o.userInfo(ctx, d, t)
	if err != nil {
		return nil, err
	}
	for name, value := range t.Claims {
		if t.Claims.Has(name) || !more.Has(name) {
			more[name] = value
		}
	}
	return more, nil
}

// userInfo calls the UserInfo endpoint (OpenID Connect Core 1.0, section 5.3).
func (o *Org) userInfo(ctx context.Context, d Device, t *Tokens) (Claims, error) {
	disc, err := o.discover(ctx)
	if err != nil {
		return nil, err
	}
	if disc.UserInfo == "" {
		return nil, errors.New("okta userinfo: the authorization server lists no userinfo_endpoint")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, disc.UserInfo, nil)
	if err != nil {
		return nil, fmt.Errorf("making the userinfo request: %w", err)
	}
	d.describe(req.Header, false)
	req.Header.Del("Cookie")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+t.Access)
	a, err := o.do(req, "userinfo")
	if err != nil {
		return nil, err
	}
	a.sent = []string{t.Access}
	if a.status != http.StatusOK {
		return nil, o.refusal("userinfo", a)
	}
	claims, err := decodeClaims(func(v any) error { return json.Unmarshal(a.body, v) })
	if err != nil {
		return nil, untrusted("userinfo", err)
	}
	// Section 5.3.2: without this, claims of another user could be mixed in.
	if sub := claims.Text("sub"); sub == "" || sub != t.Claims.Text("sub") {
		return nil, untrusted("userinfo", errors.New("sub is not the ID token's"))
	}
	return claims, nil
}
