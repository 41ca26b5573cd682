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
	if want := 2 + 2*len(page.Form.Fields); count != want {
		t.Errorf("%d messages are marked, want each of the %d once", count, want)
	}
	_, doc = render(t, newRenderer(t), &Page{Template: "message", Messages: []Message{{Class: "INFO", Text: "x"}}})
	if marked := all(doc, func(n *html.Node) bool { return has(n, "data-i18n") }); len(marked) > 0 {
		t.Error("a message without a key has the mark data-i18n")
	}
}

func TestMarksOfForms(t *testing.T) {
	_, doc := render(t, newRenderer(t), samplePages(plain)["step"])
	var marks []string
	for _, form := range tagged(doc, "form") {
		marks = append(marks, attr(form, "data-remediation"))
		if attr(form, "method") != "post" || !strings.HasPrefix(attr(form, "action"), "/.okta/signin/") {
			t.Errorf("form %q posts to %q", attr(form, "data-remediation"), attr(form, "action"))
		}
		if buttons := tagged(form, "button"); len(buttons) != 1 || attr(buttons[0], "type") != "submit" || has(buttons[0], "name") {
			t.Errorf("form %q has not one nameless submit button", attr(form, "data-remediation"))
		}
	}
	if diff := cmp.Diff([]string{"cancel", "identify", "select", "select", "idp", "resend"}, marks); diff != "" {
		t.Errorf("forms (-want +got):\n%s", diff)
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
	if len(visible) != 9 { // the radio field has two
		t.Errorf("%d visible inputs", len(visible))
	}
	for _, input := range visible {
		if input.Parent.Data != "label" && !labels[attr(input, "id")] {
			t.Errorf("input %q has no label", attr(input, "id"))
		}
		if attr(input, "type") == "radio" {
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
	} {
		page := &Page{Template: "step", User: test.user, Form: &Form{Action: "/.okta/signin/x", Fields: test.fields}}
		_, doc := render(t, newRenderer(t), page)
		found := all(doc, func(n *html.Node) bool { return has(n, "readonly") })
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

func TestWaysOn(t *testing.T) {
	cancel := Form{Remediation: "cancel", Style: "link"}
	others := []Form{{Label: "1", Style: "link"}, {Label: "2", Style: "choice"}, cancel, {Label: "3", Style: "choice", Heading: "Or"}, {Label: "4", Style: "new"}}
	page := &Page{User: "ada", Others: others}
	if page.Switch() != &page.Others[2] {
		t.Error("the way to switch is not beside the user")
	}
	for look, want := range map[string]string{"choice": "2 3", "link": "1", "secondary": "4"} {
		var labels []string
		for _, f := range page.Group(look).Forms {
			labels = append(labels, f.Label)
		}
		if got := strings.Join(labels, " "); got != want {
			t.Errorf("%s: %q, want %q", look, got, want)
		}
	}
	if got := page.Group("choice").Heading; got != "Or" {
		t.Errorf("heading %q", got)
	}
	nobody := &Page{Others: others}
	if nobody.Switch() != nil || len(nobody.Group("link").Forms) != 2 {
		t.Error("without a user, the way back is not among the others")
	}
	if (&Page{User: "ada", Others: []Form{{Remediation: "cancel", Style: "primary"}}}).Switch() != nil {
		t.Error("the main way on stands beside the user")
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
		if body := tagged(doc, "body")[0]; has(body, "data-refresh") != (want == 1) {
			t.Errorf("%s: the script is told something else", page.Template)
		}
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
