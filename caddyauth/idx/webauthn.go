package idx

import (
	"encoding/json"
	"maps"
	"net/url"
)

// WebAuthn is what a browser is asked to do with a passkey or a security key.
type WebAuthn struct {
	// Create makes a new credential; otherwise one that exists is used.
	Create bool
	// RPID is the domain that the credential belongs to, where Okta says so;
	// "" leaves it to the browser, which takes the page's own.
	RPID string
	// AppHost is the host of the older appid, where Okta sends one: the site whose
	// credentials it takes when there is no RPID.
	AppHost string
	// Options are the publicKey options of navigator.credentials.create or get in
	// their JSON form (WebAuthn Level 3, section 5.1.8: bytes are base64url).
	Options json.RawMessage
}

// maxChallenge bounds what is read for a browser, in bytes; Okta's has some 500.
const maxChallenge = 64 << 10

// WebAuthn reads what rem needs; nil when it is no such step, or lacks a
// challenge. A challenge of the page's own (webauthnAutofillUIChallenge) is for
// any passkey that the user has, another for those that Okta lists.
func (r *Response) WebAuthn(rem *Remediation) *WebAuthn {
	about := rem.Authenticator
	if about == nil {
		about = r.Authenticator
	}
	c := about.Contextual()
	if len(c.ActivationData) > maxChallenge || len(c.ChallengeData) > maxChallenge {
		return nil
	}
	if c.ActivationData != nil && rem.asks("attestation") {
		o := reread(c.ActivationData)
		return newWebAuthn(o, asString(asObject(o["rp"])["id"]), true)
	}
	if !rem.asks("signatureData") || !rem.asks("clientData") {
		return nil
	}
	if c.ChallengeData == nil || rem.autofill {
		o := reread(r.AutofillChallenge())
		return newWebAuthn(o, asString(o["rpId"]), false)
	}
	o := maps.Clone(reread(c.ChallengeData))
	if allowed := r.credentials(); len(allowed) > 0 {
		o["allowCredentials"] = allowed
	}
	return newWebAuthn(o, asString(o["rpId"]), false)
}

func newWebAuthn(o object, rpID string, create bool) *WebAuthn {
	if asString(o["challenge"]) == "" {
		return nil
	}
	appID := first(asObject(o["extensions"]), "appid")
	if appID == "" {
		appID = first(asObject(o["u2fParams"]), "appid")
	}
	app, _ := url.Parse(webAddress(appID))
	return &WebAuthn{Create: create, RPID: rpID, AppHost: app.Hostname(), Options: raw(o)}
}

// credentials are those that the user has enrolled, as allowCredentials wants
// them.
func (r *Response) credentials() []any {
	var allowed []any
	for _, item := range list(r.root["authenticatorEnrollments"]) {
		o := asObject(item)
		id := first(o, "credentialId")
		if id == "" {
			id = asString(asObject(inner(o["profile"]))["credentialId"])
		}
		if key := first(o, "key", "type"); id == "" || key != "webauthn" && key != "security_key" {
			continue
		}
		credential := object{"type": "public-key", "id": id}
		for _, from := range []object{o, asObject(inner(o["profile"]))} {
			if t, ok := from["transports"].([]any); ok {
				credential["transports"] = t
			}
		}
		allowed = append(allowed, credential)
	}
	return allowed
}

// reread reads JSON of this package's own making.
func reread(part json.RawMessage) object {
	o, err := parse(part)
	if err != nil {
		return object{}
	}
	return o
}

// asks tells whether the form has a field of that name, at any depth.
func (r *Remediation) asks(name string) bool { return hasField(r.Fields, name) }

func hasField(fields []*Field, name string) bool {
	for _, f := range fields {
		if f.Name == name || hasField(f.Fields, name) {
			return true
		}
	}
	return false
}
