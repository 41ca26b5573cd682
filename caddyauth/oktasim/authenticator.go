package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// An authenticator is one way to prove who one is. Each is a file with one
// value of this type, and an entry in authenticators.
type authenticator struct {
	name  string // in a policy: "email"
	key   string // Okta's: "okta_email"
	kind  string // Okta's type: "email"
	label string // shown to the user
	amr   string // in ID tokens

	enrollment string                               // prefix of enrollment ids
	profile    func(*transaction) map[string]string // masked; nil: none

	// ask lists the fields of the credentials object.
	ask func() []field

	// start sends what has to be sent, when the user chose this; nil: nothing.
	start func(*Server, *call, *transaction)

	// actions adds resend and poll to the current enrollment; nil: none.
	actions func(view, *authenticatorIs)

	// check judges an answer; nil means that it was right.
	check func(*Server, *transaction, json.RawMessage) *rejection
}

// authenticators are all that the org has.
var authenticators = []*authenticator{passwordAuthenticator, emailAuthenticator}

func authenticatorNamed(name string) *authenticator {
	i := slices.IndexFunc(authenticators, func(a *authenticator) bool { return a.name == name })
	if i < 0 {
		return nil
	}
	return authenticators[i]
}

func (a *authenticator) id() string { return oktaID("aut", a.key) }

// describe is the authenticator as the org has it.
func (a *authenticator) describe() authenticatorIs {
	return authenticatorIs{Type: a.kind, Key: a.key, ID: a.id(), DisplayName: a.label, Methods: []methodIs{{Type: a.name}}}
}

// enrolled is the authenticator as the user has it.
func (a *authenticator) enrolled(tx *transaction) authenticatorIs {
	out := a.describe()
	out.ID = oktaID(a.enrollment, a.key, tx.userID())
	if a.profile != nil {
		out.Profile = a.profile(tx)
	}
	return out
}

func (s *Server) showIdentify(v view, tx *transaction, a *answer) {
	values := []field{{Name: "identifier", Label: "Username", Required: new(true), Value: tx.request.loginHint}}
	if tx.policy.Password == FirstPage {
		values = append(values, credentials(passwordAuthenticator.ask()...))
		a.CurrentAuthenticator = objectOf(passwordAuthenticator.describe())
	}
	values = append(values, field{Name: "rememberMe", Type: "boolean", Label: "Keep me signed in"})
	a.Remediation = listOf(v.form("identify", "identify", values...))
}

func showChallenge(v view, tx *transaction, a *answer) {
	showEnrollments(tx, a)
	current := tx.current.enrolled(tx)
	if tx.current.actions != nil {
		tx.current.actions(v, &current)
	}
	a.CurrentAuthenticatorEnrollment = objectOf(current)
	challenge := v.form("challenge-authenticator", "challenge/answer", credentials(tx.current.ask()...))
	challenge.RelatesTo = []string{"$.currentAuthenticatorEnrollment"}
	a.Remediation = listOf(challenge)
	if tx.current != passwordAuthenticator {
		a.Remediation.Value = append(a.Remediation.Value, selectForm(v, tx))
	}
}

func showSelect(v view, tx *transaction, a *answer) {
	showEnrollments(tx, a)
	a.Remediation = listOf(selectForm(v, tx))
}

// showEnrollments lists what may come next and what the user has for it, at
// the same index in both lists.
func showEnrollments(tx *transaction, a *answer) {
	a.Authenticators, a.AuthenticatorEnrollments = listOf[authenticatorIs](), listOf[authenticatorIs]()
	for _, choice := range tx.choices() {
		a.Authenticators.Value = append(a.Authenticators.Value, choice.describe())
		a.AuthenticatorEnrollments.Value = append(a.AuthenticatorEnrollments.Value, choice.enrolled(tx))
	}
}

func selectForm(v view, tx *transaction) form {
	choose := field{Name: "authenticator", Type: "object"}
	for i, choice := range tx.choices() {
		o := option{Label: choice.label, RelatesTo: fmt.Sprintf("$.authenticatorEnrollments.value[%d]", i)}
		o.Value.Form.Value = []field{
			{Name: "id", Required: new(true), Value: choice.id(), Mutable: new(false)},
			{Name: "methodType", Required: new(false), Value: choice.name, Mutable: new(false)},
		}
		choose.Options = append(choose.Options, o)
	}
	return v.form("select-authenticator-authenticate", "challenge", choose)
}

// answered judges an answer to a: a suspended authenticator is not even tried,
// so that a right guess tells no more than a wrong one.
func (s *Server) answered(tx *transaction, a *authenticator, credentials json.RawMessage) *rejection {
	suspended := &rejection{status: http.StatusForbidden, message: say(msgFactorSuspended)}
	if s.suspended(tx, a) {
		return suspended
	}
	wrong := a.check(s, tx, credentials)
	if wrong != nil && wrong.status == http.StatusUnauthorized && s.fail(tx, a) {
		return suspended
	}
	return wrong
}

// passcodeOf reads the passcode, unchanged to the last byte.
func passcodeOf(credentials json.RawMessage) (string, *rejection) {
	var given struct {
		Passcode *string `json:"passcode"`
	}
	if err := json.Unmarshal(credentials, &given); len(credentials) > 0 && err != nil {
		return "", &rejection{status: http.StatusBadRequest, message: say(msgMalformed)}
	}
	if given.Passcode == nil || *given.Passcode == "" {
		return "", &rejection{status: http.StatusBadRequest, field: "passcode", message: say(msgFieldBlank)}
	}
	return *given.Passcode, nil
}
