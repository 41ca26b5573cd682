package signin

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// hostileTexts are what Okta, an administrator, a claim or a user could be made
// to say (CVE-2023-52430 and its like).
var hostileTexts = []string{
	`"><svg onload=1>`, `'><img src=x onerror=1>`, `</script><script>1</script>`, `</title></textarea></style><b>`,
	`{{7*7}}`, `{{.CSP}}`, "a\u2028b\u2029c", "<!--", "]]>", "&#60;svg&#62;", "\x00<b>\x00", "\xff\xfe<b>",
	`javascript:alert(1)`, `" autofocus onfocus=1 x="`, "` onmouseover=1 ", "\n\n<p>", "=1 onload=1",
	strings.Repeat(`<b x="`, 8<<10/6), strings.Repeat("w", 8<<10), "\u202egnp.exe",
}

// shape is the tree of elements with the names of their attributes, and nothing
// of what they say.
func shape(doc *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.CommentNode {
			b.WriteString("<!---->")
		}
		if n.Type == html.ElementNode {
			b.WriteString("<" + n.Data)
			for _, a := range n.Attr {
				b.WriteString(" " + a.Key)
			}
			b.WriteString(">")
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
		if n.Type == html.ElementNode {
			b.WriteString("</>")
		}
	}
	walk(doc)
	return b.String()
}

// TestToB1_HostileDataAddsNothing: whatever a page is told to say, it has the same
// elements and attributes, and goes nowhere else.
//
// Rows: ToB-1, CVE-2026-33525, mod_auth_openidc 2026-05-20.
func TestToB1_HostileDataAddsNothing(t *testing.T) {
	r := newRenderer(t)
	for name, page := range samplePages(plain) {
		_, doc := render(t, r, page)
		want := shape(doc)
		for _, text := range hostileTexts {
			_, doc := render(t, r, samplePages(func(s string) string { return s + text })[name])
			if got := shape(doc); got != want {
				t.Errorf("%s: %.40q changes the page:\n%s\n%s", name, text, got, want)
			}
			goesNowhereElse(t, doc)
		}
	}
}

// TestToB4_HostileLinks: a link that Okta, or a Referer, names is followed by the
// user from a page that just took a password (CVE-2024-21496).
//
// Rows: ToB-4.
func TestToB4_HostileLinks(t *testing.T) {
	r := newRenderer(t)
	for _, address := range []string{
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)", "\x01javascript:1",
		"data:text/html,<b>", "vbscript:1", "http://example.com/", "mailto:a@example.com", "file:///etc/passwd",
		"//evil.example", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "/\n/evil.example", "https:evil.example",
		"https:///evil.example", "https://user@evil.example/", "", "relative", "#x", "?x", "ftp://x/", "blob:https://x/y",
	} {
		for name, page := range samplePages(plain) {
			page.Links = []Link{{address, "Click"}}
			page.Messages[0].Links = page.Links
			_, doc := render(t, r, page)
			for _, a := range tagged(doc, "a") {
				if c := a.FirstChild; c != nil && c.Data == "Click" {
					t.Errorf("%s: %q became a link to %q", name, address, attr(a, "href"))
				}
			}
			goesNowhereElse(t, doc)
		}
	}
	for _, address := range []string{"/", "/reports/7?year=2026&x=%2F", "https://help.example.com/a?b=c"} {
		_, doc := render(t, r, &Page{Template: "message", Links: []Link{{address, "Go"}}})
		if links := tagged(doc, "a"); len(links) != 1 || attr(links[0], "href") != address {
			t.Errorf("%q is not a link", address)
		}
	}
}

// TestToB4_HostileActions: a form that posts a password to another place than ours
// is worse than no page at all.
//
// Rows: ToB-4.
func TestToB4_HostileActions(t *testing.T) {
	r := newRenderer(t)
	for _, action := range []string{
		"", "/", "/elsewhere", "signin/x", "//evil.example/.okta/", "https://evil.example/.okta/x", "javascript:1",
		"/.okta/../x", "/.okta/signin/..", "/.okta//evil", "/.okta/\\evil", "/.oktax", "/.okta/a b",
	} {
		if got, err := r.action(action); err == nil {
			t.Errorf("action %q was accepted as %q", action, got)
		}
	}
}

// goesNowhereElse checks every address of a page.
func goesNowhereElse(t *testing.T, doc *html.Node) {
	t.Helper()
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style":
				t.Errorf("<%s> has the attribute %q", n.Data, a.Key)
			case a.Key == "href", a.Key == "src", a.Key == "action", a.Key == "formaction":
				u, err := url.Parse(a.Val)
				local := err == nil && u.Scheme == "" && u.Host == "" && (strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "#"))
				picture := n.Data == "img" && strings.HasPrefix(a.Val, "data:image/png;base64,")
				if !local && !picture && (err != nil || u.Scheme != "https" || n.Data != "a") {
					t.Errorf("<%s> goes to %s=%q", n.Data, a.Key, a.Val)
				}
			}
		}
		if (n.Data == "script" || n.Data == "style") && n.FirstChild != nil {
			t.Errorf("inline <%s>", n.Data)
		}
	}
}

// TestValuesComeBack: what a hidden input or a field holds is posted back as it
// was, byte for byte; the return address lives there.
func TestValuesComeBack(t *testing.T) {
	r := newRenderer(t)
	for _, value := range []string{`/a?b="c"&d='e'<f>`, "/%22%3E?q=%2520", " lead and trail ", "ünïcödé 🙂", "&amp;&#34;", "a+b"} {
		page := &Page{Template: "step", Form: &Form{
			Action: "/.okta/signin/x", Hidden: []Hidden{{"a/b", value}},
			Fields: []Field{{ID: "f", Name: "c/d", Type: "text", Value: value}},
		}}
		_, doc := render(t, r, page)
		inputs := tagged(doc, "input")
		if len(inputs) != 2 || attr(inputs[0], "value") != value || attr(inputs[1], "value") != value {
			t.Errorf("%q comes back as %q and %q", value, attr(inputs[0], "value"), attr(inputs[1], "value"))
		}
	}
}

// FuzzPages: no text changes the element tree of any page.
func FuzzPages(f *testing.F) {
	for _, text := range hostileTexts {
		f.Add(text)
	}
	r := newRenderer(f)
	want := map[string]string{}
	for name, page := range samplePages(plain) {
		_, doc := render(f, r, page)
		want[name] = shape(doc)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, page := range samplePages(func(s string) string { return s + text }) {
			_, doc := render(t, r, page)
			if got := shape(doc); got != want[name] {
				t.Errorf("%s: %.80q changes the page:\n%s\n%s", name, text, got, want[name])
			}
			goesNowhereElse(t, doc)
		}
	})
}
