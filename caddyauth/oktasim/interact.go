package oktasim

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// An interactRequest is what /interact, or /authorize, asked for.
type interactRequest struct {
	scopes      []string
	redirectURI string
	state       string
	nonce       string
	challenge   string // PKCE
	method      string // of challenge: S256
	loginHint   string
	acrValues   []string
	fragment    bool // the way back is in the fragment, not the query
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

// open begins a transaction.
func (s *Server) open(c *call, asked transaction, proven bool) *transaction {
	tx := &asked
	tx.handle = randomText(43)
	s.locate(tx, c, proven)
	s.restart(tx)
	return tx
}

// interact opens a transaction. max_age is accepted and means nothing: there
// is never a session that could be too old.
func (s *Server) interact(c *call, as *authServer) reply {
	client, proven, problem := s.presented(c)
	if problem != nil {
		return *problem
	}
	if how := c.authMethod(); proven && s.InteractAuth != nil && !slices.Contains(s.InteractAuth, how) {
		return *oauthError(http.StatusUnauthorized, "invalid_client", "The client authentication method '"+how+"' is not supported by this endpoint.")
	}
	request := readInteractRequest(c)
	if problem := request.check(as, client); problem != nil {
		return *problem.reply()
	}
	tx := s.open(c, transaction{client: client, server: as, request: request}, proven)
	if problem := s.follow(c, tx); problem != nil {
		s.forget(tx)
		return *problem
	}
	return jsonReply(http.StatusOK, map[string]string{"interaction_handle": tx.handle})
}

// readInteractRequest reads what a sign-in is asked for with, from the form of
// /interact or the query of /authorize.
func readInteractRequest(c *call) interactRequest {
	return interactRequest{
		scopes:      strings.Fields(c.form.Get("scope")),
		redirectURI: c.form.Get("redirect_uri"),
		state:       c.form.Get("state"),
		nonce:       c.form.Get("nonce"),
		challenge:   c.form.Get("code_challenge"),
		method:      c.form.Get("code_challenge_method"),
		loginHint:   c.form.Get("login_hint"),
		acrValues:   strings.Fields(c.form.Get("acr_values")),
	}
}

// A refusal is an error of OAuth that is the client's fault.
type refusal struct{ code, description string }

func (r *refusal) reply() *reply {
	return oauthError(http.StatusBadRequest, r.code, r.description)
}

// check says what is wrong with a request of this client; nil: nothing.
func (r interactRequest) check(as *authServer, client *Client) *refusal {
	invalid := func(description string) *refusal { return &refusal{"invalid_request", description} }
	switch {
	case r.challenge == "" && !client.confidential():
		return invalid("PKCE code challenge is required when the token endpoint authentication method is 'NONE'.")
	case r.challenge == "":
		return invalid("PKCE code challenge is required by the application.")
	case r.method != "S256":
		return invalid("The 'code_challenge_method' parameter must be 'S256'.")
	case !isSHA256(r.challenge):
		return invalid("The 'code_challenge' parameter must be a base64url-encoded SHA-256 hash.")
	case !client.returnsTo(r.redirectURI):
		return invalid("The 'redirect_uri' parameter must be a Login redirect URI in the client app settings. (This simulator takes any loopback address.)")
	case r.state == "":
		return invalid("The authentication request has an invalid 'state' parameter.")
	case len(r.scopes) == 0:
		return &refusal{"invalid_scope", "The authentication request has an invalid 'scope' parameter."}
	}
	for _, scope := range r.scopes {
		if !slices.Contains(as.scopes, scope) || slices.Contains(client.Refused, scope) {
			return &refusal{"invalid_scope", "One or more scopes are not configured for the authorization server resource."}
		}
	}
	if client.NoRefresh && slices.Contains(r.scopes, "offline_access") {
		return &refusal{"invalid_scope", "The client is not authorized to use the refresh token grant type. Configured grant types: [interaction_code]."}
	}
	return nil
}

func isSHA256(challenge string) bool {
	sum, err := base64.RawURLEncoding.DecodeString(challenge)
	return err == nil && len(sum) == 32
}
