package e2e

import "github.com/caddy-okta/caddy-okta/caddyauth/oktasim"

var questionScenarios = []scenario{
	{"10.4.1 sign up with a predefined security question", signUpPolicy("security_question", oktasim.Required), signUpWithPredefinedQuestion},
	{"10.4.2 sign up with a custom security question", signUpPolicy("security_question", oktasim.Required), signUpWithCustomQuestion},
	{"10.4.3 sign in and set up a predefined security question", enrollQuestion, enrollPredefinedQuestion},
	{"10.4.4 sign in and set up a custom security question", enrollQuestion, enrollCustomQuestion},
}

var enrollQuestion = oktasim.Policy{Factors: []string{"email"}, Enroll: map[string]string{"security_question": oktasim.Required}}

func signUpWithPredefinedQuestion(she *visitor) {
	she.signsUp()
	she.presses("Security Question")
	she.setsPredefinedQuestion()
	she.setsUpEmail()
	she.arrives("Mary Acme", mary)
	she.owns(mary, "favorite_vacation_location", "Where did you go for your favorite vacation?")
}

func signUpWithCustomQuestion(she *visitor) {
	she.signsUp()
	she.presses("Security Question")
	she.setsCustomQuestion()
	she.setsUpEmail()
	she.arrives("Mary Acme", mary)
	she.owns(mary, "custom", "What is my “first” engine?")
}

func enrollPredefinedQuestion(she *visitor) {
	she.toEnrollment()
	she.presses("Security Question")
	she.setsPredefinedQuestion()
	she.arrives("Ada Lovelace", ada)
	she.owns(ada, "favorite_vacation_location", "Where did you go for your favorite vacation?")
}

func enrollCustomQuestion(she *visitor) {
	she.toEnrollment()
	she.presses("Security Question")
	she.setsCustomQuestion()
	she.arrives("Ada Lovelace", ada)
	she.owns(ada, "custom", "What is my “first” engine?")
}

func (she *visitor) setsPredefinedQuestion() {
	she.Helper()
	she.shows("Set up a security question")
	form := she.under("Choose a security question")
	form.chooses("Where did you go for your favorite vacation?")
	form.fillsIn("Answer", "Lake Como")
	form.presses("Save the answer")
}

func (she *visitor) setsCustomQuestion() {
	she.Helper()
	she.shows("Set up a security question")
	form := she.under("Create my own security question")
	form.fillsIn("Create a security question", "What is my “first” engine?")
	form.fillsIn("Answer", "The Difference Engine")
	form.presses("Save the answer")
}

// owns fails the test when the org does not know her question.
func (she *visitor) owns(login, key, question string) {
	she.Helper()
	for _, user := range she.world.org.State().Users {
		for _, e := range user.Enrollments {
			if user.Login == login && e.Authenticator == "security_question" && e.Profile["questionKey"] == key && e.Profile["question"] == question {
				return
			}
		}
	}
	she.Errorf("%q has no security question %q %q at the org", login, key, question)
}
