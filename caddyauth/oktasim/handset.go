package oktasim

// A Ring is what a user's phone received.
type Ring struct {
	Kind   string `json:"kind"` // "sms", "voice" or "push"
	Code   string `json:"code,omitempty"`
	Number string `json:"number,omitempty"` // that a push shows, or to which a message went
}

// keptRings bounds what is kept for one user.
const keptRings = 50

// ring sends something to a user's phone.
func (s *Server) ring(login string, r Ring) {
	key := loginKey(login)
	received := append([]Ring{r}, s.rings[key]...)
	s.rings[key] = received[:min(len(received), keptRings)]
}

// phone returns what a user's phone received, newest first, never nil.
func (s *Server) phone(login string) []Ring { return append([]Ring{}, s.rings[loginKey(login)]...) }
