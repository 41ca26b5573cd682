package signin

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// prove tries the templates on sample pages. What an operator's template gets
// wrong (a form without its token, a message that is not shown, a password that
// is sent back, something that the Content-Security-Policy blocks) is an error
// when the config is loaded, not a user who is stuck. Ours are tried in a test,
// and here only for values in places that html/template cannot make safe, which
// it finds at the first execution.
func (r *Renderer) prove(themed bool) error {
	for _, name := range pageNames {
		pages := []*Page{{Template: name}} // empty: it has branches of its own
		if themed {
			pages = append(pages, samplePage(r.prefix, name))
		}
		for _, p := range pages {
			data, err := r.HTML(p)
			if err != nil {
				return err
			}
			doc, err := html.ParseWithOptions(bytes.NewReader(data), html.ParseOptionEnableScripting(false))
			if err != nil {
				return fmt.Errorf("%s.html: %w", name, err)
			}
			if err := errors.Join(allowed(doc), complete(p, doc)); err != nil {
				first, _, _ := strings.Cut(err.Error(), "\n")
				return fmt.Errorf("%s.html, or a template that it uses: %s", name, first)
			}
		}
	}
	return nil
}

// allowed looks for what the browser would block, or should never get.
func allowed(doc *html.Node) error {
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch {
		case n.Data == "style":
			return errors.New("<style> is blocked by the page's Content-Security-Policy: put it into theme.css")
		case n.Data == "script" && attribute(n, "src") == "":
			return errors.New("a script inside the page is blocked by its Content-Security-Policy")
		case n.Data == "iframe", n.Data == "object", n.Data == "embed", n.Data == "base":
			return fmt.Errorf("<%s> is blocked by the page's Content-Security-Policy", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				return fmt.Errorf("the attribute %s of <%s> is blocked by the page's Content-Security-Policy", a.Key, n.Data)
			case (a.Key == "src" || a.Key == "srcset" || a.Key == "href" && n.Data == "link") && !local(a.Val) && !strings.HasPrefix(a.Val, "data:image/"):
				return fmt.Errorf("<%s> loads %q, which the page's Content-Security-Policy blocks: only this site's own files are loaded", n.Data, a.Val)
			}
		}
	}
	return nil
}

// complete looks for everything that a user or a form needs.
func complete(p *Page, doc *html.Node) error {
	var missing []error
	miss := func(format string, with ...any) { missing = append(missing, fmt.Errorf(format, with...)) }
	root := find(doc, func(n *html.Node) bool { return n.Data == "html" })
	if attribute(root, "lang") != p.Lang || attribute(root, "dir") != p.Dir {
		miss("<html> lacks .Lang or .Dir")
	}
	text := content(doc)
	for _, s := range p.mustShow() {
		if s != "" && !strings.Contains(text, s) {
			miss("%q of the page is not shown", s)
		}
	}
	for _, m := range p.allMessages() {
		marked := count(doc, func(n *html.Node) bool {
			return attribute(n, "data-message") == m.Class && attribute(n, "data-i18n") == m.Key && strings.Contains(content(n), m.Text)
		})
		if marked != 1 {
			miss("a message is marked %d times with data-message and data-i18n, not once: use {{template \"message\" .}}", marked)
		}
	}
	for _, part := range p.Parts {
		if part.Image != "" && find(doc, func(n *html.Node) bool { return n.Data == "img" && attribute(n, "src") == string(part.Image) }) == nil {
			miss("the picture of a part %q is not shown", part.Kind)
		}
	}
	if p.Template == "frame" && find(doc, func(n *html.Node) bool { return n.Data == "form" || n.Data == "input" }) != nil {
		// Whoever shows the frame could lay something over it (clickjacking).
		miss("the page inside a frame has a form: it may have links only")
	}
	for _, address := range p.Scripts {
		if find(doc, func(n *html.Node) bool { return n.Data == "script" && attribute(n, "src") == address }) == nil {
			miss("the script %q is not loaded: write out all of .Scripts", address)
		}
	}
	for _, f := range p.forms() {
		f.complete(doc, miss)
	}
	return errors.Join(missing...)
}

