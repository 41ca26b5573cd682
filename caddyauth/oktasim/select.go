package oktasim

import (
	"fmt"
	"net/http"
	"slices"
)

// selectStep is the list of what the user may prove themselves with next.
var selectStep = &step{
	due:   func(t *turn) bool { return len(t.choices()) > 0 },
	enter: selectOnly,
	show: func(t *turn, a *answer) {
		t.listAuthenticators(a)
		a.offer(t.selectForm())
		if t.tx.goal == recovery {
			t.recovering(a)
		}
	},
}

// A choice is one enrollment that the user may prove.
type choice struct {
	of         *authenticator
	enrollment *Enrollment
}

// choices are what meets the first round of the policy that the user can meet.
func (t *turn) choices() []choice {
	for _, round := range t.unmet() {
		var out []choice
		for _, name := range round {
			a := t.authenticator(name)
			for _, e := range t.owned(a) {
				if out = append(out, choice{a, e}); a.together {
					break
				}
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// selectOnly begins with the only choice: a password always, another if the
// policy says so.
func selectOnly(t *turn) bool {
	choices := t.choices()
	if len(choices) != 1 || choices[0].of.name != "password" && !t.tx.policy.AutoSelect {
		return false
	}
	return t.attempt(authenticate, choices[0].of, choices[0].enrollment, selection{}) == nil
}

// choose begins what the user chose from the list.
func choose(t *turn) *rejection {
	given, choices := t.given.Authenticator, t.choices()
	i := slices.IndexFunc(choices, func(c choice) bool {
		return c.of.id() == given.ID && (given.EnrollmentID == "" || given.EnrollmentID == c.enrollment.ID)
	})
	if i < 0 {
		return reject(http.StatusBadRequest, say(msgNoSuchOption))
	}
	return t.attempt(authenticate, choices[i].of, choices[i].enrollment, given)
}

// alternatives is the list that stands beside a question: something else to
// answer instead.
func (t *turn) alternatives() []form {
	switch t.tx.attempt.purpose {
	case authenticate:
		if choices := t.choices(); len(choices) != 1 || choices[0].of.name != "password" {
			return []form{t.selectForm()}
		}
	case enroll:
		return t.enrollForms()
	}
	return nil
}

// listAuthenticators lists what may come next and what the user has for it:
// the options of lists relate to these.
func (t *turn) listAuthenticators(a *answer) {
	a.Authenticators, a.AuthenticatorEnrollments = listOf[authenticatorIs](), listOf[authenticatorIs]()
	var listed []*authenticator
	list := func(of *authenticator) {
		if !slices.Contains(listed, of) {
			listed = append(listed, of)
			a.Authenticators.Value = append(a.Authenticators.Value, of.is())
		}
	}
	for _, c := range t.choices() {
		list(c.of)
		a.AuthenticatorEnrollments.Value = append(a.AuthenticatorEnrollments.Value, c.of.enrolled(t.tx.user, c.enrollment))
	}
	if len(listed) == 0 {
		for i, of := range t.enrollable() {
			list(of)
			if grace := t.graceOf(of); grace != nil {
				a.Authenticators.Value[i].Extra = object{"gracePeriod": grace}
			}
		}
	}
}

func (t *turn) selectForm() form {
	list := field{Name: "authenticator", Type: "object"}
	for i, c := range t.choices() {
		values := t.optionFields(c.of, c.of.methodsOf(c.enrollment), authenticate)
		if len(c.of.owns(t.tx.user)) > 1 && !c.of.together {
			values = append(values, field{Name: "enrollmentId", Required: new(true), Value: c.enrollment.ID, Mutable: new(false)})
		}
		list.Options = append(list.Options, option{
			Label: c.of.label, Value: nest(values...), RelatesTo: fmt.Sprintf("$.authenticatorEnrollments.value[%d]", i),
		})
	}
	return t.form("select-authenticator-authenticate", "challenge", choose, list)
}

// optionFields are what an option of a list asks for.
func (t *turn) optionFields(a *authenticator, methods []method, p purpose) []field {
	out := []field{{Name: "id", Required: new(true), Value: a.id(), Mutable: new(false)}}
	switch {
	case p == enroll && a.whole:
	case len(methods) == 1:
		out = append(out, field{Name: "methodType", Required: new(false), Value: methods[0].name, Mutable: new(false)})
	default:
		out = append(out, field{Name: "methodType", Type: "string", Required: new(false), Options: methodOptions(methods)})
	}
	if a.choice != nil {
		out = append(out, a.choice(t, p)...)
	}
	return out
}
