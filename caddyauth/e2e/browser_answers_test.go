package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// TestPagesOfRecordedAnswers shows a real browser the page of every recorded
// answer, as the gallery of "caddy okta-auth preview" serves it with its
// security headers: nothing that the policy blocks, nothing on the console, no
// request elsewhere, nothing that axe finds, and nothing wider than a phone.
func TestPagesOfRecordedAnswers(t *testing.T) {
	files := rig.CorpusFiles(t)
	axe, err := os.ReadFile("testdata/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		rig.Skip(t, "needs axe-core: run `npm ci` in caddyauth/e2e/testdata/axe")
	}
	origin := serveGallery(t, filepath.Dir(files[0]))
	c := startChromium(t)
	p := newTab(t, c.ctx, origin, true, nil, newProfile)
	// Okta Verify and third parties are not here to be asked.
	p.expect = append(p.expect, "request to another origin", "net::ERR_", "Failed to load resource", "blocked by CORS")
	shots := os.Getenv("CADDY_OKTA_SCREENSHOTS")
	if shots != "" {
		if err := os.MkdirAll(shots, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range files {
		name := filepath.Base(file)
		p.visit("/answer/" + name)
		evaluate[bool](p, string(axe)+"; true")
		p.looks(320, 800, "dark", 1)
		for _, v := range evaluate[[]axeViolation](p, runAxe) {
			t.Errorf("%s: %s: %s\n\t%s", name, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
		}
		if got := evaluate[int64](p, `document.documentElement.scrollWidth`); got > 320 {
			t.Errorf("%s: the page is %d px wide", name, got)
		}
		p.looks(1280, 800, "light", 1)
		if shots != "" {
			picture := command(p, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: new(true)})
			if err := os.WriteFile(filepath.Join(shots, "answer-"+strings.TrimSuffix(name, ".json")+".png"), picture.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// serveGallery runs the gallery of a folder until the test ends; it returns its
// origin.
func serveGallery(t *testing.T, folder string) string {
	t.Helper()
	address := "127.0.0.1:" + rig.FreePort(t)
	rig.Run(t, address, exec.Command(Binary(t), "okta-auth", "preview", "--serve", address, folder))
	origin := "http://" + address
	resp, err := http.Get(origin + "/")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the gallery: %v %v", resp, err)
	}
	resp.Body.Close()
	return origin
}
