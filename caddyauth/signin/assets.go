package signin

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// asset is one file that pages load, in the two ways it is sent.
type asset struct {
	contentType   string
	plain, packed []byte // packed is nil where it would be no smaller
}

// assetTypes are the kinds of files that are served; others are a mistake.
var assetTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".png":  "image/png",
	".webp": "image/webp",
	".jpg":  "image/jpeg",
}

// svgPolicy is for a picture that can be a document with scripts: opened at its
// own address, it is one of this origin. An <img> does not look at it.
const svgPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

// loadAssets reads our folder "assets", and the stylesheet and logo of the theme.
func (r *Renderer) loadAssets(ours, theme fs.FS) error {
	names, err := fs.Glob(ours, "assets/*")
	if err != nil {
		return err
	}
	for _, name := range names {
		address, err := r.addAsset(ours, name)
		if err != nil {
			return err
		}
		switch path.Base(name) {
		case "signin.css":
			r.style = address
		case "signin.js":
			r.script = address
		case "icon.svg":
			r.icon = address
		default:
			if path.Ext(name) == ".js" {
				r.tasks[path.Base(name)] = address
			}
		}
	}
	for _, name := range themeAssets {
		if _, err := fs.Stat(theme, name); err != nil {
			continue
		}
		address, err := r.addAsset(theme, name)
		switch {
		case err != nil:
			return err
		case name == "theme.css":
			r.theme = address
		case r.logo != "":
			return fmt.Errorf("%s: there is another logo of this name: leave one", name)
		default:
			r.logo = address
		}
	}
	return nil
}

// addAsset returns the address of a file. The name gets a part of its hash, so
// that a browser may keep the file for ever and still sees every new one.
func (r *Renderer) addAsset(files fs.FS, name string) (address string, err error) {
	plain, err := fs.ReadFile(files, name)
	if err != nil {
		return "", err
	}
	ext := path.Ext(name)
	if assetTypes[ext] == "" {
		return "", fmt.Errorf("asset %q: unknown kind of file", name)
	}
	packed, err := compress(plain, "")
	if err != nil {
		return "", err
	}
	if len(packed) >= len(plain) {
		packed = nil
	}
	sum := sha256.Sum256(plain)
	hashed := strings.TrimSuffix(path.Base(name), ext) + "." + hex.EncodeToString(sum[:8]) + ext
	r.assets[hashed] = asset{assetTypes[ext], plain, packed}
	return r.prefix + "assets/" + hashed, nil
}

// ServeAsset answers a GET or HEAD with the asset of this hashed name, the part
// of the path after "assets/". It reports false, and writes nothing, when there
// is none: another release's, or nobody's.
func (r *Renderer) ServeAsset(w http.ResponseWriter, req *http.Request, name string) bool {
	a, ok := r.assets[name]
	if !ok {
		return false
	}
	h := w.Header()
	SecurityHeaders(h, "")
	if a.contentType == assetTypes[".svg"] {
		SecurityHeaders(h, svgPolicy)
		h.Set("Content-Disposition", "attachment") // again, for browsers without a sandbox
	}
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", a.contentType)
	h.Add("Vary", "Accept-Encoding")
	body := a.plain
	if a.packed != nil && acceptsGzip(req) {
		h.Set("Content-Encoding", "gzip")
		body = a.packed
	}
	send(w, req, http.StatusOK, body)
	return true
}
