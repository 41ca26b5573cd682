package oktasim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// What the management port expects, said again in its errors.
const (
	policyShape = `{"password":"first_page"|"second_page","factors":["email"],"refresh":"persistent"|"rotating","token_seconds":3600,"lockout":0}`
	faultsShape = `[{"endpoint":"introspect","kind":"truncate"}] or [{"endpoint":"introspect","status":503,"body":"text or JSON","headers":{},"delay_ms":0,"times":1}]`
)

// A managed is one request that the management port takes.
type managed struct {
	Pattern string `json:"request"`
	Does    string `json:"does"` // one line for people
	handle  func(*http.Request) (any, error)
	long    bool // it waits for others, so it takes the lock itself
}

// managing is all that the management port can do.
func (s *Server) managing() []managed {
	return []managed{
		{Pattern: "GET /requests", Does: "this list", handle: s.getRequests},
		{Pattern: "GET /state", Does: "addresses, clients, users", handle: s.state},
		{Pattern: "GET /calls", Does: "how often each endpoint was called", handle: func(*http.Request) (any, error) { return s.counts(), nil }},
		{Pattern: "GET /calls/last", Does: "what the latest call of each endpoint told", handle: func(*http.Request) (any, error) { return s.last, nil }},
		{Pattern: "GET /calls/log", Does: "the latest calls, secrets hidden; ?after=ID: those that came later", handle: s.getLog},
		{Pattern: "DELETE /calls", Does: "count and log from the beginning", handle: s.deleteCalls},
		{Pattern: "GET /mailbox/{login}", Does: "a user's mail, newest first", handle: func(r *http.Request) (any, error) { return s.mailbox(r.PathValue("login")), nil }},
		{Pattern: "POST /send", Does: "mail a user an activation or recovery link", handle: s.postSend},
		{Pattern: "GET /phone/{login}", Does: "what a user's phone received, newest first", handle: func(r *http.Request) (any, error) { return s.phone(r.PathValue("login")), nil }},
		{Pattern: "POST /push/{login}", Does: "tap on the phone: approve or deny what was pushed", handle: s.postPush},
		{Pattern: "POST /users", Does: "add a user, or replace one", handle: s.postUser},
		{Pattern: "PATCH /users/{login}", Does: "change what is given of a user: status, groups, password ...", handle: s.patchUser},
		{Pattern: "DELETE /users/{login}", Does: "remove a user", handle: s.deleteUser},
		{Pattern: "GET /policy", Does: "what a sign-in asks for", handle: func(*http.Request) (any, error) { return s.policy, nil }},
		{Pattern: "PUT /policy", Does: "change it, for sign-ins that begin from now on", handle: s.putPolicy},
		{Pattern: "GET /limits", Does: "how often the org lets itself be asked", handle: func(*http.Request) (any, error) { return s.limits, nil }},
		{Pattern: "PUT /limits", Does: "change it; true: Okta's limits", handle: s.putLimits},
		{Pattern: "GET /oddness", Does: "what varies from answer to answer", handle: func(*http.Request) (any, error) { return s.quirk.Oddness, nil }},
		{Pattern: "PUT /oddness", Does: "change it", handle: s.putOddness},
		{Pattern: "GET /faults", Does: "what goes wrong on purpose", handle: func(*http.Request) (any, error) { return append([]Fault{}, s.faults...), nil }},
		{Pattern: "PUT /faults", Does: "change it; []: nothing", handle: s.putFaults},
		{Pattern: "GET /faults/kinds", Does: "all that can go wrong", handle: func(*http.Request) (any, error) { return describeFaultKinds(), nil }},
		{Pattern: "GET /clock", Does: "the org's time", handle: s.getClock},
		{Pattern: "POST /clock", Does: "move it", handle: s.postClock},
		{Pattern: "POST /keys/rotate", Does: "new signing keys", handle: s.postRotate},
		{Pattern: "POST /expire", Does: "end every pending sign-in", handle: s.postExpire},
		{Pattern: "POST /universal-logout", Does: "tell an application to end a user's sessions", handle: s.postUniversalLogout, long: true},
		{Pattern: "POST /reset", Does: "everything as it was at the start, with new keys", handle: s.postReset},
	}
}

// Manage returns the handler of the management port: JSON, for tests and for
// people who try things. It shows every secret of the simulator, so it
// answers on loopback hosts only and takes no changes from other origins'
// pages.
func (s *Server) Manage() http.Handler {
	mux := http.NewServeMux()
	for _, m := range s.managing() {
		wrap := s.manage
		if m.long {
			wrap = s.manageUnlocked
		}
		mux.HandleFunc(m.Pattern, wrap(m.handle))
	}
	mux.HandleFunc("GET /style.css", serveStyle)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s.locked(func() reply {
			return page(http.StatusOK, "Management", managePage, map[string]any{"Org": s.address, "Requests": s.managing()})
		}).write(w)
	})
	safe := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.start.Do(s.begin)
		w.Header().Set(simulatorHeader, simulatorNotice)
		if s.guard(w, r) {
			safe.ServeHTTP(w, r)
		}
	})
}

