package oktasim

import (
	"net/http"
	"slices"
)

// A purpose is what an authenticator is answered for.
type purpose int

const (
	authenticate purpose = iota // prove that one has it
	enroll                      // set up another
	reenroll                    // replace one that has expired
	rewarn                      // replace one that will expire; can be put off
	reset                       // replace one that was forgotten
)

// remediations names the form of each purpose.
var remediations = map[purpose]string{
	authenticate: "challenge-authenticator",
	enroll:       "enroll-authenticator",
	reenroll:     "reenroll-authenticator",
	rewarn:       "reenroll-authenticator-warning",
	reset:        "reset-authenticator",
}

// An attempt is one authenticator being answered.
type attempt struct {
	of         *authenticator
	purpose    purpose
	method     string      // empty until it is known which
	enrollment *Enrollment // the one to prove, or the one in the making
	given      selection   // what came with the choice
	started    bool
	memory     any // the authenticator's own: a code, a challenge
}

// attemptStep asks for the answer, or for what has to be known before.
var attemptStep = &step{
	due:  func(t *turn) bool { return t.tx.attempt != nil },
	show: showAttempt,
}

// attempt begins to prove, or to set up, an authenticator.
func (t *turn) attempt(p purpose, of *authenticator, e *Enrollment, given selection) *rejection {
	methods := of.methodsOf(e)
	switch {
	case p == enroll && of.whole:
		given.MethodType = ""
	case given.MethodType == "" && len(methods) == 1:
		given.MethodType = methods[0].name
	case given.MethodType == "" && of.usual != nil:
		given.MethodType = of.usual(e)
	}
	if given.MethodType != "" && !slices.ContainsFunc(methods, func(m method) bool { return m.name == given.MethodType }) {
		return reject(http.StatusBadRequest, say(msgNoSuchOption))
	}
	before := t.tx.attempt
	t.tx.attempt = &attempt{of: of, purpose: p, method: given.MethodType, enrollment: e, given: given}
	if len(t.missing()) > 0 {
		return nil
	}
	if wrong := t.start(); wrong != nil {
		t.tx.attempt = before
		return wrong
	}
	return nil
}

// missing lists the fields that must be known before the attempt can start.
func (t *turn) missing() []field {
	at := t.tx.attempt
	if at.started {
		return nil
	}
	var out []field
	if at.method == "" && (at.purpose != enroll || !at.of.whole) {
		out = append(out, field{Name: "methodType", Required: new(true), Options: methodOptions(at.of.methodsOf(at.enrollment))})
	}
	if at.of.needs != nil {
		out = append(out, at.of.needs(t)...)
	}
	return out
}

// start sends what the current attempt has to send, again if it is asked again.
func (t *turn) start() *rejection {
	at := t.tx.attempt
	if at.of.start != nil {
		if wrong := at.of.start(t); wrong != nil {
			return wrong
		}
	}
	at.started = true
	return nil
}

// answerAttempt judges what was posted for the current attempt.
func answerAttempt(t *turn) *rejection {
	if wrong := t.answered(); wrong != nil {
		return wrong
	}
	t.pass()
	return nil
}

// answered judges an answer. A suspended authenticator is not even tried, so
// that a right guess tells no more than a wrong one.
func (t *turn) answered() *rejection {
	at := t.tx.attempt
	if at.purpose != authenticate {
		return at.of.enroll(t)
	}
	if wrong := t.barred(); wrong != nil {
		return wrong
	}
	suspended := reject(http.StatusForbidden, say(msgFactorSuspended))
	if t.suspended(at.of) {
		return suspended
	}
	wrong := at.of.check(t)
	if wrong == nil && t.unreachable() {
		wrong = reject(http.StatusUnauthorized, say(msgAuthFailed)) // a lucky guess at a code that nobody was sent
	}
	if wrong != nil && wrong.status == http.StatusUnauthorized {
		t.failures[t.failureKey(at.of)]++
		if t.suspended(at.of) {
			if t.lock(at.of) {
				return t.barred()
			}
			return suspended
		}
	}
	return wrong
}

func (t *turn) suspended(a *authenticator) bool {
	limit := t.tx.policy.Lockout
	return limit > 0 && t.failures[t.failureKey(a)] >= limit
}

func (t *turn) failureKey(a *authenticator) string { return loginKey(t.tx.identifier) + " " + a.key }

// pass records that the current attempt was answered. What was set up is the
// user's from now on.
func (t *turn) pass() {
	at := t.tx.attempt
	delete(t.failures, t.failureKey(at.of))
	if at.purpose == enroll && at.of.owned == nil {
		if at.enrollment.ID == "" {
			at.enrollment.ID = at.of.enrollment + randomText(17)
		}
		t.tx.user.Enrollments = append(t.tx.user.Enrollments, at.enrollment)
	}
	t.tx.proven = append(t.tx.proven, proof{at.of, at.method, at.purpose})
	t.tx.attempt = nil
}

func showAttempt(t *turn, a *answer) {
	at := t.tx.attempt
	t.listAuthenticators(a)
	current, relation := at.of.is(), "$.currentAuthenticator"
	if at.purpose == authenticate {
		current, relation = at.of.enrolled(t.tx.user, at.enrollment), "$.currentAuthenticatorEnrollment"
	}
	if at.method != "" {
		current.Methods = []methodIs{{Type: at.method}}
	}
	if at.started && at.of.describe != nil {
		at.of.describe(t, &current)
	}
	if at.purpose == authenticate {
		a.CurrentAuthenticatorEnrollment = objectOf(current)
	} else {
		a.CurrentAuthenticator = objectOf(current)
	}
	switch missing := t.missing(); {
	case len(missing) > 0:
		data := t.dataForm(missing)
		data.RelatesTo = []string{relation}
		a.offer(data)
	case at.of.remediate != nil:
		a.offer(at.of.remediate(t)...)
	default:
		ask := t.form(remediations[at.purpose], "challenge/answer", answerAttempt, credentials(at.of.ask(t)...))
		ask.RelatesTo = []string{relation}
		a.offer(ask)
	}
	a.offer(t.alternatives()...)
	if at.purpose == enroll && at.started {
		made := at.of.is()
		made.Methods = current.Methods
		a.EnrollmentAuthenticator = objectOf(made)
	}
	if at.of.finish != nil {
		at.of.finish(t, a)
	}
}

// dataForm asks for what is missing before the attempt can start.
func (t *turn) dataForm(missing []field) form {
	at := t.tx.attempt
	name, path, do := "authenticator-verification-data", "challenge", choose
	if at.purpose == enroll {
		name, path, do = "authenticator-enrollment-data", "credential/enroll", chooseEnroll
	}
	values := append([]field{{Name: "id", Required: new(true), Value: at.of.id(), Mutable: new(false)}}, missing...)
	if at.purpose == authenticate && len(at.of.owns(t.tx.user)) > 1 {
		values = append(values, field{Name: "enrollmentId", Required: new(true), Value: at.enrollment.ID, Mutable: new(false)})
	}
	return t.form(name, path, do, field{Name: "authenticator", Type: "object", Label: at.of.label, Form: &fields{values}})
}

// resend is the action that sends a code again.
func (t *turn) resend() *form {
	return new(t.form("resend", "challenge/resend", (*turn).start))
}

// poll is the action that asks where things stand, every so many milliseconds.
func (t *turn) poll(refresh int) *form {
	out := t.form("poll", "challenge/poll", again)
	out.Refresh = refresh
	return &out
}

func methodOptions(of []method) []option {
	var out []option
	for _, m := range of {
		out = append(out, option{Label: m.label, Value: m.name})
	}
	return out
}
