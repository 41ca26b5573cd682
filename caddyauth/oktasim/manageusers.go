package oktasim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
)

const userShape = `{"login":"ada@example.com","password":"...","email":"ada@example.com","name":"Ada Lovelace","groups":["Everyone"]}`

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

// patchUser changes the members that are given and no others, as an
// administrator does in the middle of somebody's session.
func (s *Server) patchUser(r *http.Request) (any, error) {
	login := r.PathValue("login")
	u := s.user(login)
	if u == nil {
		return nil, fmt.Errorf("there is no user %q", login)
	}
	var raw json.RawMessage
	var checked User
	given := object{}
	if err := readStrict(r.Body, &raw, userShape); err != nil {
		return nil, err
	}
	if err := readStrict(bytes.NewReader(raw), &checked, userShape); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &given); err != nil {
		return nil, err
	}
	if checked.Login != "" && loginKey(checked.Login) != loginKey(u.Login) {
		return nil, fmt.Errorf("login is %q; it cannot be changed", checked.Login)
	}
	before := object{}
	if err := json.Unmarshal(encode(u), &before); err != nil {
		return nil, err
	}
	maps.Copy(before, given)
	// What JSON would merge into is taken away first: a list that is given
	// replaces the one before.
	changed := *u
	changed.Groups, changed.Profile, changed.Enrollments, changed.OldPasswords = nil, nil, nil, nil
	if err := decodeStrict(encode(before), &changed); err != nil {
		return nil, err
	}
	if err := changed.check(); err != nil {
		return nil, err
	}
	if changed.Password != u.Password && checked.PasswordChanged.IsZero() {
		changed.PasswordChanged = s.Now()
	}
	*u = changed // in place: sign-ins and tokens refer to it
	return u, nil
}
