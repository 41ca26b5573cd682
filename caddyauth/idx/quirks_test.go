package idx

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const handleField = `{"name":"stateHandle","required":true,"value":"02.form","visible":false,"mutable":false}`

// withFields is an answer with one remediation of these fields and a state
// handle of its own, which differs from the answer's as Okta's do.
func withFields(fields string) string {
	return `{"version":"1.0.0","stateHandle":"02.top","remediation":{"type":"array","value":[{"rel":["create-form"],
		"name":"step","href":"https://org.example/idp/idx/step","method":"POST","value":[` + fields + `,` + handleField + `]}]},
		"authenticators":{"type":"array","value":[{"type":"email","key":"okta_email","id":"autEmail","displayName":"Email"},
			{"type":"phone","key":"phone_number","id":"autPhone","displayName":"Phone"}]}}`
}

func mustDecode(t *testing.T, answer string) *Response {
	t.Helper()
	r, err := Decode([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func step(t *testing.T, fields string) *Remediation {
	t.Helper()
	return mustDecode(t, withFields(fields)).Remediations[0]
}

// The oddities of real answers, each as the fields of a form, what a browser
// posts, and the body that must leave.
func TestQuirks(t *testing.T) {
	tests := map[string]struct {
		fields, posted, want string
	}{
		"a string value, hidden": {
			`{"name":"a","value":"x","visible":false}`, ``, `{"a":"x"}`},
		"a boolean value is sent as one": {
			`{"name":"a","value":true,"visible":false,"mutable":false}`, ``, `{"a":true}`},
		"a number keeps its digits": {
			`{"name":"a","value":12345678901234567890.50,"mutable":false}`, ``, `{"a":12345678901234567890.50}`},
		"a null value is none": {
			`{"name":"a","value":null}`, ``, `{}`},
		"an object value is sent unchanged": {
			`{"name":"authenticator","mutable":false,"value":{"methodType":"push","id":"aut1"}}`, ``,
			`{"authenticator":{"id":"aut1","methodType":"push"}}`},
		"a mutable object value is sent as the default": {
			`{"name":"authenticator","value":{"id":"aut1"}}`, ``, `{"authenticator":{"id":"aut1"}}`},
		"a form in the field": {
			`{"name":"credentials","form":{"value":[{"name":"passcode","secret":true}]}}`, `credentials/passcode=p`,
			`{"credentials":{"passcode":"p"}}`},
		"a form in the field's value": {
			`{"name":"authenticator","value":{"form":{"value":[{"name":"id","value":"aut1","mutable":false}]}}}`, ``,
			`{"authenticator":{"id":"aut1"}}`},
		"a form in an option's value": {
			`{"name":"authenticator","options":[{"label":"A","value":{"form":{"value":[{"name":"id","value":"aut1","mutable":false}]}}},
				{"label":"B","value":{"form":{"value":[{"name":"id","value":"aut2","mutable":false}]}}}]}`, `authenticator/id=aut2`,
			`{"authenticator":{"id":"aut2"}}`},
		"a form in the option itself": {
			`{"name":"authenticator","options":[{"label":"A","form":{"value":[{"name":"id","value":"aut1","mutable":false}]}}]}`,
			`authenticator/id=aut1`, `{"authenticator":{"id":"aut1"}}`},
		"a boolean option": {
			`{"name":"consent","type":"boolean","required":true,"options":[{"label":"Allow","value":true},{"label":"Deny","value":false}]}`,
			`consent=false`, `{"consent":false}`},
		"options in an array wrapper": {
			`{"name":"size","options":[{"value":{"type":"array","value":[{"label":"Small","value":"s"},{"label":"Large","value":"l"}]}}]}`,
			`size=l`, `{"size":"l"}`},
		"options in an object wrapper": {
			`{"name":"size","options":[{"label":"display","value":{"type":"object","value":{"inputType":"radio","options":[{"label":"Small","value":"s"}]}}}]}`,
			`size=s`, `{"size":"s"}`},
		"a boolean's options as strings": {
			`{"name":"pet","type":"boolean","options":[{"label":"display","value":{"type":"object","value":{"inputType":"radio","options":[{"label":"Yes","value":"true"}]}}}]}`,
			`pet=true`, `{"pet":true}`},
		"a wrapper that only says check box": {
			`{"name":"terms","type":"boolean","options":[{"label":"display","value":{"type":"object","value":{"inputType":"checkbox"}}}]}`,
			`terms=on`, `{"terms":true}`},
		"an option that is its wrapped value": {
			`{"name":"size","options":[{"label":"Small","value":{"type":"string","value":"s"}}]}`, `size=s`, `{"size":"s"}`},
		"an option with a label only": {
			`{"name":"size","options":[{"label":"Small"},{"type":"string"},{"label":"Large","value":{"type":"object"}}]}`,
			`size=Large`, `{"size":"Large"}`},
		"an option that is a number": {
			`{"name":"n","options":[{"label":"One","value":1},{"label":"Two","value":2}]}`, `n=2`, `{"n":2}`},
		"options that are bare strings": {
			`{"name":"n","options":["one","two"]}`, `n=two`, `{"n":"two"}`},
		"required as the string false": {
			`{"name":"a","required":"false"}`, `a=`, `{}`},
		"an unchecked box is false": {
			`{"name":"rememberMe","type":"boolean","value":true}`, ``, `{"rememberMe":false}`},
		"a required box may be unchecked": {
			`{"name":"keepMeSignedIn","type":"boolean","required":true,"value":true}`, ``, `{"keepMeSignedIn":false}`},
		"a hidden box without a value is not sent": {
			`{"name":"autoChallenge","type":"boolean","visible":false}`, ``, `{}`},
		"a hidden decision is asked for": {
			`{"name":"consent","type":"boolean","visible":false,"required":true}`, `consent=true`, `{"consent":true}`},
		"an id under its own name": {
			`{"name":"authenticator","form":{"value":[{"name":"id","required":true,"mutable":false,"id":"aut1"}]}}`, ``,
			`{"authenticator":{"id":"aut1"}}`},
		"dots in names are no paths": {
			`{"name":"optedScopes","form":{"value":[{"name":"custom1","type":"boolean"},{"name":"custom1.custom2","type":"boolean"}]}}`,
			`optedScopes/custom1.custom2=true`, `{"optedScopes":{"custom1":false,"custom1.custom2":true}}`},
		"fields of one name are merged": {
			`{"name":"userProfile","form":{"value":[{"name":"a"}]}},{"name":"userProfile","form":{"value":[{"name":"b"}]}},
			 {"name":"userProfile","form":{"value":[{"name":"c","value":"fixed","mutable":false}]}}`,
			`userProfile/a=1&userProfile/b=2`, `{"userProfile":{"a":"1","b":"2","c":"fixed"}}`},
		"the fixed one of two values wins": {
			`{"name":"a","value":"default"},{"name":"a","value":"fixed","mutable":false}`, ``, `{"a":"fixed"}`},
		"a value and an object of one name": {
			`{"name":"a","value":"x","mutable":false},{"name":"a","form":{"value":[{"name":"b","value":"y","mutable":false}]}}`, ``,
			`{"a":"x"}`},
		"an immutable choice without a value is a choice": {
			`{"name":"authenticator","form":{"value":[{"name":"id","value":"aut1","mutable":false},
				{"name":"methodType","mutable":false,"required":true,"options":[{"label":"A code","value":"totp"},{"label":"Push","value":"push"}]}]}}`,
			`authenticator/id=aut1&authenticator/methodType=push`, `{"authenticator":{"id":"aut1","methodType":"push"}}`},
		"a required choice of one is made": {
			`{"name":"a","required":true,"options":[{"label":"Only","value":"x"}]}`, ``, `{"a":"x"}`},
		"an optional empty value is left out": {
			`{"name":"a"}`, `a=`, `{}`},
		"an emptied default is sent empty": {
			`{"name":"a","value":"old"}`, `a=`, `{"a":""}`},
		"a default that is not posted": {
			`{"name":"a","required":true,"value":"old"}`, ``, `{"a":"old"}`},
		"a default that is changed": {
			`{"name":"a","value":"old"}`, `a=new`, `{"a":"new"}`},
		"a boolean without a type": {
			`{"name":"a","value":true},{"name":"b","value":true}`, `b=true`, `{"a":false,"b":true}`},
		"a number without a type": {
			`{"name":"a","value":5}`, `a=6`, `{"a":6}`},
		"a number typed": {
			`{"name":"a","type":"number"}`, `a=-1.5e3`, `{"a":-1.5e3}`},
		"an array's choices": {
			`{"name":"a","type":"array","options":[{"label":"One","value":1},{"label":"Two","value":"2"},{"label":"Three","value":3}]}`, `a=1&a=2`, `{"a":[1,"2"]}`},
		"an array of one": {
			`{"name":"a","type":"array","options":[{"value":"x"},{"value":"y"}]}`, `a=y`, `{"a":["y"]}`},
		"an array of what is typed": {
			`{"name":"a","type":"array","maxLength":3}`, `a=one&a=&a=two`, `{"a":["one","two"]}`},
		"an array's default is not posted": {
			`{"name":"a","value":["x"],"options":["x","y"]}`, ``, `{"a":[]}`},
		"an array without a choice": {
			`{"name":"a","type":"array","options":["x","y"]}`, `a=`, `{}`},
		"an array with nothing to choose": {
			`{"name":"a","type":"array","required":true,"options":["x"]}`, `a=x`, `{"a":["x"]}`},
		"an array that is fixed": {
			`{"name":"a","value":["x",1],"mutable":false}`, ``, `{"a":["x",1]}`},
		"an immutable field without a value is empty": {
			`{"name":"a","mutable":false,"required":true},{"name":"b","mutable":false,"value":null,"visible":false}`, ``, `{"a":"","b":""}`},
		"but not inside an object": {
			`{"name":"o","form":{"value":[{"name":"a","mutable":false},{"name":"b","mutable":false,"value":"x"}]}}`, ``, `{"o":{"b":"x"}}`},
		"an object without a structure is not sent": {
			`{"name":"a","type":"object"}`, ``, `{}`},
		"a form without fields is not sent": {
			`{"name":"a","form":{"value":[]}},{"name":"b","value":{"form":{}}},{"name":"c","options":[]},{"name":"d","options":[{"value":{"form":{}}}]}`, ``, `{}`},
		"a field without a name is none": {
			`{"value":"x"},"text",7,null`, ``, `{}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			posted, err := url.ParseQuery(tt.posted)
			if err != nil {
				t.Fatal(err)
			}
			body, err := step(t, tt.fields).Fill(posted)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSuffix(tt.want, "}") + `,"stateHandle":"02.form"}`
			if tt.want == "{}" {
				want = `{"stateHandle":"02.form"}`
			}
			if diff := cmp.Diff(tree(t, want), tree(t, string(body))); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// tree parses JSON with its numbers as written.
func tree(t *testing.T, s string) any {
	t.Helper()
	o, err := parse([]byte(s))
	if err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return o
}

// Rows: F-05.
func TestF05_NotAnAnswer(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `"x"`, `1`, `{}`, `{"foo":1}`, `{"version":null}`, `<html>`, `{"version":"1.0.0"`,
		`{"version":"1.0.0"}{}`, strings.Repeat(`{"version":`, 100),
		`{"version":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`,
	} {
		if r, err := Decode([]byte(body)); err == nil {
			t.Errorf("%.40q decoded to %+v", body, r)
		} else if strings.Contains(err.Error(), "html") {
			t.Errorf("the error quotes the body: %v", err)
		}
	}
}

func TestDepthCountsBracketsOnly(t *testing.T) {
	r := mustDecode(t, `{"message":"\"`+strings.Repeat("[{", 500)+`\\"}`)
	if len(r.Messages) != 1 {
		t.Errorf("messages = %v", r.Messages)
	}
}

// Any member may be of any type: it is read as absent, never a panic.
//
// Rows: F-05.
func TestF05_MembersOfTheWrongType(t *testing.T) {
	odd := []string{`null`, `true`, `7`, `"text"`, `[]`, `{}`, `[[1]]`, `{"value":"x"}`, `{"value":[null,"x",{"value":{}}]}`, `{"type":"object"}`}
	for _, member := range append([]string{"uiDisplay", "webauthnAutofillUIChallenge"}, signs...) {
		for _, v := range odd {
			r := mustDecode(t, `{"version":"1.0.0","intent":"LOGIN","`+member+`":`+v+`}`)
			for _, rem := range r.Remediations {
				rem.Forms()
			}
			views(t, r)
			r.Value(member)
		}
	}
}

func TestErrorShapes(t *testing.T) {
	tests := map[string]struct{ body, code, text string }{
		"oauth":  {`{"error":"access_denied","error_description":"Not enabled."}`, "access_denied", "Not enabled."},
		"api":    {`{"errorCode":"E0000047","errorSummary":"Too many requests.","errorId":"oae1"}`, "E0000047", "Too many requests."},
		"causes": {`{"errorCode":"E0000001","errorSummary":"Not valid.","errorCauses":[{"errorSummary":"Not valid."}]}`, "E0000001", "Not valid."},
		"bom":    {"\uFEFF" + `{"error":"slow_down"}`, "slow_down", "slow_down"},
		"proxy":  {`{"error":"Forbidden","message":"Blocked."}`, "Forbidden", "Blocked."},
		"bare":   {`{"message":"Internal error."}`, "", "Internal error."},
		"idx":    {`{"messages":{"value":[{"message":"Wrong.","class":"ERROR"}]}}`, "", "Wrong."},
	}
	for name, tt := range tests {
		r := mustDecode(t, tt.body)
		if r.ErrorCode != tt.code || len(r.Messages) != 1 || r.Messages[0].Text != tt.text || r.Messages[0].Class != "ERROR" {
			t.Errorf("%s: code %q, messages %+v", name, r.ErrorCode, r.Messages)
		}
		if !r.Terminal() {
			t.Errorf("%s: not terminal", name)
		}
	}
}

func TestResponseMembers(t *testing.T) {
	r := mustDecode(t, `{"version":"1.0.0","stateHandle":"02.x","intent":"LOGIN","expiresAt":"2030-01-02T03:04:05.000Z",
		"user":{"type":"object","value":{"identifier":"ada@example.com"}},
		"app":{"type":"object","value":{"id":"0oa1","name":"oidc_client","label":"Reports","logo":{"href":"https://cdn.example/l.png"},
			"privacyPolicy":{"href":"javascript:alert(1)"}}},
		"successWithInteractionCode":{"rel":["create-form"],"name":"issue","href":"https://org.example/token","method":"POST",
			"value":[{"name":"interaction_code","value":"code"},{"name":"code_verifier","required":true}]},
		"cancel":{"rel":["create-form"],"name":"cancel","href":"https://org.example/idp/idx/cancel","method":"POST","value":[`+handleField+`]}}`)
	want := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	if r.Intent != "login" || !r.ExpiresAt.Equal(want) || r.User != "ada@example.com" || r.InteractionCode != "code" || r.Terminal() {
		t.Errorf("read %+v", r)
	}
	if diff := cmp.Diff(App{ID: "0oa1", Name: "oidc_client", Label: "Reports", Logo: "https://cdn.example/l.png"}, r.App); diff != "" {
		t.Error(diff)
	}
	if r.Find("cancel") != r.Cancel || r.Cancel == nil || r.Find("nothing") != nil {
		t.Error("cancel is not found by its name")
	}
	odd := mustDecode(t, `{"expiresAt":"DATE","intent":"login","app":{"value":"OBJECT"}}`)
	if !odd.ExpiresAt.IsZero() || odd.App.Name != "OBJECT" || odd.Version != "" {
		t.Errorf("read %+v", odd)
	}
}

func TestMessages(t *testing.T) {
	r := mustDecode(t, `{"messages":{"type":"array","value":[
		{"message":"Wrong.","i18n":{"key":"k1","params":["a",2]},"class":"error","links":[{"url":"https://help.example","label":"Help"},{"url":"javascript:x"},{"url":"https://org.example/?stateToken=00x"}]},
		{"message":"Wrong.","i18n":{"key":"k1"},"class":"ERROR"}, {"message":"No class."}, {}, 7]},
		"remediation":{"value":[{"name":"a","rel":["create-form"],"value":[{"name":"credentials","messages":[{"message":"Of the object."}],
			"options":[{"value":{"form":{"value":[{"name":"passcode","messages":{"value":[{"message":"Too old.","i18n":{"key":"idx.session.expired"}}]}}]}}}]}]}]}}`)
	want := []Message{
		{Class: "ERROR", Key: "k1", Text: "Wrong.", Params: []string{"a", "2"}, Links: []Link{{"https://help.example", "Help"}}},
		{Class: "INFO", Text: "No class."},
		{Class: "INFO", Text: "Of the object.", Path: "credentials"},
		{Class: "INFO", Key: "idx.session.expired", Text: "Too old.", Path: "credentials/passcode"},
	}
	if diff := cmp.Diff(want, r.AllMessages()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if !r.Expired() || r.HasMessage("other") {
		t.Error("a key in a field's message is not found")
	}
	f := r.Remediations[0].Forms()[0]
	if len(f.Messages) != 1 || len(f.Inputs) != 1 || len(f.Inputs[0].Messages) != 1 {
		t.Errorf("form shows %+v and %+v", f.Messages, f.Inputs)
	}
}

func TestExpiredFromBeforeVersioning(t *testing.T) {
	r := mustDecode(t, `{"messages":{"type":"array","value":[{"message":"Gone.","i18n":{"key":"idx.session.expired"},"class":"ERROR"}]}}`)
	if !r.Expired() || !r.Terminal() {
		t.Error("not taken for expired")
	}
}

func TestRelations(t *testing.T) {
	answer := `{"currentAuthenticator":{"type":"object","value":{"authenticatorInstanceId":"aid1","catalogKey":"okta_verify","authenticatorName":"Okta Verify","methods":[{"methodType":"push"}]}},
		"authenticatorEnrollments":{"type":"array","value":["\u200b",{"type":"phone","id":"pae1","authenticatorid":"aut1","profile":{"phoneNumber":"+1 XXX-5555","tags":[1]},"nickname":"desk"}]},
		"enrollmentAuthenticator":{"type":"object"},"authenticatorChallenge":{"value":{"challengeMethod":"LOOPBACK"}},
		"remediation":{"value":[` + strings.Join([]string{
		`{"name":"r0","relatesTo":["$.currentAuthenticator"]}`,
		`{"name":"r1","relatesTo":"$.authenticatorEnrollments.value[1]"}`,
		`{"name":"r2","relatesTo":["$.authenticatorEnrollments.value[9]"]}`,
		`{"name":"r3","relatesTo":["authenticatorChallenge"]}`,
		`{"name":"r4","relatesTo":"$.authenticatorEnrollments.value[0]"}`,
		`{"name":"r5","relatesTo":["$.enrollmentAuthenticator"]}`,
		`{"name":"r6","relatesTo":{"a":1}}`,
		`{"name":"r7","relatesTo":"$.authenticators.value[-1]"}`,
		`{"name":"r8","relatesTo":"currentAuthenticator"}`}, ",") + `]}}`
	r := mustDecode(t, answer)
	want := []string{"okta_verify aid1", "phone_number pae1", "", "", "", "", "", "", "okta_verify aid1"}
	for i, rem := range r.Remediations {
		got := ""
		if a := rem.Authenticator; a != nil {
			got = a.Key + " " + a.ID
		}
		if got != want[i] {
			t.Errorf("%s relates to %q, want %q", rem.Name, got, want[i])
		}
	}
	phone := r.Remediations[1].Authenticator
	phone.Raw = nil
	if diff := cmp.Diff(&Authenticator{Key: "phone_number", Type: "phone", ID: "pae1", AuthenticatorID: "aut1", Nickname: "desk",
		Profile: map[string]string{"phoneNumber": "+1 XXX-5555"}}, phone, cmpopts.IgnoreUnexported(Authenticator{})); diff != "" {
		t.Error(diff)
	}
	if a := r.Authenticator; a == nil || a.DisplayName != "Okta Verify" || !cmp.Equal(a.Methods, []string{"push"}) {
		t.Errorf("current authenticator %+v", a)
	}
	var challenge struct{ ChallengeMethod string }
	if err := json.Unmarshal(r.Value("authenticatorChallenge"), &challenge); err != nil || challenge.ChallengeMethod != "LOOPBACK" {
		t.Errorf("challenge %+v, %v", challenge, err)
	}
}

func TestActions(t *testing.T) {
	form := func(name, href string) string {
		return `{"rel":["create-form"],"name":"` + name + `","href":"https://org.example/` + href + `","method":"POST","refresh":4000,"value":[` + handleField + `]}`
	}
	r := mustDecode(t, `{"cancel":`+form("cancel", "cancel")+`,
		"currentAuthenticatorEnrollment":{"value":{"key":"okta_email","resend":`+form("resend", "resend")+`,"poll":`+form("", "poll")+`}},
		"currentAuthenticator":{"value":{"resend":`+form("resend", "resend")+`,
			"contextualData":{"challenge":{"value":{"cancel":`+form("cancel-polling", "poll/cancel")+`}},"qrcode":{"href":"data:x","method":"embedded"}}}},
		"authenticatorChallenge":{"value":{"cancel":`+form("cancel", "challenge/cancel")+`}}}`)
	got := map[string]string{}
	for _, a := range r.Actions {
		got[a.Name] = a.Href
	}
	want := map[string]string{
		"resend": "https://org.example/resend", "poll": "https://org.example/poll",
		"cancel-polling": "https://org.example/poll/cancel", "authenticatorChallenge-cancel": "https://org.example/challenge/cancel",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	poll := r.Find("poll")
	if poll == nil || poll.Refresh != 4*time.Second || poll.Authenticator == nil || poll.Authenticator.Key != "okta_email" {
		t.Errorf("poll %+v", poll)
	}
	if r.Find("cancel") != r.Cancel {
		t.Error("an action hides the cancel of the transaction")
	}
}

func TestLinks(t *testing.T) {
	r := mustDecode(t, `{"remediation":{"value":[
		{"name":"redirect-idp","type":"OIDC","idp":{"id":"0oaA","name":"A"},"href":"https://org.example/sso/idps/0oaA","method":"GET"},
		{"name":"redirect-idp","type":"X509","idp":{"id":"0oaB","name":"B"},"href":"https://org.example/sso/idps/0oaB","method":"get"},
		{"name":"success-redirect","href":"https://org.example/app"},{"href":"nameless"}]}}`)
	if len(r.Remediations) != 3 {
		t.Fatalf("%d remediations, want all 3 with a name", len(r.Remediations))
	}
	for _, rem := range r.Remediations {
		if !rem.IsLink() || rem.Forms() != nil || rem.Method != "GET" {
			t.Errorf("%s %s is not a link", rem.Name, rem.IDP.ID)
		}
		if _, err := rem.Fill(nil); err == nil {
			t.Errorf("%s has a body", rem.Name)
		}
	}
	if b := r.FindIDP("0oaB"); b == nil || b.Type != "X509" || r.FindIDP("") != nil {
		t.Errorf("found %+v", b)
	}
}

func TestContentType(t *testing.T) {
	tests := map[string]string{
		"":                                     "application/json",
		"json":                                 "application/json",
		"application/json":                     "application/json",
		"application/json; okta-version=1.0.0": "application/json; okta-version=1.0.0",
		"application/vnd.okta.v1+json":         "application/vnd.okta.v1+json",
		`application\/ion\+json; okta-version=\d+\.\d+`:    "application/json",
		"application/ion+json;okta-version=1":              "application/ion+json; okta-version=1",
		"application/ion+json; okta-version=\"1\r\nX: y\"": "application/json",
		"application/ion+json; okta-version=evil; x=y":     "application/ion+json",
		"application/x-www-form-urlencoded":                "application/json",
		"application/json\r\nX-Injected: 1":                "application/json",
		"text/html, application/json":                      "application/json",
	}
	for accepts, want := range tests {
		if got := (&Remediation{Accepts: accepts}).ContentType(); got != want {
			t.Errorf("%q gives %q, want %q", accepts, got, want)
		}
	}
}
