package oktasim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/coreos/go-oidc/v3/oidc"
	idx "github.com/okta/okta-idx-golang"
)

// Okta's Go SDK for this flow was written by others, and drives here all that
// its exported methods reach. It knows authenticators by their English labels
// and takes every message of an answer for an error: what it cannot be shown,
// no org can show it.
//
// Its constructor reads okta.yaml from the working directory and the home
// folder and sets a variable of its package, so these tests run one by one.

const sdkScopes = "openid profile email groups offline_access"

// sdk returns Okta's SDK, set up for a new org's confidential client.
func sdk(t *testing.T, s *oktasim.Server) (*org, *idx.Client) {
	t.Helper()
	o := start(t, s)
	t.Chdir(t.TempDir())
	t.Setenv("HOME", t.TempDir())
	client, err := idx.NewClientWithSettings(
		idx.WithIssuer(o.issuer()), idx.WithClientID(oktasim.DemoClientID), idx.WithClientSecret(oktasim.DemoClientSecret),
		idx.WithRedirectURI("http://localhost:8080/login/callback"), idx.WithScopes(strings.Fields(sdkScopes)))
	if err != nil {
		t.Fatal(err)
	}
	return o, client
}

// login and must keep the flows below readable: an error ends the test.
func login(t *testing.T, client *idx.Client) *idx.LoginResponse {
	t.Helper()
	return must(client.InitLogin(t.Context()))(t)
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func as(login, password string) *idx.IdentifyRequest {
	return &idx.IdentifyRequest{Identifier: login, Credentials: idx.Credentials{Password: password}}
}

// fails ends the test unless an error says this.
func fails(t *testing.T, err error, message string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), message) {
		t.Fatalf("error %v, want %q", err, message)
	}
}

// offers ends the test unless the SDK offers exactly these steps.
func offers[S fmt.Stringer](t *testing.T, steps []S, want ...S) {
	t.Helper()
	if fmt.Sprint(steps) != fmt.Sprint(want) {
		t.Fatalf("steps %v, want %v", steps, want)
	}
}

// isTokenOf has the ID token verified: the SDK itself does not look at it.
func (o *org) isTokenOf(login string, token *idx.Token) {
	o.Helper()
	if token == nil {
		o.Fatal("no tokens")
	}
	provider, err := oidc.NewProvider(o.Context(), o.issuer())
	if err != nil {
		o.Fatal(err)
	}
	verified, err := provider.Verifier(&oidc.Config{ClientID: oktasim.DemoClientID}).Verify(o.Context(), token.IDToken)
	if err != nil {
		o.Fatal(err)
	}
	var claims struct {
		Login string `json:"preferred_username"`
	}
	if err := verified.Claims(&claims); err != nil || claims.Login != login {
		o.Errorf("an ID token of %q (%v), want %q's", claims.Login, err, login)
	}
	if err := verified.VerifyAccessToken(token.AccessToken); err != nil {
		o.Error(err)
	}
	if token.Scope != sdkScopes || token.TokenType != "Bearer" || token.ExpiresIn <= 0 {
		o.Errorf("scope %q, type %q, for %d s", token.Scope, token.TokenType, token.ExpiresIn)
	}
}

func TestOktaSDKSignsIn(t *testing.T) {
	for _, page := range []string{oktasim.FirstPage, oktasim.SecondPage} {
		t.Run(page, func(t *testing.T) {
			o, client := sdk(t, &oktasim.Server{Policy: oktasim.Policy{Password: page}})
			r := login(t, client)
			offers(t, r.AvailableSteps(), idx.LoginStepCancel, idx.LoginStepIdentify)
			_, err := r.Identify(t.Context(), as(ada, "wrong"))
			fails(t, err, "Authentication failed")

			r = must(r.WhereAmI(t.Context()))(t)
			if page == oktasim.SecondPage {
				// The SDK has no method that answers a password alone.
				offers(t, r.AvailableSteps(), idx.LoginStepCancel)
				r = must(r.Cancel(t.Context()))(t)
			}
			offers(t, r.AvailableSteps(), idx.LoginStepCancel, idx.LoginStepIdentify)
			r = must(r.Identify(t.Context(), as(ada, adaPassword)))(t)
			offers(t, r.AvailableSteps(), idx.LoginStepSuccess)
			o.isTokenOf(ada, r.Token())
		})
	}
}

