package oktasim

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Symantec VIP is an app with a name of its own, the credential ID, and codes.
var symantecAuthenticator = &authenticator{
	name:       "symantec_vip",
	key:        "symantec_vip",
	kind:       "app",
	label:      "Symantec VIP",
	amr:        "otp",
	enrollment: "vip",
	methods:    []method{{name: "otp"}},
	start:      shareSecret,
	ask: func(t *turn) []field {
		if t.tx.attempt.purpose != enroll {
			return []field{{Name: "passcode", Label: "Enter security code", Required: new(true), Visible: new(true)}}
		}
		return []field{
			{Name: "credentialId", Label: "Enter credential ID", Required: new(true), Visible: new(true)},
			{Name: "passcode", Label: "Security code 1", Required: new(true), Visible: new(true)},
			{Name: "nextPasscode", Label: "Security code 2", Required: new(true), Visible: new(true)},
		}
	},
	finish: asAuthenticator,
	check:  checkTOTP,
	enroll: enrollSymantec,
	display: func(s *Server, e *Enrollment) string {
		return fmt.Sprintf("%s %s, then %s", credentialID(e), s.totpCode(e), totpAt(e, s.Now().Add(totpPeriod)))
	},
}

// credentialID is the name of the app on a phone.
func credentialID(e *Enrollment) string {
	sum := sha256.Sum256([]byte(secretOf(e)))
	return fmt.Sprintf("VSMT%08d", (uint32(sum[0])<<24|uint32(sum[1])<<16|uint32(sum[2])<<8|uint32(sum[3]))%100_000_000)
}

// enrollSymantec wants two codes in a row: one could have been seen.
func enrollSymantec(t *turn) *rejection {
	var given [3]string
	for i, name := range []string{"credentialId", "passcode", "nextPasscode"} {
		value, wrong := t.credential(name)
		if wrong != nil {
			return wrong
		}
		given[i] = strings.TrimSpace(value)
	}
	e := t.tx.attempt.enrollment
	for _, skew := range []time.Duration{-totpPeriod, 0, totpPeriod} {
		at := t.Now().Add(skew)
		if given[0] == credentialID(e) && given[1] == totpAt(e, at) && given[2] == totpAt(e, at.Add(totpPeriod)) {
			e.Profile = map[string]string{"credentialId": given[0]}
			return nil
		}
	}
	return rejectField(http.StatusUnauthorized, "passcode", say(msgPasscodeInvalid))
}
