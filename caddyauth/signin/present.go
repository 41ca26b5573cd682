package signin

import (
	"slices"
	"strings"
)

// What templates ask of the view model. Everything here only reads it.

// Waits reports whether the page asks again by itself. A page that has an
// input never does: a refresh would wipe what is being typed.
func (p *Page) Waits() bool {
	for _, f := range p.forms() {
		if len(f.Fields) > 0 {
			return false
		}
	}
	return p.Refresh > 0
}

// Failed reports whether the page tells of an error, its own or a field's.
func (p *Page) Failed() bool {
	return len(p.Errors()) > 0 || len(p.Problems()) > 0
}

// Errors are the page's own messages of class ERROR.
func (p *Page) Errors() []Message { return p.messages(true) }

// Notices are the page's other messages.
func (p *Page) Notices() []Message { return p.messages(false) }

func (p *Page) messages(errors bool) (found []Message) {
	for _, m := range p.Messages {
		if m.failed() == errors {
			found = append(found, m)
		}
	}
	return found
}

// A Problem is an error about one field, as the summary repeats it.
type Problem struct {
	ID, Label string // of the field
	Text      string
}

// Problems are the errors of all fields, in the order of the page.
func (p *Page) Problems() (found []Problem) {
	for _, form := range p.forms() {
		for _, field := range form.Fields {
			for _, m := range field.Messages {
				if m.failed() {
					found = append(found, Problem{field.ID, field.Label, m.Text})
				}
			}
		}
	}
	return found
}

// Switch is the form that lets somebody else sign in. It stands beside the
// user's name, so it is nil on a page without one, and on a page that makes it
// the main way on.
func (p *Page) Switch() *way {
	if p.User == "" {
		return nil
	}
	for i := range p.Others {
		if f := &p.Others[i]; f.Remediation == "cancel" && f.Style != "primary" {
			return &way{f, p, "link"}
		}
	}
	return nil
}

// Main is the step's own form.
func (p *Page) Main() *way {
	if p.Form == nil {
		return nil
	}
	return p.way(p.Form)
}

// A run is some of the other ways on that follow one another and look alike, or
// one by itself.
type run struct {
	Look string
	Or   bool // the first exits beside a form: another way to do the same
	Ways []*way
}

// Listed reports whether the run is a list, not a way by itself.
func (r *run) Listed() bool { return r.Ways[0].listed() }

// Heading is above the list. A way by itself has its own.
func (r *run) Heading() string {
	if !r.Listed() {
		return ""
	}
	return r.Ways[0].Form.Heading
}

// Runs are the other ways on, in their order, without the one that Switch has.
func (p *Page) Runs() []*run {
	var runs []*run
	beside := p.Switch()
	for i := range p.Others {
		f := &p.Others[i]
		if beside != nil && beside.Form == f {
			continue
		}
		w := p.way(f)
		if n := len(runs); n > 0 && w.listed() && runs[n-1].Look == w.Look && f.Heading == "" {
			runs[n-1].Ways = append(runs[n-1].Ways, w)
			continue
		}
		first := w.Look == "exit" && !slices.ContainsFunc(runs, func(r *run) bool { return r.Look == "exit" })
		runs = append(runs, &run{w.Look, first && p.Form != nil, []*way{w}})
	}
	return runs
}

// focus is the id of the field that has the focus when the page opens: the
// first that asks for it, and none when the summary of errors takes it.
func (p *Page) focus() string {
	if p.Failed() {
		return ""
	}
	for _, form := range p.forms() {
		for _, field := range form.Fields {
			if field.Autofocus {
				return field.ID
			}
		}
	}
	return ""
}

func (p *Page) forms() []*Form {
	var all []*Form
	if p.Form != nil {
		all = append(all, p.Form)
	}
	for i := range p.Others {
		all = append(all, &p.Others[i])
	}
	return all
}

// Polls reports whether a script has something to submit by itself.
func (p *Page) Polls() bool {
	return slices.ContainsFunc(p.forms(), func(f *Form) bool { return f.Poll > 0 })
}

// A way is a form, with the page around it and the look that it has there:
// "primary", "secondary", "choice", "link", "exit" (to another site, beside a
// form) or "inset" (fields of its own, among other ways).
type way struct {
	*Form
	Page *Page
	Look string
}

func (p *Page) way(f *Form) *way {
	look := f.Style
	switch {
	case f != p.Form && len(f.Fields)+len(f.Buttons) > 0:
		look = "inset"
	case f.Exit && f.Style != "primary":
		look = "exit"
	case look != "choice" && look != "secondary" && look != "link":
		look = "primary"
	}
	return &way{f, p, look}
}

func (w *way) listed() bool { return w.Look == "choice" || w.Look == "link" || w.Look == "exit" }

