package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// axeViolation is a rule that the page breaks, and where.
type axeViolation struct {
	ID, Help string
	Nodes    []string
}

const runAxe = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], iframes: false})
	.then(r => r.passes.length < 10 ? [{ID: "axe", Help: "it looked at next to nothing", Nodes: []}] : r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => n.html + " " + n.failureSummary)})))`

// axeFinds looks for what a program can find: WCAG 2.2 AA on every page,
// light and dark, narrow and wide.
func axeFinds(t *testing.T, c *chromium) {
	const folder = "testdata/axe"
	axe, err := os.ReadFile(folder + "/node_modules/axe-core/axe.min.js")
	if err != nil {
		rig.Skip(t, "needs axe-core: run `npm ci` in caddyauth/e2e/"+folder)
	}
	c.tour(t, func(p *tab, name string) {
		if name == "frame" {
			// What matters is inside; the application's page is its own.
			p.load(func() { evaluate[bool](p, `location.href = "about:blank", true`) })
			return
		}
		evaluate[bool](p, string(axe)+"; true")
		for _, width := range []int64{320, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				p.looks(width, 800, scheme, 1)
				where := fmt.Sprintf("%s, %s, %d px", name, scheme, width)
				for _, v := range evaluate[[]axeViolation](p, runAxe) {
					t.Errorf("%s: %s: %s\n\t%s", where, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
				}
				if got := evaluate[int64](p, `document.documentElement.scrollWidth`); got > width {
					t.Errorf("%s: the page is %d px wide", where, got)
				}
			}
		}
	})
}
