package oktasim

import "net/http"

// A Captcha stands before forms that robots like. The simulator believes any
// token that is not empty; the real ones are judged by their maker.
type Captcha struct {
	ID      string `json:"id"`
	SiteKey string `json:"site_key"`

	// Type is "HCAPTCHA" or "RECAPTCHA_V2". Default: "HCAPTCHA".
	Type string `json:"type,omitempty"`
}

const msgCaptcha = "captcha.invalid"

// askCaptcha adds the captcha to an answer, and returns the field of the form
// for its token; nothing without a captcha.
func (t *turn) askCaptcha(a *answer) []field {
	captcha := t.tx.policy.Captcha
	if captcha == nil {
		return nil
	}
	kind := captcha.Type
	if kind == "" {
		kind = "HCAPTCHA"
	}
	if a.Extra == nil {
		a.Extra = object{}
	}
	a.Extra["captcha"] = objectOf(object{"id": captcha.ID, "name": kind, "siteKey": captcha.SiteKey, "type": kind})
	return []field{{
		Name: "captchaVerify",
		Form: &fields{[]field{
			{Name: "captchaId", Required: new(true), Value: captcha.ID, Visible: new(false), Mutable: new(false)},
			{Name: "captchaToken", Required: new(true), Visible: new(false), Extra: object{"hint": "captcha"}},
		}},
		Extra: object{"relatesTo": "$.captcha"},
	}}
}

func (t *turn) checkCaptcha() *rejection {
	if t.tx.policy.Captcha == nil {
		return nil
	}
	var given struct {
		CaptchaVerify struct {
			ID    string `json:"captchaId"`
			Token string `json:"captchaToken"`
		} `json:"captchaVerify"`
	}
	if wrong := t.read(&given); wrong != nil {
		return wrong
	}
	if given.CaptchaVerify.Token == "" || given.CaptchaVerify.ID != t.tx.policy.Captcha.ID {
		return reject(http.StatusBadRequest, say(msgCaptcha))
	}
	return nil
}
