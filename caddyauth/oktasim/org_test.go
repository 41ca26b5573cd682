package oktasim_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestSeveralAuthorizationServersWithClaimsOfTheirOwn(t *testing.T) {
	users := oktasim.DemoUsers()
	users[0].Profile = document{"department": "Engines", "level": 7}
	o := start(t, &oktasim.Server{Users: users, AuthServers: []oktasim.AuthServer{
		{Name: "default"},
		{Name: "partners", Audience: "https://api.example.com", Scopes: []string{"openid", "books"}, Claims: []oktasim.Claim{
			{Name: "department", Value: "user.department", Token: "id"},
			{Name: "level", Value: "user.level", Scopes: []string{"books"}},
			{Name: "teams", Value: "groups", Token: "access"},
			{Name: "tenant", Value: "north"},
			{Name: "nickname", Value: "user.nickname"}, // Ada has none
		}},
	}})
	issuer := o.url + "/oauth2/partners"
	form := interactForm()
	status, _ := o.postForm(issuer+"/v1/interact", form)
	expect(t, "a scope of the other server", status, http.StatusBadRequest)
	form.Set("scope", "openid books")
	f := o.beginAt(issuer, issuer+"/v1/interact", form).identify(ada, adaPassword)
	token := f.tokens()
	id := f.verified(token)
	expect(t, "ID token", []any{id["iss"], id["department"], id["level"], id["tenant"], id["teams"], id["nickname"]}, []any{issuer, "Engines", 7.0, "north", nil, nil})
	access := claimsOf(t, token.AccessToken)
	expect(t, "access token", []any{access["aud"], access["department"], access["level"]}, []any{"https://api.example.com", nil, 7.0})
	expect(t, "teams", access["teams"], any([]any{"Everyone", "Engineering", "Finance"}))
}

func TestScopesThatAClientIsRefused(t *testing.T) {
	o := start(t, &oktasim.Server{Clients: clientWith(func(c *oktasim.Client) { c.Refused = []string{"groups"} })})
	status, out := o.postForm(o.issuer()+"/v1/interact", interactForm())
	expect(t, "groups", []any{status, out["error"]}, []any{http.StatusBadRequest, "invalid_scope"})
	o = start(t, &oktasim.Server{Clients: clientWith(func(c *oktasim.Client) { c.NoRefresh = true })})
	status, out = o.postForm(o.issuer()+"/v1/interact", interactForm())
	expect(t, "offline_access", []any{status, out["error"]}, []any{http.StatusBadRequest, "invalid_scope"})
}

func TestRotatedRefreshTokenWorksForAGracePeriod(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now, Policy: oktasim.Policy{Refresh: oktasim.Rotating, RefreshGraceSeconds: 30}})
	f := o.signedIn()
	first := f.tokens().RefreshToken
	second, err := f.renew(first)
	if err != nil {
		t.Fatal(err)
	}
	c.advance(29 * time.Second)
	if _, err := f.renew(first); err != nil {
		t.Fatalf("within the grace period: %v", err)
	}
	c.advance(2 * time.Second)
	if _, err := f.renew(first); err == nil {
		t.Fatal("after the grace period it still works")
	}
	if _, err := f.renew(second.RefreshToken); err == nil {
		t.Fatal("the family outlives the reuse")
	}
}

func TestRefreshTokensEnd(t *testing.T) {
	tests := []struct {
		name   string
		policy oktasim.Policy
		good   time.Duration // a step that keeps it alive
		bad    time.Duration // a step too many
	}{
		{"by age", oktasim.Policy{RefreshSeconds: 100}, 60 * time.Second, 41 * time.Second},
		{"unused", oktasim.Policy{RefreshIdleSeconds: 100}, 99 * time.Second, 101 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &clock{now: time.Now()}
			o := start(t, &oktasim.Server{Now: c.Now, Policy: test.policy})
			f := o.signedIn()
			token := f.tokens().RefreshToken
			c.advance(test.good)
			if _, err := f.renew(token); err != nil {
				t.Fatal(err)
			}
			c.advance(test.bad)
			if _, err := f.renew(token); err == nil {
				t.Fatal("it is too old, and works")
			}
		})
	}
}

// What an administrator does to a user is seen at the next refresh.
func TestRefreshAfterTheUserChanged(t *testing.T) {
	for _, change := range []string{`"status":"SUSPENDED"`, `"groups":["Everyone"]`} {
		o := start(t, &oktasim.Server{Clients: clientWith(func(c *oktasim.Client) { c.Groups = []string{"Engineering"} })})
		f := o.signedIn()
		token := f.tokens().RefreshToken
		o.api("POST", "/users", `{"login":"ada@example.com","password":"correct horse battery",`+change+`}`)
		if _, err := f.renew(token); err == nil {
			t.Errorf("%s: the refresh token still works", change)
		}
	}
}

// claimsOf reads an access token, which is nobody's business but its
// audience's.
func claimsOf(t *testing.T, token string) document {
	t.Helper()
	content, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	var out document
	if err == nil {
		err = json.Unmarshal(content, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}
