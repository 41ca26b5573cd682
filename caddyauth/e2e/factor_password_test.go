package e2e

import (
	"net/http"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var passwordTrials = []trial{
	{name: "expired password", run: expiredPassword},
	{name: "password that expires soon: changed", org: expiring, run: expiringPassword},
	{name: "password that expires soon: later", org: expiring, run: expiringPasswordLater},
	{name: "password reset by the link of an e-mail", client: mailsLeadHere, run: recoveryLink},
}

var expiring = oktasim.Policy{PasswordRules: &oktasim.PasswordRules{MinLength: 12, MinSymbol: 1, MaxAgeDays: 90, WarnDays: 5}}

func expiredPassword(she *guest) {
	she.becomes(map[string]any{"status": oktasim.PasswordExpired})
	she.follows(deep)
	she.signsIn()
	she.shows("Your password has expired")
	she.atHome()
	she.sees("at least 8 characters")
	she.changesPassword("short", "short")
	she.shows("Your password has expired")
	she.says("upper case letters: at least 1") // judged by the server: nothing needs script
	she.changesPassword(newPassword, newPassword+"x")
	she.shows("Your password has expired")
	she.says("This is not the same password.")
	she.changesPassword(newPassword, newPassword)
	she.arrives("Ada Lovelace", ada)
	she.leaves()
	she.follows(deep)
	she.fillsIn("Username", ada)
	she.fillsIn("Password", newPassword)
	she.presses("Sign in")
	she.arrives("Ada Lovelace", ada)
}

func expiringPassword(she *guest) {
	she.isWarned()
	she.changesPassword(newPassword, newPassword)
	she.arrives("Ada Lovelace", ada)
}

func expiringPasswordLater(she *guest) {
	she.isWarned()
	she.presses("Skip for now")
	she.arrives("Ada Lovelace", ada)
}

// isWarned signs in with a password that has two days to live.
func (she *guest) isWarned() {
	she.Helper()
	user := oktasim.DemoUsers()[0]
	user.PasswordChanged = time.Now().Add(-88 * 24 * time.Hour)
	she.world.org.AddUser(user)
	she.follows(deep)
	she.signsIn()
	she.shows("Your password expires soon")
	she.atHome()
}

func (she *guest) changesPassword(password, again string) {
	she.Helper()
	she.fillsIn("New password", password)
	she.fillsIn("Repeat the password", again)
	she.presses("Change the password")
}

func recoveryLink(she *guest) {
	she.world.org.call(http.MethodPost, "/send", map[string]string{"login": ada, "kind": "recovery"}, nil)
	she.follows("/")
	she.visit(she.world.mailedTo(ada))
	she.shows("Go on to your account")
	she.at("/.okta/callback")
	she.presses("Continue")
	she.shows("Choose a new password")
	she.choosesPassword("New password", newPassword)
	she.arrives("Ada Lovelace", ada)
}

// mailsLeadHere lets links in e-mails lead to the site.
func mailsLeadHere(c *oktasim.Client) {
	const here = "http://callback.example/.okta/callback"
	c.EmailCallbackURI, c.RecoveryURI, c.ActivationURI = here, here, here
}
