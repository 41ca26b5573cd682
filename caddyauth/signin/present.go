package signin

import "strings"

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
func (p *Page) Switch() *Form {
	if p.User == "" {
		return nil
	}
	for i := range p.Others {
		if f := &p.Others[i]; f.Remediation == "cancel" && f.Style != "primary" {
			return f
		}
	}
	return nil
}

// A Group is the other ways on that look alike.
type Group struct {
	Heading string // of the first that has one
	Forms   []*Form
}

// Group collects the others that look like "choice", "link" or, with every
// other style, "secondary"; without the one that Switch has. It is nil when
// there are none.
func (p *Page) Group(look string) *Group {
	var g Group
	for i := range p.Others {
		f := &p.Others[i]
		other := f.Style
		if other != "choice" && other != "link" {
			other = "secondary"
		}
		if other != look || f == p.Switch() {
			continue
		}
		g.Forms = append(g.Forms, f)
		if g.Heading == "" {
			g.Heading = f.Heading
		}
	}
	if g.Forms == nil {
		return nil
	}
	return &g
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

// Look is Style where the stylesheet knows it, else "primary".
func (f *Form) Look() string {
	switch f.Style {
	case "choice", "secondary", "link":
		return f.Style
	}
	return "primary"
}

// placedForm is a form with the page around it.
type placedForm struct {
	*Form
	Page *Page
}

// WantsUsername reports whether a password manager would have to guess whose
// password this is: the form asks for one, and the username was a page ago.
func (f placedForm) WantsUsername() bool {
	password := false
	for _, field := range f.Fields {
		if field.Autocomplete == "username" {
			return false
		}
		password = password || field.Secret()
	}
	return password && f.Page.User != ""
}

// placedField is a field that knows whether it has the focus.
type placedField struct {
	*Field
	Focus bool
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
	return f.Kind() != "text" || f.Autocomplete == "username" || f.Autocomplete == "one-time-code"
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

// DescribedBy lists the ids of the hint and the messages, for a screen reader
// to say with the label.
func (f *Field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if len(f.Messages) > 0 {
		ids = append(ids, f.ID+"-message")
	}
	return strings.Join(ids, " ")
}

func (m Message) failed() bool { return m.Class == "ERROR" }
