package e2e

import (
	"net/http"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var mailTrials = []trial{
	{name: "magic link in the same browser", org: withEmail, client: mailsLeadHere, run: linkHere},
	{name: "magic link in another browser", org: withEmail, client: mailsLeadHere, run: linkElsewhere},
	{name: "magic link followed elsewhere, the page goes on by itself", org: withEmail, needs: needsScript, run: linkAndPoll},
	{name: "magic link followed elsewhere, the page is told", org: withEmail, run: linkAndPress},
	{name: "magic link followed elsewhere while a code is typed", org: withEmail, needs: needsScript, run: linkWhileTyping},
	{name: "activation link", org: oktasim.Policy{}, client: mailsLeadHere, run: activationLink},
	{name: "activation link that came too late", org: oktasim.Policy{}, client: mailsLeadHere, run: lateActivationLink},
}

// waitsForMail signs in, up to the page that asks for the code of an e-mail.
func (she *guest) waitsForMail() {
	she.Helper()
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses("Email")
	she.shows("Check your e-mail")
	she.atHome()
}

func linkHere(she *guest) {
	she.waitsForMail()
	she.visit(she.world.mailedTo(ada))
	she.link = withoutFragment
	she.arrives("Ada Lovelace", ada)
}

func linkElsewhere(she *guest) {
	she.waitsForMail()
	phone := she.another()
	phone.visit(she.world.mailedTo(ada))
	phone.shows("Your code")
	phone.at("/.okta/callback")
	code := she.mailed(ada)
	phone.sees(code)
	phone.sees("Type it into the window where you began to sign in.")
	she.fillsIn("Enter code", code)
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)
	phone.visit("/")
	phone.shows("Sign in")
}

func linkAndPoll(she *guest) {
	she.waitsForMail()
	she.confirmsByLink()
	she.comes("Legacy application")
	she.arrives("Ada Lovelace", ada)
}

func linkAndPress(she *guest) {
	she.waitsForMail()
	if !she.script {
		she.presses("I have followed the link") // not yet
		she.shows("Check your e-mail")
		she.atHome()
	}
	she.confirmsByLink()
	if she.script {
		she.comes("Legacy application")
	} else {
		she.presses("I have followed the link")
	}
	she.arrives("Ada Lovelace", ada)
}

// What has been typed is never lost: the page tells that it can go on, and waits.
func linkWhileTyping(she *guest) {
	she.waitsForMail()
	she.fillsIn("Enter code", "1")
	loads, _ := she.loads()
	she.confirmsByLink()
	she.awaits("she is told", `document.querySelector(".news").innerText.includes("This sign-in can go on now.")`)
	if now, _ := she.loads(); now != loads {
		she.Error("the page was loaded again while she typed")
	}
	if got := she.value("credentials/passcode"); got != "1" {
		she.Errorf("of what she typed %q is left", got)
	}
	she.inspects()
	she.presses("Continue")
	she.arrives("Ada Lovelace", ada)
}

// confirmsByLink follows the link in the newest e-mail on another device.
func (she *guest) confirmsByLink() {
	she.Helper()
	mail := she.world.org.Mailbox(ada)
	if len(mail) == 0 {
		she.Fatal("no mail")
	}
	answer, err := http.PostForm(mail[0].Link, nil)
	if err != nil {
		she.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		she.Fatalf("the link answers %d", answer.StatusCode)
	}
}

const (
	nora         = "nora@example.com"
	noraPassword = "Her 1st passphrase here"
)

// hires makes an account for Nora, who gets a link by e-mail.
func (she *guest) hires() {
	she.Helper()
	she.world.org.AddUser(oktasim.User{Login: nora, Name: "Nora Acme", Status: oktasim.Staged, Groups: []string{"Everyone"}})
	she.world.org.call(http.MethodPost, "/send", map[string]string{"login": nora, "kind": "activation"}, nil)
}

func activationLink(she *guest) {
	she.hires()
	she.follows("/")
	she.visit(she.world.mailedTo(nora))
	she.shows("Go on to your account")
	she.presses("Continue")
	she.shows("Set up security methods")
	she.presses("Password")
	she.shows("Choose a password")
	she.choosesPassword("Enter password", noraPassword)
	she.arrives("Nora Acme", nora)
}

func lateActivationLink(she *guest) {
	she.hires()
	she.later("192h")
	she.follows("/")
	she.visit(she.world.mailedTo(nora))
	she.presses("Continue")
	she.shows("This link has expired")
	she.presses("Send a new link")
	she.sees("email") // that it is on its way
	she.visit(she.world.mailedTo(nora))
	she.presses("Continue")
	she.shows("Set up security methods")
}
