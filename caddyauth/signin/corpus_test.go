package signin

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// shown is one recorded answer with its page.
type shown struct {
	answer *okta.Answer
	page   *Page
	html   []byte
	doc    *html.Node
}

// show renders the page of an answer.
func show(t *testing.T, r *Renderer, body []byte, language string) shown {
	t.Helper()
	answer, err := ReadAnswer(body, 0)
	if err != nil {
		t.Fatal(err)
	}
	page := Preview(answer, PreviewOptions{Prefix: "/.okta/", Words: r.Words(), Language: language})
	data, err := r.HTML(page)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.ParseWithOptions(bytes.NewReader(data), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	return shown{answer, page, data, doc}
}

// everyAnswer runs a check for each recorded answer.
func everyAnswer(t *testing.T, check func(*testing.T, shown, []byte)) {
	r := newRenderer(t)
	for name, body := range rig.Corpus(t) {
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) { check(t, show(t, r, body, ""), body) })
	}
}

// Whatever Okta has to say is on the page, marked once.
func TestCorpusMessages(t *testing.T) {
	everyAnswer(t, func(t *testing.T, s shown, _ []byte) {
		for _, m := range s.answer.AllMessages() {
			if m.Text == "" {
				continue
			}
			marked := all(s.doc, func(n *html.Node) bool {
				return has(n, "data-message") && attr(n, "data-i18n") == m.Key && strings.Contains(squeezed(content(n)), squeezed(m.Text))
			})
			if len(marked) != 1 || attr(marked[0], "data-message") != class(m.Class) {
				t.Errorf("message %q (%s) is marked %d times", m.Text, m.Key, len(marked))
			}
		}
	})
}

// Each remediation and action of an answer is a form, a button or a link, or
// there is a reason on the page why it is not; the mark has its name.
func TestCorpusRemediations(t *testing.T) {
	everyAnswer(t, func(t *testing.T, s shown, _ []byte) {
		all := slices.Concat(s.answer.Remediations, s.answer.Actions)
		for _, rem := range []*idx.Remediation{s.answer.Cancel, s.answer.Success, s.answer.Failure} {
			if rem != nil {
				all = append(all, rem)
			}
		}
		for _, rem := range all {
			place := find(s.doc, func(n *html.Node) bool { return attribute(n, "data-remediation") == rem.Name })
			if place == nil {
				t.Errorf("nothing stands for %q", rem.Name)
				continue
			}
			if strings.TrimSpace(content(place)) == "" {
				t.Errorf("what stands for %q says nothing", rem.Name)
			}
		}
	})
}

// Every visible field of the form that is shown can be filled in, in the words
// of Okta, and posts what Okta asks for.
func TestCorpusFields(t *testing.T) {
	everyAnswer(t, func(t *testing.T, s shown, _ []byte) {
		if len(s.answer.Remediations) == 0 || s.page.Form == nil || s.page.Form.Explanation != "" {
			return
		}
		rem := s.answer.Remediations[0]
		for _, form := range rem.Forms() {
			if form.NeedsScript() {
				continue
			}
			for _, in := range form.Inputs {
				input := find(s.doc, func(n *html.Node) bool {
					return slices.Contains([]string{"input", "select", "button"}, n.Data) && attribute(n, "name") == in.Name && attribute(n, "type") != "hidden"
				})
				switch {
				case input == nil:
					t.Errorf("%s: no input %q", rem.Name, in.Name)
				case input.Data == "button": // two of them answer a question
				case attribute(input, "type") == "radio" && find(s.doc, func(n *html.Node) bool { return n.Data == "fieldset" && within(input, n) }) == nil,
					!labelled(s.doc, input):
					t.Errorf("%s: the input %q has no label", rem.Name, in.Name)
				case in.Secret != (attribute(input, "type") == "password") && in.Kind != "select":
					t.Errorf("%s: the input %q has type %q", rem.Name, in.Name, attribute(input, "type"))
				case in.Secret && attribute(input, "value") != "":
					t.Errorf("%s: the input %q holds a secret", rem.Name, in.Name)
				case in.Required && in.Kind != "boolean" && !has(input, "required"):
					t.Errorf("%s: the input %q is not required", rem.Name, in.Name)
				case attribute(input, "type") == "text" && strings.HasSuffix(in.Name, "passcode") && attribute(input, "autocomplete") == "":
					t.Errorf("%s: nothing says what the input %q is for", rem.Name, in.Name)
				}
			}
		}
	})
}

