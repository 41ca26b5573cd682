package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"
)

// asserted is what an application does with a request: it fetches the keys, checks
// the signature and reads the claims.
func (w *world) asserted(r EchoRequest) (claims map[string]any, key string) {
	w.Helper()
	answer := w.browser().Get("/.okta/jwks.json")
	if answer.Status != http.StatusOK || answer.Header.Get("Content-Type") != "application/jwk-set+json" {
		w.Fatalf("the keys: %d %s", answer.Status, answer.Header.Get("Content-Type"))
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(answer.Body), &keys); err != nil {
		w.Fatal(err)
	}
	lines := r.Alias("Authorization")
	if len(lines) != 1 {
		w.Fatalf("the application got %d lines of Authorization", len(lines))
	}
	token, err := jwt.ParseSigned(strings.TrimPrefix(lines[0], "Bearer "), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		w.Fatal(err)
	}
	if err := token.Claims(keys, &claims); err != nil {
		w.Fatal(err)
	}
	return claims, token.Headers[0].KeyID
}

// An application that cannot trust its network verifies what the gate has signed.
// What a client sends in its place is gone; a public path has none; an assertion
// opens nothing at the gate itself; and a key is changed under way without anybody
// noticing.
//
// Rows: S-46.
func TestS46_ApplicationVerifiesTheAssertion(t *testing.T) {
	t.Parallel()
	const old, fresh = "the-old-key-of-this-test-0123456789", "the-new-key-of-this-test-0123456789"
	lines := []string{
		"identity none", `header_up Authorization "Bearer {token.assertion}"`, "public /status", "group_filter Eng*",
		"assertion {\naudience https://reports.internal\nclaims email groups employeeNumber\n}",
	}
	w := newWorld(t, append(lines, "key "+old)...)
	b := w.browser()
	b.SignIn("/", ada, adaPassword)

	b.Get("/reports", "Authorization: Bearer "+forged)
	last := w.echo.Last(t)
	claims, before := w.asserted(last)
	if life, _ := claims["exp"].(float64); life-claims["iat"].(float64) != 300 {
		t.Errorf("good for %v seconds", life-claims["iat"].(float64))
	}
	delete(claims, "iat")
	delete(claims, "exp")
	if subject, _ := claims["sub"].(string); !strings.HasPrefix(subject, "00u") {
		t.Errorf("the subject is %q", subject)
	}
	delete(claims, "sub")
	want := map[string]any{
		"iss": w.site.URL, "aud": "https://reports.internal", "email": ada, "groups": []any{"Engineering"},
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Error(diff)
	}

	b.Get("/status", "Authorization: Bearer "+forged)
	expectHeader(t, w.echo.Last(t), "Authorization")
	token := strings.TrimPrefix(last.Alias("Authorization")[0], "Bearer ")
	for _, cookie := range []string{"okta_auth=" + token, "okta_auth=1." + token, "x=1\r\nAuthorization: Bearer " + token} {
		if passed, status := w.asks(cookie); passed || status != http.StatusUnauthorized {
			t.Errorf("an assertion as %.24q: passed %v, status %d", cookie, passed, status)
		}
	}

	w.rerun(append(lines, "key "+fresh+" "+old)...)
	if _, key := w.asserted(last); key != before {
		t.Error("what was signed before is no longer good")
	}
	b.Get("/reports")
	if _, key := w.asserted(w.echo.Last(t)); key == before {
		t.Error("the newest key does not sign")
	}
}
