package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// screenshots writes a picture of every page into the folder that
// CADDY_OKTA_SCREENSHOTS names, for people to look at.
func screenshots(t *testing.T, c *chromium) {
	folder := os.Getenv("CADDY_OKTA_SCREENSHOTS")
	if folder == "" {
		t.Log("no folder is named by CADDY_OKTA_SCREENSHOTS: no pictures")
		return
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	c.tour(t, func(p *tab, name string) {
		for _, device := range []struct {
			name          string
			width, height int64
			scale         float64
		}{{"phone", 390, 844, 2}, {"desktop", 1280, 800, 1}} {
			for _, scheme := range []string{"light", "dark"} {
				p.looks(device.width, device.height, scheme, device.scale)
				file := filepath.Join(folder, fmt.Sprintf("%s-%s-%s.png", name, device.name, scheme))
				if err := os.WriteFile(file, command(p, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
