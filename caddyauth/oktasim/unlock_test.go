package oktasim_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// unlocked asks for an account to be unlocked by phone.
func (o *org) unlocked(login string) *flow {
	o.Helper()
	f := o.begin().submit("unlock-account", nil)
	form := f.remediation("select-authenticator-unlock-account")
	id := list(optionsOf(f.answer, form)[0]["value"].(document)["form"])[0].(document)["value"]
	return f.send(form, document{"identifier": login, "authenticator": document{"id": id, "methodType": "sms"}})
}

// Somebody tries names: who exists, and who has a phone, must not be told from
// who does not. Only the phone that rings makes a difference.
func TestUnlockDoesNotTellWhoHasAPhone(t *testing.T) {
	o := start(t, &oktasim.Server{
		Users:   having(&oktasim.Enrollment{Authenticator: "phone", Profile: map[string]string{"phoneNumber": "+15555550142"}}),
		Policy:  oktasim.Policy{Unlock: []string{"phone"}, Settings: oktasim.Settings{PhoneLimit: 2}},
		Oddness: plain,
	})
	seen := map[string]shape{}
	for _, login := range []string{ada, "grace@example.com", "nobody@example.com"} {
		var answers shape
		f := o.unlocked(login)
		look := func() { answers = append(answers, shapeOf("", f.answer)) }
		look()
		expect(t, "status for "+login, f.status, http.StatusOK)
		f.passcode("not-a-code")
		look()
		f.action("resend")
		look()
		f.action("resend")
		look()
		expect(t, "too many for "+login, f.status, http.StatusTooManyRequests)
		seen[login] = answers
	}
	for login, answers := range seen {
		expect(t, login, answers, seen[ada])
	}
	expect(t, "Grace's phone", o.api("GET", "/phone/grace@example.com", ""), any([]any{}))
	number := func() any { return o.unlocked("somebody@example.com").current()["profile"] }
	expect(t, "at the second try", number(), number())
}

type shape []map[string]bool

// Where users are revealed anyway, who lacks a phone is told.
func TestUnlockWithRevealedUsers(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Unlock: []string{"phone"}, RevealUsers: true}})
	expect(t, "message", o.unlocked(ada).messages(), []string{"oie.selfservice.user.unlock.not.allowed"})
}

func TestRememberedDeviceHasTheUsername(t *testing.T) {
	o := start(t, &oktasim.Server{})
	field := func(f *flow, name string) document {
		for _, field := range f.remediation("identify")["value"].([]any) {
			if field.(document)["name"] == name {
				return maps.Clone(field.(document))
			}
		}
		return nil
	}
	signIn := func(device string, remember bool) {
		f := o.onDevice(device)
		f.post(o.url+"/idp/idx/identify", "application/json", document{
			"stateHandle": f.answer["stateHandle"], "identifier": ada, "credentials": document{"passcode": adaPassword}, "rememberMe": remember,
		})
		f.tokens()
	}
	signIn("device-of-ada", true)
	f := o.onDevice("device-of-ada")
	expect(t, "username", field(f, "identifier")["value"], any(ada))
	expect(t, "box", field(f, "rememberMe")["value"], any(true))
	expect(t, "another device", field(o.onDevice("another"), "identifier")["value"], nil)
	signIn("device-of-ada", false)
	expect(t, "forgotten", field(o.onDevice("device-of-ada"), "identifier")["value"], nil)
}
