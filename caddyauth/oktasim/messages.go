package oktasim

// A message of an IDX answer. Clients branch on the key and show the text,
// which is written when the answer is, in the language of the request.
type message struct {
	Text  string `json:"message"`
	I18n  i18n   `json:"i18n"`
	Class string `json:"class,omitempty"`
	Links []link `json:"links,omitempty"`
}

type i18n struct {
	Key    string `json:"key"`
	Params []any  `json:"params"`
}

type link struct {
	Label string `json:"label,omitempty"`
	URL   string `json:"url"`
}

const (
	msgSessionExpired  = "idx.session.expired"
	msgAuthFailed      = "errors.E0000004"
	msgNotNow          = "errors.E0000079"
	msgMalformed       = "errors.E0000003"
	msgPasscodeInvalid = "api.authn.error.PASSCODE_INVALID"
	msgFactorSuspended = "authfactor.challenge.suspended_factor"
	msgFieldBlank      = "model.validation.field.blank"
	msgNoSuchOption    = "api.authn.error.AUTHENTICATOR_NOT_FOUND"
	msgReturnToTab     = "idx.return.to.original.tab"
	msgAccessDenied    = "security.access_denied"
	msgTooManyRequests = "tooManyRequests"

	// Authenticators.
	msgPhoneInvalid    = "oie.phone.invalid"
	msgPhoneRefused    = "oie.phone.enroll.initiate.invalid" // the key is not public
	msgTextLimit       = "errors.E0000150"
	msgCallLimit       = "errors.E0000151"
	msgAnswerWrong     = "authfactor.challenge.question_factor.answer_invalid"
	msgAnswerShort     = "securityQuestion.answer.tooShort.arg"
	msgNoTags          = "tagsNotAllowed"
	msgTimedOut        = "core.system.transaction_resource_not_found"
	msgPushRejected    = "api.authn.poll.error.push_rejected"
	msgAssertionFailed = "authfactor.webauthn.error.assertion_validation_failure"
	msgEnrollFailed    = "oie.authenticator.enroll.error.fail"
	msgNextToken       = "errors.E0000113"
	msgDuoFailed       = "oie.authenticator.duo.method.duo.verification_failed"
	msgAdminEnrolls    = "enroll.hotp.restricted"
	msgPinIncorrect    = "api.authenticator.error.nfc.pin_incorrect"
	msgDeviceCode      = "idx.invalid.device.code"
	msgDeviceActivated = "idx.device.activated"
)

// englishTexts has the words under each key.
var englishTexts = map[string]string{
	msgSessionExpired:  "You have been logged out due to inactivity. Refresh or return to the sign in screen.",
	msgAuthFailed:      "Authentication failed",
	msgNotNow:          "This operation is not allowed in the current authentication state.",
	msgMalformed:       "The request body was not well-formed.",
	msgPasscodeInvalid: "Invalid code. Try again.",
	msgFactorSuspended: "This factor is suspended for your account due to too many failed attempts",
	msgFieldBlank:      "This field cannot be left blank",
	msgNoSuchOption:    "The selected authenticator is not available.",
	msgReturnToTab:     "Success! Return to the original tab or window",
	msgAccessDenied:    "You do not have permission to perform the requested action.",
	msgTooManyRequests: "Too many requests",

	msgPhoneInvalid:    "Invalid Phone Number.",
	msgPhoneRefused:    "Unable to initiate factor enrollment: Invalid Phone Number.",
	msgTextLimit:       "Too many text messages were asked for. Try again later.",
	msgCallLimit:       "Too many calls were asked for. Try again later.",
	msgAnswerWrong:     "That is not the answer on record. Try again.",
	msgAnswerShort:     "The answer must have at least {0} characters.",
	msgNoTags:          "HTML tags are not allowed here.",
	msgTimedOut:        "The time to verify is over. Try again.",
	msgPushRejected:    "The sign-in was rejected on the phone.",
	msgAssertionFailed: "None of the keys that are set up made this signature.",
	msgEnrollFailed:    "The authenticator could not be set up. Try again.",
	msgNextToken:       "{0}",
	msgDuoFailed:       "The signature of Duo is not valid.",
	msgAdminEnrolls:    "Only an administrator can set this up. Contact yours.",
	msgPinIncorrect:    "The PIN is wrong. Try again.",
	msgDeviceCode:      "Invalid code. Try again.",
	msgDeviceActivated: "Your device is activated. Go on there.",
}

// say returns the error message with that key. params fill {0}, {1} ... of its
// words.
func say(key string, params ...any) message {
	if params == nil {
		params = []any{}
	}
	return message{I18n: i18n{Key: key, Params: params}, Class: "ERROR"}
}

// inform is say for what is no error.
func inform(key string, params ...any) message {
	m := say(key, params...)
	m.Class = "INFO"
	return m
}

// apiErrors has the summaries of Okta's management-style errors, which the
// org sends where a request never reached the IDX conversation.
var apiErrors = map[string]string{
	"E0000003": "The request body was not well-formed.",
	"E0000047": "API call exceeded rate limit due to too many requests.",
	"E0000022": "The endpoint does not support the provided HTTP method",
}

func apiError(status int, code string) reply {
	return jsonReply(status, map[string]any{
		"errorCode":    code,
		"errorSummary": apiErrors[code],
		"errorLink":    code,
		"errorId":      "oae" + randomText(22),
		"errorCauses":  []any{},
	})
}
