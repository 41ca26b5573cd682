package signin

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Catalogue holds this product's own sentences in every language that it has.
// The English sentence is the key, as it stands in the code: a translation that
// is missing leaves a sentence in English and breaks nothing. Okta's words are
// Okta's, in the language that it was asked for.
type Catalogue struct {
	tags    []language.Tag // of texts, in the same order
	texts   []map[string]string
	matcher language.Matcher
}

// NewCatalogue reads words/TAG.json of each file system, the later ones' words
// over the earlier ones': an object of English sentences to those of the
// language with that BCP 47 tag, with the same {placeholders}. words/en.json is
// a way to say things otherwise.
func NewCatalogue(from ...fs.FS) (*Catalogue, error) {
	c := &Catalogue{tags: []language.Tag{language.English}, texts: []map[string]string{{}}}
	for _, files := range from {
		names, err := fs.Glob(files, "words/*.json")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if err := c.add(files, name); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	c.matcher = language.NewMatcher(c.tags)
	return c, nil
}

func (c *Catalogue) add(files fs.FS, name string) error {
	tag, err := language.Parse(strings.TrimSuffix(path.Base(name), ".json"))
	if err != nil {
		return fmt.Errorf("the name is no language tag such as en, de or pt-BR")
	}
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	var words map[string]string
	if err := json.Unmarshal(data, &words); err != nil {
		return fmt.Errorf("not an object of English sentences to translated ones: %w", err)
	}
	i := slices.Index(c.tags, tag)
	if i < 0 {
		i = len(c.tags)
		c.tags, c.texts = append(c.tags, tag), append(c.texts, map[string]string{})
	}
	for english, text := range words {
		if want, got := placeholders(english), placeholders(text); !slices.Equal(want, got) {
			return fmt.Errorf("%q: the translation has the placeholders %v, not %v", english, got, want)
		}
		c.texts[i][english] = text
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func placeholders(s string) []string {
	found := placeholder.FindAllString(s, -1)
	slices.Sort(found)
	return found
}

// For returns the words of the best language for an Accept-Language header
// (RFC 9110, section 12.5.4); English when none fits, or the catalogue is nil.
func (c *Catalogue) For(acceptLanguage string) Words {
	if c == nil {
		return Words{}
	}
	if len(acceptLanguage) > 256 { // nobody knows so many languages
		acceptLanguage = acceptLanguage[:256]
		acceptLanguage = acceptLanguage[:max(0, strings.LastIndexByte(acceptLanguage, ','))]
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return Words{tag: c.tags[0], texts: c.texts[0]}
	}
	_, i, _ := c.matcher.Match(wanted...)
	return Words{tag: c.tags[i], texts: c.texts[i]}
}

// Words says this product's own sentences in one language; the zero value in
// English.
type Words struct {
	tag   language.Tag
	texts map[string]string
}

// Say is the sentence in the language. With are pairs of a placeholder's name
// and what stands in its place.
func (w Words) Say(english string, with ...string) string {
	text, ok := w.texts[english]
	if !ok || text == "" {
		text = english
	}
	if len(with) == 0 {
		return text
	}
	pairs := make([]string, len(with))
	for i := 0; i+1 < len(with); i += 2 {
		pairs[i], pairs[i+1] = "{"+with[i]+"}", with[i+1]
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Lang is the BCP 47 tag of the language.
func (w Words) Lang() string {
	if w.tag == (language.Tag{}) {
		return "en"
	}
	return w.tag.String()
}

// Dir is the direction that the language is written in, "ltr" or "rtl".
func (w Words) Dir() string {
	switch script, _ := w.tag.Script(); script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm":
		return "rtl"
	}
	return "ltr"
}
