package idx

import (
	"strings"
	"time"
)

// Assurance is what the user's device lacks, and how to put that right: the
// answer's messages about it, grouped.
type Assurance struct {
	// Title and Explanation are zero when absent.
	Title, Explanation Message
	// Deadline is until when the user may go on without; zero when access is
	// denied now, or no date is known.
	Deadline time.Time
	// Options are the ways to comply, of which one is enough.
	Options []AssuranceOption
	// Help are messages about further help.
	Help []Message
	// Others are the answer's messages about something else.
	Others []Message
}

// AssuranceOption is one way to comply: all of its steps are needed. Title is
// zero when there is only one way.
type AssuranceOption struct {
	Title Message
	Steps []Message
}

// The keys of messages about a device, by what follows.
const (
	assuranceKey   = "idx.error.code.access_denied.device_assurance.remediation."
	gracePeriodKey = "idx.device_assurance.grace_period."
)

// Assurance groups the answer's top-level messages, each of which is in it once;
// nil when none is about what the device lacks.
func (r *Response) Assurance() *Assurance {
	a, found := &Assurance{}, false
	for _, m := range r.Messages {
		// An administrator's own words bear the key that they replace, after a
		// prefix.
		_, about, isAbout := strings.Cut(m.Key, assuranceKey)
		_, grace, isGrace := strings.Cut(m.Key, gracePeriodKey)
		found = found || isAbout || isGrace
		switch {
		case isGrace && a.Title.isZero() && strings.Contains(grace, "title"):
			a.Title = m
			for _, p := range m.Params {
				if a.Deadline.IsZero() {
					a.Deadline = asTime(p)
				}
			}
		case about == "title" && a.Title.isZero():
			a.Title = m
		case strings.HasPrefix(about, "explanation_") && a.Explanation.isZero():
			a.Explanation = m
		case strings.HasPrefix(about, "additional_help_"):
			a.Help = append(a.Help, m)
		case about == "option_index":
			a.Options = append(a.Options, AssuranceOption{Title: m})
		case isAbout:
			if len(a.Options) == 0 {
				a.Options = []AssuranceOption{{}}
			}
			last := &a.Options[len(a.Options)-1]
			last.Steps = append(last.Steps, m)
		default:
			a.Others = append(a.Others, m)
		}
	}
	if !found {
		return nil
	}
	return a
}

func (m Message) isZero() bool { return m.Key == "" && m.Text == "" }

// DeviceRemediation is what a program on the device can put right by itself.
type DeviceRemediation struct {
	// Name and Action name what is to be done ("install-android-device-policy"),
	// Path is what stands before Action in the local address.
	Name, Action, Path string
	// Type is how the program is asked, upper case ("LOOPBACK"), Platform the
	// device's ("ANDROID").
	Type, Platform string
	// Domain, Ports and ProbeTimeout are as in DeviceChallenge.
	Domain       string
	Ports        []int
	ProbeTimeout time.Duration
	// Fallback is for when no such program answers: an address that opens an app,
	// or what to say instead.
	FallbackHref    string
	FallbackMessage *Message
}

// Device reads DeviceRemediation; nil when the message has none.
func (m Message) Device() *DeviceRemediation {
	o, err := parse(m.DeviceRemediation)
	if err != nil {
		return nil
	}
	fallback := asObject(inner(o["fallback"]))
	r := &DeviceRemediation{
		Name: asString(o["name"]), Action: asString(o["action"]), Path: asString(o["remediationPath"]),
		Type:         strings.ToUpper(asString(o["remediationType"])),
		Platform:     strings.ToUpper(asString(o["platform"])),
		Domain:       siteAddress(asString(o["domain"])),
		Ports:        ports(o["ports"]),
		ProbeTimeout: time.Duration(asCount(o["probeTimeoutMillis"])) * time.Millisecond,
		FallbackHref: appAddress(asString(fallback["href"]), nil),
	}
	if text, ok := new(decoder).message(fallback["message"], ""); ok {
		r.FallbackMessage = &text
	}
	return r
}

// Advice is what an app on the user's device needs before it can be used.
type Advice string

// The kinds of advice.
const (
	AdviceBiometrics Advice = "biometrics"  // turn on fingerprint, face or a device PIN
	AdviceUpgradeApp Advice = "upgrade app" // get a newer version
	AdviceDevice     Advice = "device"      // another device: this one does not qualify
)

// Advice says which of them the message is about, by its key; "" for none.
func (m Message) Advice() Advice {
	switch k := m.Key; {
	case strings.Contains(k, ".enable.biometrics"):
		return AdviceBiometrics
	case strings.Contains(k, ".force.upgrade"), strings.HasSuffix(k, "app_update_required"):
		return AdviceUpgradeApp
	case strings.HasSuffix(k, "enrollment_device_incompatible"):
		return AdviceDevice
	}
	return ""
}
