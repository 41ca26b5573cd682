package oktasim

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/text/language"
)

// The org speaks English, and what has a file in locales. A file has words for
// messages under their keys, and for labels under their English words.

//go:embed locales/*.json
var localeFiles embed.FS

type locale struct {
	Messages map[string]string `json:"messages"`
	Labels   map[string]string `json:"labels"`
}

// english comes first: it is what a request without a wish is answered in.
var languages = []language.Tag{language.English, language.German, language.Japanese}

var (
	locales  = readLocales()
	speaking = language.NewMatcher(languages)
)

func readLocales() map[string]locale {
	out := map[string]locale{"en": {Messages: englishTexts}}
	for _, tag := range languages[1:] {
		content, err := localeFiles.ReadFile("locales/" + tag.String() + ".json")
		var read locale
		if err == nil {
			err = json.Unmarshal(content, &read)
		}
		if err != nil {
			panic(err) // a mistake in this package
		}
		out[tag.String()] = read
	}
	return out
}

// language is the language that a request is answered in.
func (c *call) language() string {
	_, index := language.MatchStrings(speaking, c.request.Header.Get("Accept-Language"))
	return languages[index].String()
}

// text is the words under a key, in English where a language has none.
// params stand for {0}, {1} ... in them.
func text(in, key string, params ...any) string {
	words := locales[in].Messages[key]
	if words == "" {
		words = englishTexts[key]
	}
	var pairs []string
	for i, param := range params {
		pairs = append(pairs, fmt.Sprintf("{%d}", i), fmt.Sprint(param))
	}
	return strings.NewReplacer(pairs...).Replace(words)
}

// translate is a label, given in English, in another language.
func translate(in, label string) string {
	if words := locales[in].Labels[label]; words != "" {
		return words
	}
	return label
}
