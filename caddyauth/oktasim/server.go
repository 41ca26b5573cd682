package oktasim

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Server is one simulated org. Its zero value is ready for use, with the
// demonstration users and clients. It is the org's http.Handler; Manage returns
// the handler of the management port.
//
// The exported fields are read at the first request and must not be changed
// after it; the management port changes a running org.
type Server struct {
	// URL is the org's address as clients see it, for example
	// "http://127.0.0.1:8081". The org itself derives every address it emits
	// from the request at hand; URL is what the management port reports.
	// Default: the address of the first request.
	URL string

	// Users is the directory. Default: DemoUsers.
	Users []User

	// Clients are the registered applications. Default: DemoClients.
	Clients []Client

	// Scopes are the scopes that both authorization servers know; any other is
	// refused with invalid_scope. Default: openid, profile, email, address,
	// phone, offline_access, groups.
	Scopes []string

	// AuthServers are the custom authorization servers; the first is the one
	// that is reported. The org's own is always there. Default: "default".
	AuthServers []AuthServer

	// Policy says what a sign-in asks for. Default: the password on the first
	// page and nothing else.
	Policy Policy

	// TransactionLifetime is how long a sign-in may take from /interact on.
	// Default: one hour.
	TransactionLifetime time.Duration

	// IntrospectErrorType is the Content-Type of a failed /idp/idx/introspect.
	// What Okta sends is not public, and clients differ: @okta/okta-auth-js
	// reads the message of such an error only from "application/json".
	// Default: the ION type of every other answer.
	IntrospectErrorType string

	// QueryParameters lets a form that is posted have parameters in the query of
	// its address, where okta-idx-golang puts the secret and the code. Okta takes
	// them. Default: false, so that a client with whose secrets access logs would
	// fill is noticed.
	QueryParameters bool

	// InteractAuth lists how a client may prove itself at /interact:
	// "client_secret_post", "client_secret_basic", "private_key_jwt". Only the
	// first is publicly known to work; all work at /token. Default: all.
	InteractAuth []string

	// Limits say how often the org lets itself be asked. Default: without end.
	Limits Limits

	// Faults are what goes wrong on purpose from the start. Default: nothing.
	Faults []Fault

	// Oddness is what the org varies from answer to answer. Default: all.
	Oddness Oddness

	// Exposed is for a simulator that other machines are to reach: hosts that
	// are not loopback are answered too. Whoever can reach it can use it.
	Exposed bool

	// Now is the org's clock, which the management port can put off. Default:
	// time.Now.
	Now func() time.Time

	// Intercept, when set, sees each counted call after it was counted and
	// before faults and the real answer. It returns true when it has answered
	// the request itself: how a test drips, truncates, floods or hangs up.
	// endpoint is a name of the management port's GET /calls.
	Intercept func(endpoint string, w http.ResponseWriter, r *http.Request) (answered bool)

	// ShapeIDToken, when set, changes the claims of each ID token before it is
	// signed; ShapeAnswer the body of each counted call's answer before it is
	// sent. They run with the server's lock held.
	ShapeIDToken func(claims map[string]any)
	ShapeAnswer  func(endpoint string, body []byte) []byte

	start          sync.Once
	mux            http.Handler
	clock          clock
	redaction      redaction
	servers        []*authServer
	steps          []*step          // see flow
	authenticators []*authenticator // see authenticators

	// mu guards everything below. Handlers of endpoints run with it held and
	// return a reply that is written after it was released.
	mu           sync.Mutex
	address      string
	policy       Policy
	directory    map[string]*User // by lower-case login
	signers      map[string]*signer
	transactions map[string]*transaction // by interaction handle
	states       map[string]*transaction // by state handle
	codes        map[string]*transaction // by interaction code
	refresh      map[string]*refreshToken
	access       map[string]*accessToken
	mail         map[string][]Mail       // by lower-case login, newest first
	rings        map[string][]Ring       // of a user's phone, as mail
	texts        map[string][]time.Time  // when a phone was texted or called, by login and method
	links        map[string]*tokenLink   // by the token in a mail
	mailLinks    map[string]*transaction // by the link in a mail with a code
	devices      map[string]*device      // by device code
	remembered   map[string]string       // who wants to be remembered, by device token
	failures     map[string]int          // wrong answers in a row, by login and authenticator
	calls        map[string]int
	last         map[string]callRecord
	log          callLog
	faults       []Fault
	limits       Limits
	limiter      limiter
	quirk        quirk
	strangerKey  *rsa.PrivateKey      // see stranger
	once         map[string]time.Time // what works once and was used, until when; see seen

	// The nonce of DPoP proofs, and the one before.
	dpopNonce, dpopNonceBefore string
	dpopNonceEnds              time.Time
}

