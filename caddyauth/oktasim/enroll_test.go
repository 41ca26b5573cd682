package oktasim_test

import (
	"slices"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestARequiredAuthenticatorHasToBeSetUp(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Enroll: map[string]string{"phone": oktasim.Required}}})
	f := o.signedIn()
	expect(t, "step", f.step(), []string{"select-authenticator-enroll"})
	f.enrollPhone().tokens()
	o.signedIn().tokens() // once
}

func (f *flow) enrollPhone() *flow {
	f.Helper()
	f.enroll("phone_number", document{"methodType": "sms", "phoneNumber": "+15555550142"})
	return f.credentials("enroll-authenticator", document{"passcode": f.rang()["code"]})
}

func TestWhoLacksTheFactorSetsItUp(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("phone")})
	claims := o.begin()
	claims.identify(ada, adaPassword).enrollPhone().tokens()
	f := o.signedIn()
	expect(t, "next time", f.step(), []string{"select-authenticator-authenticate"})
}

func TestGraceByNumberOfSignIns(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{
		Enroll: map[string]string{"phone": oktasim.Required}, Grace: map[string]oktasim.Grace{"phone": {Skips: 2}},
	}})
	for _, left := range []float64{2, 1} {
		f := o.signedIn()
		grace := list(f.answer["authenticators"])[0].(document)["gracePeriod"].(document)
		expect(t, "grace", grace, document{"type": "BY_SKIP_COUNT", "remainingSkips": left})
		f.submit("skip", nil).tokens()
	}
	if f := o.signedIn(); slices.Contains(f.step(), "skip") {
		t.Fatalf("a third time: %v", f.step())
	}
}

func TestGraceUntilADate(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now, Policy: oktasim.Policy{
		Enroll: map[string]string{"phone": oktasim.Required}, Grace: map[string]oktasim.Grace{"phone": {Until: c.now.Add(time.Hour)}},
	}})
	o.signedIn().submit("skip", nil).tokens()
	c.advance(2 * time.Hour)
	if f := o.signedIn(); slices.Contains(f.step(), "skip") {
		t.Fatalf("after the date: %v", f.step())
	}
}

// A grace period is for setting something up; it is no way around a factor
// that the sign-in asks for.
func TestGraceDoesNotReplaceAFactor(t *testing.T) {
	policy := need("phone")
	policy.Grace = map[string]oktasim.Grace{"phone": {Skips: 5}}
	o := start(t, &oktasim.Server{Policy: policy})
	expect(t, "step", o.signedIn().step(), []string{"select-authenticator-enroll"})
}

// Somebody who only knows a name must not set up an authenticator for it.
func TestStrangersSetUpNothing(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Authenticate: [][]string{{"phone"}, {"password"}}}})
	f := o.begin().submit("identify", document{"identifier": ada})
	expect(t, "step", f.step(), []string{"challenge-authenticator"}) // the password first: there is no phone
	f.passcode(adaPassword)
	expect(t, "step", f.step(), []string{"select-authenticator-enroll"})
}

func TestEveryFactorOfTheListsIsAskedFor(t *testing.T) {
	o := start(t, &oktasim.Server{
		Users:  having(&oktasim.Enrollment{Authenticator: "phone", Profile: map[string]string{"phoneNumber": "+15555550142"}}),
		Policy: oktasim.Policy{Authenticate: [][]string{{"email"}, {"phone"}, {"password"}}},
	})
	f := o.begin().submit("identify", document{"identifier": ada})
	f.authenticate("okta_email", nil).mailed(ada)
	f.authenticate("phone_number", document{"methodType": "sms"}).passcode(o.rang()["code"].(string))
	claims := f.verified(f.passcode(adaPassword).tokens())
	expect(t, "amr", claims["amr"], any([]any{"email", "sms", "pwd", "mfa"}))
}

func TestPasswordThatHasExpired(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now, Oddness: plain, Policy: oktasim.Policy{PasswordRules: &oktasim.PasswordRules{MinLength: 8, MaxAgeDays: 90, WarnDays: 5, History: 3}}})
	o.signedIn().tokens()

	c.advance(86 * 24 * time.Hour)
	f := o.signedIn()
	expect(t, "step", f.step(), []string{"reenroll-authenticator-warning", "skip"})
	expect(t, "messages", f.messages(), []string{"idx.password.expiring.message"})
	expect(t, "days", f.current()["settings"].(document)["daysToExpiry"], any(4.0))
	f.submit("skip", nil).tokens()

	c.advance(5 * 24 * time.Hour)
	f = o.signedIn()
	expect(t, "step", f.step(), []string{"reenroll-authenticator"})
	expect(t, "the same again", f.newPassword("reenroll-authenticator", adaPassword).messages(), []string{"passcode: password.passwordRequirementsNotMet"})
	f.newPassword("reenroll-authenticator", freshPassword).tokens()
	o.begin().identify(ada, freshPassword).tokens()
}

