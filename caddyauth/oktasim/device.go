package oktasim

import (
	"crypto/rand"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The device flow, RFC 8628: a device without a keyboard shows a code, and its
// user types it elsewhere. A real org asks for it on its own pages; here any
// sign-in does, when the policy says that it is for a device.

const (
	deviceGrantType    = "urn:ietf:params:oauth:grant-type:device_code"
	deviceCodeLifetime = 10 * time.Minute
	devicePause        = 5 * time.Second // between two polls of the device
)

// userCodeTries is how often a code may be guessed in one sign-in (RFC 8628,
// 5.1: it is short, so guessing must be slow).
const userCodeTries = 5

// A device waits to be activated.
type device struct {
	code, userCode string
	client         *Client
	server         *authServer
	scopes         []string
	expires        time.Time
	polled         time.Time
	grant          *grant // once it is activated
}

// deviceAuthorize answers a device with the code that it is to show.
func (s *Server) deviceAuthorize(c *call, as *authServer) reply {
	client, problem := s.authenticated(c)
	if problem != nil {
		return *problem
	}
	scopes := strings.Fields(c.form.Get("scope"))
	for _, scope := range scopes {
		if !slices.Contains(as.scopes, scope) || slices.Contains(client.Refused, scope) {
			return *oauthError(http.StatusBadRequest, "invalid_scope", "One or more scopes are not configured for the authorization server resource.")
		}
	}
	d := &device{code: randomText(43), userCode: newUserCode(), client: client, server: as, scopes: scopes, expires: s.deadline(deviceCodeLifetime)}
	s.devices[d.code] = d
	return jsonReply(http.StatusOK, object{
		"device_code":               d.code,
		"user_code":                 d.userCode,
		"verification_uri":          c.base + "/activate",
		"verification_uri_complete": c.base + "/activate?user_code=" + d.userCode,
		"expires_in":                int(deviceCodeLifetime.Seconds()),
		"interval":                  int(devicePause.Seconds()),
	})
}

// activatePage is where a device sends its user.
func (s *Server) activatePage(c *call) reply {
	return page(http.StatusOK, "Activate a device", "activate.html", c.form.Get("user_code"))
}

// newUserCode is eight letters that make no words and are not mistaken for
// each other (RFC 8628, 6.1).
func newUserCode() string {
	const consonants = "BCDFGHJKLMNPQRSTVWXZ"
	out := make([]byte, 8)
	for i := range out {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(consonants))))
		if err != nil {
			panic(err) // a machine without randomness
		}
		out[i] = consonants[n.Int64()]
	}
	return string(out)
}

// redeemDeviceCode is the device's poll.
func (s *Server) redeemDeviceCode(c *call, as *authServer, client *Client, thumbprint string) reply {
	d := s.devices[c.form.Get("device_code")]
	early := func(code, description string) reply { return *oauthError(http.StatusBadRequest, code, description) }
	switch {
	case d == nil || d.client != client || d.server != as:
		return invalidGrant("The device code is invalid.")
	case s.Now().After(d.expires):
		delete(s.devices, d.code)
		return early("expired_token", "The device code has expired.")
	case d.grant != nil:
		delete(s.devices, d.code)
		d.grant.thumbprint = thumbprint
		out := s.issueTokens(c, d.grant, d.grant.scopes, "")
		if slices.Contains(d.grant.scopes, "offline_access") {
			out["refresh_token"] = s.newRefreshToken(d.grant)
		}
		return jsonReply(http.StatusOK, out)
	}
	soon := s.Now().Sub(d.polled) < devicePause
	d.polled = s.Now()
	if soon {
		return early("slow_down", "The device polls too often.")
	}
	return early("authorization_pending", "The device authorization is pending. Please try again later.")
}

// userCodeStep asks which device is to be activated.
var userCodeStep = &step{
	due: func(t *turn) bool { return t.tx.policy.Settings.DeviceActivation && t.tx.activates == nil },
	show: func(t *turn, a *answer) {
		a.offer(t.form("user-code", "device/activate", takeUserCode, field{Name: "userCode", Label: "Activation Code", Required: new(true)}))
	},
}

func takeUserCode(t *turn) *rejection {
	var given struct {
		UserCode string `json:"userCode"`
	}
	if wrong := t.read(&given); wrong != nil {
		return wrong
	}
	typed := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(given.UserCode))
	if typed == "" {
		return rejectField(http.StatusBadRequest, "userCode", say(msgFieldBlank))
	}
	for _, d := range t.devices {
		if d.userCode == typed && d.grant == nil && !t.Now().After(d.expires) {
			t.tx.activates = d
			return nil
		}
	}
	if t.tx.codesTried++; t.tx.codesTried == userCodeTries {
		t.end(http.StatusForbidden, say(msgDeviceRefused))
		return nil
	}
	return reject(http.StatusUnauthorized, say(msgPasscodeInvalid))
}

// activateStep ends the sign-in of somebody who activates a device: what it
// was for, the device gets.
var activateStep = &step{
	due: func(t *turn) bool { return t.tx.activates != nil },
	enter: func(t *turn) bool {
		if len(t.unmet()) > 0 {
			t.end(http.StatusForbidden, say(msgAccessDenied))
			return true
		}
		d := t.tx.activates
		d.grant = &grant{user: t.tx.user, client: d.client, server: d.server, scopes: d.scopes, amr: t.tx.amr(), acr: t.tx.request.acr(), time: t.Now()}
		t.end(http.StatusOK, inform(msgDeviceActivated))
		return true
	},
}
