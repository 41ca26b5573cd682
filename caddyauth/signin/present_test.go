package signin

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

func TestMarksOfMessages(t *testing.T) {
	page := samplePages(plain)["step"]
	_, doc := render(t, newRenderer(t), page)
	count := 0
	for _, n := range all(doc, func(n *html.Node) bool { return has(n, "data-message") }) {
		count++
		if class, key := attr(n, "data-message"), attr(n, "data-i18n"); class+key != "ERRORkey.one" && class+key != "INFOkey.two" {
			t.Errorf("a message is marked %q %q", class, key)
		}
	}
	want := 2 + 2*len(page.Form.Fields)
	for _, part := range page.Parts {
		if part.Message != nil {
			want++
		}
		for _, item := range part.Items {
			if item.Message != nil {
				want++
			}
		}
	}
	if count != want {
		t.Errorf("%d messages are marked, want each of the %d once", count, want)
	}
	_, doc = render(t, newRenderer(t), &Page{Template: "message", Messages: []Message{{Class: "INFO", Text: "x"}}})
	if marked := all(doc, func(n *html.Node) bool { return has(n, "data-i18n") }); len(marked) > 0 {
		t.Error("a message without a key has the mark data-i18n")
	}
}

// What Okta links with a text of its own is that text, not an address beside it.
func TestMessageIsItsLink(t *testing.T) {
	page := &Page{Template: "step", Messages: []Message{
		{Class: "INFO", Text: "Update", Href: "https://help.example.com/"}, {Class: "INFO", Text: "No", Href: "javascript:alert(1)"},
	}}
	_, doc := render(t, newRenderer(t), page)
	links := tagged(doc, "a")
	if len(links) != 1 || attr(links[0], "href") != "https://help.example.com/" || content(links[0]) != "Update" || attr(links[0].Parent, "dir") != "auto" {
		t.Errorf("%d links", len(links))
	}
	if said := all(doc, func(n *html.Node) bool { return has(n, "data-message") }); len(said) != 2 || strings.TrimSpace(content(said[1])) != "No" {
		t.Error("a message whose link leads nowhere is lost")
	}
}

// TestMarksOfForms: what stands for a remediation has its name, in Okta's order,
// whether it is a form, a way out, or the reason why there is neither.
func TestMarksOfForms(t *testing.T) {
	_, doc := render(t, newRenderer(t), samplePages(plain)["step"])
	var marks []string
	for _, n := range all(doc, func(n *html.Node) bool { return has(n, "data-remediation") }) {
		mark := attr(n, "data-remediation")
		marks = append(marks, n.Data+" "+mark)
		switch n.Data {
		case "form":
			if attr(n, "method") != "post" || !strings.HasPrefix(attr(n, "action"), "/.okta/signin/") {
				t.Errorf("form %q posts to %q", mark, attr(n, "action"))
			}
		case "a":
			if !strings.HasPrefix(attr(n, "href"), "/.okta/leave/") {
				t.Errorf("exit %q leads to %q", mark, attr(n, "href"))
			}
		case "div":
			if attr(n, "role") != "note" || !strings.Contains(content(n), "Because") {
				t.Errorf("%q is not explained: %q", mark, content(n))
			}
		}
	}
	want := []string{
		"form cancel", "form identify", "form select", "form select", "form idp", "form consent",
		"form resend", "form poll", "form webauthn", "a redirect-idp", "a piv-idp", "div challenge",
	}
	if diff := cmp.Diff(want, marks); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
}