func TestPasswordThatAnAdministratorLetExpire(t *testing.T) {
	users := oktasim.DemoUsers()
	users[0].Status = oktasim.PasswordExpired
	o := start(t, &oktasim.Server{Users: users})
	o.signedIn().newPassword("reenroll-authenticator", freshPassword).tokens()
	o.begin().identify(ada, freshPassword).tokens()
}

func TestPasswordRules(t *testing.T) {
	ad := oktasim.PasswordRules{MinLength: 8, ActiveDirectory: true}
	all := oktasim.PasswordRules{MinLength: 8, MinLowerCase: 1, MinUpperCase: 1, MinNumber: 1, MinSymbol: 1, MaxRepeat: 2, NoUsername: true, NoAttributes: []string{"lastName"}, Common: true}
	tests := []struct {
		name, password string
		rules          oktasim.PasswordRules
		want           []string
	}{
		{"good", "Engine-1843", all, nil},
		{"short", "En-1843", all, []string{"passcode: password.passwordRequirementsNotMet"}},
		{"no symbol", "Engine1843", all, []string{"passcode: password.passwordRequirementsNotMet"}},
		{"repeats", "Enginnne-1843", all, []string{"passcode: password.passwordRequirementsNotMet"}},
		{"the name", "xLovelace-1843", all, []string{"passcode: password.passwordRequirementsNotMet"}},
		{"the username", "Example.com-1843", all, []string{"passcode: password.passwordRequirementsNotMet"}},
		{"common", "Password123", all, []string{"passcode: password.common"}},
		{"three kinds", "Engine-engine", ad, nil},
		{"two kinds", "engine-engine", ad, []string{"passcode: password.passwordRequirementsNotMet"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			users := oktasim.DemoUsers()
			users[0].Status = oktasim.PasswordExpired
			o := start(t, &oktasim.Server{Users: users, Policy: oktasim.Policy{PasswordRules: &test.rules}})
			expect(t, "messages", o.signedIn().newPassword("reenroll-authenticator", test.password).messages(), test.want)
		})
	}
}

func TestNothingIsSetUpInSafeMode(t *testing.T) {
	optional := oktasim.Policy{SafeMode: true, Enroll: map[string]string{"phone": oktasim.Optional}}
	f := start(t, &oktasim.Server{Policy: optional}).signedIn()
	expect(t, "optional", f.step(), []string{"skip"})
	expect(t, "messages", f.messages(), []string{"idx.error.server.safe.mode.enrollment.unavailable"})
	f.submit("skip", nil).tokens()
	required := oktasim.Policy{SafeMode: true, Enroll: map[string]string{"phone": oktasim.Required}}
	f = start(t, &oktasim.Server{Policy: required}).signedIn()
	expect(t, "required", f.messages(), []string{"idx.error.server.safe.mode.enrollment.unavailable"})
	expect(t, "step", f.step(), []string(nil))
}

func TestPasswordsThatAreChangedElsewhere(t *testing.T) {
	users := oktasim.DemoUsers()
	users[0].Status = oktasim.PasswordExpired
	o := start(t, &oktasim.Server{Users: users, Policy: oktasim.Policy{PasswordRules: &oktasim.PasswordRules{SiteName: "Intranet", SiteURL: "http://localhost:3000/password"}}})
	form := o.signedIn().remediation("reenroll-custom-password-expiry")
	expect(t, "where", form["customExpiredPasswordURL"], any("http://localhost:3000/password"))
}

func TestCaptchaIsAskedForWhereUsersNameThemselves(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{
		Recover: []string{"email"}, Registration: new(oktasim.Registration), Captcha: &oktasim.Captcha{ID: "cap1", SiteKey: "site"},
	}})
	solved := document{"captchaId": "cap1", "captchaToken": "solved"}
	f := o.begin()
	expect(t, "captcha", f.answer["captcha"].(document)["value"].(document)["type"], any("HCAPTCHA"))
	expect(t, "without", f.identify(ada, adaPassword).messages(), []string{"captcha.invalid"})
	f.submit("identify", document{"identifier": ada, "credentials": document{"passcode": adaPassword}, "captchaVerify": solved}).code()
	f = o.begin().recover()
	expect(t, "recovery without", f.submit("identify-recovery", document{"identifier": ada}).messages(), []string{"captcha.invalid"})
	f = o.begin().submit("select-enroll-profile", nil)
	f.submit("enroll-profile", document{"userProfile": newcomerProfile()})
	expect(t, "registration without", f.messages(), []string{"captcha.invalid"})
}

// Okta's clients go through lists without asking whether there is one.
func TestEmptyListsAreLists(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Enroll: map[string]string{"webauthn": oktasim.Required}}})
	f := o.signedIn().enroll("webauthn", nil)
	if owned, isList := f.answer["authenticatorEnrollments"].(document)["value"].([]any); !isList || len(owned) > 0 {
		t.Errorf("authenticatorEnrollments is %v", f.answer["authenticatorEnrollments"])
	}
	if data, has := f.answer["remediation"].(document)["value"].([]any); !has || len(data) == 0 {
		t.Errorf("remediation is %v", f.answer["remediation"])
	}
}