// simulatorHeader is on every answer, so that nobody takes one for Okta's.
const simulatorHeader = "X-Okta-Simulator"

const simulatorNotice = "oktasim; a simulator with public secrets, not Okta"

// maxBody is more than any honest client sends.
const maxBody = 1 << 20

func (s *Server) begin() {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Users == nil {
		s.Users = DemoUsers()
	}
	if s.Clients == nil {
		s.Clients = DemoClients()
	}
	if s.Scopes == nil {
		s.Scopes = defaultScopes()
	}
	if s.TransactionLifetime == 0 {
		s.TransactionLifetime = time.Hour
	}
	if s.IntrospectErrorType == "" {
		s.IntrospectErrorType = typeION
	}
	s.clock.base, s.Now = s.Now, s.clock.now
	if err := s.Policy.check(); err != nil {
		panic(fmt.Sprintf("oktasim: policy: %v", err)) // a mistake of the program that made the server
	}
	s.redaction = newRedaction()
	s.authenticators = authenticators
	s.servers = s.authServers()
	s.steps = flow()
	s.fresh()
	s.mux = s.routes()
}

// fresh puts everything that changes while the org runs as the exported fields
// have it, without a memory of anything.
func (s *Server) fresh() {
	s.limits, s.limiter.windows = s.Limits, nil
	s.quirk = newQuirk(s.Oddness)
	s.address = cmp.Or(s.URL, s.address)
	s.policy = s.Policy.withDefaults()
	s.directory = map[string]*User{}
	for _, u := range s.Users {
		s.addUser(u)
	}
	s.signers = map[string]*signer{}
	s.transactions = map[string]*transaction{}
	s.states = map[string]*transaction{}
	s.codes = map[string]*transaction{}
	s.refresh = map[string]*refreshToken{}
	s.access = map[string]*accessToken{}
	s.mail = map[string][]Mail{}
	s.rings = map[string][]Ring{}
	s.texts = map[string][]time.Time{}
	s.links = map[string]*tokenLink{}
	s.mailLinks = map[string]*transaction{}
	s.devices = map[string]*device{}
	s.remembered = map[string]string{}
	s.failures = map[string]int{}
	s.once = map[string]time.Time{}
	s.calls = map[string]int{}
	s.last = map[string]callRecord{}
	s.log.calls = nil
	s.faults = slices.Clone(s.Faults)
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, as := range s.servers {
		issuer, oauth := as.path, as.oauthPath()
		mux.Handle("GET "+issuer+"/.well-known/openid-configuration", s.endpoint("discovery", as.bind(s.discovery)))
		mux.Handle("GET "+issuer+"/.well-known/oauth-authorization-server", s.endpoint("discovery", as.bind(s.discovery)))
		if as.path != oauth {
			mux.Handle("GET "+oauth+"/.well-known/openid-configuration", s.endpoint("discovery", as.bind(s.discovery)))
		}
		mux.Handle("GET "+oauth+"/v1/keys", s.endpoint("keys", as.bind(s.keys)))
		mux.Handle("POST "+oauth+"/v1/interact", s.endpoint("interact", as.bind(s.interact)))
		mux.Handle("POST "+oauth+"/v1/token", s.endpoint("token", as.bind(s.token)))
		mux.Handle("POST "+oauth+"/v1/device/authorize", s.endpoint("", as.bind(s.deviceAuthorize)))
		mux.Handle("POST "+oauth+"/v1/revoke", s.endpoint("revoke", as.bind(s.revoke)))
		mux.Handle("POST "+oauth+"/v1/introspect", s.endpoint("", as.bind(s.introspectToken)))
		mux.Handle("GET "+oauth+"/v1/userinfo", s.endpoint("userinfo", as.bind(s.userinfo)))
		mux.Handle("POST "+oauth+"/v1/userinfo", s.endpoint("userinfo", as.bind(s.userinfo)))
		mux.Handle("GET "+oauth+"/v1/logout", s.endpoint("logout", as.bind(s.logout)))
		mux.Handle("POST "+oauth+"/v1/logout", s.endpoint("logout", as.bind(s.logout)))
		mux.Handle("GET "+oauth+"/v1/authorize", s.endpoint("authorize", as.bind(s.authorize)))
	}
	mux.Handle("POST /idp/idx/introspect", s.endpoint("introspect", s.introspect))
	mux.Handle("GET /activate", s.endpoint("", s.activatePage))
	mux.Handle("POST /idp/idx/{path...}", s.endpoint(byPath, s.proceed))
	mux.Handle("GET /sso/idps/{id}", s.endpoint("", s.idpPage))
	mux.Handle("POST /sso/idps/{id}", s.endpoint("", s.idpAnswer))
	mux.Handle("GET "+signInPath, s.endpoint("", s.signInAt))
	mux.Handle("POST "+signInPath, s.endpoint("", s.signInWith))
	mux.Handle("GET "+leavePath, s.endpoint("", s.leave))
	mux.Handle("GET "+idvPath, s.endpoint("", s.idvPage))
	mux.Handle("POST "+idvPath, s.endpoint("", s.idvAnswer))
	mux.Handle("GET "+dtcPath, s.endpoint("", s.dtcFrame))
	s.addPages(mux)
	for _, a := range s.authenticators {
		if a.routes != nil {
			a.routes(s, mux)
		}
	}
	return mux
}

