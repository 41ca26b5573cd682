package idx

import (
	"slices"
	"strings"
)

// Form is one way to submit a remediation. A remediation whose field offers
// options that are forms of their own, or methods to choose between, gives one
// Form for each option and method; any other gives exactly one.
type Form struct {
	Remediation *Remediation
	// Label is of the option and method chosen ("Email", "Phone - SMS"); "" for a
	// plain form. Labels repeat: two phones look alike.
	Label string
	// Authenticator is the one the option relates to, else the remediation's.
	Authenticator *Authenticator
	// Chosen identify the option: to be posted as hidden inputs. Their values
	// only find the option again, what is sent comes from the answer.
	Chosen []Input
	// Inputs are what the user fills in, in order.
	Inputs []Input
	// Script are the hidden inputs that the answer has no value for: only a
	// script (WebAuthn, captcha) or a frame can fill them.
	Script []Input
	// Fixed are shown but neither changed nor posted: scopes that are granted
	// either way.
	Fixed []Input
	// Messages are about the whole form, or a field that is not among the inputs.
	Messages []Message
}

// NeedsScript says that the form cannot be submitted from a page without script.
func (f Form) NeedsScript() bool {
	for _, in := range f.Script {
		if in.Required {
			return true
		}
	}
	return false
}

// Input is one value to be posted.
type Input struct {
	// Name is the JSON path in the body, segments joined with "/": the name to
	// post it under. Segments may hold dots.
	Name string
	Path []string
	// Label is Okta's, in the user's language, or for want of one the field's
	// own name; never empty.
	Label string
	// Kind is "text", "password", "boolean" (a check box) or "select".
	Kind string
	// Display is how a select asks to be shown: "radio", "select" or "".
	Display string
	// Type is Okta's own type, lower case ("string", "boolean", "number"), Hint
	// and Description its further words; may be empty.
	Type, Hint, Description string
	// Value is the default, of a select the chosen one's; always "" for a secret.
	Value string
	// Multiple says that any number of values may be posted under the one name;
	// Selected are the default ones, of which Value is the first.
	Multiple bool
	Selected []string
	// Checked is the default of a boolean.
	Checked bool
	// Required means that an empty value is refused. A check box is never
	// required: unchecked it is false.
	Required, Secret bool
	// MinLength and MaxLength are in UTF-16 units, as browsers count; 0: none.
	MinLength, MaxLength int
	// Format is Okta's ("alphanumeric", "country-code"); may be empty.
	Format   string
	Choices  []Choice
	Messages []Message
}

// Choice is one value of a select. Label is never empty.
type Choice struct{ Value, Label string }

// Forms returns the ways to submit the remediation; none for a link. However
// many options an answer holds, what comes back is bounded by about a megabyte
// more than the answer.
func (r *Remediation) Forms() []Form {
	if r.IsLink() {
		return nil
	}
	var forms []Form
	for _, v := range r.variants() {
		f := Form{
			Remediation:   r,
			Label:         strings.Join(v.labels, " - "),
			Authenticator: v.authenticator,
			Messages:      slices.Concat(r.Messages, v.messages),
		}
		if f.Authenticator == nil {
			f.Authenticator = r.Authenticator
		}
		for _, l := range v.leaves {
			switch l.role {
			case chosen:
				f.Chosen = append(f.Chosen, l.Input)
			case asked:
				f.Inputs = append(f.Inputs, l.Input)
			case scripted:
				f.Script = append(f.Script, l.Input)
			case shown:
				f.Fixed = append(f.Fixed, l.Input)
			}
			if l.role != asked {
				f.Messages = append(f.Messages, l.Messages...)
			}
		}
		f.Messages = distinct(f.Messages)
		forms = append(forms, f)
	}
	return forms
}
