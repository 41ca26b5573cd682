package signin

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// stepPage turns Okta's answer into the page that shows it: its first
// remediation is the page, the others are ways on, in Okta's order.
func (f *Flow) stepPage(v *Visit, tx *Transaction, answer *okta.Answer) *Page {
	b := &pageBuilder{flow: f, visit: v, tx: tx, answer: answer}
	p := &Page{
		Template: "step", Status: http.StatusUnauthorized,
		App: answer.App.Label, User: answer.User, Reference: tx.Reference,
	}
	if tx.Advanced {
		// Chromium offers to save a password only after a success.
		p.Status = http.StatusOK
	}
	p.Title, p.Lead = words(answer)
	p.Messages = b.messages("")
	if answer.Terminal() {
		return endPage(v, p, answer)
	}
	rest := answer.Remediations
	if len(rest) > 0 && !rest[0].IsLink() {
		forms := b.forms(rest[0])
		if len(forms) == 1 && forms[0].Style != "choice" {
			p.Form = &forms[0]
			p.Form.Style = "primary"
		} else {
			p.Others = forms
		}
		rest = rest[1:]
	}
	for _, rem := range rest {
		if !rem.IsLink() && !b.onlyCurrent(rem) {
			p.Others = append(p.Others, b.forms(rem)...)
		}
	}
	for _, action := range answer.Actions {
		p.Others = append(p.Others, b.forms(action)...)
	}
	if answer.Cancel != nil && !b.atStart() {
		p.Others = append(p.Others, b.forms(answer.Cancel)...)
	}
	if p.Form == nil && len(p.Others) == 0 {
		return endPage(v, p, answer)
	}
	focusFirst(p)
	return p
}

// endPage is the page of an answer that no form leads on from.
func endPage(v *Visit, p *Page, answer *okta.Answer) *Page {
	p.Template = "message"
	if answer.Rejected() {
		p.Status = http.StatusForbidden
	}
	if len(p.Messages) == 0 {
		p.Messages = []Message{{Class: "ERROR", Text: "Sign-in cannot go on from here. Please start again; if it happens again, tell your administrator the reference below."}}
		p.Reference = v.Reference
	}
	p.Links = []Link{{URL: v.Return, Label: "Back to sign in"}}
	return p
}

type pageBuilder struct {
	flow   *Flow
	visit  *Visit
	tx     *Transaction
	answer *okta.Answer
	fields int
}

// atStart tells whether there is nothing to go back from.
func (b *pageBuilder) atStart() bool {
	return b.answer.User == "" && len(b.answer.Remediations) > 0 && b.answer.Remediations[0].Name == "identify"
}

// onlyCurrent tells whether a choice of authenticators offers nothing but the
// one that the page is already about.
func (b *pageBuilder) onlyCurrent(rem *idx.Remediation) bool {
	if b.answer.Authenticator == nil || !strings.HasPrefix(rem.Name, "select-authenticator") {
		return false
	}
	forms := rem.Forms()
	for _, form := range forms {
		if form.Authenticator == nil || form.Authenticator.Key != b.answer.Authenticator.Key {
			return false
		}
	}
	return len(forms) == 1
}

// messages about the whole page (path "") or about one field: Okta's, where the
// answer still stands, and those about the last post.
func (b *pageBuilder) messages(path string) []Message {
	var out []Message
	seen := make(map[string]bool)
	add := func(m Message) {
		if id := m.Key + "\x00" + m.Text; m.Text != "" && !seen[id] {
			seen[id] = true
			out = append(out, m)
		}
	}
	for _, n := range b.tx.Notes {
		if n.Path == path || path == "" && !b.hasField(n.Path) {
			add(Message{Class: class(n.Class), Key: n.Key, Text: n.Text})
		}
	}
	if b.answer.Rejected() && len(b.tx.Notes) > 0 {
		return out // the notes are its messages, or newer ones
	}
	for _, m := range b.answer.AllMessages() {
		if m.Path == path || path == "" && !b.hasField(m.Path) {
			msg := Message{Class: class(m.Class), Key: m.Key, Text: m.Text}
			for _, l := range m.Links {
				msg.Links = append(msg.Links, Link{URL: l.URL, Label: l.Label})
			}
			add(msg)
		}
	}
	return out
}

// hasField tells whether the page's own form has an input of that name.
func (b *pageBuilder) hasField(name string) bool {
	if len(b.answer.Remediations) == 0 || name == "" {
		return name == ""
	}
	for _, form := range b.answer.Remediations[0].Forms() {
		for _, in := range form.Inputs {
			if in.Name == name {
				return true
			}
		}
	}
	return false
}

func class(s string) string {
	switch s = strings.ToUpper(s); s {
	case "ERROR", "WARNING", "INFO", "SUCCESS":
		return s
	}
	return "INFO"
}

