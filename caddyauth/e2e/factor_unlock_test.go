package e2e

import (
	"net/http"
	"net/url"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var unlockTrials = []trial{
	{name: "locked account: told so, unlocked by e-mail", org: unlockable(oktasim.LockTold, oktasim.ThenMessage), run: unlockByMail},
	{name: "locked account: not told so, unlocked by phone, and on to the application", org: unlockable(oktasim.LockSilent, oktasim.ThenSignIn), run: unlockByPhone},
}

func unlockable(lock, then string) oktasim.Policy {
	return oktasim.Policy{Lockout: 2, LockAccount: lock, AfterUnlock: then, Unlock: []string{"email", "phone"}}
}

func unlockByMail(she *guest) {
	she.follows(deep)
	she.locksHerselfOut()
	she.isTold("Your account is locked because of too many authentication attempts.")
	she.presses("Unlock your account")
	she.shows("Unlock your account")
	she.atHome()
	she.fillsIn("Username", ada)
	she.presses("Email")
	she.shows("Check your e-mail")
	she.fillsIn("Enter code", she.mailed(ada))
	she.presses("Verify")
	she.sees("unlocked")
	she.atHome()
	she.presses("Back to sign in")
	she.signsIn()
	she.arrives("Ada Lovelace", ada)
}

func unlockByPhone(she *guest) {
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "phone", Profile: map[string]string{"phoneNumber": "+15555550142"}})
	she.follows(deep)
	she.locksHerselfOut()
	she.isTold("Authentication failed")
	she.presses("Unlock your account")
	she.shows("Unlock your account")
	she.fillsIn("Username", ada)
	she.presses("Phone - SMS")
	she.shows("Check your phone")
	she.fillsIn("Enter code", she.texted(ada))
	she.presses("Verify")
	she.shows("Enter your password")
	she.sees("unlocked")
	she.fillsIn("Password", adaPassword)
	she.presses("Sign in")
	she.arrives("Ada Lovelace", ada)
}

// locksHerselfOut types wrong passwords until the account is locked.
func (she *guest) locksHerselfOut() {
	she.Helper()
	she.fillsIn("Username", ada)
	for range 3 {
		she.fillsIn("Password", "Not her passw0rd")
		she.presses("Sign in")
		she.shows("Sign in")
	}
}

// becomes changes her account at the org.
func (she *guest) becomes(change map[string]any) {
	she.Helper()
	she.world.org.call(http.MethodPatch, "/users/"+url.PathEscape(ada), change, nil)
}