func TestOktaSDKSignsInWithEmail(t *testing.T) {
	for _, page := range []string{oktasim.FirstPage, oktasim.SecondPage} {
		t.Run(page, func(t *testing.T) {
			o, client := sdk(t, &oktasim.Server{Policy: oktasim.Policy{Password: page, Factors: []string{"email"}}})
			r := must(login(t, client).Identify(t.Context(), as(ada, adaPassword)))(t)
			offers(t, r.AvailableSteps(), idx.LoginStepCancel, idx.LoginStepEmailVerification)
			r = must(r.VerifyEmail(t.Context()))(t)
			_, err := r.ConfirmEmail(t.Context(), "wrong")
			fails(t, err, "Invalid code. Try again.")
			code, _ := o.mail(ada)
			r = must(r.ConfirmEmail(t.Context(), code))(t)
			offers(t, r.AvailableSteps(), idx.LoginStepSuccess)
			o.isTokenOf(ada, r.Token())
		})
	}
}

func TestOktaSDKIsLockedOut(t *testing.T) {
	_, client := sdk(t, &oktasim.Server{Policy: oktasim.Policy{Lockout: 2}})
	r := login(t, client)
	_, err := r.Identify(t.Context(), as(ada, "wrong"))
	fails(t, err, "Authentication failed")
	_, err = r.Identify(t.Context(), as(ada, "wrong"))
	fails(t, err, "suspended")
	_, err = r.Identify(t.Context(), as(ada, adaPassword))
	fails(t, err, "suspended")
}

// The SDK can also redeem a code that somebody else got, such as a widget. It
// puts the secret into the address, from where it would reach access logs: the
// simulator takes no parameter of a post from there.
func TestOktaSDKPutsTheSecretIntoTheAddress(t *testing.T) {
	o, client := sdk(t, &oktasim.Server{})
	begun := must(client.Interact(t.Context()))(t)
	f := (&flow{org: o, issuer: o.issuer(), handle: begun.InteractionHandle.InteractionHandle}).introspect()
	_, err := client.RedeemInteractionCode(t.Context(), begun, f.identify(ada, adaPassword).code())
	fails(t, err, "client_id")
}

// A phone is set up at the first sign-in and asked for at the second.
func TestOktaSDKSignsInWithPhone(t *testing.T) {
	for _, method := range []idx.PhoneOption{idx.PhoneMethodSMS, idx.PhoneMethodVoiceCall} {
		t.Run(string(method), func(t *testing.T) {
			o, client := sdk(t, &oktasim.Server{Policy: oktasim.Policy{Enroll: map[string]string{"phone": oktasim.Required}}})
			r := must(login(t, client).Identify(t.Context(), as(ada, adaPassword)))(t)
			offers(t, r.AvailableSteps(), idx.LoginStepCancel, idx.LoginStepPhoneInitialVerification)
			_, err := r.VerifyPhoneInitial(t.Context(), method, "+1555")
			fails(t, err, "Invalid Phone Number.")
			r = must(r.VerifyPhoneInitial(t.Context(), method, "+14155550199"))(t)
			code, number := o.phone(ada)
			expect(t, "number", number, "+14155550199")
			r = must(r.ConfirmPhone(t.Context(), code))(t)
			o.isTokenOf(ada, r.Token())

			o.policy(oktasim.Policy{Factors: []string{"phone"}})
			r = must(login(t, client).Identify(t.Context(), as(ada, adaPassword)))(t)
			offers(t, r.AvailableSteps(), idx.LoginStepCancel, idx.LoginStepPhoneVerification)
			r = must(r.VerifyPhone(t.Context(), method))(t)
			_, err = r.ConfirmPhone(t.Context(), "wrong")
			fails(t, err, "Invalid code. Try again.")
			code, _ = o.phone(ada)
			r = must(r.ConfirmPhone(t.Context(), code))(t)
			o.isTokenOf(ada, r.Token())
		})
	}
}