// Heading is above the form, unless it is above the whole list, or says only
// what the label of the first field says.
func (w *way) Heading() string {
	if w.listed() || len(w.Fields) > 0 && w.Fields[0].Label == w.Form.Heading {
		return ""
	}
	return w.Form.Heading
}

// Username is the id of an input for the username where a password manager would
// have to guess whose password this is: the form asks for one, and the username
// was a page ago. Else it is empty.
func (w *way) Username() string {
	id := ""
	for _, field := range w.Fields {
		switch {
		case field.names():
			return ""
		case field.Autocomplete == "current-password", field.Autocomplete == "new-password":
			id = field.ID + "-user"
		}
	}
	if w.Page.User == "" {
		return ""
	}
	return id
}

// A press is a button that submits its form.
type press struct {
	Button
	Listed bool // looks like one of a list to choose from
}

// Presses are the buttons of the form: its own, or those in its place.
func (w *way) Presses() []press {
	if len(w.Buttons) == 0 {
		b := Button{Label: w.Label, Hint: w.Hint}
		if w.Look == "choice" {
			b.Icon = w.Icon
		}
		return []press{{b, w.Look == "choice"}}
	}
	var all []press
	for _, b := range w.Buttons {
		all = append(all, press{b, b.Icon != ""})
	}
	return all
}

// Inputs are what the form shows: first what is settled, then what is to be
// filled in.
func (w *way) Inputs() []input {
	var all []input
	for i := range w.Fixed {
		all = append(all, input{Field: &w.Fixed[i], Page: w.Page, Fixed: true})
	}
	demands := slices.ContainsFunc(w.Fields, func(f Field) bool { return f.Required })
	for i := range w.Fields {
		f := &w.Fields[i]
		all = append(all, input{
			Field: f, Page: w.Page,
			Focus:    f.ID != "" && f.ID == w.Page.focus(),
			Optional: demands && !f.Required && f.Type != "checkbox",
		})
	}
	return all
}

// An input is a field with the page around it.
type input struct {
	*Field
	Page     *Page
	Focus    bool // when the page opens
	Fixed    bool // shown, and never posted
	Optional bool // worth a word, since others are not
}

// DescribedBy lists the ids of what a screen reader says with the label: the
// hint, the messages, the rules that a new password is held to.
func (f input) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if len(f.Messages) > 0 {
		ids = append(ids, f.ID+"-message")
	}
	if f.Autocomplete == "new-password" && f.Name != confirmInput &&
		slices.ContainsFunc(f.Page.Parts, func(p Part) bool { return p.Kind == "rules" }) {
		ids = append(ids, "rules")
	}
	return strings.Join(ids, " ")
}

// Kind is Type where it is a plain input that this page knows, else "text".
func (f *Field) Kind() string {
	switch f.Type {
	case "email", "tel", "password":
		return f.Type
	}
	return "text"
}

// Secret reports whether the value must never be on a page.
func (f *Field) Secret() bool { return f.Type == "password" }

// Verbatim reports whether software must keep its hands off what is typed:
// no capital first letter, no correction, no spelling service that would be
// sent a revealed password, and never right to left.
func (f *Field) Verbatim() bool {
	return f.Kind() != "text" || f.names() || f.Autocomplete == "one-time-code"
}

// Invalid reports whether a message says that the value was wrong.
func (f *Field) Invalid() bool {
	for _, m := range f.Messages {
		if m.failed() {
			return true
		}
	}
	return false
}

// Look is Kind where the stylesheet knows it, else "other".
func (p *Part) Look() string {
	switch p.Kind {
	case "qr", "secret", "number", "code", "question", "rules", "scopes", "facts", "option", "note":
		return p.Kind
	}
	return "other"
}

// Verbatim reports whether Text is there to be copied, sign by sign.
func (p *Part) Verbatim() bool {
	return p.Text != "" && (p.Kind == "secret" || p.Kind == "number" || p.Kind == "code")
}

// Terms reports whether each line says what it is about.
func (p *Part) Terms() bool {
	return len(p.Items) > 0 && !slices.ContainsFunc(p.Items, func(i Item) bool { return i.Term == "" || i.Message != nil })
}

// Steps reports whether the lines are to be followed one after the other.
func (p *Part) Steps() bool { return p.Kind == "option" && len(p.Items) > 0 }

// Address is Text where it is one that a link may lead to.
func (i Item) Address() string {
	if !strings.HasPrefix(i.Text, "https://") {
		return ""
	}
	return safeAddress(i.Text)
}

func (m Message) failed() bool { return m.Class == "ERROR" }

// names reports whether the field is for the username.
func (f *Field) names() bool { return strings.HasPrefix(f.Autocomplete, "username") }