// complete looks for what makes f work.
func (f *Form) complete(doc *html.Node, miss func(string, ...any)) {
	place := find(doc, func(n *html.Node) bool {
		switch {
		case attribute(n, "data-remediation") != f.Remediation:
		case f.Exit:
			return n.Data == "a" && attribute(n, "href") == f.Action
		case f.Explanation != "":
			return strings.Contains(content(n), f.Explanation)
		case n.Data == "form" && attribute(n, "method") == "post" && attribute(n, "action") == f.Action:
			return f.Label == "" || strings.Contains(content(n), f.button())
		}
		return false
	})
	switch {
	case place == nil:
		miss("nothing stands for %q with the mark data-remediation: use {{with .Main}}{{template \"way\" .}}{{end}} and {{template \"others\" .}}", f.Remediation)
		return
	case f.Exit, f.Explanation != "":
		return
	case find(place, func(n *html.Node) bool { return n.Data == "button" && attribute(n, "type") != "button" }) == nil:
		miss("the form %q has no button", f.Remediation)
	}
	for _, h := range f.Hidden {
		if find(place, func(n *html.Node) bool {
			return n.Data == "input" && attribute(n, "name") == h.Name && attribute(n, "value") == h.Value
		}) == nil {
			miss("the form %q lacks the hidden input %q: write out all of .Hidden", f.Remediation, h.Name)
		}
	}
	for _, b := range f.Buttons {
		if find(place, func(n *html.Node) bool {
			return n.Data == "button" && attribute(n, "name") == b.Name && attribute(n, "value") == b.Value
		}) == nil {
			miss("the form %q lacks a button named %q: write out all of .Buttons", f.Remediation, b.Name)
		}
	}
	if t := f.Task; t != nil {
		if attribute(place, "data-task") != t.Kind || attribute(place, "data-options") != t.Data || attribute(place, "data-refused") != t.Refused || attribute(place, "data-failed") != t.Failed {
			miss("the form %q lacks what its script works with: the attributes data-task, data-options, data-refused and data-failed", f.Remediation)
		}
		for _, name := range t.Inputs {
			if find(place, func(n *html.Node) bool { return n.Data == "input" && attribute(n, "name") == name }) == nil {
				miss("the form %q lacks the input %q, which its script fills in: write out all of .Task.Inputs", f.Remediation, name)
			}
		}
	}
	for _, field := range f.Fields {
		input := find(place, func(n *html.Node) bool {
			return attribute(n, "name") == field.Name && slices.Contains([]string{"input", "select"}, n.Data)
		})
		switch {
		case input == nil:
			miss("the form %q lacks the input %q: write out all of .Fields", f.Remediation, field.Name)
		case field.Secret() && (attribute(input, "type") != "password" || attribute(input, "value") != ""):
			miss("a field of type password is not one in the page, or holds its value")
		case attribute(input, "autocomplete") != field.Autocomplete:
			miss("the input %q lacks autocomplete=%q, which password managers go by", field.Name, field.Autocomplete)
		case field.Type != "radio" && !labelled(place, input):
			miss("the input %q has no label", field.Name)
		}
	}
}

// button is the text of what submits f.
func (f *Form) button() string {
	if len(f.Buttons) > 0 {
		return f.Buttons[0].Label
	}
	return f.Label
}

// mustShow are the texts that a user cannot do without.
func (p *Page) mustShow() []string {
	texts := []string{p.Title}
	for _, l := range p.Links {
		texts = append(texts, l.Label)
	}
	if p.Template == "frame" {
		return texts
	}
	for _, part := range p.Parts {
		texts = append(texts, part.Title, part.Text)
		for _, item := range part.Items {
			texts = append(texts, item.Term, item.Text)
		}
	}
	for _, f := range p.forms() {
		texts = append(texts, f.Explanation)
		if f.Task != nil {
			texts = append(texts, f.Task.Without)
		}
		if f.Explanation == "" {
			texts = append(texts, f.button())
		}
		for _, b := range f.Buttons {
			texts = append(texts, b.Label)
		}
		for _, field := range slices.Concat(f.Fields, f.Fixed) {
			texts = append(texts, field.Label)
			if field.Type == "select" || field.Type == "radio" {
				for _, c := range field.Choices {
					texts = append(texts, c.Label)
				}
			}
		}
	}
	return texts
}

// allMessages are those of the page, its parts and its fields.
func (p *Page) allMessages() []Message {
	all := slices.Clone(p.Messages)
	for _, part := range p.Parts {
		if part.Message != nil {
			all = append(all, *part.Message)
		}
		for _, item := range part.Items {
			if item.Message != nil {
				all = append(all, *item.Message)
			}
		}
	}
	for _, f := range p.forms() {
		for _, field := range f.Fields {
			all = append(all, field.Messages...)
		}
	}
	return all
}

func labelled(form, input *html.Node) bool {
	return find(form, func(n *html.Node) bool {
		return n.Data == "label" && (attribute(n, "for") == attribute(input, "id") && attribute(input, "id") != "" || within(input, n))
	}) != nil
}

func within(n, ancestor *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == ancestor {
			return true
		}
	}
	return false
}

func find(root *html.Node, accept func(*html.Node) bool) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && accept(n) {
			return n
		}
	}
	return nil
}

func count(root *html.Node, accept func(*html.Node) bool) (found int) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && accept(n) {
			found++
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// content is the text of an element.
func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}
