package oktasim

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

// A temporary access code is given out by an administrator to somebody who
// has lost everything else: here by a seed or the management port, as an
// enrollment whose data can hold "code", "expires" (RFC 3339) and "once":
// "true".
var tacAuthenticator = &authenticator{
	name:       "tac",
	key:        "tac",
	kind:       "tac",
	label:      "Temporary Access Code",
	amr:        "otp",
	enrollment: "tac",
	methods:    []method{{name: "tac"}},
	ask:        func(*turn) []field { return []field{{Name: "passcode", Label: "Enter code", Secret: true}} },
	check:      checkTAC,
	display: func(s *Server, e *Enrollment) string {
		if !s.tacGood(e) {
			return ""
		}
		return tacCode(e)
	},
}

// tacCode is the code that was given, or one of its own.
func tacCode(e *Enrollment) string {
	if code := e.Data["code"]; code != "" {
		return code
	}
	sum := sha256.Sum256([]byte("tac\x00" + e.ID))
	return fmt.Sprintf("%x", sum[:8])
}

func (s *Server) tacGood(e *Enrollment) bool {
	expires, err := time.Parse(time.RFC3339, e.Data["expires"])
	return e.Data["used"] != "true" && (e.Data["expires"] == "" || err == nil && s.Now().Before(expires))
}

func checkTAC(t *turn) *rejection {
	given, wrong := t.passcode()
	if wrong != nil {
		return wrong
	}
	e := t.tx.attempt.enrollment
	if !t.tacGood(e) || strings.TrimSpace(given) != tacCode(e) {
		return wrongCode()
	}
	if e.Data["once"] == "true" {
		e.note("used", "true")
	}
	return nil
}
