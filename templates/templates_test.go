package templates

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"testing"
)

// TestCVE_2026_27142_NothingInline holds the rules of doc.go. A strict policy
// only works while no page needs an exception from it, and html/template has
// had holes exactly where data met script, style or the URL of a refresh
// (CVE-2026-27142, CVE-2026-39823, CVE-2026-56858 among others): there, no data
// may stand.
//
// Rows: CVE-2026-27142, S-40.
func TestCVE_2026_27142_NothingInline(t *testing.T) {
	forbidden := map[string]map[string]*regexp.Regexp{
		".html": {
			"an inline script":     regexp.MustCompile(`(?i)<script(?:[^>]*>[^<]|\s*>)`),
			"a style element":      regexp.MustCompile(`(?i)<style`),
			"a style attribute":    regexp.MustCompile(`(?i)\sstyle\s*=`),
			"an event attribute":   regexp.MustCompile(`(?i)\son[a-z]+\s*=`),
			"a javascript address": regexp.MustCompile(`(?i)javascript:`),
			"an address elsewhere": regexp.MustCompile(`(?i)(?:https?:)?//[a-z]`),
			"unescaped data":       regexp.MustCompile(`(?i)\|\s*(?:safe|html|js|urlquery|print)`),
			"data in a refresh":    regexp.MustCompile(`(?i)refresh["']?\s+content`),
		},
		".css": {
			"an import":            regexp.MustCompile(`(?i)@import`),
			"an address elsewhere": regexp.MustCompile(`(?i)url\(\s*["']?(?:[^d"']|d[^a])`),
		},
		".js": {
			"HTML made of strings":  regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write`),
			"code made of strings":  regexp.MustCompile(`\beval\b|new Function`),
			"an address elsewhere":  regexp.MustCompile(`(?i)https?://`),
			"inline style":          regexp.MustCompile(`\.style\b|["']style["']`),
			"something left behind": regexp.MustCompile(`localStorage|sessionStorage|document\.cookie`),
		},
	}
	seen := map[string]int{}
	err := fs.WalkDir(Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(Files, name)
		if err != nil {
			return err
		}
		kind := path.Ext(name)
		seen[kind]++
		// The one refresh there is: its only value is a number of seconds.
		text = bytes.ReplaceAll(text, []byte(`"refresh" content="{{.Refresh}}"`), nil)
		for what, pattern := range forbidden[kind] {
			if found := pattern.Find(text); found != nil {
				t.Errorf("%s has %s: %q", name, what, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for kind := range forbidden {
		if seen[kind] == 0 {
			t.Errorf("no %s file was read", kind)
		}
	}
}
