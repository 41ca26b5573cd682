package oktasim

import (
	"crypto/rand"
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
	methods:    []method{{name: "email"}},
	owned:      ownedEmail,
	profile:    func(u *User, _ *Enrollment) object { return object{"email": maskEmail(u.Email)} },
	start:      sendMailCode,
	ask:        func(*turn) []field { return []field{{Name: "passcode", Label: "Enter code"}} },
	describe: func(t *turn, current *authenticatorIs) {
		current.Resend = t.resend()
		link := t.tx.policy.MagicLink != linkOff
		if !link || t.tx.attempt.purpose == enroll {
			current.ContextualData = object{"useEmailMagicLink": link}
		}
		if !link {
			return
		}
		current.Poll = t.poll(mailPoll)
	},
	check:  checkMailCode,
	enroll: verifyEmail,
}

// ownedEmail is the address that everybody has, once it was proven.
func ownedEmail(u *User) []*Enrollment {
	if !u.verified && !u.phantom {
		return nil
	}
	return []*Enrollment{{Authenticator: "email"}}
}

// verifyEmail proves the address of who signs up.
func verifyEmail(t *turn) *rejection {
	if wrong := checkMailCode(t); wrong != nil {
		return wrong
	}
	t.tx.user.verified = true
	return nil
}

// A mailed is a code and a link that are on their way.
type mailed struct {
	code, link string
	expires    time.Time
}

// sendMailCode mails a new code and a new link; the ones before are worth
// nothing from now on. To a user who does not exist no mail goes.
func sendMailCode(t *turn) *rejection {
	sent := &mailed{code: randomCode(), link: randomText(32), expires: t.deadline(mailCodeLifetime)}
	t.tx.attempt.memory = sent
	t.mailLinks[sent.link] = t.tx
	if !t.unreachable() {
		t.deliver(t.tx.user.Login, Mail{
			Subject: "One-time verification code",
			Code:    sent.code,
			Link:    t.mailLink(sent),
		})
	}
	return nil
}

// checkMailCode forgives spaces around a code that was copied from a mail.
func checkMailCode(t *turn) *rejection {
	given, wrong := t.passcode()
	if wrong != nil {
		return wrong
	}
	sent := t.tx.attempt.memory.(*mailed)
	if strings.TrimSpace(given) != sent.code || t.Now().After(sent.expires) {
		return rejectField(http.StatusUnauthorized, "passcode", say(msgPasscodeInvalid))
	}
	return nil
}

// randomCode is six digits.
func randomCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // a machine without randomness
	}
	return fmt.Sprintf("%06d", n)
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
