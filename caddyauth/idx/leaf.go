package idx

import (
	"slices"
	"strings"
)

// role says where the value of a leaf comes from and who sees it.
type role int

const (
	given    role = iota // from the answer, unseen
	chosen               // from the answer, and posted to find the option again
	shown                // from the answer, seen
	asked                // from the user
	scripted             // from a script
)

// filled says that the browser supplies the value.
func (r role) filled() bool { return r == asked || r == scripted }

// leaf is a field with a value of its own, under its full path.
type leaf struct {
	Input
	role     role
	value    any   // what the answer gives; nil when nothing
	values   []any // of Choices, in the same order
	squeezed bool  // spaces mean nothing: a one-time code
}

// stateHandle is the field that ties a form to its transaction. It is sent from
// the answer and appears in no form.
const stateHandle = "stateHandle"

func (f *Field) isLeaf() bool { return len(f.Fields) == 0 && !f.offersForms() }

// offersForms says that at least one option is a form of its own.
func (f *Field) offersForms() bool {
	return slices.ContainsFunc(f.Options, func(o *Option) bool { return len(o.Fields) > 0 })
}

// choosesMethod says that f, below path, is the choice of how an authenticator
// is used.
func (f *Field) choosesMethod(path []string) bool {
	return len(path) > 0 && (f.Name == "methodType" || f.Name == "channel") &&
		len(f.Options) > 0 && !f.offersForms() && !(f.Value != nil && !f.Mutable)
}

// leaf decides what becomes of a field without a form inside; false when there
// is nothing to send and nothing to ask.
func (r *Remediation) leaf(f *Field, path []string, option bool) (*leaf, bool) {
	if f.Name == stateHandle {
		v := f.Value
		if asString(v) == "" {
			v = r.handle
		}
		return fixedLeaf(f, path, v, given), true
	}
	f = r.withQuestion(f)
	l := r.input(f, path)
	switch {
	case f.Value != nil && (!f.Mutable || !f.Visible || f.identifies(path) || !isScalar(f.Value) && len(f.Options) == 0):
		return fixedLeaf(f, path, f.Value, f.fixedRole(path, l.Secret, option)), true
	case len(f.Options) > 0:
		// Also when immutable: without a value there is still a choice to make.
		if l.role = asked; !f.Visible && !f.Required {
			l.role = scripted
		}
	case !f.Mutable && len(path) == 1:
		return fixedLeaf(f, path, "", given), true // as Okta's own client does
	case !f.Mutable || f.Type == "object" || f.hollow && f.Type != "boolean":
		return nil, false
	case !f.Visible && f.Type == "boolean" && f.Required:
		// A decision that Okta leaves to the page's buttons, as consent is.
		l.role, l.Kind, l.Required = asked, "select", true
		l.values = []any{true, false}
		l.Choices = []Choice{{"true", "true"}, {"false", "false"}}
	case !f.Visible:
		l.role = scripted
	default:
		l.role = asked
	}
	return l, true
}

// withQuestion completes a questionKey that the form leaves empty: which question
// is asked, and which there are, can stand with the authenticator only.
func (r *Remediation) withQuestion(f *Field) *Field {
	if f.Name != "questionKey" || f.Value != nil || len(f.Options) > 0 {
		return f
	}
	a := r.about(f)
	if a == nil {
		a = r.current
	}
	c, g := a.Contextual(), *f
	if c.Question.Key != "" {
		g.Value, g.Mutable, g.Visible = c.Question.Key, false, false
		return &g
	}
	for _, q := range c.Questions {
		g.Options = append(g.Options, &Option{Label: q.Text, Value: q.Key})
	}
	return &g
}

// identifies says that f, below path, says which authenticator is meant. Nobody
// types that, even where Okta does not mark it as fixed.
func (f *Field) identifies(path []string) bool {
	switch f.Name {
	case "id", "enrollmentId", "methodType", "channel":
		return len(path) > 1 && isScalar(f.Value) && len(f.Options) == 0
	}
	return false
}

// fixedRole is what becomes of a value that is sent from the answer. A secret, a
// state token, and a value that is no scalar, is kept from the page.
func (f *Field) fixedRole(path []string, secret, option bool) role {
	switch {
	case secret || !isScalar(f.Value) || isHandleName(f.Name):
		return given
	case option:
		return chosen // also when merely hidden: it may be all that tells two options apart
	case f.Visible && !f.Mutable && !f.identifies(path) && (f.Type == "boolean" || f.Label != ""):
		return shown
	}
	return given
}

