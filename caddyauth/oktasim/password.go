package oktasim

import "net/http"

var passwordAuthenticator = &authenticator{
	name:       "password",
	key:        "okta_password",
	kind:       "password",
	label:      "Password",
	amr:        "pwd",
	enrollment: "lae",
	methods:    []method{{name: "password"}},
	owned:      func(*User) []*Enrollment { return []*Enrollment{{Authenticator: "password"}} },
	ask:        func(*turn) []field { return passwordFields() },
	check:      checkPassword,
}

func passwordFields() []field { return []field{{Name: "passcode", Label: "Password", Secret: true}} }

// checkPassword compares byte for byte: no trimming, no normalising. An
// unknown user and a wrong password get the same words.
func checkPassword(t *turn) *rejection {
	given, wrong := t.passcode()
	if wrong != nil {
		return wrong
	}
	if user := t.tx.user; user.Password == "" || given != user.Password {
		return reject(http.StatusUnauthorized, say(msgAuthFailed))
	}
	return nil
}