// ServeHTTP answers as the org.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.start.Do(s.begin)
	w.Header().Set(simulatorHeader, simulatorNotice)
	// Widgets take an error for a proxy's unless this header is there.
	w.Header().Set(requestIDHeader, randomText(24))
	// A client may learn from it how far its own clock is off.
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	if !s.guard(w, r) {
		return
	}
	if preflight := s.allowOrigin(w, r); preflight {
		return
	}
	s.mux.ServeHTTP(w, r)
}

// A call is one request as the handler of an endpoint sees it.
type call struct {
	request *http.Request
	base    string          // scheme and host that the client used
	form    url.Values      // a form body, or the query of a GET
	body    json.RawMessage // a JSON body, unparsed
	fault   *Fault          // that it meets; nil: none
	signer  *Client         // who signed the assertion in form, once that was judged
}

// A reply is what the handler of an endpoint answers.
type reply struct {
	status  int
	kind    string // Content-Type
	header  http.Header
	content []byte
}

func (p reply) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	if p.kind != "" {
		w.Header().Set("Content-Type", p.kind)
	}
	w.Header().Set("Cache-Control", "no-cache, no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.status)
	w.Write(p.content)
}

func jsonReply(status int, value any) reply {
	return reply{status: status, kind: "application/json", content: encode(value)}
}

// encode panics on a value that has no JSON form: a mistake in this package.
func encode(value any) []byte {
	content, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return content
}

func (s *Server) locked(handle func() reply) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return handle()
}

// readCall reads a request whole. A JSON body may come under any of the types
// that Okta's SDKs use; parameters in the query of a POST are ignored, because
// a secret has no place there, unless QueryParameters says otherwise.
func (s *Server) readCall(w http.ResponseWriter, r *http.Request) (*call, *reply) {
	c := &call{request: r, base: baseURL(r)}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		c.form = r.URL.Query()
		return c, nil
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		out := apiError(http.StatusBadRequest, "E0000003")
		return nil, &out
	}
	r.Body = io.NopCloser(bytes.NewReader(content)) // for Intercept
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case kind == "application/x-www-form-urlencoded":
		if c.form, err = url.ParseQuery(string(content)); err != nil {
			out := apiError(http.StatusBadRequest, "E0000003")
			return nil, &out
		}
		if s.QueryParameters {
			for name, values := range r.URL.Query() {
				if !c.form.Has(name) {
					c.form[name] = values
				}
			}
		}
	case kind == "application/json", kind == "application/ion+json", kind == "application/vnd.okta.v1+json":
		c.body = content
	case len(content) > 0:
		out := apiError(http.StatusUnsupportedMediaType, "E0000022")
		return nil, &out
	}
	return c, nil
}
