package signin

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAssets(t *testing.T) {
	r := newRenderer(t)
	hashed := regexp.MustCompile(`^/\.okta/assets/(signin|icon)\.[0-9a-f]{16}\.(css|js|svg)$`)
	for address, contentType := range map[string]string{r.style: "text/css; charset=utf-8", r.script: "text/javascript; charset=utf-8", r.icon: "image/svg+xml"} {
		if !hashed.MatchString(address) {
			t.Fatalf("address %q has no hash", address)
		}
		name := strings.TrimPrefix(address, "/.okta/assets/")
		var bodies [][]byte
		for _, accept := range []string{"", "gzip"} {
			req := httptest.NewRequest("GET", address, nil)
			req.Header.Set("Accept-Encoding", accept)
			rec := httptest.NewRecorder()
			if !r.ServeAsset(rec, req, name) {
				t.Fatalf("%s is not served", name)
			}
			for header, want := range map[string]string{
				"Content-Type": contentType, "Content-Encoding": accept, "X-Content-Type-Options": "nosniff",
				"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding",
				"Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got := rec.Header().Get(header); got != want {
					t.Errorf("%s: %s: %q, want %q", name, header, got, want)
				}
			}
			body := io.Reader(rec.Body)
			if accept == "gzip" {
				var err error
				if body, err = gzip.NewReader(body); err != nil {
					t.Fatal(err)
				}
			}
			read, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, read)
		}
		if len(bodies[0]) == 0 || !bytes.Equal(bodies[0], bodies[1]) {
			t.Errorf("%s: the two encodings differ", name)
		}
		head := httptest.NewRecorder()
		if r.ServeAsset(head, httptest.NewRequest("HEAD", address, nil), name); head.Body.Len() > 0 {
			t.Errorf("%s: HEAD has a body", name)
		}
	}
}

func TestUnknownAssets(t *testing.T) {
	r := newRenderer(t)
	for _, name := range []string{"", "signin.css", "signin.0000000000000000.css", "../layout.html", "layout.html", "assets/signin.css"} {
		rec := httptest.NewRecorder()
		if r.ServeAsset(rec, httptest.NewRequest("GET", "/", nil), name) || rec.Body.Len() > 0 || len(rec.Header()) > 0 {
			t.Errorf("asset %q was served", name)
		}
	}
}

func TestAssetNameFollowsContent(t *testing.T) {
	style := func(text string) string {
		r := &Renderer{prefix: "/.okta/", assets: map[string]asset{}}
		if err := r.loadAssets(fstest.MapFS{"assets/signin.css": {Data: []byte(text)}}, fstest.MapFS{}); err != nil {
			t.Fatal(err)
		}
		return r.style
	}
	if one, same, other := style("a{}"), style("a{}"), style("b{}"); one == other || one != same {
		t.Error("the name of an asset does not follow its content")
	}
	r := &Renderer{prefix: "/.okta/", assets: map[string]asset{}}
	if err := r.loadAssets(fstest.MapFS{"assets/x.exe": {Data: []byte("MZ")}}, fstest.MapFS{}); err == nil {
		t.Error("an unknown kind of file is served")
	}
}
