package oktasim

import (
	"net/http"
	"slices"
	"time"
)

// A rejection says why what was posted was not accepted.
type rejection struct {
	status     int
	complaints []complaint
}

// A complaint is about the field of that name, or about everything when field
// is empty.
type complaint struct {
	field   string
	message message
}

// reject is a rejection with a message on top.
func reject(status int, m message) *rejection { return rejectField(status, "", m) }

// rejectField is a rejection with a message on a field.
func rejectField(status int, field string, m message) *rejection {
	return &rejection{status: status, complaints: []complaint{{field, m}}}
}

// notNow rejects a form that is not one of the current step.
func notNow() *rejection { return reject(http.StatusBadRequest, say(msgNotNow)) }

// malformed rejects a body that is not what its form asked for.
func malformed() *rejection { return reject(http.StatusBadRequest, say(msgMalformed)) }

// sessionExpired is the terminal answer to a handle that is unknown or over.
func sessionExpired(c *call) reply {
	return c.ion(http.StatusUnauthorized, answer{Messages: listOf(say(msgSessionExpired))})
}

// render builds the answer of the current step and notes what it offers. It
// changes nothing.
func (t *turn) render() answer {
	t.offers = map[string]handler{}
	tx := t.tx
	a := answer{
		StateHandle: tx.stateHandle,
		ExpiresAt:   isoTime(tx.expires),
		Intent:      "LOGIN",
		App:         objectOf(appIs{Name: "oidc_client", Label: tx.client.Label, ID: tx.client.ID}),
		Cancel:      new(t.form("cancel", "cancel", cancel)),
	}
	if tx.identifier != "" {
		a.User = objectOf(userIs{ID: tx.user.id(), Identifier: tx.identifier})
	}
	t.step().show(t, &a)
	for _, m := range tx.notices {
		a.say(m)
	}
	return a
}

// show answers with the step that the transaction is at, and with what was
// wrong about the last one, if anything was.
func (t *turn) show(wrong *rejection) reply {
	status, a := t.outcome(wrong)
	out := t.call.ion(status, a)
	if t.stepUp {
		return stepUpReply(out)
	}
	return out
}

func (t *turn) outcome(wrong *rejection) (status int, a answer) {
	a, status = t.render(), http.StatusOK
	if t.tx.terminal != nil {
		status = t.tx.terminal.status
	}
	if wrong != nil {
		status = wrong.status
		for _, complaint := range wrong.complaints {
			onField := complaint.field != "" && a.Remediation != nil && blame(a.Remediation.Value[0].Value, complaint.field, complaint.message)
			if !onField {
				a.say(complaint.message)
			}
		}
	}
	return status, a
}

// say puts a message on top.
func (a *answer) say(m message) {
	if a.Messages == nil {
		a.Messages = listOf[message]()
	}
	a.Messages.Value = append(a.Messages.Value, m)
}

// offers says whether there is a remediation of that name.
func (a answer) offers(name string) bool {
	return a.Remediation != nil && slices.ContainsFunc(a.Remediation.Value, func(f form) bool { return f.Name == name })
}

// offer adds a remediation.
func (a *answer) offer(of ...form) {
	if a.Remediation == nil {
		a.Remediation = listOf[form]()
	}
	a.Remediation.Value = append(a.Remediation.Value, of...)
}

// form makes a form of the answer that is being rendered. path is below
// /idp/idx/; do is what posting it does. Only what the current step offers in
// this way is accepted.
func (t *turn) form(name, path string, do handler, values ...field) form {
	if t.offers[path] == nil {
		t.offers[path] = do
	}
	return form{
		Rel:      []string{"create-form"},
		Name:     name,
		Href:     t.call.base + "/idp/idx/" + path,
		Method:   http.MethodPost,
		Produces: typeION,
		Value: append(values, field{
			Name: "stateHandle", Required: new(true), Value: t.tx.stateHandle, Visible: new(false), Mutable: new(false),
		}),
		Accepts: typeJSON,
	}
}

func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (s *Server) deadline(after time.Duration) time.Time { return s.Now().Add(after) }
