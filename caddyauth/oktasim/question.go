package oktasim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// customQuestion is the key of a question that the user wrote.
const customQuestion = "custom"

const minAnswer = 4

var questionAuthenticator = &authenticator{
	name:       "security_question",
	key:        "security_question",
	kind:       "security_question",
	label:      "Security Question",
	amr:        "kba",
	enrollment: "qae",
	methods:    []method{{name: "security_question"}},
	ask: func(t *turn) []field {
		asked := t.tx.attempt.enrollment.Profile
		return []field{
			// Okta's clients show the label of the hidden field: it is the question.
			{Name: "questionKey", Label: asked["question"], Required: new(true), Value: asked["questionKey"], Visible: new(false), Mutable: new(false)},
			answerField(),
		}
	},
	describe:  describeQuestion,
	remediate: askQuestion,
	check:     checkAnswer,
	enroll:    enrollAnswer,
}

// A question is one that the org suggests.
type question struct {
	Key  string `json:"questionKey"`
	Text string `json:"question"`
}

var questions = []question{
	{"disliked_food", "What is the food you least liked as a child?"},
	{"name_of_first_plush_toy", "What is the name of your first stuffed animal?"},
	{"first_award", "What did you earn your first medal or award for?"},
	{"favorite_toy", "What is the toy/stuffed animal you liked the most as a kid?"},
	{"first_computer_game", "What was the first computer game you played?"},
	{"favorite_vacation_location", "Where did you go for your favorite vacation?"},
}

func answerField() field {
	return field{Name: "answer", Label: "Answer", Required: new(true), Secret: true}
}

func describeQuestion(t *turn, current *authenticatorIs) {
	at := t.tx.attempt
	if at.purpose == authenticate {
		current.ContextualData = object{"enrolledQuestion": question{at.enrollment.Profile["questionKey"], at.enrollment.Profile["question"]}}
		return
	}
	keys := []string{customQuestion}
	for _, q := range questions {
		keys = append(keys, q.Key)
	}
	current.ContextualData = object{"questionKeys": keys, "questions": questions}
}

// askQuestion asks for the answer or, to set one up, for a question too: one
// of the org's, or the user's own.
func askQuestion(t *turn) []form {
	if t.tx.attempt.purpose == authenticate {
		return []form{t.answerForm(credentials(t.tx.attempt.of.ask(t)...))}
	}
	choice := field{Name: "questionKey", Type: "string", Label: "Choose a security question", Required: new(true)}
	for _, q := range questions {
		choice.Options = append(choice.Options, option{Label: q.Text, Value: q.Key})
	}
	either := field{Name: "credentials", Type: "object", Required: new(true), Options: []option{
		{Label: choice.Label, Value: nest(choice, answerField())},
		{Label: "Create my own security question", Value: nest(
			field{Name: "questionKey", Required: new(true), Value: customQuestion, Mutable: new(false)},
			field{Name: "question", Label: "Create a security question", Required: new(true)},
			answerField(),
		)},
	}}
	return []form{t.answerForm(either)}
}

// answerForm is the form that asks for these credentials, for the purpose of
// the current attempt.
func (t *turn) answerForm(credentials field) form {
	at := t.tx.attempt
	out := t.form(remediations[at.purpose], "challenge/answer", answerAttempt, credentials)
	out.RelatesTo = []string{"$.currentAuthenticator"}
	if at.purpose == authenticate {
		out.RelatesTo = []string{"$.currentAuthenticatorEnrollment"}
	}
	return out
}

// checkAnswer forgives what people do not remember: capitals, and spaces
// around the answer.
func checkAnswer(t *turn) *rejection {
	given, wrong := t.credential("answer")
	if wrong != nil {
		return wrong
	}
	e := t.tx.attempt.enrollment
	key, wrong := t.credential("questionKey")
	if wrong == nil && key != e.Profile["questionKey"] || !strings.EqualFold(strings.TrimSpace(given), strings.TrimSpace(e.Data["answer"])) {
		return rejectField(http.StatusUnauthorized, "answer", say(msgAnswerWrong))
	}
	return nil
}

func enrollAnswer(t *turn) *rejection {
	var given struct {
		Key    string `json:"questionKey"`
		Text   string `json:"question"`
		Answer string `json:"answer"`
	}
	if err := json.Unmarshal(t.given.Credentials, &given); len(t.given.Credentials) > 0 && err != nil {
		return malformed()
	}
	i := slices.IndexFunc(questions, func(q question) bool { return q.Key == given.Key })
	switch {
	case i >= 0:
		given.Text = questions[i].Text
	case given.Key != customQuestion:
		return rejectField(http.StatusBadRequest, "questionKey", say(msgNoSuchOption))
	case strings.TrimSpace(given.Text) == "":
		return rejectField(http.StatusBadRequest, "question", say(msgFieldBlank))
	case strings.ContainsAny(given.Text, "<>"):
		return rejectField(http.StatusBadRequest, "question", say(msgNoTags))
	}
	if len([]rune(strings.TrimSpace(given.Answer))) < minAnswer {
		return rejectField(http.StatusBadRequest, "answer", say(msgAnswerShort, minAnswer))
	}
	e := t.tx.attempt.enrollment
	e.Profile = map[string]string{"questionKey": given.Key, "question": given.Text}
	e.Data = map[string]string{"answer": given.Answer}
	return nil
}
