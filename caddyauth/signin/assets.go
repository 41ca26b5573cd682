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
	plain, packed []byte
}

// assetTypes are the kinds of files that are served; others are a mistake.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// loadAssets reads the folder "assets". The name of a file gets a part of its
// hash, so that a browser may keep it for ever and still sees every new one.
func (r *Renderer) loadAssets(files fs.FS) error {
	r.assets = map[string]asset{}
	found, err := fs.Glob(files, "assets/*")
	if err != nil {
		return err
	}
	for _, file := range found {
		plain, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		ext := path.Ext(file)
		if assetTypes[ext] == "" {
			return fmt.Errorf("asset %q: unknown kind of file", file)
		}
		packed, err := compress(plain, "")
		if err != nil {
			return err
		}
		base := strings.TrimSuffix(path.Base(file), ext)
		sum := sha256.Sum256(plain)
		name := base + "." + hex.EncodeToString(sum[:8]) + ext
		r.assets[name] = asset{assetTypes[ext], plain, packed}
		switch base + ext {
		case "signin.css":
			r.style = r.prefix + "assets/" + name
		case "signin.js":
			r.script = r.prefix + "assets/" + name
		case "icon.svg":
			r.icon = r.prefix + "assets/" + name
		}
	}
	return nil
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
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", a.contentType)
	h.Add("Vary", "Accept-Encoding")
	body := a.plain
	if acceptsGzip(req) {
		h.Set("Content-Encoding", "gzip")
		body = a.packed
	}
	send(w, req, http.StatusOK, body)
	return true
}
