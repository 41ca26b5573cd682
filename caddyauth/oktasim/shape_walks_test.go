package oktasim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// walks are tests of single flows. The answers that they meet are looked at
// once more, for their shape: whatever a test drives is covered by naming the
// test here.
var walks = []func(*testing.T){
	TestPasswordOnFirstPageTakesFourCalls, TestPasswordOnSecondPageTakesFiveCalls, TestWrongAnswersShowTheFullFormAgain,
	TestEmailCodeAfterPassword, TestResendKillsTheOldCode, TestMailLinkFinishesThePollingTab, TestConsentToALink,
	TestCancelBeginsAgainWithANewStateHandle, TestExpiredTransaction, TestLockout, TestUnlock,
	TestPasswordIsResetAndTheSignInGoesOn, TestRecoveryThatEndsInAMessage, TestRecoveryAsksForTheQuestionToo,
	TestSignUpAndSkipThePhone, TestSignUpWithAnInvalidEmail, TestRegistrationSchemaIsData, TestActivationByMail,
	TestARequiredAuthenticatorHasToBeSetUp, TestGraceByNumberOfSignIns, TestPasswordThatHasExpired, TestPasswordsThatAreChangedElsewhere, TestNothingIsSetUpInSafeMode,
	TestConsentIsAskedOnce, TestGranularConsentTakesScopesOut, TestKeepMeSignedIn, TestProgressiveProfileHasFieldsOfOneName, TestDeviceAssurance,
	TestSignedInAtTheIdentityProvider, TestIdentityProviderAsAFactor, TestNothingButIdentityProviders,
	TestPhoneSignIn, TestPhoneAsksForTheMethod, TestTwoPhonesAreToldApart, TestPhoneEnrollAndUse,
	TestQuestionOfOnesOwn, TestQuestionOfTheOrg, TestGoogleAuthenticatorEnrollAndUse,
	TestOktaVerifyEnrollByEachChannel, TestPushApprovedDeniedIgnored, TestPushFatigueMeetsTheNumber, TestOktaVerifyCode, TestPushWithoutAsking, TestCustomPush,
	TestFastPassInEachWay, TestFastPassUnreachable, TestFastPassWithoutUsername,
	TestSecurityKeyEnrollAndUse, TestPasskeySignsInWithoutUsername, TestPasskeyOnAPageOfItsOwn, TestPasskeyPromotion,
	TestTokensThatShowACode, TestYubiKeyEnroll, TestSymantecEnrollWantsTwoCodes, TestSecurIDEnrollWantsTheNextToken, TestTemporaryAccessCode, TestSmartCard, TestNFC,
	TestIntrospectWithStateToken, TestAppleSSOExtension, TestAppleSSOExtensionFirst, TestChromeDeviceTrust, TestNFCWithoutUsername,
	TestOktaVerifyLacksSomething, TestOktaVerifySendsTheApp,
	TestIdentityVerification, TestSafeModeMakesWait, TestDeviceHasToBeManaged, TestProfileUnderTheAdministratorsWords, TestSmartCardOnTheFirstPage,
	TestWarningOfAPasswordThatIsChangedElsewhere,
	TestDuoEnrollAndUse, TestDeviceIsActivated, TestCaptchaIsAskedForWhereUsersNameThemselves,
}

// A recorder keeps the answers of a conversation.
type recorder struct {
	mu      sync.Mutex
	answers []map[string]any
}

// recorded has the recorder of a test of shapes that runs, by its name.
var recorded sync.Map

// record has the answers kept that a test and its subtests meet.
func record(t *testing.T) *recorder {
	r := new(recorder)
	recorded.Store(t.Name(), r)
	t.Cleanup(func() { recorded.Delete(t.Name()) })
	return r
}

// watched is the server as start runs it: recorded and without oddness, in a
// test of shapes.
func watched(t *testing.T, s *oktasim.Server, handler http.Handler) http.Handler {
	name, _, _ := strings.Cut(t.Name(), "/")
	r, ok := recorded.Load(name)
	if !ok {
		return handler
	}
	s.Oddness = plain
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		copied := &copied{ResponseWriter: w}
		handler.ServeHTTP(copied, request)
		if strings.HasPrefix(request.URL.Path, "/idp/idx/") {
			r.(*recorder).keep(copied.content.Bytes())
		}
	})
}

func (r *recorder) keep(content []byte) {
	var answer map[string]any
	if json.Unmarshal(content, &answer) != nil || answer["version"] == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = append(r.answers, answer)
}

type copied struct {
	http.ResponseWriter
	content bytes.Buffer
}

func (c *copied) Write(content []byte) (int, error) {
	c.content.Write(content)
	return c.ResponseWriter.Write(content)
}

// emitted goes every way and returns every answer met.
func emitted(t *testing.T) []map[string]any {
	r := record(t)
	for _, walk := range walks {
		_, name, _ := strings.Cut(runtime.FuncForPC(reflect.ValueOf(walk).Pointer()).Name(), ".Test")
		t.Run(name, walk)
	}
	return r.answers
}
