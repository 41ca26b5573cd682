package idx

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFillRefuses(t *testing.T) {
	login := `{"name":"identifier","required":true,"minLength":2,"maxLength":5},{"name":"n","type":"integer"},{"name":"b","type":"boolean"},
		{"name":"s","options":[{"label":"A","value":"a"}]},{"name":"hidden","value":"x","visible":false},{"name":"fixed","type":"boolean","value":true,"mutable":false}`
	tests := map[string]struct {
		fields, posted, name string
		reason               Reason
	}{
		"missing":               {login, "", "identifier", Missing},
		"empty":                 {login, "identifier=", "identifier", Missing},
		"repeated":              {login, "identifier=ada&identifier=eve", "identifier", Repeated},
		"repeated in an array":  {login + `,{"name":"m","type":"array","options":["x","y"]}`, "identifier=ada&m=x&m=x", "m", Repeated},
		"no choice of an array": {login + `,{"name":"m","type":"array","options":["x","y"]}`, "identifier=ada&m=x&m=z", "m", NoChoice},
		"an empty array":        {`{"name":"m","type":"array","required":true,"value":["x"],"options":["x","y"]}`, "", "m", Missing},
		"unknown":               {login, "identifier=ada&x=1", "x", Unknown},
		"hidden":                {login, "identifier=ada&hidden=y", "hidden", Unknown},
		"fixed and shown":       {login, "identifier=ada&fixed=false", "fixed", Unknown},
		"the state handle":      {login, "identifier=ada&stateHandle=02.mine", "stateHandle", Unknown},
		"no choice":             {login, "identifier=ada&s=b", "s", NoChoice},
		"too short":             {login, "identifier=a", "identifier", TooShort},
		"too long":              {login, "identifier=adaada", "identifier", TooLong},
		"long in UTF-16":        {login, "identifier=" + url.QueryEscape("😀😀😀"), "identifier", TooLong},
		"no integer":            {login, "identifier=ada&n=1.5", "n", NoNumber},
		"no number":             {login, "identifier=ada&n=0x10", "n", NoNumber},
		"no number but JSON":    {login, "identifier=ada&n=[1]", "n", NoNumber},
		"no boolean":            {login, "identifier=ada&b=maybe", "b", NoBoolean},
		"no UTF-8":              {login, "identifier=a%ff", "identifier", NoText},
		"no option":             {choices, "", "authenticator/enrollmentId", NoOption},
		"another option":        {choices, "authenticator/id=autOther&authenticator/methodType=email", "authenticator/enrollmentId", NoOption},
		"a mix of options":      {choices, "authenticator/id=autEmail&authenticator/methodType=sms", "authenticator/enrollmentId", NoOption},
		"more than an option":   {choices, "authenticator/id=autEmail&authenticator/methodType=email&authenticator/enrollmentId=paeA", "authenticator/enrollmentId", Unknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			posted, err := url.ParseQuery(tt.posted)
			if err != nil {
				t.Fatal(err)
			}
			_, err = step(t, tt.fields).Fill(posted)
			var refusal *FillError
			if !errors.As(err, &refusal) || refusal.Name != tt.name || refusal.Reason != tt.reason {
				t.Errorf("refused with %v, want %q: %s", err, tt.name, tt.reason)
			}
		})
	}
}

// A password, or part of it, in an error would end in a log.
//
// Rows: S-52.
func TestS52_RefusalDoesNotQuoteValues(t *testing.T) {
	_, err := step(t, `{"name":"passcode","secret":true,"maxLength":3}`).Fill(url.Values{"passcode": {"correct horse"}})
	if err == nil || strings.Contains(err.Error(), "horse") {
		t.Errorf("error is %v", err)
	}
	_, err = step(t, `{"name":"a"}`).Fill(url.Values{strings.Repeat("x", 10_000): {"y"}})
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("error of %d bytes", len(err.Error()))
	}
}