// Whoever has a state handle or state token goes on in the user's place, so no
// page has one, whatever part of the answer it is in.
func TestCorpusStateHandles(t *testing.T) {
	everyAnswer(t, func(t *testing.T, s shown, body []byte) {
		var answer any
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Fatal(err)
		}
		for _, secret := range secretsOf(answer) {
			if bytes.Contains(s.html, []byte(secret)) {
				t.Errorf("the page has the state handle or token %.6s...", secret)
			}
		}
		for _, sign := range []string{"stateToken", "stateHandle", "state_token"} {
			if bytes.Contains(s.html, []byte(sign+"=")) || bytes.Contains(s.html, []byte(`name="`+sign+`"`)) {
				t.Errorf("the page has a %s", sign)
			}
		}
	})
}

// secretsOf are the values of state handles and tokens anywhere in an answer,
// also in the queries of addresses.
func secretsOf(v any) (found []string) {
	isSecret := func(name string) bool {
		name = strings.ToLower(name)
		return name == "statehandle" || name == "statetoken"
	}
	add := func(v any) {
		if s, ok := v.(string); ok && len(s) >= 8 {
			found = append(found, s)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		if name, _ := v["name"].(string); isSecret(name) {
			add(v["value"])
		}
		for name, w := range v {
			if isSecret(name) {
				add(w)
			}
			found = append(found, secretsOf(w)...)
		}
	case []any:
		for _, w := range v {
			found = append(found, secretsOf(w)...)
		}
	case string:
		if _, query, ok := strings.Cut(strings.ToLower(v), "statetoken="); ok {
			start := len(v) - len(query)
			token, _, _ := strings.Cut(v[start:], "&")
			add(token)
		}
	}
	return found
}

func TestCorpusLanguages(t *testing.T) {
	r := newRenderer(t)
	for name, body := range rig.Corpus(t) {
		for language, dir := range map[string]string{"de": "ltr", "ar": "rtl", "xx": "ltr"} {
			want := language
			if language == "xx" {
				want = "en"
			}
			s := show(t, r, body, language)
			root := tagged(s.doc, "html")[0]
			if attr(root, "lang") != want || attr(root, "dir") != dir {
				t.Errorf("%s: %s: lang=%q dir=%q", name, language, attr(root, "lang"), attr(root, "dir"))
			}
		}
	}
}

// In a language in which every sentence of ours is in brackets, what stands
// outside of brackets is Okta's, or there is a sentence that nobody can translate.
func TestCorpusSentences(t *testing.T) {
	bracketed := map[string]string{}
	for english := range sentences(t) {
		bracketed[english] = "⟦" + english + "⟧"
	}
	words, err := json.Marshal(bracketed)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRenderer("/.okta/", theme("words/nl.json", string(words)))
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range rig.Corpus(t) {
		var answer any
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Fatal(err)
		}
		theirs := squeezed(strings.Join(texts(answer), " \x00 "))
		s := show(t, r, body, "nl")
		for n := range s.doc.Descendants() {
			if n.Type != html.TextNode {
				continue
			}
			for _, rest := range outside(n.Data) {
				if !strings.Contains(strings.ToLower(theirs), strings.ToLower(rest)) {
					t.Errorf("%s: %q is in no catalogue", name, rest)
				}
			}
		}
	}
}

// outside are the parts of s that stand outside of brackets and have a word.
func outside(s string) (parts []string) {
	var rest strings.Builder
	depth := 0
	for _, c := range s {
		switch {
		case c == '⟦':
			depth++
		case c == '⟧':
			depth--
		case depth == 0:
			rest.WriteRune(c)
		}
	}
	// What the page puts between two texts of Okta's is nobody's word.
	for _, part := range regexp.MustCompile(` - |, |: |·`).Split(squeezed(rest.String()), -1) {
		if part = strings.TrimSpace(part); strings.ContainsFunc(part, unicode.IsLetter) {
			parts = append(parts, part)
		}
	}
	return parts
}

// texts are all strings of an answer, and the names that are shown where it has
// no better word.
func texts(v any) (found []string) {
	switch v := v.(type) {
	case map[string]any:
		for name, w := range v {
			found = append(append(found, name), texts(w)...)
		}
	case []any:
		for _, w := range v {
			found = append(found, texts(w)...)
		}
	case string:
		found = append(found, v, strings.NewReplacer("-", " ", "_", " ").Replace(v))
	}
	return found
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }
