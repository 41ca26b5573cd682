package oktasim

import (
	"encoding/json"
	"net/http"
	"slices"
)

// A step is what the client posts to go on. Which parts are there depends on
// the form.
type step struct {
	StateHandle   string          `json:"stateHandle"`
	Identifier    string          `json:"identifier"`
	Credentials   json.RawMessage `json:"credentials"`
	RememberMe    bool            `json:"rememberMe"`
	Authenticator struct {
		ID         string `json:"id"`
		MethodType string `json:"methodType"`
	} `json:"authenticator"`
}

// proceed wraps a handler of a form: it finds the transaction of the form's
// state handle.
func (s *Server) proceed(handle func(*call, *transaction, step) *rejection) func(*call) reply {
	return func(c *call) reply {
		var given step
		if err := json.Unmarshal(c.body, &given); err != nil {
			return malformed()
		}
		tx := s.live(s.states[given.StateHandle])
		if tx == nil {
			return sessionExpired()
		}
		return s.show(c, tx, handle(c, tx, given))
	}
}

func malformed() reply {
	return ionReply(http.StatusBadRequest, answer{Messages: listOf(say(msgMalformed))})
}

// notNow rejects a form that is not one of the current step.
func notNow() *rejection {
	return &rejection{status: http.StatusBadRequest, message: say(msgNotNow)}
}

// identify takes the user's name and, where the policy asks for it on the same
// page, the password. With the password on a page of its own an unknown user
// goes on to that page too: who exists is not told.
func (s *Server) identify(c *call, tx *transaction, given step) *rejection {
	if tx.identifier != "" {
		return notNow()
	}
	if given.Identifier == "" {
		return &rejection{status: http.StatusBadRequest, field: "identifier", message: say(msgFieldBlank)}
	}
	tx.identifier, tx.user = given.Identifier, s.user(given.Identifier)
	if tx.policy.Password == SecondPage {
		s.advance(c, tx)
		return nil
	}
	if wrong := s.answered(tx, passwordAuthenticator, given.Credentials); wrong != nil {
		tx.identifier, tx.user = "", nil
		return wrong
	}
	s.pass(c, tx, passwordAuthenticator)
	return nil
}

// challenge starts the authenticator that the user chose from the list.
func (s *Server) challenge(c *call, tx *transaction, given step) *rejection {
	if tx.identifier == "" || tx.code != "" || tx.current == passwordAuthenticator {
		return notNow()
	}
	choices := tx.choices()
	i := slices.IndexFunc(choices, func(a *authenticator) bool {
		return a.id() == given.Authenticator.ID && (given.Authenticator.MethodType == "" || given.Authenticator.MethodType == a.name)
	})
	if i < 0 {
		return &rejection{status: http.StatusBadRequest, message: say(msgNoSuchOption)}
	}
	tx.current = choices[i]
	if tx.current.start != nil {
		tx.current.start(s, c, tx)
	}
	return nil
}

// answerChallenge takes the answer to the current authenticator.
func (s *Server) answerChallenge(c *call, tx *transaction, given step) *rejection {
	if tx.current == nil {
		return notNow()
	}
	if wrong := s.answered(tx, tx.current, given.Credentials); wrong != nil {
		return wrong
	}
	s.pass(c, tx, tx.current)
	return nil
}

// resend starts the current authenticator again.
func (s *Server) resend(c *call, tx *transaction, _ step) *rejection {
	if tx.current == nil || tx.current.start == nil {
		return notNow()
	}
	tx.current.start(s, c, tx)
	return nil
}

// poll shows the current step: the next one, once the link in the mail was
// followed.
func (s *Server) poll(*call, *transaction, step) *rejection { return nil }

// cancel begins again at the first step, with a new state handle.
func (s *Server) cancel(_ *call, tx *transaction, _ step) *rejection {
	s.restart(tx)
	return nil
}
