package oktasim

import (
	"cmp"
	"net/http"
)

// identifyStep asks who the user is and, where the policy wants it on the same
// page, for the password.
var identifyStep = &step{
	due:  func(t *turn) bool { return t.tx.user == nil },
	show: showIdentify,
}

const msgUnknownUser = "idx.unknown.user"

func showIdentify(t *turn, a *answer) {
	if t.idpOnly() {
		a.offer(t.idpForms()...)
		return
	}
	values := []field{{Name: "identifier", Label: "Username", Required: new(true), Value: optional(cmp.Or(t.tx.request.loginHint, t.remembered[t.tx.device]))}}
	if t.passwordFirst() {
		values = append(values, credentials(passwordFields()...))
		password := t.authenticator("password").is()
		password.Recover = t.recoverForm()
		a.CurrentAuthenticator = objectOf(password)
	}
	remember := field{Name: "rememberMe", Type: "boolean", Label: "Keep me signed in"}
	if t.remembered[t.tx.device] != "" {
		remember.Value = true
	}
	values = append(values, remember)
	values = append(values, t.askCaptcha(a)...)
	a.offer(t.form("identify", "identify", identify, values...))
	a.offer(t.idpForms()...)
	a.offer(t.signUpForms()...)
	a.offer(t.unlockForms()...)
	for _, of := range t.authenticators {
		if of.launch != nil {
			of.launch(t, a)
		}
	}
}

// passwordFirst says whether the password is asked for beside the username.
func (t *turn) passwordFirst() bool {
	rounds := t.tx.policy.rounds()
	return t.tx.policy.Password == FirstPage && len(rounds) > 0 && len(rounds[0]) == 1 && rounds[0][0] == "password"
}

// identify takes the user's name and the password beside it. With the password
// on a page of its own an unknown user goes on to that page too: who exists is
// not told, unless the policy wants it told.
func identify(t *turn) *rejection {
	tx, given := t.tx, t.given
	if given.Identifier == "" {
		return rejectField(http.StatusBadRequest, "identifier", say(msgFieldBlank))
	}
	if wrong := t.checkCaptcha(); wrong != nil {
		return wrong
	}
	tx.rememberMe = given.RememberMe
	withPassword := t.passwordFirst()
	if wrong := t.named(given.Identifier); wrong != nil || !withPassword {
		return wrong
	}
	tx.attempt = &attempt{of: t.authenticator("password"), method: "password"}
	if wrong := t.answered(); wrong != nil {
		tx.identifier, tx.user, tx.attempt = "", nil, nil
		return wrong
	}
	t.pass()
	return nil
}

// named notes who the user says they are. One whom nobody knows, or who never
// activated the account, is stood for by a phantom, who can pass nothing.
func (t *turn) named(identifier string) *rejection {
	user := t.user(identifier)
	if user == nil && t.tx.policy.RevealUsers {
		return reject(http.StatusBadRequest, inform(msgUnknownUser, identifier))
	}
	if user == nil || user.Status == Staged {
		user = &User{Login: identifier, Email: identifier, Status: Active, phantom: true}
	}
	t.tx.identifier, t.tx.user = identifier, user
	return nil
}