func fixedLeaf(f *Field, path []string, value any, as role) *leaf {
	l := &leaf{role: as, value: value, Input: Input{
		Name: strings.Join(path, "/"), Path: path, Label: labelOf(f), Kind: "text",
		Type: f.Type, Description: f.Description, Messages: f.Messages,
	}}
	if as == chosen || as == shown {
		l.Value = textOf(value)
		if b, ok := value.(bool); ok {
			l.Kind, l.Checked = "boolean", b
		}
	}
	return l
}

// input describes a field that may be filled in.
func (r *Remediation) input(f *Field, path []string) *leaf {
	l := &leaf{value: f.Value, Input: Input{
		Name: strings.Join(path, "/"), Path: path, Label: labelOf(f), Kind: "text",
		Display: f.display, Type: f.Type, Hint: f.Hint, Description: f.Description,
		Required: f.Required, Secret: f.Secret || mustHide(f, r.about(f)),
		MinLength: f.MinLength, MaxLength: f.MaxLength, Format: f.Format, Messages: f.Messages,
	}}
	l.squeezed = !l.Secret && (f.Name == "passcode" || f.Name == "totp")
	_, several := f.Value.([]any)
	l.Multiple = several || l.Type == "array"
	for _, o := range f.Options {
		l.values = append(l.values, typed(f, o.Value))
		l.Choices = append(l.Choices, Choice{Value: textOf(o.Value), Label: o.label()})
	}
	switch {
	case len(l.Choices) > 0:
		l.Kind = "select"
		if l.Required && len(l.Choices) == 1 && l.value == nil {
			l.value = l.values[0] // nothing to choose
		}
	case l.Secret:
		l.Kind = "password"
	case l.Type == "boolean":
		l.Kind, l.Required = "boolean", false
		l.Checked = asBool(f.Value, false)
	}
	l.preset()
	return l
}

// preset sets what the page shows as the default: no secret, and of a select only
// what there is to choose.
func (l *leaf) preset() {
	if l.Secret || l.Kind == "boolean" {
		return
	}
	defaults := []any{l.value}
	if l.Multiple {
		defaults = listOf(l.value)
	}
	for _, v := range defaults {
		s := textOf(v)
		if s == "" || l.Kind == "select" && !slices.ContainsFunc(l.Choices, func(c Choice) bool { return c.Value == s }) {
			continue
		}
		if l.Value == "" {
			l.Value = s
		}
		if l.Multiple {
			l.Selected = append(l.Selected, s)
		}
	}
}

// listOf is the members of an array, or the one value that stands for it.
func listOf(v any) []any {
	if l, ok := v.([]any); ok || v == nil {
		return l
	}
	return []any{v}
}

// typed makes a boolean of the "true" that a boolean field's options may hold.
func typed(f *Field, v any) any {
	if b := asBool(v, false); f.Type == "boolean" && textOf(v) == asText(b) {
		return b
	}
	return v
}

// mustHide finds passwords that Okta forgot to mark as secret: a passcode for
// the password authenticator, or for none that we know.
func mustHide(f *Field, about *Authenticator) bool {
	return f.Name == "passcode" && (about == nil || about.isPassword())
}

// textOf writes a value as a page carries it: a scalar plainly, anything else as
// JSON.
func textOf(v any) string {
	if v == nil || isScalar(v) {
		return asText(v)
	}
	return string(raw(v))
}

func labelOf(f *Field) string {
	if f.Label != "" {
		return f.Label
	}
	return f.Name
}

func (o *Option) label() string {
	if o.Label != "" {
		return o.Label
	}
	if a := o.Authenticator; a != nil {
		for _, s := range []string{a.DisplayName, a.Key, a.Type} {
			if s != "" {
				return s
			}
		}
	}
	if s := textOf(o.Value); s != "" {
		return s
	}
	for _, f := range o.Fields {
		if s := asText(f.Value); f.Name == "id" && s != "" {
			return s
		}
	}
	return "?"
}

// weight is about how many bytes a page needs for the leaf.
func (l *leaf) weight() int {
	n := 100 + 2*len(l.Name) + len(l.Label) + len(l.Value) + len(l.Description)
	for _, s := range l.Selected {
		n += 20 + len(s)
	}
	for _, c := range l.Choices {
		n += 20 + len(c.Value) + len(c.Label)
	}
	for _, m := range l.Messages {
		n += 20 + len(m.Text)
	}
	return n
}
