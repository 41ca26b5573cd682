package signin

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/caddy-okta/caddy-okta/templates"
)

// pageNames are the templates that Page.Template may name.
var pageNames = [...]string{"step", "message", "signout", "frame"}

// sharedNames are the templates that the pages are made of.
var sharedNames = [...]string{"layout", "parts", "form", "field"}

// Renderer writes pages and what they load. It is safe for concurrent use.
type Renderer struct {
	prefix string
	pages  map[string]*template.Template
	assets map[string]asset  // by hashed name
	style  string            // address of the stylesheet
	script string            // address of the script of every page
	tasks  map[string]string // addresses of the other scripts, by file name
	icon   string            // address of the page's icon
	theme  string            // address of the operator's stylesheet, or empty
	logo   string            // address of the operator's logo, or empty
	words  *Catalogue
	said   map[string]Words // by BCP 47 tag
}

// NewRenderer reads the embedded templates and assets, and those of the
// operator's theme, which go before ours; nil is no theme. The prefix is the
// path that all our addresses begin with, such as "/.okta/"; every form must
// post below it. A theme whose pages would lack what a sign-in needs is an
// error.
func NewRenderer(prefix string, theme fs.FS) (*Renderer, error) {
	if !local(prefix) || !strings.HasSuffix(prefix, "/") || prefix == "/" {
		return nil, fmt.Errorf("prefix %q is not a path that begins and ends with a slash", prefix)
	}
	r := &Renderer{prefix: prefix, pages: map[string]*template.Template{}, assets: map[string]asset{}, tasks: map[string]string{}, said: map[string]Words{}}
	layer := theme
	if layer == nil {
		layer = embed.FS{} // without files
	}
	if err := checkTheme(layer); err != nil {
		return nil, err
	}
	if err := r.loadAssets(templates.Files, layer); err != nil {
		return nil, err
	}
	if err := r.loadWords(templates.Files, layer); err != nil {
		return nil, err
	}
	if err := r.loadPages(templates.Files, layer); err != nil {
		return nil, err
	}
	return r, r.prove(theme != nil)
}

// loadWords makes a catalogue of all that there is.
func (r *Renderer) loadWords(from ...fs.FS) (err error) {
	if r.words, err = NewCatalogue(from...); err != nil {
		return err
	}
	for i, tag := range r.words.tags {
		r.said[tag.String()] = Words{tag: tag, texts: r.words.texts[i]}
	}
	return nil
}

// loadPages parses the templates, each from the theme where it has one of that
// name.
func (r *Renderer) loadPages(ours, theme fs.FS) error {
	parse := func(into *template.Template, name string) (*template.Template, error) {
		from := ours
		if _, err := fs.Stat(theme, name+".html"); err == nil {
			from = theme
		}
		return into.ParseFS(from, name+".html")
	}
	shared := template.New("").Funcs(template.FuncMap{
		"action": r.action,
		"href":   safeAddress,
		"say":    r.say,
	})
	for _, name := range sharedNames {
		var err error
		if shared, err = parse(shared, name); err != nil {
			return err
		}
	}
	for _, name := range pageNames {
		page, err := shared.Clone()
		if err != nil {
			return err
		}
		if r.pages[name], err = parse(page, name); err != nil {
			return err
		}
	}
	return nil
}

// Words are what pages say besides Okta's words.
func (r *Renderer) Words() *Catalogue { return r.words }

// Languages are the tags of those that pages can be in.
func (r *Renderer) Languages() []string { return slices.Sorted(maps.Keys(r.said)) }

// say is for templates: a sentence of ours in the language of the page.
func (r *Renderer) say(p *Page, english string, with ...string) string {
	return r.said[p.Lang].Say(english, with...)
}

// Render answers req with p. A page without a Lang has our own English words
// only (it is about no answer of Okta's): they are said in the language that
// req asks for. On an error nothing has been written, not even a header.
func (r *Renderer) Render(w http.ResponseWriter, req *http.Request, p *Page) error {
	if p.Lang == "" {
		p.translate(r.words.For(req.Header.Get("Accept-Language")))
	}
	body, err := r.HTML(p)
	if err != nil {
		return err
	}
	packed := acceptsGzip(req)
	if packed {
		if body, err = compress(body, breachPadding()); err != nil {
			return err
		}
	}
	h := w.Header()
	if p.Template == "frame" {
		SecurityHeaders(h, p.CSP+ownFrames)
		h.Set("X-Frame-Options", "SAMEORIGIN")
	} else {
		SecurityHeaders(h, p.CSP+neverFramed)
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

// HTML is p as browsers get it. It fills in the CSP and the addresses of what
// the page loads.
func (r *Renderer) HTML(p *Page) ([]byte, error) {
	page, ok := r.pages[p.Template]
	if !ok {
		return nil, fmt.Errorf("no page template %q", p.Template)
	}
	if p.Lang == "" {
		p.Lang, p.Dir = "en", "ltr"
	}
	// A <meta> may not speak of framing; the header says the rest.
	p.CSP, p.Style, p.Icon, p.Theme, p.Logo = p.sources().policy(), r.style, r.icon, r.theme, r.logo
	p.Scripts = []string{r.script}
	for _, name := range p.scripts() {
		if address, ok := r.tasks[name]; ok {
			p.Scripts = append(p.Scripts, address)
		}
	}
	var buffer bytes.Buffer
	if err := page.ExecuteTemplate(&buffer, "layout", p); err != nil {
		return nil, fmt.Errorf("page %q: %w", p.Template, err)
	}
	if p.Generic != "" {
		// html/template drops comments, so this one is put after the document.
		fmt.Fprintf(&buffer, "<!-- generic: %s has no page of its own and is shown from its fields -->\n", plainText(p.Generic))
	}
	return buffer.Bytes(), nil
}

// plainText keeps of a name what can stand in an HTML comment.
func plainText(name string) string {
	return strings.ReplaceAll(strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '?'
	}, name), "--", "-?")
}

// translate says a page that is all our own, in English, in other words.
func (p *Page) translate(words Words) {
	links := func(all []Link) {
		for i := range all {
			all[i].Label = words.Say(all[i].Label)
		}
	}
	p.Lang, p.Dir = words.Lang(), words.Dir()
	p.Title, p.Lead = words.Say(p.Title), words.Say(p.Lead)
	for i := range p.Messages {
		p.Messages[i].Text = words.Say(p.Messages[i].Text)
		links(p.Messages[i].Links)
	}
	if p.Form != nil {
		p.Form.Label, p.Form.Hint = words.Say(p.Form.Label), words.Say(p.Form.Hint)
	}
	links(p.Links)
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
