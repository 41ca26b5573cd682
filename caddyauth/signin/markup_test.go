package signin

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// TestMarkup has a checker of HTML read every page: the samples, and those of the
// recorded answers where there are some. Browsers forgive what screen readers
// and password managers stumble over.
func TestMarkup(t *testing.T) {
	const folder = "testdata/html"
	node := rig.Need(t, "nodejs", "node")
	if _, err := os.Stat(folder + "/node_modules/html-validate"); err != nil {
		rig.Skip(t, "needs html-validate: run `npm ci` in caddyauth/signin/"+folder)
	}
	r := newRenderer(t)
	pages := map[string]string{}
	add := func(name string, p *Page) {
		data, err := r.HTML(p)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		pages[name] = string(data)
	}
	for name, page := range samplePages(plain) {
		add("sample "+name, page)
		add("empty "+name, &Page{Template: name, Title: "Title", Refresh: 4})
	}
	if os.Getenv("IDX_CORPUS") != "" {
		for name, body := range rig.Corpus(t) {
			answer, err := ReadAnswer(body, 0)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			add(name, Preview(answer, PreviewOptions{Prefix: "/.okta/"}))
		}
	}
	in, err := json.Marshal(pages)
	if err != nil {
		t.Fatal(err)
	}
	check := exec.Command(node, "check.mjs")
	check.Dir, check.Stdin = folder, bytes.NewReader(in)
	var faults, trouble strings.Builder
	check.Stdout, check.Stderr = &faults, &trouble
	if err := check.Run(); err != nil {
		t.Fatalf("html-validate: %v\n%s", err, trouble.String())
	}
	if faults.Len() > 0 {
		t.Errorf("%d pages, and in them:\n%s", len(pages), faults.String())
	}
}