// A form has one nameless button, or those that are its choices.
func TestButtons(t *testing.T) {
	_, doc := render(t, newRenderer(t), samplePages(plain)["step"])
	for _, form := range tagged(doc, "form") {
		var got []string
		for _, button := range tagged(form, "button") {
			if attr(button, "type") != "submit" {
				t.Errorf("form %q has a button of type %q", attr(form, "data-remediation"), attr(button, "type"))
			}
			got = append(got, attr(button, "name")+"="+attr(button, "value"))
		}
		want := []string{"="}
		if attr(form, "data-remediation") == "consent" {
			want = []string{"consent=true", "consent=false"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("form %q (-want +got):\n%s", attr(form, "data-remediation"), diff)
		}
	}
}

// TestS44_EveryInputIsNamedAndDescribed is for the people who do not see the page.
//
// Rows: S-44.
func TestS44_EveryInputIsNamedAndDescribed(t *testing.T) {
	_, doc := render(t, newRenderer(t), samplePages(plain)["step"])
	ids, labels := map[string]int{}, map[string]bool{}
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id != "" {
			ids[id]++
		}
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
	}
	for id, count := range ids {
		if count > 1 {
			t.Errorf("%d elements have the id %q", count, id)
		}
	}
	visible := all(doc, func(n *html.Node) bool {
		return (n.Data == "input" || n.Data == "select") && attr(n, "type") != "hidden" && attr(n, "aria-hidden") != "true"
	})
	if len(visible) != 13 { // the radio field and the checkboxes have two, and two are fixed
		t.Errorf("%d visible inputs", len(visible))
	}
	for _, input := range visible {
		if input.Parent.Data != "label" && !labels[attr(input, "id")] {
			t.Errorf("input %q has no label", attr(input, "id"))
		}
		if !has(input, "name") {
			continue // fixed: nothing was wrong with it
		}
		if input.Parent.Parent.Data == "fieldset" {
			input = input.Parent.Parent // the description is the group's
		} else if attr(input, "aria-invalid") != "true" {
			t.Errorf("input %q is not said to be invalid", attr(input, "id"))
		}
		described := strings.Fields(attr(input, "aria-describedby"))
		if len(described) != 2 || ids[described[0]] != 1 || ids[described[1]] != 1 {
			t.Errorf("input %q is described by %q", attr(input, "id"), described)
		}
	}
}

func TestFocus(t *testing.T) {
	wrong := []Message{{Class: "ERROR", Text: "Wrong"}}
	form := func(messages []Message) *Form {
		return &Form{Action: "/.okta/signin/x", Fields: []Field{
			{ID: "first"}, {ID: "second", Autofocus: true, Messages: messages}, {ID: "third", Autofocus: true},
		}}
	}
	for name, test := range map[string]struct {
		page Page
		want string // the id, or the role of what has none
	}{
		"no error":         {Page{Form: form(nil)}, "second"},
		"notice":           {Page{Form: form(nil), Messages: []Message{{Class: "INFO"}}}, "second"},
		"error of a field": {Page{Form: form(wrong)}, "alert"},
		"error":            {Page{Form: form(nil), Messages: wrong}, "alert"},
		"nothing to fill":  {Page{}, ""},
	} {
		test.page.Template = "step"
		_, doc := render(t, newRenderer(t), &test.page)
		var got []string
		for _, n := range all(doc, func(n *html.Node) bool { return has(n, "autofocus") }) {
			got = append(got, attr(n, "id")+attr(n, "role"))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: the focus is on %q, want %q", name, got, test.want)
		}
	}
}

// TestS44_PasswordManagersKnowWho: on a page that only asks for the password, the
// username of a page ago stands in an input that is never posted.
//
// Rows: S-44.
func TestS44_PasswordManagersKnowWho(t *testing.T) {
	password := Field{ID: "p", Name: "credentials/passcode", Type: "password", Autocomplete: "current-password", Value: "never"}
	username := Field{ID: "u", Name: "identifier", Type: "text", Autocomplete: "username"}
	for name, test := range map[string]struct {
		user   string
		fields []Field
		want   bool
	}{
		"password page": {"ada", []Field{password}, true},
		"one page":      {"ada", []Field{username, password}, false},
		"nobody yet":    {"", []Field{password}, false},
		"no password":   {"ada", []Field{{ID: "c", Type: "text", Autocomplete: "one-time-code"}}, false},
		"an answer":     {"ada", []Field{{ID: "c", Type: "password", Autocomplete: "off"}}, false},
	} {
		page := &Page{Template: "step", User: test.user, Form: &Form{Action: "/.okta/signin/x", Fields: test.fields}}
		_, doc := render(t, newRenderer(t), page)
		found := all(doc, func(n *html.Node) bool { return has(n, "readonly") })
		if len(found) > 0 && attr(found[0], "id") != "p-user" {
			t.Errorf("%s: the id %q", name, attr(found[0], "id"))
		}
		if (len(found) == 1) != test.want {
			t.Errorf("%s: %d such inputs", name, len(found))
		}
		for _, n := range found {
			if has(n, "name") || attr(n, "value") != test.user || attr(n, "autocomplete") != "username" {
				t.Errorf("%s: %v", name, n.Attr)
			}
		}
		for _, n := range all(doc, func(n *html.Node) bool { return attr(n, "type") == "password" }) {
			if has(n, "value") {
				t.Errorf("%s: a password is on the page", name)
			}
		}
	}
}

