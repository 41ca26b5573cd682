package signin

import (
	"html/template"
	"slices"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// stepParts are what the current step shows beside its forms. Secrets that the
// user needs (the key of an app that is being set up) are here and nowhere else.
func (b *pageBuilder) stepParts() []Part {
	var parts []Part
	a := b.answer.Authenticator
	c := a.Contextual()
	enrolls := b.enrolls()
	if c.QRCode != "" && enrolls {
		parts = append(parts, Part{
			Kind: "qr", Text: b.Say("Scan this picture with the app on your phone."),
			// idx has seen that it is a picture of dots, not a program.
			Image: template.URL(c.QRCode), Alt: b.Say("QR code that sets up {name}", "name", a.DisplayName),
		})
	}
	if c.SharedSecret != "" && enrolls {
		parts = append(parts, Part{Kind: "secret", Title: b.Say("Cannot scan it? Type this key into the app:"), Text: c.SharedSecret})
	}
	if c.CorrectAnswer != "" && pollOf(b.answer) != nil {
		parts = append(parts, Part{Kind: "number", Title: b.Say("Choose this number on your phone:"), Text: c.CorrectAnswer})
	}
	if question := b.question(c); question != "" && !enrolls {
		parts = append(parts, Part{Kind: "question", Title: b.Say("Your question"), Text: question})
	}
	if c.OTP != "" {
		parts = append(parts, Part{Kind: "code", Title: b.Say("Your code"), Text: c.OTP})
	}
	parts = append(parts, b.appSetup(c)...)
	if rules := b.passwordRules(a.PasswordPolicy()); b.choosesPassword() && len(rules.Items) > 0 {
		parts = append(parts, rules)
	}
	return append(parts, b.requestParts()...)
}

// question is the one to answer: with the authenticator, or as the label of the
// fixed field that names it.
func (b *pageBuilder) question(c idx.Contextual) string {
	if c.Question.Text != "" || len(b.answer.Remediations) == 0 {
		return c.Question.Text
	}
	for _, form := range b.answer.Remediations[0].Forms() {
		for _, in := range form.Fixed {
			if isQuestionKey(in) && in.Label != in.Value {
				return in.Label
			}
		}
	}
	return ""
}

func isQuestionKey(in idx.Input) bool { return in.Path[len(in.Path)-1] == "questionKey" }

// enrolls tells whether the step sets something up.
func (b *pageBuilder) enrolls() bool {
	return slices.ContainsFunc(b.answer.Remediations, func(rem *idx.Remediation) bool {
		return strings.HasPrefix(rem.Name, "enroll-") || strings.HasPrefix(rem.Name, "reset-") || strings.HasPrefix(rem.Name, "reenroll-")
	})
}

// appSetup is how to get an app onto this device or another.
func (b *pageBuilder) appSetup(c idx.Contextual) []Part {
	var parts []Part
	note := func(text string, with ...string) {
		parts = append(parts, Part{Kind: "note", Text: b.Say(text, with...)})
	}
	switch {
	case c.Channel == "email" && c.Email != "":
		note("We sent an e-mail to {to}. Open it on the phone that you want to set up, and follow the link there.", "to", c.Email)
	case c.Channel == "sms" && c.PhoneNumber != "":
		note("We sent a text message to {to}. Follow the link in it.", "to", c.PhoneNumber)
	}
	for _, s := range []*idx.AppSetup{c.SameDevice, c.Bootstrap} {
		if s == nil {
			continue
		}
		var facts Part
		facts.Kind = "facts"
		if s.Org != "" {
			facts.Items = append(facts.Items, Item{Term: b.Say("Sign-in address to type into the app"), Text: s.Org})
		}
		if len(s.EnrolledDevices) > 0 {
			note("Open Okta Verify on a device that you have set up, and add this one from there.")
			facts.Items = append(facts.Items, Item{Term: b.Say("Your devices"), Text: strings.Join(s.EnrolledDevices, ", ")})
		} else {
			note("Get the app, open it, and follow what it says.")
		}
		if len(facts.Items) > 0 {
			parts = append(parts, facts)
		}
	}
	return parts
}

// requestParts say what the user is asked to agree to.
func (b *pageBuilder) requestParts() []Part {
	if len(b.answer.Remediations) == 0 {
		return nil
	}
	rem := b.answer.Remediations[0]
	var parts []Part
	scopes, facts := Part{Kind: "scopes"}, Part{Kind: "facts"}
	for _, s := range rem.Scopes {
		item := Item{Term: firstOf(s.Label, s.Value, s.Name), Text: s.Description}
		if item.Text == item.Term {
			item.Text = ""
		}
		scopes.Items = append(scopes.Items, item)
	}
	for _, d := range rem.Facts {
		facts.Items = append(facts.Items, Item{Term: firstOf(d.Label, d.Name), Text: firstOf(d.Value, d.Description)})
	}
	for _, p := range []Part{scopes, facts} {
		if len(p.Items) > 0 {
			parts = append(parts, p)
		}
	}
	return parts
}

// deviceParts say what the user's device lacks, one part a way to mend it, and
// where a request came from.
func (b *pageBuilder) deviceParts() []Part {
	var parts []Part
	if a := b.answer.Assurance(); a != nil {
		for _, o := range a.Options {
			part := Part{Kind: "option"}
			if o.Title.Text != "" {
				m := b.message(o.Title)
				part.Message = &m
			}
			part.Items = b.messageItems(o.Steps)
			parts = append(parts, part)
		}
		if len(a.Help) > 0 {
			parts = append(parts, Part{Kind: "note", Items: b.messageItems(a.Help)})
		}
	}
	if d := b.answer.DeviceEnrollment(); d != nil {
		parts = append(parts, b.enrollmentPart(d))
	}
	if c := b.answer.Client(); c != nil && (b.answer.Authenticator.Contextual().OTP != "" || len(b.answer.Remediations) == 0) {
		facts := Part{Kind: "facts", Title: b.Say("The request came from")}
		device := strings.Trim(plainName(strings.ToLower(c.Browser))+", "+c.OS, ", ")
		place := strings.Join(slices.DeleteFunc([]string{c.City, c.State, c.Country}, func(s string) bool { return s == "" }), ", ")
		for _, item := range []Item{{Term: b.Say("Device"), Text: device}, {Term: b.Say("Place"), Text: place}} {
			if item.Text != "" {
				facts.Items = append(facts.Items, item)
			}
		}
		if len(facts.Items) > 0 {
			parts = append(parts, facts)
		}
	}
	return parts
}

func (b *pageBuilder) messageItems(from []idx.Message) []Item {
	var items []Item
	for _, m := range from {
		view := b.message(m)
		item := Item{Message: &view}
		if d := m.Device(); d != nil && d.FallbackMessage != nil {
			item.Text = d.FallbackMessage.Text
		}
		items = append(items, item)
	}
	return items
}

// enrollmentPart says how to put the device under the organization's management.
func (b *pageBuilder) enrollmentPart(d *idx.DeviceEnrollment) Part {
	part := Part{Kind: "facts"}
	add := func(term, text string) {
		if text != "" {
			part.Items = append(part.Items, Item{Term: b.Say(term), Text: text})
		}
	}
	if d.Name == "oda" {
		part.Text = b.Say("Get Okta Verify on this device, add your account in it, then come back and sign in again.")
	} else {
		part.Text = b.Say("Follow the instructions of your organization to set this device up, then come back and sign in again.")
	}
	add("Managed by", d.Vendor)
	add("Organization", d.OrgName)
	add("Instructions", d.EnrollmentLink)
	add("Sign-in address to type into the app", d.SignInURL)
	return part
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
