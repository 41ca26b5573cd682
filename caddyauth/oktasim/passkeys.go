package oktasim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Passkeys sign in without a username: the key says whose it is.

// launchPasskeys offers them beside the username, for the browser's list of
// suggestions and for a button.
func launchPasskeys(t *turn, a *answer) {
	if !t.tx.policy.Settings.Passkeys {
		return
	}
	a.offer(t.form("launch-webauthn-authenticator", "authenticators/webauthn/launch", launchKey))
	values := append(assertionFields(), userHandleField())
	for _, name := range []string{"launch-passkeys-authenticator", "challenge-webauthn-autofillui-authenticator"} {
		f := t.form(name, "challenge/answer/webauthn-autofillui", passkeySignIn, credentials(values...))
		f.RelatesTo = []string{"webauthnAutofillUIChallenge"}
		a.offer(f)
	}
	if a.Extra == nil {
		a.Extra = object{}
	}
	a.Extra["webauthnAutofillUIChallenge"] = objectOf(object{"challengeData": t.challengeData(t.autofillChallenge())})
}

// autofillChallenge belongs to the state handle, which is as random and as
// short-lived: showing the page again must not change it.
func (t *turn) autofillChallenge() string {
	sum := sha256.Sum256([]byte("autofill\x00" + t.tx.stateHandle))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func userHandleField() field {
	return field{Name: "userHandle", Label: "User Handle", Required: new(false), Visible: new(false)}
}

// passkeySignIn takes a signature together with the name of the signer.
func passkeySignIn(t *turn) *rejection {
	if wrong := launchKey(t); wrong != nil {
		return wrong
	}
	t.tx.attempt.memory = &ceremony{challenge: t.autofillChallenge()}
	if wrong := answerAttempt(t); wrong != nil {
		giveUpNaming(t)
		return wrong
	}
	return nil
}

// withHandle finds the user to whom a key was given.
func (s *Server) withHandle(handle []byte) *User {
	for _, u := range s.directory {
		if own, ok := fromBase64(u.id()); ok && bytes.Equal(own, handle) || string(handle) == u.id() {
			return u
		}
	}
	return nil
}

// fromBase64 reads either alphabet of base 64, with or without padding.
func fromBase64(text string) ([]byte, bool) {
	text = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "=")
	content, err := base64.RawURLEncoding.DecodeString(text)
	return content, err == nil
}

// launchKey asks for a signature of anybody's key, on a page of its own.
func launchKey(t *turn) *rejection {
	t.tx.user = &User{phantom: true} // until the signature says who
	return t.attempt(authenticate, t.authenticator("webauthn"), &Enrollment{Authenticator: "webauthn"}, selection{})
}

// giveUpNaming goes back to the page that asks for the username: only who has
// signed in can set up a key.
func giveUpNaming(t *turn) *rejection {
	t.tx.user, t.tx.attempt = nil, nil
	return nil
}
