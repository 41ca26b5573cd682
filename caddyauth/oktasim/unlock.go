package oktasim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
)

const (
	msgUnlocked         = "oie.selfservice.unlock_user.success.message"
	msgUnlockedGoOn     = "oie.selfservice.unlock_user.landing.to.app.success.message"
	msgUnlockNotAllowed = "oie.selfservice.user.unlock.not.allowed"
	msgLocked           = "errors.E0000069"
)

// unlockForms are the way out for who is locked out, where the policy has one.
func (t *turn) unlockForms() []form {
	if len(t.tx.policy.Unlock) == 0 {
		return nil
	}
	return []form{t.form("unlock-account", "unlock-account", func(t *turn) *rejection {
		t.tx.goal = unlock
		return nil
	})}
}

// unlockStep asks who is locked out and how they prove themselves: any of the
// policy's ways, since what this user has must not be told.
var unlockStep = &step{
	due:  func(t *turn) bool { return t.tx.goal == unlock && t.tx.user == nil },
	show: showUnlock,
}

func showUnlock(t *turn, a *answer) {
	a.Authenticators, a.AuthenticatorEnrollments = listOf[authenticatorIs](), listOf[authenticatorIs]()
	list := field{Name: "authenticator", Type: "object"}
	for i, name := range t.tx.policy.Unlock {
		of := t.authenticator(name)
		a.Authenticators.Value = append(a.Authenticators.Value, of.is())
		a.AuthenticatorEnrollments.Value = append(a.AuthenticatorEnrollments.Value, of.is())
		list.Options = append(list.Options, option{
			Label: of.label, Value: nest(t.optionFields(of, of.methods, authenticate)...), RelatesTo: fmt.Sprintf("$.authenticatorEnrollments.value[%d]", i),
		})
	}
	a.offer(t.form("select-authenticator-unlock-account", "challenge", chooseUnlock, field{Name: "identifier", Label: "Username", Required: new(true)}, list))
}

func chooseUnlock(t *turn) *rejection {
	if t.given.Identifier == "" {
		return rejectField(http.StatusBadRequest, "identifier", say(msgFieldBlank))
	}
	given := t.given.Authenticator
	i := slices.IndexFunc(t.tx.policy.Unlock, func(name string) bool { return t.authenticator(name).id() == given.ID })
	if i < 0 {
		return reject(http.StatusBadRequest, say(msgNoSuchOption))
	}
	if wrong := t.named(t.given.Identifier); wrong != nil {
		return wrong
	}
	of := t.authenticator(t.tx.policy.Unlock[i])
	owned := t.owned(of)
	if len(owned) == 0 {
		t.tx.identifier, t.tx.user = "", nil
		return reject(http.StatusBadRequest, say(msgUnlockNotAllowed))
	}
	return t.attempt(authenticate, of, owned[0], given)
}

// owned is what the user has of an authenticator. To whom wants an account
// unlocked everybody seems to have everything, unless users are revealed
// anyway: who has a phone is not told.
func (t *turn) owned(of *authenticator) []*Enrollment {
	owned := of.owns(t.tx.user)
	if len(owned) == 0 && t.tx.goal == unlock && !t.tx.policy.RevealUsers {
		return []*Enrollment{standIn(of, t.tx.identifier)}
	}
	return owned
}

// unreachable says whether what is asked for does not exist: nothing is sent,
// and no answer is right.
func (t *turn) unreachable() bool {
	e := t.tx.attempt.enrollment
	return t.tx.user.phantom || e != nil && e.standIn
}

// standIn is what somebody who has nothing of an authenticator seems to have:
// the same at each try, so that trying twice tells nothing either.
func standIn(of *authenticator, login string) *Enrollment {
	sum := sha256.Sum256([]byte(of.key + "\x00" + loginKey(login)))
	number := fmt.Sprintf("+1555555%04d", binary.BigEndian.Uint16(sum[:2])%10000)
	return &Enrollment{
		Authenticator: of.name, standIn: true, ID: oktaID(of.enrollment, of.key, loginKey(login)),
		Profile: map[string]string{"phoneNumber": number, "questionKey": questions[0].Key, "question": questions[0].Text},
	}
}

// unlockedStep unlocks the account of who has proven themselves.
var unlockedStep = &step{
	due:   func(t *turn) bool { return t.tx.goal == unlock },
	enter: enterUnlocked,
	show:  func(*turn, *answer) {}, // it is always entered
}

func enterUnlocked(t *turn) bool {
	t.free(t.tx.user)
	if t.tx.policy.AfterUnlock == ThenMessage {
		t.end(http.StatusOK, inform(msgUnlocked))
		return true
	}
	t.tx.notices = []message{inform(msgUnlockedGoOn)}
	t.tx.goal = signIn
	return true
}

// free forgets a user's wrong answers and unlocks the account.
func (s *Server) free(u *User) {
	for _, a := range s.authenticators {
		delete(s.failures, loginKey(u.Login)+" "+a.key)
	}
	if u.Status == LockedOut {
		u.Status = Active
	}
}

// barred says why a user may not even try; nil: they may. Who is locked out
// may still prove themselves for something else than signing in.
func (t *turn) barred() *rejection {
	switch user := t.tx.user; {
	case t.tx.goal == register:
		return nil
	case user.Status == Suspended, user.Status == Deprovisioned:
		return reject(http.StatusUnauthorized, say(msgAuthFailed))
	case user.Status == LockedOut && t.tx.goal == signIn && t.tx.policy.LockAccount == LockSilent:
		return reject(http.StatusUnauthorized, say(msgAuthFailed))
	case user.Status == LockedOut && t.tx.goal == signIn:
		return reject(http.StatusUnauthorized, say(msgLocked))
	}
	return nil
}

// lock locks the account at the last wrong password that the policy allows.
func (t *turn) lock(a *authenticator) bool {
	if t.tx.policy.LockAccount == "" || a.name != "password" || t.tx.user.phantom {
		return false
	}
	t.tx.user.Status = LockedOut
	delete(t.failures, t.failureKey(a))
	return true
}
