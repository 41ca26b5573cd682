package signin

import (
	"net/url"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// A captcha is the one thing on our pages that is somebody else's: the org's
// administrator chooses its maker, whose script runs on the forms that Okta asks
// it for, and on no other page. It shows itself only when it doubts.

// captchaMaker is where a captcha comes from.
type captchaMaker struct {
	// script is its address, object the name of what it defines.
	script, object string
	// sources are those that its maker documents for a Content-Security-Policy.
	sources captchaSources
	// terms have to be shown by a page that does not show the maker's mark.
	privacy, terms string
}

type captchaSources struct{ script, style, connect, frame []string }

// captchas are those that we know, by Okta's names. Sources of Google's have a
// path: its host serves scripts that do whatever their address says.
var captchas = map[string]captchaMaker{
	"HCAPTCHA": {
		script: "https://js.hcaptcha.com/1/api.js", object: "hcaptcha",
		sources: captchaSources{hCaptcha, hCaptcha, hCaptcha, hCaptcha},
		privacy: "https://www.hcaptcha.com/privacy", terms: "https://www.hcaptcha.com/terms",
	},
	"RECAPTCHA_V2": {
		script: "https://www.google.com/recaptcha/api.js", object: "grecaptcha",
		sources: captchaSources{
			script: []string{"https://www.google.com/recaptcha/", "https://www.gstatic.com/recaptcha/"},
			frame:  []string{"https://www.google.com/recaptcha/", "https://recaptcha.google.com/recaptcha/"},
		},
	},
}

var hCaptcha = []string{"https://hcaptcha.com", "https://*.hcaptcha.com"}

// captchaTask is the data of a "captcha" task.
type captchaTask struct {
	Script  string `json:"script"` // its address; it calls "captchaReady" when it is there
	Object  string `json:"object"` // of window, to talk to
	SiteKey string `json:"sitekey"`
}

func (b *pageBuilder) captcha(_ *idx.Remediation, form idx.Form) (*Task, any) {
	c := b.answer.Captcha()
	if c == nil || c.SiteKey == "" || !fills(form, "captchaToken") || len(form.Script) != 1 {
		return nil, nil
	}
	maker, ok := captchas[c.Type]
	if !ok {
		return nil, nil
	}
	query := url.Values{"render": {"explicit"}, "onload": {"captchaReady"}, "hl": {b.Lang()}}
	return &Task{
		Refused: b.Say("The puzzle was not solved. Please try again."),
		Failed:  b.Say("The puzzle that shows that you are no robot could not be loaded. Allow it in your browser and reload this page, or choose another way."),
		Without: b.Say("This step asks for a captcha (a puzzle that shows that you are no robot), which needs JavaScript. It is switched off in your browser."),
		Sources: Sources{Captcha: c.Type},
	}, captchaTask{Script: maker.script + "?" + query.Encode(), Object: maker.object, SiteKey: c.SiteKey}
}

// captchaLinks are what a page with a captcha has to name.
func (b *pageBuilder) captchaLinks(p *Page) []Link {
	maker := captchas[p.sources().Captcha]
	if maker.privacy == "" {
		return nil
	}
	return []Link{
		{URL: maker.privacy, Label: b.Say("Protected by hCaptcha: privacy policy")},
		{URL: maker.terms, Label: b.Say("Protected by hCaptcha: terms of service")},
	}
}

// tellOfCaptcha notes, once, that pages run a script that is not ours.
func (f *Flow) tellOfCaptcha(p *Page) {
	maker := p.sources().Captcha
	if maker == "" || f.Logger == nil {
		return
	}
	if _, told := f.told.LoadOrStore(maker, true); !told {
		f.Logger.Info("the org asks for a captcha, so sign-in pages that have it run a script of its maker",
			"captcha", maker, "script", captchas[maker].script)
	}
}
