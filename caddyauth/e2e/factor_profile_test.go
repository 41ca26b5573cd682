package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var profileTrials = []trial{
	{name: "progressive profile", org: oktasim.Policy{Progressive: []oktasim.Attribute{
		{Name: "department", Label: "Department", Required: true, MaxLength: 20},
		{Name: "title", Label: "Title"},
		{Name: "newsletter", Label: "Send me the newsletter", Type: "boolean"},
	}}, run: progressiveProfile},
	{name: "registration with every type of attribute", org: oktasim.Policy{Registration: everyAttribute}, run: signUpWithEverything},
}

func progressiveProfile(she *guest) {
	she.follows(deep)
	she.signsIn()
	she.shows("Tell us more about you")
	she.atHome()
	she.fillsIn("Department", "Analytical Engines")
	she.chooses("Send me the newsletter")
	she.presses("Continue")
	she.arrives("Ada Lovelace", ada)
	she.hasProfile(ada, map[string]any{"department": "Analytical Engines", "newsletter": true, "title": nil})
	she.leaves()
	she.policy(oktasim.Policy{Progressive: []oktasim.Attribute{{Name: "department", Label: "Department", Required: true}}})
	she.follows(deep)
	she.signsIn() // it is known by now
	she.arrives("Ada Lovelace", ada)
}

var everyAttribute = &oktasim.Registration{
	Password: true,
	Enroll:   map[string]string{"password": oktasim.Required},
	Profile: []oktasim.Attribute{
		{Name: "firstName", Label: "First name", Required: true, MinLength: 1, MaxLength: 50},
		{Name: "lastName", Label: "Last name", Required: true},
		{Name: "email", Label: "Email", Required: true},
		{Name: "secondEmail", Label: "Secondary email"},
		{Name: "mobilePhone", Label: "Mobile phone", Pattern: `\+[0-9 ]{6,20}`, Description: "With the country code"},
		{Name: "employeeNumber", Label: "Employee number", Pattern: `[0-9]{4}`, MinLength: 4, MaxLength: 4},
		{Name: "terms", Label: "I agree to the terms", Type: "boolean", Required: true},
		{Name: "country", Label: "Country", Input: "select", Required: true, Options: []oktasim.AttributeOption{
			{Label: "France", Value: "FR"}, {Label: "Germany", Value: "DE"}, {Label: "Japan", Value: "JP"}, {Label: "United Kingdom", Value: "GB"}}},
		{Name: "size", Label: "T-shirt size", Input: "radio", Options: []oktasim.AttributeOption{{Label: "Small", Value: "S"}, {Label: "Large", Value: "L"}}},
	},
}

func signUpWithEverything(she *guest) {
	she.follows(deep)
	she.presses("Sign up")
	she.shows("Create your account")
	she.atHome()
	she.fillsIn("First name", "Mary")
	she.fillsIn("Last name", "Acme")
	she.fillsIn("Email", mary)
	she.fillsIn("Mobile phone", "+1 555 555 0142")
	she.fillsIn("Employee number", "0815")
	she.chooses("I agree to the terms")
	she.chooses("Japan")
	she.chooses("Large")
	she.fillsIn("Enter password", "too short")
	she.fillsIn("Repeat the password", "too short")
	she.presses("Sign up")
	she.shows("Create your account")
	she.says("Password requirements were not met.")
	she.fillsIn("Enter password", maryPassword)
	she.fillsIn("Repeat the password", maryPassword)
	she.presses("Sign up") // the rest is still there
	she.arrives("Mary Acme", mary)
	she.hasProfile(mary, map[string]any{"country": "JP", "size": "L", "terms": true, "employeeNumber": "0815", "mobilePhone": "+1 555 555 0142"})
}

// hasProfile fails the test when the org knows something else of somebody.
func (she *guest) hasProfile(login string, want map[string]any) {
	she.Helper()
	for _, user := range she.world.org.State().Users {
		for name, value := range want {
			if got := user.Profile[name]; user.Login == login && got != value && !(got == "" && value == nil) {
				she.Errorf("the org knows %v as %s of %q, want %v", got, name, login, value)
			}
		}
	}
}
