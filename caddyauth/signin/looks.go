package signin

import (
	"slices"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// A look is the words around a step: its heading, a sentence under it, and the
// label of its button. {name} is the authenticator's, {to} where it reaches the
// user, masked by Okta.
type look struct{ title, lead, button string }

// looks are the steps that have words of their own: a remediation, or a
// remediation and the key of the authenticator that it is about, or with "+to"
// the same where it is known how the user is reached. A step that is not here
// is shown from its fields alone.
var looks = map[string]look{
	"identify":          {"Sign in", "", "Next"},
	"identify/password": {"Sign in", "", "Sign in"}, // asks for the password too
	"identify-recovery": {"Reset your password", "Who are you?", "Next"},
	"user-code":         {"Activate your device", "Enter the code that your device shows.", "Next"},

	"select-authenticator-authenticate":          {"Verify it’s you", "Choose how to continue.", "Verify"},
	"select-authenticator-authenticate/recovery": {"Reset your password", "First verify that it’s you: choose how.", "Verify"},
	"select-authenticator-enroll":                {"Set up security methods", "They protect your account. Choose one to set up.", "Set up"},
	"select-authenticator-unlock-account":        {"Unlock your account", "Choose how to prove that it is yours.", "Unlock your account"},
	"unlock-account":                             {"Unlock your account", "", "Unlock your account"},

	"authenticator-verification-data":                 {"Verify it’s you", "{name}", "Continue"},
	"authenticator-verification-data/okta_email":      {"Verify it’s you", "We will send you an e-mail with a code.", "Send the e-mail"},
	"authenticator-verification-data/okta_email+to":   {"Verify it’s you", "We will send an e-mail with a code to {to}.", "Send the e-mail"},
	"authenticator-verification-data/phone_number":    {"Verify it’s you", "Choose how to get a code on your phone.", "Get a code"},
	"authenticator-verification-data/phone_number+to": {"Verify it’s you", "Choose how to get a code on {to}.", "Get a code"},
	"authenticator-verification-data/okta_verify":     {"Verify with Okta Verify", "", "Continue"},
	"authenticator-enrollment-data":                   {"Set up {name}", "", "Continue"},
	"authenticator-enrollment-data/phone_number":      {"Set up your phone", "We will send you a code, to see that it is yours.", "Get a code"},

	"challenge-authenticator":                   {"Verify it’s you", "{name}", "Verify"},
	"challenge-authenticator/okta_password":     {"Enter your password", "", "Sign in"},
	"challenge-authenticator/okta_email":        {"Check your e-mail", "We sent you an e-mail with a code. Enter it below.", "Verify"},
	"challenge-authenticator/okta_email+to":     {"Check your e-mail", "We sent an e-mail with a code to {to}. Enter it below.", "Verify"},
	"challenge-authenticator/phone_number":      {"Check your phone", "A code is on its way to your phone. Enter it below.", "Verify"},
	"challenge-authenticator/phone_number+to":   {"Check your phone", "A code is on its way to {to}. Enter it below.", "Verify"},
	"challenge-authenticator/security_question": {"Answer your security question", "", "Verify"},
	"challenge-authenticator/google_otp":        {"Enter a code", "Google Authenticator on your phone shows it.", "Verify"},
	"challenge-authenticator/okta_verify":       {"Enter a code", "Okta Verify on your phone shows it.", "Verify"},
	"challenge-authenticator/webauthn":          {"Use your passkey or security key", "Your browser will ask you to use it.", "Verify"},
	"challenge-authenticator/yubikey_token":     {"Use your YubiKey", "Plug it in, put the cursor into the field, and touch the key.", "Verify"},
	"challenge-authenticator/duo":               {"Verify with Duo", "", "Verify"},
	"challenge-authenticator/tac":               {"Enter your temporary access code", "Your administrator or help desk gave it to you.", "Verify"},
	"challenge-authenticator/nfc_pin":           {"Enter your PIN", "", "Verify"},
	"challenge-authenticator/symantec_vip":      {"Enter a code", "Symantec VIP shows it.", "Verify"},
	"challenge-authenticator/rsa_token":         {"Enter a code", "{name} shows it.", "Verify"},
	"challenge-authenticator/onprem_mfa":        {"Enter a code", "{name} shows it.", "Verify"},
	"challenge-authenticator/custom_otp":        {"Enter a code", "{name} shows it.", "Verify"},

	"enroll-authenticator":                   {"Set up {name}", "", "Set up"},
	"enroll-authenticator/okta_password":     {"Choose a password", "", "Save the password"},
	"enroll-authenticator/okta_email":        {"Check your e-mail", "We sent you an e-mail with a code, to see that the address is yours. Enter it below.", "Verify"},
	"enroll-authenticator/okta_email+to":     {"Check your e-mail", "We sent an e-mail with a code to {to}. Enter it below.", "Verify"},
	"enroll-authenticator/phone_number":      {"Check your phone", "A code is on its way to your phone. Enter it below.", "Verify"},
	"enroll-authenticator/phone_number+to":   {"Check your phone", "A code is on its way to {to}. Enter it below.", "Verify"},
	"enroll-authenticator/security_question": {"Set up a security question", "", "Save the answer"},
	"enroll-authenticator/google_otp":        {"Set up Google Authenticator", "Scan the picture with the app, then enter the code that it shows.", "Verify"},
	"enroll-authenticator/webauthn":          {"Set up a passkey or security key", "Your browser will ask you to make one.", "Set up"},
	"enroll-authenticator/yubikey_token":     {"Set up your YubiKey", "Plug it in, put the cursor into the field, and touch the key.", "Set up"},
	"enroll-authenticator/symantec_vip":      {"Set up Symantec VIP", "Enter the credential’s ID and two codes that follow one another.", "Set up"},
	"enroll-authenticator/duo":               {"Set up Duo", "", "Set up"},
	"enroll-authenticator/nfc_pin":           {"Choose a PIN", "", "Save the PIN"},
	"enroll-authenticator-promotion":         {"Sign in faster next time", "Make a passkey, and your fingerprint, face or screen lock signs you in.", "Make a passkey"},

	"reenroll-authenticator":                  {"Your password has expired", "Choose a new one.", "Change the password"},
	"reenroll-authenticator-warning":          {"Your password expires soon", "Choose a new one now, or later.", "Change the password"},
	"reenroll-custom-password-expiry":         {"Your password has expired", "It is changed on another site.", "Change the password"},
	"reenroll-custom-password-expiry-warning": {"Your password expires soon", "It is changed on another site.", "Change the password"},
	"reset-authenticator":                     {"Set up {name} again", "", "Verify"},
	"reset-authenticator/okta_password":       {"Choose a new password", "", "Save the password"},

	"challenge-poll":                {"Check your phone", "{name} asks there whether it is you. Approve it to go on.", "Check now"},
	"challenge-poll/nfc_pin+device": {"Use your badge", "Hold it to the back of your phone when the app says so.", "Check now"},
	"challenge-poll/okta_verify":    {"Check your phone", "Okta Verify asks there whether it is you. Approve it to go on.", "Check now"},
	"enroll-poll":                   {"Set up {name}", "", "Check now"},
	"enroll-poll/okta_verify":       {"Set up Okta Verify", "", "Check now"},
	"select-enrollment-channel":     {"Set up Okta Verify", "Choose how to connect your phone.", "Next"},
	"enrollment-channel-data":       {"Set up Okta Verify", "Where shall we send the link?", "Send the link"},
	"resend":                        {"Check your phone", "The last request was not approved.", "Send again"},
	"poll":                          {"One moment", "Sign-in waits for another system.", "Check now"},
	"device-challenge-poll":         {"Checking this device", "Okta Verify on this device is being asked.", "Check now"},
	"launch-authenticator":          {"Sign in", "", "Sign in with Okta FastPass"},
	"launch-nfc-authenticator":      {"Use your badge", "", "Use your badge"},
	"device-apple-sso-extension":    {"Single sign-on of this device", "", "Continue"},
	"cancel-transaction":            {"Single sign-on of this device", "It did not answer.", "Continue"},

	"enroll-profile":                {"Create your account", "", "Sign up"},
	"select-enroll-profile":         {"Create your account", "", "Sign up"},
	"select-identify":               {"Sign in", "", "Sign in"},
	"profile-update":                {"Tell us more about you", "", "Continue"},
	"consent":                       {"Your consent", "The application asks for the following.", "Continue"},
	"admin-consent":                 {"Your consent as an administrator", "The application asks for the following, for everybody.", "Continue"},
	"granular-consent":              {"Your consent", "Choose what the application may do.", "Continue"},
	"email-challenge-consent":       {"Did you just try to sign in?", "Somebody did. If it was not you, do not allow it.", "Continue"},
	"keep-me-signed-in":             {"Stay signed in?", "This device will not be asked for further proof each time.", "Continue"},
	"device-assurance-grace-period": {"Your device needs attention", "", "Remind me later"},
	"request-activation-email":      {"This link has expired", "", "Send a new link"},
	"skip":                          {"Set up later", "", "Skip for now"},

	"redirect-idp":              {"Sign in", "", "Sign in with {name}"},
	"redirect-idp/external_idp": {"Verify it’s you", "{name} checks who you are, then you come back here.", "Continue with {name}"},
	"piv-idp":                   {"Sign in", "", "Sign in with a smart card"},
	"redirect-idverify":         {"Verify your identity", "{name} checks who you are, then you come back here.", "Continue with {name}"},
	"success-redirect":          {"You are signed in", "", "Continue"},
	"failure-redirect":          {"Sign-in did not work", "", "Continue"},

	"challenge-webauthn-autofillui-authenticator": {"Sign in", "", "Sign in with a passkey"},
	"launch-passkeys-authenticator":               {"Sign in", "", "Sign in with a passkey"},
	"launch-webauthn-authenticator":               {"Sign in", "", "Sign in with a passkey or security key"},
	"enroll-webauthn-residentkey":                 {"Set up a passkey", "", "Set up a passkey"},

	"recover":                    {"", "", "Forgot your password?"},
	"cancel":                     {"", "", "Back to sign in"},
	"cancel-polling":             {"", "", "Continue without it"},
	"cancel-polling-transaction": {"", "", "Continue without it"},
	"send":                       {"", "", "Send it"},
}

// lookOf finds the most closely fitting words; false when there are none.
func lookOf(answer *okta.Answer, rem *idx.Remediation) (look, bool) {
	key, to := "", maskedAddress(aboutWhom(answer, rem))
	if a := aboutWhom(answer, rem); a != nil {
		key = a.Key
	}
	var names []string
	switch {
	case rem.Name == "redirect-idp" && strings.EqualFold(rem.Type, "X509"):
		names = append(names, "piv-idp")
	case isPoll(rem) && answer.DeviceChallenge() != nil:
		names = append(names, rem.Name+"/"+key+"+device", "device-challenge-poll")
	case rem.Name == "identify" && asksForSecret(rem):
		names = append(names, "identify/password")
	case rem.Name == "select-authenticator-authenticate" && (answer.Value("recoveryAuthenticator") != nil || strings.Contains(answer.Intent, "recovery")):
		names = append(names, rem.Name+"/recovery")
	}
	if to != "" {
		names = append(names, rem.Name+"/"+key+"+to")
	}
	for _, name := range append(names, rem.Name+"/"+key, rem.Name) {
		if l, ok := looks[name]; ok {
			return l, true
		}
	}
	return look{}, false
}

// heading is the title of the page and the sentence under it.
func (b *pageBuilder) heading() (title, lead string) {
	a := b.answer
	if len(a.Remediations) == 0 {
		return b.ending()
	}
	rem := a.Remediations[0]
	l, ok := lookOf(a, rem)
	if !ok {
		l.title = "Continue signing in"
	}
	with := []string{"name", b.nameOf(rem), "to", maskedAddress(aboutWhom(a, rem))}
	title, lead = b.Say(l.title, with...), b.Say(l.lead, with...)
	if a.Title != "" {
		title = a.Title
	}
	return title, lead
}

// buttonLabel says what pressing the button of a form does.
func (b *pageBuilder) buttonLabel(rem *idx.Remediation, form idx.Form) string {
	main := len(b.answer.Remediations) > 0 && rem == b.answer.Remediations[0]
	switch {
	case form.Label != "":
		return namedByKey(form)
	case main && b.answer.ButtonLabel != "":
		return b.answer.ButtonLabel
	case isPoll(rem) && !main && b.hasInput():
		return b.Say("I have followed the link")
	}
	if l, ok := lookOf(b.answer, rem); len(form.Inputs) == 0 && (!ok || l.button == "") {
		return plainName(rem.Name)
	}
	return b.pressLabel(rem)
}

// pressLabel is what the step itself calls its button.
func (b *pageBuilder) pressLabel(rem *idx.Remediation) string {
	if l, ok := lookOf(b.answer, rem); ok && l.button != "" {
		return b.Say(l.button, "name", b.nameOf(rem))
	}
	return b.Say("Continue")
}

// namedByKey is the label of an option; one that Okta left without a name bears
// the key of its authenticator, which is none for users.
func namedByKey(form idx.Form) string {
	a := form.Authenticator
	if a == nil || a.Key == "" || a.DisplayName != "" || !strings.HasPrefix(form.Label, a.Key) {
		return form.Label
	}
	return productName(a.Key) + strings.TrimPrefix(form.Label, a.Key)
}

// productName is what an authenticator is called where Okta gives no name.
func productName(key string) string {
	switch key {
	case "okta_verify":
		return "Okta Verify"
	case "google_otp":
		return "Google Authenticator"
	case "duo":
		return "Duo"
	case "symantec_vip":
		return "Symantec VIP"
	case "yubikey_token":
		return "YubiKey"
	}
	return plainName(strings.ReplaceAll(key, "_", " "))
}

// plainName makes words of Okta's name for something unknown: the best there is.
func plainName(name string) string {
	s := strings.ReplaceAll(name, "-", " ")
	return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):]
}

