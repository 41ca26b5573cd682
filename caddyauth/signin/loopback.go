package signin

import (
	"strconv"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// Okta FastPass by loopback: Okta Verify listens on a port of the user's device,
// and only their browser can call it. It passes Okta's challenge on; Okta Verify
// answers to Okta, and the page's poll finds out. Where nobody listens, or the
// answer is an error, the script cancels the polling, as somebody without script
// does by the button.

// loopbackTask is the data of a "loopback" task.
type loopbackTask struct {
	// Sites are where Okta Verify may listen, in the order to try.
	Sites []string `json:"sites"`
	// Request is what it is to sign.
	Request string `json:"request"`
	// Timeout is for how many milliseconds to wait for a site.
	Timeout int64 `json:"timeout"`
}

// probeTimeout is how long to wait for a port, in milliseconds, where Okta does
// not say: the same as its own clients.
const probeTimeout = 100

// loopback is the task of the form that goes on without Okta Verify; where there
// is none, of the one that polls.
func (b *pageBuilder) loopback(rem *idx.Remediation, _ idx.Form) (*Task, any) {
	c := b.answer.DeviceChallenge()
	if c == nil || c.Method != "LOOPBACK" || c.Request == "" || rem != b.withoutDevice() {
		return nil, nil
	}
	data := loopbackTask{Sites: loopbackSites(c), Request: c.Request, Timeout: c.ProbeTimeout.Milliseconds()}
	if len(data.Sites) == 0 {
		return nil, nil
	}
	if data.Timeout <= 0 {
		data.Timeout = probeTimeout
	}
	t := &Task{
		Failed:  b.Say("Okta Verify does not answer on this device. Open it and reload this page, or choose another way."),
		Without: b.Say("Okta Verify on this device is asked by JavaScript, which is switched off in your browser. Go on without it."),
		Sources: Sources{Connect: data.Sites},
	}
	if b.tx.Turn > 0 {
		// Somebody who has not asked for it yet is not troubled with it.
		t.Refused = b.Say("Your browser does not let this page ask Okta Verify. Allow it to use apps on this device and reload this page, or go on without it.")
	}
	return t, data
}

// withoutDevice is the remediation that bears the task.
func (b *pageBuilder) withoutDevice() *idx.Remediation {
	poll := pollOf(b.answer)
	for _, action := range b.answer.Actions {
		if poll != nil && isCancelPolling(action) && !action.IsLink() {
			return action
		}
	}
	return poll
}

func isCancelPolling(rem *idx.Remediation) bool {
	return strings.HasPrefix(rem.Name, "cancel-polling")
}

// loopbackSites are the addresses to try: those with TLS first, which browsers
// that refuse plain http from an https page need. What would leave the device
// is left out: plain http is for this machine only, and a name with TLS is of a
// certificate that Okta Verify has.
func loopbackSites(c *idx.DeviceChallenge) []string {
	var sites []string
	for _, site := range []string{c.HTTPSDomain, c.Domain} {
		local := strings.HasPrefix(site, "https://")
		if host, plain := strings.CutPrefix(site, "http://"); plain {
			local = okta.IsLoopback(host)
		}
		for _, port := range c.Ports {
			if address := site + ":" + strconv.Itoa(port); local && isOrigin(address) {
				sites = append(sites, address)
			}
		}
	}
	return sites
}

// isReason tells whether in says why the polling is canceled. Nobody types that:
// the page says it was the user, and the script puts in what it has found.
func isReason(rem *idx.Remediation, in idx.Input) bool {
	last := in.Path[len(in.Path)-1]
	return isCancelPolling(rem) && (last == "reason" || last == "statusCode")
}

// reasons are the hidden inputs for it.
func reasons(rem *idx.Remediation) []Hidden {
	var hidden []Hidden
	for _, in := range rem.Forms()[0].Inputs {
		switch {
		case !isReason(rem, in):
		case in.Path[len(in.Path)-1] == "reason":
			hidden = append(hidden, Hidden{in.Name, "USER_CANCELED"})
		default:
			hidden = append(hidden, Hidden{in.Name, ""})
		}
	}
	return hidden
}
