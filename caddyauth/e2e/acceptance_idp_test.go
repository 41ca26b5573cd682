package e2e

import (
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var idpScenarios = []scenario{
	{"5.1.1 Mary signs in with a social identity provider", facebook, social},
	{"5.2.1 Mary signs in with a social identity provider and MFA", facebook, socialWithMFA},
}

// withoutFragment is deep for a sign-in that visits another site: what stands
// after "#" does not come back from there.
var withoutFragment, _, _ = strings.Cut(deep, "#")

var facebook = oktasim.Policy{IDPs: []oktasim.IDP{{Name: "Facebook", Type: "FACEBOOK"}}}

func social(she *visitor) {
	she.follows(withoutFragment)
	she.presses("Sign in with Facebook")
	she.shows("Facebook")
	she.signsInThere("Sign in")
	she.arrives("Ada Lovelace", ada)
}

// Okta's sample ends with "Multifactor Authentication and Social Identity
// Providers is not currently supported". It is here.
func socialWithMFA(she *visitor) {
	she.follows(withoutFragment)
	she.presses("Sign in with Facebook")
	she.signsInThere("Sign in; the org asks for more")
	she.shows("Verify it’s you")
	she.at(she.link)
	she.presses("Email")
	she.typesMailedCode()
	she.arrives("Ada Lovelace", ada)
}

// signsInThere is what Ada does at the provider, whose page is the simulator's.
func (she *visitor) signsInThere(how string) {
	she.Helper()
	she.fillsIn("Who are you?", ada)
	she.presses(how)
}
