package signin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// exitView is a way out with its words.
type exitView struct {
	exit
	label, hint, icon string
}

// ways are what a page offers to do about one remediation: its forms, its exits,
// or the reason why there is neither. It is never nothing.
func (b *pageBuilder) ways(rem *idx.Remediation) []Form {
	var out []Form
	for _, e := range b.about[rem] {
		out = append(out, b.exitForm(e))
	}
	switch why := b.obstacle(rem); {
	case rem.IsLink() && len(out) > 0:
	case rem.PasswordSite.URL != "" && len(out) > 0:
	case why != "":
		out = append(out, Form{Remediation: rem.Name, Explanation: why, Style: "secondary"})
	case isPoll(rem):
		out = append(out, b.forms(rem)...) // the app on this device goes first
	default:
		out = append(b.forms(rem), out...)
	}
	return out
}

// obstacle is why a remediation cannot be done from this page, in words for the
// user; "" when it can.
func (b *pageBuilder) obstacle(rem *idx.Remediation) string {
	forms := rem.Forms()
	switch {
	case rem.Name == appleExtension:
		return b.Say("This device offers its single sign-on extension, which works on Okta’s own pages only. Go on without it.")
	case rem.IsLink():
		return b.Say("This way leads to an address that cannot be trusted, so there is no link to it.")
	case !b.owns(rem.Href), rem.Name == ".", rem.Name == "..":
		return b.Say("This way leads to an address outside the sign-in service, so it cannot be used. Please tell your administrator.")
	case slices.ContainsFunc(forms, func(f idx.Form) bool { return !f.NeedsScript() || b.task(rem, f) != nil }):
		return ""
	}
	b.warnOfPasskeys(rem)
	for _, in := range forms[0].Script {
		switch {
		case in.Hint == "captcha" || in.Path[0] == "captchaVerify":
			return b.Say("This step asks for a captcha (a puzzle that shows that you are no robot), which needs JavaScript of another company. It is not allowed on this page. Please tell your administrator.")
		case in.Path[len(in.Path)-1] == "signatureData" && len(forms[0].Script) == 1:
			return b.Say("This step needs Duo’s own page with JavaScript, which cannot be shown here. Choose another way, or ask your administrator.")
		case in.Path[len(in.Path)-1] == "clientData":
			return b.Say("This step needs a passkey or security key, which cannot be used at this address. Choose another way, or ask your administrator.")
		}
	}
	return b.Say("This step needs JavaScript that this page does not have. Choose another way, or ask your administrator.")
}

// exitForm is a link to another site.
func (b *pageBuilder) exitForm(e *exitView) Form {
	f := Form{
		Remediation: e.rem.Name, Exit: true, Action: exitAction(b.prefix, e.exit, b.visit.Return),
		Label: e.label, Hint: e.hint, Icon: e.icon, Style: "secondary",
	}
	if b.isMain(e.rem) || len(b.answer.Remediations) == 0 {
		f.Style = "primary"
	}
	return f
}

// forms are the ways to submit rem, ready to render. Options that ask for nothing
// are a form each, a list to choose from; options that ask for the same share a
// form with a button for each.
func (b *pageBuilder) forms(rem *idx.Remediation) []Form {
	var ways []idx.Form
	for _, form := range rem.Forms() {
		form.Inputs = slices.DeleteFunc(form.Inputs, func(in idx.Input) bool { return isReason(rem, in) })
		if !form.NeedsScript() || b.task(rem, form) != nil {
			ways = append(ways, form)
		}
	}
	ways = b.withoutCurrent(rem, ways)
	list := len(ways) > 1 || strings.HasPrefix(rem.Name, "select-") && len(ways) == 1 && ways[0].Label != ""
	for i := range ways {
		// What is optional is asked for where it is the matter at hand: in a
		// list, or on another step's page, it would only be in the way.
		if (list || !b.isMain(rem)) && allOptional(ways[i].Inputs) {
			ways[i].Inputs = nil
		}
	}
	var out []Form
	for i := 0; i < len(ways); {
		n := 1
		for i+n < len(ways) && len(ways[i].Inputs) > 0 && sameInputs(ways[i], ways[i+n]) {
			n++
		}
		out = append(out, b.form(rem, ways[i:i+n], list))
		i += n
	}
	b.announce(rem, out, len(ways) == 1 && b.isCurrent(ways[0]))
	b.tellApart(out)
	return out
}

