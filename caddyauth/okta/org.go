package okta

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Config says which org, and as which of its applications.
type Config struct {
	// Issuer is the authorization server: https://ORG/oauth2/NAME for a custom
	// one, https://ORG for the org's own. http is accepted on loopback only.
	Issuer string
	// ClientID and ClientSecret are the application's. An empty secret makes
	// this a public client, which PKCE alone protects.
	ClientID, ClientSecret string
	// Secrets, when set, is asked for the client secret at each call instead of
	// ClientSecret: one, or while it is being changed two, the newest first. Of
	// more, only the first two are used: Okta allows no more. It must be quick
	// and safe for concurrent use; what it returns is not changed.
	Secrets func() []string
	// RedirectURI must be registered at the application. Nothing visits it
	// unless a step sends the browser to an identity provider.
	RedirectURI string
	// Scopes to ask for. Default: openid, profile, email, offline_access, and
	// groups where the authorization server lists it.
	Scopes []string
	// Algorithms that may sign ID tokens. Default: RS256.
	Algorithms []string

	// LogoutIssuers are further names that the org signs requests of Universal
	// Logout as, beside Issuer and the org's base URL (the origin of Issuer): its
	// custom domains, https://login.example.com. Their keys are asked for there.
	LogoutIssuers []string
	// Replays remembers the tokens of Universal Logout that were used. Default:
	// a memory of this Org's own, which ends with it.
	Replays *ReplayGuard

	// Transport carries the calls. Default: http.DefaultTransport's settings.
	Transport http.RoundTripper
	// Timeout bounds one call, body included. Default: 10 s.
	Timeout time.Duration
	// Logger gets warnings that an administrator of the org can act on.
	Logger *slog.Logger
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// Org is one application at one authorization server of an Okta org. It is
// safe for concurrent use and shares nothing with other Orgs of the process.
type Org struct {
	*authority // of the issuer; its origin is the only place that credentials go to
	// signers of Universal Logout tokens: that one, the org itself, and further
	// names of the org.
	signers []*authority

	cfg     Config
	secrets clientSecrets
	http    *http.Client
	patient *http.Client // for refreshes
	sdk     *sdkClient

	// noOffline remembers that the application may not have refresh tokens.
	noOffline atomic.Bool
}

// New checks the configuration. It calls nobody: an org that is down does not
// keep the server from starting.
func New(cfg Config) (*Org, error) {
	cfg.Issuer = strings.TrimSuffix(cfg.Issuer, "/")
	issuer, err := parseIssuer(cfg.Issuer)
	if err != nil {
		return nil, err
	}
	if cfg.ClientID == "" {
		return nil, fmt.Errorf("client_id is empty: set it to the application's client ID, from its General tab in the Okta admin console")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Replays == nil {
		cfg.Replays = new(ReplayGuard)
	}
	if len(cfg.Algorithms) == 0 {
		cfg.Algorithms = []string{"RS256"}
	}
	if len(cfg.Scopes) > 0 && !slices.Contains(cfg.Scopes, "openid") {
		return nil, fmt.Errorf("scopes %q lack \"openid\": add it, without it Okta issues no ID token (scopes are separated by spaces)", strings.Join(cfg.Scopes, " "))
	}
	if cfg.Secrets == nil && cfg.ClientSecret != "" {
		cfg.Secrets = func() []string { return []string{cfg.ClientSecret} }
	}
	o := &Org{cfg: cfg, secrets: clientSecrets{source: cfg.Secrets}}
	o.authority = &authority{org: o, issuer: cfg.Issuer, origin: Origin(issuer)}
	o.signers = []*authority{o.authority}
	for _, name := range append([]string{o.origin}, cfg.LogoutIssuers...) {
		name = strings.TrimSuffix(name, "/")
		u, err := parseIssuer(name)
		if err != nil {
			return nil, fmt.Errorf("another name of the org: %w", err)
		}
		if o.signer(name) == nil {
			o.signers = append(o.signers, &authority{org: o, issuer: name, origin: Origin(u)})
		}
	}
	o.http = newHTTPClient(cfg.Transport, cfg.Timeout)
	patient := *o.http
	patient.Timeout = max(refreshTimeout, cfg.Timeout)
	o.patient = &patient
	o.sdk, err = newSDKClient(cfg, o.http)
	if err != nil {
		return nil, err
	}
	return o, nil
}

// oktaAdmin is the host in an administrator's address bar.
var oktaAdmin = regexp.MustCompile(`^[^.]+-admin\.okta(preview|-emea)?\.com$`)

// parseIssuer accepts https, and http on loopback.
func parseIssuer(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return nil, fmt.Errorf("issuer is empty: set it to the authorization server's issuer, such as https://acme.okta.com/oauth2/default")
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return nil, fmt.Errorf("issuer %q is not an address: write it as https://acme.okta.com/oauth2/default", s)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("issuer %q has a user, query or fragment: remove it", u.Redacted())
	case strings.Contains(u.Path, "/.well-known/"):
		before, _, _ := strings.Cut(s, "/.well-known/")
		return nil, fmt.Errorf("issuer %q is the address of its metadata: write %s", s, before)
	case strings.HasSuffix(u.Path, "/oauth2"):
		return nil, fmt.Errorf("issuer %q names no authorization server: write %s/default, or without /oauth2 for the org's own", s, s)
	case oktaAdmin.MatchString(u.Hostname()):
		return nil, fmt.Errorf("issuer %q is the admin console's host: write it without -admin", s)
	case u.Scheme == "http" && !IsLoopback(u.Hostname()):
		return nil, fmt.Errorf("issuer %q is plain http: use https (http is accepted on loopback only)", s)
	}
	return u, nil
}

// CheckIssuer tells what is wrong with an issuer, and how to write it.
func CheckIssuer(s string) error {
	_, err := parseIssuer(strings.TrimSuffix(s, "/"))
	return err
}

// Issuer is the configured issuer, without a trailing slash.
func (o *Org) Issuer() string { return o.cfg.Issuer }

// ClientID is the application's client ID.
func (o *Org) ClientID() string { return o.cfg.ClientID }

// confidential tells whether the client has a secret.
func (o *Org) confidential() bool { return o.secrets.source != nil }

// oauthBase is where the OAuth endpoints of the issuer live: below the issuer
// for a custom authorization server, below /oauth2 for the org's own.
func (o *Org) oauthBase() string {
	if strings.HasPrefix(strings.TrimPrefix(o.cfg.Issuer, o.origin), "/oauth2") {
		return o.cfg.Issuer
	}
	return o.cfg.Issuer + "/oauth2"
}

// scopes that the next /interact asks for; a slice of the caller's own.
func (o *Org) scopes(ctx context.Context) ([]string, error) {
	scopes := slices.Clone(o.cfg.Scopes)
	if len(scopes) == 0 {
		scopes = []string{"openid", "profile", "email", "offline_access"}
		d, err := o.discover(ctx)
		if err != nil {
			return nil, err
		}
		if slices.Contains(d.ScopesSupported, "groups") {
			scopes = append(scopes, "groups")
		}
	}
	if o.noOffline.Load() {
		scopes = without(scopes, "offline_access")
	}
	return scopes, nil
}

func without(scopes []string, scope string) []string {
	return slices.DeleteFunc(scopes, func(s string) bool { return s == scope })
}

// AsksFor tells whether the sign-ins of this org ask for the scope. It answers
// from what is known and calls nobody.
func (o *Org) AsksFor(scope string) bool {
	if scope == "offline_access" && o.noOffline.Load() {
		return false
	}
	if len(o.cfg.Scopes) > 0 {
		return slices.Contains(o.cfg.Scopes, scope)
	}
	if scope == "groups" {
		d := o.discovered.Load()
		return d != nil && slices.Contains(d.ScopesSupported, "groups")
	}
	return slices.Contains([]string{"openid", "profile", "email", "offline_access"}, scope)
}
