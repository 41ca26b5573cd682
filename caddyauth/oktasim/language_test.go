package oktasim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestAnswersAreInTheLanguageOfTheRequest(t *testing.T) {
	o := start(t, &oktasim.Server{})
	for header, want := range map[string][2]string{
		"":                         {"Username", "Authentication failed"},
		"en-GB":                    {"Username", "Authentication failed"},
		"de":                       {"Benutzername", "Authentifizierung fehlgeschlagen"},
		"de-AT,de;q=0.9,en;q=0.5":  {"Benutzername", "Authentifizierung fehlgeschlagen"},
		"ja-JP":                    {"ユーザー名", "認証に失敗しました"},
		"tlh, ja;q=0.4, en;q=0.3":  {"ユーザー名", "認証に失敗しました"},
		"fr":                       {"Username", "Authentication failed"},
		"\"><script>,,,;q=q, x-y-": {"Username", "Authentication failed"},
	} {
		f := o.begin()
		body, _ := json.Marshal(document{"stateHandle": f.answer["stateHandle"], "identifier": ada, "credentials": document{"passcode": "wrong"}})
		request, _ := http.NewRequest(http.MethodPost, o.url+"/idp/idx/identify", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept-Language", header)
		_, content := o.do(request)
		if err := json.Unmarshal(content, &f.answer); err != nil {
			t.Fatal(err)
		}
		message := list(f.answer["messages"])[0].(document)
		label := list(f.answer["remediation"])[0].(document)["value"].([]any)[0].(document)["label"]
		expect(t, header, [3]any{label, message["message"], message["i18n"].(document)["key"]}, [3]any{want[0], want[1], "errors.E0000004"})
	}
}
