package signin

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/caddy-okta/caddy-okta/templates"
)

// What a page may load: its own stylesheet, script and images, nothing else.
// There is no form-action: Chromium applies it to the whole redirect chain of a
// post, and would strand a user whose application lands on another origin.
const (
	pageSources = "default-src 'none'; style-src 'self'; script-src 'self'; " +
		"img-src 'self' data:; connect-src 'self'; base-uri 'none'"

	// PagePolicy is the Content-Security-Policy of every page but "frame".
	PagePolicy = pageSources + "; frame-ancestors 'none'"

	// framePolicy lets the page "frame", and only it, be seen in a frame: it
	// stands where the application would have stood in its own site's frame,
	// and holds one link and nothing that a click could be stolen for.
	framePolicy = pageSources + "; frame-ancestors 'self'"
)

// pageNames are the templates that Page.Template may name.
var pageNames = [...]string{"step", "message", "signout", "frame"}

// Renderer writes pages and what they load. It is safe for concurrent use.
type Renderer struct {
	prefix string
	pages  map[string]*template.Template
	assets map[string]asset // by hashed name
	style  string           // address of the stylesheet
	script string           // address of the script
}

// NewRenderer reads the embedded templates and assets. The prefix is the path
// that all our addresses begin with, such as "/.okta/"; every form must post
// below it.
func NewRenderer(prefix string) (*Renderer, error) {
	if localPath(prefix) == "" || !strings.HasSuffix(prefix, "/") || prefix == "/" {
		return nil, fmt.Errorf("prefix %q is not a path that begins and ends with a slash", prefix)
	}
	r := &Renderer{prefix: prefix, pages: map[string]*template.Template{}}
	if err := r.loadAssets(templates.Files); err != nil {
		return nil, err
	}
	shared, err := template.New("").Funcs(template.FuncMap{
		"action": r.action,
		"href":   safeAddress,
		"form":   func(p *Page, f *Form) placedForm { return placedForm{f, p} },
		"field":  func(p *Page, f Field) placedField { return placedField{&f, f.ID != "" && f.ID == p.focus()} },
	}).ParseFS(templates.Files, "layout.html", "parts.html", "field.html")
	if err != nil {
		return nil, err
	}
	for _, name := range pageNames {
		page, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if page, err = page.ParseFS(templates.Files, name+".html"); err != nil {
			return nil, err
		}
		// html/template finds a value in a place it cannot make safe at the
		// first execution: better now than on somebody's screen.
		if err := page.ExecuteTemplate(io.Discard, "layout", &Page{Template: name}); err != nil {
			return nil, err
		}
		r.pages[name] = page
	}
	return r, nil
}

// Render answers req with p, whose CSP, Style and Script it fills in. On an
// error nothing has been written, not even a header.
func (r *Renderer) Render(w http.ResponseWriter, req *http.Request, p *Page) error {
	page, ok := r.pages[p.Template]
	if !ok {
		return fmt.Errorf("no page template %q", p.Template)
	}
	// A <meta> may not speak of framing; the header says the rest.
	p.CSP, p.Style, p.Script = pageSources, r.style, r.script
	var buffer bytes.Buffer
	if err := page.ExecuteTemplate(&buffer, "layout", p); err != nil {
		return fmt.Errorf("page %q: %w", p.Template, err)
	}
	body, packed := buffer.Bytes(), acceptsGzip(req)
	if packed {
		var err error
		if body, err = compress(body, breachPadding()); err != nil {
			return err
		}
	}
	h := w.Header()
	if p.Template == "frame" {
		SecurityHeaders(h, framePolicy)
		h.Set("X-Frame-Options", "SAMEORIGIN")
	} else {
		SecurityHeaders(h, PagePolicy)
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.Lang)
	h.Add("Vary", "Accept-Encoding")
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer") // RFC 9110 15.5.2: a 401 names a way in
	}
	if packed {
		h.Set("Content-Encoding", "gzip")
	}
	send(w, req, p.Status, body)
	return nil
}

// SecurityHeaders sets what every answer of ours carries. An empty csp is
// PagePolicy.
func SecurityHeaders(h http.Header, csp string) {
	if csp == "" {
		csp = PagePolicy
	}
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// With "no-referrer" our own posts would carry "Origin: null".
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
}

// action refuses a form that would post what the user types anywhere but to us.
func (r *Renderer) action(address string) (string, error) {
	if localPath(address) == "" || !strings.HasPrefix(address, r.prefix) {
		return "", fmt.Errorf("form action %q is not below %q", address, r.prefix)
	}
	return address, nil
}

// safeAddress is address if a link may go there: a path of this origin or an
// https page. Anything else, "javascript:" first of all, is no link.
func safeAddress(address string) string {
	if localPath(address) != "" {
		return address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || !printable(address) {
		return ""
	}
	return address
}

// localPath is path if a browser stays on this origin when it follows it.
// Browsers read "\" as "/" and drop tabs and line breaks, so that "/\t/evil"
// is another host (WHATWG URL 4.4).
func localPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || !printable(path) {
		return ""
	}
	return path
}

func printable(address string) bool {
	return !strings.ContainsFunc(address, func(c rune) bool {
		return c <= ' ' || c == 0x7f || c == '\\'
	})
}

// send writes a whole answer; the status 0 is 200. It does not tell whether the
// client was still there to read it: nobody could be told.
func send(w http.ResponseWriter, req *http.Request, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	if req.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110 12.5.3).
func acceptsGzip(req *http.Request) bool {
	list := strings.Join(req.Header.Values("Accept-Encoding"), ",")
	for item := range strings.SplitSeq(list, ",") {
		coding, weight, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			_, q, given := strings.Cut(weight, "=")
			n, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return !given || err == nil && n > 0
		}
	}
	return false
}

// compress packs body; the comment stands in the gzip header (RFC 1952).
func compress(body []byte, comment string) ([]byte, error) {
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	zw.Comment = comment
	if _, err := zw.Write(body); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// breachPadding makes the length of a compressed page random. A page holds a
// token and repeats the query of its own address; without noise, an attacker
// who sends the victim guesses in that query and watches the lengths on the
// wire could learn the token (BREACH).
func breachPadding() string {
	var n [1]byte
	rand.Read(n[:]) // never fails
	return strings.Repeat("-", int(n[0]))
}
