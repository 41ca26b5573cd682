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
	msgDeviceRefused   = "idx.device.not.activated.internal.error"
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
	msgDeviceRefused:   "Your device was not activated.",
	msgDeviceActivated: "Your device is activated. Go on there.",

	"idx.unknown.user":                                                               "There is no account with the Username {0}.",
	"errors.E0000069":                                                                "Your account is locked because of too many authentication attempts.",
	"errors.E0000080":                                                                "The password does not meet the age requirements of the password policy",
	"security.access_denied_custom_message":                                          "You do not have permission to perform the requested action.",
	"idx.error.code.user_not_assigned":                                               "You are not allowed to access this app. To request access, contact an admin.",
	"password.passwordRequirementsNotMet":                                            "Password requirements were not met. {0}",
	"password.common":                                                                "This password was found in a list of commonly used passwords. Please try another password.",
	"idx.password.expiring.message":                                                  "When your password expires, you will have to change your password before you can login to your {0} account.",
	"idx.recovery.completed":                                                         "You can now sign in with your existing username and new password.",
	"oie.selfservice.reset.password.not.allowed":                                     "Reset password is not allowed at this time. Please contact support for assistance.",
	"oie.selfservice.unlock_user.success.message":                                    "You can log in using your existing username and password",
	"oie.selfservice.unlock_user.landing.to.app.success.message":                     "Account successfully unlocked! Verify your account with a security method to continue.",
	"oie.selfservice.user.unlock.not.allowed":                                        "Self Service Unlock is not allowed at this time. Please contact support for assistance.",
	"registration.error.invalidLoginEmail":                                           "'{0}' must be in the form of an email address",
	"registration.error.doesNotMatchPattern":                                         "Provided value for property '{0}' does not match required pattern",
	"registration.error.notUniqueWithinOrg":                                          "A user with this {0} already exists",
	"registration.error.generic":                                                     "There was an error creating your account. Please try registering again.",
	"model.validation.field.max.length":                                              "The field cannot exceed {0} characters",
	"model.validation.field.min.length":                                              "The field must have at least {0} characters",
	"model.validation.field.value.not.allowed":                                       "The value of '{0}' is not one of those allowed",
	"model.validation.field.invalid":                                                 "The value of '{0}' is invalid",
	"idx.error.registration.unavailable":                                             "Registration is currently unavailable.",
	"idx.email.verification.required":                                                "To finish signing in, check your email.",
	"idx.expired.activation.token":                                                   "Your account activation link is no longer valid. Request a new activation email below.",
	"idx.operation.cancelled.by.user":                                                "Operation cancelled by user.",
	"idx.operation.cancelled.on.other.device":                                        "Access denied on other device.",
	"idx.enter.otp.in.original.tab":                                                  "Enter the OTP in your original browser or device.",
	"idx.transferred.to.new.tab":                                                     "Please continue in the new tab.",
	"idx.return.stale":                                                               "This email link is out of date. Return to the screen where you requested it.",
	"idx.return.link.expired":                                                        "This email link has expired. To resend it, return to the screen where you requested it.",
	"idx.return.error":                                                               "Could not process this email link. Return to the screen where you requested it.",
	"idx.identity.provider.auth.error":                                               "There was a problem signing you into your identity provider. Please contact your administrator for help.",
	"idx.device_assurance.grace_period.warning.title.due_by_date":                    "Your device doesn't meet the security requirements. Fix the issue by {0} to prevent lockout.",
	"idx.error.code.access_denied.device_assurance.remediation.title":                "Your device doesn't meet the security requirements",
	"idx.error.code.access_denied.device_assurance.remediation.explanation_one_rule": "To sign in, make the following updates. Then, access the app again.",
	"idx.error.code.access_denied.device_assurance.remediation.explanation_multiple_rules":        "To sign in, pick an option and make the updates. Then, access the app again.",
	"idx.error.code.access_denied.device_assurance.remediation.option_index":                      "Option {0}:",
	"idx.error.code.access_denied.device_assurance.remediation.android.upgrade_os_version":        "Update to Android {0}",
	"idx.error.code.access_denied.device_assurance.remediation.android.use_lock_screen":           "Enable lock screen",
	"idx.error.code.access_denied.device_assurance.remediation.android.use_biometric_lock_screen": "Enable lock screen and biometrics",
	"idx.error.code.access_denied.device_assurance.remediation.android.device_disk_encrypted":     "Encrypt your device",
	"idx.error.code.access_denied.device_assurance.remediation.ios.upgrade_os_version":            "Update to iOS {0}",
	"idx.error.code.access_denied.device_assurance.remediation.ios.use_lock_screen":               "Set a passcode for the lock screen",
	"idx.error.code.access_denied.device_assurance.remediation.macos.upgrade_os_version":          "Update to macOS {0}",
	"idx.error.code.access_denied.device_assurance.remediation.macos.device_disk_encrypted":       "Turn on FileVault",
	"idx.error.code.access_denied.device_assurance.remediation.windows.upgrade_os_version":        "Update to Windows {0}",
	"idx.error.code.access_denied.device_assurance.remediation.windows.device_disk_encrypted":     "Encrypt all internal disks with BitLocker",
	"idx.error.code.access_denied.device_assurance.remediation.additional_help_default":           "For more information, follow the instructions on the help page or contact your administrator for help",
	"idx.error.code.access_denied.device_assurance.remediation.additional_help_custom":            "For more information, follow the instructions on your organization's help page or contact your administrator for help",
	"idx.error.server.safe.mode.enrollment.unavailable":                                           "Set up is temporarily unavailable due to server maintenance. Try again later.",
	"oie.authenticator.app.method.push.verify.enable.biometrics":                                  "Your response was received, but your organization requires biometrics. Turn them on for your account in Okta Verify, then try again.",
	"oie.authenticator.oktaverify.method.totp.verify.enable.biometrics":                           "Your response was received, but your organization requires biometrics. Make sure that they are enabled for your account in Okta Verify, then try again.",
	"oie.authenticator.oktaverify.method.fastpass.verify.enable.biometrics.mobile":                "Your response was received, but your organization requires biometrics. Enable them for your account in Okta Verify on your phone, then try again.",
	"oie.authenticator.app.method.push.enroll.enable.biometrics":                                  "Your organization requires biometrics. Add your account again, and enable biometrics when prompted.",
	"oie.authenticator.app.method.push.force.upgrade.number_challenge":                            "Your response was received, but your organization no longer supports your version of Okta Verify. Update it, then try again.",
	"oie.authenticator.app.non_fips_compliant_enrollment_app_update_required":                     "Your version of Okta Verify does not meet the security requirements of your organization. Update it, then try again.",

	msgNotProofed: "Your identity could not be verified. Try again, or contact your administrator.",

	"captcha.invalid":                     "Verify that you are human. Try again.",
	"oie.authenticator.verify.error.fail": "Unable to verify authenticator. Try again.",
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
