package caddyauth

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// startGallery runs "caddy okta-auth preview --serve", and returns its address.
func startGallery(t *testing.T, args ...string) string {
	t.Helper()
	root := &cobra.Command{Use: "okta-auth"}
	caddycmd.Commands()["okta-auth"].CobraFunc(root)
	reader, writer := io.Pipe()
	root.SetOut(writer)
	root.SetArgs(append([]string{"preview", "--serve", ":0"}, args...))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		err := root.ExecuteContext(ctx)
		writer.CloseWithError(io.EOF)
		ended <- err
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
	if address == "" {
		stop()
		t.Fatalf("no address in %q: %v, %v", line, err, <-ended)
	}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the gallery ends with %v", err)
		}
	})
	return address
}

// ask requests something of the gallery.
func ask(t *testing.T, method, address string, with ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(with); i += 2 {
		if with[i] == "Host" {
			req.Host = with[i+1]
		}
		req.Header.Set(with[i], with[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestGallery(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "answers/sign in & more.json", previewAnswer)
	write(t, dir, "answers/end.json", `{"version": "1.0.0", "messages": {"value": [{"message": "All done", "class": "INFO"}]}}`)
	write(t, dir, "answers/page.json", "<p>not an answer")
	write(t, dir, "answers/notes.txt", "not looked at")
	write(t, dir, "secret.json", previewAnswer)
	write(t, dir, "look/theme.css", ":root { --accent: #111; }")
	config := write(t, dir, "Caddyfile", "https://a.example.com {\n\tokta_auth {\n\t\tissuer https://acme.okta.com\n\t\tclient_id 0oa1\n\t\ttheme look\n\t}\n}\n")
	gallery := startGallery(t, "--config", config, filepath.Join(dir, "answers"))

	resp, index := ask(t, "GET", gallery+"/")
	if resp.StatusCode != 200 || !strings.Contains(index, "sign in &amp; more") || !strings.Contains(index, "page.json: reading IDX answer: not JSON") || strings.Contains(index, "notes.txt") {
		t.Errorf("index: %d\n%s", resp.StatusCode, index)
	}
	if policy := resp.Header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
		t.Errorf("index: policy %q", policy)
	}
	pages := regexp.MustCompile(`(?:href|src)="(/(?:answer|thumbnail)/[^"]+)"`).FindAllStringSubmatch(index, -1)
	if len(pages) != 4 {
		t.Fatalf("the index has %d links to pages", len(pages))
	}
	for _, match := range pages {
		resp, page := ask(t, "GET", gallery+strings.ReplaceAll(match[1], "&amp;", "&"))
		policy := resp.Header.Get("Content-Security-Policy")
		frameable := strings.Contains(policy, "frame-ancestors 'self'") && resp.Header.Get("X-Frame-Options") == "SAMEORIGIN"
		if resp.StatusCode != 200 || !strings.Contains(page, "<h1>") || frameable != strings.HasPrefix(match[1], "/thumbnail/") || frameable && strings.Contains(policy, "script-src") {
			t.Errorf("%s: %d, %s", match[1], resp.StatusCode, policy)
		}
		// All that the page loads is there.
		for _, asset := range regexp.MustCompile(`(?:href|src)="(/\.okta/assets/[^"]+)"`).FindAllStringSubmatch(page, -1) {
			if resp, _ := ask(t, "GET", gallery+asset[1]); resp.StatusCode != 200 {
				t.Errorf("%s: %d", asset[1], resp.StatusCode)
			}
		}
	}
	if resp, _ := ask(t, "GET", gallery+"/gallery.css"); resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/css") {
		t.Errorf("gallery.css: %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	if _, page := ask(t, "GET", gallery+"/answer/end.json?language=ar"); !strings.Contains(page, `dir="rtl"`) {
		t.Error("the language cannot be chosen")
	}
	for _, path := range []string{"/answer/notes.txt", "/answer/..%2fsecret.json", "/answer/../secret.json", "/answer/", "/answer/none.json", "/thumbnail/none.json", "/nothing", "/.okta/assets/none.css"} {
		if resp, body := ask(t, "GET", gallery+path); resp.StatusCode == 200 && strings.Contains(body, "data-remediation") {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

// Nothing leaves a gallery: forms, polls and exits end in a page that says so.
func TestGalleryPostsNowhere(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "answer.json", previewAnswer)
	gallery := startGallery(t, dir)
	for _, test := range []struct{ method, path string }{{"POST", "/.okta/signin/identify"}, {"GET", "/.okta/leave/redirect-idp?return=%2F"}, {"POST", "/.okta/signout"}} {
		resp, body := ask(t, test.method, gallery+test.path)
		if resp.StatusCode != 200 || !strings.Contains(body, "This is a preview") || resp.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s %s: %d\n%s", test.method, test.path, resp.StatusCode, body)
		}
	}
	if resp, _ := ask(t, "POST", gallery+"/.okta/signin/poll", "Accept", "application/json"); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("a script that polls gets %d", resp.StatusCode)
	}
}

// An operator edits the theme, and reloads.
func TestGalleryFollowsTheTheme(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "answers/answer.json", previewAnswer)
	write(t, dir, "look/theme.css", "a{}")
	config := write(t, dir, "Caddyfile", "https://a.example.com {\n\tokta_auth {\n\t\tissuer https://acme.okta.com\n\t\tclient_id 0oa1\n\t\ttheme look\n\t}\n}\n")
	gallery := startGallery(t, "--config", config, filepath.Join(dir, "answers"))
	sheet := func() string {
		_, page := ask(t, "GET", gallery+"/answer/answer.json")
		address := regexp.MustCompile(`/\.okta/assets/theme\.[^"]+`).FindString(page)
		_, text := ask(t, "GET", gallery+address)
		return text
	}
	if got := sheet(); got != "a{}" {
		t.Errorf("stylesheet %q", got)
	}
	write(t, dir, "look/theme.css", "b{}")
	if got := sheet(); got != "b{}" {
		t.Errorf("stylesheet %q after an edit", got)
	}
	write(t, dir, "look/words/en.json", `{"Sign in": "Come in"}`)
	if _, page := ask(t, "GET", gallery+"/answer/answer.json"); !strings.Contains(page, "Come in") {
		t.Error("new words are not read")
	}
	write(t, dir, "look/step.html", "{{define \"content\"}}\n{{.Titel}}{{end}}")
	for _, path := range []string{"/", "/answer/answer.json"} {
		if resp, body := ask(t, "GET", gallery+path); resp.StatusCode != 500 || !strings.Contains(body, "step.html:2") {
			t.Errorf("%s: a broken template gives %d, %s", path, resp.StatusCode, body)
		}
	}
	if err := os.Remove(filepath.Join(dir, "look", "step.html")); err != nil {
		t.Fatal(err)
	}
	if resp, _ := ask(t, "GET", gallery+"/"); resp.StatusCode != 200 {
		t.Errorf("%d once it is mended", resp.StatusCode)
	}
}

// TestDNSRebinding: a page of evil.example makes its name lead to 127.0.0.1, and
// reads what is served there as its own: recorded answers hold what an org knows
// of its users. A gallery on loopback answers to loopback's names only.
func TestDNSRebinding(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "answer.json", previewAnswer)
	gallery := startGallery(t, dir)
	port := gallery[strings.LastIndex(gallery, ":"):]
	for host, want := range map[string]int{"127.0.0.1" + port: 200, "localhost" + port: 200, "evil.example" + port: 403, "evil.example": 403, "127.0.0.1.evil.example": 403} {
		if resp, body := ask(t, "GET", gallery+"/answer/answer.json", "Host", host); resp.StatusCode != want || want == 403 && strings.Contains(body, "identify") {
			t.Errorf("Host %s: %d", host, resp.StatusCode)
		}
	}
}

