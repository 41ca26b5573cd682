package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var consentTrials = []trial{
	{name: "consent: allowed", client: asksConsent("required"), run: consentAllowed},
	{name: "consent: not allowed", client: asksConsent("required"), run: consentRefused},
	{name: "granular consent", client: asksConsent("granular"), run: consentGranular},
	{name: "keep me signed in", org: oktasim.Policy{Factors: []string{"email"}, KeepSignedIn: true}, run: staySignedIn},
}

func asksConsent(kind string) func(*oktasim.Client) {
	return func(c *oktasim.Client) { c.Consent = kind }
}

func consentAllowed(she *guest) {
	she.isAskedForConsent()
	she.presses("Allow Access")
	she.arrives("Ada Lovelace", ada)
	she.leaves()
	she.follows(deep)
	she.signsIn() // she is not asked twice
	she.arrives("Ada Lovelace", ada)
}

func consentRefused(she *guest) {
	she.isAskedForConsent()
	she.presses("Don't Allow")
	she.sees("cancelled")
	she.atHome()
	she.presses("Back to sign in")
	she.signsIn()
	she.presses("Allow Access")
	she.arrives("Ada Lovelace", ada)
}

func (she *guest) isAskedForConsent() {
	she.Helper()
	she.follows(deep)
	she.signsIn()
	she.shows("Your consent")
	she.sees("View your email address.")
	she.atHome()
}

func consentGranular(she *guest) {
	she.follows(deep)
	she.signsIn()
	she.shows("Your consent")
	she.sees("Choose what the application may do.")
	she.atHome()
	she.unticks("View your groups.")
	she.presses("Allow")
	she.arrives("Ada Lovelace", ada)
	if got := she.profile("X-Forwarded-Groups"); got != "" {
		she.Errorf("the application learns the groups %q, which she has not agreed to", got)
	}
}

// unticks takes the mark out of a box.
func (she *guest) unticks(label string) {
	she.Helper()
	if !evaluate[bool](she.tab, she.look(label, "label", `const box = found[0]?.control; if (!box?.checked) return false; box.checked = false; return true`)) {
		she.lacks("ticked box", label)
	}
}

// Who stays signed in is not asked for a code the next time, on this device.
func staySignedIn(she *guest) {
	she.waitsForMail()
	she.typesMailedCode()
	she.shows("Stay signed in?")
	she.atHome()
	she.presses("Stay signed in")
	she.arrives("Ada Lovelace", ada)
	she.leaves()
	she.follows(deep)
	she.signsIn()
	she.arrives("Ada Lovelace", ada)

	other := she.another()
	other.waitsForMail()
	other.typesMailedCode()
	other.shows("Stay signed in?")
	other.presses("Not now")
	other.arrives("Ada Lovelace", ada)
}
