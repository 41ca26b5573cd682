package idx

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	emailOption = `{"label":"Email","relatesTo":"$.authenticators.value[0]","value":{"form":{"value":[
		{"name":"id","required":true,"value":"autEmail","mutable":false},
		{"name":"methodType","value":"email","mutable":false}]}}}`
	phoneOption = `{"label":"Phone","relatesTo":"$.authenticators.value[1]","value":{"form":{"value":[
		{"name":"id","required":true,"value":"autPhone","mutable":false},
		{"name":"methodType","options":[{"label":"SMS","value":"sms"},{"label":"Voice call","value":"voice"}]},
		{"name":"enrollmentId","value":"%s","mutable":false,"visible":false}]}}}`
)

// choices are two phones, which look alike, and an e-mail address.
var choices = `{"name":"authenticator","type":"object","options":[` + emailOption + `,` +
	fmt.Sprintf(phoneOption, "paeA") + `,` + fmt.Sprintf(phoneOption, "paeB") + `]}`

// outline is a form in one line: label, authenticator, then the names.
func outline(f Form) string {
	key := ""
	if f.Authenticator != nil {
		key = f.Authenticator.Key
	}
	s := fmt.Sprintf("%q %s", f.Label, key)
	for _, part := range []struct {
		mark   string
		inputs []Input
	}{{"=", f.Chosen}, {"?", f.Inputs}, {"*", f.Script}, {"!", f.Fixed}} {
		for _, in := range part.inputs {
			s += " " + in.Name + part.mark + in.Value
		}
	}
	return s
}

func outlines(r *Remediation) []string {
	var all []string
	for _, f := range r.Forms() {
		all = append(all, outline(f))
	}
	return all
}