func TestGalleryAddress(t *testing.T) {
	for address, want := range map[string]string{
		":8888": "127.0.0.1 8888", "8888": "127.0.0.1 8888", "0.0.0.0:80": "0.0.0.0 80", "[::1]:80": "::1 80", "localhost:0": "localhost 0",
		"": "error", ":": "error", "localhost": "error", ":http": "error", ":70000": "error", "::1": "error", "http://localhost:80": "error",
	} {
		host, port, err := galleryAddress(address)
		got := host + " " + port
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", address, got, want)
		}
	}
}

// Every page of the recorded answers is in the gallery, in a group.
func TestGalleryCorpus(t *testing.T) {
	files := rig.CorpusFiles(t)
	gallery := &gallery{preview: &preview{prefix: DefaultPrefix}, dir: filepath.Dir(files[0])}
	gallery.options.Prefix = DefaultPrefix
	rec := httptest.NewRecorder()
	gallery.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	index := rec.Body.String()
	for _, file := range files {
		if !strings.Contains(index, `href="/answer/`+url.PathEscape(filepath.Base(file))+`"`) {
			t.Errorf("the gallery lacks %s", filepath.Base(file))
		}
	}
	if strings.Contains(index, "Not shown") {
		t.Error("some answers are not shown")
	}
	if strings.Count(index, `<h2 id="group-`) < 6 {
		t.Error("the groups are not told apart")
	}
}
