package okta

import "net/http"

// Version of this product, as Okta's system log shows it.
const userAgentExtended = "caddy-okta"

// Device is what Okta is told about the browser behind a call, so that its
// policies and limits see the user and not this server (Okta: "Device context").
// Every field may be empty.
type Device struct {
	UserAgent      string
	AcceptLanguage string // localises Okta's messages
	Address        string // the client's IP; Okta believes it from trusted proxies only
	Token          string // names the browser to Okta, at most 32 characters
}

// describe sets the headers that carry the device context. Okta's SDKs differ
// in how they send the device token: as X-Device-Token, which is honoured from
// confidential clients, or as the cookie DT. Both are sent; no other cookie is.
func (d Device) describe(h http.Header, confidential bool) {
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	set("User-Agent", d.UserAgent)
	set("Accept-Language", d.AcceptLanguage)
	set("X-Forwarded-For", d.Address)
	h.Set("X-Okta-User-Agent-Extended", userAgentExtended)
	if d.Token != "" && len(d.Token) <= 32 {
		if confidential {
			h.Set("X-Device-Token", d.Token)
		}
		h.Set("Cookie", "DT="+d.Token)
	}
}
