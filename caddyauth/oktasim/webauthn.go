package oktasim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// What browsers and their authenticators sign is really verified: challenge,
// origin, RP ID, signature, counter. What an authenticator attests about
// itself is checked for consistency and not for its maker.

var webauthnAuthenticator = &authenticator{
	name:       "webauthn",
	key:        "webauthn",
	kind:       "security_key",
	label:      "Security Key or Biometric",
	amr:        "hwk",
	enrollment: "fwf",
	methods:    []method{{name: "webauthn"}},
	together:   true,
	start:      beginCeremony,
	ask: func(t *turn) []field {
		if t.tx.attempt.purpose == enroll {
			return []field{browserField("clientData", "Client Data"), browserField("attestation", "Attestation"), browserField("transports", "Transports"), browserField("clientExtensions", "clientExtensions")}
		}
		if t.tx.identifier == "" {
			return append(assertionFields(), userHandleField())
		}
		return assertionFields()
	},
	describe:  describeCeremony,
	remediate: remediateKey,
	finish:    finishKey,
	check:     checkAssertion,
	enroll:    checkAttestation,
	launch:    launchPasskeys,
}

// A ceremony is a challenge that waits to be signed.
type ceremony struct{ challenge string }

func beginCeremony(t *turn) *rejection {
	t.tx.attempt.memory = &ceremony{challenge: randomText(32)}
	return nil
}

// browserField is filled by the browser, not by its user.
func browserField(name, label string) field {
	return field{Name: name, Label: label, Required: new(true), Visible: new(false), Extra: object{"hint": "webauthn"}}
}

func assertionFields() []field {
	return []field{
		{Name: "authenticatorData", Label: "Authenticator Data", Required: new(true), Visible: new(false)},
		{Name: "clientData", Label: "Client Data", Required: new(true), Visible: new(false)},
		{Name: "signatureData", Label: "Signature Data", Required: new(true), Visible: new(false)},
	}
}

func describeCeremony(t *turn, current *authenticatorIs) {
	challenge := t.tx.attempt.memory.(*ceremony).challenge
	if t.tx.attempt.purpose != enroll {
		current.ContextualData = object{"challengeData": t.challengeData(challenge)}
		return
	}
	rp := object{"name": t.tx.client.Label}
	if id := t.tx.policy.Settings.RPID; id != "" {
		rp["id"] = id
	}
	selection := object{"userVerification": "preferred"}
	if t.tx.policy.Settings.Passkeys {
		selection["residentKey"] = "preferred"
	}
	user := t.tx.user
	current.ContextualData = object{"activationData": object{
		"rp":                     rp,
		"user":                   object{"id": user.id(), "name": user.Login, "displayName": user.Name},
		"pubKeyCredParams":       keyTypes,
		"challenge":              challenge,
		"attestation":            "direct",
		"authenticatorSelection": selection,
		"u2fParams":              object{"appid": t.pageOrigin()},
	}}
}

// keyTypes are ES256 and RS256.
var keyTypes = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

func (t *turn) challengeData(challenge string) object {
	out := object{"challenge": challenge, "userVerification": "preferred"}
	if origin := t.pageOrigin(); strings.HasPrefix(origin, "https:") {
		out["extensions"] = object{"appid": origin} // of another scheme, browsers refuse the whole request
	}
	if id := t.tx.policy.Settings.RPID; id != "" {
		out["rpId"] = id
	}
	return out
}

// pageOrigin is where the client says that its pages are.
func (t *turn) pageOrigin() string { return originOf(t.tx.request.redirectURI) }

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// listKeys lists every key of the user: those that may sign, or that must not
// be set up again.
func (t *turn) listKeys(a *answer) {
	of := t.tx.attempt.of
	if a.AuthenticatorEnrollments == nil {
		a.AuthenticatorEnrollments = listOf[authenticatorIs]()
	}
	listed := a.AuthenticatorEnrollments
	for _, e := range of.owns(t.tx.user) {
		i := slices.IndexFunc(listed.Value, func(is authenticatorIs) bool { return is.ID == e.ID })
		if i < 0 {
			listed.Value, i = append(listed.Value, of.enrolled(t.tx.user, e)), len(listed.Value)
		}
		extra := object{"credentialId": e.Data["credential"]}
		var transports []string
		if json.Unmarshal([]byte(e.Data["transports"]), &transports) == nil && transports != nil {
			extra["transports"] = transports
		}
		listed.Value[i].Extra = extra
	}
}

// browserData reads what a browser made, in either alphabet of base 64:
// Okta's own clients use both.
func (t *turn) browserData(name string) ([]byte, *rejection) {
	text, wrong := t.credential(name)
	if wrong != nil {
		return nil, wrong
	}
	content, ok := fromBase64(text)
	if !ok {
		return nil, rejectField(http.StatusBadRequest, name, say(msgMalformed))
	}
	return content, nil
}

// relyingParty is the RP ID that the page at this origin must have used, and
// whether the org knows the page.
func (t *turn) relyingParty(origin string) (rpID string, known bool) {
	known = isLoopbackURL(origin) || slices.ContainsFunc(t.tx.client.RedirectURIs, func(uri string) bool { return originOf(uri) == origin })
	if id := t.tx.policy.Settings.RPID; id != "" {
		return id, known
	}
	u, err := url.Parse(origin)
	return u.Hostname(), known && err == nil
}

