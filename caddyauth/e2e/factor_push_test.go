package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var pushTrials = []trial{
	{name: "Okta Verify push: approved", org: withOktaVerify(oktasim.Settings{}), run: pushApproved},
	{name: "Okta Verify push: denied, sent again", org: withOktaVerify(oktasim.Settings{}), run: pushDenied},
	{name: "Okta Verify push: ignored", org: withOktaVerify(oktasim.Settings{}), run: pushIgnored},
	{name: "Okta Verify push with number challenge", org: withOktaVerify(oktasim.Settings{NumberChallenge: true}), run: numberChallenge},
	{name: "Okta Verify push, sent automatically from now on", org: withOktaVerify(oktasim.Settings{AutoChallenge: true}), run: automaticPush},
	{name: "Okta Verify code", org: withOktaVerify(oktasim.Settings{}), run: oktaVerifyCode},
	{name: "Okta Verify set up by QR code", org: mustSetUp("okta_verify"), run: oktaVerifyByQR},
	{name: "Okta Verify set up by a link in a text message", org: mustSetUp("okta_verify"), run: oktaVerifyBySMS},
	{name: "push of an app of one's own", org: oktasim.Policy{Factors: []string{"custom_app", "email"}}, run: customPush},
}

func withOktaVerify(settings oktasim.Settings) oktasim.Policy {
	return oktasim.Policy{Factors: []string{"okta_verify", "email"}, Settings: settings}
}

// asksPhone signs in, up to the page that waits for a tap on the phone.
func (she *guest) asksPhone() {
	she.Helper()
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "okta_verify"})
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses("Okta Verify - Get a push notification")
	she.shows("Check your phone")
	she.atHome()
}

func pushApproved(she *guest) {
	she.asksPhone()
	she.taps(true)
	she.comes("Legacy application")
	she.arrives("Ada Lovelace", ada)
}

func pushDenied(she *guest) {
	she.asksPhone()
	she.taps(false)
	she.comesToSay("The sign-in was rejected on the phone.")
	she.shows("Check your phone")
	she.atHome()
	she.presses("Send again")
	she.shows("Check your phone")
	she.taps(true)
	she.comes("Legacy application")
	she.arrives("Ada Lovelace", ada)
}

// Nobody answers the phone: after five minutes that is over, and she begins again.
func pushIgnored(she *guest) {
	she.asksPhone()
	she.later("6m")
	she.comesToSay("The time to verify is over.")
	she.later("-6m") // or her tokens would be of the future
	she.atHome()
	she.presses("Back to sign in")
	she.signsIn()
	she.presses("Email")
	she.typesMailedCode()
	she.arrives("Ada Lovelace", ada)
}

// The page shows a number that the phone has among others.
func numberChallenge(she *guest) {
	she.asksPhone()
	number := she.number()
	she.tapsNumber(func(n string) bool { return n != number })
	she.comesToSay("The sign-in was rejected on the phone.")
	she.presses("Send again")
	she.shows("Check your phone")
	number = she.number()
	she.tapsNumber(func(n string) bool { return n == number })
	she.comes("Legacy application")
	she.arrives("Ada Lovelace", ada)
}

// number is the one that the page shows.
func (she *guest) number() string {
	she.Helper()
	she.sees("Choose this number on your phone:")
	return strings.TrimSpace(evaluate[string](she.tab, `document.querySelector(".part.number .text")?.innerText ?? ""`))
}

// tapsNumber taps on the phone, on the first number that is meant.
func (she *guest) tapsNumber(meant func(string) bool) {
	she.Helper()
	answers := url.Values{}
	for n := range she.phone(ada).Root.Descendants() {
		switch name, value := Attr(n, "name"), Attr(n, "value"); {
		case name == "prompt":
			answers.Set("prompt", value)
		case n.Data == "button" && name == "answer" && value != "deny" && meant(value) && !answers.Has("answer"):
			answers.Set("answer", value)
		}
	}
	if !answers.Has("prompt") || !answers.Has("answer") {
		she.Fatalf("the phone asks for no such number: %v", answers)
	}
	answer, err := http.PostForm(she.world.org.URL+"/phone/"+url.PathEscape(ada), answers)
	if err != nil {
		she.Fatal(err)
	}
	answer.Body.Close()
}

func automaticPush(she *guest) {
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "okta_verify"})
	she.follows(deep)
	she.signsIn()
	she.presses("Okta Verify - Get a push notification")
	she.shows("Verify with Okta Verify")
	she.atHome()
	she.chooses("Send push automatically")
	she.presses("Continue")
	she.shows("Check your phone")
	she.taps(true)
	if she.script {
		she.comes("Legacy application")
	} else { // a page with a box to tick does not reload by itself
		she.presses("Check now")
	}
	she.arrives("Ada Lovelace", ada)

	she.leaves()
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses("Okta Verify - Get a push notification")
	she.shows("Check your phone")
	she.taps(true)
	if she.script {
		she.comes("Legacy application")
	} else {
		she.presses("Check now")
	}
	she.arrives("Ada Lovelace", ada)
}

func oktaVerifyCode(she *guest) {
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "okta_verify"})
	she.follows(deep)
	she.signsIn()
	she.presses("Okta Verify - Enter a code")
	she.shows("Enter a code")
	she.typesDisplayed("Okta Verify", "Enter code")
}

// The camera of the phone reads the picture; the phone then says so to Okta.
func oktaVerifyByQR(she *guest) {
	she.toSetUp("Okta Verify - QRCODE")
	she.shows("Set up Okta Verify")
	she.sees("Scan this picture with the app on your phone.")
	she.taps(true)
	she.comes("Legacy application")
	she.arrives("Ada Lovelace", ada)
	she.mustHave("okta_verify")
}

func oktaVerifyBySMS(she *guest) {
	she.toSetUp("Okta Verify - SMS")
	she.shows("Set up Okta Verify")
	she.atHome()
	she.fillsIn("Phone number", "nowhere")
	she.presses("Send the link")
	she.isTold("Invalid Phone Number.")
	she.fillsIn("Phone number", "+1 555 555 0142")
	she.presses("Send the link")
	she.shows("Set up Okta Verify")
	she.sees("We sent a text message to +15555550142. Follow the link in it.")
	she.taps(true)
	she.comes("Legacy application")
	she.arrives("Ada Lovelace", ada)
	she.mustHave("okta_verify")
}

func customPush(she *guest) {
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "custom_app"})
	she.follows(deep)
	she.signsIn()
	she.presses("Custom Push")
	she.shows("Check your phone")
	she.sees("Custom Push asks there whether it is you. Approve it to go on.")
	she.atHome()
	she.taps(true)
	she.comes("Legacy application")
	she.arrives("Ada Lovelace", ada)
}

// comesToSay waits until a page with that message is there, which comes by itself.
func (she *guest) comesToSay(words string) {
	she.Helper()
	she.awaits("the page says "+words, `[...document.querySelectorAll("[data-message]")].some(m => m.innerText.includes(`+quoted(words)+`))`)
}

// mustHave fails the test when the org does not know that she set it up.
func (she *guest) mustHave(authenticator string) {
	she.Helper()
	for _, user := range she.world.org.State().Users {
		if user.Login == ada && !slices.ContainsFunc(user.Enrollments, func(e *oktasim.Enrollment) bool { return e.Authenticator == authenticator }) {
			she.Errorf("the org does not know her %s", authenticator)
		}
	}
}
