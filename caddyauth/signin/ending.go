package signin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// An ending is the page of an answer that nothing leads on from: what happened,
// and what to do next.
type ending struct {
	title, lead string
	stay        bool // there is nothing to do in this window
	good        bool // an error never says so
}

// endings are by the i18n key of the message that says so, or how it begins.
var endings = []struct {
	key string
	ending
}{
	{"idx.session.expired", ending{"Your sign-in took too long", "Start again: what you typed before is not lost.", false, false}},
	{"idx.return.to.original.tab", ending{"Go back to the first window", "You can close this one.", true, false}},
	{"idx.transferred.to.new.tab", ending{"You went on in another window", "You can close this one.", true, false}},
	{"idx.enter.otp.in.original.tab", ending{"Your code", "Type it into the window where you began to sign in.", true, false}},
	{"idx.return.stale", ending{"This link has been used", "Only the newest one works. Start again to get another.", false, false}},
	{"idx.return.link.expired", ending{"This link has expired", "Start again to get a new one.", false, false}},
	{"idx.return.error", ending{"This link does not work", "Start again to get a new one.", false, false}},
	{"idx.operation.cancelled", ending{"Sign-in was canceled", "Start again when you are ready.", false, false}},
	{"idx.email.verification.required", ending{"Check your e-mail", "Follow the link there to go on.", true, false}},
	{"idx.device.activated", ending{"Your device is ready", "Go on there. You can close this window.", true, true}},
	{"idx.device.not.activated", ending{"Your device was not activated", "Get a new code on the device, and try again.", false, false}},
	{"oie.selfservice.unlock_user", ending{"Your account is unlocked", "You can sign in again.", false, true}},
	{"selfservice.unlock_user", ending{"Your account is unlocked", "You can sign in again.", false, true}},
	{"oie.selfservice.reset.password.not.allowed", ending{"Your password cannot be reset here", "Ask your administrator to do it.", false, false}},
	{"selfservice.reset.password.not.allowed", ending{"Your password cannot be reset here", "Ask your administrator to do it.", false, false}},
	{"idx.expired.activation.token", ending{"This link has expired", "Ask your administrator for a new one.", false, false}},
	{"idx.missing.activation.token", ending{"This link does not work", "Ask your administrator for a new one.", false, false}},
	{"oie.invalid.recovery.token", ending{"This link does not work", "Start again to get a new one.", false, false}},
	{"idx.error.code.access_denied.device_assurance", ending{"Your device needs attention", "", false, false}},
	{"idx.recovery.completed", ending{"Your password is changed", "You can sign in with it.", false, true}},
	{"idx.invalid.forgot.password.token", ending{"This link does not work", "Start again to get a new one.", false, false}},
	{"idx.error.server.safe.mode", ending{"Not possible right now", "Please try again later.", false, false}},
	{"tooManyRequests", ending{"Too many attempts", "Wait a minute, then try again.", false, false}},
	{"idx.invalid.device.account", ending{"This device does not know you", "Sign in in another way.", false, false}},
}

// knownEnd finds the words for an answer without a way on.
func (b *pageBuilder) knownEnd() (ending, bool) {
	if b.answer.DeviceEnrollment() != nil {
		return ending{"Set up this device", "Your organization asks for it, before you can sign in from here.", false, false}, true
	}
	for _, m := range b.answer.AllMessages() {
		for _, e := range endings {
			if strings.HasPrefix(m.Key, e.key) && !(e.good && m.Class == "ERROR") {
				return e.ending, true
			}
		}
	}
	return ending{}, false
}

func (b *pageBuilder) ending() (title, lead string) {
	a := b.answer
	switch e, ok := b.knownEnd(); {
	case a.InteractionCode != "":
		return b.Say("You are signed in"), b.Say("You can go on to the application.")
	case ok:
		return b.Say(e.title), b.Say(e.lead)
	case a.Success != nil && !a.Rejected():
		return b.Say("You are signed in"), ""
	case a.Rejected(), slices.ContainsFunc(a.Messages, func(m idx.Message) bool { return m.Class == "ERROR" }):
		return b.Say("Sign-in did not work"), ""
	}
	return b.Say("Sign in"), ""
}

// end makes p the page of an answer that no form leads on from.
func (b *pageBuilder) end(p *Page) {
	e, known := b.knownEnd()
	p.Template = "message"
	if b.answer.Rejected() {
		p.Status = http.StatusForbidden
	}
	if len(p.Messages) == 0 && len(p.Parts) == 0 && len(p.Others) == 0 && !known && b.answer.InteractionCode == "" {
		p.Messages = []Message{{Class: "ERROR", Text: b.Say("Sign-in cannot go on from here. Please start again; if it happens again, tell your administrator the reference below.")}}
		p.Reference = b.visit.Reference
	}
	label := "Back to sign in"
	switch {
	case b.answer.InteractionCode != "":
		label = "Go on"
	case e.stay:
		label = "Sign in here instead"
	}
	p.Links = append(p.Links, Link{URL: b.visit.Return, Label: b.Say(label)})
	p.stuck = true
	for _, f := range p.Others {
		p.Reference = b.visit.Reference
		p.why = append(p.why, fmt.Errorf("remediation %q cannot be done on this page: %s", truncate(f.Remediation, 64), f.Explanation))
	}
}
