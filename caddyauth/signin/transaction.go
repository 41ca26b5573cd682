package signin

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// transactionLife is how long a sign-in may take from its first page. Okta's
// own limit is usually met first; either way it begins again by itself.
const transactionLife = time.Hour

// Limits that keep the sealed transaction inside one cookie.
const (
	maxNotes     = 8
	maxNoteText  = 300
	maxValues    = 40
	maxValueText = 200
	maxBack      = 600
)

// Transaction is one sign-in in progress, as it travels with the browser:
// sealed, so that neither the browser nor another site can read or make one,
// and whole, so that any replica can serve the next step. It holds no password
// and nothing else that was typed into a secret field.
type Transaction struct {
	Interaction okta.Interaction `json:"i"`
	// Token binds the forms to this transaction; a post without it is not
	// from a page that was shown in this browser.
	Token   string `json:"t"`
	Created int64  `json:"c"` // seconds since 1970
	// Turn counts Okta's answers in this sign-in. A replica that remembers an
	// answer of an earlier turn must not take it for the current one.
	Turn int `json:"n,omitempty"`

	// Identifier is what the user typed as the name to sign in with; it
	// survives a restart.
	Identifier string `json:"u,omitempty"`
	// Hint is the name that the sign-in was begun with.
	Hint string `json:"h,omitempty"`
	// Advanced tells that the current step was reached by an accepted answer.
	Advanced bool `json:"a,omitempty"`
	// Notes are the messages about the last post.
	Notes []note `json:"m,omitempty"`
	// Reference of the last post, where the notes send the user to somebody who
	// will ask for it.
	Reference string `json:"r,omitempty"`
	// Values are what was typed into the fields of Step that are not secret.
	Values map[string][]string `json:"v,omitempty"`
	// Step is the remediation that Values belong to.
	Step string `json:"s,omitempty"`
	// Return is the page that the sign-in was last seen on: where a visit to
	// another site comes back to.
	Return string `json:"q,omitempty"`
	// Away is a sign-in on Okta's own pages, for the way back; nil: none.
	Away *okta.Interaction `json:"w,omitempty"`
	// AtOkta tells that the browser was sent to Okta's own pages, which may have
	// begun a session of their own with it.
	AtOkta bool `json:"o,omitempty"`
	// Keep is the user's wish to be kept signed in.
	Keep bool `json:"k,omitempty"`
	// Landing is what to tell a browser that came by a link.
	Landing *landing `json:"l,omitempty"`
	// Failure ended the sign-in; it is shown once, and then begins again.
	Failure *failure `json:"f,omitempty"`
}

// note is a message that has to outlive a redirect.
type note struct {
	Class string `json:"c,omitempty"`
	Key   string `json:"k,omitempty"`
	Text  string `json:"t"`
	Path  string `json:"p,omitempty"` // the field it is about
	// Own says that Text is a sentence of ours, in English, to be said in the
	// user's language, with With for its placeholders.
	Own  bool     `json:"o,omitempty"`
	With []string `json:"w,omitempty"`
}

// begun tells whether Okta knows about it; a transaction that has not begun
// only carries what the next one starts with.
func (t *Transaction) begun() bool { return t.Interaction.Handle != "" }

// key of the current answer in [Answers].
func (t *Transaction) key() string { return t.Interaction.Handle + "#" + strconv.Itoa(t.Turn) }

// seenAt notes the page that the sign-in is on, if it is short enough to keep.
func (t *Transaction) seenAt(address string) {
	if t.Return = address; len(address) > maxBack {
		t.Return = ""
	}
}

// back is where to go on after a visit to another site.
func (t *Transaction) back() string {
	if to, ok := SafeReturn(t.Return); ok && t.Return != "" {
		return to
	}
	return "/"
}

func (t *Transaction) expired(now time.Time) bool {
	return now.Sub(time.Unix(t.Created, 0)) > transactionLife
}

// again is the transaction that follows this one from the start: it keeps who
// the user said to be, and gives a reason.
func (t *Transaction) again(now time.Time, why ...note) *Transaction {
	n := &Transaction{Created: now.Unix(), Token: rand.Text(), Notes: why}
	if t != nil {
		n.Identifier, n.Hint = t.Identifier, t.Hint
	}
	return n
}

// remember keeps what was typed, for the page that follows a rejected post.
func (t *Transaction) remember(step string, values map[string][]string) {
	t.Step, t.Values = step, nil
	for name, typed := range values {
		if len(t.Values) < maxValues && len(name)+len(strings.Join(typed, "")) <= maxValueText {
			if t.Values == nil {
				t.Values = make(map[string][]string)
			}
			t.Values[name] = typed
		}
	}
}

// tell sets the messages about the last post.
func (t *Transaction) tell(notes ...note) {
	t.Notes, t.Reference = nil, ""
	for _, n := range notes {
		if len(t.Notes) == maxNotes {
			return
		}
		n.Text = truncate(n.Text, maxNoteText)
		t.Notes = append(t.Notes, n)
	}
}

// truncate shortens s to at most n bytes, at a rune, with an ellipsis.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

// purpose of the seal, so that no other sealed value passes for a transaction.
const purpose = "sign-in"

func (f *Flow) seal(v *Visit, t *Transaction) *string {
	s := f.Keyring.Seal(f.binding(v), t.encode())
	return &s
}

// maxEncoded is the most that a transaction may have before it is sealed, in
// bytes; a third more of it goes into the cookie.
const maxEncoded = 2400

// encode writes the transaction as JSON. What does not fit is left out, what is
// typed again most easily first; a sign-in works without all of it.
func (t Transaction) encode() []byte {
	for {
		var out bytes.Buffer
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(t); err != nil {
			panic("transaction does not encode: " + err.Error()) // strings and numbers only
		}
		switch {
		case out.Len() <= maxEncoded:
			return out.Bytes()
		case t.Step != "":
			t.Step, t.Values = "", nil
		case len(t.Notes) > 1:
			t.Notes = t.Notes[:len(t.Notes)/2]
		case len(t.Notes) == 1:
			t.Notes = nil
		case t.Return != "":
			t.Return = ""
		case t.Landing != nil:
			t.Landing = nil
		case t.Identifier != "":
			t.Identifier = ""
		case t.Failure != nil:
			t.Failure = nil
		default:
			return out.Bytes() // Okta's own part: the browser decides
		}
	}
}

// open returns the first of the browser's candidates that is a transaction of
// ours for this host, or nil. A tossed cookie (one that another site of the
// domain planted beside ours) does not hide the real one.
func (f *Flow) open(v *Visit) *Transaction {
	for _, candidate := range v.Candidates {
		data, ok := f.Keyring.Open(f.binding(v), candidate)
		if !ok {
			continue
		}
		var t Transaction
		if json.Unmarshal(data, &t) == nil && t.Token != "" {
			return &t
		}
	}
	return nil
}

func (f *Flow) binding(v *Visit) seal.Binding {
	return seal.Binding{Purpose: purpose, Name: f.Binding, Host: v.Host}
}
