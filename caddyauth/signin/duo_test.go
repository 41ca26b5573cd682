package signin

import (
	"fmt"
	"strings"
	"testing"
)

func duoAnswer(host, token, integration string) string {
	data := fmt.Sprintf(`"currentAuthenticatorEnrollment":{"value":{"type":"app","key":"duo","id":"aut1","displayName":"Duo Security","contextualData":{
		"host":%q,"signedToken":%q,"script":"https://acme.example.com/Duo-Web-v2.6.js","integrationType":%q}}}`, host, token, integration)
	return answerJSON(data, formJSON("challenge-authenticator",
		`{"name":"credentials","type":"object","required":true,"form":{"value":[{"name":"signatureData","label":"Assertion From Duo","required":true,"visible":false}]}}`))
}

func TestDuo(t *testing.T) {
	p := pageOf(t, 200, duoAnswer("api-123.duosecurity.com", "TX|YWRh|abc:APP|YWRh|def", "IFRAME"))
	form, task := taskOf(t, p)
	if form != p.Form || form.Explanation != "" || strings.Join(task.Inputs, " ") != "credentials/signatureData" {
		t.Errorf("form %+v", form)
	}
	want := `{"origin":"https://api-123.duosecurity.com","title":"Verify with Duo","request":"TX|YWRh|abc","app":"APP|YWRh|def"}`
	if task.Kind != "duo" || task.Data != want {
		t.Errorf("task %q %s", task.Kind, task.Data)
	}
	if policy := policyOf(t, newRenderer(t), p); policy != pageSources+"; frame-src https://api-123.duosecurity.com; frame-ancestors 'none'" {
		t.Errorf("policy %s", policy)
	}
}

// Without a frame to show, the page says so, and nothing of the answer is used.
func TestDuoWithoutFrame(t *testing.T) {
	for name, answer := range map[string]string{
		"an error of Duo's":   duoAnswer("api-123.duosecurity.com", "ERR|Access denied", "IFRAME"),
		"no token":            duoAnswer("api-123.duosecurity.com", "", "IFRAME"),
		"half a token":        duoAnswer("api-123.duosecurity.com", "TX|YWRh|abc:", "IFRAME"),
		"three halves":        duoAnswer("api-123.duosecurity.com", "TX|a:APP|b:c", "IFRAME"),
		"another integration": duoAnswer("api-123.duosecurity.com", "TX|YWRh|abc:APP|YWRh|def", "REDIRECT"),
		"no host":             duoAnswer("", "TX|YWRh|abc:APP|YWRh|def", "IFRAME"),
	} {
		p := pageOf(t, 200, answer)
		explained := false
		for _, f := range p.forms() {
			explained = explained || strings.Contains(f.Explanation, "Duo’s own page")
			if f.Task != nil {
				t.Errorf("%s: task %s", name, f.Task.Data)
			}
		}
		if !explained {
			t.Errorf("%s: nobody says why", name)
		}
	}
}
