package idx

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Okta's spelling of required varies, and it is a string here and there.
func TestRequiredSpellings(t *testing.T) {
	for said, want := range map[string]bool{
		``: false, `,"required":true`: true, `,"required":"true"`: true, `,"required":"false"`: false, `,"required":false`: false,
		`,"requred":true`: true, `,"requred":true,"required":false`: false, `,"required":null`: false, `,"required":"perhaps"`: false,
	} {
		if got := step(t, `{"name":"a"`+said+`}`).Forms()[0].Inputs[0].Required; got != want {
			t.Errorf("%s: required %v, want %v", said, got, want)
		}
	}
}

// A field can be about an authenticator of its own, or about something that is
// none.
func TestFieldsRelateToo(t *testing.T) {
	r := mustDecode(t, `{"captcha":{"value":{"id":"cap1"}},"currentAuthenticator":{"value":{"type":"email","key":"okta_email"}},"remediation":{"value":[{"name":"a","rel":"create-form","value":[
		{"name":"credentials","relatesTo":"$.currentAuthenticator","form":{"value":[{"name":"passcode","relatesTo":["$.captcha"]}]}},{"name":"captchaVerify","relatesTo":"$.captcha"}]}]}}`).Remediations[0]
	if a := r.Fields[0].Authenticator; a == nil || a.Key != "okta_email" || r.Fields[0].Fields[0].Authenticator != nil || r.Fields[1].Authenticator != nil {
		t.Errorf("fields relate to %+v", r.Fields)
	}
	if a := r.Forms()[0].Authenticator; a == nil || a.Key != "okta_email" {
		t.Errorf("the form is about %+v", a)
	}
}

func TestAdministratorsWords(t *testing.T) {
	r := mustDecode(t, `{"uiDisplay":{"type":"object","value":{"label":"Welcome","buttonLabel":"Go"}},
		"remediation":{"value":[{"name":"enroll-profile","rel":["create-form"],"value":[{"name":"x","label":"Badge","customLabel":true}]}]}}`)
	if r.Title != "Welcome" || r.ButtonLabel != "Go" || r.Remediations[0].Forms()[0].Inputs[0].Label != "Badge" {
		t.Errorf("read %+v", r)
	}
}

// The order is Okta's: the first remediation is the page.
func TestOrderIsKept(t *testing.T) {
	names := []string{"z", "identify", "a", "unlock-account", "select-enroll-profile"}
	r := mustDecode(t, `{"remediation":{"value":[{"name":"`+strings.Join(names, `","rel":["create-form"]},{"name":"`)+`"}]}}`)
	var got []string
	for _, rem := range r.Remediations {
		got = append(got, rem.Name)
	}
	if !slices.Equal(got, names) {
		t.Errorf("order %v", got)
	}
}

func TestRemediationsInOtherWrappings(t *testing.T) {
	const form = `{"name":"a","rel":"create-form","value":[{"name":"x"}]}`
	for _, members := range []string{`{"type":"array","value":[` + form + `]}`, `[` + form + `]`, `{"value":` + form + `}`, form} {
		r := mustDecode(t, `{"version":"1","remediation":`+members+`}`)
		if members == form {
			continue // its fields stand where remediations would: read without a panic
		}
		if len(r.Remediations) != 1 || len(r.Remediations[0].Forms()) != 1 {
			t.Errorf("%s gives %+v", members, r.Remediations)
		}
	}
}

// A terminal answer may still offer to skip, and an answer with a code or a way
// out is not one.
func TestTerminal(t *testing.T) {
	for answer, want := range map[string]bool{
		`{"messages":{"value":[{"message":"Done."}]}}`:                                               true,
		`{"version":"1.0.0","success":{"name":"success-redirect","href":"https://org.example/app"}}`: true,
		`{"remediation":{"value":[{"name":"skip","rel":["create-form"]}]},"messages":{"value":[]}}`:  false,
		`{"successWithInteractionCode":{"value":[{"name":"interaction_code","value":"c"}]}}`:         false,
		`{"remediation":{"type":"array","value":[]}}`:                                                true,
	} {
		if got := mustDecode(t, answer).Terminal(); got != want {
			t.Errorf("%s: terminal %v, want %v", answer, got, want)
		}
	}
}

// Two forms of one name, which Okta is not known to send, would otherwise be one
// that works and one that does not.
func TestFormsOfOneName(t *testing.T) {
	r := mustDecode(t, `{"cancel":{"rel":["create-form"],"name":"cancel","href":"h"},"remediation":{"value":[
		{"name":"a","rel":["create-form"],"value":[{"name":"x"}]},{"name":"b","rel":["create-form"]},{"name":"a","rel":["create-form"],"value":[{"name":"y"}]}]}}`)
	all := r.FindAll("a")
	if len(all) != 2 || all[0] != r.Remediations[0] || all[1] != r.Remediations[2] {
		t.Errorf("found %+v", all)
	}
	if _, err := all[1].Fill(url.Values{"y": {"1"}}); err != nil {
		t.Error(err)
	}
	if all := r.FindAll("cancel"); len(all) != 1 || all[0] != r.Cancel {
		t.Errorf("found %+v", all)
	}
	if all := r.FindAll("none"); len(all) != 0 {
		t.Errorf("found %+v", all)
	}
}

