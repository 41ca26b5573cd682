package caddyauth

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// newRenderer reads the templates, and the operator's theme if dir names one.
func newRenderer(prefix, dir string) (*signin.Renderer, error) {
	if dir == "" {
		return signin.NewRenderer(prefix, nil)
	}
	var theme fs.FS
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("theme: %w", err)
	} else if theme = os.DirFS(dir); !info.IsDir() {
		return nil, fmt.Errorf("theme %q is not a folder", dir)
	}
	r, err := signin.NewRenderer(prefix, theme)
	if err != nil {
		return nil, fmt.Errorf("theme %q: %w", dir, err)
	}
	return r, nil
}

// theme takes a folder. A relative one is relative to the Caddyfile, as with
// Caddy's import: the two travel together.
//
//	theme <dir>
func (p *parser) theme() error {
	if err := p.text(&p.gate.Theme, nil); err != nil {
		return err
	}
	if !filepath.IsAbs(p.gate.Theme) && !globalPlaceholder.MatchString(p.gate.Theme) {
		p.gate.Theme = filepath.Join(filepath.Dir(p.File()), p.gate.Theme)
	}
	return nil
}
