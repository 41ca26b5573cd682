package okta

import (
	"context"
	"log/slog"
	"net/url"
	"sync/atomic"
)

// clientSecrets are what authenticates the application. Okta lets it have two at
// a time, so that one can be changed without a moment in which neither works.
type clientSecrets struct {
	// source gives the current ones, newest first; nil: a public client.
	source func() []string
	// refused is the one that Okta did not take while it took the other. It goes
	// second, so that the extra call is made once and not each time.
	refused atomic.Pointer[string]
}

// candidates are the secret to send, and the one to send when Okta does not take
// that; nil for none.
func (s *clientSecrets) candidates() (first, second *string) {
	if s.source == nil {
		return nil, nil
	}
	given := s.source()
	if len(given) == 0 {
		return nil, nil
	}
	first = &given[0]
	if len(given) > 1 && given[1] != *first {
		second = &given[1]
	}
	if bad := s.refused.Load(); bad != nil && second != nil && *bad == *first {
		first, second = second, first
	}
	return first, second
}

// postForm sends an OAuth form with the client's authentication in the body
// (client_secret_post, RFC 6749 section 2.3.1), never in the address. Where Okta
// does not take the secret and there is another, the form goes once more with
// that: a client is authenticated before its code or token is looked at, so
// neither is used up by the first call.
func (o *Org) postForm(ctx context.Context, name, address string, form url.Values, d Device) (*answer, error) {
	form.Set("client_id", o.cfg.ClientID)
	send := func(secret *string) (*answer, error) {
		if secret != nil {
			form.Set("client_secret", *secret)
		}
		return o.post(ctx, name, address, formType, "application/json", []byte(form.Encode()), d)
	}
	first, second := o.secrets.candidates()
	a, err := send(first)
	if err != nil || second == nil || !o.unauthenticated(name, a) {
		return a, err
	}
	b, err := send(second)
	if err != nil {
		return nil, err
	}
	b.sent = append(b.sent, *first)
	if !o.unauthenticated(name, b) {
		if was := o.secrets.refused.Swap(first); was == nil || *was != *first {
			o.cfg.Logger.Warn("Okta does not take one of the two client secrets and takes the other: "+
				"remove the old one when the new one works, or correct the new one", slog.String("endpoint", name))
		}
	}
	return b, nil
}

// unauthenticated tells whether an answer says that the secret is wrong (RFC
// 6749, section 5.2).
func (o *Org) unauthenticated(name string, a *answer) bool {
	return a.status >= 400 && a.status < 500 && o.refusal(name, a).Code == "invalid_client"
}