// form is one form of rem, for one option of it or for several with the same
// inputs.
func (b *pageBuilder) form(rem *idx.Remediation, options []idx.Form, oneOfMany bool) Form {
	form := options[0]
	view := Form{
		Remediation: rem.Name,
		Action:      b.prefix + "signin/" + url.PathEscape(rem.Name),
		Label:       b.buttonLabel(rem, form),
		Style:       "secondary",
		Hidden:      []Hidden{{tokenInput, b.token(rem)}, {ReturnInput, b.visit.Return}},
	}
	switch {
	case b.isMain(rem) && (!oneOfMany || len(options) > 1) && !(isPoll(rem) && len(b.about[rem]) > 0):
		view.Style = "primary"
	case len(form.Chosen) > 0 && len(form.Inputs) == 0:
		view.Style = "choice"
		view.Icon, view.Hint = icon(form.Authenticator), b.choiceHint(rem, form)
	case len(form.Inputs) == 0:
		view.Style = "link"
	}
	view.Task = b.task(rem, form)
	view.Silent = isAutofill(rem) && b.answer.Find("launch-passkeys-authenticator") != nil
	view.Hidden = append(view.Hidden, reasons(rem)...)
	if isPoll(rem) {
		view.Poll = int(interval(rem).Milliseconds())
	}
	if len(options) == 1 {
		for _, in := range form.Chosen {
			view.Hidden = append(view.Hidden, Hidden{in.Name, in.Value})
		}
		if !oneOfMany && form.Label != "" && b.isMain(rem) {
			view.Label = b.pressLabel(rem)
		}
		if oneOfMany && len(form.Inputs) > 0 {
			view.Heading, view.Label = form.Label, b.pressLabel(rem)
		}
	} else {
		for _, option := range options {
			view.Buttons = append(view.Buttons, Button{
				Name: choiceInput, Value: chosenValues(option).Encode(), Label: b.buttonLabel(rem, option),
				Icon: icon(option.Authenticator), Hint: b.choiceHint(rem, option),
			})
		}
	}
	for _, in := range form.Fixed {
		if !isQuestionKey(in) { // a part of the page shows the question
			view.Fixed = append(view.Fixed, b.fixed(in))
		}
	}
	for _, in := range form.Inputs {
		if decision(in) && view.Buttons == nil {
			view.Buttons = b.decisionButtons(rem, in)
			continue
		}
		view.Fields = append(view.Fields, b.field(rem, in))
		if again, ok := b.confirmation(rem, in); ok {
			view.Fields = append(view.Fields, again)
		}
	}
	return view
}

// announce gives a heading to choices that are not what the page is about.
func (b *pageBuilder) announce(rem *idx.Remediation, forms []Form, onlyCurrent bool) {
	if b.isMain(rem) || len(forms) == 0 || forms[0].Style != "choice" {
		return
	}
	if onlyCurrent && strings.HasPrefix(rem.Name, "select-authenticator") {
		// No other way, but the same once more: a new code, say.
		forms[0].Style, forms[0].Icon, forms[0].Hint = "link", "", ""
		forms[0].Label = b.Say("Use {name} again", "name", forms[0].Label)
		return
	}
	switch rem.Name {
	case "select-authenticator-authenticate":
		forms[0].Heading = b.Say("Verify with something else")
	case "select-authenticator-enroll":
		forms[0].Heading = b.Say("Set up something else")
	case "select-enrollment-channel":
		forms[0].Heading = b.Say("Connect in another way")
	case "resend":
	default:
		forms[0].Heading = b.Say("Other ways")
	}
}

// withoutCurrent leaves out of a list of other ways the one that the page is
// about already, unless it can be told from no other.
func (b *pageBuilder) withoutCurrent(rem *idx.Remediation, ways []idx.Form) []idx.Form {
	if b.isMain(rem) || len(ways) < 2 || !strings.HasPrefix(rem.Name, "select-authenticator") {
		return ways
	}
	others := slices.DeleteFunc(slices.Clone(ways), b.isCurrent)
	if len(others) != len(ways)-1 {
		return ways // another phone, another key, another method
	}
	return others
}

