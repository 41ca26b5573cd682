package signin

import (
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// Duo asks the user in a frame of its own (Duo Web, version 2): what Okta has
// signed goes into the frame's address, what Duo has signed comes back as a
// message of the frame. Okta's mark goes back with it, unseen by Duo.

// duoTask is the data of a "duo" task.
type duoTask struct {
	// Origin is Duo's, Title says what the frame is.
	Origin string `json:"origin"`
	Title  string `json:"title"`
	// Request is for Duo, App goes back to Okta behind Duo's answer.
	Request string `json:"request"`
	App     string `json:"app"`
}

func (b *pageBuilder) duo(rem *idx.Remediation, form idx.Form) (*Task, any) {
	d := aboutWhom(b.answer, rem).Contextual().Duo
	if d == nil || d.Integration != "IFRAME" || !fills(form, "signatureData") || len(form.Script) != 1 {
		return nil, nil
	}
	request, app, ok := strings.Cut(d.SignedToken, ":")
	data := duoTask{Origin: "https://" + d.Host, Title: b.Say("Verify with Duo"), Request: request, App: app}
	if !ok || request == "" || app == "" || strings.Contains(app, ":") || !isOrigin(data.Origin) {
		return nil, nil // "ERR|…", or nothing that Duo would take
	}
	return &Task{
		Failed:  b.Say("Duo could not ask you. Please try again, or choose another way."),
		Without: b.Say("Duo needs JavaScript, which is switched off in your browser. Choose another way."),
		Sources: Sources{Frame: []string{data.Origin}},
	}, data
}
