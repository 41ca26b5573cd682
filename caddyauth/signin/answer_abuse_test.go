package signin

import (
	"encoding/json"
	"strings"
	"testing"
)

// textfulAnswers are steps of many kinds in which everything that may be words
// ends in TEXT: labels, hints, names of people, devices and providers, keys of
// messages, names and values of fields, and what scripts work with.
var textfulAnswers = map[string]string{
	"identify": answerJSON(`"app":{"value":{"name":"TEXT","label":"App TEXT"}},"user":{"value":{"identifier":"ada TEXT"}},
		"messages":{"value":[{"message":"Wrong TEXT","i18n":{"key":"keyTEXT","params":["TEXT"]},"class":"ERROR","links":[{"url":"https://help.example.com/","label":"Help TEXT"}]},
			{"message":"","i18n":{"key":"only.a.key.TEXT"},"class":"TEXT"}]}`,
		formJSON("identify", `{"name":"identifier","label":"Username TEXT","desc":"Hint TEXT","messages":{"value":[{"message":"Not this TEXT","i18n":{"key":"kTEXT"},"class":"ERROR"}]}},
			{"name":"oddTEXT","label":"Odd TEXT","value":"vTEXT"},{"name":"secret","secret":true,"label":"S TEXT","value":"TEXT"},
			{"name":"shown","label":"Shown TEXT","value":"vTEXT","mutable":false},
			{"name":"pick","label":"Pick TEXT","required":true,"options":[{"label":"One TEXT","value":"1TEXT"},{"label":"Two TEXT","value":"2TEXT"}]}`),
		`{"name":"redirect-idp","type":"OIDC","idp":{"id":"0oaTEXT","name":"Partner TEXT"},"href":"https://idp.example.com/","method":"GET"}`),
	"an unknown step": answerJSON("", formJSON("new-stepTEXT", `{"name":"aTEXT","label":"A TEXT"}`), formJSON("otherTEXT", "")),
	"a list": answerJSON(`"authenticatorEnrollments":{"value":[{"type":"phone","key":"phone_number","id":"p1","displayName":"Phone TEXT","nickname":"Mine TEXT","profile":{"phoneNumber":"+1 TEXT"}}]}`,
		formJSON("select-authenticator-authenticate", `{"name":"authenticator","type":"object","options":[
			{"label":"Phone TEXT","relatesTo":"$.authenticatorEnrollments.value[0]","value":{"form":{"value":[{"name":"id","value":"p1TEXT","mutable":false},{"name":"methodType","value":"smsTEXT","mutable":false}]}}},
			{"label":"E-mail TEXT","value":{"form":{"value":[{"name":"id","value":"e1","mutable":false}]}}}]}`)),
	"a number to match": answerJSON(`"currentAuthenticator":{"value":{"type":"app","key":"okta_verify","id":"a1","displayName":"Verify TEXT","contextualData":{"correctAnswer":"4TEXT"}}}`,
		strings.Replace(formJSON("challenge-poll", ""), `"method"`, `"refresh":4000,"method"`, 1)),
	"an app to set up": answerJSON(`"currentAuthenticator":{"value":{"type":"app","key":"okta_verify","id":"a1","displayName":"Verify TEXT","contextualData":{"sharedSecret":"KTEXT","selectedChannel":"email","email":"a TEXT",
			"samedevice":{"orgUrl":"https://acme TEXT","enrolledDevices":["Phone TEXT"]}}}}`,
		strings.Replace(formJSON("enroll-poll", ""), `"method"`, `"refresh":4000,"method"`, 1)),
	"a question": answerJSON(`"currentAuthenticator":{"value":{"type":"security_question","key":"security_question","id":"a1","displayName":"Question TEXT","contextualData":{"enrolledQuestion":{"questionKey":"kTEXT","question":"Which TEXT?"}}}}`,
		formJSON("challenge-authenticator", `{"name":"credentials","type":"object","form":{"value":[{"name":"questionKey","mutable":false,"value":"kTEXT"},{"name":"answer","label":"Answer TEXT","required":true}]}}`)),
	"consent": answerJSON("", `{"rel":["create-form"],"name":"consent","href":"BASE/idp/idx/consent","method":"POST","scopes":[{"name":"sTEXT","label":"Scope TEXT","desc":"Reads TEXT"}],
		"requestInfo":[{"name":"browser TEXT","label":"Browser TEXT","value":"Odd TEXT"}],"value":[{"name":"consent","type":"boolean","required":true},`+handle+`]}`),
	"a passkey": answerJSON(`"currentAuthenticator":{"value":{"type":"security_key","key":"webauthn","id":"a1","displayName":"Key TEXT","contextualData":{"challengeData":{"challenge":"YWJj TEXT","rpId":"","extensions":{"TEXT":"TEXT"}}}}}`,
		formJSON("challenge-authenticator", `{"name":"credentials","type":"object","form":{"value":[{"name":"clientData","visible":false,"required":true},{"name":"signatureData","visible":false,"required":true},{"name":"oddTEXT","visible":false}]}}`)),
	"Duo":        duoAnswer("duo.example.com", "TX|a TEXT|b:APP|c TEXT|d", "IFRAME"),
	"a captcha":  strings.Replace(captchaAnswer("HCAPTCHA", "site TEXT"), `"name":"identifier"`, `"name":"identifier","desc":"Hint TEXT"`, 1),
	"a loopback": strings.Replace(loopbackAnswer("http://localhost", "", `"2000"`), "jwt.of.okta", "jwt TEXT", 1),
	"a password": answerJSON(`"user":{"value":{"identifier":"ada TEXT"}},"currentAuthenticator":{"value":{"type":"password","key":"okta_password","id":"a1","displayName":"Password TEXT",
			"settings":{"complexity":{"minLength":8,"excludeUsername":true,"excludeAttributes":["firstName","petTEXT"]},"age":{"historyCount":4}}}}`,
		formJSON("enroll-authenticator", `{"name":"credentials","type":"object","form":{"value":[{"name":"passcode","label":"New TEXT","secret":true}]}}`)),
	"an end": `{"version":"1.0.0","messages":{"value":[{"message":"Over TEXT","i18n":{"key":"endTEXT"},"class":"ERROR"}]}}`,
}

// TestToB1_HostileAnswersAddNothing: whatever the words in an answer of Okta's
// are, the page has the same elements and attributes, goes nowhere else, and is
// held to the same policy. What scripts work with stays the text of an attribute.
//
// Rows: ToB-1, CVE-2026-33525.
func TestToB1_HostileAnswersAddNothing(t *testing.T) {
	r := newRenderer(t)
	for name, answer := range textfulAnswers {
		if !strings.Contains(answer, "TEXT") {
			t.Fatalf("%s has no text", name)
		}
		say := func(text string) *Page {
			quoted, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			return pageOf(t, 200, strings.ReplaceAll(answer, "TEXT", string(quoted[1:len(quoted)-1])))
		}
		plain := say("w")
		policy := policyOf(t, r, plain)
		_, doc := render(t, r, plain)
		want := shape(doc)
		for _, text := range hostileTexts {
			if len(text) > 4<<10 || name == "Duo" && strings.Contains(text, ":") {
				continue // no name of a field, no token of Duo's: that part of the page is not there
			}
			page := say(text)
			if got := policyOf(t, r, page); got != policy {
				t.Errorf("%s: %.40q changes the policy to %s", name, text, got)
			}
			_, doc := render(t, r, page)
			if got := shape(doc); got != want {
				t.Errorf("%s: %.40q changes the page:\n%s\n%s", name, text, got, want)
			}
			goesNowhereElse(t, doc)
		}
	}
}
