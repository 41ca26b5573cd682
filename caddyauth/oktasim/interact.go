package oktasim

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// An interactRequest is what /interact asked for.
type interactRequest struct {
	scopes      []string
	redirectURI string
	state       string
	nonce       string
	challenge   string // PKCE, S256
	loginHint   string
	acrValues   []string
}

// assurances are the acr_values that the org supports; it ignores others. All
// but the first ask for a second factor.
var assurances = []string{"urn:okta:loa:1fa:any", "urn:okta:loa:2fa:any", "urn:okta:loa:2fa:any:ifpossible"}

// acr is the assurance asked for; empty: none that the org supports.
func (r interactRequest) acr() string {
	i := slices.IndexFunc(r.acrValues, func(value string) bool { return slices.Contains(assurances, value) })
	if i < 0 {
		return ""
	}
	return r.acrValues[i]
}

// interact opens a transaction. max_age is accepted and means nothing: there
// is never a session that could be too old.
func (s *Server) interact(c *call, as *authServer) reply {
	client, proven, problem := s.presented(c)
	if problem != nil {
		return *problem
	}
	request := interactRequest{
		scopes:      strings.Fields(c.form.Get("scope")),
		redirectURI: c.form.Get("redirect_uri"),
		state:       c.form.Get("state"),
		nonce:       c.form.Get("nonce"),
		challenge:   c.form.Get("code_challenge"),
		loginHint:   c.form.Get("login_hint"),
		acrValues:   strings.Fields(c.form.Get("acr_values")),
	}
	method := c.form.Get("code_challenge_method")
	invalid := func(description string) reply {
		return *oauthError(http.StatusBadRequest, "invalid_request", description)
	}
	switch {
	case request.challenge == "" && client.Secret == "":
		return invalid("PKCE code challenge is required when the token endpoint authentication method is 'NONE'.")
	case request.challenge == "":
		return invalid("PKCE code challenge is required by the application.")
	case method != "S256":
		return invalid("The 'code_challenge_method' parameter must be 'S256'.")
	case !isSHA256(request.challenge):
		return invalid("The 'code_challenge' parameter must be a base64url-encoded SHA-256 hash.")
	case !isLoopbackURL(request.redirectURI) && !slices.Contains(client.RedirectURIs, request.redirectURI):
		return invalid("The 'redirect_uri' parameter must be a Login redirect URI in the client app settings. (This simulator takes any loopback address.)")
	case request.state == "":
		return invalid("The authentication request has an invalid 'state' parameter.")
	case len(request.scopes) == 0:
		return *oauthError(http.StatusBadRequest, "invalid_scope", "The authentication request has an invalid 'scope' parameter.")
	}
	for _, scope := range request.scopes {
		if !slices.Contains(as.scopes, scope) || slices.Contains(client.Refused, scope) {
			return *oauthError(http.StatusBadRequest, "invalid_scope", "One or more scopes are not configured for the authorization server resource.")
		}
	}
	if client.NoRefresh && slices.Contains(request.scopes, "offline_access") {
		return *oauthError(http.StatusBadRequest, "invalid_scope", "The client is not authorized to use the refresh token grant type. Configured grant types: [interaction_code].")
	}
	tx := &transaction{handle: randomText(43), client: client, server: as, request: request}
	s.locate(tx, c, proven)
	s.restart(tx)
	if problem := s.follow(c, tx); problem != nil {
		s.forget(tx)
		return *problem
	}
	return jsonReply(http.StatusOK, map[string]string{"interaction_handle": tx.handle})
}

func isSHA256(challenge string) bool {
	sum, err := base64.RawURLEncoding.DecodeString(challenge)
	return err == nil && len(sum) == 32
}
