package oktasim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A pageForm is a form of an answer as a page without script can have it, with
// one button. A choice becomes a form for each of its options.
type pageForm struct {
	Key     string // tells it from the others of the page
	Heading string
	Button  string
	Link    string // where it leads, when nothing is posted
	Fields  []pageField
	Refresh int  // milliseconds
	Aside   bool // not what the page is for

	path  string // below /idp/idx/
	fixed []fixedValue
}

// A pageField is an input. Its name is the way to the value in the JSON that is
// posted: "credentials/passcode".
type pageField struct {
	Name, Label, Type, Value string
	Options                  []pageOption
	Required                 bool
	Messages                 []message
}

type pageOption struct{ Label, Value string }

// A fixedValue is posted as the answer has it.
type fixedValue struct {
	name  string
	value any
}

// pageForms are the forms of an answer, without those that need a script.
func (t *turn) pageForms(a answer) []pageForm {
	var out []pageForm
	if a.Remediation != nil {
		for _, f := range a.Remediation.Value {
			out = append(out, t.drawn(f)...)
		}
	}
	for _, current := range a.current() {
		for _, action := range []*form{current.Resend, current.Poll, current.Recover} {
			if action != nil {
				out = append(out, t.drawn(*action)...)
			}
		}
		if giveUp, ok := current.Extra["cancel"].(form); ok {
			out = append(out, t.drawn(giveUp)...)
		}
	}
	if challenge, ok := a.Extra["authenticatorChallenge"].(*single[object]); ok {
		if giveUp, ok := challenge.Value["cancel"].(form); ok {
			out = append(out, t.drawn(giveUp)...)
		}
	}
	if a.Cancel != nil && t.tx.terminal == nil {
		out = append(out, t.drawn(*a.Cancel)...)
	}
	heading := ""
	for i := range out {
		out[i].Aside = out[i].name() != out[0].name()
		if out[i].Heading == heading {
			out[i].Heading = ""
		} else {
			heading = out[i].Heading
		}
	}
	return out
}

// name is that of the form in the answer.
func (p pageForm) name() string {
	name, _, _ := strings.Cut(p.Key, "#")
	return name
}

func (t *turn) drawn(f form) []pageForm {
	heading := pageHeadings[f.Name]
	button := cmp.Or(pageButtons[f.Name], "Continue")
	if f.Method == http.MethodGet {
		if idp, ok := f.Extra["idp"].(object); ok {
			button = fmt.Sprint("Continue with ", idp["name"])
		}
		return []pageForm{{Key: f.Name, Link: f.Href, Button: button}}
	}
	whole := pageForm{
		Key: f.Name, Heading: heading, Button: button, Refresh: f.Refresh,
		path: strings.TrimPrefix(f.Href, t.call.base+"/idp/idx/"),
	}
	forms := []pageForm{whole}
	for _, field := range f.Value {
		forms = spread(forms, field)
	}
	return slices.DeleteFunc(forms, func(f pageForm) bool {
		return slices.ContainsFunc(f.Fields, func(field pageField) bool { return field.Type == "script" })
	})
}

// spread adds a field of the answer to forms of the page; a choice between
// forms, or between yes and no, makes more of them.
func spread(forms []pageForm, f field) []pageForm {
	var out []pageForm
	choices := f.Options
	if f.Type == "boolean" && f.Value == nil && len(choices) == 0 && f.hidden() {
		choices = yesOrNo("Allow", "Don't allow").Options
	}
	for i, choice := range choices {
		value := choice.Value
		if _, yesNo := value.(bool); !yesNo {
			if _, ok := value.(nested); !ok {
				break
			}
		}
		for _, form := range forms {
			form.Key += fmt.Sprint("#", i)
			form.Fields, form.fixed = slices.Clone(form.Fields), slices.Clone(form.fixed)
			form.Button = choice.Label
			if inner, ok := value.(nested); ok {
				form.add(inner.Form.Value, f.Name+"/")
			} else {
				form.fixed = append(form.fixed, fixedValue{f.Name, value})
			}
			out = append(out, form)
		}
	}
	if out != nil {
		return out
	}
	for i := range forms {
		forms[i].add([]field{f}, "")
	}
	return forms
}

func (f field) hidden() bool { return f.Visible != nil && !*f.Visible }

// add adds fields of the answer, those inside of others too.
func (p *pageForm) add(fields []field, above string) {
	for _, f := range fields {
		name := above + f.Name
		inner, isNested := f.Value.(nested)
		switch {
		case f.Form != nil:
			p.add(f.Form.Value, name+"/")
		case isNested:
			p.add(inner.Form.Value, name+"/")
		case f.Value != nil && (f.hidden() || f.Mutable != nil && !*f.Mutable):
			p.fixed = append(p.fixed, fixedValue{name, f.Value})
		case f.Extra["hint"] == "captcha":
			p.fixed = append(p.fixed, fixedValue{name, "solved by the simulator"})
		case f.hidden():
			p.Fields = append(p.Fields, pageField{Name: name, Type: "script"})
		default:
			p.Fields = append(p.Fields, f.input(name))
		}
	}
}

// input is the field as HTML has it.
func (f field) input(name string) pageField {
	out := pageField{Name: name, Label: cmp.Or(f.Label, titleOf(f.Name)), Type: "text", Required: f.Required != nil && *f.Required, Options: f.inputOptions()}
	if f.Messages != nil {
		out.Messages = f.Messages.Value
	}
	switch {
	case out.Options != nil:
		out.Type = "select"
	case f.Type == "boolean":
		out.Type, out.Required = "checkbox", false
		if f.Value == true {
			out.Value = "checked"
		}
		return out
	case f.Secret:
		out.Type = "password"
	}
	if text, ok := f.Value.(string); ok {
		out.Value = text
	}
	return out
}

// inputOptions are the values to choose from, also where an attribute of a
// profile wraps them.
func (f field) inputOptions() []pageOption {
	var out []pageOption
	for _, o := range f.Options {
		if text, ok := o.Value.(string); ok {
			out = append(out, pageOption{o.Label, text})
			continue
		}
		var wrapped struct {
			Value struct {
				Options []pageOption `json:"options"`
			} `json:"value"`
		}
		if json.Unmarshal(encode(o.Value), &wrapped) == nil {
			out = append(out, wrapped.Value.Options...)
		}
	}
	return out
}

// body is what is posted: what the page was given, and over it what is fixed.
func (p pageForm) body(given url.Values) object {
	out := object{}
	for _, f := range p.Fields {
		switch value := given.Get(f.Name); {
		case f.Type == "checkbox":
			put(out, f.Name, given.Has(f.Name))
		case value != "":
			put(out, f.Name, value)
		}
	}
	for _, f := range p.fixed {
		put(out, f.name, f.value)
	}
	return out
}

// put writes a value at its place in an object.
func put(into object, name string, value any) {
	for {
		first, rest, deeper := strings.Cut(name, "/")
		if !deeper {
			into[name] = value
			return
		}
		inner, ok := into[first].(object)
		if !ok {
			inner = object{}
			into[first] = inner
		}
		into, name = inner, rest
	}
}