// Somebody signs up with a password and an e-mail address, and leaves the phone
// for later.
func TestOktaSDKRegisters(t *testing.T) {
	o, client := sdk(t, &oktasim.Server{Policy: oktasim.Policy{Registration: &oktasim.Registration{Enroll: map[string]string{
		"password": oktasim.Required, "email": oktasim.Required, "security_question": oktasim.Optional, "phone": oktasim.Optional,
	}}}})
	_, err := client.InitProfileEnroll(t.Context(), &idx.UserProfile{FirstName: "New", LastName: "Comer", Email: "e2e-ciam"})
	fails(t, err, "must be in the form of an email address")
	r := must(client.InitProfileEnroll(t.Context(), &idx.UserProfile{FirstName: "New", LastName: "Comer", Email: newcomer}))(t)
	offers(t, r.AvailableSteps(), idx.EnrollmentStepCancel, idx.EnrollmentStepPasswordSetup, idx.EnrollmentStepEmailVerification,
		idx.EnrollmentStepPhoneVerification, idx.EnrollmentStepSecurityQuestionOptions)
	_, err = r.SetNewPassword(t.Context(), "short")
	fails(t, err, "Password requirements were not met")
	r = must(r.WhereAmI(t.Context()))(t)
	r = must(r.SetNewPassword(t.Context(), freshPassword))(t)
	r = must(r.VerifyEmail(t.Context()))(t)
	_, err = r.ConfirmEmail(t.Context(), "wrong")
	fails(t, err, "Invalid code. Try again.")
	code, _ := o.mail(newcomer)
	r = must(r.ConfirmEmail(t.Context(), code))(t)

	offers(t, r.AvailableSteps(), idx.EnrollmentStepCancel, idx.EnrollmentStepPhoneVerification, idx.EnrollmentStepSecurityQuestionOptions, idx.EnrollmentStepSkip)
	r, questions, err := r.SecurityQuestionOptions(t.Context())
	if err != nil || questions["disliked_food"] == "" {
		t.Fatalf("questions %v, %v", questions, err)
	}
	r = must(r.SetupSecurityQuestion(t.Context(), &idx.SecurityQuestion{QuestionKey: "disliked_food", Answer: "porridge"}))(t)
	r = must(r.VerifyPhone(t.Context(), idx.PhoneMethodSMS, "+14155550199"))(t)
	code, _ = o.phone(newcomer)
	r = must(r.ConfirmPhone(t.Context(), code))(t)
	offers(t, r.AvailableSteps(), idx.EnrollmentStepSuccess)
	o.isTokenOf(newcomer, r.Token())
}

func TestOktaSDKSkipsWhatIsOptional(t *testing.T) {
	o, client := sdk(t, &oktasim.Server{Policy: oktasim.Policy{Registration: &oktasim.Registration{Enroll: map[string]string{
		"password": oktasim.Required, "phone": oktasim.Optional,
	}}}})
	r := must(client.InitProfileEnroll(t.Context(), &idx.UserProfile{FirstName: "New", LastName: "Comer", Email: newcomer}))(t)
	r = must(r.SetNewPassword(t.Context(), freshPassword))(t)
	r = must(r.Skip(t.Context()))(t)
	o.isTokenOf(newcomer, r.Token())
}