// TestWaysOn: the other ways on stand in Okta's order, which is the
// administrator's; what looks alike and follows one another is one list.
func TestWaysOn(t *testing.T) {
	others := []Form{
		{Label: "1", Style: "link"}, {Label: "2", Style: "choice", Heading: "Or"}, {Remediation: "cancel", Style: "link"},
		{Label: "3", Style: "choice"}, {Label: "4", Style: "choice", Heading: "Else"}, {Label: "5", Style: "new", Fields: []Field{{}}},
		{Label: "6", Style: "choice", Fields: []Field{{}}}, {Label: "7", Exit: true, Style: "secondary"}, {Label: "8", Exit: true, Style: "secondary"},
		{Label: "9", Exit: true, Style: "primary"}, {Label: "10", Style: "secondary"}, {Label: "11", Style: "secondary"}, {Label: "12", Style: "link"},
	}
	runs := func(p *Page) (got []string) {
		for _, r := range p.Runs() {
			line := r.Look
			if r.Or {
				line += " or"
			}
			if h := r.Heading(); h != "" {
				line += " " + h
			}
			for _, w := range r.Ways {
				line += " " + w.Label
			}
			got = append(got, line)
		}
		return got
	}
	page := &Page{User: "ada", Form: &Form{}, Others: others}
	if s := page.Switch(); s == nil || s.Form != &page.Others[2] {
		t.Error("the way to switch is not beside the user")
	}
	want := []string{
		"link 1", "choice Or 2 3", "choice Else 4", "inset 5", "inset 6", "exit or 7 8", "primary 9", "secondary 10", "secondary 11", "link 12",
	}
	if diff := cmp.Diff(want, runs(page)); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	nobody := &Page{Others: others[:4]}
	if diff := cmp.Diff([]string{"link 1", "choice Or 2", "link ", "choice 3"}, runs(nobody)); diff != "" || nobody.Switch() != nil {
		t.Errorf("without a user, the way back is not among the others:\n%s", diff)
	}
	if (&Page{User: "ada", Others: []Form{{Remediation: "cancel", Style: "primary"}}}).Switch() != nil {
		t.Error("the main way on stands beside the user")
	}
}

// A heading that says the same as the label under it is left out.
func TestHeadingOfForm(t *testing.T) {
	for label, want := range map[string]int{"Choose": 0, "Other": 1} {
		form := &Form{Action: "/.okta/signin/x", Heading: "Choose", Fields: []Field{{ID: "f", Type: "text", Label: label}}}
		_, doc := render(t, newRenderer(t), &Page{Template: "step", Form: form})
		if got := len(tagged(doc, "h2")); got != want {
			t.Errorf("label %q: %d headings, want %d", label, got, want)
		}
	}
}

// TestParts: a kind of part that nobody knows is shown with all that it has, and
// a secret is shown as it has to be typed.
func TestParts(t *testing.T) {
	page := samplePages(plain)["step"]
	_, doc := render(t, newRenderer(t), page)
	parts := all(doc, func(n *html.Node) bool { return strings.HasPrefix(attr(n, "class"), "part ") })
	if len(parts) != len(page.Parts) {
		t.Fatalf("%d of %d parts", len(parts), len(page.Parts))
	}
	for i, part := range page.Parts {
		n, text := parts[i], content(parts[i])
		for _, want := range []string{part.Title, part.Text} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not shown", part.Kind, want)
			}
		}
		for _, item := range part.Items {
			if !strings.Contains(text, item.Term) || !strings.Contains(text, item.Text) {
				t.Errorf("%s: %+v is not shown", part.Kind, item)
			}
		}
		if pictures := tagged(n, "img"); (len(pictures) == 1) != (part.Image != "") {
			t.Errorf("%s: %d pictures", part.Kind, len(pictures))
		}
		codes := tagged(n, "code")
		if verbatim := slices.Contains([]string{"secret", "number", "code"}, part.Kind); (len(codes) == 1) != verbatim || verbatim && content(codes[0]) != part.Text {
			t.Errorf("%s: %d code elements", part.Kind, len(codes))
		}
		for tag, want := range map[string]bool{"dl": part.Kind == "scopes" || part.Kind == "facts", "ol": part.Kind == "option"} {
			if (len(tagged(n, tag)) == 1) != want {
				t.Errorf("%s: <%s> is wrong", part.Kind, tag)
			}
		}
	}
	if links := tagged(parts[7], "a"); len(links) != 1 || attr(links[0], "href") != page.Parts[7].Items[0].Text {
		t.Error("an address among facts is no link")
	}
}

