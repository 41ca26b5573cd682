package signin

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

var strictPassword = strings.Replace(activeDirectory, `,"useADComplexityRequirements":true`, "", 1)

const activeDirectory = `"user":{"value":{"identifier":"ada@example.com"}},"currentAuthenticator":{"value":{"type":"password","key":"okta_password","id":"aut1","settings":{
	"complexity":{"minLength":8,"minLowerCase":1,"minUpperCase":2,"minNumber":1,"minSymbol":1,"maxConsecutiveRepeatingCharacters":2,
		"excludeUsername":true,"excludeAttributes":["firstName"],"useADComplexityRequirements":true},"age":{"historyCount":4}}}}`

// What a script can check while a password is typed has a rule of data beside its
// words; what only Okta knows has none.
func TestRulesForScript(t *testing.T) {
	for policy, want := range map[string][]string{
		strictPassword:  {`{"kind":"length","n":8}`, `{"kind":"lower","n":1}`, `{"kind":"upper","n":2}`, `{"kind":"number","n":1}`, `{"kind":"symbol","n":1}`},
		activeDirectory: {`{"kind":"length","n":8}`, `{"kind":"kinds","n":3}`},
	} {
		p := pageOf(t, 200, answerJSON(policy, formJSON("enroll-authenticator", newPassword)))
		var got []string
		for _, item := range p.Parts[0].Items {
			got = append(got, item.Rule)
		}
		want = append(want, `{"kind":"repeat","n":2}`, `{"kind":"username","value":"ada@example.com","field":["login","email","identifier"]}`,
			`{"kind":"attribute","field":["firstName"]}`, "")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if policyOf(t, newRenderer(t), p) != PagePolicy || len(p.Scripts) != 2 || !strings.Contains(p.Scripts[1], "/rules.") {
			t.Errorf("scripts %q", p.Scripts)
		}
	}
}

// What is too short or lacks a kind of characters is told at once, rule by rule,
// and does not go to Okta.
func TestUnfitPassword(t *testing.T) {
	b, sent := at(t, answerJSON(strictPassword, formJSON("enroll-authenticator", newPassword)))
	b.submit("enroll-authenticator", "credentials/passcode", "Short1", "/confirm", "Short1")
	want := "credentials/passcode: at least 8 characters\ncredentials/passcode: upper case letters: at least 2\ncredentials/passcode: symbols: at least 1"
	if b.texts() != want || sent() != "" {
		t.Errorf("the page says %q, sent %q", b.texts(), sent())
	}
	b.submit("enroll-authenticator", "credentials/passcode", "Long En0ugh", "/confirm", "Long En0ugh")
	if sent() == "" {
		t.Errorf("a password that fulfils the counts was not sent: %q", b.texts())
	}
}

// Okta alone decides: whatever could be counted in another way goes there, and
// so does everything where the policy may be somebody else's.
func TestDoubtfulPasswordsGoToOkta(t *testing.T) {
	policy := &idx.PasswordPolicy{MinLength: 8, MinLowerCase: 2, MinUpperCase: 2, MinNumber: 2, MinSymbol: 2, MaxConsecutiveRepeating: 1, ExcludeUsername: true, UseADComplexity: true}
	for _, password := range []string{
		"é",             // shorter than 8 in every way of counting, but is it lower case?
		"пароль",        // letters of another script
		"٣٤٥",           // digits of another script
		"😀😀",            // two characters, four units, eight bytes
		"\u0301",        // an accent without a letter
		"aaBB11  ",      // a space may be a symbol
		"adaBB11!!",     // contains the username
		"AAbb11!!aaaaa", // repeats
	} {
		if notes := shortcomings(policy, "credentials/passcode", password); len(notes) > 0 {
			t.Errorf("%q is refused: %v", password, notes)
		}
	}
	active := &idx.PasswordPolicy{MinLength: 8, MinLowerCase: 1, MinUpperCase: 1, MinNumber: 1, MinSymbol: 1, UseADComplexity: true}
	if notes := shortcomings(active, "credentials/passcode", "threekinds1!"); len(notes) > 0 {
		t.Errorf("three kinds of four are refused: %v", notes)
	}
	b, sent := at(t, answerJSON(strictPassword, formJSON("enroll-profile", newPassword)))
	b.submit("enroll-profile", "credentials/passcode", "x", "/confirm", "x")
	if sent() == "" {
		t.Errorf("a registration was refused by the policy of nobody in particular: %q", b.texts())
	}
}
