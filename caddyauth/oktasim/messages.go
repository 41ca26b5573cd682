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
