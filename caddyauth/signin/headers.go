package signin

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// What a page may load: its own stylesheet, script and images, nothing else.
// There is no form-action: Chromium applies it to the whole redirect chain of a
// post, and would strand a user whose application lands on another origin.
const (
	pageSources = "default-src 'none'; style-src 'self'; script-src 'self'; " +
		"img-src 'self' data:; connect-src 'self'; base-uri 'none'"

	// PagePolicy is the Content-Security-Policy of every page but "frame" and
	// those with a step that needs [Sources].
	PagePolicy = pageSources + neverFramed

	neverFramed = "; frame-ancestors 'none'"

	// ownFrames lets the page "frame", and only it, be seen in a frame: it
	// stands where the application would have stood in its own site's frame,
	// and holds one link and nothing that a click could be stolen for.
	ownFrames = "; frame-ancestors 'self'"
)

// Sources are what a page may use besides its own files, because its step cannot
// be done without: the zero value is nothing.
type Sources struct {
	// Connect are the origins that our script calls, Frame those whose page
	// stands in a frame: scheme, host and port. One that is more, or none, is
	// left out of the policy, since answers name them.
	Connect, Frame []string
	// Captcha names the maker of a captcha, as Okta does: "HCAPTCHA" or
	// "RECAPTCHA_V2". It is the one exception by which a page runs somebody
	// else's script.
	Captcha string
}

// origin is a source without anything that could end it: a space begins
// another one, a semicolon another directive.
var origin = regexp.MustCompile(`^https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?$`)

func isOrigin(s string) bool { return origin.MatchString(s) }

// policy is pageSources with these besides.
func (s Sources) policy() string {
	p := pageSources
	maker := captchas[s.Captcha].sources
	for directive, more := range map[string][]string{
		"style-src":   maker.style,
		"script-src":  maker.script,
		"connect-src": slices.Concat(origins(s.Connect), maker.connect),
	} {
		if len(more) > 0 {
			own := directive + " 'self'"
			p = strings.Replace(p, own, own+" "+strings.Join(more, " "), 1)
		}
	}
	if frames := slices.Concat(origins(s.Frame), maker.frame); len(frames) > 0 {
		p += "; frame-src " + strings.Join(frames, " ")
	}
	return p
}

func origins(named []string) []string {
	return slices.DeleteFunc(slices.Clone(named), func(s string) bool { return !isOrigin(s) })
}

// sources are those of all tasks of the page.
func (p *Page) sources() Sources {
	var all Sources
	for _, f := range p.forms() {
		if f.Task == nil {
			continue
		}
		all.Connect = append(all.Connect, f.Task.Sources.Connect...)
		all.Frame = append(all.Frame, f.Task.Sources.Frame...)
		if f.Task.Sources.Captcha != "" {
			all.Captcha = f.Task.Sources.Captcha
		}
	}
	return all
}

// Unplug takes away what reaches beyond this site by itself: of a page that is
// only looked at.
func (p *Page) Unplug() {
	for _, f := range p.forms() {
		if f.Task != nil && !f.Task.Sources.none() {
			f.Task = nil
		}
	}
}

func (s Sources) none() bool { return len(s.Connect)+len(s.Frame) == 0 && s.Captcha == "" }

// SecurityHeaders sets what every answer of ours carries. An empty csp is
// PagePolicy.
func SecurityHeaders(h http.Header, csp string) {
	if csp == "" {
		csp = PagePolicy
	}
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// With "no-referrer" our own posts would carry "Origin: null".
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
}