// nameOf is what the user knows the other side by: the authenticator, or the
// identity provider.
func (b *pageBuilder) nameOf(rem *idx.Remediation) string {
	if provider := knownProviders[strings.ToUpper(rem.Type)]; provider != "" && b.onlyOfType(rem) {
		return provider
	}
	if rem.IDP.Name != "" {
		return rem.IDP.Name
	}
	if a := aboutWhom(b.answer, rem); a != nil {
		for _, s := range []string{a.DisplayName, a.Nickname} {
			if s != "" {
				return s
			}
		}
		if a.Key != "" {
			return productName(a.Key)
		}
	}
	return b.Say("this method")
}

// onlyOfType tells whether no other identity provider of the answer is of the
// same kind: then everybody knows which one is meant.
func (b *pageBuilder) onlyOfType(rem *idx.Remediation) bool {
	return !slices.ContainsFunc(b.answer.Remediations, func(other *idx.Remediation) bool {
		return other != rem && other.Type == rem.Type
	})
}

// knownProviders are the identity providers that have a type of their own.
var knownProviders = map[string]string{
	"GOOGLE": "Google", "FACEBOOK": "Facebook", "LINKEDIN": "LinkedIn", "MICROSOFT": "Microsoft",
	"APPLE": "Apple", "GITHUB": "GitHub", "AMAZON": "Amazon", "YAHOO": "Yahoo",
}

