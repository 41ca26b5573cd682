package signin

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// formToken binds a form to this browser's transaction and to the step it was
// shown for: a form from another browser, from an earlier step (a second click
// must not post the password as the code that is asked for next), or from
// another site is not taken (OWASP: signed double submit).
func (f *Flow) formToken(v *Visit, tx *Transaction, answer *okta.Answer, rem *idx.Remediation) string {
	step := []string{v.Host, f.Binding, tx.Token, rem.Name}
	if a := answer.Authenticator; a != nil {
		step = append(step, a.Key, a.ID)
	}
	return mac(tx, step...)
}

// mac is keyed by the transaction's own secret, so that it outlives a rotation of
// the sealing key.
func mac(tx *Transaction, of ...string) string {
	h := hmac.New(sha256.New, []byte(tx.Token))
	h.Write([]byte(strings.Join(of, "\x00")))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

func (f *Flow) tokenMatches(v *Visit, tx *Transaction, answer *okta.Answer, rem *idx.Remediation) bool {
	return sameToken(v.Posted, f.formToken(v, tx, answer, rem))
}

func sameToken(form url.Values, want string) bool {
	posted := form[tokenInput]
	return len(posted) == 1 && subtle.ConstantTimeCompare([]byte(posted[0]), []byte(want)) == 1
}

// fieldsOf is the posted form without our own inputs, and with what the pressed
// button stands for.
func fieldsOf(posted url.Values) url.Values {
	fields := make(url.Values, len(posted))
	for name, values := range posted {
		switch name {
		case tokenInput, ReturnInput, choiceInput, confirmInput:
		default:
			fields[name] = values
		}
	}
	chosen, err := url.ParseQuery(posted.Get(choiceInput))
	if err != nil {
		return fields // of no option: Fill says so
	}
	for name, values := range chosen {
		fields[name] = append(fields[name], values...)
	}
	return fields
}

// confirmed tells whether a new password was typed twice the same, where the
// page asked for that.
func confirmed(rem *idx.Remediation, posted url.Values) bool {
	again, asked := posted[confirmInput]
	if !asked {
		return true
	}
	for _, form := range rem.Forms() {
		for _, in := range form.Inputs {
			if in.Secret && in.Path[len(in.Path)-1] == "passcode" && posted.Has(in.Name) {
				return slices.Equal(again, posted[in.Name])
			}
		}
	}
	return true
}

// typed is what was posted into the visible fields of rem, for showing it again:
// not what is secret, and no code, which is of no use a second time.
func typed(rem *idx.Remediation, posted url.Values) map[string][]string {
	values := make(map[string][]string)
	for _, form := range rem.Forms() {
		for _, in := range form.Inputs {
			if !in.Secret && in.Kind != "password" && !isCode(in) && posted.Has(in.Name) {
				values[in.Name] = posted[in.Name]
			}
		}
	}
	return values
}