// forms are the ways to submit rem, ready to render.
func (b *pageBuilder) forms(rem *idx.Remediation) []Form {
	token := b.flow.formToken(b.visit, b.tx, b.answer, rem)
	main := len(b.answer.Remediations) > 0 && rem == b.answer.Remediations[0]
	var out []Form
	for _, form := range rem.Forms() {
		if form.NeedsScript() {
			continue // a page without script cannot fill it; the others are ways on
		}
		view := Form{
			Remediation: rem.Name,
			Action:      b.flow.Prefix + "signin/" + url.PathEscape(rem.Name),
			Label:       buttonLabel(b.answer, rem, form),
			Style:       "secondary",
			Hidden:      []Hidden{{tokenInput, token}, {ReturnInput, b.visit.Return}},
		}
		if len(form.Inputs) == 0 {
			view.Style = "link"
		}
		if len(form.Chosen) > 0 {
			view.Style = "choice"
			view.Icon = icon(form.Authenticator)
			view.Hint = maskedAddress(form.Authenticator)
			if len(out) == 0 && !main {
				view.Heading = "Verify with something else"
			}
		}
		for _, in := range form.Chosen {
			view.Hidden = append(view.Hidden, Hidden{in.Name, in.Value})
		}
		for _, in := range form.Inputs {
			view.Fields = append(view.Fields, b.field(rem, in))
		}
		out = append(out, view)
	}
	return out
}

// field turns an input of Okta's into one of HTML's.
func (b *pageBuilder) field(rem *idx.Remediation, in idx.Input) Field {
	b.fields++
	v := Field{
		ID: fieldID(b.fields), Name: in.Name, Label: in.Label, Type: "text",
		Value: in.Value, Checked: in.Checked, Required: in.Required,
		MinLength: in.MinLength, MaxLength: in.MaxLength,
		Messages: b.messages(in.Name),
	}
	value, typedBefore := b.tx.Values[in.Name]
	typedBefore = typedBefore && b.tx.Step == rem.Name
	if typedBefore {
		v.Value = value
	}
	switch in.Kind {
	case "boolean":
		v.Type, v.Value = "checkbox", "true"
		v.Required = false // an unchecked box is an answer
		if typedBefore {
			v.Checked = value == "true"
		} else if b.tx.Step == rem.Name && len(b.tx.Values) > 0 {
			v.Checked = false
		}
	case "select":
		v.Type = "select"
		for _, c := range in.Choices {
			v.Choices = append(v.Choices, Choice{Value: c.Value, Label: c.Label, Selected: c.Value == v.Value})
		}
	case "password":
		v.Type = "password"
	}
	if in.Secret || v.Type == "password" {
		v.Type, v.Value = "password", ""
		v.MinLength, v.MaxLength = 0, 0 // Okta's to judge, byte for byte
	}
	b.assist(rem, in, &v)
	if in.Name == "identifier" && v.Value == "" {
		v.Value = b.tx.Identifier
	}
	return v
}

// assist tells browsers, password managers and phones what a field is for.
func (b *pageBuilder) assist(rem *idx.Remediation, in idx.Input, v *Field) {
	last := in.Path[len(in.Path)-1]
	key := ""
	if a := b.answer.Authenticator; a != nil {
		key = a.Key
	}
	switch {
	case in.Name == "identifier":
		v.Autocomplete = "username"
	case v.Type == "password" && strings.HasPrefix(rem.Name, "enroll"), v.Type == "password" && strings.HasPrefix(rem.Name, "re"):
		v.Autocomplete = "new-password"
	case v.Type == "password" && (key == "okta_password" || key == "" || rem.Name == "identify"):
		v.Autocomplete = "current-password"
	case v.Type == "password":
		v.Autocomplete = "off"
	case isCode(in):
		v.Autocomplete = "one-time-code"
		if in.Format != "alphanumeric" {
			v.InputMode = "numeric"
		}
	case last == "email":
		v.Type, v.Autocomplete, v.InputMode = "email", "email", "email"
	case last == "phoneNumber" || last == "mobilePhone":
		v.Type, v.Autocomplete, v.InputMode = "tel", "tel", "tel"
	case last == "firstName":
		v.Autocomplete = "given-name"
	case last == "lastName":
		v.Autocomplete = "family-name"
	}
}

// focusFirst puts the cursor into the first field that is still empty, else into
// the first, unless there is an error: then the page's summary of errors gets
// the focus.
func focusFirst(p *Page) {
	if p.Form == nil {
		return
	}
	for _, m := range p.Messages {
		if m.Class == "ERROR" {
			return
		}
	}
	var first *Field
	for i := range p.Form.Fields {
		field := &p.Form.Fields[i]
		if field.Type == "checkbox" {
			continue
		}
		if first == nil {
			first = field
		}
		if field.Value == "" {
			field.Autofocus = true
			return
		}
	}
	if first != nil {
		first.Autofocus = true
	}
}

func fieldID(n int) string { return "field-" + string(rune('0'+n/10%10)) + string(rune('0'+n%10)) }
