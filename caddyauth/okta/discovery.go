package okta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// discoveryAge is how long a discovery document is used before it is asked for
// again; Okta's own clients keep it as long.
const discoveryAge = 24 * time.Hour

// discovery is the authorization server's metadata (OpenID Connect Discovery
// 1.0, section 3), reduced to what is used.
type discovery struct {
	Issuer          string   `json:"issuer"`
	Authorization   string   `json:"authorization_endpoint"`
	Token           string   `json:"token_endpoint"`
	UserInfo        string   `json:"userinfo_endpoint"`
	Revocation      string   `json:"revocation_endpoint"`
	EndSession      string   `json:"end_session_endpoint"`
	Keys            string   `json:"jwks_uri"`
	ScopesSupported []string `json:"scopes_supported"`

	at time.Time
}

// discover returns the metadata, from memory when it can. A document that
// cannot be renewed is used on.
func (a *authority) discover(ctx context.Context) (*discovery, error) {
	now := a.org.cfg.Now
	if d := a.discovered.Load(); d != nil && now().Sub(d.at) < discoveryAge {
		return d, nil
	}
	d, err := shared(ctx, &a.flights, "discovery", func(ctx context.Context) (*discovery, error) {
		old := a.discovered.Load()
		if old != nil && now().Sub(old.at) < discoveryAge {
			return old, nil // renewed between the look and the call
		}
		d, err := a.fetchDiscovery(ctx)
		if err != nil {
			if old == nil {
				return nil, err
			}
			a.org.cfg.Logger.Warn("renewing the discovery document failed; the last one is used on", "error", err)
			kept := *old
			kept.at = now().Add(time.Minute - discoveryAge) // ask again in a minute
			d = &kept
		}
		a.discovered.Store(d)
		return d, nil
	})
	return d, callError("discovery", err)
}

func (a *authority) fetchDiscovery(ctx context.Context) (*discovery, error) {
	got, err := a.org.get(ctx, "discovery", a.issuer+"/.well-known/openid-configuration")
	if err != nil {
		return nil, err
	}
	d := &discovery{at: a.org.cfg.Now()}
	if json.Unmarshal(got.body, d) != nil || d.Issuer == "" {
		return nil, &Error{Kind: NotOkta, Endpoint: "discovery", Status: got.status, Err: errors.New("answer is not a discovery document")}
	}
	// Section 4.3: byte for byte, or another server's tokens would pass.
	if d.Issuer != a.issuer {
		return nil, untrusted("discovery", fmt.Errorf("the issuer calls itself %q, not %q: set issuer to its own name", clean(d.Issuer, 200), a.issuer))
	}
	// A document that points elsewhere would send codes, secrets and the
	// question "which keys are yours?" to somebody else.
	for _, e := range []struct {
		name, address string
		optional      bool
	}{
		{"authorization_endpoint", d.Authorization, true},
		{"token_endpoint", d.Token, false},
		{"jwks_uri", d.Keys, false},
		{"userinfo_endpoint", d.UserInfo, true},
		{"revocation_endpoint", d.Revocation, true},
		{"end_session_endpoint", d.EndSession, true},
	} {
		if e.address == "" && e.optional {
			continue
		}
		if _, err := a.ownAddress(e.name, e.address); err != nil {
			return nil, untrusted("discovery", err)
		}
	}
	return d, nil
}

// get asks for a public document.
func (o *Org) get(ctx context.Context, name, address string) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("making the %s request: %w", name, err)
	}
	req.Header.Set("Accept", "application/json")
	a, err := o.do(req, name)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, o.refusal(name, a)
	}
	return a, nil
}
