package signin

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func captchaAnswer(kind, siteKey string) string {
	captcha := fmt.Sprintf(`"captcha":{"value":{"id":"cap1","name":"captcha","siteKey":%q,"type":%q}}`, siteKey, kind)
	return answerJSON(captcha, formJSON("identify", `{"name":"identifier","label":"Username","required":true},
		{"name":"captchaVerify","relatesTo":"$.captcha","form":{"value":[
			{"name":"captchaId","required":true,"value":"cap1","visible":false,"mutable":false},
			{"name":"captchaToken","required":true,"visible":false,"hint":"captcha"}]}}`))
}

func TestCaptcha(t *testing.T) {
	for kind, want := range map[string]string{
		"HCAPTCHA":     `{"script":"https://js.hcaptcha.com/1/api.js?hl=en\u0026onload=captchaReady\u0026render=explicit","object":"hcaptcha","sitekey":"site"}`,
		"RECAPTCHA_V2": `{"script":"https://www.google.com/recaptcha/api.js?hl=en\u0026onload=captchaReady\u0026render=explicit","object":"grecaptcha","sitekey":"site"}`,
	} {
		p := pageOf(t, 200, captchaAnswer(kind, "site"))
		form, task := taskOf(t, p)
		if form != p.Form || len(form.Fields) != 1 || form.Fields[0].Name != "identifier" {
			t.Errorf("%s: form %+v", kind, form)
		}
		if task.Kind != "captcha" || task.Data != want || strings.Join(task.Inputs, " ") != "captchaVerify/captchaToken" {
			t.Errorf("%s: task %+v", kind, task)
		}
		// Its maker's address must be one that the policy lets it be loaded from.
		policy := policyOf(t, newRenderer(t), p)
		script, _, _ := strings.Cut(policy[strings.Index(policy, "script-src"):], ";")
		allowed := false
		for _, source := range strings.Fields(script)[2:] {
			address := captchas[kind].script
			if host, ok := strings.CutPrefix(source, "https://*."); ok {
				allowed = allowed || strings.Contains(address, "."+host+"/")
			}
			allowed = allowed || strings.HasPrefix(address, source)
		}
		if !allowed {
			t.Errorf("%s: %s does not allow %s", kind, script, captchas[kind].script)
		}
		if terms := len(p.Links); (kind == "HCAPTCHA") != (terms == 2) {
			t.Errorf("%s: %d links", kind, terms)
		}
	}
}

// One that we do not know, or that cannot work, is explained, on a page that
// allows nobody's script.
func TestCaptchaOfAnotherMaker(t *testing.T) {
	for _, answer := range []string{captchaAnswer("ALTCHA", "site"), captchaAnswer("HCAPTCHA", "")} {
		p := pageOf(t, 200, answer)
		if p.Form != nil || len(p.Others) == 0 || !strings.Contains(p.Others[0].Explanation, "captcha") {
			t.Errorf("page %+v", p)
		}
	}
}

// Okta takes a form with a token and no other; the id is Okta's own. The log has
// one line about the foreign script, however many pages had it.
func TestCaptchaIsSent(t *testing.T) {
	w := newWorld(t, oktasim.Policy{Captcha: &oktasim.Captcha{ID: "cap1", SiteKey: "site"}})
	var log bytes.Buffer
	w.flow.Logger = slog.New(slog.NewTextHandler(&log, nil))
	b := w.browser()
	b.open()
	login := []string{"identifier", "ada@example.com", "credentials/passcode", "correct horse battery"}
	b.submit("identify", login...)
	if !strings.Contains(b.texts(), "Please fill this in.") {
		t.Errorf("without a token the page says %q", b.texts())
	}
	out := b.post("identify", filled(b.form("identify"), append(login, "captchaVerify/captchaToken", "token")...))
	if out.SignedIn == nil {
		t.Fatalf("not signed in: %s %v", out.Reason, out.Err)
	}
	if n := strings.Count(log.String(), "captcha=HCAPTCHA"); n != 1 {
		t.Errorf("%d lines in the log: %s", n, log.String())
	}
}
