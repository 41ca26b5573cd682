package oktasim

import (
	"fmt"
	"maps"
	"slices"
)

// Settings say how single authenticators behave.
type Settings struct {
	// PhoneLimit is how many text messages, and how many calls, a user is sent
	// in a minute. Default: 10; -1: no limit.
	PhoneLimit int `json:"phone_limit,omitempty"`

	// RPID is the WebAuthn relying party ID for which keys are made. Default:
	// none is named, and browsers take the host of the page.
	RPID string `json:"rp_id,omitempty"`

	// Passkeys offers them on the page that asks for the username.
	Passkeys bool `json:"passkeys,omitempty"`

	// PasskeyPromotion suggests one to whoever has signed in without.
	PasskeyPromotion bool `json:"passkey_promotion,omitempty"`

	// NumberChallenge lets a push show three numbers, of which the sign-in page
	// names the right one.
	NumberChallenge bool `json:"number_challenge,omitempty"`

	// AutoChallenge offers to send a push without asking from now on.
	AutoChallenge bool `json:"auto_challenge,omitempty"`

	// Channels are the ways in which Okta Verify can be set up: "qrcode",
	// "email", "sms", "samedevice", "devicebootstrap". The first is taken when
	// the user names none. Default: the first three.
	Channels []string `json:"channels,omitempty"`

	// FastPass is how browsers find Okta Verify on the machine: "loopback",
	// "custom_uri", "app_link", "universal_link", "apple_sso_extension" or, to
	// know the device before its user, "chrome_dtc". Default: "custom_uri".
	FastPass string `json:"fastpass,omitempty"`

	// DeviceActivation makes every sign-in that of somebody who activates a
	// device (RFC 8628): it asks for the code that the device shows, and ends
	// without one for the page.
	DeviceActivation bool `json:"device_activation,omitempty"`

	// FastPassFirst asks the device before it asks for the username.
	FastPassFirst bool `json:"fastpass_first,omitempty"`

	// OktaVerifyLacks is what the first right answer of Okta Verify in a sign-in
	// is refused for: "biometrics" or "version". The second one counts. Default:
	// nothing.
	OktaVerifyLacks string `json:"okta_verify_lacks,omitempty"`

	// NFCButton offers an NFC card on the page that asks for the username.
	NFCButton bool `json:"nfc_button,omitempty"`

	// FastPassButton offers FastPass on the page that asks for the username.
	FastPassButton bool `json:"fastpass_button,omitempty"`
}

func (s Settings) check() error {
	for _, name := range s.Channels {
		if known := []string{"qrcode", "email", "sms", "samedevice", "devicebootstrap"}; !slices.Contains(known, name) {
			return fmt.Errorf("channel %q is not known; known are: %v", name, known)
		}
	}
	if _, known := challengeMethods[s.FastPass]; s.FastPass != "" && !known {
		return fmt.Errorf("fastpass is %q; it can be %s", s.FastPass, orList(slices.Sorted(maps.Keys(challengeMethods))))
	}
	if _, known := complaints[s.OktaVerifyLacks]; s.OktaVerifyLacks != "" && !known {
		return fmt.Errorf("okta_verify_lacks is %q; it can be %s", s.OktaVerifyLacks, orList(slices.Sorted(maps.Keys(complaints))))
	}
	return nil
}
