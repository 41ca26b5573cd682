package oktasim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

const freshPassword = "Analytical-Engine-1843"

// plain is an org whose answers are alike.
var plain = oktasim.Oddness{Off: []string{oktasim.OddAll}}

// recover begins the recovery of a password on the first page.
func (f *flow) recover() *flow {
	f.Helper()
	for _, key := range []string{"currentAuthenticator", "currentAuthenticatorEnrollment"} {
		if current, ok := f.answer[key].(document); ok {
			return f.send(current["value"].(document)["recover"], nil)
		}
	}
	f.Fatal("nothing to recover")
	return nil
}

// newPassword answers the form that asks for one.
func (f *flow) newPassword(form, password string) *flow {
	f.Helper()
	return f.credentials(form, document{"passcode": password})
}

// mailed answers the challenge that is current with the code in the mail.
func (f *flow) mailed(login string) *flow {
	f.Helper()
	code, _ := f.mail(login)
	return f.passcode(code)
}

// Okta's 3.1.1.
func TestPasswordIsResetAndTheSignInGoesOn(t *testing.T) {
	for _, page := range []string{oktasim.FirstPage, oktasim.SecondPage} {
		t.Run(page, func(t *testing.T) {
			o := start(t, &oktasim.Server{Policy: oktasim.Policy{Password: page, Recover: []string{"email"}}})
			f := o.begin()
			if page == oktasim.FirstPage {
				f.recover()
				expect(t, "step", f.step(), []string{"identify-recovery"})
				f.submit("identify-recovery", document{"identifier": ada})
			} else {
				f.submit("identify", document{"identifier": ada}).recover() // who it is was said before
			}
			expect(t, "step", f.step(), []string{"select-authenticator-authenticate"})
			f.authenticate("okta_email", nil).mailed(ada)
			expect(t, "step", f.step(), []string{"reset-authenticator"})
			expect(t, "weak", f.newPassword("reset-authenticator", "ada").messages(), []string{"passcode: password.passwordRequirementsNotMet"})
			expect(t, "status", f.status, http.StatusBadRequest)
			expect(t, "the old one", f.newPassword("reset-authenticator", adaPassword).status, http.StatusBadRequest)
			f.newPassword("reset-authenticator", freshPassword).tokens()
			expect(t, "the old one", o.begin().rejects(page, adaPassword), http.StatusUnauthorized)
		})
	}
}

// rejects returns the status of a sign-in with that password.
func (f *flow) rejects(page, password string) int {
	f.Helper()
	if page == oktasim.FirstPage {
		return f.identify(ada, password).status
	}
	return f.submit("identify", document{"identifier": ada}).passcode(password).status
}

// What was proven for the recovery counts for the sign-in: nobody types two
// codes in a row.
func TestRecoveryCountsForTheSecondFactor(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Factors: []string{"email"}, Recover: []string{"email"}}})
	f := o.begin().recover().submit("identify-recovery", document{"identifier": ada}).authenticate("okta_email", nil).mailed(ada)
	claims := f.verified(f.newPassword("reset-authenticator", freshPassword).tokens())
	expect(t, "amr", claims["amr"], any([]any{"email", "pwd", "mfa"}))
}

func TestRecoveryThatEndsInAMessage(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Recover: []string{"email"}, AfterRecovery: oktasim.ThenMessage}})
	f := o.begin().recover().submit("identify-recovery", document{"identifier": ada}).authenticate("okta_email", nil).mailed(ada)
	f.newPassword("reset-authenticator", freshPassword)
	expect(t, "messages", f.messages(), []string{"idx.recovery.completed"})
	expect(t, "step", f.step(), []string(nil))
	f.send(f.answer["cancel"], nil).identify(ada, freshPassword).tokens()
}

func TestRecoveryAsksForTheQuestionToo(t *testing.T) {
	o := start(t, &oktasim.Server{
		Users:  having(&oktasim.Enrollment{Authenticator: "security_question", Profile: map[string]string{"questionKey": "disliked_food"}, Data: map[string]string{"answer": "porridge"}}),
		Policy: oktasim.Policy{Recover: []string{"email"}, RecoverAlso: []string{"security_question"}},
	})
	f := o.begin().recover().submit("identify-recovery", document{"identifier": ada}).authenticate("okta_email", nil).mailed(ada)
	f.authenticate("security_question", nil).credentials("challenge-authenticator", document{"questionKey": "disliked_food", "answer": "porridge"})
	expect(t, "step", f.step(), []string{"reset-authenticator"})
}

func TestOtherSessionsAreRevokedWithTheReset(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Recover: []string{"email"}}})
	old := o.begin().identify(ada, adaPassword)
	token := old.tokens()
	f := o.begin().recover().submit("identify-recovery", document{"identifier": ada}).authenticate("okta_email", nil).mailed(ada)
	f.credentials("reset-authenticator", document{"passcode": freshPassword, "revokeSessions": true}).tokens()
	if _, err := old.renew(token.RefreshToken); err == nil {
		t.Fatal("the refresh token of another session still works")
	}
}

