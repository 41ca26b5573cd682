package okta

// This file is the only one that imports okta-idx-golang, and uses of it what
// is sound: its client configuration, PKCE, state and /interact. The rest of
// v0.2.2 is not called: its flow methods go through a process-wide client (one
// org's handle reaches another org), build JSON from passwords by concatenation,
// put the client secret into the query string, and panic on answers that Okta
// does give.

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	sdk "github.com/okta/okta-idx-golang"
)

// Interaction is a sign-in that has begun at Okta. All of it is secret.
type Interaction struct {
	Handle   string // names the interaction to /introspect
	Verifier string // PKCE code verifier (RFC 7636, section 4.1)
	State    string
	Nonce    string // comes back in the ID token
}

// InteractOptions are the optional parameters of /interact.
type InteractOptions struct {
	LoginHint string
	ACRValues string
	// RecoveryToken or ActivationToken of a link that Okta e-mailed. Secrets.
	RecoveryToken, ActivationToken string
}

// Interact begins a sign-in. An authorization server or application that grants
// no refresh tokens is asked again without offline_access, and remembered.
func (o *Org) Interact(ctx context.Context, d Device, opts InteractOptions) (*Interaction, error) {
	scopes, err := o.scopes(ctx)
	if err != nil {
		return nil, err
	}
	in, err := o.interact(ctx, d, opts, scopes)
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != "invalid_scope" || !slices.Contains(scopes, "offline_access") {
		return in, err
	}
	if in, err = o.interact(ctx, d, opts, without(scopes, "offline_access")); err != nil {
		return nil, refused // another scope is at fault
	}
	o.goWithoutRefresh("the org refused the scope offline_access")
	return in, nil
}

func (o *Org) interact(ctx context.Context, d Device, opts InteractOptions, scopes []string) (*Interaction, error) {
	call := &interactCall{org: o, device: d, nonce: rand.Text(), form: url.Values{"scope": {strings.Join(scopes, " ")}}}
	call.form.Set("nonce", call.nonce)
	if opts.LoginHint != "" {
		call.form.Set("login_hint", opts.LoginHint)
	}
	for name, value := range map[string]string{
		"acr_values": opts.ACRValues, "recovery_token": opts.RecoveryToken, "activation_token": opts.ActivationToken,
	} {
		if value != "" {
			call.form.Set(name, value)
		}
	}
	begun, err := o.sdk.Interact(context.WithValue(ctx, interactKey{}, call))
	if call.err != nil {
		return nil, call.err
	}
	if err != nil {
		return nil, callError("interact", err)
	}
	return &Interaction{
		Handle:   begun.InteractionHandle.InteractionHandle,
		Verifier: begun.CodeVerifier,
		State:    begun.State,
		Nonce:    call.nonce,
	}, nil
}

// interactCall travels through the SDK in the request's context: what the SDK
// cannot send goes down with it, what the SDK would lose comes back in it.
type interactCall struct {
	org    *Org
	device Device
	form   url.Values
	nonce  string
	err    error
}

type interactKey struct{}

// interactTransport stands under the SDK's HTTP client.
type interactTransport struct{ http *http.Client }

var errHandled = errors.New("the error is in the call")

func (t interactTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	call, ok := req.Context().Value(interactKey{}).(*interactCall)
	if !ok {
		return nil, errors.New("okta-idx-golang made a call of its own")
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	for name, values := range call.form {
		form[name] = values // set, not added: each parameter goes once
	}
	// The SDK looks for "oauth2" anywhere in the issuer, host included.
	address := call.org.oauthBase() + "/v1/interact"
	a, err := call.org.postForm(req.Context(), "interact", address, form, call.device)
	switch {
	case err != nil:
		call.err = err
	case a.status != http.StatusOK:
		call.err = call.org.refusal("interact", a)
	case !hasHandle(a.body):
		call.err = &Error{Kind: NotOkta, Endpoint: "interact", Status: a.status, Err: errors.New("answer has no interaction_handle")}
	default:
		return &http.Response{
			StatusCode: a.status, Header: a.header, Request: req,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
		}, nil
	}
	return nil, errHandled
}

// maxHandle bounds an interaction handle, in bytes: Okta's have 43, and they
// travel in a cookie.
const maxHandle = 512

// hasHandle tells whether the answer is what the SDK takes it for: it returns an
// empty handle without an error, and quotes what it cannot read.
func hasHandle(body []byte) bool {
	var begun struct {
		Handle string `json:"interaction_handle"`
	}
	return json.Unmarshal(body, &begun) == nil && begun.Handle != "" && len(begun.Handle) <= maxHandle
}

// The SDK's constructor writes a process-wide variable.
var sdkConstructor sync.Mutex

// sdkClient is the SDK's client; this file alone knows it.
type sdkClient = sdk.Client

// sdkSecret is the client secret as far as the SDK knows. It refuses an empty
// one, and never sends it: postForm puts in the real one.
const sdkSecret = "none of the SDK's business"

// newSDKClient gives every option explicitly, so that nothing of the SDK's
// configuration file or environment is used.
func newSDKClient(cfg Config, client *http.Client) (*sdkClient, error) {
	sdkConstructor.Lock()
	defer sdkConstructor.Unlock()
	redirect, scopes := cfg.RedirectURI, cfg.Scopes
	if redirect == "" {
		return nil, errors.New("redirect_uri is empty: set it to a sign-in redirect URI of the application")
	}
	if len(scopes) == 0 {
		scopes = []string{"openid"} // replaced at each call
	}
	c, err := sdk.NewClientWithSettings(
		sdk.WithIssuer(cfg.Issuer), sdk.WithClientID(cfg.ClientID), sdk.WithClientSecret(sdkSecret),
		sdk.WithRedirectURI(redirect), sdk.WithScopes(scopes))
	if err != nil {
		return nil, fmt.Errorf("okta-idx-golang: %w; it reads okta.yaml in the working directory and in ~/.okta, though nothing there is used: mend or remove that file", err)
	}
	return c.WithHTTPClient(&http.Client{Transport: interactTransport{client}}), nil
}
