package idx

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

// Contextual is what an authenticator's step shows or works with. What is absent
// is the zero value.
type Contextual struct {
	// QRCode is an image to scan, as a data: address of a PNG, JPEG or GIF.
	QRCode string
	// SharedSecret is what the QR code holds, to be typed instead. A secret:
	// show it on the step that enrols, nowhere else.
	SharedSecret string
	// Question is the security question that the user is to answer, Questions
	// are those to choose from.
	Question  Question
	Questions []Question
	// CorrectAnswer is the number to choose on the other device.
	CorrectAnswer string
	// OTP is a code to type into the tab where the sign-in began. A secret.
	OTP string
	// Channel is how an app is being enrolled ("qrcode", "email", "sms",
	// "samedevice", "devicebootstrap").
	Channel string
	// Email and PhoneNumber are where something was sent to, as Okta shows them.
	Email, PhoneNumber string
	// EmailMagicLink says that the e-mail holds a link besides the code; nil when
	// Okta does not say.
	EmailMagicLink *bool
	// ChallengeData and ActivationData are for navigator.credentials.get and
	// create, as JSON with base64url where that wants bytes. Nil when absent.
	ChallengeData, ActivationData json.RawMessage
	// Duo is nil unless the step is Duo's.
	Duo *Duo
	// SameDevice sets Okta Verify up on this device, Bootstrap from another that
	// is enrolled already. Nil when absent.
	SameDevice, Bootstrap *AppSetup
	// NFCSetupURL opens the app that sets an NFC token up.
	NFCSetupURL string
}

// Question is a security question: its text in the user's language, and the key
// to answer under ("custom" for one's own).
type Question struct{ Key, Text string }

// Duo is what Duo's frame needs.
type Duo struct {
	// Host is Duo's, a host name without scheme or port.
	Host string
	// Integration is "IFRAME" in all known answers, upper case.
	Integration string
	// SignedToken is for the frame only: a secret.
	SignedToken string
	// Script is the address that Okta serves Duo's script under.
	Script string
}

// AppSetup is how an app on a device is set up.
type AppSetup struct {
	// SetupURL opens the app, DownloadURL gets it. Both may be empty.
	SetupURL, DownloadURL string
	// Org is the org's address as the user types it into the app.
	Org string
	// Platform is upper case ("IOS", "ANDROID", "WINDOWS", "OSX").
	Platform string
	// SecurityLevel is upper case; "HIGH" wants a device that is enrolled already.
	SecurityLevel string
	// EnrolledDevices are the names of the user's other devices.
	EnrolledDevices []string
}

// Contextual is ContextualData, read; the zero value when there is none.
func (a *Authenticator) Contextual() Contextual {
	if a == nil {
		return Contextual{}
	}
	return a.contextual
}

// newContextual reads contextual data, whose addresses may be relative to base.
func newContextual(o object, base *url.URL) Contextual {
	qr := asObject(inner(o["qrcode"]))
	c := Contextual{
		QRCode:         image(asString(qr["href"])),
		SharedSecret:   asString(o["sharedSecret"]),
		Question:       question(asObject(inner(o["enrolledQuestion"]))),
		CorrectAnswer:  asText(o["correctAnswer"]),
		OTP:            asText(o["otp"]),
		Channel:        asString(o["selectedChannel"]),
		Email:          asString(o["email"]),
		PhoneNumber:    asText(o["phoneNumber"]),
		ChallengeData:  raw(inner(o["challengeData"])),
		ActivationData: raw(inner(o["activationData"])),
		SameDevice:     appSetup(inner(o["samedevice"]), base),
		Bootstrap:      appSetup(inner(o["devicebootstrap"]), base),
		NFCSetupURL:    appAddress(asString(o["setupNfcUrl"]), base),
	}
	for _, item := range list(o["questions"]) {
		if q := question(asObject(item)); q.Key != "" {
			c.Questions = append(c.Questions, q)
		}
	}
	if v, ok := o["useEmailMagicLink"]; ok {
		b := asBool(v, false)
		c.EmailMagicLink = &b
	}
	if host := asString(o["host"]); hostName.MatchString(host) {
		c.Duo = &Duo{
			Host: host, Integration: strings.ToUpper(asString(o["integrationType"])),
			SignedToken: asString(o["signedToken"]), Script: webAddress(asString(o["script"])),
		}
	}
	return c
}

func question(o object) Question {
	return Question{Key: asString(o["questionKey"]), Text: asString(o["question"])}
}

func appSetup(v any, base *url.URL) *AppSetup {
	o := asObject(v)
	if o == nil {
		return nil
	}
	s := &AppSetup{
		SetupURL:      appAddress(asString(o["setupOVUrl"]), base),
		DownloadURL:   webAddress(asString(o["downloadHref"])),
		Org:           asString(o["orgUrl"]),
		Platform:      strings.ToUpper(asString(o["platform"])),
		SecurityLevel: strings.ToUpper(asString(o["securityLevel"])),
	}
	s.EnrolledDevices = texts(o["enrolledDevices"])
	return s
}

// texts reads a list of texts, or a single one.
func texts(v any) []string {
	items := list(v)
	if isScalar(inner(v)) {
		items = []any{inner(v)}
	}
	var all []string
	for _, item := range items {
		if s := asText(item); s != "" {
			all = append(all, s)
		}
	}
	return all
}

var (
	// A host name and nothing else: it becomes the source of a frame.
	hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	// Of the formats of images, those that hold pixels only: an SVG can hold
	// scripts and addresses.
	pixels = regexp.MustCompile(`^data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/]+={0,2}$`)
)

// image is s if it is an image that a page may hold.
func image(s string) string {
	if pixels.MatchString(s) {
		return s
	}
	return ""
}
