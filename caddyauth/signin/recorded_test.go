package signin

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestReadAnswer(t *testing.T) {
	refusal := `{"version": "1.0.0", "messages": {"value": [{"message": "No", "class": "ERROR"}]}}`
	notice := `{"version": "1.0.0", "messages": {"value": [{"message": "So", "class": "INFO"}]}}`
	for _, test := range []struct {
		body   string
		status int
		want   int
	}{
		{refusal, 0, 400}, {notice, 0, 200}, {`{"error": "access_denied"}`, 0, 400}, {refusal, 200, 200}, {notice, 429, 429},
	} {
		answer, err := ReadAnswer([]byte(test.body), test.status)
		if err != nil || answer.Status != test.want || answer.Size != len(test.body) {
			t.Errorf("%s, status %d: %+v, %v", test.body, test.status, answer, err)
		}
	}
	for _, body := range []string{"", "<html>", "[]", `{"a": 1}`, `{"version": "` + strings.Repeat("x", MaxRecorded) + `"}`} {
		if _, err := ReadAnswer([]byte(body), 0); err == nil {
			t.Errorf("%.20q is an answer", body)
		}
	}
}

// FuzzPreview: whatever an org, or somebody in its place, answers, there is a
// page for it, and it holds no state handle, no foreign markup and no form that
// posts elsewhere.
func FuzzPreview(f *testing.F) {
	for _, name := range []string{"identify", "a/b", `a\b`, "..", "%2e%2e", "", "a b", "ünï", "x\u0000y", "<script>", "-->", strings.Repeat("long", 500)} {
		f.Add([]byte(`{"version":"1","stateHandle":"02.a-handle-of-the-answer","remediation":{"value":[{"name":`+quoted(name)+
			`,"href":"https://acme.okta.com/idp/idx/x","method":"POST","value":[{"name":`+quoted(name)+`,"label":`+quoted(name)+`},{"name":"stateHandle","value":"02.a-handle-of-the-answer","visible":false}]}]}}`), "de")
		f.Add([]byte(`{"messages":{"value":[{"message":`+quoted(name)+`,"class":`+quoted(name)+`,"i18n":{"key":`+quoted(name)+`}}]}}`), name)
		f.Add([]byte(`{"remediation":{"value":[{"name":`+quoted(name)+`,"href":"https://idp.example/`+strings.Trim(quoted(name), `"`)+`"}]}}`), "ar")
	}
	r := newRenderer(f)
	f.Fuzz(func(t *testing.T, body []byte, language string) {
		answer, err := ReadAnswer(body, 0)
		if err != nil {
			return
		}
		page := Preview(answer, PreviewOptions{Prefix: "/.okta/", Words: r.Words(), Language: language})
		data, err := r.HTML(page)
		if err != nil {
			t.Fatalf("no page: %v", err)
		}
		if handle := answer.StateHandle; len(handle) >= 16 && bytes.Contains(data, []byte(handle)) {
			t.Error("the page has the state handle")
		}
		doc, err := html.ParseWithOptions(bytes.NewReader(data), html.ParseOptionEnableScripting(false))
		if err != nil {
			t.Fatal(err)
		}
		if err := allowed(doc); err != nil {
			t.Error(err)
		}
		for _, form := range tagged(doc, "form") {
			if action := attr(form, "action"); !strings.HasPrefix(action, "/.okta/") {
				t.Errorf("a form posts to %q", action)
			}
		}
	})
}

// quoted is s as JSON.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\x00", `\u0000`).Replace(s) + `"`
}