// What cannot be changed is seen, and never posted.
func TestFixed(t *testing.T) {
	_, doc := render(t, newRenderer(t), samplePages(plain)["step"])
	for id, off := range map[string]string{"nine": "readonly", "ten": "disabled"} {
		found := all(doc, func(n *html.Node) bool { return attr(n, "id") == id })
		if len(found) != 1 || has(found[0], "name") || !has(found[0], off) {
			t.Errorf("%s is not fixed", id)
		}
	}
}

// Somebody who fills in many fields wants to know which they may leave out, where
// it is not all of them.
func TestOptional(t *testing.T) {
	must, may := Field{ID: "a", Type: "text", Required: true}, Field{ID: "b", Type: "text"}
	tick := Field{ID: "c", Type: "checkbox"}
	for want, fields := range [][]Field{{must, tick}, {must, may, tick}} {
		_, doc := render(t, newRenderer(t), &Page{Template: "step", Form: &Form{Action: "/.okta/signin/x", Fields: fields}})
		if got := len(all(doc, func(n *html.Node) bool { return attr(n, "class") == "optional" })); got != want {
			t.Errorf("%d fields are said to be optional, want %d", got, want)
		}
	}
	_, doc := render(t, newRenderer(t), &Page{Template: "step", Form: &Form{Action: "/.okta/signin/x", Fields: []Field{may}}})
	if strings.Contains(content(doc), "optional") {
		t.Error("the only field is said to be optional")
	}
}

// A screen reader says what a new password has to be like where it is typed.
func TestRulesDescribeTheNewPassword(t *testing.T) {
	page := &Page{Template: "step", Parts: []Part{{Kind: "rules", Text: "eight"}}, Form: &Form{Action: "/.okta/signin/x", Fields: []Field{
		{ID: "a", Name: "credentials/passcode", Type: "password", Autocomplete: "new-password"},
		{ID: "b", Name: confirmInput, Type: "password", Autocomplete: "new-password"},
	}}}
	_, doc := render(t, newRenderer(t), page)
	for id, want := range map[string]string{"a": "rules", "b": ""} {
		for _, n := range all(doc, func(n *html.Node) bool { return attr(n, "id") == id }) {
			if got := attr(n, "aria-describedby"); got != want {
				t.Errorf("%s is described by %q", id, got)
			}
		}
	}
	if rules := all(doc, func(n *html.Node) bool { return attr(n, "id") == "rules" }); len(rules) != 1 {
		t.Error("the rules cannot be found")
	}
}

// TestRefreshWipesNothing: a page that asks again by itself must not throw away
// what is being typed.
func TestRefreshWipesNothing(t *testing.T) {
	waiting := &Page{Template: "message", Refresh: 4, Others: []Form{{Remediation: "cancel", Action: "/.okta/signin/cancel"}}}
	typing := &Page{Template: "step", Refresh: 4, Form: &Form{Action: "/.okta/signin/x", Fields: []Field{{ID: "a", Type: "text"}}}}
	isRefresh := func(n *html.Node) bool {
		return attr(n, "http-equiv") == "refresh" && n.Parent.Data == "noscript" && attr(n, "content") == "4"
	}
	for page, want := range map[*Page]int{waiting: 1, typing: 0, {Template: "message"}: 0} {
		_, doc := render(t, newRenderer(t), page)
		if got := len(all(doc, isRefresh)); got != want {
			t.Errorf("%s: %d refreshes, want %d", page.Template, got, want)
		}
	}
}

