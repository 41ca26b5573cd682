package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var exitTrials = []trial{
	{name: "smart card", org: oktasim.Policy{Factors: []string{"smart_card_idp", "email"}}, run: smartCard},
	{name: "identity provider as a factor", org: oktasim.Policy{Factors: []string{"external_idp", "email"}, IDPs: []oktasim.IDP{{Name: "Partner", Factor: true}}}, run: providerAsFactor},
	{name: "many identity providers, one refuses", org: oktasim.Policy{IDPs: []oktasim.IDP{
		{Name: "Partner"}, {Name: "Google", Type: "GOOGLE"}, {Name: "Head office", Type: "SAML2"}, {Name: "Branch office", Type: "SAML2"},
	}}, run: manyProviders},
	{name: "nothing but identity providers", org: oktasim.Policy{IDPs: []oktasim.IDP{{Name: "Partner", Only: true}}}, run: onlyProviders},
	{name: "Duo, and an e-mail after all", org: oktasim.Policy{Factors: []string{"duo", "email"}}, run: duo},
	{name: "NFC card and PIN", org: oktasim.Policy{Factors: []string{"nfc_pin", "email"}}, run: nfc},
}

func smartCard(she *guest) {
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "smart_card_idp"})
	she.follows(withoutFragment)
	she.signsIn()
	she.presses("Smart Card Authenticator")
	she.atHome()
	she.inspects()
	she.presses("Sign in with a smart card")
	she.shows("Smart card")
	she.presses("No card")
	she.isTold("The smart card was refused.")
	she.presses("Sign in with a smart card")
	she.presses("Show the card")
	she.arrives("Ada Lovelace", ada)
}

func providerAsFactor(she *guest) {
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "external_idp"})
	she.follows(withoutFragment)
	she.signsIn()
	she.presses("IDP Authenticator")
	she.shows("Verify it’s you")
	she.atHome()
	she.presses("Continue with Partner")
	she.shows("Partner")
	she.signsInThere("Sign in")
	she.arrives("Ada Lovelace", ada)
}

func manyProviders(she *guest) {
	she.follows(withoutFragment)
	she.offers("Sign in with Partner", "Sign in with Google", "Sign in with Head office", "Sign in with Branch office")
	she.shows("Sign in")
	she.presses("Sign in with Branch office")
	she.shows("Branch office")
	she.signsInThere("Deny")
	she.isTold("User is not allowed to access this app.")
	she.presses("Sign in with Head office")
	she.signsInThere("Sign in")
	she.arrives("Ada Lovelace", ada)
}

func onlyProviders(she *guest) {
	she.follows(withoutFragment)
	she.atHome()
	she.inspects()
	she.presses("Sign in with Partner")
	she.signsInThere("Sign in")
	she.arrives("Ada Lovelace", ada)
}

// Without script Duo's frame cannot be: the page says so, and offers the rest.
// With it, she has changed her mind.
func duo(she *guest) {
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "duo"})
	she.follows(withoutFragment)
	she.signsIn()
	she.presses("Duo Security")
	she.shows("Verify with Duo")
	she.atHome()
	she.presses("Email")
	she.typesMailedCode()
	she.arrives("Ada Lovelace", ada)
}

func nfc(she *guest) {
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "nfc_pin", Data: map[string]string{"pin": "314159"}})
	she.follows(withoutFragment)
	she.signsIn()
	she.presses("NFC")
	she.shows("Use your badge")
	she.atHome()
	she.taps(true)
	she.comes("Enter your PIN")
	she.shows("Enter your PIN")
	she.fillsIn("NFC", "271828")
	she.presses("Verify")
	she.shows("Enter your PIN")
	she.fillsIn("NFC", "314159")
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)
}