func TestOktaSDKRecovers(t *testing.T) {
	for _, page := range []string{oktasim.FirstPage, oktasim.SecondPage} {
		t.Run(page, func(t *testing.T) {
			o, client := sdk(t, &oktasim.Server{
				Users: having(&oktasim.Enrollment{
					Authenticator: "security_question",
					Profile:       map[string]string{"questionKey": "custom", "question": "Which engine?"}, Data: map[string]string{"answer": "analytical"},
				}),
				Policy: oktasim.Policy{Password: page, Recover: []string{"security_question"}, AutoSelect: true},
			})
			r := must(client.InitPasswordReset(t.Context(), &idx.IdentifyRequest{Identifier: ada}))(t)
			offers(t, r.AvailableSteps(), idx.ResetPasswordStepCancel, idx.ResetPasswordStepAnswerSecurityQuestion)
			expect(t, "question", r.SecurityQuestion(), &idx.SecurityQuestion{QuestionKey: "custom", Question: "Which engine?"})
			r = must(r.AnswerSecurityQuestion(t.Context(), "analytical"))(t)
			offers(t, r.AvailableSteps(), idx.ResetPasswordStepCancel, idx.ResetPasswordStepNewPassword)
			_, err := r.SetNewPassword(t.Context(), "short")
			fails(t, err, "Password requirements were not met")
			r = must(r.SetNewPassword(t.Context(), freshPassword))(t)
			o.isTokenOf(ada, r.Token())
			o.isTokenOf(ada, must(login(t, client).Identify(t.Context(), as(ada, freshPassword)))(t).Token())
		})
	}
}

// A recovery by e-mail the SDK can begin and cancel only: VerifyEmail asks to
// recover once more, from an answer of the recovery, which does not offer that.
// (In Okta's own sample application of this SDK the scenario is marked broken.)
func TestOktaSDKBeginsARecoveryByEmail(t *testing.T) {
	o, client := sdk(t, &oktasim.Server{Policy: oktasim.Policy{Recover: []string{"email"}}})
	r := must(client.InitPasswordReset(t.Context(), &idx.IdentifyRequest{Identifier: ada}))(t)
	offers(t, r.AvailableSteps(), idx.ResetPasswordStepCancel, idx.ResetPasswordStepEmailVerification)
	_, err := r.VerifyEmail(t.Context())
	fails(t, err, "could not locate authenticator with the 'Password' label")
	r = must(r.Cancel(t.Context()))(t)
	offers(t, r.AvailableSteps(), idx.ResetPasswordStepCancel, idx.ResetPasswordStepRestart)
	o.isTokenOf(ada, must(login(t, client).Identify(t.Context(), as(ada, adaPassword)))(t).Token())
}

// The SDK shows where the identity providers are; going there is the browser's.
func TestOktaSDKListsIdentityProviders(t *testing.T) {
	_, client := sdk(t, &oktasim.Server{Policy: oktasim.Policy{IDPs: []oktasim.IDP{{ID: "0oaidp1", Name: "Corporate", Type: "OIDC"}}}})
	r := login(t, client)
	offers(t, r.AvailableSteps(), idx.LoginStepCancel, idx.LoginStepIdentify, idx.LoginStepProviderIdentify)
	providers := r.IdentityProviders()
	if len(providers) != 1 || providers[0].Name != "Corporate" || providers[0].Method != "GET" || !strings.Contains(providers[0].URL, "/sso/idps/0oaidp1?stateToken=") {
		t.Errorf("%+v", providers)
	}
}

// The SDK waits for the phone itself, and asks every three seconds.
func TestOktaSDKWaitsForAPush(t *testing.T) {
	o, client := sdk(t, &oktasim.Server{
		Users:  having(&oktasim.Enrollment{Authenticator: "okta_verify"}),
		Policy: oktasim.Policy{Factors: []string{"okta_verify"}},
	})
	r := must(login(t, client).Identify(t.Context(), as(ada, adaPassword)))(t)
	offers(t, r.AvailableSteps(), idx.LoginStepCancel, idx.LoginStepOktaVerify)
	approved := make(chan bool)
	go func() {
		defer close(approved)
		for status := 0; status != 200; {
			status, _ = o.rawAPI("POST", "/push/"+ada, `{"approve":true}`)
		}
	}()
	r = must(r.OktaVerify(t.Context()))(t)
	<-approved
	o.isTokenOf(ada, r.Token())
}
