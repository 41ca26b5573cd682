package e2e

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page is an HTML page as a program that fills in forms sees it.
type Page struct {
	Title    string // of the document
	Heading  string // the first h1
	Forms    []*Form
	Messages []Message
	Links    []string // every href of an a
	Root     *html.Node
}

// Message is an element with the mark data-message.
type Message struct{ Class, Key, Text string }

// Form is one form of a page.
type Form struct {
	Remediation string // the mark data-remediation
	Method      string
	Action      string
	Fields      []Field
	Button      string
}

// Field is an input or a select of a form.
type Field struct{ Name, Type, Value string }

// ParsePage reads HTML, as forgiving as browsers do.
func ParsePage(t testing.TB, source string) *Page {
	t.Helper()
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{Root: root}
	for n := range root.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "title":
			p.Title = text(n)
		case n.Data == "h1" && p.Heading == "":
			p.Heading = text(n)
		case n.Data == "a":
			p.Links = append(p.Links, Attr(n, "href"))
		case n.Data == "form":
			p.Forms = append(p.Forms, readForm(n))
		}
		if class := Attr(n, "data-message"); class != "" {
			p.Messages = append(p.Messages, Message{class, Attr(n, "data-i18n"), text(n)})
		}
	}
	return p
}

func readForm(n *html.Node) *Form {
	f := &Form{Remediation: Attr(n, "data-remediation"), Method: Attr(n, "method"), Action: Attr(n, "action")}
	for in := range n.Descendants() {
		switch in.Data {
		case "input", "select":
			f.Fields = append(f.Fields, Field{Attr(in, "name"), Attr(in, "type"), Attr(in, "value")})
		case "button":
			f.Button = text(in)
		}
	}
	return f
}

// Attr is an attribute of an element, or "".
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Form returns the first form of a remediation, or nil.
func (p *Page) Form(remediation string) *Form {
	for _, f := range p.Forms {
		if f.Remediation == remediation {
			return f
		}
	}
	return nil
}

// Remediations lists the marks of the forms, in order.
func (p *Page) Remediations() []string {
	var out []string
	for _, f := range p.Forms {
		out = append(out, f.Remediation)
	}
	return out
}

// Says reports whether a message has that i18n key or contains that text.
func (p *Page) Says(keyOrText string) bool {
	for _, m := range p.Messages {
		if m.Key == keyOrText || strings.Contains(m.Text, keyOrText) {
			return true
		}
	}
	return false
}

// Has reports whether the form has a field of that name.
func (f *Form) Has(name string) bool {
	for _, field := range f.Fields {
		if field.Name == name {
			return true
		}
	}
	return false
}

// Value is what stands in a field.
func (f *Form) Value(name string) string {
	for _, field := range f.Fields {
		if field.Name == name {
			return field.Value
		}
	}
	return ""
}

// skeleton lists the elements of a page with the names of their attributes, in
// order, and fails the test for an address with a scheme other than https.
func skeleton(t testing.TB, p *Page) []string {
	t.Helper()
	var out []string
	for n := range p.Root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		element := n.Data
		for _, a := range n.Attr {
			element += " " + a.Key
			switch a.Key {
			case "href", "src", "action", "formaction":
				if scheme, _, found := strings.Cut(a.Val, ":"); found && !strings.ContainsAny(scheme, "/?#") && scheme != "https" {
					t.Errorf("%s of a %s is %q", a.Key, n.Data, a.Val)
				}
			}
		}
		out = append(out, element)
	}
	return out
}
