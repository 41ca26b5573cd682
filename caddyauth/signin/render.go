package signin

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/caddy-okta/caddy-okta/templates"
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
	icon   string           // address of the page's icon
}

// NewRenderer reads the embedded templates and assets. The prefix is the path
// that all our addresses begin with, such as "/.okta/"; every form must post
// below it.
func NewRenderer(prefix string) (*Renderer, error) {
	if !local(prefix) || !strings.HasSuffix(prefix, "/") || prefix == "/" {
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
	if p.Lang == "" {
		p.Lang, p.Dir = "en", "ltr"
	}
	p.CSP, p.Style, p.Script, p.Icon = pageSources, r.style, r.script, r.icon
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
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
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

// action refuses a form that would post what the user types anywhere but to us.
func (r *Renderer) action(address string) (string, error) {
	if !strings.HasPrefix(address, r.prefix) || !local(address) || path.Clean(address) != address {
		return "", fmt.Errorf("form action %q is not below %q", address, r.prefix)
	}
	return address, nil
}

// safeAddress is address if a link may go there: a path of this origin or an
// https page. Anything else, "javascript:" first of all, is no link
// (CVE-2024-21496).
func safeAddress(address string) string {
	if local(address) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return address
}

// local tells whether a browser that goes to address stays on this origin.
func local(address string) bool {
	_, ok := SafeReturn(address)
	return ok
}