// isCurrent tells whether a choice is the authenticator that the page is about.
func (b *pageBuilder) isCurrent(f idx.Form) bool {
	current := b.answer.Authenticator
	return current != nil && f.Authenticator != nil && f.Authenticator.Key == current.Key
}

// tellApart numbers choices that look the same: two keys without a name.
func (b *pageBuilder) tellApart(forms []Form) {
	alike := map[[2]string]int{}
	for _, f := range forms {
		alike[[2]string{f.Label, f.Hint}]++
	}
	seen := map[[2]string]int{}
	for i := range forms {
		look := [2]string{forms[i].Label, forms[i].Hint}
		if n := alike[look]; n > 1 && forms[i].Style == "choice" {
			seen[look]++
			number := b.Say("{n} of {all}", "n", strconv.Itoa(seen[look]), "all", strconv.Itoa(n))
			forms[i].Hint = strings.TrimPrefix(forms[i].Hint+" · "+number, " · ")
		}
	}
}

// choiceHint tells apart what has the same label: two phones, two keys.
func (b *pageBuilder) choiceHint(rem *idx.Remediation, form idx.Form) string {
	a := form.Authenticator
	if a == nil {
		return ""
	}
	hint := maskedAddress(a)
	if a.Nickname != "" && hint != "" {
		return a.Nickname + " · " + hint
	}
	for _, s := range []string{hint, a.Nickname, a.Profile["deviceName"]} {
		if s != "" {
			return s
		}
	}
	if rem.Name == "select-authenticator-enroll" {
		return b.Say(enrollHints[a.Key])
	}
	return ""
}

// enrollHints say what each authenticator is, to somebody who is to choose.
var enrollHints = map[string]string{
	"okta_password":     "A password for your account",
	"okta_email":        "A code or a link in an e-mail",
	"phone_number":      "A code in a text message or a call",
	"security_question": "An answer that only you know",
	"google_otp":        "A code that an app on your phone shows",
	"okta_verify":       "An app on your phone that you answer with a tap",
	"webauthn":          "Your fingerprint, face, screen lock or a security key",
	"yubikey_token":     "A key that you plug in and touch",
	"duo":               "An app on your phone",
	"symantec_vip":      "A code from Symantec’s app or token",
	"rsa_token":         "A code from an RSA token",
	"onprem_mfa":        "A code from your organization’s token",
	"smart_card_idp":    "A smart card with a PIN",
	"nfc_pin":           "A badge that you tap, and a PIN",
}

func allOptional(inputs []idx.Input) bool {
	return !slices.ContainsFunc(inputs, func(in idx.Input) bool { return in.Required || in.Kind == "boolean" })
}

func sameInputs(a, b idx.Form) bool {
	return slices.EqualFunc(a.Inputs, b.Inputs, func(x, y idx.Input) bool { return x.Name == y.Name && x.Kind == y.Kind })
}

// choiceInput carries which of several options a button stands for: the names
// and values of its fixed inputs, as a query.
const choiceInput = "/choice"

func chosenValues(form idx.Form) url.Values {
	values := url.Values{}
	for _, in := range form.Chosen {
		values.Set(in.Name, in.Value)
	}
	return values
}

// decision tells whether an input is a question that two buttons answer.
func decision(in idx.Input) bool {
	last := in.Path[len(in.Path)-1]
	return len(in.Path) == 1 && (in.Type == "boolean" && in.Kind == "select" && len(in.Choices) == 2 ||
		in.Kind == "boolean" && (last == "consent" || last == "keepMeSignedIn"))
}

// decisionButtons answer a question by yes or no, Okta's words first.
func (b *pageBuilder) decisionButtons(rem *idx.Remediation, in idx.Input) []Button {
	yes, no := "Allow", "Don’t allow"
	switch rem.Name {
	case "keep-me-signed-in":
		yes, no = "Stay signed in", "Not now"
	case "email-challenge-consent":
		yes, no = "Yes, it was me", "No, it was not me"
	}
	buttons := []Button{{Name: in.Name, Value: "true", Label: b.Say(yes)}, {Name: in.Name, Value: "false", Label: b.Say(no)}}
	for _, c := range in.Choices {
		for i := range buttons {
			if buttons[i].Value == c.Value && c.Label != c.Value {
				buttons[i].Label = c.Label
			}
		}
	}
	return buttons
}
