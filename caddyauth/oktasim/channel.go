package oktasim

import (
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
)

// How Okta Verify is set up: the phone gets an address, by one of several
// channels, and the sign-in waits until the account is added there.

// A channelled is the set-up of Okta Verify on its way to a phone.
type channelled struct {
	*prompt
	channel string
	to      string // address or number, for the channels that have one
}

func (s Settings) channels() []string {
	if len(s.Channels) == 0 {
		return []string{"qrcode", "email", "sms"}
	}
	return s.Channels
}

func channelOptions(channels []string) []option {
	var out []option
	for _, name := range channels {
		out = append(out, option{Label: strings.ToUpper(name), Value: name})
	}
	return out
}

// channelData is what each channel has to be told.
var channelData = map[string]field{
	"email": {Name: "email", Label: "Email", Required: new(true), Visible: new(true)},
	"sms":   {Name: "phoneNumber", Label: "Phone number", Required: new(true), Visible: new(true)},
}

func startChannel(t *turn) *rejection {
	at := t.tx.attempt
	going, again := at.memory.(*channelled)
	if !again {
		channels := t.tx.policy.Settings.channels()
		going = &channelled{channel: at.given.Channel}
		if going.channel == "" {
			going.channel = channels[0]
		}
		if !slices.Contains(channels, going.channel) {
			return reject(http.StatusBadRequest, say(msgNoSuchOption))
		}
		at.memory = going
	}
	return t.sendSetUp(going)
}

// sendSetUp sends the address to the phone, unless it is not known yet where
// to.
func (t *turn) sendSetUp(going *channelled) *rejection {
	if _, asks := channelData[going.channel]; asks && going.to == "" {
		return nil
	}
	if going.prompt == nil {
		going.prompt = t.prompt(prompt{Asks: "Add an account of " + t.hostName() + " to Okta Verify?", Yes: "Add account"})
	}
	switch going.channel {
	case "email":
		t.deliver(t.tx.user.Login, Mail{Subject: "Set up Okta Verify", Link: t.phoneAddress()})
	case "sms":
		t.ring(t.tx.user.Login, Ring{Kind: "sms", Code: t.phoneAddress(), Number: going.to})
	}
	return nil
}

// phoneAddress is where the user's phone can be found.
func (t *turn) phoneAddress() string {
	return t.call.base + "/phone/" + url.PathEscape(t.tx.user.Login)
}

func describeChannel(t *turn, current *authenticatorIs) {
	going := t.tx.attempt.memory.(*channelled)
	data := object{"selectedChannel": going.channel}
	switch going.channel {
	case "qrcode":
		data["qrcode"] = qrCode("oktaverify://email@" + t.hostName() + "/?" + url.Values{"s": {t.call.base}, "t": {going.ID}}.Encode())
	case "email":
		data["email"] = optional(going.to)
	case "sms":
		data["phoneNumber"] = optional(going.to)
	case "samedevice":
		data["samedevice"] = object{
			"setupOVUrl": t.phoneAddress(), "downloadHref": t.phoneAddress(), "orgUrl": t.call.base, "platform": "IOS", "securityLevel": "ANY",
		}
	case "devicebootstrap":
		data["devicebootstrap"] = object{"enrolledDevices": []string{"Phone"}}
	}
	for name, value := range data {
		if value == nil {
			delete(data, name)
		}
	}
	current.ContextualData = data
	// Of all authenticators, this one is shown in the making.
	current.Extra = object{"id": nil, "displayName": nil, "methods": nil, "authenticatorInstanceId": oktaID("aid", t.tx.stateHandle)}
	if going.to != "" {
		resend := t.resend()
		resend.Value = slices.Insert(resend.Value, 0, field{
			Name: channelData[going.channel].Name, Required: new(true), Value: going.to, Visible: new(false), Mutable: new(false),
		})
		current.Resend = resend
	}
}

func remediateChannel(t *turn) []form {
	going := t.tx.attempt.memory.(*channelled)
	var out []form
	if data, asks := channelData[going.channel]; asks && going.to == "" {
		out = append(out, t.form("enrollment-channel-data", "challenge/send", sendChannel, data))
	} else {
		poll := t.form("enroll-poll", "challenge/poll", pollPrompt)
		poll.Refresh = devicePoll
		out = append(out, poll)
	}
	other := field{Name: "authenticator", Type: "object", Label: t.tx.attempt.of.label, Value: nest(
		field{Name: "id", Required: new(true), Value: t.tx.attempt.of.id(), Visible: new(false), Mutable: new(false)},
		field{Name: "channel", Required: new(true), Visible: new(true), Options: channelOptions(t.tx.policy.Settings.channels())},
	)}
	return append(out, t.form("select-enrollment-channel", "credential/enroll", chooseEnroll, other))
}

// sendChannel takes the address or the number.
func sendChannel(t *turn) *rejection {
	var given struct {
		Email       string `json:"email"`
		PhoneNumber string `json:"phoneNumber"`
	}
	if wrong := t.read(&given); wrong != nil {
		return wrong
	}
	going := t.tx.attempt.memory.(*channelled)
	switch going.channel {
	case "email":
		address, err := mail.ParseAddress(given.Email)
		if err != nil {
			return rejectField(http.StatusBadRequest, "email", say(msgFieldBlank))
		}
		going.to = address.Address
	case "sms":
		number, ok := e164(given.PhoneNumber)
		if !ok {
			return rejectField(http.StatusBadRequest, "phoneNumber", say(msgPhoneInvalid))
		}
		going.to = number
	}
	return t.sendSetUp(going)
}

func enrollOktaVerify(t *turn) *rejection {
	if wrong := checkPrompt(t); wrong != nil {
		return wrong
	}
	e := t.tx.attempt.enrollment
	e.Profile = map[string]string{"deviceName": t.tx.user.Name + "'s phone"}
	e.note("secret", newSecret())
	return nil
}
