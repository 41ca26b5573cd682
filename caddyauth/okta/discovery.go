package okta

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// discoveryAge is how long a discovery document is used before it is asked for
// again; Okta's own clients keep it as long.
const discoveryAge = 24 * time.Hour

// discovery is the authorization server's metadata (OpenID Connect Discovery
// 1.0, section 3), reduced to what is used, with the verifier that goes with it.
type discovery struct {
	Token           string   `json:"token_endpoint"`
	UserInfo        string   `json:"userinfo_endpoint"`
	Revocation      string   `json:"revocation_endpoint"`
	Keys            string   `json:"jwks_uri"`
	ScopesSupported []string `json:"scopes_supported"`

	verifier *oidc.IDTokenVerifier
	at       time.Time
}

// discover returns the metadata, from memory when it can. One call is in
// flight at a time; a document that cannot be renewed is used on.
func (o *Org) discover(ctx context.Context) (*discovery, error) {
	if d := o.discovered.Load(); d != nil && o.cfg.Now().Sub(d.at) < discoveryAge {
		return d, nil
	}
	o.discovering.Lock()
	defer o.discovering.Unlock()
	old := o.discovered.Load()
	if old != nil && o.cfg.Now().Sub(old.at) < discoveryAge {
		return old, nil
	}
	d, err := o.fetchDiscovery(ctx)
	if err != nil {
		if old == nil {
			return nil, err
		}
		o.cfg.Logger.Warn("renewing the discovery document failed; the last one is used on", "error", err)
		kept := *old
		kept.at = o.cfg.Now().Add(time.Minute - discoveryAge) // ask again in a minute
		d = &kept
	}
	o.discovered.Store(d)
	return d, nil
}

func (o *Org) fetchDiscovery(ctx context.Context) (*discovery, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, o.http), o.cfg.Issuer)
	if err != nil {
		// The library's text can hold the whole answer: keep its beginning.
		return nil, unreachable("discovery", errors.New(clean(err.Error(), 300)))
	}
	d := &discovery{at: o.cfg.Now()}
	if err := provider.Claims(d); err != nil {
		return nil, untrusted("discovery", fmt.Errorf("decoding: %w", err))
	}
	// A document that points elsewhere would send codes, secrets and the
	// question "which keys are yours?" to somebody else.
	for name, address := range map[string]string{"token_endpoint": d.Token, "jwks_uri": d.Keys, "userinfo_endpoint": d.UserInfo, "revocation_endpoint": d.Revocation} {
		if address == "" && (name == "userinfo_endpoint" || name == "revocation_endpoint") {
			continue
		}
		if _, err := o.ownAddress(name, address); err != nil {
			return nil, untrusted("discovery", err)
		}
	}
	// The key set outlives this call, so it must not die with the call's context.
	d.verifier = provider.VerifierContext(oidc.ClientContext(context.Background(), o.http), &oidc.Config{
		ClientID:             o.cfg.ClientID,
		SupportedSigningAlgs: o.cfg.Algorithms,
		// The clocks of two machines differ: one leeway, for every time in a token.
		Now: func() time.Time { return o.cfg.Now().Add(-leeway) },
	})
	return d, nil
}
