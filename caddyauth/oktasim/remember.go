package oktasim

import (
	"net/http"
	"time"
)

const keepForm = "keep-me-signed-in"

// keepStep asks whether the user wants to stay signed in on this device.
var keepStep = &step{
	due: func(t *turn) bool {
		return t.tx.policy.KeepSignedIn && t.once(keepForm) && !t.kept() && !t.tx.rememberMe // which says it already
	},
	show: func(t *turn, a *answer) {
		a.Extra = object{"authentication": t.authentication()}
		a.offer(t.form(keepForm, keepForm, keep, field{
			Name: "keepMeSignedIn", Type: "boolean", Label: "Stay signed in", Required: new(true), Value: false, Mutable: new(true),
		}))
	},
}

func keep(t *turn) *rejection {
	given := t.given.KeepMeSignedIn
	if given == nil {
		return rejectField(http.StatusBadRequest, "keepMeSignedIn", say(msgFieldBlank))
	}
	t.tx.rememberMe = *given
	t.tx.settled[keepForm] = true
	return nil
}

// kept says whether this device stays signed in.
func (t *turn) kept() bool {
	until, ok := t.tx.user.kept[t.tx.device]
	return ok && t.tx.device != "" && t.Now().Before(until)
}

// remember notes at the end of a sign-in what the next one wants to know.
func (t *turn) remember() {
	if t.tx.device == "" {
		return
	}
	t.tx.user.Devices[t.tx.device] = t.Now()
	if t.tx.rememberMe {
		t.remembered[t.tx.device] = t.tx.identifier
	} else if t.remembered[t.tx.device] == t.tx.identifier {
		delete(t.remembered, t.tx.device)
	}
	if t.tx.policy.KeepSignedIn && t.tx.rememberMe && !t.kept() {
		t.tx.user.kept[t.tx.device] = t.Now().Add(time.Duration(t.tx.policy.KeepDays) * 24 * time.Hour)
	}
}
