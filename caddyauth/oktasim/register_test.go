package oktasim_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

const newcomer = "newcomer@example.com"

// signUp goes through the first form of a registration.
func (f *flow) signUp(profile document) *flow {
	f.Helper()
	return f.submit("select-enroll-profile", nil).submit("enroll-profile", document{"userProfile": profile})
}

func newcomerProfile() document {
	return document{"firstName": "New", "lastName": "Comer", "email": newcomer}
}

// enrollPassword and enrollEmail set up what a registration asks for.
func (f *flow) enrollPassword() *flow {
	f.Helper()
	return f.enroll("okta_password", nil).newPassword("enroll-authenticator", freshPassword)
}

func (f *flow) enrollEmail(login string) *flow {
	f.Helper()
	f.enroll("okta_email", nil)
	code, _ := f.mail(login)
	return f.credentials("enroll-authenticator", document{"passcode": code})
}

// Okta's 4.1.1: password and the required e-mail, the optional phone skipped.
func TestSignUpAndSkipThePhone(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Registration: &oktasim.Registration{
		Enroll: map[string]string{"password": oktasim.Required, "email": oktasim.Required, "phone": oktasim.Optional},
	}}})
	f := o.begin().signUp(newcomerProfile())
	if f.enrollPassword().enrollEmail(newcomer); !slices.Contains(f.step(), "skip") {
		t.Fatalf("no way past the phone: %v", f.step())
	}
	claims := f.verified(f.submit("skip", nil).tokens())
	expect(t, "name", claims["name"], any("New Comer"))
	expect(t, "e-mail", claims["email_verified"], any(true))
	o.begin().identify(newcomer, freshPassword).tokens()
}

// Okta's 4.1.2: the phone as well.
func TestSignUpWithPhone(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Registration: &oktasim.Registration{
		Enroll: map[string]string{"password": oktasim.Required, "email": oktasim.Required, "phone": oktasim.Optional},
	}}})
	f := o.begin().signUp(newcomerProfile()).enrollPassword().enrollEmail(newcomer)
	f.enroll("phone_number", document{"methodType": "sms", "phoneNumber": "+15555550142"})
	received := o.api("GET", "/phone/"+newcomer, "").([]any)[0].(document)
	f.credentials("enroll-authenticator", document{"passcode": received["code"]}).tokens()
}

// Okta's 4.1.3: two messages.
func TestSignUpWithAnInvalidEmail(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Registration: new(oktasim.Registration)}})
	profile := newcomerProfile()
	profile["email"] = "e2e-ciam"
	f := o.begin().signUp(profile)
	expect(t, "status", f.status, http.StatusBadRequest)
	expect(t, "messages", f.messages(), []string{"email: registration.error.invalidLoginEmail", "email: registration.error.doesNotMatchPattern"})
	expect(t, "texts", f.texts(), []string{"'Email' must be in the form of an email address", "Provided value for property 'Email' does not match required pattern"})
}

// texts returns the words of all messages on fields.
func (f *flow) texts() []string {
	var out []string
	var walk func(of any)
	walk = func(of any) {
		switch of := of.(type) {
		case document:
			if words, ok := of["message"].(string); ok {
				out = append(out, words)
			}
			for _, value := range of {
				walk(value)
			}
		case []any:
			for _, value := range of {
				walk(value)
			}
		}
	}
	walk(f.answer)
	return out
}

func TestSignUpWithAnEmailThatIsTaken(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Registration: new(oktasim.Registration)}})
	profile := newcomerProfile()
	profile["email"] = "ADA@example.com"
	expect(t, "messages", o.begin().signUp(profile).messages(), []string{"email: registration.error.notUniqueWithinOrg"})
}

