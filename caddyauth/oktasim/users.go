package oktasim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the org lets a user do.
const (
	Active          = "ACTIVE"
	Staged          = "STAGED"           // made, not activated: no password yet
	LockedOut       = "LOCKED_OUT"       // after too many wrong answers, until unlocked
	PasswordExpired = "PASSWORD_EXPIRED" // must choose another at the next sign-in
	Suspended       = "SUSPENDED"        // by an administrator: signs in nowhere
	Deprovisioned   = "DEPROVISIONED"    // no longer a user
)

var userStatuses = []string{Active, Staged, LockedOut, PasswordExpired, Suspended, Deprovisioned}

// A User of the org's directory.
type User struct {
	Login    string   `json:"login"`
	Password string   `json:"password"` // compared byte for byte
	Email    string   `json:"email"`    // default: the login
	Name     string   `json:"name"`     // default: the login
	Groups   []string `json:"groups"`

	// Status is Active, Staged, LockedOut, PasswordExpired, Suspended or
	// Deprovisioned. Default: Active.
	Status string `json:"status,omitempty"`

	// Profile has all other attributes: "firstName", "department", ... Token
	// claims and registration read and write them.
	Profile object `json:"profile,omitempty"`

	// Enrollments are the authenticators that the user has set up, beside the
	// password and the e-mail address.
	Enrollments []*Enrollment `json:"enrollments,omitempty"`

	// PasswordChanged is when the password was set. Default: when
	// the user was added.
	PasswordChanged time.Time `json:"password_changed,omitzero"`

	// OldPasswords are the ones before, newest first.
	OldPasswords []string `json:"old_passwords,omitempty"`

	// Devices are the device tokens that the user signed in with, and when.
	Devices map[string]time.Time `json:"-"`

	kept     map[string]time.Time // devices that stay signed in, until when
	agreed   map[string][]string  // scopes consented to, by client
	putOff   map[string]int       // how often a set-up was put off, by authenticator
	verified bool                 // the e-mail address of a user who registered
	since    time.Time            // when the org got to know the user
	proofed  bool                 // the identity was verified
	phantom  bool                 // stands for a user who does not exist
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
	case u.Password == "" && u.Status != Staged:
		return fmt.Errorf("user %q needs a password", u.Login)
	case u.Status != "" && !slices.Contains(userStatuses, u.Status):
		return fmt.Errorf("status of user %q is %q; it can be one of: %s", u.Login, u.Status, strings.Join(userStatuses, ", "))
	}
	for _, e := range u.Enrollments {
		if named(e.Authenticator, authenticators) == nil {
			return fmt.Errorf("user %q: authenticator %q is not known; known are: %s", u.Login, e.Authenticator, strings.Join(authenticatorNames(), ", "))
		}
	}
	return nil
}

// addUser adds a user, or replaces the one with the same login.
func (s *Server) addUser(u User) *User {
	if u.Email == "" {
		u.Email = u.Login
	}
	if u.Name == "" {
		u.Name = u.Login
	}
	u.Groups = append([]string{}, u.Groups...)
	u.Profile, u.OldPasswords = maps.Clone(u.Profile), slices.Clone(u.OldPasswords)
	u.Enrollments = slices.Clone(u.Enrollments)
	for i, e := range u.Enrollments {
		e := *e
		e.Profile, e.Data = maps.Clone(e.Profile), maps.Clone(e.Data)
		if e.ID == "" {
			e.ID = oktaID("pae", e.Authenticator, loginKey(u.Login), strconv.Itoa(i))
		}
		u.Enrollments[i] = &e
	}
	u.kept, u.agreed, u.putOff = map[string]time.Time{}, map[string][]string{}, map[string]int{}
	u.Devices = map[string]time.Time{}
	u.verified, u.since = true, s.Now()
	s.directory[loginKey(u.Login)] = &u
	return &u
}

// user finds a user by login.
func (s *Server) user(login string) *User { return s.directory[loginKey(login)] }

// userWithEmail finds a user by e-mail address, or by a login that is one.
func (s *Server) userWithEmail(address string) *User {
	for _, u := range s.directory {
		if loginKey(u.Email) == loginKey(address) || loginKey(u.Login) == loginKey(address) {
			return u
		}
	}
	return nil
}

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

// passwordSet is when the password was set.
func (u *User) passwordSet() time.Time {
	if u.PasswordChanged.IsZero() {
		return u.since
	}
	return u.PasswordChanged
}

func (u *User) id() string { return oktaID("00u", loginKey(u.Login)) }

// attribute is what the directory says of the user under an attribute's name.
func (u *User) attribute(name string) any {
	if value, ok := u.Profile[name]; ok {
		return value
	}
	given, family, _ := strings.Cut(u.Name, " ")
	switch name {
	case "login":
		return u.Login
	case "email":
		return u.Email
	case "displayName":
		return u.Name
	case "firstName":
		return given
	case "lastName":
		return family
	}
	return nil
}

// claims are what the org says about the user under these scopes.
func (u *User) claims(scopes []string) map[string]any {
	out := map[string]any{}
	if slices.Contains(scopes, "profile") {
		out["name"] = u.Name
		out["given_name"] = u.attribute("firstName")
		if family := u.attribute("lastName"); family != "" {
			out["family_name"] = family
		}
		out["preferred_username"] = u.Login
		out["locale"] = "en_US"
		out["zoneinfo"] = "America/Los_Angeles"
	}
	if slices.Contains(scopes, "email") {
		out["email"] = u.Email
		out["email_verified"] = u.verified
	}
	if slices.Contains(scopes, "groups") {
		out["groups"] = u.Groups
	}
	return out
}
