package oktasim

import "net/http"

// A terminal is the end of a transaction without an interaction code: messages
// and nothing to do.
type terminal struct {
	status   int
	messages []message
	extra    object // beside the messages
}

var terminalStep = &step{
	due: func(t *turn) bool { return t.tx.terminal != nil },
	show: func(t *turn, a *answer) {
		a.Extra = t.tx.terminal.extra
		for _, m := range t.tx.terminal.messages {
			a.say(m)
		}
		if t.tx.hosted && t.tx.terminal.status >= http.StatusBadRequest {
			t.showRedirect(a, "failure")
		}
	},
}

// words are the first message, for who gets no more of an answer.
func (e *terminal) words(language string) string {
	if len(e.messages) == 0 {
		return "Access denied." // and the answer says what to do
	}
	why := e.messages[0].I18n
	return text(language, why.Key, why.Params...)
}

// end makes this the last answer of the transaction.
func (t *turn) end(status int, messages ...message) {
	t.tx.attempt = nil
	t.tx.terminal = &terminal{status: status, messages: messages}
}
