package okta

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	testClient = "0oatestclient1234567"
	testSecret = "s3cret-of-the-application-9f8e7d"
	testHandle = "HANDLE-7d0c7f1c3d6e4b0f9a"
	testCode   = "CODE-5a1e8c2b9d4f6a7c8b"
	testAccess = "ACCESS-0b1c2d3e4f5a6b7c8d"
)

// fakeOrg answers as a test wants it to, and writes down what it was asked.
type fakeOrg struct {
	t   *testing.T
	srv *httptest.Server

	mu    sync.Mutex
	asked []asked
	// on replaces the answer of a path.
	on map[string]http.HandlerFunc
	// metadata replaces members of the discovery document; nil removes one.
	metadata map[string]any
	keys     []jose.JSONWebKey
	// idToken is what the token endpoint gives.
	idToken string
	clock   time.Time
	log     bytes.Buffer
}

type asked struct {
	method, url string
	header      http.Header
	form        url.Values
	body        string
}

var rsaKeys = sync.OnceValue(func() []*rsa.PrivateKey {
	keys := make([]*rsa.PrivateKey, 2)
	for i := range keys {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = k
	}
	return keys
})

func newFakeOrg(t *testing.T) *fakeOrg {
	t.Helper()
	f := &fakeOrg{t: t, on: map[string]http.HandlerFunc{}, metadata: map[string]any{}, clock: time.Unix(1_790_000_000, 0)}
	f.keys = []jose.JSONWebKey{publicKey("k0", 0)}
	f.srv = httptest.NewServer(f)
	t.Cleanup(f.srv.Close)
	return f
}

func publicKey(kid string, n int) jose.JSONWebKey {
	return jose.JSONWebKey{Key: rsaKeys()[n].Public(), KeyID: kid, Algorithm: "RS256", Use: "sig"}
}

func (f *fakeOrg) issuer() string { return f.srv.URL + "/oauth2/default" }

func (f *fakeOrg) org(change ...func(*Config)) *Org {
	f.t.Helper()
	cfg := Config{
		Issuer: f.issuer(), ClientID: testClient, ClientSecret: testSecret, RedirectURI: "http://localhost/cb",
		Now:    func() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.clock },
		Logger: slog.New(slog.NewTextHandler(&f.log, nil)),
	}
	for _, c := range change {
		c(&cfg)
	}
	o, err := New(cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	return o
}

func (f *fakeOrg) advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = f.clock.Add(d)
}

func (f *fakeOrg) answer(path string, status int, body string) {
	f.handle(path, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}

func (f *fakeOrg) handle(path string, h http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on[path] = h
}

func (f *fakeOrg) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// calls to a path since the last forget.
func (f *fakeOrg) calls(path string) (found []asked) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.asked {
		if u, _ := url.Parse(a.url); u.Path == path {
			found = append(found, a)
		}
	}
	return found
}

const (
	metadataPath   = "/oauth2/default/.well-known/openid-configuration"
	keysPath       = "/oauth2/default/v1/keys"
	tokenPath      = "/oauth2/default/v1/token"
	userInfoPath   = "/oauth2/default/v1/userinfo"
	revokePath     = "/oauth2/default/v1/revoke"
	interactPath   = "/oauth2/default/v1/interact"
	introspectPath = "/idp/idx/introspect"
	identifyPath   = "/idp/idx/identify"
)

func (f *fakeOrg) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	r.PostForm = form // for handlers: the body is read
	f.mu.Lock()
	f.asked = append(f.asked, asked{r.Method, r.URL.String(), r.Header.Clone(), form, string(body)})
	h, idToken, keys := f.on[r.URL.Path], f.idToken, slices.Clone(f.keys)
	doc := map[string]any{
		"issuer": f.issuer(), "token_endpoint": f.srv.URL + tokenPath, "jwks_uri": f.srv.URL + keysPath,
		"userinfo_endpoint": f.srv.URL + userInfoPath, "revocation_endpoint": f.srv.URL + revokePath,
		"scopes_supported": []string{"openid", "groups"},
	}
	for name, value := range f.metadata {
		if doc[name] = value; value == nil {
			delete(doc, name)
		}
	}
	f.mu.Unlock()
	if h != nil {
		h(w, r)
		return
	}
	var v any
	switch r.URL.Path {
	case metadataPath:
		v = doc
	case keysPath:
		v = jose.JSONWebKeySet{Keys: keys}
	case tokenPath:
		v = map[string]any{"access_token": testAccess, "token_type": "Bearer", "expires_in": 3600, "refresh_token": "REFRESH-abcdef", "id_token": idToken}
	case interactPath:
		v = map[string]string{"interaction_handle": testHandle}
	case revokePath:
		return
	default:
		http.NotFound(w, r)
		return
	}
	json.NewEncoder(w).Encode(v)
}

// interaction is one that the tests redeem for.
var interaction = Interaction{Handle: testHandle, Verifier: "VERIFIER-4f1d2c3b4a596877", State: "state", Nonce: "nonce-of-this-sign-in"}

func (f *fakeOrg) redeem(o *Org) (*Tokens, error) {
	return o.Redeem(f.t.Context(), Device{}, testCode, interaction)
}

// goodClaims are an ID token's that passes.
func (f *fakeOrg) goodClaims() map[string]any {
	now := f.clock.Unix()
	return map[string]any{
		"iss": f.issuer(), "sub": "00u1", "aud": testClient, "iat": now, "exp": now + 3600, "nonce": interaction.Nonce,
	}
}

// with is m with members replaced; a nil value removes one.
func with(m map[string]any, pairs ...any) map[string]any {
	for i := 0; i < len(pairs); i += 2 {
		if name := pairs[i].(string); pairs[i+1] == nil {
			delete(m, name)
		} else {
			m[name] = pairs[i+1]
		}
	}
	return m
}
