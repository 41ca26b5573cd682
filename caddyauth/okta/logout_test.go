package okta

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

const (
	logoutAddress   = "https://app.example.com/.okta/universal-logout"
	logoutOfAda     = `{"sub_id":{"format":"email","email":"Ada@Example.com"}}`
	orgMetadataPath = "/.well-known/openid-configuration"
	orgKeysPath     = "/oauth2/v1/keys"
)

// withOwnServer lets the fake org sign for itself too, with a key of its own.
func (f *fakeOrg) withOwnServer() *fakeOrg {
	metadata, _ := json.Marshal(map[string]any{
		"issuer": f.srv.URL, "token_endpoint": f.srv.URL + "/oauth2/v1/token", "jwks_uri": f.srv.URL + orgKeysPath,
	})
	keys, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{publicKey("org", 1)}})
	f.answer(orgMetadataPath, 200, string(metadata))
	f.answer(orgKeysPath, 200, string(keys))
	return f
}

// logoutClaims are a token's that the org itself issues and that passes.
func (f *fakeOrg) logoutClaims(pairs ...any) map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.clock.Unix()
	return with(map[string]any{
		"iss": f.srv.URL, "sub": testClient, "aud": logoutAddress, "jti": fmt.Sprint("jti-", len(f.asked), now),
		"iat": now, "nbf": now - 300, "exp": now + 300,
	}, pairs...)
}

func logoutHeader(pairs ...any) map[string]any {
	return header(append([]any{"kid", "org", "typ", logoutType}, pairs...)...)
}

// mustAnswer verifies a request and wants it refused with the status, in words
// that give the token away no more than a log should.
func mustAnswer(t *testing.T, o *Org, status int, authorization, body string) {
	t.Helper()
	got, err := o.VerifyLogout(t.Context(), authorization, []byte(body), logoutAddress)
	var e *LogoutError
	if !errors.As(err, &e) || e.Status != status || got != nil {
		t.Errorf("%+v, %v; want status %d", got, err, status)
		return
	}
	for _, part := range strings.Split(authorization, ".") {
		if len(part) > 20 && strings.Contains(err.Error(), part) {
			t.Errorf("the token is in the error: %.200q", err)
		}
	}
	if len(err.Error()) > 700 || strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("error not fit for a log: %.800q", err)
	}
}