func TestMessagesOfARemediation(t *testing.T) {
	r := mustDecode(t, `{"remediation":{"value":[{"name":"a","rel":["create-form"],"messages":{"value":[{"message":"Careful."}]},"value":[{"name":"x"}]}]}}`)
	if ms := r.Remediations[0].Forms()[0].Messages; len(ms) != 1 || ms[0].Text != "Careful." || len(r.AllMessages()) != 1 {
		t.Errorf("messages %+v", ms)
	}
}

// A label on the object is about the one thing to fill in; of two it says nothing.
func TestObjectLendsItsLabel(t *testing.T) {
	for fields, want := range map[string]string{
		`{"name":"credentials","label":"Enter the code","form":{"value":[{"name":"passcode"},{"name":"remember","type":"boolean"}]}}`: "Enter the code",
		`{"name":"credentials","label":"Enter the code","form":{"value":[{"name":"passcode","label":"Code"}]}}`:                       "Code",
		`{"name":"credentials","label":"Enter the code","form":{"value":[{"name":"passcode"},{"name":"next"}]}}`:                      "passcode",
	} {
		if got := step(t, fields).Forms()[0].Inputs[0].Label; got != want {
			t.Errorf("%s: label %q, want %q", fields, got, want)
		}
	}
}

// The question that is asked, and those to choose from, can stand beside the
// form: Okta's own client takes the key from there.
func TestQuestionKeyOfTheAuthenticator(t *testing.T) {
	answer := func(data, relation string) *Remediation {
		return mustDecode(t, `{"currentAuthenticator":{"value":{"type":"security_question","contextualData":`+data+`}},"remediation":{"value":[{"name":"a","rel":["create-form"]`+relation+`,
			"value":[{"name":"credentials","form":{"value":[{"name":"questionKey","required":true,"visible":false},{"name":"answer","required":true,"secret":true}]}}]}]}}`).Remediations[0]
	}
	for _, relation := range []string{`,"relatesTo":["$.currentAuthenticator"]`, ``} {
		r := answer(`{"enrolledQuestion":{"questionKey":"river","question":"Which river?"}}`, relation)
		if r.Forms()[0].NeedsScript() {
			t.Error("a question needs a script")
		}
		body, err := r.Fill(url.Values{"credentials/answer": {"Nile"}})
		if err != nil || string(body) != `{"credentials":{"answer":"Nile","questionKey":"river"}}` {
			t.Errorf("sent %s, %v", body, err)
		}
		if _, err := r.Fill(url.Values{"credentials/answer": {"Nile"}, "credentials/questionKey": {"hill"}}); err == nil {
			t.Error("the browser chooses the question")
		}
	}
	r := answer(`{"questions":[{"questionKey":"river","question":"Which river?"},{"questionKey":"hill","question":"Which hill?"}]}`, ``)
	in := r.Forms()[0].Inputs[0]
	if diff := cmp.Diff([]Choice{{"river", "Which river?"}, {"hill", "Which hill?"}}, in.Choices); diff != "" || in.Kind != "select" {
		t.Errorf("%s: choices (-want +got):\n%s", in.Kind, diff)
	}
}

func TestFormatOfAWrapper(t *testing.T) {
	in := step(t, `{"name":"country","options":[{"label":"display","value":{"type":"object","value":{"inputType":"select","format":"country-code"}}}]}`).Forms()[0].Inputs[0]
	if in.Kind != "text" || in.Format != "country-code" || in.Display != "select" {
		t.Errorf("input %+v", in)
	}
}

func TestNumbersByOtherNames(t *testing.T) {
	for fields, want := range map[string]string{
		`{"name":"a","type":"Integer"}`: `{"a":7}`, `{"name":"a","type":"long"}`: `{"a":7}`, `{"name":"a","type":"double"}`: `{"a":7}`,
		`{"name":"a","type":"decimal"}`: `{"a":7}`, `{"name":"a","type":"date"}`: `{"a":"7"}`,
	} {
		body, err := step(t, fields).Fill(url.Values{"a": {"7"}})
		if err != nil || !strings.HasPrefix(string(body), strings.TrimSuffix(want, "}")+",") {
			t.Errorf("%s: sent %s, %v", fields, body, err)
		}
	}
	if _, err := step(t, `{"name":"a","type":"long"}`).Fill(url.Values{"a": {"7.5"}}); err == nil {
		t.Error("a long takes a fraction")
	}
}

func TestCausesOfAnError(t *testing.T) {
	r := mustDecode(t, `{"errorCode":"E0000001","errorSummary":"Validation failed.","errorCauses":[{"errorSummary":"password: too short"},{"reason":"x"},7]}`)
	want := []Message{{Class: "ERROR", Text: "Validation failed."}, {Class: "ERROR", Text: "password: too short"}}
	if diff := cmp.Diff(want, r.Messages); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}