// aboutWhom is the authenticator that a remediation is about: its own, or the
// one in use.
func aboutWhom(answer *okta.Answer, rem *idx.Remediation) *idx.Authenticator {
	if rem.Authenticator != nil {
		return rem.Authenticator
	}
	return answer.Authenticator
}

func asksForSecret(rem *idx.Remediation) bool {
	return slices.ContainsFunc(rem.Forms(), func(f idx.Form) bool {
		return slices.ContainsFunc(f.Inputs, func(in idx.Input) bool { return in.Secret })
	})
}

// maskedAddress is where an authenticator reaches the user, as Okta masks it.
func maskedAddress(a *idx.Authenticator) string {
	if a == nil {
		return ""
	}
	for _, key := range []string{"email", "phoneNumber"} {
		if s := a.Profile[key]; s != "" {
			return s
		}
	}
	return ""
}

// icon is the picture of a way to prove who one is.
func icon(a *idx.Authenticator) string {
	if a == nil {
		return ""
	}
	switch {
	case a.Type == "email", a.Type == "password", a.Type == "phone", a.Type == "app":
		return a.Type
	case a.Key == "okta_email":
		return "email"
	case a.Key == "okta_password":
		return "password"
	case a.Key == "phone_number":
		return "phone"
	case a.Key == "okta_verify", a.Key == "google_otp":
		return "app"
	}
	return "key"
}
