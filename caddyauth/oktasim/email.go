package oktasim

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// mailCodeLifetime is Okta's default.
const mailCodeLifetime = 5 * time.Minute

// mailPoll is how often a client should ask whether the link was followed.
const mailPoll = 4000

var emailAuthenticator = &authenticator{
	name:       "email",
	key:        "okta_email",
	kind:       "email",
	label:      "Email",
	amr:        "email",
	enrollment: "eae",
	profile: func(tx *transaction) map[string]string {
		return map[string]string{"email": maskEmail(tx.user.Email)}
	},
	ask: func() []field {
		return []field{{Name: "passcode", Label: "Enter code"}}
	},
	start: sendMailCode,
	actions: func(v view, current *authenticatorIs) {
		current.Resend = new(v.form("resend", "challenge/resend"))
		current.Poll = new(v.form("poll", "challenge/poll"))
		current.Poll.Refresh = mailPoll
	},
	check: checkMailCode,
}

// sendMailCode mails a new code and a new link; the ones before are worth
// nothing from now on.
func sendMailCode(s *Server, c *call, tx *transaction) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // a machine without randomness
	}
	tx.mailCode = fmt.Sprintf("%06d", n)
	tx.mailLink = randomText(32)
	tx.mailExpires = s.deadline(mailCodeLifetime)
	s.deliver(tx.user.Login, Mail{
		Subject: "One-time verification code",
		Code:    tx.mailCode,
		Link:    c.base + "/email/verify/" + tx.mailLink,
	})
}

// checkMailCode forgives spaces around a code that was copied from a mail.
func checkMailCode(s *Server, tx *transaction, credentials json.RawMessage) *rejection {
	given, wrong := passcodeOf(credentials)
	if wrong != nil {
		return wrong
	}
	if strings.TrimSpace(given) != tx.mailCode || s.Now().After(tx.mailExpires) {
		return &rejection{status: http.StatusUnauthorized, field: "passcode", message: say(msgPasscodeInvalid)}
	}
	return nil
}

// withMailLink returns the transaction that waits for this link, or nil.
func (s *Server) withMailLink(link string) *transaction {
	for _, tx := range s.transactions {
		if tx.mailLink == link && tx.current == emailAuthenticator && !s.Now().After(tx.mailExpires) {
			return s.live(tx)
		}
	}
	return nil
}

// maskEmail shows who is meant to somebody who knows: a***a@example.com.
func maskEmail(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	runes := []rune(local)
	if len(runes) == 0 {
		return "***@" + domain
	}
	return string(runes[:1]) + "***" + string(runes[len(runes)-1:]) + "@" + domain
}
