package oktasim

import (
	"fmt"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
)

// An Attribute of a user's profile, as a form asks for it.
type Attribute struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	Required bool   `json:"required,omitempty"`

	// CustomLabel says that an administrator wrote Label: it is in no language
	// file.
	CustomLabel bool `json:"custom_label,omitempty"`

	// Type is "string" or "boolean". Default: "string".
	Type string `json:"type,omitempty"`

	MinLength int `json:"min_length,omitempty"`
	MaxLength int `json:"max_length,omitempty"`

	// Pattern is a regular expression for the whole value.
	Pattern string `json:"pattern,omitempty"`

	// Input is how a choice is shown: "select", "radio" or "checkbox". Options
	// are what can be chosen.
	Input   string            `json:"input,omitempty"`
	Options []AttributeOption `json:"options,omitempty"`

	// Description is shown beside the field.
	Description string `json:"description,omitempty"`
}

// An AttributeOption is one value of an attribute that has only some.
type AttributeOption struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

const (
	msgNotAnEmail     = "registration.error.invalidLoginEmail"
	msgNotThePattern  = "registration.error.doesNotMatchPattern"
	msgNotUnique      = "registration.error.notUniqueWithinOrg"
	msgTooLong        = "model.validation.field.max.length"
	msgTooShort       = "model.validation.field.min.length"
	msgNotAnOption    = "model.validation.field.value.not.allowed"
	msgWrongFieldType = "model.validation.field.invalid"
)

func (a Attribute) check() error {
	if a.Name == "" {
		return fmt.Errorf("an attribute needs a name")
	}
	if a.Type != "" && a.Type != "string" && a.Type != "boolean" {
		return fmt.Errorf("type of %q is %q; it can be \"string\" or \"boolean\"", a.Name, a.Type)
	}
	if _, err := regexp.Compile(a.Pattern); err != nil {
		return fmt.Errorf("pattern of %q: %w", a.Name, err)
	}
	return nil
}

// field is the attribute in a form. A choice is wrapped as Okta wraps it: an
// option that says how to show the others.
func (a Attribute) field() field {
	f := field{Name: a.Name, Type: a.Type, Label: a.Label, Required: new(a.Required), MinLength: a.MinLength, MaxLength: a.MaxLength, Extra: object{}}
	if a.CustomLabel {
		f.Extra["customLabel"] = true
	}
	if a.Description != "" {
		f.Extra["desc"] = a.Description
	}
	if a.Input != "" {
		display := object{"inputType": a.Input}
		if len(a.Options) > 0 {
			var options []object
			for _, o := range a.Options {
				options = append(options, object{"label": o.Label, "value": o.Value})
			}
			display["options"] = options
		}
		f.Options = []option{{Label: "display", Value: object{"type": "object", "value": display}}}
	}
	return f
}

// judge returns what is wrong with a value that was given for the attribute.
func (a Attribute) judge(value any) []message {
	if value == nil || value == "" {
		if a.Required {
			return []message{say(msgFieldBlank)}
		}
		return nil
	}
	if a.Type == "boolean" {
		if _, ok := value.(bool); !ok && value != "true" && value != "false" {
			return []message{say(msgWrongFieldType, a.Label)}
		}
		return nil
	}
	text, ok := value.(string)
	length := len([]rune(text))
	var out []message
	switch {
	case !ok:
		return []message{say(msgWrongFieldType, a.Label)}
	case length < a.MinLength:
		out = append(out, say(msgTooShort, a.MinLength))
	case a.MaxLength > 0 && length > a.MaxLength:
		out = append(out, say(msgTooLong, a.MaxLength))
	}
	if a.Name == "email" || a.Name == "secondEmail" {
		if parsed, err := mail.ParseAddress(text); err != nil || parsed.Address != text {
			out = append(out, say(msgNotAnEmail, a.Label), say(msgNotThePattern, a.Label))
		}
	}
	if a.Pattern != "" {
		if matched, err := regexp.MatchString("^(?:"+a.Pattern+")$", text); err != nil || !matched {
			out = append(out, say(msgNotThePattern, a.Label))
		}
	}
	if len(a.Options) > 0 && !slices.ContainsFunc(a.Options, func(o AttributeOption) bool { return o.Value == text }) {
		out = append(out, say(msgNotAnOption, a.Label))
	}
	return out
}

// judgeProfile returns all that is wrong with what was given for a list of
// attributes; nil when nothing is.
func judgeProfile(asked []Attribute, given object) *rejection {
	wrong := &rejection{status: http.StatusBadRequest}
	for _, a := range asked {
		for _, m := range a.judge(given[a.Name]) {
			wrong.complaints = append(wrong.complaints, complaint{a.Name, m})
		}
	}
	if len(wrong.complaints) == 0 {
		return nil
	}
	return wrong
}

// keepProfile writes what was given into the user's profile.
func (u *User) keepProfile(asked []Attribute, given object) {
	if u.Profile == nil {
		u.Profile = object{}
	}
	for _, a := range asked {
		value := given[a.Name]
		switch {
		case value == nil || value == "":
		case a.Name == "email":
			u.Email, _ = value.(string)
		default:
			u.Profile[a.Name] = value
		}
	}
}

// A Display is an administrator's words for a form.
type Display struct {
	Label  string `json:"label"`
	Button string `json:"button"`
}

// show puts the words into an answer; nil has none.
func (d *Display) show(a *answer) {
	if d != nil {
		a.Extra = object{"uiDisplay": objectOf(object{"label": d.Label, "buttonLabel": d.Button})}
	}
}

const profileForm = "profile-update"

// profileStep asks a user who has signed in for the attributes that they lack.
// The form has one field userProfile for each: they have the same name.
var profileStep = &step{
	due:  func(t *turn) bool { return t.once(profileForm) && len(t.lacking()) > 0 },
	show: showProfile,
}

func (t *turn) lacking() []Attribute {
	var out []Attribute
	for _, a := range t.tx.policy.Progressive {
		if value := t.tx.user.attribute(a.Name); value == nil || value == "" {
			out = append(out, a)
		}
	}
	return out
}

func showProfile(t *turn, a *answer) {
	var values []field
	required := false
	for _, attribute := range t.lacking() {
		required = required || attribute.Required
		values = append(values, field{Name: "userProfile", Form: &fields{[]field{attribute.field()}}})
	}
	if display := t.tx.policy.ProgressiveDisplay; display != nil {
		display.show(a)
		var asked []field
		for _, value := range values {
			asked = append(asked, value.Form.Value...)
		}
		a.offer(t.form("enroll-profile", "enroll/update", updateProfile, field{Name: "userProfile", Form: &fields{asked}}))
	} else {
		a.offer(t.form(profileForm, "enroll/new", updateProfile, values...))
	}
	if !required {
		a.offer(t.skippable(profileForm))
	}
}

func updateProfile(t *turn) *rejection {
	if wrong := judgeProfile(t.lacking(), t.given.UserProfile); wrong != nil {
		return wrong
	}
	t.tx.user.keepProfile(t.lacking(), t.given.UserProfile)
	t.tx.settled[profileForm] = true
	return nil
}

// text is the text that was given under a name.
func (p posted) text(name string) string {
	value, _ := p.UserProfile[name].(string)
	return value
}
