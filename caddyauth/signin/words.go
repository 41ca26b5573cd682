package signin

import (
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// words are the heading of a step and a sentence below it.
func words(answer *okta.Answer) (title, lead string) {
	if len(answer.Remediations) == 0 {
		return "Sign in", ""
	}
	rem := answer.Remediations[0]
	key := ""
	if a := answer.Authenticator; a != nil {
		key = a.Key
	}
	switch rem.Name {
	case "identify":
		return "Sign in", ""
	case "select-authenticator-authenticate":
		return "Verify it’s you", "Choose how to continue."
	case "select-authenticator-enroll":
		return "Set up a security method", "Choose one to protect your account."
	case "challenge-authenticator":
		switch key {
		case "okta_password":
			return "Enter your password", ""
		case "okta_email":
			lead = "We sent you an e-mail with a code. Enter it below."
			if to := maskedAddress(answer.Authenticator); to != "" {
				lead = "We sent an e-mail with a code to " + to + ". Enter it below."
			}
			return "Check your e-mail", lead
		}
		return "Verify it’s you", name(answer.Authenticator)
	case "authenticator-verification-data":
		return "Verify it’s you", name(answer.Authenticator)
	}
	return "Continue signing in", ""
}

// buttonLabel says what pressing the button of a form does.
func buttonLabel(answer *okta.Answer, rem *idx.Remediation, form idx.Form) string {
	if form.Label != "" {
		return form.Label
	}
	switch rem.Name {
	case "identify":
		for _, in := range form.Inputs {
			if in.Secret {
				return "Sign in"
			}
		}
		return "Next"
	case "challenge-authenticator":
		if a := answer.Authenticator; a != nil && a.Key == "okta_password" {
			return "Sign in"
		}
		return "Verify"
	case "resend":
		return "Send again"
	case "recover":
		return "Forgot your password?"
	case "cancel":
		return "Back to sign in"
	case "poll":
		return "I have followed the link in the e-mail"
	case "skip":
		return "Skip for now"
	case "select-enroll-profile":
		return "Sign up"
	case "select-identify":
		return "Sign in"
	case "unlock-account":
		return "Unlock your account"
	}
	if len(form.Inputs) == 0 {
		// Okta's own name for it is the best that is known.
		s := strings.ReplaceAll(rem.Name, "-", " ")
		return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):]
	}
	return "Continue"
}

func name(a *idx.Authenticator) string {
	if a == nil {
		return ""
	}
	return a.DisplayName
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

func icon(a *idx.Authenticator) string {
	if a == nil {
		return ""
	}
	switch a.Type {
	case "email", "password", "phone", "app":
		return a.Type
	}
	return "key"
}
