package idx

import (
	"encoding/json"
	"strings"
	"time"
)

// member is a top-level object of the answer, without state handles; nil when
// absent.
func (r *Response) member(name string) object {
	return asObject(r.decoder.redact(inner(r.root[name])))
}

// Captcha is the proof of being human that a form asks for, in its fields
// captchaId and captchaToken.
type Captcha struct {
	ID, Name, SiteKey string
	// Type is upper case: "HCAPTCHA", "RECAPTCHA_V2", "ALTCHA".
	Type string
}

// Captcha returns nil when the answer asks for none.
func (r *Response) Captcha() *Captcha {
	o := r.member("captcha")
	if o == nil {
		return nil
	}
	return &Captcha{
		ID: asString(o["id"]), Name: asString(o["name"]), SiteKey: asString(o["siteKey"]),
		Type: strings.ToUpper(asString(o["type"])),
	}
}

// Client is the browser that began what the user is asked about here, and where
// it is; what Okta does not know is empty.
type Client struct {
	Browser, OS                              string
	City, State, Postal, Country, CountryISO string
}

// Client returns nil when the answer says nothing of another browser.
func (r *Response) Client() *Client {
	o := r.member("client")
	if o == nil {
		return nil
	}
	at := asObject(inner(o["location"]))
	return &Client{
		Browser: asString(o["browser"]), OS: asString(o["os"]),
		City: asString(at["city"]), State: asString(at["state"]), Postal: asText(at["postal"]),
		Country: asString(at["country"]), CountryISO: asString(at["countryISO"]),
	}
}

const autofillHolder = "webauthnAutofillUIChallenge"

// AutofillChallenge is what a page needs to let the browser offer passkeys in the
// username's list: challengeData of the challenge of that name. Nil when absent.
func (r *Response) AutofillChallenge() json.RawMessage {
	return raw(inner(r.member(autofillHolder)["challengeData"]))
}

// GracePeriod is until when an authenticator may be left to enrol later.
type GracePeriod struct {
	// Expiry is zero when it is not a date that ends it.
	Expiry time.Time
	// RemainingSkips is how often the user may still put it off; nil when it is
	// not a number of times that ends it.
	RemainingSkips *int
}

// GracePeriod returns nil when the authenticator has none.
func (a *Authenticator) GracePeriod() *GracePeriod {
	if a == nil {
		return nil
	}
	return a.grace
}

func newGracePeriod(o object) *GracePeriod {
	g := &GracePeriod{Expiry: asTime(o["expiry"])}
	if n, ok := asNumber(o["remainingSkips"]); ok {
		n = max(0, n)
		g.RemainingSkips = &n
	}
	if g.Expiry.IsZero() && g.RemainingSkips == nil {
		return nil
	}
	return g
}

// asTime reads a date; the zero time when it is none.
func asTime(v any) time.Time {
	t, err := time.Parse(time.RFC3339, asString(v))
	if err != nil {
		return time.Time{}
	}
	return t
}
