package oktasim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// Passkeys sign in without a username: the key says whose it is.

// launchPasskeys offers them beside the username, for the browser's list of
// suggestions and for a button.
func launchPasskeys(t *turn, a *answer) {
	if !t.tx.policy.Settings.Passkeys {
		return
	}
	values := append(assertionFields(), field{Name: "userHandle", Label: "User Handle", Required: new(false), Visible: new(false)})
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

// passkeySignIn takes a signature together with the name of the signer.
func passkeySignIn(t *turn) *rejection {
	handle, wrong := t.browserData("userHandle")
	if wrong != nil {
		return wrong
	}
	user := t.withHandle(handle)
	if user == nil {
		return reject(http.StatusUnauthorized, say(msgAssertionFailed))
	}
	tx := t.tx
	tx.identifier, tx.user = user.Login, user
	tx.attempt = &attempt{
		of: t.authenticator("webauthn"), method: "webauthn", started: true,
		enrollment: &Enrollment{Authenticator: "webauthn"}, memory: &ceremony{challenge: t.autofillChallenge()},
	}
	if wrong := t.answered(); wrong != nil {
		tx.identifier, tx.user, tx.attempt = "", nil, nil
		return wrong
	}
	t.pass()
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
