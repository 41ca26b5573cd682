package signin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// handle is what every form of Okta's ends with.
const handle = `{"name":"stateHandle","required":true,"value":"02.state","visible":false,"mutable":false}`

// form is a remediation with these fields.
func formJSON(name, fields string) string {
	if fields != "" {
		fields += ","
	}
	return fmt.Sprintf(`{"rel":["create-form"],"name":%q,"href":"BASE/idp/idx/challenge/answer","method":"POST","value":[%s%s]}`, name, fields, handle)
}

// answerJSON is an answer with these remediations, and more members.
func answerJSON(more string, remediations ...string) string {
	if more != "" {
		more = "," + more
	}
	return `{"version":"1.0.0","stateHandle":"02.state","remediation":{"value":[` + strings.Join(remediations, ",") + `]}` + more + `}`
}

func pageOf(t *testing.T, status int, body string) *Page {
	t.Helper()
	r, err := idx.Decode([]byte(strings.ReplaceAll(body, "BASE", "https://acme.example.com")))
	if err != nil {
		t.Fatal(err)
	}
	return Preview(&okta.Answer{Status: status, Response: r}, PreviewOptions{
		Prefix: "/.okta/", Owns: func(address string) bool { return strings.HasPrefix(address, "https://acme.example.com/") },
	})
}

// at is a browser at a step of our making; sent is what goes to Okta from there.
func at(t *testing.T, answer string) (b *browser, sent func() string) {
	t.Helper()
	w := newWorld(t, oktasim.Policy{})
	last := ""
	w.sim.Intercept = func(endpoint string, rw http.ResponseWriter, r *http.Request) bool {
		switch endpoint {
		case "challenge/answer":
			body, _ := io.ReadAll(r.Body)
			last = string(body)
		case "introspect":
		default:
			return false
		}
		rw.Header().Set("Content-Type", "application/ion+json; okta-version=1.0.0")
		io.WriteString(rw, strings.ReplaceAll(answer, "BASE", w.org.URL))
		return true
	}
	b = w.browser()
	b.open()
	return b, func() string { return last }
}

const unlock = `{"name":"identifier","label":"Username","required":true},{"name":"authenticator","type":"object","required":true,"options":[
	{"label":"Email","value":{"form":{"value":[{"name":"id","value":"aut1","mutable":false},{"name":"methodType","value":"email","mutable":false}]}}},
	{"label":"Phone","value":{"form":{"value":[{"name":"id","value":"aut2","mutable":false},{"name":"methodType","value":"sms","mutable":false}]}}}]}`