// manage wraps a handler that runs with the lock held. Its error is the
// caller's mistake.
func (s *Server) manage(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return s.manageUnlocked(func(r *http.Request) (any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		value, err := handle(r)
		if err != nil {
			return nil, err
		}
		return json.RawMessage(encode(value)), nil // while the lock is held
	})
}

func (s *Server) manageUnlocked(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		r.Body = io.NopCloser(bytes.NewReader(content))
		var value any
		if err != nil {
			err = fmt.Errorf("the body cannot be read: it can have at most %d bytes", maxBody)
		} else {
			value, err = handle(r)
		}
		if err != nil {
			jsonReply(http.StatusBadRequest, map[string]string{"error": err.Error()}).write(w)
			return
		}
		jsonReply(http.StatusOK, value).write(w)
	}
}

func (s *Server) getRequests(*http.Request) (any, error) { return s.managing(), nil }

var errNoAddress = errors.New("the address of the org is not known before its first request; set Server.URL")

func (s *Server) state(*http.Request) (any, error) {
	if s.address == "" {
		return nil, errNoAddress
	}
	out := map[string]any{
		"issuer":           s.address + s.servers[0].path,
		"org_issuer":       s.address,
		"org":              s.address,
		"client_id":        "",
		"client_secret":    "",
		"public_client_id": "",
		"users":            s.users(),
	}
	if i := slices.IndexFunc(s.Clients, func(c Client) bool { return c.Secret != "" }); i >= 0 {
		out["client_id"], out["client_secret"] = s.Clients[i].ID, s.Clients[i].Secret
	}
	if i := slices.IndexFunc(s.Clients, func(c Client) bool { return c.Secret == "" }); i >= 0 {
		out["public_client_id"] = s.Clients[i].ID
	}
	return out, nil
}

func (s *Server) putPolicy(r *http.Request) (any, error) {
	var p Policy
	if err := readStrict(r.Body, &p, policyShape); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	s.policy = p.withDefaults()
	clear(s.failures)
	return s.policy, nil
}

func (s *Server) putLimits(r *http.Request) (any, error) {
	var limits Limits
	if err := readStrict(r.Body, &limits, limitsShape); err != nil {
		return nil, err
	}
	if err := limits.check(); err != nil {
		return nil, err
	}
	s.limits, s.limiter.windows = limits, nil
	return s.limits, nil
}

func (s *Server) putOddness(r *http.Request) (any, error) {
	var oddness Oddness
	if err := readStrict(r.Body, &oddness, oddnessShape); err != nil {
		return nil, err
	}
	if err := oddness.check(); err != nil {
		return nil, err
	}
	s.quirk = newQuirk(oddness)
	return s.quirk.Oddness, nil
}

func (s *Server) getLog(r *http.Request) (any, error) {
	after := 0
	if given := r.URL.Query().Get("after"); given != "" {
		var err error
		if after, err = strconv.Atoi(given); err != nil {
			return nil, fmt.Errorf("after is %q; expected the id of a call", given)
		}
	}
	return s.log.after(after), nil
}

func (s *Server) deleteCalls(*http.Request) (any, error) {
	clear(s.calls)
	clear(s.last)
	s.log.calls = nil
	return s.counts(), nil
}

func (s *Server) putFaults(r *http.Request) (any, error) {
	var faults []Fault
	if err := readStrict(r.Body, &faults, faultsShape); err != nil {
		return nil, err
	}
	for _, f := range faults {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	s.faults = faults
	return append([]Fault{}, s.faults...), nil
}

func (s *Server) postRotate(*http.Request) (any, error) {
	s.rotateKeys()
	kids := map[string]string{}
	for _, as := range s.servers {
		kids[as.name] = s.signer(as).kid
	}
	return map[string]any{"kid": kids}, nil
}

// postExpire ends every pending sign-in: the next call of each is answered
// with idx.session.expired, and no test has to wait for that.
func (s *Server) postExpire(*http.Request) (any, error) {
	expired := len(s.transactions)
	clear(s.transactions)
	clear(s.states)
	clear(s.codes)
	return map[string]int{"expired": expired}, nil
}

// postReset makes everything as it was at the start.
func (s *Server) postReset(r *http.Request) (any, error) {
	s.clock.offset.Store(0)
	s.fresh()
	return map[string]bool{"reset": true}, nil
}