func TestForms(t *testing.T) {
	tests := map[string]struct {
		fields string
		want   []string
	}{
		"no fields": {``, []string{`"" `}},
		"plain": {`{"name":"identifier","label":"Username","value":"ada"},{"name":"rememberMe","type":"boolean"}`,
			[]string{`"" identifier?ada rememberMe?`}},
		"one for each option and method": {choices, []string{
			`"Email" okta_email authenticator/id=autEmail authenticator/methodType=email`,
			`"Phone - SMS" phone_number authenticator/id=autPhone authenticator/methodType=sms authenticator/enrollmentId=paeA`,
			`"Phone - Voice call" phone_number authenticator/id=autPhone authenticator/methodType=voice authenticator/enrollmentId=paeA`,
			`"Phone - SMS" phone_number authenticator/id=autPhone authenticator/methodType=sms authenticator/enrollmentId=paeB`,
			`"Phone - Voice call" phone_number authenticator/id=autPhone authenticator/methodType=voice authenticator/enrollmentId=paeB`,
		}},
		"an input beside the options is in each": {`{"name":"identifier","required":true},{"name":"authenticator","options":[` + emailOption + `]}`,
			[]string{`"Email" okta_email authenticator/id=autEmail authenticator/methodType=email identifier?`}},
		"one for each method of a plain form": {
			`{"name":"authenticator","relatesTo":"$.authenticators.value[1]","form":{"value":[{"name":"id","value":"autPhone","mutable":false},
				{"name":"methodType","options":[{"label":"SMS","value":"sms"},{"label":"Voice call","value":"voice"}]},
				{"name":"autoChallenge","type":"boolean","required":"false"}]}}`, []string{
				`"SMS" phone_number authenticator/id=autPhone authenticator/methodType=sms authenticator/autoChallenge?`,
				`"Voice call" phone_number authenticator/id=autPhone authenticator/methodType=voice authenticator/autoChallenge?`}},
		"methods are a select beside something to type": {
			`{"name":"authenticator","form":{"value":[{"name":"id","value":"autPhone","mutable":false,"visible":false},
				{"name":"methodType","options":[{"label":"SMS","value":"sms"},{"label":"Voice call","value":"voice"}]},{"name":"phoneNumber","required":true}]}}`,
			[]string{`"" authenticator/methodType? authenticator/phoneNumber?`}},
		"an option without a label": {`{"name":"authenticator","options":[{"relatesTo":"$.authenticators.value[1]","value":{"form":{"value":[{"name":"id","value":"autPhone","mutable":false}]}}},
			{"value":{"form":{"value":[{"name":"id","value":"autX","mutable":false}]}}}]}`, []string{
			`"Phone" phone_number authenticator/id=autPhone`, `"autX"  authenticator/id=autX`}},
		"a script's inputs": {`{"name":"credentials","form":{"value":[{"name":"clientData","required":true,"visible":false},{"name":"userHandle","visible":false}]}}`,
			[]string{`""  credentials/clientData* credentials/userHandle*`}},
		"a fixed scope is shown": {`{"name":"optedScopes","form":{"value":[{"name":"openid","type":"boolean","value":true,"mutable":false},{"name":"phone","type":"boolean","value":true}]}}`,
			[]string{`""  optedScopes/phone? optedScopes/openid!true`}},
		"no secret and no state handle": {`{"name":"a","secret":true,"value":"hidden"},{"name":"b","secret":true,"value":"hidden","mutable":false,"label":"B"}`,
			[]string{`""  a?`}},
		"no state token, not even to find an option": {`{"name":"authenticator","options":[{"label":"A","value":{"form":{"value":[{"name":"id","value":"aut1","mutable":false},{"name":"stateToken","value":"00.token","mutable":false}]}}}]}`,
			[]string{`"A"  authenticator/id=aut1`}},
		"fields of one name": {`{"name":"p","form":{"value":[{"name":"a"}]}},{"name":"p","form":{"value":[{"name":"b"},{"name":"a"}]}}`,
			[]string{`""  p/a? p/b?`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fields := tt.fields
			if fields == "" {
				fields = handleField
			}
			want := make([]string, len(tt.want))
			for i, w := range tt.want {
				want[i] = strings.Join(strings.Fields(w), " ")
			}
			var got []string
			for _, o := range outlines(step(t, fields)) {
				got = append(got, strings.Join(strings.Fields(o), " "))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("forms (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInput(t *testing.T) {
	f := step(t, `{"name":"userProfile","form":{"value":[
		{"name":"size","label":"Size","required":true,"value":"l","options":[{"label":"display","value":{"type":"object","value":{"inputType":"radio","options":[{"label":"Small","value":"s"},{"value":"l"}]}}}]},
		{"name":"pin","secret":true,"required":true,"minLength":4,"maxLength":8,"format":"alphanumeric","value":"never shown","hint":"keypad","desc":"Four or more."}]}}`).Forms()[0]
	want := []Input{
		{Name: "userProfile/size", Path: []string{"userProfile", "size"}, Label: "Size", Kind: "select", Display: "radio",
			Required: true, Value: "l", Choices: []Choice{{"s", "Small"}, {"l", "l"}}},
		{Name: "userProfile/pin", Path: []string{"userProfile", "pin"}, Label: "pin", Kind: "password", Hint: "keypad", Description: "Four or more.",
			Required: true, Secret: true, MinLength: 4, MaxLength: 8, Format: "alphanumeric"},
	}
	if diff := cmp.Diff(want, f.Inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
}

// Okta marks "credentials" as required and says nothing of the passcode inside.
func TestRequiredObjectRequiresItsInput(t *testing.T) {
	for fields, want := range map[string]bool{
		`{"name":"credentials","required":true,"form":{"value":[{"name":"passcode"},{"name":"revokeSessions","type":"boolean"}]}}`: true,
		`{"name":"credentials","required":true,"form":{"value":[{"name":"passcode","required":false}]}}`:                           false,
		`{"name":"credentials","required":true,"form":{"value":[{"name":"passcode"},{"name":"other"}]}}`:                           false,
		`{"name":"credentials","form":{"value":[{"name":"passcode"}]}}`:                                                            false,
	} {
		if got := step(t, fields).Forms()[0].Inputs[0].Required; got != want {
			t.Errorf("%s: required %v, want %v", fields, got, want)
		}
	}
}

func TestNeedsScript(t *testing.T) {
	token := `{"name":"captchaVerify","form":{"value":[{"name":"captchaToken","visible":false,"required":%t}]}}`
	for _, required := range []bool{true, false} {
		if got := step(t, fmt.Sprintf(token, required)).Forms()[0].NeedsScript(); got != required {
			t.Errorf("required %v: needs script %v", required, got)
		}
	}
}

// A passcode is a password unless we know of an authenticator that says it is
// not: one that Okta forgot to mark as secret would stand readable on the page,
// and lose its spaces on the way.
func TestUnmarkedPasswordIsSecret(t *testing.T) {
	passcode := `{"name":"credentials","form":{"value":[{"name":"passcode"}]}%s}`
	secret := step(t, fmt.Sprintf(passcode, "")).Forms()[0].Inputs[0]
	if !secret.Secret || secret.Kind != "password" {
		t.Errorf("a passcode for nothing we know is %+v", secret)
	}
	r := mustDecode(t, `{"currentAuthenticator":{"value":{"type":"password","key":"okta_password"}},"remediation":{"value":[{"name":"a","rel":["create-form"],
		"relatesTo":["$.currentAuthenticator"],"value":[`+fmt.Sprintf(passcode, "")+`]}]}}`).Remediations[0]
	if in := r.Forms()[0].Inputs[0]; !in.Secret {
		t.Errorf("a password is %+v", in)
	}
	body, err := r.Fill(url.Values{"credentials/passcode": {"  two words "}})
	if err != nil || string(body) != `{"credentials":{"passcode":"  two words "}}` {
		t.Errorf("sent %s, %v", body, err)
	}
}
