package oktasim

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The demonstration clients. The secret is public and opens nothing but a
// simulator.
const (
	DemoClientID       = "0oa1simconfidential1"
	DemoClientSecret   = "demo-secret-that-opens-only-the-simulator"
	DemoPublicClientID = "0oa2simpublicclient2"
)

// A Client is an application registered with the org.
type Client struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret,omitempty"` // none: a public client
	Label  string `json:"label,omitempty"`         // shown to the user

	// Groups, when given, are those whose members may use the application.
	Groups []string `json:"groups,omitempty"`

	// Consent asks users whether the application may have its scopes: "required"
	// (allow or not), "granular" (each scope) or "admin". Default: not asked.
	// ConsentScopes are asked about; the others are granted. Default: all but
	// openid.
	Consent       string   `json:"consent,omitempty"`
	ConsentScopes []string `json:"consent_scopes,omitempty"`

	// EmailCallbackURI is where links in mails lead, with otp and state.
	// Default: a page of the org's own.
	EmailCallbackURI string `json:"email_callback_uri,omitempty"`

	// ActivationURI and RecoveryURI are where activation and recovery mails
	// lead, with activation_token or recovery_token. Default: a page of the
	// org's own.
	ActivationURI string `json:"activation_uri,omitempty"`
	RecoveryURI   string `json:"recovery_uri,omitempty"`

	// Refused are scopes that this client does not get, and NoRefresh refuses
	// offline_access: the grant is not enabled for it.
	Refused   []string `json:"refused_scopes,omitempty"`
	NoRefresh bool     `json:"no_refresh,omitempty"`

	// JWKS is a JSON Web Key Set with the client's public keys, when it proves
	// itself with private_key_jwt.
	JWKS json.RawMessage `json:"jwks,omitempty"`

	// DPoP is "required" (no tokens without a proof), "off" (proofs are ignored)
	// or empty: tokens are bound to a key when the client proves that it has one.
	DPoP string `json:"dpop,omitempty"`

	// RedirectURIs are accepted as they stand, beside every loopback address.
	RedirectURIs []string `json:"redirect_uris,omitempty"`
}

// takes says whether a user may use the application as things are now.
func (c *Client) takes(u *User) bool {
	if slices.Contains([]string{Suspended, Deprovisioned, Staged, LockedOut}, u.Status) {
		return false
	}
	return len(c.Groups) == 0 || slices.ContainsFunc(c.Groups, func(group string) bool { return slices.Contains(u.Groups, group) })
}

// returnsTo says whether a sign-in may end at this address.
func (c *Client) returnsTo(uri string) bool {
	return isLoopbackURL(uri) || slices.Contains(c.RedirectURIs, uri)
}

// DemoClients returns the confidential and the public demonstration client.
func DemoClients() []Client {
	return []Client{
		{ID: DemoClientID, Secret: DemoClientSecret, Label: "Demo web app"},
		{ID: DemoPublicClientID, Label: "Demo single-page app"},
	}
}

func (s *Server) client(id string) *Client {
	i := slices.IndexFunc(s.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Clients[i]
}

// presented returns the client that a request names and whether it proved to
// be that client: with its secret in the Authorization header or in the form.
// A wrong proof, or two, is an error; no proof at all is not, since /interact
// takes an unproven confidential client (and then believes none of its device
// headers).
func (s *Server) presented(c *call) (client *Client, proven bool, problem *reply) {
	id, secret, basic := basicAuth(c.request)
	posted := c.form.Has("client_secret")
	if c.form.Has("client_assertion") && !basic && !posted {
		client, problem := s.asserted(c)
		return client, problem == nil, problem
	}
	switch {
	case c.form.Has("client_assertion"), basic && posted:
		return nil, false, oauthError(http.StatusBadRequest, "invalid_request", "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body.")
	case basic && c.form.Has("client_id") && c.form.Get("client_id") != unescaped(id):
		return nil, false, oauthError(http.StatusBadRequest, "invalid_request", "The client_id in the Authorization header and in the post body differ.")
	case !basic:
		id, secret = c.form.Get("client_id"), c.form.Get("client_secret")
	default: // both parts are form-encoded before they are joined (RFC 6749, 2.3.1)
		id, secret = unescaped(id), unescaped(secret)
	}
	client = s.client(id)
	if client == nil {
		return nil, false, oauthError(http.StatusUnauthorized, "invalid_client", "Invalid value for 'client_id' parameter.")
	}
	if !posted && secret == "" {
		return client, false, nil
	}
	if client.Secret == "" || subtle.ConstantTimeCompare([]byte(secret), []byte(client.Secret)) != 1 {
		return nil, false, oauthError(http.StatusUnauthorized, "invalid_client", "The client secret supplied for a confidential client is invalid.")
	}
	return client, true, nil
}

// basicAuth reads HTTP Basic credentials, also those of a public client of
// Okta's JavaScript SDK, which are an id without the colon.
func basicAuth(r *http.Request) (id, secret string, ok bool) {
	if id, secret, ok = r.BasicAuth(); ok {
		return id, secret, true
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	plain, err := base64.StdEncoding.DecodeString(value)
	if !strings.EqualFold(scheme, "Basic") || err != nil {
		return "", "", false
	}
	return string(plain), "", true
}

// unescaped decodes s where it is encoded: some clients send it as it is.
func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// authenticated is presented for the endpoints where a confidential client
// must prove itself.
func (s *Server) authenticated(c *call) (*Client, *reply) {
	client, proven, problem := s.presented(c)
	if problem != nil {
		return nil, problem
	}
	if client.confidential() && !proven {
		return nil, oauthError(http.StatusUnauthorized, "invalid_client", "Client authentication failed. Either the client or the client credentials are invalid.")
	}
	return client, nil
}

// oauthError is an error of the OAuth endpoints (RFC 6749, 5.2).
func oauthError(status int, code, description string) *reply {
	out := jsonReply(status, map[string]string{"error": code, "error_description": description})
	if status == http.StatusUnauthorized {
		out.header = http.Header{"Www-Authenticate": {`Basic realm="Okta"`}}
	}
	return &out
}
