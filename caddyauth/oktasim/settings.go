package oktasim

// Settings say how single authenticators behave.
type Settings struct {
	// PhoneLimit is how many text messages, and how many calls, a user is sent
	// in a minute. Default: 10; -1: no limit.
	PhoneLimit int `json:"phone_limit,omitempty"`
}
