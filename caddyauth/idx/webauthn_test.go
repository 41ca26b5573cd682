package idx

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// webAuthnOf is what a remediation of an answer asks the browser for.
func webAuthnOf(t *testing.T, body, name string) (map[string]any, *WebAuthn) {
	t.Helper()
	r, err := Decode([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	w := r.WebAuthn(r.Find(name))
	if w == nil {
		return nil, nil
	}
	var o map[string]any
	if err := json.Unmarshal(w.Options, &o); err != nil {
		t.Fatal(err)
	}
	return o, w
}

const passkeyFields = `"value":[{"name":"credentials","type":"object","form":{"value":[
	{"name":"clientData","required":true,"visible":false},{"name":"authenticatorData","required":true,"visible":false},{"name":"signatureData","required":true,"visible":false}]}}]`

// A passkey that is used is one that the user has enrolled; the page's own
// challenge takes any.
func TestWebAuthnGet(t *testing.T) {
	const body = `{"version":"1.0.0","remediation":{"value":[
		{"rel":["create-form"],"name":"challenge-authenticator","href":"https://o.example.com/a","relatesTo":["$.currentAuthenticator"],` + passkeyFields + `},
		{"rel":["create-form"],"name":"challenge-webauthn-autofillui-authenticator","href":"https://o.example.com/b","relatesTo":["webauthnAutofillUIChallenge"],` + passkeyFields + `},
		{"rel":["create-form"],"name":"identify","href":"https://o.example.com/c","value":[{"name":"identifier"}]}]},
		"currentAuthenticator":{"value":{"key":"webauthn","type":"security_key","contextualData":{"challengeData":{"challenge":"one","rpId":"example.com","userVerification":"preferred"}}}},
		"webauthnAutofillUIChallenge":{"value":{"challengeData":{"challenge":"any","extensions":{"appid":"https://app.example.com"}}}},
		"authenticatorEnrollments":{"value":[{"key":"webauthn","credentialId":"AAA","transports":["usb"]},{"key":"okta_email","credentialId":"CCC"},{"key":"webauthn","profile":{"credentialId":"BBB"}},"odd"]}}`
	got, w := webAuthnOf(t, body, "challenge-authenticator")
	want := map[string]any{"challenge": "one", "rpId": "example.com", "userVerification": "preferred", "allowCredentials": []any{
		map[string]any{"type": "public-key", "id": "AAA", "transports": []any{"usb"}}, map[string]any{"type": "public-key", "id": "BBB"}}}
	if diff := cmp.Diff(want, got); diff != "" || w.RPID != "example.com" || w.Create {
		t.Errorf("%+v %s", w, diff)
	}
	got, w = webAuthnOf(t, body, "challenge-webauthn-autofillui-authenticator")
	if diff := cmp.Diff("any", got["challenge"]); diff != "" || w.RPID != "" || w.AppHost != "app.example.com" {
		t.Errorf("%+v %s", w, diff)
	}
	if _, w := webAuthnOf(t, body, "identify"); w != nil {
		t.Errorf("identify: %+v", w)
	}
}

func TestWebAuthnCreate(t *testing.T) {
	_, w := webAuthnOf(t, `{"version":"1.0.0","remediation":{"value":[{"rel":["create-form"],"name":"enroll-authenticator","href":"https://o.example.com/a",
		"value":[{"name":"credentials","form":{"value":[{"name":"clientData","required":true,"visible":false},{"name":"attestation","required":true,"visible":false}]}}]}]},
		"currentAuthenticator":{"value":{"key":"webauthn","contextualData":{"activationData":{"rp":{"name":"Acme","id":"acme.example"},"challenge":"c","user":{"id":"u"}}}}}}`, "enroll-authenticator")
	if w == nil || !w.Create || w.RPID != "acme.example" {
		t.Errorf("%+v", w)
	}
}

// A step without a challenge asks the browser for nothing.
func TestWebAuthnWithoutChallenge(t *testing.T) {
	_, w := webAuthnOf(t, `{"version":"1.0.0","remediation":{"value":[{"rel":["create-form"],"name":"challenge-authenticator","href":"https://o.example.com/a",`+passkeyFields+`}]}}`, "challenge-authenticator")
	if w != nil {
		t.Errorf("%+v", w)
	}
}
