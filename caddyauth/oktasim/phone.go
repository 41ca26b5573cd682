package oktasim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// textCodeLifetime is Okta's default.
const textCodeLifetime = 5 * time.Minute

var phoneAuthenticator = &authenticator{
	name:       "phone",
	key:        "phone_number",
	kind:       "phone",
	label:      "Phone",
	amr:        "tel",
	enrollment: "pae",
	methods:    []method{{name: "sms", label: "SMS", amr: "sms"}, {name: "voice", label: "Voice call", amr: "tel"}},
	profile:    func(_ *User, e *Enrollment) object { return object{"phoneNumber": maskPhone(e.Profile["phoneNumber"])} },
	choice: func(_ *turn, p purpose) []field {
		if p != enroll {
			return nil
		}
		return []field{{Name: "phoneNumber", Label: "Phone number", Required: new(false)}}
	},
	needs: func(t *turn) []field {
		if at := t.tx.attempt; at.purpose != enroll || at.given.PhoneNumber != "" {
			return nil
		}
		return []field{{Name: "phoneNumber", Type: "string", Label: "Phone number", Required: new(true)}}
	},
	start:    textCode,
	ask:      func(*turn) []field { return []field{{Name: "passcode", Label: "Enter code"}} },
	describe: func(t *turn, current *authenticatorIs) { current.Resend = t.resend() },
	check:    checkText,
	enroll:   checkText,
	routes:   addHandset,
}

// A texted is a code that is on its way to a phone.
type texted struct {
	code    string
	expires time.Time
}

// textCode sends a new code to the phone, as a message or as a call; the code
// before is worth nothing from now on.
func textCode(t *turn) *rejection {
	at := t.tx.attempt
	if at.purpose == enroll {
		number, ok := e164(at.given.PhoneNumber)
		if !ok {
			return rejectField(http.StatusBadRequest, "phoneNumber", say(t.phoneInvalid()))
		}
		at.enrollment.Profile = map[string]string{"phoneNumber": number}
	}
	if t.overPhoneLimit(at.method) {
		return reject(http.StatusTooManyRequests, say(phoneLimits[at.method]))
	}
	sent := &texted{code: randomCode(), expires: t.deadline(textCodeLifetime)}
	at.memory = sent
	if !t.unreachable() {
		t.ring(t.tx.user.Login, Ring{Kind: at.method, Code: sent.code, Number: at.enrollment.Profile["phoneNumber"]})
	}
	return nil
}

// phoneInvalid is the complaint about a number. Okta words it differently to
// somebody who is only signing up.
func (t *turn) phoneInvalid() string {
	if t.tx.goal == register {
		return msgPhoneRefused
	}
	return msgPhoneInvalid
}

func checkText(t *turn) *rejection {
	given, wrong := t.passcode()
	if wrong != nil {
		return wrong
	}
	sent := t.tx.attempt.memory.(*texted)
	if strings.TrimSpace(given) != sent.code || t.Now().After(sent.expires) {
		return wrongCode()
	}
	return nil
}

// wrongCode rejects a code that is wrong, over, or was used before: which of
// these is not told.
func wrongCode() *rejection {
	return rejectField(http.StatusUnauthorized, "passcode", say(msgPasscodeInvalid))
}

// phoneLimits are what a user is told who asked for too many.
var phoneLimits = map[string]string{"sms": msgTextLimit, "voice": msgCallLimit}

// overPhoneLimit counts a message, and says whether the phone rang in this way
// too often lately. A real org pays for each message, and attackers are paid for
// some. Who has no phone is counted too: what was not sent must not show.
func (t *turn) overPhoneLimit(kind string) bool {
	limit, key, now := t.tx.policy.Settings.PhoneLimit, loginKey(t.tx.user.Login)+" "+kind, t.Now()
	if limit == 0 {
		limit = 10
	}
	t.texts[key] = slices.DeleteFunc(t.texts[key], func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	if limit > 0 && len(t.texts[key]) >= limit {
		return true
	}
	t.texts[key] = append(t.texts[key], now)
	return false
}

var e164Number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// e164 reads a phone number with its country code, and drops what people put
// between the digits.
func e164(number string) (string, bool) {
	number = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "").Replace(number)
	return number, e164Number.MatchString(number)
}

// maskPhone shows which phone is meant to somebody who knows: the country code
// and the last four digits.
func maskPhone(number string) string {
	if !e164Number.MatchString(number) {
		return ""
	}
	country := number[:3]
	if number[1] == '1' || number[1] == '7' {
		country = number[:2]
	}
	return country + " XXX-XXX-" + number[len(number)-4:]
}
