package idx

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Authenticator is a way to prove who one is: as the org offers it, or as a
// user has enrolled it.
type Authenticator struct {
	// Key names the authenticator ("okta_email", "google_otp"); when Okta leaves
	// it out, it follows from Type where that is unambiguous, else it is empty.
	Key string
	// Type is the kind ("email", "app", "security_key").
	Type string
	// ID is the object's own id, of the enrollment if this is one.
	ID string
	// AuthenticatorID is the id of the authenticator that is enrolled.
	AuthenticatorID string
	// DisplayName is in the user's language and chosen by an administrator.
	DisplayName string
	// Nickname is the user's own name for it.
	Nickname string
	// Methods are the method types ("sms", "voice", "push", "totp").
	Methods []string
	// Profile holds the scalar members of the profile: "email" and
	// "phoneNumber" (both masked), "deviceName".
	Profile map[string]string
	// LogoURI is the custom logo's address as Okta sent it.
	LogoURI string
	// ContextualData is what the step needs, as JSON without state handles and
	// forms; Contextual reads it. Nil when absent.
	ContextualData json.RawMessage
	// Settings holds the password policy among others; PasswordPolicy reads it.
	// Nil when absent.
	Settings json.RawMessage
	// Raw is the whole object. It may hold state handles: never render it.
	Raw json.RawMessage

	// What is read of the above: an authenticator is shared by many forms.
	contextual Contextual
	policy     *PasswordPolicy
	grace      *GracePeriod
}

// currentHolders are the members that hold the authenticator being used now,
// the most specific first.
var currentHolders = []string{
	"currentAuthenticatorEnrollment", "currentAuthenticator",
	"enrollmentAuthenticator", "recoveryAuthenticator",
}

// keyOfType gives the keys of authenticators that are the only one of their
// type: some enrollments come without a key.
var keyOfType = map[string]string{
	"password": "okta_password", "email": "okta_email", "phone": "phone_number",
	"security_question": "security_question",
}

// first is the first of the named members that is a non-empty string. Okta
// spells some members in several ways.
func first(o object, names ...string) string {
	for _, n := range names {
		if s := asString(o[n]); s != "" {
			return s
		}
	}
	return ""
}

func (d *decoder) newAuthenticator(o object) *Authenticator {
	if o == nil {
		return nil
	}
	data, settings := d.redact(inner(o["contextualData"])), d.redact(inner(o["settings"]))
	a := &Authenticator{
		Key:             first(o, "key", "catalogKey"),
		Type:            asString(o["type"]),
		AuthenticatorID: first(o, "authenticatorId", "authenticatorid", "authenticatorsId"),
		DisplayName:     first(o, "displayName", "authenticatorName", "label"),
		Nickname:        asString(o["nickname"]),
		LogoURI:         asString(o["logoUri"]),
		ContextualData:  raw(data),
		Settings:        raw(settings),
		Raw:             raw(o),
		contextual:      newContextual(asObject(data), d.base),
		policy:          newPasswordPolicy(asObject(settings)),
		grace:           newGracePeriod(asObject(inner(o["gracePeriod"]))),
	}
	a.ID = first(o, "id", "authenticatorInstanceId")
	if a.ID == "" {
		a.ID = a.AuthenticatorID
	}
	if a.Key == "" {
		a.Key = keyOfType[a.Type]
	}
	for _, m := range list(o["methods"]) {
		if t := first(asObject(m), "type", "methodType"); t != "" {
			a.Methods = append(a.Methods, t)
		}
	}
	for name, v := range asObject(inner(o["profile"])) {
		if isScalar(v) {
			if a.Profile == nil {
				a.Profile = map[string]string{}
			}
			a.Profile[name] = asText(v)
		}
	}
	if q := &a.contextual.Question; *q == (Question{}) {
		*q = Question{Key: a.Profile["questionKey"], Text: a.Profile["question"]}
	}
	return a
}

// isPassword says whether what this authenticator is answered with is a
// password, which nothing may show or alter.
func (a *Authenticator) isPassword() bool {
	return a != nil && (a.Type == "password" || a.Key == "okta_password")
}

// related resolves relatesTo to an authenticator. It is a string or a list of
// one: "$.authenticatorEnrollments.value[3]", "$.currentAuthenticator", or a
// bare member name. What dangles, or points at something else, is nil.
func (d *decoder) related(v any) *Authenticator {
	head, rest, _ := strings.Cut(strings.TrimPrefix(reference(v), "$."), ".")
	at := place{member: head, index: -1}
	switch head {
	case "authenticators", "authenticatorEnrollments":
		_, index, _ := strings.Cut(rest, "[")
		n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if err != nil {
			return nil
		}
		at.index = n
	default:
		if !slices.Contains(currentHolders, head) {
			return nil
		}
	}
	return d.authenticator(at)
}

// place is where in an answer an authenticator stands; index is -1 for a member
// that is no list.
type place struct {
	member string
	index  int
}

// authenticator reads each place once, however many options relate to it.
func (d *decoder) authenticator(at place) *Authenticator {
	if a, ok := d.authenticators[at]; ok {
		return a
	}
	v := inner(d.root[at.member])
	if at.index >= 0 {
		all := list(v)
		v = nil
		if at.index < len(all) {
			v = all[at.index]
		}
	}
	a := d.newAuthenticator(asObject(v))
	d.authenticators[at] = a
	return a
}

// reference reads relatesTo itself.
func reference(v any) string {
	if l := list(v); len(l) > 0 {
		v = l[0]
	}
	return asString(v)
}
