package oktasim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// What the management port expects, said again in its errors.
const (
	userShape   = `{"login":"ada@example.com","password":"...","email":"ada@example.com","name":"Ada Lovelace","groups":["Everyone"]}`
	policyShape = `{"password":"first_page"|"second_page","factors":["email"],"refresh":"persistent"|"rotating","token_seconds":3600,"lockout":0}`
	faultsShape = `[{"endpoint":"introspect","status":503,"body":"text or JSON","headers":{},"delay_ms":0,"times":1}]`
)

// Manage returns the handler of the management port: JSON, for tests and for
// people who try things. It shows every secret of the simulator, so it
// answers on loopback hosts only and takes no changes from other origins'
// pages.
func (s *Server) Manage() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /phone/{login}", s.manage(func(r *http.Request) (any, error) { return s.phone(r.PathValue("login")), nil }))
	mux.HandleFunc("GET /state", s.manage(s.state))
	mux.HandleFunc("GET /calls", s.manage(func(*http.Request) (any, error) { return s.counts(), nil }))
	mux.HandleFunc("GET /calls/last", s.manage(func(*http.Request) (any, error) { return s.last, nil }))
	mux.HandleFunc("DELETE /calls", s.manage(func(*http.Request) (any, error) {
		clear(s.calls)
		clear(s.last)
		return s.counts(), nil
	}))
	mux.HandleFunc("GET /mailbox/{login}", s.manage(func(r *http.Request) (any, error) { return s.mailbox(r.PathValue("login")), nil }))
	mux.HandleFunc("POST /users", s.manage(s.postUser))
	mux.HandleFunc("DELETE /users/{login}", s.manage(s.deleteUser))
	mux.HandleFunc("GET /policy", s.manage(func(*http.Request) (any, error) { return s.policy, nil }))
	mux.HandleFunc("PUT /policy", s.manage(s.putPolicy))
	mux.HandleFunc("GET /faults", s.manage(func(*http.Request) (any, error) { return append([]Fault{}, s.faults...), nil }))
	mux.HandleFunc("PUT /faults", s.manage(s.putFaults))
	mux.HandleFunc("POST /keys/rotate", s.manage(s.postRotate))
	mux.HandleFunc("POST /expire", s.manage(s.postExpire))
	mux.HandleFunc("GET /style.css", serveStyle)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s.locked(func() reply { return page(http.StatusOK, "Management", managePage, s.address) }).write(w)
	})
	for _, a := range authenticators {
		if a.manage != nil {
			a.manage(s, mux)
		}
	}
	safe := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.start.Do(s.begin)
		w.Header().Set(simulatorHeader, simulatorNotice)
		if guard(w, r) {
			safe.ServeHTTP(w, r)
		}
	})
}

// manage wraps a handler that runs with the lock held. Its error is the
// caller's mistake.
func (s *Server) manage(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		r.Body = io.NopCloser(bytes.NewReader(content))
		s.locked(func() reply {
			var value any
			if err == nil {
				value, err = handle(r)
			}
			if err != nil {
				return jsonReply(http.StatusBadRequest, map[string]string{"error": err.Error()})
			}
			return jsonReply(http.StatusOK, value)
		}).write(w)
	}
}

// readStrict decodes one JSON value; a name it does not know is an error.
func readStrict(r io.Reader, into any, shape string) error {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = errors.New("there is more than one JSON value")
		}
	}
	if err != nil {
		return fmt.Errorf("%w; expected %s", err, shape)
	}
	return nil
}

func (s *Server) state(*http.Request) (any, error) {
	if s.address == "" {
		return nil, errors.New("the address of the org is not known before its first request; set Server.URL")
	}
	out := map[string]any{
		"issuer":           s.address + authServers[0].path,
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

func (s *Server) postUser(r *http.Request) (any, error) {
	var u User
	if err := readStrict(r.Body, &u, userShape); err != nil {
		return nil, err
	}
	if err := u.check(); err != nil {
		return nil, err
	}
	s.addUser(u)
	return s.user(u.Login), nil
}

func (s *Server) deleteUser(r *http.Request) (any, error) {
	login := r.PathValue("login")
	u := s.user(login)
	if u == nil {
		return nil, fmt.Errorf("there is no user %q", login)
	}
	delete(s.directory, loginKey(login))
	return u, nil
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
	for _, as := range authServers {
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