func TestUniversalLogout(t *testing.T) {
	f := newFakeOrg(t).withOwnServer()
	o := f.org(func(c *Config) { c.LogoutIssuers = []string{f.srv.URL + "/oauth2/ausOther/"} })
	other, _ := json.Marshal(map[string]any{"issuer": f.srv.URL + "/oauth2/ausOther", "token_endpoint": f.srv.URL + "/t", "jwks_uri": f.srv.URL + orgKeysPath})
	f.answer("/oauth2/ausOther/.well-known/openid-configuration", 200, string(other))
	subject := func(iss string) string {
		return `{"sub_id":{"format":"iss_sub","iss":"` + iss + `","sub":"00u1"},"more":[]}`
	}
	byEmail := &LogoutRequest{Email: "ada@example.com"}
	for name, tt := range map[string]struct {
		token string
		body  string
		want  *LogoutRequest
	}{
		"by the org":                 {rs256(logoutHeader(), f.logoutClaims("jti", "1"), 1), logoutOfAda, byEmail},
		"by the issuer":              {rs256(logoutHeader("kid", "k0"), f.logoutClaims("jti", "1", "iss", f.issuer()), 0), logoutOfAda, byEmail},
		"by another name of the org": {rs256(logoutHeader(), f.logoutClaims("jti", "1", "iss", f.srv.URL+"/oauth2/ausOther"), 1), logoutOfAda, byEmail},
		"audiences":                  {rs256(logoutHeader(), f.logoutClaims("jti", "2", "aud", []string{"https://x.example", logoutAddress}), 1), logoutOfAda, byEmail},
		"no key id, no nbf":          {rs256(logoutHeader("kid", nil), f.logoutClaims("jti", "3", "nbf", nil), 1), logoutOfAda, byEmail},
		"ten minutes ahead":          {rs256(logoutHeader(), f.logoutClaims("jti", "4", "exp", f.clock.Unix()+600), 1), logoutOfAda, byEmail},
		"our clock 59 s ahead":       {rs256(logoutHeader(), f.logoutClaims("jti", "5", "iat", f.clock.Unix()-400, "exp", f.clock.Unix()-59), 1), logoutOfAda, byEmail},
		"subject of the org":         {rs256(logoutHeader(), f.logoutClaims("jti", "6"), 1), subject(f.srv.URL), &LogoutRequest{Issuer: f.srv.URL, Subject: "00u1"}},
		"subject of the issuer":      {rs256(logoutHeader(), f.logoutClaims("jti", "7"), 1), subject(f.issuer()), &LogoutRequest{Issuer: f.issuer(), Subject: "00u1"}},
	} {
		got, err := o.VerifyLogout(t.Context(), "Bearer "+tt.token, []byte(tt.body), logoutAddress)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	if n := len(f.calls(orgKeysPath)) + len(f.calls(keysPath)); n != 3 {
		t.Errorf("%d fetches of keys, want one for each issuer", n)
	}
	if _, err := o.VerifyLogout(t.Context(), "bearer "+rs256(logoutHeader(), f.logoutClaims(), 1), []byte(logoutOfAda), logoutAddress); err != nil {
		t.Errorf("the scheme in lower case: %v", err)
	}
}

// A stranger wants to sign users out, or to learn how tokens are checked: with
// tokens of no key, of a published key, of another use, of another org.
//
// Rows: S-01, S-02, S-10, S-18.
func TestUniversalLogoutForgedTokens(t *testing.T) {
	f := newFakeOrg(t).withOwnServer()
	elsewhere := newFakeOrg(t).withOwnServer()
	now := f.clock.Unix()
	signed := func(pairs ...any) string { return rs256(logoutHeader(), f.logoutClaims(pairs...), 1) }
	headed := func(pairs ...any) string { return rs256(logoutHeader(pairs...), f.logoutClaims(), 1) }
	unsigned := func(alg string) string {
		h, _ := json.Marshal(logoutHeader("alg", alg))
		c, _ := json.Marshal(f.logoutClaims())
		return b64(h) + "." + b64(c) + "."
	}
	mac := hmac.New(sha256.New, rsaKeys()[1].N.Bytes())
	hs256 := strings.TrimSuffix(unsigned("HS256"), ".")
	mac.Write([]byte(hs256))
	claims, _ := json.Marshal(f.logoutClaims())
	doubled := func(member string) string {
		return rs256(logoutHeader(), strings.TrimSuffix(string(claims), "}")+","+member+"}", 1)
	}
	idToken := f.goodClaims()
	for name, token := range map[string]string{
		"none":                     unsigned("none"),
		"no signature":             unsigned("RS256"),
		"HS256 of the public key":  hs256 + "." + b64(mac.Sum(nil)),
		"PS256 named":              headed("alg", "PS256"),
		"another key":              rs256(logoutHeader(), f.logoutClaims(), 0),
		"a key of the issuer":      rs256(logoutHeader("kid", "k0"), f.logoutClaims(), 0),
		"the org's for the issuer": rs256(logoutHeader(), f.logoutClaims("iss", f.issuer()), 1),
		"an unknown key":           headed("kid", "made-up"),
		"an ID token":              rs256(header(), with(idToken, "aud", logoutAddress, "jti", "x"), 0),
		"no type":                  headed("typ", nil),
		"a JWT":                    headed("typ", "JWT"),
		"a logout token":           headed("typ", "logout+jwt"),
		"an access token":          headed("typ", "at+jwt"),
		"the type in capitals":     headed("typ", "GLOBAL-TOKEN-REVOCATION+JWT"),
		"the type as a list":       headed("typ", []string{logoutType}),
		"a key of its own":         headed("jwk", publicKey("org", 1)),
		"a key address":            headed("jku", elsewhere.srv.URL+orgKeysPath),
		"a critical extension":     headed("crit", []string{"x"}),
		"another org":              signed("iss", elsewhere.srv.URL),
		"the org with a slash":     signed("iss", f.srv.URL+"/"),
		"the org in capitals":      signed("iss", strings.ToUpper(f.srv.URL)),
		"another server":           signed("iss", f.srv.URL+"/oauth2/evil"),
		"a user trick":             signed("iss", f.srv.URL+"@evil.example.com"),
		"no issuer":                signed("iss", nil),
		"an issuer list":           signed("iss", []string{f.srv.URL}),
		"expired":                  signed("iat", now-600, "exp", now-60),
		"no expiry":                signed("exp", nil),
		"expiry as text":           signed("exp", fmt.Sprint(now+300)),
		"good for an hour":         signed("exp", now+3600),
		"good for 601 s":           signed("exp", now+601),
		"not yet good":             signed("nbf", now+61),
		"issued tomorrow":          signed("iat", now+61),
		"no time of issue":         signed("iat", nil),
		"no jti":                   signed("jti", nil),
		"jti empty":                signed("jti", ""),
		"jti a number":             signed("jti", 7),
		"iss twice":                doubled(`"iss":"` + f.srv.URL + `"`),
		"aud twice":                doubled(`"aud":"` + logoutAddress + `"`),
		"not JSON":                 rs256(logoutHeader(), "hello", 1),
		"a list":                   rs256(logoutHeader(), "[]", 1),
		"null":                     rs256(logoutHeader(), "null", 1),
		"too long":                 signed("x", strings.Repeat("x", maxLogoutToken)),
		"broken over two lines":    signed() + "\n",
		"two tokens":               signed() + " " + signed(),
		"two dots":                 "..",
	} {
		t.Run(name, func(t *testing.T) {
			mustAnswer(t, f.org(), http.StatusUnauthorized, "Bearer "+token, logoutOfAda)
		})
	}
	o := f.org()
	for _, authorization := range []string{"", "Bearer", "Bearer ", signed(), "Basic " + signed(), "Bearer\t" + signed(), "DPoP " + signed()} {
		mustAnswer(t, o, http.StatusUnauthorized, authorization, logoutOfAda)
	}
	if len(elsewhere.asked) > 0 {
		t.Errorf("another org was asked for %v", elsewhere.asked)
	}
}

// An issuer that is none of ours is asked nothing, whatever address it names:
// the endpoint must not become a way to send requests into a network.
//
// Rows: S-24.
func TestS24_UniversalLogoutAsksNobodyElse(t *testing.T) {
	f, elsewhere := newFakeOrg(t).withOwnServer(), newFakeOrg(t).withOwnServer()
	o := f.org()
	for _, iss := range []string{
		elsewhere.srv.URL, elsewhere.issuer(), "http://169.254.169.254/latest", "file:///etc/passwd", "//" + f.srv.Listener.Addr().String(),
		f.srv.URL + "/oauth2/../evil", f.srv.URL + ".evil.example.com", "", strings.Repeat("x", 4000),
	} {
		mustAnswer(t, o, http.StatusUnauthorized, "Bearer "+rs256(logoutHeader(), f.logoutClaims("iss", iss), 1), logoutOfAda)
	}
	if len(f.asked)+len(elsewhere.asked) > 0 {
		t.Errorf("the org was asked for %v, the other for %v", f.asked, elsewhere.asked)
	}
	// Metadata that points elsewhere is not followed.
	metadata, _ := json.Marshal(map[string]any{"issuer": f.srv.URL, "token_endpoint": f.srv.URL + "/t", "jwks_uri": elsewhere.srv.URL + orgKeysPath})
	f.answer(orgMetadataPath, 200, string(metadata))
	mustAnswer(t, o, http.StatusServiceUnavailable, "Bearer "+rs256(logoutHeader(), f.logoutClaims(), 1), logoutOfAda)
	if len(elsewhere.asked) > 0 {
		t.Errorf("the other was asked for %v", elsewhere.asked)
	}
}

// A genuine token of the org that was meant for another application, or for
// another address of this one.
//
// Rows: S-04.
func TestS04_UniversalLogoutForAnother(t *testing.T) {
	f := newFakeOrg(t).withOwnServer()
	o := f.org()
	for _, pairs := range [][]any{
		{"aud", "https://other.example.com/.okta/universal-logout"}, {"aud", logoutAddress + "/"}, {"aud", strings.ToUpper(logoutAddress)},
		{"aud", nil}, {"aud", ""}, {"aud", []string{}}, {"aud", 7}, {"aud", map[string]any{logoutAddress: 1}}, {"aud", [][]string{{logoutAddress}}}, {"aud", testClient},
		{"sub", "0oaanother"}, {"sub", nil}, {"sub", ""}, {"sub", []string{testClient}}, {"sub", testClient + " "},
	} {
		mustAnswer(t, o, http.StatusForbidden, "Bearer "+rs256(logoutHeader(), f.logoutClaims(pairs...), 1), logoutOfAda)
	}
	mustAnswer(t, o, http.StatusForbidden, "Bearer "+rs256(logoutHeader(), f.logoutClaims(), 1),
		`{"sub_id":{"format":"iss_sub","iss":"https://evil.example.com","sub":"00u1"}}`)
	// An address that is not known matches no token.
	_, err := o.VerifyLogout(t.Context(), "Bearer "+rs256(logoutHeader(), f.logoutClaims("aud", ""), 1), []byte(logoutOfAda), "")
	var e *LogoutError
	if !errors.As(err, &e) || e.Status != http.StatusForbidden {
		t.Errorf("no audience: %v", err)
	}
}

// Somebody overhears a request and sends it again, to keep a user signed out.
func TestUniversalLogoutReplayed(t *testing.T) {
	f := newFakeOrg(t).withOwnServer()
	replays := new(ReplayGuard)
	o := f.org(func(c *Config) { c.Replays = replays })
	reloaded := f.org(func(c *Config) { c.Replays = replays })
	token := "Bearer " + rs256(logoutHeader(), f.logoutClaims("exp", f.clock.Unix()+600), 1)
	mustAnswer(t, o, http.StatusBadRequest, token, "{}") // not used up by a request that could not be read
	if _, err := o.VerifyLogout(t.Context(), token, []byte(logoutOfAda), logoutAddress); err != nil {
		t.Fatal(err)
	}
	for range 22 { // until long after its end, in steps of half a minute
		mustAnswer(t, o, http.StatusUnauthorized, token, logoutOfAda)
		mustAnswer(t, reloaded, http.StatusUnauthorized, token, logoutOfAda)
		f.advance(30 * time.Second)
	}
	f.advance(30 * time.Minute)
	mustAnswer(t, o, http.StatusUnauthorized, token, logoutOfAda)
	// The same id from another issuer is another token.
	one, two := f.logoutClaims("jti", "same"), f.logoutClaims("jti", "same", "iss", f.issuer())
	for _, raw := range []string{rs256(logoutHeader(), one, 1), rs256(logoutHeader("kid", "k0"), two, 0)} {
		if _, err := o.VerifyLogout(t.Context(), "Bearer "+raw, []byte(logoutOfAda), logoutAddress); err != nil {
			t.Error(err)
		}
	}
	// Of many at a time, one is obeyed.
	raw := "Bearer " + rs256(logoutHeader(), f.logoutClaims("jti", "at once"), 1)
	var group sync.WaitGroup
	obeyed := make(chan bool, 20)
	for range cap(obeyed) {
		group.Go(func() {
			_, err := o.VerifyLogout(t.Context(), raw, []byte(logoutOfAda), logoutAddress)
			obeyed <- err == nil
		})
	}
	group.Wait()
	close(obeyed)
	n := 0
	for ok := range obeyed {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("one token was obeyed %d times", n)
	}
}

// The memory of used tokens stays bounded, and forgets the oldest first.
func TestReplayGuardIsBounded(t *testing.T) {
	var g ReplayGuard
	now := time.Unix(1_790_000_000, 0)
	for i := range 3 * replayMost {
		if !g.first("iss", fmt.Sprint(i), now) {
			t.Fatalf("token %d was used before", i)
		}
		if n := len(g.current) + len(g.previous); n > 2*replayMost {
			t.Fatalf("%d are remembered", n)
		}
	}
	if g.first("iss", fmt.Sprint(3*replayMost-1), now) || !g.first("iss", "0", now) {
		t.Error("the newest is forgotten, or the oldest is not")
	}
	for _, ahead := range []time.Duration{replayMemory, 2 * replayMemory} {
		g.first("iss", "a", now.Add(ahead))
	}
	if g.first("iss", "a", now.Add(2*replayMemory)) || !g.first("iss", "b", now.Add(4*replayMemory)) || len(g.previous) > 1 {
		t.Errorf("%d and %d are remembered after a while", len(g.current), len(g.previous))
	}
}

func TestUniversalLogoutMalformedBodies(t *testing.T) {
	f := newFakeOrg(t).withOwnServer()
	o := f.org()
	token := "Bearer " + rs256(logoutHeader(), f.logoutClaims(), 1)
	for _, body := range []string{
		``, `null`, `[]`, `7`, `"x"`, `{`, `{}`, `{"sub_id":null}`, `{"sub_id":[]}`, `{"sub_id":"ada@example.com"}`, `{"sub_id":{}}`,
		`{"sub_id":{"format":"email"}}`, `{"sub_id":{"format":"email","email":null}}`, `{"sub_id":{"format":"email","email":["ada@example.com"]}}`,
		`{"sub_id":{"format":"email","email":"ada"}}`, `{"sub_id":{"format":"email","email":"ada@example.com\n"}}`,
		`{"sub_id":{"format":"email","email":"` + strings.Repeat("x", 255) + `@example.com"}}`,
		`{"sub_id":{"format":"email","email":"` + strings.Repeat("x", MaxLogoutBody) + `@example.com"}}`,
		`{"sub_id":{"format":"iss_sub"}}`, `{"sub_id":{"format":"iss_sub","iss":"` + f.srv.URL + `"}}`, `{"sub_id":{"format":"iss_sub","sub":"00u1"}}`,
		`{"sub_id":{"format":"iss_sub","iss":7,"sub":"00u1"}}`, `{"sub_id":{"format":"EMAIL","email":"ada@example.com"}}`,
		`{"sub_id":{"format":"opaque","id":"00u1"}}`, `{"sub_id":{"format":["email"],"email":"ada@example.com"}}`, `{"sub_id":{"email":"ada@example.com"}}`,
		`{"SUB_ID":{"format":"email","email":"ada@example.com"}}`, `{"sub_id":{"Format":"email","Email":"ada@example.com"}}`,
		`{"sub_id":{"format":"email","email":"ada@example.com","email":"bob@example.com"}}`, `{"sub_id":{},"sub_id":{"format":"email","email":"ada@example.com"}}`,
		logoutOfAda + logoutOfAda, logoutOfAda + "x", "\ufeff" + logoutOfAda, "{\"sub_id\":{\"format\":\"email\",\"email\":\"ad\xff@example.com\"}}",
		strings.Repeat(`{"sub_id":`, 800),
	} {
		mustAnswer(t, o, http.StatusBadRequest, token, body)
	}
	// Who has no token learns nothing about bodies.
	mustAnswer(t, o, http.StatusUnauthorized, "", "{")
}

// The org's keys cannot be had: that is said as it is, and a flood of tokens does
// not become a flood of calls to an org that has trouble already.
//
// Rows: F-09.
func TestF09_UniversalLogoutWithoutKeys(t *testing.T) {
	f := newFakeOrg(t).withOwnServer()
	o := f.org()
	token := func() string { return "Bearer " + rs256(logoutHeader(), f.logoutClaims(), 1) }
	f.answer(orgKeysPath, 503, "down")
	for range 60 { // a minute
		for range 3 {
			mustAnswer(t, o, http.StatusServiceUnavailable, token(), logoutOfAda)
		}
		f.advance(time.Second)
	}
	if n := len(f.calls(orgKeysPath)); n > 7 {
		t.Errorf("%d fetches in a minute of an outage", n)
	}
	f.withOwnServer()
	f.advance(refetchInterval)
	if _, err := o.VerifyLogout(t.Context(), token(), []byte(logoutOfAda), logoutAddress); err != nil {
		t.Fatalf("after the outage: %v", err)
	}
	// Made-up keys, with the org well again, and senders who hang up at once.
	f.set(func() { f.asked = nil })
	bad := "Bearer " + rs256(logoutHeader("kid", "made-up"), f.logoutClaims(), 0)
	for range 60 {
		mustAnswer(t, o, http.StatusUnauthorized, bad, logoutOfAda)
		f.advance(time.Second)
	}
	if n := len(f.calls(orgKeysPath)); n > 7 {
		t.Errorf("%d fetches in a minute of made-up keys", n)
	}
	if _, err := o.VerifyLogout(t.Context(), token(), []byte(logoutOfAda), logoutAddress); err != nil {
		t.Errorf("a good token during the flood: %v", err)
	}
	// Keys that are known go on when they cannot be renewed.
	f.answer(orgKeysPath, 503, "down")
	f.advance(keysAge)
	for range 2 {
		if _, err := o.VerifyLogout(t.Context(), "Bearer "+rs256(logoutHeader(), f.logoutClaims(), 1), []byte(logoutOfAda), logoutAddress); err != nil {
			t.Errorf("with the last good keys: %v", err)
		}
		f.advance(time.Second)
	}
	// The issuer's tokens are checked with its own keys all the while.
	f.idToken = rs256(header(), f.goodClaims(), 0)
	if _, err := f.redeem(o); err != nil {
		t.Errorf("a sign-in: %v", err)
	}
}

// Hanging up before the answer is there must not make room for the next fetch.
//
// Rows: F-09.
func TestF09_HangingUpEarlyDoesNotLiftTheLimit(t *testing.T) {
	f := newFakeOrg(t).withOwnServer()
	o := f.org()
	if _, err := o.VerifyLogout(t.Context(), "Bearer "+rs256(logoutHeader(), f.logoutClaims(), 1), []byte(logoutOfAda), logoutAddress); err != nil {
		t.Fatal(err)
	}
	f.set(func() { f.asked = nil })
	bad := "Bearer " + rs256(logoutHeader("kid", "made-up"), f.logoutClaims(), 0)
	entered, leave := make(chan struct{}, 100), make(chan struct{})
	keys, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{publicKey("org", 1)}})
	f.handle(orgKeysPath, func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		_, _ = w.Write(keys)
	})
	ctx, hangUp := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		_, _ = o.VerifyLogout(ctx, bad, []byte(logoutOfAda), logoutAddress)
		close(gone)
	}()
	<-entered
	hangUp()
	<-gone
	close(leave)
	// The fetch ends by itself; whoever asks meanwhile shares it.
	mustAnswer(t, o, http.StatusUnauthorized, bad, logoutOfAda)
	for range 20 {
		mustAnswer(t, o, http.StatusUnauthorized, bad, logoutOfAda)
	}
	if n := len(f.calls(orgKeysPath)); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

