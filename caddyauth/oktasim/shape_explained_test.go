package oktasim_test

import "regexp"

// An explanation says why oktasim and the corpus may differ in this.
type explanation struct{ differences, reason string }

// of says whether a difference is one of those that are explained.
func (e explanation) of(difference string) bool {
	return regexp.MustCompile("^(?:" + e.differences + ")$").MatchString(difference)
}

// explained lists the differences that are meant: "kind: path", with + for
// what only oktasim has and - for what only the corpus has.
var explained = []explanation{
	// Everywhere.
	{`answer .*: [+-]\.(app|user|step|context|authentication|authenticators|authenticatorEnrollments|messages|cancel|expiresAt)`,
		"which members stand at the top changed over the years; each is in other answers of the corpus, and a client finds it by its name"},
	{`.*: \+.*\.produces`,
		"newer forms all say what they produce"},
	{`.*: \+\.value\[stateHandle\]\.(mutable|required)`,
		"some older forms do not say that the state handle is to be sent as it is; the newer all do"},
	{`message: \+\.i18n\.key = .*`,
		"the corpus shows a few of Okta's messages; these keys are in the words of its clients or its documentation"},
	{`.*\[(id|methodType)\]\.visible`,
		"some older options hide what cannot be changed; the newer have it not changeable only"},
	{`.*\[credentials\]\.(type|required)`,
		"some older forms do not say that credentials are an object and needed; the newer do"},
	{`select-authenticator-\w+ option \w+: [+-]\.value\.form\.value\[(methodType|enrollmentId)\].*`,
		"whether an option has the method, and one or a choice of them, follows from what the user has; the corpus has one sample of each of these authenticators"},

	// What the corpus lacks.
	{`.* (challenge-authenticator (security_question|yubikey_token)|enroll-authenticator (nfc_pin|symantec_vip)|(redirect|piv)-idp (smart_card_idp|okta_password)|unlock-account okta_password|skip): not in the corpus`,
		"these stand in lists only, or beside something else"},

	// Signing in.
	{`current\w+ of (identify|challenge-authenticator) okta_password: -\.value\.recover`,
		"under a policy without recovery none is offered"},
	{`remediation redirect-idp: \+\.type = OIDC`,
		"the corpus shows social providers and SAML"},
	{`successWithInteractionCode: \+\.value\[client_secret\]`,
		"the one recorded success is of a public client; a confidential one is asked for its secret"},

	{`remediation identify okta_password: \+\.value\[(identifier|rememberMe)\]\.value`,
		"what a remembered device says; the corpus has both, in pages without a password"},

	// Passwords.
	{`currentAuthenticator of re(set|enroll)-authenticator(-warning)? okta_password: [+-]\.value\.settings\.complexity\.(exclude\w+(\[\])?|useADComplexityRequirements)`,
		"names that a password must not hold are written in two ways; this is the newer"},
	{`remediation reenroll-custom-password-expiry okta_password: -\.value\[credentials\]\.form\.value\[revokeSessions\]`,
		"a password that is changed elsewhere ends sessions there"},

	{`answer reenroll-custom-password-expiry-warning okta_password: -\.recoveryAuthenticator`,
		"an older shape of the one sample"},
	{`remediation poll: [+-]\.refresh = \d+`,
		"how long to wait changes from answer to answer, in the samples too"},

	// Profiles and consent: each org has attributes and scopes of its own.
	{`remediation (enroll-profile okta_password|profile-update|granular-consent): [+-]\.value\[(userProfile|optedScopes)\]\.form\.value\[\]\..*`,
		"which properties a field has follows from what it asks for"},

	// Keys.
	{`currentAuthenticator of challenge-authenticator webauthn: -\.value\.contextualData\.challengeData\.extensions`,
		"an AppID is of https pages only, and browsers refuse the request that names another"},
	{`remediation identify nfc_pin: \+\.value\[rememberMe\]`,
		"the one sample of this page is of an org that does not remember devices"},

	// Phones.
	{`currentAuthenticator of authenticator-enrollment-data phone_number: \+\.value\.methods`,
		"the sample is of an older shape; newer authenticators all list their methods"},
	{`remediation authenticator-enrollment-data phone_number: -\.value\[authenticator\](\.form\.value\[methodType\]|\.required|\.visible)`,
		"the method is asked for where it was not chosen from the list before; the rest is the older shape of the one sample"},
	{`remediation authenticator-verification-data \w+: [+-]\.value\[authenticator\]\.(relatesTo|type)`,
		"clients read relatesTo of the form, which says the same"},
	{`currentAuthenticatorEnrollment of authenticator-verification-data phone_number: -\.value\.resend`,
		"nothing was sent yet"},
	{`currentAuthenticatorEnrollment of challenge-authenticator phone_number: \+\.value\.nickname`,
		"phones have nicknames in the lists of the corpus"},

	// Okta Verify.
	{`currentAuthenticator of (enroll-poll|challenge-poll) okta_verify: \+\.value\.(contextualData|resend)\..*`,
		"one channel and one way of FastPass a sample: the members of all are known from the clients"},
	{`remediation challenge-poll okta_verify: \+\.value\[autoChallenge\]`,
		"in the corpus the tick box stands beside the push of a custom app"},
	{`remediation enrollment-channel-data okta_verify: [+-]\.value\[(email|phoneNumber)\]`,
		"one of the two, by the channel; the corpus has the phone"},

	// Security keys.
	{`currentAuthenticator of enroll-authenticator(-promotion)? webauthn: [+-]\.value\.(catalogKey|settings|methods|contextualData\.activationData\.(hints|authenticatorSelection\.residentKey))`,
		"the newest samples have more about passkeys than the older; what browsers need is in all"},
	{`currentAuthenticator of challenge-authenticator webauthn: -\.value\.contextualData\.challengeData\.extensions`,
		"an AppID has to be https, and browsers refuse any other; the pages of these tests are not"},
	{`authenticatorEnrollments webauthn: \+\.transports`,
		"in some answers it stands in the profile"},

	// Rare authenticators, with one sample each or of another kind than the rest.
	{`current\w+ of challenge-authenticator custom_otp: .*\.type = .*`,
		"in the corpus the type and the method are swapped, in no other authenticator"},
	{`current\w+ of challenge-authenticator (onprem_mfa|rsa_token): \+\.value\.profile`,
		"the name at the token's server, which is in the lists of the corpus"},
	{`current\w+ of challenge-(authenticator|poll) nfc_pin: -\.value\.recover`,
		"the PIN is reset by an administrator here"},
	{`authenticators (tac|smart_card_idp): -\.allowedFor`,
		"a policy of the org's that no client reads"},
	{`authenticatorEnrollments security_question: .*`,
		"the sample is of an older shape with a catalogue's key"},
	{`remediation user-code: \+\.value\[userCode\]\.required`,
		"the samples have a code that was refused already"},
}

// notSimulated are the remediations of the corpus that oktasim never offers.
var notSimulated = map[string]string{
	"DEVELOPMENT": "a page for the widget's developers, not Okta's protocol",
}
