package e2e

import (
	"net/http"
	"net/url"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var phoneTrials = []trial{
	{name: "phone call: set up, then sign in with one", org: oktasim.Policy{Enroll: map[string]string{"phone": oktasim.Required}}, run: voice},
}

func voice(she *guest) {
	she.follows(deep)
	she.signsIn()
	she.shows("Set up security methods")
	she.presses("Phone")
	she.shows("Set up your phone")
	she.chooses("Voice call")
	she.fillsIn("Phone number", "+1 555 555 0142")
	she.presses("Get a code")
	she.shows("Check your phone")
	she.fillsIn("Enter code", she.called(ada))
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)

	she.leaves()
	she.policy(oktasim.Policy{Factors: []string{"phone", "email"}})
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses("Phone - Voice call")
	she.shows("Check your phone")
	first := she.called(ada)
	she.presses("Send again")
	she.shows("Check your phone")
	if second := she.called(ada); second != first {
		she.fillsIn("Enter code", first) // the one before is worth nothing
		she.presses("Verify")
		she.isTold("Invalid code. Try again.")
	}
	she.fillsIn("Enter code", she.called(ada))
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)
}

// called is the code that the newest call to somebody's phone says.
func (she *guest) called(login string) string {
	she.Helper()
	var phone []oktasim.Ring
	she.world.org.call(http.MethodGet, "/phone/"+url.PathEscape(login), nil, &phone)
	if len(phone) == 0 || phone[0].Kind != "voice" {
		she.Fatalf("the phone of %q received %d things, and no call last", login, len(phone))
	}
	noteMailed(she.T, phone[0].Code)
	return phone[0].Code
}
