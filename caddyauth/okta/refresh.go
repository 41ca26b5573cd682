package okta

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"
)

// Holder is whom a refresh token was issued to.
type Holder struct {
	Subject  string
	AuthTime time.Time // of the sign-in; zero where it is not known
}

// Refresh exchanges a refresh token (RFC 6749, section 6). An ID token that
// comes along must be about the same user and the same sign-in (OpenID Connect
// Core 1.0, section 12.2); none comes along when Claims is nil. Refresh is the
// token to use next: the same one, or the one that it was rotated to.
func (o *Org) Refresh(ctx context.Context, d Device, refreshToken string, holder Holder) (*Tokens, error) {
	t, err := o.token(context.WithValue(ctx, patient{}, true), d, url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {refreshToken},
	})
	if err != nil {
		return nil, err
	}
	if t.Refresh == "" {
		t.Refresh = refreshToken
	}
	if t.ID == "" {
		return t, nil
	}
	if err := o.trust(ctx, t, isAbout(holder)); err != nil {
		return nil, err
	}
	return t, nil
}

func isAbout(holder Holder) func(Claims) error {
	return func(claims Claims) error {
		if holder.Subject == "" || claims.Text("sub") != holder.Subject {
			return errors.New("the refreshed token is about another user")
		}
		if at, ok := claims.Time("auth_time"); ok && !holder.AuthTime.IsZero() && at.After(holder.AuthTime.Add(leeway)) {
			return errors.New("the refreshed token is of a later sign-in")
		}
		return nil
	}
}

// Time returns a claim that is a time in seconds since 1970.
func (c Claims) Time(name string) (time.Time, bool) {
	n, ok := c[name].(json.Number)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := n.Float64()
	if err != nil || seconds <= 0 || seconds > 1<<35 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}
