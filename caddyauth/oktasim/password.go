package oktasim

import (
	"encoding/json"
	"net/http"
)

var passwordAuthenticator = &authenticator{
	name:       "password",
	key:        "okta_password",
	kind:       "password",
	label:      "Password",
	amr:        "pwd",
	enrollment: "lae",
	ask: func() []field {
		return []field{{Name: "passcode", Label: "Password", Secret: true}}
	},
	check: checkPassword,
}

// checkPassword compares byte for byte: no trimming, no normalising. An
// unknown user and a wrong password get the same words.
func checkPassword(_ *Server, tx *transaction, credentials json.RawMessage) *rejection {
	given, wrong := passcodeOf(credentials)
	if wrong != nil {
		return wrong
	}
	if tx.user == nil || given != tx.user.Password {
		return &rejection{status: http.StatusUnauthorized, message: say(msgAuthFailed)}
	}
	return nil
}
