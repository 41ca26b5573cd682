package oktasim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// An authenticator is one way to prove who one is. Each is a file with one
// value of this type, and an entry in authenticators. Its functions find what
// they work on in t.tx.attempt; a function that is nil does nothing.
type authenticator struct {
	name       string   // in a policy: "email"
	key        string   // Okta's: "okta_email"
	kind       string   // Okta's type: "email"
	label      string   // shown to the user
	amr        string   // in ID tokens, of methods that say nothing else
	extra      object   // shown wherever it is
	enrollment string   // prefix of enrollment ids
	methods    []method // one at least; of several the user chooses

	// whole: it is set up with all its methods at once.
	whole bool

	// together: all that a user has of it is one choice, and any one answers.
	together bool

	// owned says what a user has of it. nil: those of User.Enrollments.
	owned func(*User) []*Enrollment

	// usual is the method that the user wants without being asked; empty: ask.
	usual func(*Enrollment) string

	// profile is what may be seen of an enrollment: masked.
	profile func(*User, *Enrollment) object

	// choice lists what a list of authenticators asks for beside the method:
	// a phone number, a channel.
	choice func(*turn, purpose) []field

	// needs lists what has to be known before the attempt can start and is not
	// yet: it is asked for on a page of its own.
	needs func(*turn) []field

	// start sends what has to be sent, at the start and when asked again.
	start func(*turn) *rejection

	// ask lists the fields of the credentials object.
	ask func(*turn) []field

	// describe adds to the authenticator that the answer shows as current:
	// resend, poll, contextual data, settings.
	describe func(*turn, *authenticatorIs)

	// remediate replaces the form that asks, where that is not
	// challenge-authenticator (enroll-authenticator, ...) with the fields of ask.
	remediate func(*turn) []form

	// finish has the last word about an answer that asks for this.
	finish func(*turn, *answer)

	// check judges an answer to what the user has; nil means that it was right.
	check func(*turn) *rejection

	// enroll judges what makes an enrollment new, or replaces it, and writes it
	// into t.tx.attempt.enrollment.
	enroll func(*turn) *rejection

	// display is the code that the user's app or token shows at this moment.
	display func(*Server, *Enrollment) string

	// launch adds to the page that asks for the username what goes on without
	// one.
	launch func(*turn, *answer)

	// routes adds pages and endpoints of its own to the org.
	routes func(*Server, *http.ServeMux)
}

// A method is a variant of an authenticator: "sms" and "voice" of a phone.
type method struct {
	name  string
	label string
	amr   string
}

// An Enrollment is an authenticator that a user has set up. A user can have
// several of one kind: two phones.
type Enrollment struct {
	// Authenticator is its name in policies, such as "phone".
	Authenticator string `json:"authenticator"`

	// ID is made up when empty.
	ID string `json:"id,omitempty"`

	// Nickname is shown where the user chooses.
	Nickname string `json:"nickname,omitempty"`

	// Methods of the authenticator that it can do. Default: all.
	Methods []string `json:"methods,omitempty"`

	// Profile is what is known of it, such as {"phoneNumber":"+15555550100"}.
	Profile map[string]string `json:"profile,omitempty"`

	// Data is the authenticator's own, secrets included, such as
	// {"secret":"JBSWY3DPEHPK3PXP"}.
	Data map[string]string `json:"data,omitempty"`

	standIn bool // nobody has it: see owned
}

func named(name string, among []*authenticator) *authenticator {
	i := slices.IndexFunc(among, func(a *authenticator) bool { return a.name == name })
	if i < 0 {
		return nil
	}
	return among[i]
}

// authenticator finds one by its name in policies; nil: there is none.
func (s *Server) authenticator(name string) *authenticator { return named(name, s.authenticators) }

func (a *authenticator) id() string { return oktaID("aut", a.key) }

func (a *authenticator) amrOf(name string) string {
	for _, m := range a.methods {
		if m.name == name && m.amr != "" {
			return m.amr
		}
	}
	return a.amr
}

// methodsOf are the methods that an enrollment can do.
func (a *authenticator) methodsOf(e *Enrollment) []method {
	if e == nil || len(e.Methods) == 0 {
		return a.methods
	}
	return slices.DeleteFunc(slices.Clone(a.methods), func(m method) bool { return !slices.Contains(e.Methods, m.name) })
}

// owns lists what a user has of an authenticator. The pointers are into the
// directory.
func (a *authenticator) owns(u *User) []*Enrollment {
	if a.owned != nil {
		return a.owned(u)
	}
	var out []*Enrollment
	for _, e := range u.Enrollments {
		if e.Authenticator == a.name {
			out = append(out, e)
		}
	}
	return out
}

// is describes the authenticator as the org has it.
func (a *authenticator) is() authenticatorIs {
	out := authenticatorIs{Type: a.kind, Key: a.key, ID: a.id(), DisplayName: a.label, Extra: maps.Clone(a.extra)}
	for _, m := range a.methods {
		out.Methods = append(out.Methods, methodIs{Type: m.name})
	}
	return out
}

// enrolled is the authenticator as the user has it.
func (a *authenticator) enrolled(u *User, e *Enrollment) authenticatorIs {
	out := a.is()
	out.ID, out.Nickname = e.ID, e.Nickname
	if out.ID == "" {
		out.ID = oktaID(a.enrollment, a.key, u.id())
	}
	out.Methods = nil
	for _, m := range a.methodsOf(e) {
		out.Methods = append(out.Methods, methodIs{Type: m.name})
	}
	if a.profile != nil {
		out.Profile = a.profile(u, e)
	}
	return out
}

// passcode reads credentials.passcode, unchanged to the last byte.
func (t *turn) passcode() (string, *rejection) { return t.credential("passcode") }

// credential reads one text of the credentials, unchanged to the last byte.
func (t *turn) credential(name string) (string, *rejection) {
	var given map[string]any
	if err := json.Unmarshal(t.given.Credentials, &given); len(t.given.Credentials) > 0 && err != nil {
		return "", malformed()
	}
	value, ok := given[name].(string)
	switch {
	case given[name] != nil && !ok:
		return "", malformed()
	case value == "":
		return "", rejectField(http.StatusBadRequest, name, say(msgFieldBlank))
	}
	return value, nil
}
