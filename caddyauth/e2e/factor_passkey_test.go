package e2e

import (
	"strings"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var passkeyTrials = []trial{
	{name: "security key: set up, then sign in with it", org: mustSetUp("webauthn"), needs: needsScript, run: securityKey},
	{name: "passkey: set up, then picked in the list of the username field", org: mustSetUpPasskey, needs: needsScript, run: passkeyByAutofill},
	{name: "passkey: set up, then sign in without a username", org: mustSetUpPasskey, needs: needsScript, run: passkeyByButton},
	{name: "passkey: set up, then used on a page of its own", org: mustSetUpPasskey, needs: needsScript, run: passkeyByPage},
	{name: "passkey: suggested, and made", org: promotion, needs: needsScript, run: passkeySuggested},
	{name: "passkey: suggested, and put off", org: promotion, run: passkeyPutOff},
	{name: "passkey: the user says no", org: withPasskey(""), needs: needsScript, run: passkeyRefused},
	{name: "passkey: a browser that has none", org: withPasskey(""), needs: needsScript, run: passkeyUnknown},
	{name: "passkey: no script", org: withPasskey(""), run: passkeyOrEmail},
	{name: "passkey: of another domain", org: withPasskey("example.com"), run: passkeyOfAnotherDomain},
	{name: "passkey: of another domain, with a way to Okta", org: withPasskey("example.com"), lines: []string{"continue_at_okta", "public_url http://localhost:{$PORT}"}, run: passkeyAtOkta},
}

var (
	mustSetUpPasskey = oktasim.Policy{
		Enroll: map[string]string{"webauthn": oktasim.Required}, Settings: oktasim.Settings{RPID: "localhost", Passkeys: true},
	}
	passkeyAlone = oktasim.Policy{Authenticate: [][]string{{"password", "webauthn"}}, Settings: mustSetUpPasskey.Settings}
	promotion    = oktasim.Policy{Settings: oktasim.Settings{PasskeyPromotion: true}}
)

func withPasskey(rpID string) oktasim.Policy {
	return oktasim.Policy{Factors: []string{"webauthn", "email"}, Settings: oktasim.Settings{RPID: rpID}}
}

func securityKey(she *guest) {
	she.plugsIn(usbKey)
	she.setsUpKey()
	she.leaves()
	she.policy(withPasskey(""))
	she.follows(deep)
	she.signsIn()
	she.presses("Security Key or Biometric")
	she.shows("Use your passkey or security key")
	she.atHome()
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)
}

// The list of the username field has her passkey; the virtual authenticator picks
// it at once.
func passkeyByAutofill(she *guest) {
	she.expect = []string{"NavigationEntryMarkedSkippable"} // she touches nothing
	she.plugsIn(fingerprint)
	she.setsUpKey()
	she.leaves()
	she.policy(passkeyAlone)
	she.follows(deep)
	she.comes("Legacy application")
	she.arrives("Ada Lovelace", ada)
	for _, post := range she.posts() {
		if strings.HasSuffix(post, "/launch-passkeys-authenticator") {
			she.Error("the passkey came by the button")
		}
	}
}

func passkeyByButton(she *guest) {
	she.hasPasskey()
	she.presses("Sign in with a passkey")
	she.arrives("Ada Lovelace", ada)
}

func passkeyByPage(she *guest) {
	she.hasPasskey()
	she.presses("Sign in with a passkey or security key")
	she.shows("Use your passkey or security key")
	she.atHome()
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)
}

// hasPasskey makes one, and comes back with it, in a browser that does not offer
// it in the list of a field.
func (she *guest) hasPasskey() {
	she.Helper()
	she.plugsIn(fingerprint)
	she.runs(`if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false`)
	she.setsUpKey()
	she.leaves()
	she.policy(passkeyAlone)
	she.follows(deep)
	she.shows("Sign in")
}

func passkeySuggested(she *guest) {
	she.plugsIn(fingerprint)
	she.follows(deep)
	she.signsIn()
	she.shows("Sign in faster next time")
	she.atHome()
	she.presses("Make a passkey")
	she.arrives("Ada Lovelace", ada)
	she.mustHave("webauthn")
}

func passkeyPutOff(she *guest) {
	she.follows(deep)
	she.signsIn()
	she.shows("Sign in faster next time")
	she.atHome()
	she.presses("Skip for now")
	she.arrives("Ada Lovelace", ada)
}

