package signin

import (
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// Messages of our own, where Okta has none.
var (
	noteExpired  = note{Own: true, Class: "INFO", Key: "idx.session.expired", Text: "Your sign-in took too long, so it has started again."}
	noteRejected = note{Own: true, Class: "ERROR", Text: "That was not accepted. Please try again."}
	noteAsk      = note{Own: true, Class: "INFO", Text: "Please ask your administrator, and give the reference below."}
	noteStale    = note{Own: true, Class: "INFO", Text: "That page was out of date, so nothing was sent. Please try again."}
	noteNotYet   = note{Own: true, Class: "INFO", Text: "Not confirmed yet. Answer there first, then try again."}
	noteMismatch = note{Own: true, Class: "ERROR", Path: confirmInput, Text: "This is not the same password."}
	noteAway     = note{Own: true, Class: "ERROR", Text: "That did not work. Please try again, or choose another way."}
	noteResent   = note{Own: true, Class: "INFO", Text: "We sent it again. Use the newest one."}
)

// noteTrouble tells the user about a call to Okta that did not work, in terms
// of what to do next.
func noteTrouble(err error, now time.Time) note {
	n := note{Own: true, Class: "ERROR", Text: "Sign-in is not answering right now. Please try again."}
	var e *okta.Error
	if errors.As(err, &e) && e.Kind == okta.RateLimited {
		n.Text = "Too many attempts. Please wait a minute, then try again."
		if s := math.Ceil(e.RetryAt.Sub(now).Seconds()); s > 1 && s <= 3600 {
			n.Text, n.With = "Too many attempts. Please try again in {n} seconds.", []string{"n", strconv.Itoa(int(s))}
		}
	}
	return n
}

// notesOf keeps Okta's messages over a redirect.
func notesOf(messages []idx.Message) []note {
	notes := make([]note, 0, len(messages))
	for _, m := range messages {
		notes = append(notes, note{Class: m.Class, Key: m.Key, Text: m.Text, Path: m.Path})
	}
	return notes
}

// noteFill tells what is wrong with an input that never went to Okta.
func noteFill(e *idx.FillError) note {
	n := note{Own: true, Class: "ERROR", Path: e.Name}
	switch e.Reason {
	case idx.Missing:
		n.Text = "Please fill this in."
	case idx.TooShort:
		n.Text = "This is too short."
	case idx.TooLong:
		n.Text = "This is too long."
	case idx.NoNumber:
		n.Text = "Please enter a number."
	case idx.NoChoice, idx.NoOption:
		n.Text = "Please choose one of the options."
	default:
		n.Path, n.Text = "", "This form could not be read. Please fill it in again."
	}
	return n
}