// What a script needs to ask by itself is there, on pages with an input too.
func TestPoll(t *testing.T) {
	page := &Page{
		Template: "step", Mark: "m1", Form: &Form{Action: "/.okta/signin/x", Fields: []Field{{ID: "a", Type: "text"}}},
		Others: []Form{{Remediation: "poll", Action: "/.okta/signin/poll", Poll: 2500, Style: "link"}},
	}
	for _, poll := range []int{2500, 0} {
		page.Others[0].Poll = poll
		_, doc := render(t, newRenderer(t), page)
		forms := all(doc, func(n *html.Node) bool {
			return attr(n, "data-poll") == "2500" && attr(n, "data-remediation") == "poll"
		})
		news := all(doc, func(n *html.Node) bool {
			return attr(n, "data-news") != "" && attr(n, "data-continue") != "" && attr(n, "role") == "status"
		})
		if got := len(forms) == 1 && len(news) == 1; got != (poll > 0) {
			t.Errorf("a poll after %d: %d forms, %d places for news", poll, len(forms), len(news))
		}
		if got := attr(tagged(doc, "body")[0], "data-mark"); got != "m1" {
			t.Errorf("the mark %q", got)
		}
	}
}

// An operator's stylesheet comes after ours, and the logo in place of our mark.
func TestThemeInLayout(t *testing.T) {
	r := newRenderer(t)
	r.theme, r.logo = "/.okta/assets/theme.css", "/.okta/assets/logo.svg"
	_, doc := render(t, r, &Page{Template: "step"})
	var sheets []string
	for _, n := range all(doc, func(n *html.Node) bool { return attr(n, "rel") == "stylesheet" }) {
		sheets = append(sheets, attr(n, "href"))
	}
	if diff := cmp.Diff([]string{r.style, r.theme}, sheets); diff != "" {
		t.Errorf("stylesheets (-want +got):\n%s", diff)
	}
	logos := tagged(doc, "img")
	if len(logos) != 1 || attr(logos[0], "src") != r.logo || !has(logos[0], "alt") || attr(logos[0], "alt") != "" {
		t.Error("the logo is not shown, or is read aloud")
	}
	if marks := all(doc, func(n *html.Node) bool { return attr(n, "class") == "mark" }); len(marks) > 0 {
		t.Error("our mark stands beside the logo")
	}
}

// What only a script can fill in is there for it, and to be told without one.
func TestTask(t *testing.T) {
	page := &Page{Template: "step", Form: &Form{Action: "/.okta/signin/x", Label: "Go", Task: &Task{
		Kind: "webauthn", Data: `{"a":"<b>"}`, Inputs: []string{"credentials/clientData"}, Refused: "r", Failed: "f", Without: "No script",
	}}}
	_, doc := render(t, newRenderer(t), page)
	form := tagged(doc, "form")[0]
	got := []string{attr(form, "data-task"), attr(form, "data-options"), attr(form, "data-refused"), attr(form, "data-failed")}
	if diff := cmp.Diff([]string{"webauthn", `{"a":"<b>"}`, "r", "f"}, got); diff != "" {
		t.Errorf("task (-want +got):\n%s", diff)
	}
	fill := all(form, func(n *html.Node) bool {
		return has(n, "data-fill") && attr(n, "name") == "credentials/clientData" && attr(n, "type") == "hidden"
	})
	says := all(form, func(n *html.Node) bool {
		return has(n, "data-task-says") && has(n, "hidden") && attr(n, "tabindex") == "-1"
	})
	if without := tagged(form, "noscript"); len(fill) != 1 || len(says) != 1 || len(without) != 1 || !strings.Contains(content(without[0]), "No script") {
		t.Errorf("%d inputs, %d places for what went wrong, %d noscript", len(fill), len(says), len(without))
	}
}

func TestVerbatim(t *testing.T) {
	for _, f := range []Field{{Type: "password"}, {Type: "email"}, {Type: "tel"}, {Type: "text", Autocomplete: "username"}, {Autocomplete: "one-time-code"}} {
		f.ID = "f"
		page := &Page{Template: "step", Dir: "rtl", Form: &Form{Action: "/.okta/signin/x", Fields: []Field{f}}}
		_, doc := render(t, newRenderer(t), page)
		inputs := all(doc, func(n *html.Node) bool { return attr(n, "id") == "f" })
		want := []html.Attribute{{Key: "autocapitalize", Val: "none"}, {Key: "spellcheck", Val: "false"}, {Key: "dir", Val: "ltr"}}
		for _, a := range want {
			if !slices.Contains(inputs[0].Attr, a) {
				t.Errorf("%+v: no %s=%q", f, a.Key, a.Val)
			}
		}
	}
}
