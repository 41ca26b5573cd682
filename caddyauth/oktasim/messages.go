package oktasim

// A message of an IDX answer. Clients branch on the key and show the text.
type message struct {
	Text  string `json:"message"`
	I18n  i18n   `json:"i18n"`
	Class string `json:"class"`
}

type i18n struct {
	Key    string `json:"key"`
	Params []any  `json:"params"`
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
}

// say returns the error message with that key.
func say(key string, params ...any) message {
	if params == nil {
		params = []any{}
	}
	return message{Text: englishTexts[key], I18n: i18n{Key: key, Params: params}, Class: "ERROR"}
}

// apiErrors has the summaries of Okta's management-style errors, which the
// org sends where a request never reached the IDX conversation.
var apiErrors = map[string]string{
	"E0000003": "The request body was not well-formed.",
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
