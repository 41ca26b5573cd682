package oktasim

import (
	"net/http"
	"strings"
)

var passwordAuthenticator = &authenticator{
	name:       "password",
	key:        "okta_password",
	kind:       "password",
	label:      "Password",
	amr:        "pwd",
	enrollment: "lae",
	methods:    []method{{name: "password"}},
	owned:      ownedPassword,
	ask:        askPassword,
	describe:   describePassword,
	finish:     finishPassword,
	check:      checkPassword,
	enroll:     setPassword,
}

func passwordFields() []field { return []field{{Name: "passcode", Label: "Password", Secret: true}} }

// ownedPassword is the password that everybody has who was not only just made.
func ownedPassword(u *User) []*Enrollment {
	if u.Password == "" && !u.phantom {
		return nil
	}
	return []*Enrollment{{Authenticator: "password"}}
}

func askPassword(t *turn) []field {
	switch t.tx.attempt.purpose {
	case authenticate:
		return passwordFields()
	case enroll:
		return []field{{Name: "passcode", Label: "Enter password", Secret: true}}
	}
	out := []field{{Name: "passcode", Label: "New password", Secret: true}}
	if t.tx.attempt.purpose == reset {
		out = append(out, field{Name: "revokeSessions", Type: "boolean", Label: "Sign me out of all other devices"})
	}
	return out
}

func describePassword(t *turn, current *authenticatorIs) {
	if t.tx.attempt.purpose == authenticate {
		current.Recover = t.recoverForm()
		return
	}
	settings := t.tx.policy.PasswordRules.settings()
	if t.tx.attempt.purpose == rewarn {
		settings["daysToExpiry"] = t.daysToExpiry()
	}
	current.Settings = settings
}

// finishPassword repeats the password where Okta does, and says that it will
// expire, which can be put off.
func finishPassword(t *turn, a *answer) {
	switch t.tx.attempt.purpose {
	case enroll, reset:
		a.EnrollmentAuthenticator = a.CurrentAuthenticator
	case reenroll:
		a.RecoveryAuthenticator = a.CurrentAuthenticator
		t.elsewhere(&a.Remediation.Value[0])
	case rewarn:
		t.elsewhere(&a.Remediation.Value[0])
		a.offer(t.skippable(remediations[rewarn]))
		a.say(inform(msgPasswordExpiring, t.tx.client.Label))
	}
}

// elsewhere points to the site where the password is changed, if there is one.
func (t *turn) elsewhere(f *form) {
	rules := t.tx.policy.PasswordRules
	if rules.SiteURL == "" {
		return
	}
	f.Name = strings.Replace(f.Name, "reenroll-authenticator", "reenroll-custom-password-expiry", 1)
	f.Extra = object{"customExpiredPasswordName": rules.SiteName, "customExpiredPasswordURL": rules.SiteURL}
}

// checkPassword compares byte for byte: no trimming, no normalising. An
// unknown user and a wrong password get the same words.
func checkPassword(t *turn) *rejection {
	given, wrong := t.passcode()
	if wrong != nil {
		return wrong
	}
	if user := t.tx.user; user.Password == "" || given != user.Password {
		return reject(http.StatusUnauthorized, say(msgAuthFailed))
	}
	return nil
}

// setPassword judges a new password by the rules and makes it the user's.
func setPassword(t *turn) *rejection {
	given, wrong := t.passcode()
	if wrong != nil {
		return wrong
	}
	user, rules := t.tx.user, t.tx.policy.PasswordRules
	if m, ok := rules.judge(user, given, t.Now()); !ok {
		return rejectField(http.StatusBadRequest, "passcode", m)
	}
	t.changePassword(user, given)
	var also struct {
		Credentials struct {
			RevokeSessions bool `json:"revokeSessions"`
		} `json:"credentials"`
	}
	if wrong := t.read(&also); wrong == nil && also.Credentials.RevokeSessions {
		t.revokeAll(user)
	}
	return nil
}

// changePassword replaces a password. One that was forgotten or had expired
// made the account unusable; it is usable again.
func (s *Server) changePassword(u *User, password string) {
	if u.Password != "" {
		u.OldPasswords = append([]string{u.Password}, u.OldPasswords...)
	}
	u.Password, u.PasswordChanged = password, s.Now()
	if u.Status == PasswordExpired {
		u.Status = Active
	}
}
