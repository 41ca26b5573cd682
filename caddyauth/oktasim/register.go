package oktasim

import (
	"cmp"
	"net/http"
	"strings"
)

// Registration lets people sign up.
type Registration struct {
	// Profile is what they are asked for. Default: first name, last name and
	// e-mail, all required. It should have "email", which becomes the login.
	Profile []Attribute `json:"profile,omitempty"`

	// Password asks for the password on the same page.
	Password bool `json:"password,omitempty"`

	// Enroll is as in Policy, for those who sign up. Default: the password and
	// the e-mail address, both Required; an address that need not be proven is
	// left out.
	Enroll map[string]string `json:"enroll,omitempty"`

	// Groups are those of new users.
	Groups []string `json:"groups,omitempty"`

	// ByMail ends the registration with a mail that has an activation link.
	ByMail bool `json:"by_mail,omitempty"`

	// Display has an administrator's words for the form. Default: none.
	Display *Display `json:"display,omitempty"`

	// Closed shows the link, and then says that there is no registration.
	Closed bool `json:"closed,omitempty"`
}

const (
	msgNoRegistration = "idx.error.registration.unavailable"
	msgCheckMail      = "idx.email.verification.required"
)

// profile is what people are asked for.
func (r *Registration) profile() []Attribute {
	if r.Profile != nil {
		return r.Profile
	}
	return []Attribute{
		{Name: "firstName", Label: "First name", Required: true, MinLength: 1, MaxLength: 50},
		{Name: "lastName", Label: "Last name", Required: true, MinLength: 1, MaxLength: 50},
		{Name: "email", Label: "Email", Required: true},
	}
}

// signUpForms are the way to sign up, where the policy has one.
func (t *turn) signUpForms() []form {
	if t.tx.policy.Registration == nil {
		return nil
	}
	return []form{t.form("select-enroll-profile", "enroll", func(t *turn) *rejection {
		if t.tx.policy.Registration.Closed {
			return reject(http.StatusForbidden, say(msgNoRegistration))
		}
		t.tx.goal = register
		return nil
	})}
}

// registerStep asks who wants to sign up.
var registerStep = &step{
	due:  func(t *turn) bool { return t.tx.goal == register && t.tx.user == nil },
	show: showRegister,
}

func showRegister(t *turn, a *answer) {
	registration := t.tx.policy.Registration
	registration.Display.show(a)
	var asked []field
	for _, attribute := range registration.profile() {
		asked = append(asked, attribute.field())
	}
	values := []field{{Name: "userProfile", Form: &fields{asked}}}
	if registration.Password {
		password := t.authenticator("password").is()
		password.Settings = t.tx.policy.PasswordRules.settings()
		a.CurrentAuthenticator = objectOf(password)
		secret := credentials(field{Name: "passcode", Label: "Enter password", Required: new(true), Secret: true})
		secret.Extra = object{"relatesTo": "$.currentAuthenticator"}
		values = append(values, secret)
	}
	values = append(values, t.askCaptcha(a)...)
	a.offer(t.form("enroll-profile", "enroll/new", signUp, values...))
	a.offer(t.form("select-identify", "identify/select", func(t *turn) *rejection {
		t.tx.goal = signIn
		return nil
	}))
	a.offer(t.idpForms()...)
}

// signUp makes the user, who can do nothing before the account is active.
func signUp(t *turn) *rejection {
	if wrong := t.checkCaptcha(); wrong != nil {
		return wrong
	}
	registration, given := t.tx.policy.Registration, t.given
	wrong := judgeProfile(registration.profile(), given.UserProfile)
	if wrong == nil {
		wrong = &rejection{status: http.StatusBadRequest}
	}
	email := given.text("email")
	login := cmp.Or(given.text("login"), email)
	if email != "" && t.userWithEmail(email) != nil || login != "" && t.user(login) != nil {
		wrong.complaints = append(wrong.complaints, complaint{"email", say(msgNotUnique, "Email")})
	}
	u := User{Login: login, Email: email, Status: Staged, Groups: append([]string{"Everyone"}, registration.Groups...)}
	u.keepProfile(registration.profile(), given.UserProfile)
	u.Name = strings.TrimSpace(given.text("firstName") + " " + given.text("lastName"))
	if registration.Password {
		passcode, missing := t.passcode()
		if missing != nil {
			wrong.complaints = append(wrong.complaints, missing.complaints...)
		} else if m, ok := t.tx.policy.PasswordRules.judge(&u, passcode, t.Now()); !ok {
			wrong.complaints = append(wrong.complaints, complaint{"passcode", m})
		}
		u.Password = passcode
	}
	if len(wrong.complaints) > 0 {
		return wrong
	}
	user := t.addUser(u)
	user.verified = false
	t.tx.identifier, t.tx.user = login, user
	if registration.Password {
		t.tx.proven = append(t.tx.proven, proof{t.authenticator("password"), "password", enroll})
	}
	if registration.ByMail {
		t.sendActivation(t.call.base, user, t.tx.client)
		t.end(http.StatusOK, inform(msgCheckMail))
	}
	return nil
}

// toEnroll says which authenticators this user is asked to set up.
func (t *turn) toEnroll() map[string]string {
	if t.tx.goal != register {
		return t.tx.policy.Enroll
	}
	if r := t.tx.policy.Registration; r != nil && r.Enroll != nil {
		return r.Enroll
	}
	return map[string]string{"password": Required, "email": Required}
}

// registeredStep makes the account active once everything is set up. What was
// set up counts for the sign-in that follows.
var registeredStep = &step{
	due: func(t *turn) bool { return t.tx.goal == register },
	enter: func(t *turn) bool {
		t.tx.user.Status = Active
		t.tx.goal = signIn
		return true
	},
	show: func(*turn, *answer) {}, // it is always entered
}
