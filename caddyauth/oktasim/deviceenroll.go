package oktasim

import "net/http"

// A DeviceEnrollment is what ends a sign-in on a device that is not managed:
// how to let it be.
type DeviceEnrollment struct {
	// Name is "oda" (Okta Verify), "mdm" or "ws1" (Workspace ONE).
	Name string `json:"name"`

	// Platform is "ANDROID" or "IOS". ChallengeMethod, for "oda", is "LOOPBACK"
	// or another of FastPass.
	Platform        string `json:"platform"`
	ChallengeMethod string `json:"challenge_method,omitempty"`

	// Vendor and Link are of "mdm" and "ws1".
	Vendor string `json:"vendor,omitempty"`
	Link   string `json:"link,omitempty"`
}

// manageStep ends the sign-in of whose device must be managed first.
var manageStep = &step{
	due: func(t *turn) bool { return t.tx.policy.DeviceEnrollment != nil },
	enter: func(t *turn) bool {
		d := t.tx.policy.DeviceEnrollment
		is := object{"name": d.Name, "platform": d.Platform}
		if d.Name == "oda" {
			is["signInUrl"], is["challengeMethod"] = t.call.base, d.ChallengeMethod
		} else {
			is["vendor"], is["enrollmentLink"] = d.Vendor, d.Link
		}
		t.end(http.StatusOK)
		t.tx.terminal.extra = object{"deviceEnrollment": objectOf(is)}
		return true
	},
	show: func(*turn, *answer) {}, // it is always entered
}
