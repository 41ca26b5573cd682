package oktasim_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/pquerna/otp/totp"
)

const sharedSecret = "JBSWY3DPEHPK3PXP"

func codeAt(t *testing.T, secret string, at time.Time) string {
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestGoogleAuthenticatorEnrollAndUse(t *testing.T) {
	c := newClock()
	o := start(t, &oktasim.Server{Policy: need("google_otp"), Now: c.Now})
	f := o.signedIn().enroll("google_otp", nil)
	qr := f.contextual()["qrcode"].(document)["href"].(string)
	encoded, isPNG := strings.CutPrefix(qr, "data:image/png;base64,")
	content, err := base64.StdEncoding.DecodeString(encoded)
	if _, failed := png.Decode(bytes.NewReader(content)); !isPNG || err != nil || failed != nil {
		t.Fatalf("the QR code is no picture: %v, %v: %.60s", err, failed, qr)
	}
	secret := f.contextual()["sharedSecret"].(string)
	f.credentials("enroll-authenticator", document{"passcode": wrong(codeAt(t, secret, c.Now()))})
	expect(t, "wrong code", f.messages(), []string{"passcode: api.authn.error.PASSCODE_INVALID"})
	expect(t, "the secret stays", f.contextual()["sharedSecret"], any(secret))
	used := codeAt(t, secret, c.Now())
	f.credentials("enroll-authenticator", document{"passcode": used}).tokens()

	f = o.signedIn().authenticate("google_otp", nil)
	expect(t, "shown as", f.current()["key"], any("google_otp"))
	expect(t, "a code that was used", f.passcode(used).status, http.StatusUnauthorized)
	c.advance(30 * time.Second)
	if fresh := codeAt(t, secret, c.Now()); !strings.Contains(o.handset(), fresh) {
		t.Fatalf("the phone does not show %s", fresh)
	} else {
		f.passcode(fresh).tokens()
	}
}

// RFC 6238, 5.2: clocks may differ by a period, and no more.
func TestTimeBasedCodeWindow(t *testing.T) {
	for offset, want := range map[time.Duration]int{-60 * time.Second: 401, -30 * time.Second: 200, 0: 200, 30 * time.Second: 200, 60 * time.Second: 401} {
		c := newClock()
		users := having(&oktasim.Enrollment{Authenticator: "google_otp", Data: map[string]string{"secret": sharedSecret}})
		o := start(t, &oktasim.Server{Users: users, Policy: need("google_otp"), Now: c.Now})
		f := o.signedIn().authenticate("google_otp", nil).passcode(codeAt(t, sharedSecret, c.Now().Add(offset)))
		expect(t, offset.String(), f.status, want)
	}
}

func TestLockoutOfAFactor(t *testing.T) {
	c := newClock()
	users := having(&oktasim.Enrollment{Authenticator: "google_otp", Data: map[string]string{"secret": sharedSecret}})
	o := start(t, &oktasim.Server{Users: users, Policy: oktasim.Policy{Factors: []string{"google_otp"}, Lockout: 2}, Now: c.Now})
	f := o.signedIn().authenticate("google_otp", nil)
	code := codeAt(t, sharedSecret, c.Now())
	f.passcode(wrong(code)).passcode(wrong(code)).passcode(code)
	expect(t, "right code, too late", f.messages(), []string{"authfactor.challenge.suspended_factor"})
	expect(t, "status", f.status, http.StatusForbidden)
}
