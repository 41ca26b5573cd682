package oktasim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A User of the org's directory.
type User struct {
	Login    string   `json:"login"`
	Password string   `json:"password"` // compared byte for byte
	Email    string   `json:"email"`    // default: the login
	Name     string   `json:"name"`     // default: the login
	Groups   []string `json:"groups"`

	// Enrollments are the authenticators that the user has set up, beside the
	// password and the e-mail address.
	Enrollments []*Enrollment `json:"enrollments,omitempty"`

	phantom bool // stands for a user who does not exist
}

// DemoUsers returns the users of a server that was given none. One password
// has what careless clients spoil: spaces around it, a quote, a backslash.
func DemoUsers() []User {
	return []User{
		{Login: "ada@example.com", Password: "correct horse battery", Email: "ada@example.com", Name: "Ada Lovelace", Groups: []string{"Everyone", "Engineering", "Finance"}},
		{Login: "grace@example.com", Password: "navy-compiler-1952", Email: "grace@example.com", Name: "Grace Hopper", Groups: []string{"Everyone", "Auditors"}},
		{Login: "edgar@example.com", Password: ` say "friend" \ enter `, Email: "edgar@example.com", Name: "Edgar Codd", Groups: []string{"Everyone"}},
	}
}

func (u *User) check() error {
	switch {
	case strings.TrimSpace(u.Login) == "":
		return fmt.Errorf("a user needs a login")
	case u.Password == "":
		return fmt.Errorf("user %q needs a password", u.Login)
	}
	return nil
}

// addUser adds a user, or replaces the one with the same login.
func (s *Server) addUser(u User) {
	if u.Email == "" {
		u.Email = u.Login
	}
	if u.Name == "" {
		u.Name = u.Login
	}
	u.Groups = append([]string{}, u.Groups...)
	for i, e := range u.Enrollments {
		e := *e
		if e.ID == "" {
			e.ID = oktaID("pae", e.Authenticator, loginKey(u.Login), strconv.Itoa(i))
		}
		u.Enrollments[i] = &e
	}
	s.directory[loginKey(u.Login)] = &u
}

// user finds a user by login.
func (s *Server) user(login string) *User { return s.directory[loginKey(login)] }

func (s *Server) users() []User {
	out := []User{}
	for _, u := range s.directory {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b User) int { return strings.Compare(a.Login, b.Login) })
	return out
}

// loginKey is how a login is looked up: case and spaces around it do not matter.
func loginKey(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

func (u *User) id() string { return oktaID("00u", loginKey(u.Login)) }

// claims are what the org says about the user under these scopes.
func (u *User) claims(scopes []string) map[string]any {
	out := map[string]any{}
	if slices.Contains(scopes, "profile") {
		given, family, _ := strings.Cut(u.Name, " ")
		out["name"] = u.Name
		out["given_name"] = given
		if family != "" {
			out["family_name"] = family
		}
		out["preferred_username"] = u.Login
		out["locale"] = "en_US"
		out["zoneinfo"] = "America/Los_Angeles"
	}
	if slices.Contains(scopes, "email") {
		out["email"] = u.Email
		out["email_verified"] = true
	}
	if slices.Contains(scopes, "groups") {
		out["groups"] = u.Groups
	}
	return out
}