// Her finger is not recognised, as when she closes the browser's question.
func passkeyRefused(she *guest) {
	she.plugsIn(usbKey) // not the one that she has set up
	she.triesPasskey()
	she.awaits("she is told", taskSays("Your browser was not allowed to do it, or took too long. Please try again, or choose another way."))
	she.inspects()
	she.proceedsWithMail()
}

func passkeyUnknown(she *guest) {
	she.runs(`delete window.PublicKeyCredential`)
	she.triesPasskey()
	she.awaits("she is told", taskSays("Your browser cannot do this here. Choose another way."))
	she.proceedsWithMail()
}

func passkeyOrEmail(she *guest) {
	she.choosesPasskey()
	if !she.script {
		she.sees("Passkeys and security keys need JavaScript, which is switched off in your browser.")
	}
	she.proceedsWithMail()
}

// Browsers would refuse it: the page says so before, and the log what to change.
func passkeyOfAnotherDomain(she *guest) {
	she.choosesPasskey()
	she.sees("This step needs a passkey or security key, which cannot be used at this address.")
	for _, task := range []string{"[data-task=webauthn]", "[data-remediation=continue-at-okta]"} {
		if evaluate[bool](she.tab, `!!document.querySelector(`+quoted(task)+`)`) {
			she.Errorf("the page has %s", task)
		}
	}
	rig.Eventually(she.T, "the log says what to change", func() bool {
		return strings.Contains(she.world.site.Log.Brief(), `Okta's RP ID for them is \"example.com\", which does not cover it`)
	})
	she.proceedsWithMail()
}

func passkeyAtOkta(she *guest) {
	she.choosesPasskey()
	she.link = withoutFragment
	she.presses("Continue on Okta’s own page")
	she.signsInAtOkta()
	she.arrives("Ada Lovelace", ada)
}

// setsUpKey signs in with the password, and sets up what is plugged in.
func (she *guest) setsUpKey() {
	she.Helper()
	she.follows(deep)
	she.shows("Sign in")
	she.signsIn()
	she.shows("Set up security methods")
	she.presses("Security Key or Biometric")
	she.shows("Set up a passkey or security key")
	she.atHome()
	she.presses("Set up")
	she.arrives("Ada Lovelace", ada)
	she.mustHave("webauthn")
}

// choosesPasskey signs in, up to the page that asks for one that she has at home.
func (she *guest) choosesPasskey() {
	she.Helper()
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "webauthn", Data: map[string]string{"credential": "b2YgdGhlIGtleSBhdCBob21l", "public_key": "AAAA", "count": "1"}})
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses("Security Key or Biometric")
	she.shows("Use your passkey or security key")
	she.atHome()
}

func (she *guest) triesPasskey() {
	she.Helper()
	she.choosesPasskey()
	she.click(button("challenge-authenticator"))
}

func (she *guest) proceedsWithMail() {
	she.Helper()
	she.presses("Email")
	she.typesMailedCode()
	she.arrives("Ada Lovelace", ada)
}

// taskSays is true when the form says why its task was not done.
func taskSays(words string) string {
	return `document.querySelector("[data-task-says]:not([hidden])")?.innerText === ` + quoted(words)
}

// What somebody can have at hand.
var (
	usbKey      = webauthn.VirtualAuthenticatorOptions{Transport: webauthn.AuthenticatorTransportUsb}
	fingerprint = webauthn.VirtualAuthenticatorOptions{
		Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
	}
)

// plugsIn gives the browser an authenticator, which is touched at once when it is
// asked.
func (she *guest) plugsIn(what webauthn.VirtualAuthenticatorOptions) {
	she.Helper()
	what.Protocol, what.AutomaticPresenceSimulation = webauthn.AuthenticatorProtocolCtap2, true
	command(she.tab, webauthn.Enable, webauthn.EnableParams{})
	command(she.tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &what})
}

// runs makes the browser another one, by a script that runs before those of each
// page.
func (she *guest) runs(script string) {
	she.Helper()
	command(she.tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// signsInAtOkta proves everything once more, on the org's own pages.
func (she *guest) signsInAtOkta() {
	she.Helper()
	she.fillsIn("Username", ada)
	she.fillsIn("Password", adaPassword)
	she.presses("Sign in")
	she.presses("Email")
	she.fillsIn("Enter code", she.mailed(ada))
	she.presses("Continue")
}
