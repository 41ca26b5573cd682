package signin

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// pageBuilder turns one of Okta's answers into the page that shows it: its first
// remediation is the page, the others are ways on, in Okta's order.
type pageBuilder struct {
	Words
	prefix  string
	visit   *Visit
	tx      *Transaction
	answer  *okta.Answer
	owns    func(address string) bool        // is it the org's?
	atOkta  bool                             // may what cannot be done here be done on Okta's pages?
	token   func(*idx.Remediation) string    // of a form of this step
	pending []said                           // messages that have no place yet
	about   map[*idx.Remediation][]*exitView // the exits of a remediation
	fields  int
	tasks   map[taskKey]*Task
	// tasksMade counts those of them that there are.
	tasksMade int
	looked    int // for tasks
	// warnings are for the operator: what a user cannot do here, and why.
	warnings []error
}

// stepPage is the page of an answer.
func (f *Flow) stepPage(v *Visit, tx *Transaction, answer *okta.Answer) *Page {
	b := &pageBuilder{
		Words: f.Words.For(v.Device.AcceptLanguage), prefix: f.Prefix, visit: v, tx: tx, answer: answer,
		owns: f.Org.Owns, atOkta: f.ContinueAtOkta,
		token: func(rem *idx.Remediation) string { return f.formToken(v, tx, answer, rem) },
	}
	return b.page()
}

func (b *pageBuilder) page() *Page {
	p := &Page{
		Template: "step", Status: http.StatusUnauthorized, Lang: b.Lang(), Dir: b.Dir(),
		App: b.app(), User: b.user(), Reference: b.tx.Reference,
	}
	if b.tx.Advanced {
		// Chromium offers to save a password only after a success.
		p.Status = http.StatusOK
	}
	p.Title, p.Lead = b.heading()
	b.gatherMessages()
	p.Parts = append(b.deviceParts(), b.stepParts()...)
	b.addForms(p)
	p.Links = append(b.appLinks(), b.captchaLinks(p)...)
	p.Messages = b.restOfMessages()
	if !p.leadsOn() {
		b.end(p)
	}
	b.addOktaPages(p)
	if rem := pollOf(b.answer); rem != nil {
		p.Refresh = int(math.Ceil(interval(rem).Seconds()))
	}
	if p.Generic = b.generic(); p.Generic != "" && p.Lead == "" && len(p.Messages) == 0 && p.Form != nil {
		p.Lead = b.Say("One more step is needed.")
	}
	p.warnings = b.warnings
	focusFirst(p)
	p.Mark = mark(p)
	return p
}

// generic names the remediation that the page shows without words of its own
// for it.
func (b *pageBuilder) generic() string {
	if len(b.answer.Remediations) == 0 {
		if _, ok := b.knownEnd(); !ok && b.answer.InteractionCode == "" && b.answer.Success == nil {
			return "terminal"
		}
		return ""
	}
	if _, ok := lookOf(b.answer, b.answer.Remediations[0]); ok {
		return ""
	}
	return b.answer.Remediations[0].Name
}

// app is what the user knows the application by: Okta's name for it, else the
// host that they are on.
func (b *pageBuilder) app() string {
	return firstOf(b.answer.App.Label, hostOf(b.visit.Host))
}

func (b *pageBuilder) user() string {
	if b.answer.User == "" && !b.atStart() && len(b.answer.Remediations) > 0 {
		return b.tx.Identifier
	}
	return b.answer.User
}

// appLinks are what the application wants to be read before one agrees.
func (b *pageBuilder) appLinks() []Link {
	var links []Link
	add := func(url, label string) {
		if safeAddress(url) != "" {
			links = append(links, Link{URL: url, Label: b.Say(label)})
		}
	}
	add(b.answer.App.TermsOfService, "Terms of service")
	add(b.answer.App.PrivacyPolicy, "Privacy policy")
	return links
}

// atStart tells whether there is nothing to go back from.
func (b *pageBuilder) atStart() bool {
	return b.answer.User == "" && len(b.answer.Remediations) > 0 && b.answer.Remediations[0].Name == "identify"
}

