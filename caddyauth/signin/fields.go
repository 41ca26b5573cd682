package signin

import (
	"slices"
	"strconv"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// field turns an input of Okta's into one of HTML's.
func (b *pageBuilder) field(rem *idx.Remediation, in idx.Input) Field {
	v := Field{
		ID: b.newID(), Name: in.Name, Label: b.labelOf(in), Type: "text",
		Value: in.Value, Checked: in.Checked, Required: in.Required,
		MinLength: in.MinLength, MaxLength: in.MaxLength, Hint: in.Description,
		Messages: b.messagesAbout(in.Name),
	}
	selected := in.Selected
	if !in.Multiple {
		selected = []string{in.Value}
	}
	typed, typedBefore := b.tx.Values[in.Name]
	typedBefore = typedBefore && b.tx.Step == rem.Name && len(typed) > 0
	if typedBefore {
		v.Value, selected = typed[0], typed
	}
	switch in.Kind {
	case "boolean":
		v.Type, v.Value = "checkbox", "true"
		v.Required = false // an unchecked box is an answer
		if typedBefore {
			v.Checked = typed[0] == "true"
		} else if b.tx.Step == rem.Name && len(b.tx.Values) > 0 {
			v.Checked = false
		}
	case "select":
		v.Type = "select"
		switch {
		case in.Multiple:
			v.Type = "checkboxes"
		case in.Display == "radio" || len(in.Choices) <= 3 && in.Required:
			v.Type = "radio"
		}
		for _, c := range in.Choices {
			v.Choices = append(v.Choices, Choice{Value: c.Value, Label: c.Label, Selected: slices.Contains(selected, c.Value)})
		}
	}
	if in.Secret || in.Kind == "password" {
		v.Type, v.Value = "password", ""
		v.MinLength, v.MaxLength = 0, 0 // Okta's to judge, byte for byte
	}
	b.assist(rem, in, &v)
	if in.Name == "identifier" && v.Value == "" {
		v.Value = b.tx.Identifier
	}
	return v
}

// fixed is a value that is shown and cannot be changed.
func (b *pageBuilder) fixed(in idx.Input) Field {
	v := Field{ID: b.newID(), Label: b.labelOf(in), Type: "text", Value: in.Value, Hint: in.Description, Messages: b.messagesAbout(in.Name)}
	if in.Kind == "boolean" {
		v.Type, v.Checked = "checkbox", in.Checked
	}
	return v
}

func (b *pageBuilder) newID() string {
	b.fields++
	return "field-" + strconv.Itoa(b.fields)
}

// labelOf is Okta's label, or words of ours for the fields that it sends without
// one, or as the last resort the field's own name.
func (b *pageBuilder) labelOf(in idx.Input) string {
	last := in.Path[len(in.Path)-1]
	if in.Label != last {
		return in.Label
	}
	if label, ok := fieldLabels[last]; ok {
		return b.Say(label)
	}
	return in.Label
}

var fieldLabels = map[string]string{
	"identifier": "Username", "passcode": "Code", "totp": "Code", "answer": "Answer", "rememberMe": "Keep me signed in",
	"phoneNumber": "Phone number", "email": "E-mail", "userCode": "Code", "questionKey": "Question",
	"question": "Your own question", "nextPasscode": "Next code", "credentialId": "Credential ID", "clientData": "Username",
	"revokeSessions": "Sign me out of all other devices", "autoChallenge": "Send a request automatically",
	"methodType": "Method", "channel": "Way", "firstName": "First name", "lastName": "Last name",
}

// confirmation is a second field for a new password, which nobody sees while
// typing it: Submit compares them before anything goes to Okta.
func (b *pageBuilder) confirmation(rem *idx.Remediation, in idx.Input) (Field, bool) {
	if !isNewPassword(b.answer, rem, in) {
		return Field{}, false
	}
	return Field{
		ID: b.newID(), Name: confirmInput, Label: b.Say("Repeat the password"), Type: "password",
		Autocomplete: "new-password", Required: true, Messages: b.messagesAbout(confirmInput),
	}, true
}

// assist tells browsers, password managers and phones what a field is for.
func (b *pageBuilder) assist(rem *idx.Remediation, in idx.Input, v *Field) {
	last := in.Path[len(in.Path)-1]
	key := ""
	if a := aboutWhom(b.answer, rem); a != nil {
		key = a.Key
	}
	switch {
	case v.Type == "checkbox" || v.Type == "checkboxes" || v.Type == "radio" || v.Type == "select" && autofill[last] == "":
	case in.Name == "identifier":
		v.Autocomplete = "username"
		if slices.ContainsFunc(b.answer.Remediations, isAutofill) {
			v.Autocomplete = "username webauthn"
		}
	case isNewPassword(b.answer, rem, in):
		v.Autocomplete = "new-password"
	case v.Type == "password" && last == "passcode" && (key == "okta_password" || key == "" || rem.Name == "identify"):
		v.Autocomplete = "current-password"
	case isCode(in):
		// Also where Okta calls it a secret: it is good for once.
		v.Autocomplete = "one-time-code"
		if in.Format != "alphanumeric" && key != "tac" && key != "yubikey_token" {
			v.InputMode = "numeric"
		}
	case v.Type == "password":
		v.Autocomplete = "off"
	case last == "userCode":
		v.Autocomplete = "off"
	case in.Type == "integer" || in.Type == "int" || in.Type == "long":
		v.InputMode = "numeric"
	case in.Type == "number" || in.Type == "decimal" || in.Type == "double" || in.Type == "float":
		v.InputMode = "decimal"
	default:
		v.Autocomplete = autofill[last]
		switch v.Autocomplete {
		case "email":
			v.Type, v.InputMode = "email", "email"
		case "tel":
			v.Type, v.InputMode = "tel", "tel"
		case "url":
			v.InputMode = "url"
		}
	}
}

// autofill maps the attributes of Okta's default user profile to the tokens of
// the HTML standard's autofill section.
var autofill = map[string]string{
	"login": "username", "email": "email", "secondEmail": "email", "firstName": "given-name", "lastName": "family-name",
	"middleName": "additional-name", "displayName": "name", "nickName": "nickname", "honorificPrefix": "honorific-prefix",
	"honorificSuffix": "honorific-suffix", "title": "organization-title", "organization": "organization",
	"mobilePhone": "tel", "primaryPhone": "tel", "phoneNumber": "tel", "streetAddress": "street-address",
	"city": "address-level2", "state": "address-level1", "zipCode": "postal-code", "countryCode": "country",
	"postalAddress": "street-address", "preferredLanguage": "language", "profileUrl": "url", "birthdate": "bday",
}

func isCode(in idx.Input) bool {
	switch last := in.Path[len(in.Path)-1]; strings.ToLower(last) {
	case "passcode", "totp", "nextpasscode", "otp":
		return true
	}
	return false
}
