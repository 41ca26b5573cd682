package oktasim_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"
)

// An application that was written without knowledge of the simulator judges
// the call: go-oidc checks the signature with the org's published keys.
func TestUniversalLogoutIsSignedAndNamesTheUser(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	o := start(t, &oktasim.Server{Now: func() time.Time { return now }})
	var header http.Header
	var body document
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header, body = r.Header, nil
		content, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(content, &body)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer app.Close()
	out := o.api("POST", "/universal-logout", `{"email":"ada@example.com","to":"`+app.URL+`/logout"}`)
	expect(t, "answer", out, any(document{"status": 204.0, "body": ""}))
	expect(t, "subject", body, document{"sub_id": document{"format": "email", "email": ada}})
	expect(t, "type", header.Get("Content-Type"), "application/json")

	raw := strings.TrimPrefix(header.Get("Authorization"), "Bearer ")
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "typ", token.Headers[0].ExtraHeaders["typ"], any("global-token-revocation+jwt"))
	provider, err := oidc.NewProvider(context.Background(), o.url)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := provider.Verifier(&oidc.Config{ClientID: app.URL + "/logout", Now: func() time.Time { return now }}).Verify(context.Background(), raw)
	if err != nil {
		t.Fatal(err)
	}
	claims := document{}
	_ = verified.Claims(&claims)
	delete(claims, "jti")
	want := document{
		"iss": o.url, "sub": oktasim.DemoClientID, "aud": app.URL + "/logout",
		"iat": float64(now.Unix()), "nbf": float64(now.Add(-5 * time.Minute).Unix()), "exp": float64(now.Add(5 * time.Minute).Unix()),
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Error(diff)
	}

	subject := func() any {
		f := o.begin().identify(ada, adaPassword)
		return f.verified(f.tokens())["sub"]
	}
	o.api("POST", "/universal-logout", `{"login":"ada@example.com","to":"`+app.URL+`/logout"}`)
	expect(t, "subject", body, document{"sub_id": document{"format": "iss_sub", "iss": o.url, "sub": subject()}})
}

func TestUniversalLogoutSaysWhatIsWrong(t *testing.T) {
	o := start(t, &oktasim.Server{})
	refusing := httptest.NewServer(http.NotFoundHandler())
	out := o.api("POST", "/universal-logout", `{"email":"x@example.com","to":"`+refusing.URL+`"}`)
	expect(t, "status", out.(document)["status"], any(404.0))
	refusing.Close()
	for body, want := range map[string]string{
		`{"email":"a@b","to":"https://app.example/"}`:                              "loopback addresses only",
		`{"to":"http://127.0.0.1:1/"}`:                                             "give one of login and email",
		`{"login":"a","email":"b","to":"http://127.0.0.1:1/"}`:                     "give one of login and email",
		`{"login":"nobody","to":"http://127.0.0.1:1/"}`:                            `there is no user "nobody"`,
		`{"login":"` + ada + `","to":"http://127.0.0.1:1/","client_id":"0oanone"}`: `there is no client "0oanone"`,
		`{"email":"a@b","to":"` + refusing.URL + `"}`:                              "did not answer",
	} {
		status, out := o.rawAPI("POST", "/universal-logout", body)
		if message, _ := out.(document)["error"].(string); status != 400 || !strings.Contains(message, want) {
			t.Errorf("%s: %d %q", body, status, message)
		}
	}
}
