package idx

import (
	"net/url"
	"strings"
	"time"
)

// DeviceChallenge is a question to Okta Verify on the user's device: by a call to
// a local port, or by an address that opens the app.
type DeviceChallenge struct {
	// Method is upper case: "LOOPBACK", "CUSTOM_URI", "UNIVERSAL_LINK",
	// "APP_LINK", "CHROME_DTC", "APPLE_SSO_EXTENSION".
	Method string
	// Href opens the app, or is the page that asks the browser (CHROME_DTC); ""
	// when absent or of a scheme that no page may link to.
	Href string
	// DownloadHref is where the app is to be had.
	DownloadHref string
	// Domain and HTTPSDomain are addresses without a port, of this device
	// ("http://localhost"); Ports are where the app may listen, in the order to
	// try.
	Domain, HTTPSDomain string
	Ports               []int
	// Request is what the app is to sign. A secret: for a script on this step.
	Request string
	// ProbeTimeout is how long to wait for a port; 0 when Okta does not say.
	ProbeTimeout time.Duration
	// HelpLink explains the browser's question about the local network.
	HelpLink string
}

// DeviceChallenge returns the challenge that stands in the answer, by itself or
// with the current authenticator; nil when there is none.
func (r *Response) DeviceChallenge() *DeviceChallenge {
	if c := r.deviceChallenge(inner(r.root["authenticatorChallenge"])); c != nil {
		return c
	}
	for _, holder := range currentHolders {
		data := asObject(inner(asObject(inner(r.root[holder]))["contextualData"]))
		if c := r.deviceChallenge(inner(data["challenge"])); c != nil {
			return c
		}
	}
	return nil
}

func (r *Response) deviceChallenge(v any) *DeviceChallenge {
	o := asObject(r.decoder.redact(v))
	if asString(o["challengeMethod"]) == "" {
		return nil
	}
	lna := asObject(inner(o["chromeLocalNetworkAccessDetails"]))
	return &DeviceChallenge{
		Method:       strings.ToUpper(asString(o["challengeMethod"])),
		Href:         appAddress(asString(o["href"]), r.decoder.base),
		DownloadHref: webAddress(asString(o["downloadHref"])),
		Domain:       siteAddress(asString(o["domain"])),
		HTTPSDomain:  siteAddress(asString(o["httpsDomain"])),
		Ports:        ports(o["ports"]),
		Request:      asString(o["challengeRequest"]),
		ProbeTimeout: time.Duration(asCount(o["probeTimeoutMillis"])) * time.Millisecond,
		HelpLink:     webAddress(asString(lna["chromeLNAHelpLink"])),
	}
}

// siteAddress is s if it is scheme and host only: a port and a path are appended
// to it.
func siteAddress(s string) string {
	u, err := url.Parse(webAddress(strings.TrimSuffix(s, "/")))
	if err != nil || u.Host == "" || u.Host != u.Hostname() || *u != (url.URL{Scheme: u.Scheme, Host: u.Host}) {
		return ""
	}
	return u.String()
}

// ports reads port numbers, which Okta sends as strings.
func ports(v any) []int {
	var all []int
	for _, p := range list(v) {
		if n := asCount(p); n > 0 && n < 1<<16 && len(all) < maxPorts {
			all = append(all, n)
		}
	}
	return all
}

// maxPorts bounds how many ports a page is asked to try: Okta names six.
const maxPorts = 32

// DeviceEnrollment says that the user's device must be set up before it may be
// used.
type DeviceEnrollment struct {
	// Name is lower case: "oda" (Okta Verify), "mdm" or "ws1" (device management).
	Name string
	// Platform and ChallengeMethod are upper case ("ANDROID"; "LOOPBACK",
	// "APP_LINK").
	Platform, ChallengeMethod string
	// Vendor is of the device management, OrgName the org's.
	Vendor, OrgName string
	// EnrollmentLink is where device management begins, SignInURL the org's
	// address to be typed into Okta Verify.
	EnrollmentLink, SignInURL string
}

// DeviceEnrollment returns nil when the answer asks for none.
func (r *Response) DeviceEnrollment() *DeviceEnrollment {
	o := r.member("deviceEnrollment")
	if o == nil {
		return nil
	}
	return &DeviceEnrollment{
		Name:            strings.ToLower(asString(o["name"])),
		Platform:        strings.ToUpper(asString(o["platform"])),
		ChallengeMethod: strings.ToUpper(asString(o["challengeMethod"])),
		Vendor:          asString(o["vendor"]),
		OrgName:         asString(o["orgName"]),
		EnrollmentLink:  webAddress(asString(o["enrollmentLink"])),
		SignInURL:       webAddress(asString(o["signInUrl"])),
	}
}