// The two phones of a user have one label, "Phone". A page that told them apart
// by it, as Okta's Go SDK does, would call the wrong one.
func TestOptionsAreToldApartByID(t *testing.T) {
	r := step(t, choices)
	for _, f := range r.Forms() {
		posted := url.Values{}
		want := map[string]any{}
		for _, in := range f.Chosen {
			posted.Set(in.Name, in.Value)
			want[in.Path[1]] = in.Value
		}
		body, err := r.Fill(posted)
		if err != nil {
			t.Fatal(err)
		}
		got := tree(t, string(body)).(object)["authenticator"]
		if diff := cmp.Diff(any(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Label, diff)
		}
	}
}

// Where Okta does not mark an id as fixed, only hides it or says nothing, a form
// that left it out would take the first option whichever was chosen.
func TestUnmarkedIDsTellOptionsApart(t *testing.T) {
	for _, flags := range []string{`,"visible":false`, `,"mutable":"false"`, ``} {
		option := `{"label":"Phone","value":{"form":{"value":[{"name":"id","value":"aut%d"` + flags + `},{"name":"secretly","value":"s%d","visible":false}]}}}`
		r := step(t, `{"name":"authenticator","options":[`+fmt.Sprintf(option, 1, 1)+`,`+fmt.Sprintf(option, 2, 2)+`]}`)
		forms := r.Forms()
		if len(forms) != 2 || len(forms[1].Inputs) != 0 {
			t.Fatalf("%s: forms %v", flags, outlines(r))
		}
		body, err := r.Fill(plausible(forms[1]))
		if err != nil || !strings.HasPrefix(string(body), `{"authenticator":{"id":"aut2","secretly":"s2"}`) {
			t.Errorf("%s: sent %s, %v", flags, body, err)
		}
	}
}

// The two ways to set a security question differ by what they ask for.
func TestOptionsToldApartByInputs(t *testing.T) {
	r := step(t, `{"name":"credentials","options":[
		{"label":"Choose","value":{"form":{"value":[{"name":"questionKey","required":true,"options":[{"label":"Food?","value":"food"}]},{"name":"answer","required":true,"secret":true}]}}},
		{"label":"Own","value":{"form":{"value":[{"name":"questionKey","value":"custom","mutable":false},{"name":"question","required":true},{"name":"answer","required":true,"secret":true}]}}}]}`)
	for posted, want := range map[string]string{
		"credentials/questionKey=food&credentials/answer=x":                            `{"answer":"x","questionKey":"food"}`,
		"credentials/questionKey=custom&credentials/question=q&credentials/answer=+x+": `{"answer":" x ","question":"q","questionKey":"custom"}`,
	} {
		v, _ := url.ParseQuery(posted)
		body, err := r.Fill(v)
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: sent %s, %v", posted, body, err)
		}
	}
	_, err := r.Fill(url.Values{"credentials/questionKey": {"custom"}, "credentials/answer": {"x"}})
	if want := (&FillError{"credentials/question", Missing}); !reflect.DeepEqual(err, error(want)) {
		t.Errorf("refused with %v, want %v", err, want)
	}
}

// Okta's Go SDK put passwords into JSON by concatenation: a quote broke the
// sign-in, a crafted one added members of its own, and spaces were lost.
//
// Rows: S-42.
func TestS42_PasswordIsSentAsTyped(t *testing.T) {
	r := step(t, `{"name":"credentials","form":{"value":[{"name":"passcode","secret":true}]}}`)
	for _, password := range []string{
		`p"w`, `p\w`, `C:\new`, "  lead and trail  ", "\ttab\n", "<&>'", "pass\u2028word", "pässwörd", "pa\u0308ss", "🔑🔑",
		`x","rememberMe":true,"y":"`, "\x00\x01\x7f", strings.Repeat("long", 1000),
	} {
		body, err := r.Fill(url.Values{"credentials/passcode": {password}})
		if err != nil {
			t.Errorf("%q: %v", password, err)
			continue
		}
		var sent struct{ Credentials map[string]string }
		if err := json.Unmarshal(body, &sent); err != nil || !cmp.Equal(sent.Credentials, map[string]string{"passcode": password}) {
			t.Errorf("%q arrives as %q, %v", password, sent.Credentials, err)
		}
	}
	body, _ := r.Fill(url.Values{"credentials/passcode": {"<&>"}})
	if !strings.Contains(string(body), `"<&>"`) {
		t.Errorf("escaped for HTML: %s", body)
	}
}

