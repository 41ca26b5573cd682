package e2e

import (
	"net/url"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/pquerna/otp/totp"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var googleScenarios = []scenario{
	{"10.1.1 sign in and set up Google Authenticator by QR code", enrollGoogle, enrollGoogleByQR},
	{"10.1.2 sign in and set up Google Authenticator by secret key", enrollGoogle, enrollGoogleBySecret},
	{"10.1.3 sign in with password and Google Authenticator", oktasim.Policy{Factors: []string{"google_otp", "email"}}, passwordAndGoogle},
	{"10.1.4 sign up with Google Authenticator by QR code", signUpPolicy("google_otp", oktasim.Required), signUpWithGoogleByQR},
	{"10.1.5 sign up with Google Authenticator by secret key", signUpPolicy("google_otp", oktasim.Required), signUpWithGoogleBySecret},
}

// enrollGoogle has something optional as well, to skip.
var enrollGoogle = oktasim.Policy{Enroll: map[string]string{"google_otp": oktasim.Required, "phone": oktasim.Optional}}

func enrollGoogleByQR(she *visitor) {
	she.follows(deep)
	she.signsIn()
	she.setsUpGoogle(she.scans)
	she.presses("Skip for now")
	she.arrives("Ada Lovelace", ada)
}

func enrollGoogleBySecret(she *visitor) {
	she.follows(deep)
	she.signsIn()
	she.setsUpGoogle(she.reads)
	she.presses("Skip for now")
	she.arrives("Ada Lovelace", ada)
}

func passwordAndGoogle(she *visitor) {
	const secret = "JBSWY3DPEHPK3PXP"
	she.hasSetUp(&oktasim.Enrollment{Authenticator: "google_otp", Data: map[string]string{"secret": secret}})
	she.follows(deep)
	she.signsIn()
	she.shows("Verify it’s you")
	she.presses("Google Authenticator")
	she.shows("Enter a code")
	she.at(she.link)
	she.fillsIn("Enter code", she.googleCode(secret))
	she.presses("Verify")
	she.arrives("Ada Lovelace", ada)
}

func signUpWithGoogleByQR(she *visitor) {
	she.signsUp()
	she.setsUpGoogle(she.scans)
	she.setsUpEmail()
	she.arrives("Mary Acme", mary)
}

func signUpWithGoogleBySecret(she *visitor) {
	she.signsUp()
	she.setsUpGoogle(she.reads)
	she.setsUpEmail()
	she.arrives("Mary Acme", mary)
}

// setsUpGoogle takes Google Authenticator from the list, gives the app its
// secret, and types the code that it shows then.
func (she *visitor) setsUpGoogle(secret func() string) {
	she.Helper()
	she.shows("Set up security methods")
	she.presses("Google Authenticator")
	she.shows("Set up Google Authenticator")
	she.at(she.link)
	she.fillsIn("Enter code", she.googleCode(secret()))
	she.presses("Verify")
}

// scans holds the phone in front of the picture, as the browser shows it.
func (she *visitor) scans() string {
	she.Helper()
	box := evaluate[page.Viewport](she.tab, `(() => { const r = document.querySelector("img[src^='data:']").getBoundingClientRect(); return {x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: r.height, scale: 2} })()`)
	content, err := readQR(command(she.tab, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: &box, CaptureBeyondViewport: new(true)}).Data)
	if err != nil {
		she.Fatalf("the picture of %v x %v pixels cannot be scanned: %v", box.Width, box.Height, err)
	}
	address, err := url.Parse(content)
	if err != nil || address.Scheme != "otpauth" || address.Host != "totp" {
		she.Fatalf("the QR code says %q", content)
	}
	return address.Query().Get("secret")
}

// reads copies the key that is shown for who cannot scan.
func (she *visitor) reads() string {
	she.Helper()
	she.sees("Cannot scan it? Type this key into the app:")
	return strings.TrimSpace(evaluate[string](she.tab, `document.querySelector("code").innerText`))
}

// googleCode is what the app shows now.
func (she *visitor) googleCode(secret string) string {
	she.Helper()
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		she.Fatalf("an app refuses the secret %q: %v", secret, err)
	}
	return code
}
