package oktasim

import "net/http"

const (
	msgRecovered       = "idx.recovery.completed"
	msgResetNotAllowed = "oie.selfservice.reset.password.not.allowed"
)

// recoverForm is the way to another password for who forgot theirs; nil: the
// policy has none.
func (t *turn) recoverForm() *form {
	if len(t.tx.policy.Recover) == 0 {
		return nil
	}
	return new(t.form("recover", "recover", recoverPassword))
}

func recoverPassword(t *turn) *rejection {
	tx := t.tx
	tx.goal, tx.attempt, tx.proven = recovery, nil, nil
	return nil
}

// recovering is the password in the answers of a recovery.
func (t *turn) recovering(a *answer) {
	password := t.authenticator("password").is()
	password.Settings = t.tx.policy.PasswordRules.settings()
	a.RecoveryAuthenticator = objectOf(password)
}

// recoverStep asks whose password it is, if that was not said before.
var recoverStep = &step{
	due: func(t *turn) bool { return t.tx.goal == recovery && t.tx.user == nil },
	show: func(t *turn, a *answer) {
		values := append([]field{{Name: "identifier", Label: "Username", Required: new(true)}}, t.askCaptcha(a)...)
		a.offer(t.form("identify-recovery", "identify", identifyOnly, values...))
		a.offer(t.signUpForms()...)
	},
}

// identifyOnly takes who the user is, and nothing else.
func identifyOnly(t *turn) *rejection {
	if t.given.Identifier == "" {
		return rejectField(http.StatusBadRequest, "identifier", say(msgFieldBlank))
	}
	if wrong := t.checkCaptcha(); wrong != nil {
		return wrong
	}
	return t.named(t.given.Identifier)
}

// resetStep asks for the new password of a user who has proven themselves.
var resetStep = &step{
	due:   func(t *turn) bool { return t.tx.goal == recovery && !t.tx.has("password", reset) },
	enter: enterReset,
	show:  func(*turn, *answer) {}, // it is always entered
}

func enterReset(t *turn) bool {
	if status := t.tx.user.Status; len(t.unmet()) > 0 || status == Suspended || status == Deprovisioned {
		t.end(http.StatusForbidden, say(msgResetNotAllowed))
		return true
	}
	return t.attempt(reset, t.authenticator("password"), nil, selection{}) == nil
}

// recoveredStep is what follows: a message, or the sign-in, for which all that
// was proven counts.
var recoveredStep = &step{
	due:   func(t *turn) bool { return t.tx.goal == recovery },
	enter: enterRecovered,
	show:  func(*turn, *answer) {}, // it is always entered
}

func enterRecovered(t *turn) bool {
	t.free(t.tx.user)
	if t.tx.policy.AfterRecovery == ThenMessage {
		t.end(http.StatusOK, inform(msgRecovered))
		return true
	}
	t.tx.goal = signIn
	return true
}