// An attacker asks to recover accounts to learn which exist: every answer up to
// the code is the same for a user and for nobody, and nobody gets a mail.
func TestRecoveryDoesNotTellWhoExists(t *testing.T) {
	o := start(t, &oktasim.Server{Oddness: plain, Policy: oktasim.Policy{Recover: []string{"email"}}})
	walk := func(login string) (out []any) {
		f := o.begin().recover().submit("identify-recovery", document{"identifier": login})
		out = append(out, f.status, shapeOf("", f.answer))
		f.authenticate("okta_email", nil)
		out = append(out, f.status, shapeOf("", f.answer))
		f.passcode("wrong")
		return append(out, f.status, shapeOf("", f.answer))
	}
	expect(t, "answers", walk("nobody@example.com"), walk(ada))
	expect(t, "mail to nobody", o.api("GET", "/mailbox/nobody@example.com", ""), any([]any{}))
}

// Okta's 1.1.2 and 3.1.2, with the prevention of enumeration off.
func TestUnknownUsersAreNamedWhereThePolicySaysSo(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Recover: []string{"email"}, RevealUsers: true}})
	for name, answer := range map[string]document{
		"sign-in":  o.begin().identify("wrong_email@example.com", "x").answer,
		"recovery": o.begin().recover().submit("identify-recovery", document{"identifier": "wrong_email@example.com"}).answer,
	} {
		m := list(answer["messages"])[0].(document)
		expect(t, name, m["message"], any("There is no account with the Username wrong_email@example.com."))
	}
}

func TestLinkInARecoveryMail(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now, Clients: clientWith(func(c *oktasim.Client) { c.RecoveryURI = "http://localhost:8080/recover" })})
	o.begin()
	mail := o.api("POST", "/send", `{"login":"ada@example.com","kind":"recovery"}`).(document)
	expect(t, "link", mail["link"], any("http://localhost:8080/recover?recovery_token="+mail["code"].(string)))
	form := interactForm()
	form.Set("recovery_token", mail["code"].(string))
	f := o.beginAt(o.issuer(), o.issuer()+"/v1/interact", form)
	expect(t, "step", f.step(), []string{"reset-authenticator"})
	f.newPassword("reset-authenticator", freshPassword).tokens()
	status, out := o.postForm(o.issuer()+"/v1/interact", form)
	expect(t, "a second time", status, http.StatusBadRequest)
	expect(t, "why", out["error_description"], any("The recovery token is invalid"))

	late := o.api("POST", "/send", `{"login":"ada@example.com","kind":"recovery"}`).(document)
	c.advance(2 * time.Hour)
	form.Set("recovery_token", late["code"].(string))
	status, _ = o.postForm(o.issuer()+"/v1/interact", form)
	expect(t, "too late", status, http.StatusBadRequest)
}

// clientWith is the confidential client, changed.
func clientWith(change func(*oktasim.Client)) []oktasim.Client {
	clients := oktasim.DemoClients()
	change(&clients[0])
	return clients
}

func TestUnlock(t *testing.T) {
	for _, after := range []string{oktasim.ThenMessage, oktasim.ThenSignIn} {
		t.Run(after, func(t *testing.T) {
			o := start(t, &oktasim.Server{Policy: oktasim.Policy{Lockout: 2, LockAccount: oktasim.LockTold, Unlock: []string{"email"}, AfterUnlock: after}})
			f := o.begin()
			expect(t, "first", f.identify(ada, "wrong").messages(), []string{"errors.E0000004"})
			expect(t, "second", f.identify(ada, "wrong").messages(), []string{"errors.E0000069"})
			expect(t, "right password", f.identify(ada, adaPassword).messages(), []string{"errors.E0000069"})
			f.submit("unlock-account", nil)
			expect(t, "step", f.step(), []string{"select-authenticator-unlock-account"})
			form := f.remediation("select-authenticator-unlock-account")
			id := optionsOf(f.answer, form)[0]["value"].(document)["form"].(document)["value"].([]any)[0].(document)["value"]
			expect(t, "no name", f.send(form, document{"authenticator": document{"id": id, "methodType": "email"}}).messages(), []string{"identifier: model.validation.field.blank"})
			f.send(form, document{"identifier": ada, "authenticator": document{"id": id, "methodType": "email"}}).mailed(ada)
			if after == oktasim.ThenMessage {
				expect(t, "messages", f.messages(), []string{"oie.selfservice.unlock_user.success.message"})
				f = o.begin().identify(ada, adaPassword)
			} else {
				expect(t, "messages", f.messages(), []string{"oie.selfservice.unlock_user.landing.to.app.success.message"})
				f.passcode(adaPassword)
			}
			f.tokens()
		})
	}
}

func TestALockIsNotToldWhereThePolicyIsSilent(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Lockout: 1, LockAccount: oktasim.LockSilent}})
	f := o.begin()
	expect(t, "wrong", f.identify(ada, "wrong").messages(), []string{"errors.E0000004"})
	expect(t, "right", f.identify(ada, adaPassword).messages(), []string{"errors.E0000004"})
}

func TestUsersWhoMayNotSignIn(t *testing.T) {
	for _, status := range []string{oktasim.Suspended, oktasim.Deprovisioned} {
		users := oktasim.DemoUsers()
		users[0].Status = status
		o := start(t, &oktasim.Server{Users: users, Policy: oktasim.Policy{Recover: []string{"email"}}})
		expect(t, status, o.begin().identify(ada, adaPassword).messages(), []string{"errors.E0000004"})
		f := o.begin().recover().submit("identify-recovery", document{"identifier": ada})
		expect(t, "recovery", f.authenticate("okta_email", nil).mailed(ada).status, http.StatusUnauthorized)
	}
}