// checkAttestation verifies navigator.credentials.create and keeps the key.
func checkAttestation(t *turn) *rejection {
	var response protocol.AuthenticatorAttestationResponse
	var wrong *rejection
	if response.ClientDataJSON, wrong = t.clientData(); wrong != nil {
		return wrong
	}
	if response.AttestationObject, wrong = t.browserData("attestation"); wrong != nil {
		return wrong
	}
	failed := reject(http.StatusBadRequest, say(msgEnrollFailed))
	parsed, err := response.Parse()
	if err != nil {
		return failed
	}
	made := protocol.ParsedCredentialCreationData{Response: *parsed, Raw: protocol.CredentialCreationResponse{AttestationResponse: response}}
	made.RawID = parsed.AttestationObject.AuthData.AttData.CredentialID
	origin := parsed.CollectedClientData.Origin
	rpID, known := t.relyingParty(origin)
	if !known {
		return failed
	}
	_, err = made.Verify(t.tx.attempt.memory.(*ceremony).challenge, rpID, []string{origin}, nil, nil, protocol.TopOriginExplicitVerificationMode,
		false, false, true, nil, keyTypes, protocol.AttestationPolicy{}, protocol.SignaturePolicy{})
	if err != nil || t.keyKnown(made.RawID) {
		return failed
	}
	data := parsed.AttestationObject.AuthData
	e := t.tx.attempt.enrollment
	e.Data = map[string]string{
		"credential": base64.RawURLEncoding.EncodeToString(made.RawID),
		"public_key": base64.RawURLEncoding.EncodeToString(data.AttData.CredentialPublicKey),
		"count":      strconv.FormatUint(uint64(data.Counter), 10),
	}
	if transports, missing := t.credential("transports"); missing == nil {
		e.Data["transports"] = transports
	}
	return nil
}

// keyKnown says whether somebody has this key already: one key is one person.
func (s *Server) keyKnown(id []byte) bool {
	text := base64.RawURLEncoding.EncodeToString(id)
	for _, u := range s.directory {
		for _, e := range webauthnKeys(u) {
			if e.Data["credential"] == text {
				return true
			}
		}
	}
	return false
}

func webauthnKeys(u *User) []*Enrollment {
	return slices.DeleteFunc(slices.Clone(u.Enrollments), func(e *Enrollment) bool { return e.Authenticator != "webauthn" })
}

// checkAssertion verifies navigator.credentials.get with each of the user's
// keys: the answer does not say which one signed. Where nobody has said yet
// who they are, the key does.
func checkAssertion(t *turn) *rejection {
	var response protocol.AuthenticatorAssertionResponse
	var wrong *rejection
	if response.ClientDataJSON, wrong = t.clientData(); wrong != nil {
		return wrong
	}
	if response.AuthenticatorData, wrong = t.browserData("authenticatorData"); wrong != nil {
		return wrong
	}
	if response.Signature, wrong = t.browserData("signatureData"); wrong != nil {
		return wrong
	}
	signer := t.tx.user
	if t.tx.identifier == "" {
		handle, wrong := t.browserData("userHandle")
		if wrong != nil {
			return wrong
		}
		if signer = t.withHandle(handle); signer == nil {
			return reject(http.StatusUnauthorized, say(msgAssertionFailed))
		}
	}
	for _, e := range webauthnKeys(signer) {
		if t.signed(e, response) {
			t.tx.identifier, t.tx.user, t.tx.attempt.enrollment = signer.Login, signer, e
			return nil
		}
	}
	return reject(http.StatusUnauthorized, say(msgAssertionFailed))
}

func (t *turn) clientData() (protocol.URLEncodedBase64, *rejection) {
	return t.browserData("clientData")
}

// signed says whether this key signed the challenge of the current attempt. A
// counter that does not grow is a copy's (WebAuthn, 7.2, step 22).
func (t *turn) signed(e *Enrollment, response protocol.AuthenticatorAssertionResponse) bool {
	id, _ := fromBase64(e.Data["credential"])
	key, _ := fromBase64(e.Data["public_key"])
	raw := protocol.CredentialAssertionResponse{AssertionResponse: response}
	raw.ID, raw.RawID, raw.Type = base64.RawURLEncoding.EncodeToString(id), id, string(protocol.PublicKeyCredentialType)
	parsed, err := raw.Parse()
	if err != nil {
		return false
	}
	origin := parsed.Response.CollectedClientData.Origin
	rpID, known := t.relyingParty(origin)
	if !known {
		return false
	}
	err = parsed.Verify(t.tx.attempt.memory.(*ceremony).challenge, rpID, "", []string{origin}, nil, nil, protocol.TopOriginExplicitVerificationMode,
		false, false, true, key, protocol.SignaturePolicy{})
	count, _ := strconv.ParseUint(e.Data["count"], 10, 32)
	now := uint64(parsed.Response.AuthenticatorData.Counter)
	if err != nil || now <= count && (now > 0 || count > 0) {
		return false
	}
	e.Data["count"] = strconv.FormatUint(now, 10)
	return true
}
