package oktasim

// Settings say how single authenticators behave.
type Settings struct {
	// PhoneLimit is how many text messages, and how many calls, a user is sent
	// in a minute. Default: 10; -1: no limit.
	PhoneLimit int `json:"phone_limit,omitempty"`

	// RPID is the WebAuthn relying party ID for which keys are made. Default:
	// none is named, and browsers take the host of the page.
	RPID string `json:"rp_id,omitempty"`

	// Passkeys offers them on the page that asks for the username.
	Passkeys bool `json:"passkeys,omitempty"`
}
