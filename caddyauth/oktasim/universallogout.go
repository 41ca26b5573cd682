package oktasim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

const universalLogoutShape = `{"login":"ada@example.com" or "email":"ada@example.com","to":"http://127.0.0.1:8080/logout","client_id":"0oa..."}`

// A universalLogout is what the management port is asked to do.
type universalLogout struct {
	// Login or Email says whose sessions the application is told to end. With
	// Email the application is told the address, as Okta does by default; with
	// Login, the issuer and the user's id.
	Login string `json:"login"`
	Email string `json:"email"`

	// To is the application's address.
	To string `json:"to"`

	// ClientID is the application. Default: the first client with a secret.
	ClientID string `json:"client_id"`
}

// logoutPatience bounds the call: nobody waits longer for a test's answer.
const logoutPatience = 10 * time.Second

// postUniversalLogout tells an application to end a user's sessions, as Okta
// does: with a token for this one request, signed like an ID token of the
// org's own server. It answers with what the application said.
func (s *Server) postUniversalLogout(r *http.Request) (any, error) {
	var given universalLogout
	if err := readStrict(r.Body, &given, universalLogoutShape); err != nil {
		return nil, err
	}
	request, err := s.universalLogoutRequest(r.Context(), given)
	if err != nil {
		return nil, err
	}
	client := http.Client{
		Timeout:       logoutPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s did not answer: %w", given.To, err)
	}
	defer response.Body.Close()
	content, _ := io.ReadAll(io.LimitReader(response.Body, 4<<10)) // what came is enough to see what is wrong
	return map[string]any{"status": response.StatusCode, "body": string(content)}, nil
}

func (s *Server) universalLogoutRequest(ctx context.Context, given universalLogout) (*http.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.Exposed && !isLoopbackURL(given.To) {
		return nil, fmt.Errorf("to is %q; this simulator calls loopback addresses only", given.To)
	}
	if (given.Login == "") == (given.Email == "") {
		return nil, fmt.Errorf("give one of login and email; expected %s", universalLogoutShape)
	}
	client, err := s.logoutClient(given.ClientID)
	if err != nil {
		return nil, err
	}
	if s.address == "" {
		return nil, errNoAddress
	}
	subject := map[string]string{"format": "email", "email": given.Email}
	if given.Login != "" {
		user := s.user(given.Login)
		if user == nil {
			return nil, fmt.Errorf("there is no user %q", given.Login)
		}
		subject = map[string]string{"format": "iss_sub", "iss": s.address, "sub": user.id()}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, given.To, bytes.NewReader(encode(map[string]any{"sub_id": subject})))
	if err != nil {
		return nil, fmt.Errorf("to is %q, which is not an address", given.To)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+s.logoutToken(client, given.To))
	request.Header.Set(simulatorHeader, simulatorNotice)
	return request, nil
}

func (s *Server) logoutClient(id string) (*Client, error) {
	if id != "" {
		if client := s.client(id); client != nil {
			return client, nil
		}
		return nil, fmt.Errorf("there is no client %q", id)
	}
	i := slices.IndexFunc(s.Clients, func(c Client) bool { return c.Secret != "" })
	if i < 0 {
		return nil, fmt.Errorf("no client has a secret; give client_id")
	}
	return &s.Clients[i], nil
}

// logoutToken is good for one request to one address, for five minutes.
func (s *Server) logoutToken(client *Client, to string) string {
	const leeway = 5 * time.Minute
	k, now := s.signer(s.ownServer()), s.Now()
	return (&unsigned{typ: "global-token-revocation+jwt", alg: "RS256", kid: k.kid, key: k.key, claims: map[string]any{
		"jti": randomText(32), "iss": s.address, "sub": client.ID, "aud": to,
		"iat": now.Unix(), "nbf": now.Add(-leeway).Unix(), "exp": now.Add(leeway).Unix(),
	}}).sign()
}
