package signin

import (
	"maps"
	"net/url"
	"slices"
	"testing"
)

// A button stands for one of several options by what it posts. Whoever changes
// that cannot have anything sent that the step does not ask for: not another
// option's values under this one's name, not what only the answer gives, not our
// own inputs.
//
// Rows: S-38.
func TestS38_ButtonsSmuggleNothing(t *testing.T) {
	b, sent := at(t, answerJSON("", formJSON("select-authenticator-authenticate",
		`{"name":"authenticator","type":"object","options":[
			{"label":"Phone","value":{"form":{"value":[{"name":"id","value":"aut1","mutable":false},{"name":"methodType","value":"sms","mutable":false}]}}},
			{"label":"E-mail","value":{"form":{"value":[{"name":"id","value":"aut2","mutable":false},{"name":"methodType","value":"email","mutable":false}]}}}]}`)))
	var honest url.Values
	for _, f := range b.page.forms() {
		if slices.Contains(f.Hidden, Hidden{"authenticator/id", "aut2"}) {
			honest = filled(f)
		}
	}
	if honest == nil {
		t.Fatalf("no form for the e-mail on %+v", b.page)
	}
	for name, choice := range map[string]string{
		"the handle":             "stateHandle=02.mine",
		"a field of nobody's":    "authenticator%2FenrollmentId=x",
		"the same again":         "authenticator%2Fid=aut2",
		"another option's id":    "authenticator%2Fid=aut1",
		"another option's way":   "authenticator%2FmethodType=sms",
		"the object itself":      "authenticator=x",
		"our token":              "%2Ftoken=x",
		"our return address":     "%2Freturn=%2F%2Fevil.example",
		"a choice in the choice": "%2Fchoice=authenticator%252Fid%3Daut1",
	} {
		posted := maps.Clone(honest)
		posted.Set(choiceInput, choice)
		if out := b.post("select-authenticator-authenticate", posted); out.Reason != ReasonRejected || sent() != "" {
			t.Errorf("%s: %s, Okta gets %s", name, out.Reason, sent())
		}
	}
	const want = `{"authenticator":{"id":"aut2","methodType":"email"},"stateHandle":"02.state"}`
	if b.post("select-authenticator-authenticate", honest); sent() != want {
		t.Errorf("the honest form sends %s", sent())
	}
}