// Who unlocks an account types the name once, however many ways there are to
// prove it; the button says which one.
func TestOneFieldForManyOptions(t *testing.T) {
	b, sent := at(t, answerJSON("", formJSON("select-authenticator-unlock-account", unlock)))
	f := b.page.Form
	if f == nil || len(f.Fields) != 1 || len(f.Buttons) != 2 || f.Buttons[1].Label != "Phone" {
		t.Fatalf("form %+v", f)
	}
	b.submit("select-authenticator-unlock-account", "identifier", "ada", f.Buttons[1].Name, f.Buttons[1].Value)
	if got, want := sent(), `{"authenticator":{"id":"aut2","methodType":"sms"},"identifier":"ada","stateHandle":"02.state"}`; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

// What a button stands for is looked up in the answer: a value of one's own
// making is refused, and a value beside the button's too.
func TestButtonsStandForOptionsOnly(t *testing.T) {
	b, sent := at(t, answerJSON("", formJSON("select-authenticator-unlock-account", unlock)))
	for _, made := range [][]string{
		{choiceInput, "authenticator%2Fid=aut9&authenticator%2FmethodType=email"},
		{choiceInput, "authenticator%2Fid=aut1&authenticator%2FmethodType=sms"},
		{choiceInput, "authenticator%2Fid=aut1&authenticator%2FmethodType=email&stateHandle=02.mine"},
		{choiceInput, "%zz"},
		{choiceInput, b.page.Form.Buttons[0].Value, "authenticator/id", "aut2"},
	} {
		out := b.post("select-authenticator-unlock-account", filled(b.page.Form, append(made, "identifier", "ada")...))
		if sent() != "" || out.Reason != ReasonRejected {
			t.Errorf("%v was sent: %s (%s)", made, sent(), out.Reason)
		}
		b.open()
	}
}

// Consent is two buttons, and a JSON boolean.
func TestConsent(t *testing.T) {
	granular := `{"name":"consent","type":"boolean","required":true,"visible":false},
		{"name":"optedScopes","type":"object","form":{"value":[
			{"name":"phone.read","label":"Read your phone plan","type":"boolean","value":true},
			{"name":"phone.write","label":"Change your phone plan","type":"boolean","value":false},
			{"name":"openid","label":"Sign you in","type":"boolean","value":true,"mutable":false}]}}`
	for value, want := range map[string]string{
		"true":  `{"consent":true,"optedScopes":{"openid":true,"phone.read":false,"phone.write":true},"stateHandle":"02.state"}`,
		"false": `{"consent":false,"optedScopes":{"openid":true,"phone.read":false,"phone.write":true},"stateHandle":"02.state"}`,
	} {
		b, sent := at(t, answerJSON("", formJSON("granular-consent", granular)))
		f := b.page.Form
		if len(f.Buttons) != 2 || len(f.Fields) != 2 || len(f.Fixed) != 1 || !f.Fields[0].Checked || f.Fields[1].Checked {
			t.Fatalf("form %+v", f)
		}
		// The first box is unticked, the second ticked.
		b.submit("granular-consent", "consent", value, "optedScopes/phone.write", "true")
		if got := sent(); got != want {
			t.Errorf("sent %s, want %s", got, want)
		}
	}
}

const newPassword = `{"name":"credentials","type":"object","required":true,"form":{"value":[{"name":"passcode","label":"New password","secret":true}]}}`

// A new password is typed twice, and not sent until both are the same.
func TestNewPasswordTwice(t *testing.T) {
	password := `"currentAuthenticator":{"value":{"type":"password","key":"okta_password","id":"aut1","displayName":"Password","settings":{
		"complexity":{"minLength":12,"minNumber":1,"excludeUsername":true,"excludeAttributes":["firstName"]},"age":{"minAgeMinutes":120,"historyCount":4}}}}`
	b, sent := at(t, answerJSON(password, formJSON("enroll-authenticator", newPassword)))
	names := []string{}
	for _, f := range b.page.Form.Fields {
		names = append(names, f.Name+" "+f.Type+" "+f.Autocomplete)
	}
	if diff := cmp.Diff([]string{"credentials/passcode password new-password", "/confirm password new-password"}, names); diff != "" {
		t.Error(diff)
	}
	var rules []string
	for _, item := range b.page.Parts[0].Items {
		rules = append(rules, item.Text)
	}
	want := []string{"at least 12 characters", "numbers: at least 1", "no part of your username", "not your first name in it", "not one of your last 4 passwords", "the next change is possible after 2 hours"}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Error(diff)
	}
	b.submit("enroll-authenticator", "credentials/passcode", " one ", "/confirm", " one")
	if sent() != "" || !strings.Contains(b.texts(), "/confirm: This is not the same password.") || b.value("credentials/passcode") != "" {
		t.Errorf("sent %q, page says %q", sent(), b.texts())
	}
	b.submit("enroll-authenticator", "credentials/passcode", " one and 1 more ", "/confirm", " one and 1 more ")
	if got := sent(); got != `{"credentials":{"passcode":" one and 1 more "},"stateHandle":"02.state"}` {
		t.Errorf("sent %s", got)
	}
}

