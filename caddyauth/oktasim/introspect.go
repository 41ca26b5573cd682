package oktasim

import "encoding/json"

// introspect shows the step that a transaction is at, as often as asked. Its
// clients know the transaction by the interaction handle; hosted pages know it
// by what they call the state token.
func (s *Server) introspect(c *call) reply {
	var given struct {
		InteractionHandle string `json:"interactionHandle"`
		StateToken        string `json:"stateToken"`
	}
	if err := json.Unmarshal(c.body, &given); err != nil {
		return s.introspectError(c.ion(malformed().status, answer{Messages: listOf(say(msgMalformed))}))
	}
	tx := s.live(s.transactions[given.InteractionHandle])
	if given.StateToken != "" {
		if tx = s.live(s.states[given.StateToken]); tx == nil {
			tx = s.openLink(given.StateToken)
		}
	}
	if tx == nil {
		return s.introspectError(sessionExpired(c))
	}
	t := &turn{Server: s, call: c, tx: tx}
	t.settle()
	return t.show(nil)
}

func (s *Server) introspectError(out reply) reply {
	out.kind = s.IntrospectErrorType
	return out
}