func TestLogoutIssuersAreChecked(t *testing.T) {
	f := newFakeOrg(t)
	for _, name := range []string{"", "login.example.com", "http://login.example.com", "https://x@login.example.com"} {
		cfg := Config{Issuer: f.issuer(), ClientID: testClient, RedirectURI: "http://localhost/cb", LogoutIssuers: []string{name}}
		if _, err := New(cfg); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

func FuzzLogoutBody(f *testing.F) {
	o := &Org{authority: &authority{issuer: "https://acme.okta.com"}}
	o.signers = []*authority{o.authority}
	for _, body := range []string{logoutOfAda, `{"sub_id":{"format":"iss_sub","iss":"https://acme.okta.com","sub":"00u1"}}`, `{"sub_id":{"format":"email","email":"a@b","email":1}}`, "null", ""} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := o.readLogout(body)
		var e *LogoutError
		switch {
		case err != nil && (got != nil || !errors.As(err, &e) || e.Status != 400 && e.Status != 403):
			t.Errorf("%+v, %v", got, err)
		case err == nil && (got.Email == "") == (got.Subject == ""):
			t.Errorf("neither or both: %+v", got)
		case err == nil && got.Email != strings.ToLower(got.Email):
			t.Errorf("not lower case: %+v", got)
		}
	})
}
