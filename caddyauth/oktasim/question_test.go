package oktasim_test

import (
	"net/http"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestQuestionOfOnesOwn(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("security_question")})
	f := o.signedIn().enroll("security_question", nil)
	expect(t, "step", f.step()[0], "enroll-authenticator")
	for _, c := range []struct {
		given   document
		message string
	}{
		{document{"questionKey": "custom", "question": "Which colour?", "answer": "red"}, "answer: securityQuestion.answer.tooShort.arg"},
		{document{"questionKey": "custom", "question": "<b>bold</b>", "answer": "bold"}, "question: tagsNotAllowed"},
		{document{"questionKey": "custom", "question": " ", "answer": "green"}, "question: model.validation.field.blank"},
	} {
		f.credentials("enroll-authenticator", c.given)
		expect(t, "status", f.status, http.StatusBadRequest)
		if got := f.optionMessages(); len(got) == 0 || got[len(got)-1] != c.message {
			t.Fatalf("%v: messages %v, want %q", c.given, got, c.message)
		}
	}
	f.credentials("enroll-authenticator", document{"questionKey": "custom", "question": "Which colour?", "answer": "green"}).tokens()

	f = o.signedIn().authenticate("security_question", nil)
	expect(t, "question", f.contextual()["enrolledQuestion"], any(document{"questionKey": "custom", "question": "Which colour?"}))
	hidden := list(f.remediation("challenge-authenticator")["value"].([]any)[0].(document)["form"])[0].(document)
	expect(t, "label, which clients show", hidden["label"], any("Which colour?"))
	f.credentials("challenge-authenticator", document{"questionKey": "custom", "answer": "blue"})
	expect(t, "wrong answer", f.status, http.StatusUnauthorized)
	expect(t, "wrong question", f.credentials("challenge-authenticator", document{"questionKey": "disliked_food", "answer": "green"}).status, http.StatusUnauthorized)
	f.credentials("challenge-authenticator", document{"questionKey": "custom", "answer": " Green "}).tokens()
}

func TestQuestionOfTheOrg(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("security_question")})
	f := o.signedIn().enroll("security_question", nil)
	offered := f.contextual()["questions"].([]any)[0].(document)
	f.credentials("enroll-authenticator", document{"questionKey": "no_such_key", "answer": "spinach"})
	expect(t, "unknown question", f.status, http.StatusBadRequest)
	f.credentials("enroll-authenticator", document{"questionKey": offered["questionKey"], "answer": "spinach"}).tokens()
	f = o.signedIn().authenticate("security_question", nil)
	expect(t, "question", f.contextual()["enrolledQuestion"], any(offered))
	f.credentials("challenge-authenticator", document{"questionKey": offered["questionKey"], "answer": "spinach"}).tokens()
}

// optionMessages lists the messages inside the choice of forms.
func (f *flow) optionMessages() []string {
	var out []string
	credentials := f.remediation("enroll-authenticator")["value"].([]any)[0].(document)
	for _, option := range credentials["options"].([]any) {
		for _, field := range list(option.(document)["value"].(document)["form"]) {
			for _, m := range list(field.(document)["messages"]) {
				out = append(out, field.(document)["name"].(string)+": "+m.(document)["i18n"].(document)["key"].(string))
			}
		}
	}
	return out
}
