package oktasim

import (
	"fmt"
	"net/http"
	"slices"
)

// enrollStep is the list of what the user must or may set up.
var enrollStep = &step{
	due: func(t *turn) bool { return len(t.enrollable()) > 0 },
	enter: func(t *turn) bool {
		if !t.tx.policy.SafeMode || t.postponable() {
			return false
		}
		t.end(http.StatusOK, say(msgSafeMode))
		return true
	},
	show: func(t *turn, a *answer) {
		if t.tx.policy.SafeMode {
			a.offer(t.form("skip", "skip", putOff))
			a.say(say(msgSafeMode))
			return
		}
		t.listAuthenticators(a)
		a.offer(t.enrollForms()...)
	},
}

const msgSafeMode = "idx.error.server.safe.mode.enrollment.unavailable"

const enrollList = "select-authenticator-enroll"

// enrollable are the authenticators that the user lacks: first those that the
// policy requires, then those that it suggests, unless they were put off. A
// stranger sets up nothing: something must be proven first.
func (t *turn) enrollable() []*authenticator {
	if !t.tx.authenticated() && t.tx.goal != register {
		return nil
	}
	out := t.required()
	if t.skipped(enrollList) {
		return slices.DeleteFunc(out, func(a *authenticator) bool { return t.skipped(enrollList + a.name) })
	}
	for _, a := range t.authenticators {
		if t.toEnroll()[a.name] == Optional && a.enroll != nil && len(a.owns(t.tx.user)) == 0 && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// required are the authenticators that the user cannot go on without: those
// of a round that nothing of theirs can meet, and those that all must have.
func (t *turn) required() []*authenticator {
	var out []*authenticator
	add := func(a *authenticator) {
		if a.enroll != nil && len(a.owns(t.tx.user)) == 0 && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	for _, round := range t.unmet() {
		for _, name := range round {
			add(t.authenticator(name))
		}
	}
	for _, a := range t.authenticators {
		if t.toEnroll()[a.name] == Required {
			add(a)
		}
	}
	return out
}

// enrollForms are the list and, when nothing of it is required, the way past.
func (t *turn) enrollForms() []form {
	list := field{Name: "authenticator", Type: "object"}
	for i, a := range t.enrollable() {
		list.Options = append(list.Options, option{
			Label: a.label, Value: nest(t.optionFields(a, a.methods, enroll)...), RelatesTo: fmt.Sprintf("$.authenticators.value[%d]", i),
		})
	}
	out := []form{t.form(enrollList, "credential/enroll", chooseEnroll, list)}
	if t.postponable() {
		out = append(out, t.form("skip", "skip", putOff))
	}
	return out
}

// chooseEnroll begins to set up what the user chose from the list.
func chooseEnroll(t *turn) *rejection {
	list := t.enrollable()
	i := slices.IndexFunc(list, func(a *authenticator) bool { return a.id() == t.given.Authenticator.ID })
	if i < 0 {
		return reject(http.StatusBadRequest, say(msgNoSuchOption))
	}
	return t.attempt(enroll, list[i], &Enrollment{Authenticator: list[i].name}, t.given.Authenticator)
}
