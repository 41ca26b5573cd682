package oktasim

import (
	"regexp"
	"slices"
	"testing"
)

var placeholder = regexp.MustCompile(`\{\d+\}`)

// A language that lacks a message falls back to English, which a user sees as
// a mixture; one whose words have other placeholders loses what they stand for.
func TestEveryLanguageHasEveryMessage(t *testing.T) {
	placeholders := func(words string) []string {
		found := placeholder.FindAllString(words, -1)
		slices.Sort(found)
		return found
	}
	labels := locales["de"].Labels
	for name, spoken := range locales {
		for key, english := range englishTexts {
			words := spoken.Messages[key]
			if words == "" {
				t.Errorf("%s: no words for %q (%s)", name, key, english)
			} else if !slices.Equal(placeholders(words), placeholders(english)) {
				t.Errorf("%s: %q has other placeholders than %q", name, words, english)
			}
		}
		for key := range spoken.Messages {
			if englishTexts[key] == "" {
				t.Errorf("%s: nothing says %q", name, key)
			}
		}
		for label := range labels {
			if name != "en" && spoken.Labels[label] == "" {
				t.Errorf("%s: no words for the label %q", name, label)
			}
		}
		for label := range spoken.Labels {
			if labels[label] == "" {
				t.Errorf("de: no words for the label %q", label)
			}
		}
	}
}

func TestTextsTakeTheirParameters(t *testing.T) {
	englishTexts["test"] = "{1} before {0}"
	defer delete(englishTexts, "test")
	if got := text("de", "test", "{1}", 2); got != "2 before {1}" {
		t.Errorf("%q", got)
	}
}