func TestOneTimeCodeLosesItsSpaces(t *testing.T) {
	r := mustDecode(t, `{"currentAuthenticator":{"value":{"type":"app","key":"google_otp"}},"remediation":{"value":[{"name":"a","rel":["create-form"],
		"relatesTo":["$.currentAuthenticator"],"value":[{"name":"credentials","form":{"value":[{"name":"passcode"}]}}]}]}}`).Remediations[0]
	body, err := r.Fill(url.Values{"credentials/passcode": {" 123 456\u00a0"}})
	if err != nil || string(body) != `{"credentials":{"passcode":"123456"}}` {
		t.Errorf("sent %s, %v", body, err)
	}
}

// An answer is shared by requests: filling one form must not write into it.
func TestFillLeavesTheAnswerAlone(t *testing.T) {
	r := step(t, `{"name":"authenticator","mutable":false,"value":{"id":"aut1"}},{"name":"authenticator","form":{"value":[{"name":"x","value":"y","mutable":false}]}}`)
	for range 2 {
		body, err := r.Fill(nil)
		if err != nil || string(body) != `{"authenticator":{"id":"aut1"},"stateHandle":"02.form"}` {
			t.Errorf("sent %s, %v", body, err)
		}
	}
}

func TestStateHandleOfTheAnswerStandsIn(t *testing.T) {
	r := mustDecode(t, `{"stateHandle":"02.top","remediation":{"value":[{"name":"skip","rel":["create-form"],"value":[{"name":"stateHandle","required":true}]}]}}`)
	body, err := r.Remediations[0].Fill(nil)
	if err != nil || string(body) != `{"stateHandle":"02.top"}` {
		t.Errorf("sent %s, %v", body, err)
	}
}

// A hostile answer with thousands of options, each with everything beside it
// again, must not become gigabytes.
//
// Rows: F-05.
func TestF05_OptionsAreBounded(t *testing.T) {
	option := `{"label":"x","value":{"form":{"value":[{"name":"id","value":"%d","mutable":false}]}}}`
	var options []string
	for i := range 5000 {
		options = append(options, fmt.Sprintf(option, i))
	}
	list := strings.Join(options, ",")
	var crossed []string
	for i := range 12 {
		crossed = append(crossed, fmt.Sprintf(`{"name":"a%d","options":[%s]}`, i, strings.Join(options[:20], ",")))
	}
	for _, fields := range []string{
		`{"name":"authenticator","options":[` + list + `]}`,
		strings.Join(crossed, ","),
		`{"name":"authenticator","options":[` + list + `]},{"name":"big","label":"` + strings.Repeat("x", 500_000) + `"}`,
		`{"name":"` + strings.Repeat("n", 100_000) + `","form":{"value":[{"name":"a"}]}},{"name":"authenticator","options":[` + list + `]}`,
	} {
		forms := step(t, fields).Forms()
		if n := weight(forms); len(forms) == 0 || len(forms) > maxForms || n > len(fields)+2*maxWeight {
			t.Errorf("%d forms of %d bytes from %d", len(forms), n, len(fields))
		}
	}
}

// weight is how many bytes of text forms hold.
func weight(forms []Form) int {
	n := 0
	for _, f := range forms {
		n += len(f.Label)
		for _, inputs := range [][]Input{f.Chosen, f.Inputs, f.Script, f.Fixed} {
			for _, in := range inputs {
				n += len(in.Name) + len(in.Label) + len(in.Value) + len(in.Description)
				for _, c := range in.Choices {
					n += len(c.Value) + len(c.Label)
				}
			}
		}
	}
	return n
}
