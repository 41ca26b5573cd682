package oktasim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// A YubiKey types a long code when it is tapped: its own name, then what
// depends on how often it was tapped. The cipher is not Yubico's; the shape is.
var yubikeyAuthenticator = &authenticator{
	name:       "yubikey_token",
	key:        "yubikey_token",
	kind:       "security_key",
	label:      "YubiKey Authenticator",
	amr:        "hwk",
	enrollment: "ykk",
	methods:    []method{{name: "otp"}},
	start:      shareSecret,
	ask: func(*turn) []field {
		return []field{{Name: "passcode", Label: "Insert then tap your YubiKey", Required: new(true), Secret: true}}
	},
	check:   checkTap,
	enroll:  checkTap,
	display: func(_ *Server, e *Enrollment) string { return tapOf(e, taps(e)+1) },
}

// tapWindow is how many taps into nowhere are forgiven.
const tapWindow = 20

func taps(e *Enrollment) int {
	n, _ := strconv.Atoi(e.Data["taps"])
	return n
}

// tapOf is what the key types at its n-th tap: 44 letters of "modhex", which
// all keyboards have in the same place.
func tapOf(e *Enrollment, n int) string {
	name := sha256.Sum256([]byte(secretOf(e)))
	code := hmac.New(sha256.New, []byte(secretOf(e)))
	code.Write([]byte(strconv.Itoa(n)))
	text := hex.EncodeToString(name[:6]) + hex.EncodeToString(code.Sum(nil)[:16])
	return strings.Map(func(r rune) rune { return rune("cbdefghijklnrtuv"[strings.IndexRune("0123456789abcdef", r)]) }, text)
}

// checkTap takes a tap that is later than any before.
func checkTap(t *turn) *rejection {
	given, wrong := t.passcode()
	if wrong != nil {
		return wrong
	}
	e := t.tx.attempt.enrollment
	for n := taps(e) + 1; n <= taps(e)+tapWindow; n++ {
		if strings.TrimSpace(given) == tapOf(e, n) {
			e.note("taps", strconv.Itoa(n))
			return nil
		}
	}
	return wrongCode()
}