// Each message stands once: with its field, wherever on the page that is, else on
// top. Messages that Okta repeats are one.
func TestEachMessageOnce(t *testing.T) {
	field := func(name, text string) string {
		return fmt.Sprintf(`{"name":%q,"label":"L","messages":{"value":[{"message":%q,"i18n":{"key":"k"},"class":"ERROR"},{"message":%q,"i18n":{"key":"k"},"class":"ERROR"}]}}`, name, text, text)
	}
	top := `"messages":{"value":[{"message":"About all","i18n":{"key":"top"},"class":"ERROR"},{"message":"About all","i18n":{"key":"top"},"class":"ERROR"},
		{"message":"Elsewhere","class":"INFO","links":[{"url":"https://help.example.com/a"}]},{"i18n":{"key":"wordless"},"class":"WARNING"}]}`
	hidden := `{"name":"secretField","visible":false,"mutable":false,"value":"v","messages":{"value":[{"message":"About hidden","class":"ERROR"}]}}`
	p := pageOf(t, 400, answerJSON(top, formJSON("identify", field("identifier", "Wrong name")+","+hidden), formJSON("unlock-account", field("other", "Wrong other"))))
	var got []string
	for _, m := range p.Messages {
		got = append(got, "page: "+m.Class+" "+m.Text+" "+m.Href)
	}
	for _, f := range p.forms() {
		for _, field := range f.Fields {
			for _, m := range field.Messages {
				got = append(got, field.Name+": "+m.Class+" "+m.Text)
			}
		}
	}
	slices.Sort(got)
	want := []string{
		"identifier: ERROR Wrong name",
		"page: ERROR About all ", "page: ERROR About hidden ", "page: ERROR Wrong other ",
		"page: INFO Elsewhere https://help.example.com/a", "page: WARNING wordless ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever Okta asks for, known or not, the page asks for it, in Okta's order;
// what cannot be done here is said, and nothing is left out.
func TestEveryWayOn(t *testing.T) {
	script := `{"name":"credentials","type":"object","required":true,"form":{"value":[{"name":"clientData","required":true,"visible":false}]}}`
	p := pageOf(t, 200, answerJSON(`"cancel":`+formJSON("cancel", ""),
		formJSON("brand-new-step", `{"name":"shoe.size","label":"Shoe size","type":"number","required":true}`),
		formJSON("challenge-authenticator", script),
		strings.Replace(formJSON("foreign", ""), "BASE", "https://evil.example.com", 1),
		`{"name":"device-apple-sso-extension","href":"BASE/sso","method":"GET"}`,
		formJSON("skip", ""),
	))
	var got []string
	for _, f := range p.forms() {
		kind := "form"
		if f.Explanation != "" {
			kind = "explained"
		}
		got = append(got, f.Remediation+" "+kind)
	}
	want := []string{"brand-new-step form", "challenge-authenticator explained", "foreign explained", "device-apple-sso-extension explained", "skip form", "cancel form"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p.Generic != "brand-new-step" || p.Form.Fields[0].Name != "shoe.size" || p.Form.Fields[0].InputMode != "decimal" {
		t.Errorf("generic %q, %+v", p.Generic, p.Form.Fields)
	}
	all, err := json.Marshal(p)
	if err != nil || strings.Contains(string(all), "02.state") || strings.Contains(string(all), "evil.example.com") {
		t.Errorf("the page holds what it must not: %s %v", all, err)
	}
}

// A page on which nothing can be done is shown once; the next visit begins anew,
// and the log says what was in the way.
func TestStuckPageBeginsAnew(t *testing.T) {
	script := `{"name":"credentials","type":"object","form":{"value":[{"name":"clientData","required":true,"visible":false}]}}`
	b, _ := at(t, answerJSON("", formJSON("challenge-authenticator", script)))
	if b.cookie != "" || b.last.Err == nil || !strings.Contains(b.last.Err.Error(), `"challenge-authenticator"`) || len(b.page.Links) == 0 {
		t.Errorf("cookie %q, error %v, links %v", b.cookie, b.last.Err, b.page.Links)
	}
}

// Several values of one field are a JSON array.
func TestSeveralValues(t *testing.T) {
	colours := `{"name":"userProfile","type":"object","form":{"value":[{"name":"colours","label":"Colours","type":"array",
		"options":[{"label":"Red","value":"r"},{"label":"Green","value":"g"},{"label":"Blue","value":"b"}]}]}}`
	b, sent := at(t, answerJSON("", formJSON("enroll-profile", colours)))
	if f := b.page.Form.Fields[0]; f.Type != "checkboxes" || len(f.Choices) != 3 {
		t.Fatalf("field %+v", f)
	}
	posted := filled(b.page.Form)
	posted["userProfile/colours"] = []string{"r", "b"}
	b.post("enroll-profile", posted)
	if got := sent(); got != `{"stateHandle":"02.state","userProfile":{"colours":["r","b"]}}` {
		t.Errorf("sent %s", got)
	}
}

// An answer cannot make a page of any length by asking for the same challenge in
// form after form.
func TestTasksAreBounded(t *testing.T) {
	passkey := `{"name":"credentials","type":"object","form":{"value":[{"name":"clientData","required":true,"visible":false},{"name":"signatureData","required":true,"visible":false}]}}`
	var forms []string
	for i := range 500 {
		forms = append(forms, formJSON(fmt.Sprint("challenge-", i), passkey))
	}
	for _, size := range []int{20, 10_000, 500_000} {
		p := pageOf(t, 200, answerJSON(`"currentAuthenticator":{"value":{"key":"webauthn","contextualData":{"challengeData":{"challenge":"`+strings.Repeat("A", size)+`"}}}}`, forms...))
		total := 0
		for _, f := range p.forms() {
			if f.Task != nil {
				total += len(f.Task.Data)
			}
		}
		if total > maxTasks*maxTaskData {
			t.Errorf("a challenge of %d bytes gives %d bytes of tasks", size, total)
		}
	}
}

// What went wrong is never told as a success.
func TestErrorsAreNoSuccess(t *testing.T) {
	p := pageOf(t, 403, `{"version":"1.0.0","messages":{"value":[{"message":"You do not have permission","i18n":{"key":"oie.selfservice.unlock_user.failed"},"class":"ERROR"}]}}`)
	if p.Title != "Sign-in did not work" {
		t.Errorf("title %q", p.Title)
	}
}

// There is a way back from every step, where Okta offers one and where not.
func TestAWayBack(t *testing.T) {
	b, sent := at(t, answerJSON("", formJSON("consent", `{"name":"consent","type":"boolean","required":true,"visible":false}`)))
	out := b.post("cancel", filled(b.form("cancel")))
	if out.Reason != ReasonCanceled || out.Transaction == nil || *out.Transaction != "" || sent() != "" {
		t.Errorf("%s, sent %q", out.Reason, sent())
	}
	b, _ = at(t, answerJSON("", formJSON("consent", `{"name":"consent","type":"boolean","required":true,"visible":false}`)))
	posted := filled(b.form("cancel"))
	posted.Set(tokenInput, "guessed")
	if out := b.post("cancel", posted); out.Reason == ReasonCanceled {
		t.Error("a form that is not ours ends the sign-in")
	}
	if p := pageOf(t, 200, answerJSON("", formJSON("identify", `{"name":"identifier"}`))); len(p.Others) > 0 {
		t.Errorf("the first page leads back: %+v", p.Others)
	}
}
