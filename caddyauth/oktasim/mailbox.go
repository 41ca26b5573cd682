package oktasim

// A Mail that the org sent.
type Mail struct {
	Subject string `json:"subject"`
	Code    string `json:"code"` // the one-time code in it
	Link    string `json:"link"` // the link in it, which works as well as the code
}

// keptMails bounds what is kept for one user.
const keptMails = 50

func (s *Server) deliver(login string, m Mail) {
	key := loginKey(login)
	box := append([]Mail{m}, s.mail[key]...)
	s.mail[key] = box[:min(len(box), keptMails)]
}

// mailbox returns a user's mail, newest first, never nil.
func (s *Server) mailbox(login string) []Mail {
	return append([]Mail{}, s.mail[loginKey(login)]...)
}