func TestRegistrationSchemaIsData(t *testing.T) {
	o := start(t, &oktasim.Server{Oddness: plain, Policy: oktasim.Policy{Registration: &oktasim.Registration{
		Password: true,
		Enroll:   map[string]string{},
		Profile: []oktasim.Attribute{
			{Name: "email", Label: "This is your awesome email address", CustomLabel: true, Required: true},
			{Name: "nickname", Label: "Nickname", MinLength: 3, MaxLength: 5},
			{Name: "pet", Label: "Do you have a pet?", Type: "boolean", Input: "checkbox"},
			{Name: "colour", Label: "Colour", Input: "select", Options: []oktasim.AttributeOption{{Label: "Red", Value: "red"}, {Label: "Blue", Value: "blue"}}},
			{Name: "badge", Label: "Badge", Pattern: "[A-Z]{2}-[0-9]+"},
		},
	}}})
	bad := document{"email": newcomer, "nickname": "x", "pet": "maybe", "colour": "green", "badge": "7"}
	f := o.begin().submit("select-enroll-profile", nil)
	f.submit("enroll-profile", document{"userProfile": bad, "credentials": document{"passcode": "short"}})
	expect(t, "messages", f.messages(), []string{
		"nickname: model.validation.field.min.length", "pet: model.validation.field.invalid", "colour: model.validation.field.value.not.allowed",
		"badge: registration.error.doesNotMatchPattern", "passcode: password.passwordRequirementsNotMet",
	})
	good := document{"email": newcomer, "nickname": "New", "pet": true, "colour": "blue", "badge": "XY-42"}
	f.submit("enroll-profile", document{"userProfile": good, "credentials": document{"passcode": freshPassword}}).tokens()
	for _, u := range o.api("GET", "/state", "").(document)["users"].([]any) {
		if u := u.(document); u["login"] == newcomer {
			expect(t, "profile", u["profile"], any(document{"nickname": "New", "pet": true, "colour": "blue", "badge": "XY-42"}))
			return
		}
	}
	t.Fatal("the user is not in the directory")
}

func TestRegistrationCanBeLeftAndCanBeClosed(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Registration: new(oktasim.Registration)}})
	f := o.begin().submit("select-enroll-profile", nil).submit("select-identify", nil)
	f.identify(ada, adaPassword).tokens()
	o = start(t, &oktasim.Server{Policy: oktasim.Policy{Registration: &oktasim.Registration{Closed: true}}})
	f = o.begin().submit("select-enroll-profile", nil)
	expect(t, "messages", f.messages(), []string{"idx.error.registration.unavailable"})
}

// Who abandons a registration has an account that nobody can use.
func TestStagedUsersCannotSignIn(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Registration: new(oktasim.Registration), Recover: []string{"email"}}})
	o.begin().signUp(newcomerProfile()).enrollPassword()
	expect(t, "sign-in", o.begin().identify(newcomer, freshPassword).messages(), []string{"errors.E0000004"})
	f := o.begin().recover().submit("identify-recovery", document{"identifier": newcomer})
	expect(t, "recovery", f.step(), factor) // as for nobody at all
	before := len(o.api("GET", "/mailbox/"+newcomer, "").([]any))
	f.authenticate("okta_email", nil)
	expect(t, "mails", len(o.api("GET", "/mailbox/"+newcomer, "").([]any)), before)
}

func TestActivationByMail(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now, Policy: oktasim.Policy{Registration: &oktasim.Registration{ByMail: true}}})
	f := o.begin().signUp(newcomerProfile())
	expect(t, "messages", f.messages(), []string{"idx.email.verification.required"})
	activate := func() *flow {
		token, _ := o.mail(newcomer)
		form := interactForm()
		form.Set("activation_token", token)
		return o.beginAt(o.issuer(), o.issuer()+"/v1/interact", form)
	}
	c.advance(8 * 24 * time.Hour)
	f = activate()
	expect(t, "step", f.step(), []string{"request-activation-email"})
	expect(t, "messages", f.messages(), []string{"idx.expired.activation.token"})
	f.submit("request-activation-email", nil)
	expect(t, "messages", f.messages(), []string{"idx.email.verification.required"})
	activate().enrollPassword().tokens() // the address was proven by the mail
	o.begin().identify(newcomer, freshPassword).tokens()
}