// addForms puts the ways on onto the page.
func (b *pageBuilder) addForms(p *Page) {
	b.about = b.exits()
	for i, rem := range b.answer.Remediations {
		forms := b.ways(rem)
		if i == 0 && forms[0].isForm() && forms[0].Style != "choice" {
			p.Form, forms = &forms[0], forms[1:]
			if len(p.Form.Fields) > 0 {
				p.Form.Style = "primary"
			}
		}
		p.Others = append(p.Others, forms...)
	}
	for _, action := range b.answer.Actions {
		if b.answer.Find(action.Name) == action { // else a remediation does the same
			p.Others = append(p.Others, b.ways(action)...)
		}
	}
	for _, end := range []*idx.Remediation{b.answer.Success, b.answer.Failure} {
		if end != nil {
			p.Others = append(p.Others, b.ways(end)...)
		}
	}
	if b.answer.Cancel == nil {
		if p.leadsOn() {
			p.Others = append(p.Others, b.restart()...)
		}
		return
	}
	back := b.ways(b.answer.Cancel)
	switch {
	case b.atStart():
		back[0].Label = b.Say("Start over")
	case p.Form == nil && len(p.Others) == 0 && back[0].isForm():
		back[0].Style = "primary"
		p.Form, back = &back[0], nil
	}
	p.Others = append(p.Others, back...)
}

// addOktaPages adds the way to Okta's own pages, where something cannot be done
// on this one.
func (b *pageBuilder) addOktaPages(p *Page) {
	if !b.atOkta || !slices.ContainsFunc(p.Others, func(f Form) bool { return f.Explanation != "" }) {
		return
	}
	p.Others = append(p.Others, Form{
		Remediation: continueAtOkta, Exit: true, Style: "secondary", Icon: "app", Label: b.Say("Continue on Okta’s own page"),
		Action: exitAction(b.prefix, exit{rem: &idx.Remediation{Name: continueAtOkta}}, b.visit.Return),
	})
}

// leadsOn tells whether there is anything to do on the page.
func (p *Page) leadsOn() bool {
	return p.Form != nil || slices.ContainsFunc(p.Others, func(f Form) bool { return f.Explanation == "" })
}

// restart is the way back where Okta offers none: it is ours alone, and gives the
// sign-in up.
func (b *pageBuilder) restart() []Form {
	if b.atStart() || b.answer.Terminal() {
		return nil
	}
	return []Form{{
		Remediation: "cancel", Action: b.prefix + "signin/cancel", Style: "link", Label: b.Say("Back to sign in"),
		Hidden: []Hidden{{tokenInput, b.token(giveUp)}, {ReturnInput, b.visit.Return}},
	}}
}

// giveUp stands for Okta's cancel in an answer that has none.
var giveUp = &idx.Remediation{Name: "cancel"}

// isForm tells a form from an exit and from the reason why there is none.
func (f *Form) isForm() bool { return !f.Exit && f.Explanation == "" }

// isMain tells whether rem is what the page is about.
func (b *pageBuilder) isMain(rem *idx.Remediation) bool {
	return len(b.answer.Remediations) > 0 && rem == b.answer.Remediations[0]
}

// hasInput tells whether the page's own form asks for something.
func (b *pageBuilder) hasInput() bool {
	return len(b.answer.Remediations) > 0 && slices.ContainsFunc(b.answer.Remediations[0].Forms(), func(f idx.Form) bool {
		return len(f.Inputs) > 0
	})
}

// focusFirst puts the cursor into the first field that is still empty, else into
// the first, unless there is an error: then the page's summary of errors gets
// the focus.
func focusFirst(p *Page) {
	if p.Form == nil || p.Failed() {
		return
	}
	var first *Field
	for i := range p.Form.Fields {
		field := &p.Form.Fields[i]
		if field.Type == "checkbox" {
			continue
		}
		if first == nil {
			first = field
		}
		if field.Value == "" {
			field.Autofocus = true
			return
		}
	}
	if first != nil {
		first.Autofocus = true
	}
}

// mark is a hash of what there is to see.
func mark(p *Page) string {
	seen := *p
	seen.Status, seen.Mark = 0, ""
	data, err := json.Marshal(seen)
	if err != nil {
		return "" // a page of strings and numbers encodes
	}
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

func class(s string) string {
	switch s = strings.ToUpper(s); s {
	case "ERROR", "WARNING", "INFO", "SUCCESS":
		return s
	}
	return "INFO"
}
