package okta

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// Proceed posts a filled-in remediation to the address that the answer gave
// for it. An address that is not the org's is refused before anything is sent.
func (o *Org) Proceed(ctx context.Context, d Device, rem *idx.Remediation, body []byte) (*Answer, error) {
	u, err := o.ownAddress(rem.Name, rem.Href)
	if err != nil {
		return nil, untrusted("proceed", err)
	}
	if rem.Method != "" && !strings.EqualFold(rem.Method, http.MethodPost) {
		return nil, untrusted("proceed", fmt.Errorf("remediation %q asks for method %q; only POST is sent", clean(rem.Name, 64), clean(rem.Method, 16)))
	}
	a, err := o.post(ctx, "proceed", u.String(), rem.ContentType(), ionJSON, body, d)
	if err != nil {
		return nil, err
	}
	return o.idxAnswer("proceed", a)
}
